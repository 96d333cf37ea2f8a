/* SPDX-License-Identifier: MIT */
/*
 * The pages that a table is made of, and which entry leads to which. A unit that does not translate
 * writes into tables, so what is built, changed and freed is looked up here, never read back from
 * an entry.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct table_page {
	uint64_t *entries;
	size_t pages;		  /* in a row; 1 but for a PASID directory */
	const uint64_t *slot;	  /* the entry that leads here; NULL at the top */
	struct table_page *below; /* the first page that an entry of this one leads to */
	struct table_page *next;  /* the next one below the same page */
};

/* The top of a table: `pages` in a row, zeroed; NULL if there is no memory. */
struct table_page *table_page_create(size_t pages);

/* A page below the entry `slot` of `above`, which leads to none yet; stores no entry. NULL: no memory. */
struct table_page *table_page_add(struct table_page *above, const uint64_t *slot);

/* The page that was added below `slot`, or NULL. */
struct table_page *table_page_below(struct table_page *above, const uint64_t *slot);

/* Frees a top and all pages below it. NULL is allowed. */
void table_page_destroy(struct table_page *top);
