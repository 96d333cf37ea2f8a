/* SPDX-License-Identifier: MIT */
#include "arch/address_map.h"

#include <stdarg.h>

#include "arch/print.h"

static uint64_t last_of(uint64_t base, uint64_t bytes)
{
	return bytes - 1 > UINT64_MAX - base ? UINT64_MAX : base + (bytes - 1);
}

static bool is_known(const struct address_map *map, uint64_t first, uint64_t last, bool is_claim)
{
	for (unsigned int i = 0; i < map->count; i++)
		if (map->regions[i].first == first && map->regions[i].last == last &&
		    map->regions[i].is_claim == is_claim)
			return true;
	return false;
}

void address_map_add(struct address_map *map, uint64_t base, uint64_t bytes, bool is_claim,
		     const char *format, ...)
{
	struct address_region *region;
	va_list args;

	if (!bytes || is_known(map, base, last_of(base, bytes), is_claim))
		return;
	if (map->count == map->capacity) {
		map->lost_count++;
		return;
	}
	region = &map->regions[map->count++];
	region->first = base;
	region->last = last_of(base, bytes);
	region->is_claim = is_claim;
	va_start(args, format);
	print_format(region->text, sizeof(region->text), format, args);
	va_end(args);
}

const struct address_region *address_map_find(const struct address_map *map, uint64_t base,
					      uint64_t bytes)
{
	const struct address_region *claim = NULL;
	uint64_t last = last_of(base, bytes);

	for (unsigned int i = 0; i < map->count; i++) {
		const struct address_region *region = &map->regions[i];

		if (region->last < base || region->first > last)
			continue;
		if (!region->is_claim)
			return region;
		if (!claim)
			claim = region;
	}
	return claim;
}
