/* SPDX-License-Identifier: MIT */
/*
 * PASID directory and PASID tables ("Scalable-Mode PASID Directory Entry", "Scalable-Mode PASID
 * Table Entry").
 */
#pragma once

#include "arch/addr.h"
#include "iommu/spec/tables.h"
#include "iommu/structures/paging.h"
#include "iommu/unit/status.h"

struct pasid_table {
	struct pasid_dir_entry *directory;
	struct table_page *page; /* the directory, and the tables below it */
	unsigned int pdts;	 /* 2^(pdts + 7) directory entries: PASIDs 0 .. 2^(pdts + 13) - 1 */
	bool snooped;
};

/* An empty directory; pdts 0..7. STATUS_NO_MEMORY. */
enum status pasid_table_create(struct pasid_table *table, unsigned int pdts, bool snooped) MUST_USE;

/* Frees the directory and every PASID table in it. */
void pasid_table_destroy(struct pasid_table *table);

/*
 * Where the entry of `pasid` (below 2^(pdts + 13)) lies. Allocates the PASID table and stores the
 * directory entry if they are missing; invalidates nothing. NULL: no memory.
 */
struct pasid_entry *pasid_table_entry(struct pasid_table *table, uint32_t pasid);

/* The directory entry that covers `pasid`. */
struct pasid_dir_entry *pasid_table_dir_entry(const struct pasid_table *table, uint32_t pasid);

/*
 * A present entry that translates through `table` alone, PGTT 001b or 010b by its stage (needs
 * ECAP.FSTS or ECAP.SSTS). PWSNP is set when the table is snooped (needs ECAP.SMPWCS). A first stage
 * must not share its domain with a second stage ("Scalable-Mode PASID-Table Entry Programming
 * Considerations").
 */
struct pasid_entry pasid_translated(const struct paging *table, uint16_t did);

/*
 * A present entry whose first stage lies below `second`, PGTT 011b (needs ECAP.NEST): every address
 * in `first`'s entries, and the one of its top, goes through `second`. Both are snooped, or neither.
 */
struct pasid_entry pasid_nested(const struct paging *first, const struct paging *second,
				uint16_t did);

/*
 * A present entry that passes requests through untranslated (needs ECAP.PT). `levels` as for the
 * unit's second-stage tables; 0 on a unit without ECAP.SSTS, where AW is reserved.
 */
struct pasid_entry pasid_pass_through(unsigned int levels, uint16_t did);
