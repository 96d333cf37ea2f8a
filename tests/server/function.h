/* SPDX-License-Identifier: MIT */
/*
 * The PCI function that the units are in: 256 bytes of configuration space, one BAR of 32 bits. From the
 * first look at a unit's registers on it hides: an operating system has found its units by then, and would
 * move the BAR away from where they are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/server/units.h"

enum { FUNCTION_CONFIG_BYTES = 256 };

struct function {
	struct units *units;
	uint8_t config[FUNCTION_CONFIG_BYTES];
	bool may_hide, is_hidden;
	struct topology_place place; /* as the tables in guest memory have it; base 0: none does */
	unsigned int table_count;    /* tables made since the last reset */
};

/* The place says which devices are under the units; it has no base yet. */
void function_make(struct function *function, struct units *units,
		   const struct topology_place *place, bool may_hide);
void function_reset(struct function *function);

/* 1, 2 or 4 bytes within the configuration space. */
uint32_t function_config_read(struct function *function, uint32_t offset, unsigned int bytes);
void function_config_write(struct function *function, uint32_t offset, unsigned int bytes,
			   uint32_t value);

/* 1 to 8 bytes; the offset is within the BAR. */
uint64_t function_read(struct function *function, uint32_t offset, unsigned int bytes);
void function_write(struct function *function, uint32_t offset, unsigned int bytes, uint64_t value);

/* Guest memory is another now, or may hold what it did not. */
void function_look_for_table(struct function *function);
