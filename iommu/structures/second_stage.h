/* SPDX-License-Identifier: MIT */
/*
 * Second-stage translation tables of 3, 4 or 5 levels ("Second-Stage Translation").
 */
#pragma once

#include "arch/addr.h"
#include "iommu/spec/tables.h"
#include "iommu/unit/status.h"

struct second_stage {
	unsigned int levels;
	bool snooped; /* hardware walks this table through the caches */
	uint64_t *top;
	struct table_page *page; /* the top, and the tables below it */
};

/* What a mapping allows. */
enum access_rights { ACCESS_NONE = 0, ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_BOTH = 3 };

/* An empty table of 3, 4 or 5 levels. STATUS_NO_MEMORY. */
enum status second_stage_create(struct second_stage *table, unsigned int levels,
				bool snooped) MUST_USE;

/* Frees every page of the table. The caller has made sure that no unit uses it any more. */
void second_stage_destroy(struct second_stage *table);

/*
 * Maps one page of 2^page_shift bytes (12, 21 or 30), both addresses aligned to it. Stores the
 * entries; invalidates nothing. STATUS_NO_MEMORY, or STATUS_REFUSED where a larger page or a
 * table is in the way.
 */
enum status second_stage_map(struct second_stage *table, iova_t from, phys_t to,
			     unsigned int page_shift, enum access_rights rights) MUST_USE;

/* Clears the leaf that maps `from`, whatever its size; nothing if there is none. */
void second_stage_unmap(struct second_stage *table, iova_t from);

/*
 * The entry for `from` in the table of that level (1 is the lowest), NULL where the walk does not
 * get so far. A large page's leaf is at level 2 or 3.
 */
uint64_t *second_stage_entry(const struct second_stage *table, iova_t from, unsigned int level);

/* The AW encoding for a table of so many levels. */
enum address_width second_stage_address_width(unsigned int levels);

/* How many low address bits one entry of that level spans: 12, 21, 30, 39, 48. */
unsigned int second_stage_level_shift(unsigned int level);
