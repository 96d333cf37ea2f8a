/* SPDX-License-Identifier: MIT */
/*
 * "Caching Translation Information": what is kept, under which tags, and how it is found.
 *
 * All caches of a unit share one array. Nothing is ever evicted: an entry goes only when an
 * invalidation (or a register command that implies one) names it. If the array is full, the new
 * entry is not kept and the fact is counted.
 *
 *	context		tag SID; domain-id for invalidation in legacy mode; words: the entry
 *	PASID		tag SID and PASID; domain-id for invalidation; words: the entry
 *	IOTLB		tag SID, address, with or without PASID and which; domain-id, PASID and
 *			PGTT for invalidation; words[0]: the page. Always 4 KiB: larger pages are
 *			kept in the pieces that were used ("Caching Fractured Translations")
 *	SS paging	tag domain-id, address, level; words[0]: the table the entry references
 *	IRTE		tag interrupt index (in pasid); words: the entry
 */
#include "tests/model/internal.h"

static bool iotlb_matches(const struct model_unit *unit, const struct model_cached *entry,
			  const struct cache_tag *tag)
{
	if (entry->address != tag->address)
		return false;
	if (entry->with_pasid != tag->with_pasid)
		return false;
	if (entry->sid != tag->sid && !defect(unit, IOTLB_IGNORES_SID))
		return false;
	/* A request without PASID does not know RID_PASID yet: any of its own entries will do. */
	return !tag->with_pasid || entry->pasid == tag->pasid || defect(unit, IOTLB_IGNORES_PASID);
}

static bool context_matches(const struct model_unit *unit, const struct model_cached *entry,
			    const struct cache_tag *tag)
{
	if (defect(unit, CONTEXT_IGNORES_FUNCTION))
		return ((entry->sid ^ tag->sid) & ~sid_ignored(3)) == 0;
	return entry->sid == tag->sid;
}

static bool pasid_matches(const struct model_unit *unit, const struct model_cached *entry,
			  const struct cache_tag *tag)
{
	if (entry->sid != tag->sid && !defect(unit, PASID_CACHE_IGNORES_SID))
		return false;
	return entry->pasid == tag->pasid;
}

static bool paging_matches(const struct model_unit *unit, const struct model_cached *entry,
			   const struct cache_tag *tag)
{
	if (entry->did != tag->did && !defect(unit, PAGING_CACHE_IGNORES_DOMAIN))
		return false;
	return entry->level == tag->level && entry->address == tag->address;
}

static bool matches(const struct model_unit *unit, const struct model_cached *entry,
		    const struct cache_tag *tag)
{
	switch (tag->kind) {
	case CACHE_CONTEXT:
		return context_matches(unit, entry, tag);
	case CACHE_PASID:
		return pasid_matches(unit, entry, tag);
	case CACHE_IOTLB:
		return iotlb_matches(unit, entry, tag);
	case CACHE_SS_PAGING:
		return paging_matches(unit, entry, tag);
	default: /* CACHE_IRTE */
		return entry->pasid == tag->pasid;
	}
}

/* The entry under this tag, NULL if there is none. */
struct model_cached *cache_find(struct model_unit *unit, const struct cache_tag *tag)
{
	for (uint32_t i = 0; i < unit->cache_count; i++) {
		struct model_cached *entry = &unit->cache[i];

		if (entry->cache == tag->kind && matches(unit, entry, tag))
			return entry;
	}
	return NULL;
}

bool cache_recall(struct model_unit *unit, const struct cache_tag *tag, struct model_cached *entry)
{
	const struct model_cached *cached = cache_find(unit, tag);

	if (cached)
		*entry = *cached;
	else
		*entry = (struct model_cached){
			.cache = (uint8_t)tag->kind,
			.sid = tag->sid,
			.pasid = tag->pasid,
		};
	return cached != NULL;
}

void cache_add(struct model_unit *unit, const struct model_cached *entry)
{
	if (unit->cache_count == unit->cache_size) {
		unit->counts.cache_full++;
		return;
	}
	unit->cache[unit->cache_count++] = *entry;
}

/* The last entry takes the place: callers that sweep go from the end to the beginning. */
void cache_drop(struct model_unit *unit, struct model_cached *entry)
{
	*entry = unit->cache[--unit->cache_count];
}

/* "Caching Mode": may not-present and erroneous entries be kept? */
bool caches_faults(const struct model_unit *unit)
{
	return cap(unit, CAP_CM) || defect(unit, FAULTS_CACHED);
}

uint32_t model_cached_count(const struct model_unit *unit)
{
	return unit->cache_count;
}
