/* SPDX-License-Identifier: MIT */
/*
 * "Caching Translation Information": what is kept, under which tags, and how it is found.
 *
 * All caches of a unit share one array. Nothing is ever evicted: an entry goes only when an
 * invalidation (or a register command that implies one) names it. If the array is full, the new
 * entry is not kept and the fact is counted.
 *
 * Larger pages are kept in the pieces of 4 KiB that were used ("Caching Fractured Translations").
 */
#include "tests/model/internal.h"

static bool is_same_page(const struct model_unit *unit, const struct model_cached_page *entry,
			 const struct model_cached_page *key)
{
	if (entry->address != key->address && !defect(unit, IOTLB_ADDRESS_32_BITS))
		return false;
	if ((uint32_t)entry->address != (uint32_t)key->address)
		return false;
	if (entry->with_pasid != key->with_pasid)
		return false;
	if (entry->sid != key->sid && !defect(unit, IOTLB_IGNORES_SID))
		return false;
	if (key->with_pasid && defect(unit, IOTLB_PASID_16_BITS))
		return (uint16_t)entry->pasid == (uint16_t)key->pasid;
	/* A request without PASID does not know RID_PASID yet: any of its own entries will do. */
	return !key->with_pasid || entry->pasid == key->pasid || defect(unit, IOTLB_IGNORES_PASID);
}

static bool is_same_context(const struct model_unit *unit, const struct model_cached_context *entry,
			    const struct model_cached_context *key)
{
	if (defect(unit, CONTEXT_IGNORES_FUNCTION))
		return ((entry->sid ^ key->sid) & ~sid_ignored(3)) == 0;
	return entry->sid == key->sid;
}

static bool is_same_pasid(const struct model_unit *unit, const struct model_cached_pasid *entry,
			  const struct model_cached_pasid *key)
{
	if (entry->sid != key->sid && !defect(unit, PASID_CACHE_IGNORES_SID))
		return false;
	if (defect(unit, PASID_CACHE_16_BITS))
		return (uint16_t)entry->pasid == (uint16_t)key->pasid;
	return entry->pasid == key->pasid;
}

static bool is_same_table(const struct model_unit *unit, const struct model_cached_table *entry,
			  const struct model_cached_table *key)
{
	if (entry->did != key->did && !defect(unit, PAGING_CACHE_IGNORES_DOMAIN))
		return false;
	return entry->level == key->level && entry->address == key->address;
}

static bool is_same_first(const struct model_unit *unit, const struct model_cached_first *entry,
			  const struct model_cached_first *key)
{
	if (entry->pasid != key->pasid && !defect(unit, FS_CACHE_IGNORES_PASID))
		return false;
	return entry->did == key->did && entry->level == key->level &&
	       entry->address == key->address;
}

static bool is_same_thing(const struct model_unit *unit, const struct model_cached *entry,
			  const struct model_cached *key)
{
	if (entry->kind != key->kind)
		return false;
	switch ((enum model_cached_kind)key->kind) {
	case MODEL_CACHED_CONTEXT:
		return is_same_context(unit, &entry->context, &key->context);
	case MODEL_CACHED_PASID:
		return is_same_pasid(unit, &entry->pasid, &key->pasid);
	case MODEL_CACHED_PAGE:
		return is_same_page(unit, &entry->page, &key->page);
	case MODEL_CACHED_TABLE:
		return is_same_table(unit, &entry->table, &key->table);
	case MODEL_CACHED_FIRST:
		return is_same_first(unit, &entry->first, &key->first);
	case MODEL_CACHED_INTERRUPT:
		return entry->interrupt.index == key->interrupt.index;
	}
	return false;
}

struct model_cached *mu_cache_find(struct model_unit *unit, const struct model_cached *key)
{
	for (uint32_t i = 0; i < unit->cache_count; i++)
		if (is_same_thing(unit, &unit->cache[i], key))
			return &unit->cache[i];
	return NULL;
}

bool mu_cache_recall(struct model_unit *unit, struct model_cached *entry)
{
	const struct model_cached *cached = mu_cache_find(unit, entry);

	if (cached != NULL)
		*entry = *cached;
	return cached != NULL;
}

void mu_cache_add(struct model_unit *unit, const struct model_cached *entry)
{
	if (unit->cache_count == unit->cache_size) {
		unit->counts.cache_full++;
		return;
	}
	unit->cache[unit->cache_count++] = *entry;
}

/* The last entry takes the place: callers that sweep go from the end to the beginning. */
void mu_cache_drop(struct model_unit *unit, struct model_cached *entry)
{
	*entry = unit->cache[--unit->cache_count];
}

/* "Caching Mode": may not-present and erroneous entries be kept? */
bool mu_caches_faults(const struct model_unit *unit)
{
	return cap(unit, CAP_CM) || defect(unit, FAULTS_CACHED);
}

uint32_t model_cached_count(const struct model_unit *unit)
{
	return unit->cache_count;
}
