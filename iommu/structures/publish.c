/* SPDX-License-Identifier: MIT */
#include "iommu/structures/publish.h"

#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"

static enum status flush_domain(struct unit *unit, uint16_t did)
{
	struct iotlb_invalidation what = { .granularity = GRANULARITY_DOMAIN, .did = did };

	return invalidate_iotlb(unit, what);
}

enum status publish_context(struct unit *unit, struct root_table *root, uint16_t sid,
			    const uint64_t *value, uint16_t did)
{
	struct context_invalidation device = {
		.granularity = GRANULARITY_SPECIFIC,
		.did = did,
		.sid = sid,
	};
	struct pasid_invalidation domain = { .granularity = PC_DOMAIN, .did = did };
	uint64_t *entry = root_table_context(root, sid);
	enum status status;

	if (!entry)
		return unit_fail(unit, STATUS_NO_MEMORY, "no memory for a context table");
	entry_store(entry, value, root_table_context_words(root), root->snooped);
	status = invalidate_context_cache(unit, device);
	if (status == STATUS_OK && root->scalable)
		status = invalidate_pasid_cache(unit, domain);
	return status == STATUS_OK ? flush_domain(unit, did) : status;
}

enum status publish_pasid(struct unit *unit, struct pasid_table *table, uint32_t pasid,
			  const struct pasid_entry *value, uint16_t did)
{
	struct pasid_invalidation cache = { .granularity = PC_PASID, .did = did, .pasid = pasid };
	struct pasid_invalidation iotlb = { .granularity = PIOTLB_PASID,
					    .did = did,
					    .pasid = pasid };
	struct pasid_entry *entry = pasid_table_entry(table, pasid);
	enum status status;

	if (!entry)
		return unit_fail(unit, STATUS_NO_MEMORY, "no memory for a PASID table");
	entry_store(entry->q, value->q, sizeof(*value) / sizeof(value->q[0]), table->snooped);
	status = invalidate_pasid_cache(unit, cache);
	if (status == STATUS_OK)
		status = invalidate_pasid_iotlb(unit, iotlb);
	return status == STATUS_OK ? flush_domain(unit, did) : status;
}

enum status publish_second_stage(struct unit *unit, struct second_stage *table, iova_t from,
				 unsigned int level, uint64_t value, uint16_t did)
{
	uint64_t page_mask = (UINT64_C(1) << second_stage_level_shift(level)) - 1;
	struct iotlb_invalidation what = {
		.granularity = GRANULARITY_SPECIFIC,
		.did = did,
		.address = iova(from.value & ~page_mask),
		.address_mask = (uint8_t)(second_stage_level_shift(level) - 12),
	};
	uint64_t *entry = second_stage_entry(table, from, level);

	if (!entry)
		return unit_fail(unit, STATUS_REFUSED, "no table of level %u maps %llx", level,
				 (unsigned long long)from.value);
	entry_store_word(entry, value, table->snooped);
	if (!caps_has(&unit->caps, CAPABILITY_PSI) ||
	    what.address_mask > caps_max_address_mask(&unit->caps))
		return flush_domain(unit, did);
	return invalidate_iotlb(unit, what);
}
