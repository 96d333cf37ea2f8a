/* SPDX-License-Identifier: MIT */
/*
 * A PCI function as QEMU sees it: 256 bytes of configuration space, one BAR of 32 bits. What is behind the BAR is its
 * kind's: the units (units_function.h), or a device of its own (device_function.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/server/units.h"

enum { FUNCTION_CONFIG_BYTES = 256 };

struct function;

struct function_kind {
	uint16_t device; /* identification, and class */
	uint32_t class;
	uint64_t (*read)(struct function *function, uint32_t offset, unsigned int bytes);
	void (*write)(struct function *function, uint32_t offset, unsigned int bytes,
		      uint64_t value);
	void (*look)(
		struct function *function); /* somebody looked at it, or memory is another now */
	void (*reset)(struct function *function);
};

struct function {
	const struct function_kind *kind;
	struct units *units;
	struct guest_memory *memory; /* which its transport tells of; NULL: another one does */
	uint8_t config[FUNCTION_CONFIG_BYTES];
	uint32_t bar_bytes;

	/* The units: */
	bool may_hide, is_hidden;
	struct topology_place place; /* as the tables in guest memory have it; base 0: none does */
	unsigned int table_count;    /* tables made since the last reset */

	/* A device: */
	struct endpoint *endpoint;
};

/* Kind, units and bar_bytes are set; whatever else is as after power-on then. */
void function_reset(struct function *function);

/* 1, 2 or 4 bytes within the configuration space. */
uint32_t function_config_read(struct function *function, uint32_t offset, unsigned int bytes);
void function_config_write(struct function *function, uint32_t offset, unsigned int bytes,
			   uint32_t value);

/* 1 to 8 bytes; the offset is within the BAR. */
uint64_t function_read(struct function *function, uint32_t offset, unsigned int bytes);
void function_write(struct function *function, uint32_t offset, unsigned int bytes, uint64_t value);

/* Guest memory is another now, or may hold what it did not. */
void function_look(struct function *function);

/* Where the guest has the BAR now; 0: nowhere. */
uint64_t function_bar(const struct function *function);
bool function_is_master(const struct function *function);
