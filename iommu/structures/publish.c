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

/* How caches tag what they keep of a PASID entry: one that would fault has the reserved domain 0. */
static uint16_t domain_of(const struct pasid_entry *entry)
{
	return field_get(entry->q, PASID_P) ? (uint16_t)field_get(entry->q, PASID_DID) : 0;
}

static bool has_second_stage(const struct pasid_entry *entry)
{
	uint64_t pgtt = field_get(entry->q, PASID_PGTT);

	return pgtt == PGTT_SECOND_STAGE || pgtt == PGTT_NESTED;
}

/*
 * What hangs on the domain alone, and on no PASID, are the caches of second-stage tables: they go when
 * the entry does, when accessed and dirty flags shall be set from now on, and when the domain is used
 * again for other tables.
 */
static bool changes_domain(const struct pasid_entry *value, const struct pasid_entry *old)
{
	bool is_other_table =
		field_get(value->q, PASID_DID) == field_get(old->q, PASID_DID) &&
		(field_get(value->q, PASID_SSPTPTR) != field_get(old->q, PASID_SSPTPTR) ||
		 field_get(value->q, PASID_AW) != field_get(old->q, PASID_AW));

	return has_second_stage(old) &&
	       (!field_get(value->q, PASID_P) || is_other_table ||
		field_get(value->q, PASID_SSADE) > field_get(old->q, PASID_SSADE));
}

/* The IOTLB invalidation that goes with a change of a PASID entry. */
static enum status flush_pasid(struct unit *unit, const struct pasid_entry *value,
			       const struct pasid_entry *old, uint32_t pasid)
{
	struct pasid_invalidation iotlb = {
		.granularity = PIOTLB_PASID,
		.did = domain_of(old),
		.pasid = pasid,
	};

	if (changes_domain(value, old))
		return flush_domain(unit, iotlb.did);
	return invalidate_pasid_iotlb(unit, iotlb);
}

enum status publish_pasid(struct unit *unit, struct pasid_table *table, uint32_t pasid,
			  const struct pasid_entry *value, const struct pasid_entry *old)
{
	struct pasid_invalidation cache = {
		.granularity = PC_PASID,
		.did = domain_of(old),
		.pasid = pasid,
	};
	struct pasid_entry *entry = pasid_table_entry(table, pasid);
	enum status status;

	if (!entry)
		return unit_fail(unit, STATUS_NO_MEMORY, "no memory for a PASID table");
	entry_store(entry->q, value->q, sizeof(*value) / sizeof(value->q[0]), table->snooped);
	status = invalidate_pasid_cache(unit, cache);
	return status == STATUS_OK ? flush_pasid(unit, value, old, pasid) : status;
}

/* One second-stage entry of that level: pages that it maps, or all pages below it. */
static enum status flush_second_stage(struct unit *unit, iova_t page, unsigned int level,
				      bool leaf_only, uint16_t did)
{
	struct iotlb_invalidation what = {
		.granularity = GRANULARITY_SPECIFIC,
		.did = did,
		.address = page,
		.address_mask = (uint8_t)(paging_level_shift(level) - paging_level_shift(1)),
		.leaf_only = leaf_only,
	};

	if (!caps_has(&unit->caps, CAPABILITY_PSI) ||
	    what.address_mask > caps_max_address_mask(&unit->caps))
		return flush_domain(unit, did);
	return invalidate_iotlb(unit, what);
}

/* The same for a first stage; neither CAP.PSI nor CAP.MAMV is about these. */
static enum status flush_first_stage(struct unit *unit, iova_t page, unsigned int level,
				     bool leaf_only, uint16_t did, uint32_t pasid)
{
	struct pasid_invalidation what = {
		.granularity = PIOTLB_PAGES,
		.did = did,
		.pasid = pasid,
		.address = page,
		.address_mask = (uint8_t)(paging_level_shift(level) - paging_level_shift(1)),
		.leaf_only = leaf_only,
	};

	return invalidate_pasid_iotlb(unit, what);
}

enum status publish_entry(struct unit *unit, struct paging *table, iova_t from, unsigned int level,
			  uint64_t value, uint16_t did, uint32_t pasid)
{
	iova_t page = iova(from.value >> paging_level_shift(level) << paging_level_shift(level));
	uint64_t *entry = paging_entry(table, from, level);
	bool was_table = paging_leads_to_table(table, from, level);

	if (!entry)
		return unit_fail(unit, STATUS_REFUSED, "no table of level %u maps %llx", level,
				 (unsigned long long)from.value);
	entry_store_word(entry, value, table->snooped);
	if (table->stage == FIRST_STAGE)
		return flush_first_stage(unit, page, level, !was_table, did, pasid);
	return flush_second_stage(unit, page, level, !was_table, did);
}
