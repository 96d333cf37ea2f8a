/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* SEEK_DATA */
#include "tests/server/table.h"

#include <string.h>
#include <unistd.h>

enum { ALIGNMENT = 4, HEAD_BYTES = 24, CHECKSUM_AT = 9 };

#define LOOK_BYTES (UINT64_C(64) << 20) /* firmware keeps tables at the top of low memory */
#define FOUR_GIB   (UINT64_C(1) << 32)

static bool has_good_checksum(const uint8_t *table, size_t bytes)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + table[i]);
	return !sum;
}

/* It begins as ours does, but for the checksum, and is whole. */
static bool is_ours(const uint8_t *at, const uint8_t *table, size_t bytes)
{
	return !memcmp(at, table, CHECKSUM_AT) &&
	       !memcmp(at + CHECKSUM_AT + 1, table + CHECKSUM_AT + 1,
		       HEAD_BYTES - CHECKSUM_AT - 1) &&
	       has_good_checksum(at, bytes);
}

/* A table to be found, and what is put in its place. */
struct exchange {
	uint8_t table[TOPOLOGY_TABLE_BYTES];
	size_t bytes;
	bool is_spoilt; /* its signature goes, nothing comes */
};

static unsigned int exchange_within(uint8_t *from, uint8_t *end, const struct exchange *exchange)
{
	const uint8_t *table = exchange->table;
	const size_t bytes = exchange->bytes;
	unsigned int count = 0;

	for (uint8_t *at = from; (size_t)(end - at) >= bytes; at += ALIGNMENT) {
		at = memmem(at, (size_t)(end - at), table, 4);
		if (!at || (size_t)(end - at) < bytes)
			break;
		if (!is_ours(at, table, bytes))
			continue;
		if (exchange->is_spoilt)
			memset(at, 0, 4);
		else
			memcpy(at, table, bytes);
		count++;
	}
	return count;
}

/* Pages that nobody has written yet hold no table, and looking at them would only make them. */
static unsigned int exchange_in_region(const struct guest_region *region, uint64_t first,
				       const struct exchange *exchange)
{
	uint64_t at = region->file_offset + first, end = region->file_offset + region->bytes;
	unsigned int count = 0;

	while (at < end) {
		off_t data = lseek(region->file, (off_t)at, SEEK_DATA);
		off_t hole = data < 0 ? -1 : lseek(region->file, data, SEEK_HOLE);

		if (hole < 0 || (uint64_t)data >= end)
			break;
		at = (uint64_t)hole < end ? (uint64_t)hole : end;
		count += exchange_within(region->at + ((uint64_t)data - region->file_offset),
					 region->at + (at - region->file_offset), exchange);
	}
	return count;
}

/* The end of memory below 4 GiB. */
static uint64_t low_end(const struct guest_memory *memory)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < memory->count; i++) {
		const struct guest_region *region = &memory->regions[i];
		uint64_t last = region->base + region->bytes;

		if (region->is_writable && last <= FOUR_GIB && last > end)
			end = last;
	}
	return end;
}

static unsigned int exchange_everywhere(const struct guest_memory *memory,
					const struct exchange *exchange)
{
	uint64_t end = low_end(memory), from = end > LOOK_BYTES ? end - LOOK_BYTES : 0;
	unsigned int count = 0;

	for (unsigned int i = 0; i < memory->count; i++) {
		const struct guest_region *region = &memory->regions[i];

		if (!region->is_writable || region->base + region->bytes > end ||
		    region->base + region->bytes <= from)
			continue;
		count += exchange_in_region(region, from > region->base ? from - region->base : 0,
					    exchange);
	}
	return count;
}

unsigned int table_make_true(const struct guest_memory *memory, const struct topology *topology,
			     const struct topology_place *place)
{
	struct exchange exchange = { .is_spoilt = false };

	exchange.bytes = topology_write_table(topology, place, exchange.table);
	return exchange_everywhere(memory, &exchange);
}

void table_spoil(const struct guest_memory *memory, const struct topology *topology,
		 const struct topology_place *place)
{
	struct exchange exchange = { .is_spoilt = true };

	exchange.bytes = topology_write_table(topology, place, exchange.table);
	exchange_everywhere(memory, &exchange);
}
