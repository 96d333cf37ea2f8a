/* SPDX-License-Identifier: MIT */
/*
 * An entry changed while the unit translates: written, flushed where the walk does not snoop,
 * fenced, the caches that may hold the old one invalidated, and waited for, in one call ("Guidance
 * to Software for Invalidations").
 */
#pragma once

#include "iommu/structures/context.h"
#include "iommu/structures/pasid_table.h"
#include "iommu/unit/unit.h"

/*
 * Replaces the context entry of `sid`. `value` has root_table_context_words() words; `did` is the
 * domain the old entry used (in scalable mode: the one its RID_PASID entry used).
 */
enum status publish_context(struct unit *unit, struct root_table *root, uint16_t sid,
			    const uint64_t *value, uint16_t did) MUST_USE;

/*
 * Replaces the PASID table entry of `pasid`. `old` is what was there, all 0 if nothing was: its
 * domain names what may be cached, its type and what becomes of it decide between the whole domain
 * and the PASID alone.
 */
enum status publish_pasid(struct unit *unit, struct pasid_table *table, uint32_t pasid,
			  const struct pasid_entry *value, const struct pasid_entry *old) MUST_USE;

/*
 * Replaces the word that stands for `from` in the table of that level (1 is the lowest), in domain
 * `did`: pages of a second stage, pages of the one `pasid` that uses a first stage. IH is set where no
 * table hung below the entry. STATUS_REFUSED if the walk does not get so far.
 */
enum status publish_entry(struct unit *unit, struct paging *table, iova_t from, unsigned int level,
			  uint64_t value, uint16_t did, uint32_t pasid) MUST_USE;
