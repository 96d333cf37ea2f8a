/* SPDX-License-Identifier: MIT */
/*
 * Paging tables of either stage ("First-Stage Translation", "Second-Stage Translation"): 512 entries
 * a table, 9 address bits a level. First-stage tables have 4 or 5 levels, second-stage tables 3, 4
 * or 5; apart from the entries' bits they are one thing, and whoever maps, unmaps and walks need not
 * know which.
 */
#pragma once

#include "arch/addr.h"
#include "iommu/spec/tables.h"
#include "iommu/unit/status.h"

enum paging_stage { SECOND_STAGE, FIRST_STAGE };

struct paging {
	enum paging_stage stage;
	unsigned int levels;
	bool snooped; /* hardware walks this table through the caches */
	uint64_t *top;
	struct table_page *page; /* the top, and the tables below it */
	/*
	 * Of a first stage below a second one (PGTT 011b): what is added to the address of its pages
	 * wherever entries name them; set before anything is mapped.
	 */
	uint64_t guest_offset;
};

/* What a mapping allows. */
enum access_rights { ACCESS_NONE = 0, ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_BOTH = 3 };

/* An empty table: 3, 4 or 5 levels; a first stage has 4 or 5. STATUS_NO_MEMORY. */
enum status paging_create(struct paging *table, enum paging_stage stage, unsigned int levels,
			  bool snooped) MUST_USE;

/* Frees every page of the table. The caller has made sure that no unit uses it any more. */
void paging_destroy(struct paging *table);

/*
 * Maps one page of 2^page_shift bytes (12, 21 or 30), both addresses aligned to it. Stores the
 * entries; invalidates nothing. In a first stage the page is a user page, for requests without
 * supervisor privilege; and where the walk is not snooped, every entry has its accessed and dirty
 * flags from the start, since hardware could not set them there ("Snoop Behavior").
 * STATUS_NO_MEMORY, or STATUS_REFUSED where a larger page or a table is in the way, for an address
 * that the table cannot hold, and for rights that entries cannot say (none; in a first stage, write
 * alone).
 */
enum status paging_map(struct paging *table, iova_t from, phys_t to, unsigned int page_shift,
		       enum access_rights rights) MUST_USE;

/*
 * Maps every page that the first stage `guest` is made of into the second stage `host`, each at the
 * address that `guest`'s entries give. As paging_map() otherwise; pages that are there already stay.
 */
enum status paging_map_tables(struct paging *host, const struct paging *guest,
			      enum access_rights rights) MUST_USE;

/* Where a unit looks for the top of the table: its address, with guest_offset. */
uint64_t paging_pointer(const struct paging *table);

/* Clears the leaf that maps `from`, whatever its size; nothing if there is none, or `from` is beyond the table. */
void paging_unmap(struct paging *table, iova_t from);

/*
 * The entry for `from` in the table of that level (1 is the lowest), NULL where the walk does not
 * get so far or the table cannot hold the address. A large page's leaf is at level 2 or 3.
 */
uint64_t *paging_entry(const struct paging *table, iova_t from, unsigned int level);

/* An entry leads to a table that was made for it, whatever memory says: `from`'s at that level. */
bool paging_leads_to_table(const struct paging *table, iova_t from, unsigned int level);

/*
 * How wide addresses may be that software uses through such tables, in bits from 0 on: all of a
 * second stage, the lower canonical half of a first stage.
 */
unsigned int paging_address_bits(enum paging_stage stage, unsigned int levels);

/* The AW encoding for a second stage, the FSPM encoding for a first stage of so many levels. */
enum address_width paging_address_width(unsigned int levels);
enum fspm paging_fspm(unsigned int levels);

/* How many low address bits one entry of that level spans: 12, 21, 30, 39, 48. */
unsigned int paging_level_shift(unsigned int level);
