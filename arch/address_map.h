/* SPDX-License-Identifier: MIT */
/*
 * What is known to be at a physical address. Whoever is told by firmware that a device has registers
 * somewhere asks here first, so that a false address never leads to memory or to another device.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRESS_REGION_TEXT_BYTES = 48 };

struct address_region {
	uint64_t first;
	uint64_t last; /* the last byte */
	/*
	 * Only firmware says so, or what is there may be a unit after all: look before you believe. A
	 * region that is certain is never looked at.
	 */
	bool is_claim;
	char text[ADDRESS_REGION_TEXT_BYTES]; /* what it is: "RAM", "the local APIC" */
};

struct address_map {
	struct address_region *regions; /* room for `capacity` of them, the caller's */
	unsigned int capacity;
	unsigned int count;
	unsigned int lost_count;   /* regions that found no room */
	unsigned int address_bits; /* of the processor: nothing is above */
};

/* Notes a region; one of 0 bytes is none, one that wraps ends at the last address there is. */
void address_map_add(struct address_map *map, uint64_t base, uint64_t bytes, bool is_claim,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * What is at [base, base + bytes): the first certain region that shares a byte with it, else the
 * first claim, else NULL.
 */
const struct address_region *address_map_find(const struct address_map *map, uint64_t base,
					      uint64_t bytes);
