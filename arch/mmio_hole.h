/* SPDX-License-Identifier: MIT */
/*
 * Device registers made of software: a range of physical pages is taken out of the page tables, so
 * that every access raises a page fault, and the handler makes a call of it. Code that uses such a
 * device is the same as for a real one, as long as it keeps to the accessors of mmio.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/addr.h"

enum { MMIO_HOLES_MAX = 128 };

/*
 * read and write get a 32-bit or 64-bit access, naturally aligned, at `offset` bytes from base. They
 * return NULL, or why the device takes no such access. Interrupts are on if they were on at the
 * access.
 */
struct mmio_hole {
	phys_t base;
	uint64_t pages;
	const char *(*read)(void *context, uint64_t offset, unsigned int bytes, uint64_t *value);
	const char *(*write)(void *context, uint64_t offset, unsigned int bytes, uint64_t value);
	void *context;
};

/*
 * Opens a hole, for ever. False if there are too many, it overlaps another, or no memory is left for
 * page tables. Base must be page aligned and no RAM.
 */
bool mmio_hole_open(const struct mmio_hole *hole);

/*
 * An access that no hole takes (8 or 16 bits wide, unaligned, by an instruction the decoder does not
 * know, refused by the device) counts as the page fault it is. This says why, in words, once: the
 * last one since the last call, NULL if none.
 */
const char *mmio_hole_complaint(void);
