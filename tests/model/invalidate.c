/* SPDX-License-Identifier: MIT */
/*
 * "Invalidation of Translation Caches": exactly the entries the book names, never more; and the
 * "Register-based Invalidation Interface".
 */
#include "tests/model/internal.h"

static bool is_legacy(const struct model_unit *unit)
{
	return unit->ttm == TTM_LEGACY;
}

static bool is_dma_cache(const struct model_cached *entry)
{
	return entry->kind != MODEL_CACHED_INTERRUPT;
}

/* All DMA remapping translation caches, as SRTP (ESRTPS) and disabling translation do. */
void mu_invalidate_all(struct model_unit *unit)
{
	for (uint32_t i = unit->cache_count; i-- > 0;)
		if (is_dma_cache(&unit->cache[i]))
			mu_cache_drop(unit, &unit->cache[i]);
}

/* ---- context cache ---- */

static bool is_masked_source(const struct model_unit *unit, uint16_t a, uint16_t b,
			     unsigned int function_mask)
{
	if (defect(unit, CC_MASK_IGNORED))
		function_mask = 0;
	if (defect(unit, CC_MASK_3_SHORT))
		function_mask -= function_mask == 3;
	if (defect(unit, CC_BUS_IGNORED))
		return (sid_devfn(a ^ b) & ~sid_ignored(function_mask)) == 0;
	return ((a ^ b) & ~sid_ignored(function_mask)) == 0;
}

static bool is_named_context(const struct model_unit *unit,
			     const struct model_cached_context *entry,
			     enum invalidate_granularity granularity, uint16_t did, uint16_t sid,
			     unsigned int function_mask)
{
	/* In scalable mode the context cache has no domain-id tag: domain acts as global. */
	bool same_domain = !is_legacy(unit) || entry->did == did;

	switch (granularity) {
	case GRANULARITY_GLOBAL:
		return !defect(unit, CC_GLOBAL_IGNORED);
	case GRANULARITY_DOMAIN:
		return same_domain && !defect(unit, CC_DOMAIN_IGNORED);
	default: /* device-selective */
		return same_domain && is_masked_source(unit, entry->sid, sid, function_mask) &&
		       !defect(unit, CC_DEVICE_IGNORED);
	}
}

void mu_invalidate_contexts(struct model_unit *unit, enum invalidate_granularity granularity,
			    uint16_t did, uint16_t sid, unsigned int function_mask)
{
	did &= domain_mask(unit);
	for (uint32_t i = unit->cache_count; i-- > 0;) {
		struct model_cached *entry = &unit->cache[i];

		if (entry->kind == MODEL_CACHED_CONTEXT &&
		    is_named_context(unit, &entry->context, granularity, did, sid, function_mask)) {
			mu_cache_drop(unit, entry);
			if (defect(unit, CC_TAKES_ONE))
				break;
		}
	}
	if (granularity == GRANULARITY_GLOBAL)
		mu_watch_global_invalidation(unit, MU_OWED_CONTEXTS);
}

/* ---- PASID cache ---- */

static bool is_named_pasid(const struct model_unit *unit, const struct model_cached_pasid *entry,
			   enum pc_granularity granularity, uint16_t did, uint32_t pasid)
{
	switch (granularity) {
	case PC_GLOBAL:
		return !defect(unit, PC_GLOBAL_IGNORED);
	case PC_DOMAIN:
		return entry->did == did && !defect(unit, PC_DOMAIN_IGNORED);
	default: /* PASID-selective within domain */
		if (defect(unit, PC_PASID_16_BITS))
			return entry->did == did && (uint16_t)entry->pasid == (uint16_t)pasid;
		return entry->did == did && entry->pasid == pasid &&
		       !defect(unit, PC_PASID_IGNORED);
	}
}

void mu_invalidate_pasids(struct model_unit *unit, enum pc_granularity granularity, uint16_t did,
			  uint32_t pasid)
{
	did &= domain_mask(unit);
	if (defect(unit, PC_DID_8_BITS))
		did &= UINT8_MAX;
	for (uint32_t i = unit->cache_count; i-- > 0;) {
		struct model_cached *entry = &unit->cache[i];

		if (entry->kind == MODEL_CACHED_PASID &&
		    is_named_pasid(unit, &entry->pasid, granularity, did, pasid)) {
			mu_cache_drop(unit, entry);
			if (defect(unit, PC_TAKES_ONE))
				break;
		}
	}
	if (granularity == PC_GLOBAL)
		mu_watch_global_invalidation(unit, MU_OWED_PASIDS);
}

/* ---- IOTLB and paging-structure caches ---- */

/* The range meets the 2^span bytes at this input address. */
static bool meets_range(uint64_t address, unsigned int span, const struct mu_page_range *range)
{
	unsigned int shift = MU_PAGE_SHIFT + range->address_mask;

	if (span > shift)
		shift = span;
	return shift >= 64 || address >> shift == range->address >> shift;
}

static bool is_page_in_range(const struct model_cached_page *page,
			     const struct mu_page_range *range)
{
	return meets_range(page->address, MU_PAGE_SHIFT, range);
}

/* First-stage and nested mappings have no second-stage address: here they go by domain alone. */
static bool goes_by_address(const struct model_cached_page *page)
{
	return page->pgtt != PGTT_FIRST_STAGE && page->pgtt != PGTT_NESTED;
}

static bool is_named_page(const struct model_unit *unit, const struct model_cached_page *page,
			  const struct mu_page_range *range)
{
	if (goes_by_address(page) && defect(unit, IOTLB_MASK_SHORT) && mu_is_last_page(page, range))
		return false;
	return !goes_by_address(page) || is_page_in_range(page, range);
}

static bool has_domain(const struct model_cached *entry, uint16_t did)
{
	switch ((enum model_cached_kind)entry->kind) {
	case MODEL_CACHED_PAGE:
		return entry->page.did == did;
	case MODEL_CACHED_TABLE:
		return entry->table.did == did;
	case MODEL_CACHED_FIRST:
		return entry->first.did == did;
	default:
		return false;
	}
}

static bool is_translation(const struct model_cached *entry)
{
	return entry->kind == MODEL_CACHED_PAGE || entry->kind == MODEL_CACHED_TABLE ||
	       entry->kind == MODEL_CACHED_FIRST;
}

/* Paging structures of the second stage stay if the hint says only leaves changed. */
static bool is_named_table(const struct model_unit *unit, const struct model_cached_table *table,
			   const struct mu_page_range *range)
{
	return (!range->leaf_only || defect(unit, IOTLB_HINT_IGNORED)) &&
	       !defect(unit, IOTLB_KEEPS_TABLES) &&
	       meets_range(table->address, mu_level_shift(table->level), range);
}

/* "IOTLB Invalidation" (table): granularity against IOTLB and paging-structure entries. */
static bool is_named_translation(const struct model_unit *unit, const struct model_cached *entry,
				 enum invalidate_granularity granularity,
				 const struct mu_page_range *range)
{
	if (granularity == GRANULARITY_GLOBAL)
		return is_translation(entry) && !defect(unit, IOTLB_GLOBAL_IGNORED);
	if (!has_domain(entry, range->did))
		return false;
	if (granularity == GRANULARITY_DOMAIN)
		return !defect(unit, IOTLB_DOMAIN_IGNORED);
	/* page-selective within domain */
	if (defect(unit, IOTLB_PAGE_IGNORED))
		return false;
	switch ((enum model_cached_kind)entry->kind) {
	case MODEL_CACHED_PAGE:
		return is_named_page(unit, &entry->page, range);
	case MODEL_CACHED_TABLE:
		return is_named_table(unit, &entry->table, range);
	default:
		return !defect(unit, IOTLB_KEEPS_FIRST);
	}
}

void mu_invalidate_iotlb(struct model_unit *unit, enum invalidate_granularity granularity,
			 const struct mu_page_range *range)
{
	struct mu_page_range named = *range;
	int first_source = -1;

	named.did &= domain_mask(unit);
	if (defect(unit, IOTLB_DID_8_BITS))
		named.did &= UINT8_MAX;
	named.address &= ~UINT64_C(0) >> (63 - cap(unit, CAP_MGAW));
	if (defect(unit, IOTLB_MASK_IGNORED))
		named.address_mask = 0;
	for (uint32_t i = unit->cache_count; i-- > 0;)
		if (is_named_translation(unit, &unit->cache[i], granularity, &named) &&
		    !mu_is_overlooked(unit, &unit->cache[i], granularity, &first_source))
			mu_cache_drop(unit, &unit->cache[i]);
	if (granularity == GRANULARITY_GLOBAL)
		mu_watch_global_invalidation(unit, MU_OWED_IOTLB);
}

/* "PASID-based-IOTLB Invalidation" (table): granularity against IOTLB entries */
static bool is_page_of_pasid(const struct model_unit *unit, const struct model_cached_page *page,
			     enum piotlb_granularity granularity, const struct mu_page_range *range)
{
	if (page->pasid != range->pasid && !((uint16_t)page->pasid == (uint16_t)range->pasid &&
					     defect(unit, PIOTLB_PASID_16_BITS)))
		return false;
	if (granularity == PIOTLB_PASID)
		return !defect(unit, PIOTLB_PASID_IGNORED);
	/* Page-selective: only mappings that a first stage took part in. */
	return !goes_by_address(page) && is_page_in_range(page, range) &&
	       !defect(unit, PIOTLB_PAGES_IGNORED);
}

/* The same, against first-stage paging structures */
static bool is_first_of_pasid(const struct model_unit *unit, const struct model_cached_first *first,
			      enum piotlb_granularity granularity,
			      const struct mu_page_range *range)
{
	if (first->pasid != range->pasid || defect(unit, PIOTLB_KEEPS_TABLES))
		return false;
	return granularity == PIOTLB_PASID ||
	       (!range->leaf_only &&
		meets_range(first->address, mu_level_shift(first->level), range));
}

/* Second-stage paging structures are never touched. */
void mu_invalidate_pasid_iotlb(struct model_unit *unit, enum piotlb_granularity granularity,
			       const struct mu_page_range *range)
{
	struct mu_page_range named = *range;

	named.did &= domain_mask(unit);
	if (defect(unit, PIOTLB_DID_8_BITS))
		named.did &= UINT8_MAX;
	if (defect(unit, PIOTLB_MASK_IGNORED))
		named.address_mask = 0;
	for (uint32_t i = unit->cache_count; i-- > 0;) {
		struct model_cached *entry = &unit->cache[i];

		if (!has_domain(entry, named.did))
			continue;
		if ((entry->kind == MODEL_CACHED_PAGE &&
		     is_page_of_pasid(unit, &entry->page, granularity, &named)) ||
		    (entry->kind == MODEL_CACHED_FIRST &&
		     is_first_of_pasid(unit, &entry->first, granularity, &named)))
			mu_cache_drop(unit, entry);
	}
}

/* "Implicit Invalidation on Page Request" (table) */
void mu_invalidate_for_page_request(struct model_unit *unit, enum pgtt pgtt,
				    const struct mu_page_range *range)
{
	if (defect(unit, PAGE_REQUEST_KEEPS_IOTLB))
		return;
	switch (pgtt) {
	case PGTT_FIRST_STAGE:
		mu_invalidate_pasid_iotlb(unit, PIOTLB_PAGES, range);
		break;
	case PGTT_NESTED:
		mu_invalidate_iotlb(unit, GRANULARITY_DOMAIN, range);
		break;
	case PGTT_SECOND_STAGE:
	case PGTT_PASS_THROUGH:
		mu_invalidate_iotlb(unit, GRANULARITY_SPECIFIC, range);
		break;
	}
}

/* ---- interrupt entry cache ---- */

/* "Index Mask Encodings": the low `mask` bits of the index do not count. */
static bool is_named_interrupt(const struct model_unit *unit, uint32_t cached, bool all,
			       uint16_t index, unsigned int mask)
{
	if (all)
		return !defect(unit, IEC_GLOBAL_IGNORED);
	if (defect(unit, IEC_MASK_IGNORED))
		mask = 0;
	if (defect(unit, IEC_MASK_3_BITS))
		mask %= 8;
	if (defect(unit, IEC_INDEX_8_BITS))
		index %= 256;
	return cached >> mask == (uint32_t)index >> mask && !defect(unit, IEC_INDEX_IGNORED);
}

void mu_invalidate_interrupts(struct model_unit *unit, bool all, uint16_t index, unsigned int mask)
{
	for (uint32_t i = unit->cache_count; i-- > 0;) {
		struct model_cached *entry = &unit->cache[i];

		if (entry->kind == MODEL_CACHED_INTERRUPT &&
		    is_named_interrupt(unit, entry->interrupt.index, all, index, mask))
			mu_cache_drop(unit, entry);
	}
}

/* ---- "Register-based Invalidation Interface" ---- */

static bool registers_may_invalidate(struct model_unit *unit)
{
	if (major_version(unit) >= 6)
		return false;
	if (!is_legacy(unit))
		return defect(unit, REGISTERS_IN_SCALABLE);
	if (unit->gsts & FIELD_MASK(GSTS_QIES)) {
		mu_complain(unit, "CCMD or IOTLB used while queued invalidation is enabled");
		return false;
	}
	return true;
}

/* "Context Command Register": ICC was written as 1. */
void mu_context_command(struct model_unit *unit)
{
	uint64_t command = mu_fixed_get64(unit, REG_CCMD);
	unsigned int granularity = (unsigned int)reg_get(command, CCMD_CIRG);
	uint32_t high = (uint32_t)(command >> 32) &
			~(uint32_t)((FIELD_MASK(CCMD_ICC) | FIELD_MASK(CCMD_CAIG)) >> 32);

	if (granularity != GRANULARITY_NONE && registers_may_invalidate(unit)) {
		if (is_legacy(unit))
			mu_invalidate_contexts(unit, granularity,
					       (uint16_t)reg_get(command, CCMD_DID),
					       (uint16_t)reg_get(command, CCMD_SID),
					       (unsigned int)reg_get(command, CCMD_FM));
		if (!defect(unit, CAIG_CLAIMS_REFUSAL))
			high |= (uint32_t)(reg_put(CCMD_CAIG, granularity) >> 32);
	}
	if (defect(unit, CCMD_NEVER_ENDS))
		high |= (uint32_t)(FIELD_MASK(CCMD_ICC) >> 32);
	mu_fixed_set(unit, REG_CCMD + 4, high);
}

/* What hardware makes of a request: coarser if pages are not supported, refused if AM is. */
static unsigned int granted_granularity(const struct model_unit *unit, uint64_t command,
					uint64_t iva)
{
	unsigned int wanted = (unsigned int)reg_get(command, IOTLB_IIRG);

	if (wanted != GRANULARITY_SPECIFIC)
		return wanted;
	if (!cap(unit, CAP_PSI))
		return GRANULARITY_DOMAIN;
	if (reg_get(iva, IVA_AM) > cap(unit, CAP_MAMV) && !defect(unit, IVA_MASK_UNCHECKED))
		return GRANULARITY_NONE;
	return wanted;
}

/* "IOTLB Invalidate Register": IVT was written as 1. */
void mu_iotlb_command(struct model_unit *unit)
{
	uint64_t iva = (uint64_t)unit->invalidate[1] << 32 | unit->invalidate[0];
	uint64_t command = (uint64_t)unit->invalidate[3] << 32 | unit->invalidate[2];
	unsigned int granularity = granted_granularity(unit, command, iva);
	struct mu_page_range range = {
		.did = (uint16_t)reg_get(command, IOTLB_DID),
		.address = iva & FIELD_MASK(IVA_ADDR),
		.address_mask = (unsigned int)reg_get(iva, IVA_AM),
		.leaf_only = reg_get(iva, IVA_IH) != 0,
	};

	command &= ~(FIELD_MASK(IOTLB_IVT) | FIELD_MASK(IOTLB_IAIG));
	if (granularity != GRANULARITY_NONE && registers_may_invalidate(unit)) {
		if (is_legacy(unit))
			mu_invalidate_iotlb(unit, granularity, &range);
		command |= reg_put(IOTLB_IAIG, granularity);
	}
	if (defect(unit, IOTLB_NEVER_ENDS))
		command |= FIELD_MASK(IOTLB_IVT);
	unit->invalidate[3] = (uint32_t)(command >> 32);
}
