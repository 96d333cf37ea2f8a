/* SPDX-License-Identifier: MIT */
#include "iommu/structures/publish.h"

#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"

static enum status flush_domain(struct unit *unit, uint16_t did)
{
	struct iotlb_invalidation what = { .granularity = GRANULARITY_DOMAIN, .did = did };

	return invalidate_iotlb(unit, what);
}

/* What the entry allows: in legacy mode TT 01b is for requests without PASID. */
static bool allows_device_tlb(const struct unit *unit, const struct root_table *root, uint16_t sid,
			      const uint64_t *value, struct device_tlb *device)
{
	*device = (struct device_tlb){ .sid = sid };
	if (!field_get(value, CONTEXT_P))
		return false;
	if (!root->scalable)
		return field_get(value, CONTEXT_TT) == TT_ALL;
	device->has_pasids = field_get(value, SMCONTEXT_PASIDE);
	if (caps_has(&unit->caps, CAPABILITY_RPS))
		device->rid_pasid = (uint32_t)field_get(value, SMCONTEXT_RID_PASID);
	return field_get(value, SMCONTEXT_DTE);
}

/* The device is told by what it was allowed before; then what it is allowed now counts. */
static enum status change_device_tlb(struct unit *unit, uint16_t sid, bool was_allowed,
				     const struct device_tlb *device, bool is_allowed)
{
	enum status status = was_allowed ? device_tlb_forget_device(unit, sid) : STATUS_OK;

	if (status == STATUS_OK && is_allowed)
		return device_tlb_add(unit, *device);
	if (status == STATUS_OK)
		device_tlb_remove(unit, sid);
	return status;
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
	const bool was_allowed = device_tlb_is_known(unit, sid);
	struct device_tlb device_tlb;
	const bool is_allowed = allows_device_tlb(unit, root, sid, value, &device_tlb);
	enum status status = STATUS_OK;

	if (!entry)
		return unit_fail(unit, STATUS_NO_MEMORY, "no memory for a context table");
	if (is_allowed && !was_allowed)
		status = device_tlb_add(unit, device_tlb);
	if (status != STATUS_OK)
		return status;
	entry_store(entry, value, root_table_context_words(root), root->snooped);
	status = invalidate_context_cache(unit, device);
	if (status == STATUS_OK && root->scalable)
		status = invalidate_pasid_cache(unit, domain);
	if (status == STATUS_OK)
		status = flush_domain(unit, did);
	return status == STATUS_OK
		       ? change_device_tlb(unit, sid, was_allowed, &device_tlb, is_allowed)
		       : status;
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
	if (status == STATUS_OK)
		status = flush_pasid(unit, value, old, pasid);
	if (status == STATUS_OK && field_get(old->q, PASID_P))
		status = device_tlb_forget_pasid(unit, pasid);
	return status;
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

static bool is_present(uint64_t entry, bool is_first)
{
	return entry & (is_first ? FIELD_MASK(FS_P) : FIELD_MASK(SS_R) | FIELD_MASK(SS_W));
}

enum status publish_entry(struct unit *unit, struct paging *table, iova_t from, unsigned int level,
			  uint64_t value, uint16_t did, uint32_t pasid)
{
	iova_t page = iova(from.value >> paging_level_shift(level) << paging_level_shift(level));
	uint64_t *entry = paging_entry(table, from, level);
	bool was_table = paging_leads_to_table(table, from, level);
	bool is_first = table->stage == FIRST_STAGE;
	uint64_t old;
	enum status status;

	if (!entry)
		return unit_fail(unit, STATUS_REFUSED, "no table of level %u maps %llx", level,
				 (unsigned long long)from.value);
	old = *entry;
	entry_store_word(entry, value, table->snooped);
	if (is_first)
		status = flush_first_stage(unit, page, level, !was_table, did, pasid);
	else
		status = flush_second_stage(unit, page, level, !was_table, did);
	/* Devices keep nothing of what is not there. */
	if (status != STATUS_OK || !is_present(old, is_first))
		return status;
	return device_tlb_forget_range(unit, page, paging_level_shift(level),
				       is_first ? &pasid : NULL);
}
