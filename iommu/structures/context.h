/* SPDX-License-Identifier: MIT */
/*
 * Root and context tables, legacy and scalable ("Root Entry", "Scalable-mode Root Entry",
 * "Context Entry", "Scalable-Mode Context-Entry").
 */
#pragma once

#include "arch/addr.h"
#include "iommu/spec/tables.h"
#include "iommu/structures/paging.h"
#include "iommu/unit/status.h"

struct root_table {
	struct root_entry *entries;
	struct table_page *page; /* these entries, and the context tables */
	bool scalable;
	bool snooped;
};

/* An empty root table in the legacy or the scalable format. STATUS_NO_MEMORY. */
enum status root_table_create(struct root_table *root, bool scalable, bool snooped) MUST_USE;

/* Frees the root table and every context table in it, but not what context entries point to. */
void root_table_destroy(struct root_table *root);

/*
 * Where the context entry of source-id `sid` (bus 15:8, devfn 7:0) lies. Allocates the context
 * table and stores the root entry if they are missing; invalidates nothing. NULL: no memory.
 */
uint64_t *root_table_context(struct root_table *root, uint16_t sid);

/* Words of a context entry in this root table: 2 (legacy) or 4 (scalable). */
unsigned int root_table_context_words(const struct root_table *root);

/* A present legacy context entry that translates through `table`. */
struct context_entry context_translated(const struct paging *table, uint16_t did);

/* A present legacy context entry that passes requests through untranslated (needs ECAP.PT). */
struct context_entry context_pass_through(unsigned int levels, uint16_t did);

/*
 * A present scalable-mode context entry; the directory holds PASIDs 0 .. 2^(pdts + 13) - 1.
 * rid_pasid other than 0 needs ECAP.RPS.
 */
struct sm_context_entry sm_context(phys_t directory, unsigned int pdts, uint32_t rid_pasid);
