/* SPDX-License-Identifier: MIT */
/* What of a step is this machine's own: addresses of pages and registers, ids of devices, vectors. */
#pragma once

#include "tests/fuzz/act.h"

/* Takes it out of entries, descriptors and interrupts, or puts it in where it was taken out. */
void own_exchange(const struct theatre *theatre, struct step *step);

/* The place that a poke leads the leaf to, plus 1: bits that turn over say it by this machine's addresses. 0: to none. */
unsigned int own_target(const struct theatre *theatre, const struct step *step);

/* A write of a register, told from where its block begins and with a value that counts from a base. */
enum own_block { OWN_NO_BLOCK, OWN_RECORDS, OWN_INVALIDATION, OWN_BLOCKS };
enum own_base { OWN_NO_BASE, OWN_RANGE, OWN_QUEUE, OWN_WINDOW, OWN_BASES };

struct own_write {
	enum own_block block;
	enum own_base base;
	uint32_t offset;
	uint64_t value;
};

struct own_write own_write_of(const struct theatre *theatre, const struct step *step);
void own_write_take(const struct theatre *theatre, const struct own_write *write,
		    unsigned int bytes, struct step *step);
