/* SPDX-License-Identifier: MIT */
/*
 * The guest's memory as the peer shares it: files, mapped here, at the addresses that the guest sees.
 * Nothing the peer says is trusted: a range must lie within its file and beside the others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { GUEST_REGIONS_MAX = 64 };

struct guest_region {
	uint64_t base;
	uint64_t bytes;
	uint8_t *at;
	bool is_writable;
	int file;
	uint64_t file_offset;
};

struct guest_memory {
	struct guest_region regions[GUEST_REGIONS_MAX];
	unsigned int count;
};

/* Takes `file` over, whatever comes of it. Returns what is wrong with the range, NULL if nothing. */
const char *guest_memory_map(struct guest_memory *memory, uint64_t base, uint64_t bytes, int file,
			     uint64_t file_offset, bool is_writable);

/* Takes away the regions within [base, base + bytes); what is wrong if one lies across its ends. */
const char *guest_memory_unmap(struct guest_memory *memory, uint64_t base, uint64_t bytes);

void guest_memory_forget(struct guest_memory *memory);

/* False if some byte is no memory, or may not be written. */
bool guest_memory_read(const struct guest_memory *memory, uint64_t from, void *to, uint64_t bytes);
bool guest_memory_write(struct guest_memory *memory, uint64_t to, const void *from, uint64_t bytes);
