/* SPDX-License-Identifier: MIT */
#include "iommu/dmar/dmar_bases.h"

#include "arch/addr.h"
#include "iommu/dmar/dmar_rules.h"

/* What the table says counts as far as it can be true ("DMA Remapping Reporting Structure"). */
static unsigned int address_bits(const struct dmar *dmar, const struct address_map *map)
{
	unsigned int bits = dmar->host_address_bits;

	if (bits < DMAR_HOST_ADDRESS_BITS_MIN || bits > DMAR_HOST_ADDRESS_BITS_MAX)
		bits = DMAR_HOST_ADDRESS_BITS_MAX;
	return bits < map->address_bits ? bits : map->address_bits;
}

static const char *find_flaw(const struct dmar *dmar, const struct dmar_unit *unit, uint64_t bytes,
			     const struct address_map *map)
{
	uint64_t limit = UINT64_C(1) << address_bits(dmar, map);

	if (!unit->base)
		return "no unit can be at address 0";
	if (unit->base % (PAGE_BYTES << unit->size_pages_log2))
		return "not aligned to the size of the registers";
	if (unit->base >= limit || bytes > limit - unit->base)
		return "above the host address width";
	if (map->lost_count)
		return "this machine has more regions than this program can keep";
	return NULL;
}

enum dmar_base_standing dmar_judge_base(const struct dmar *dmar, unsigned int number,
					uint64_t bytes, const struct address_map *map,
					char reason[DMAR_REASON_BYTES])
{
	const struct dmar_unit *unit = &dmar->units[number];
	const char *flaw = find_flaw(dmar, unit, bytes, map);
	const struct address_region *region;

	reason[0] = 0;
	if (flaw) {
		print_to(reason, DMAR_REASON_BYTES, "%s", flaw);
		return BASE_REFUSED;
	}
	region = address_map_find(map, unit->base, bytes);
	if (!region)
		return BASE_FREE;
	print_to(reason, DMAR_REASON_BYTES, "%s is there", region->text);
	return region->is_claim ? BASE_CLAIMED : BASE_REFUSED;
}

void dmar_refuse_unit(struct dmar *dmar, unsigned int number, const char *reason)
{
	struct dmar_unit *unit = &dmar->units[number];

	unit->is_refused = true;
	dmar_complain(dmar, DMAR_RULE_DRHD_BASE, unit->offset, "base %llx: %s",
		      (unsigned long long)unit->base, reason);
}
