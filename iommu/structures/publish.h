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

/* Replaces the PASID table entry of `pasid`, whose old value used domain `did`. */
enum status publish_pasid(struct unit *unit, struct pasid_table *table, uint32_t pasid,
			  const struct pasid_entry *value, uint16_t did) MUST_USE;

/* Replaces the second-stage leaf word that maps `from` at `level` (1..3) in domain `did`. */
enum status publish_second_stage(struct unit *unit, struct second_stage *table, iova_t from,
				 unsigned int level, uint64_t value, uint16_t did) MUST_USE;
