/* SPDX-License-Identifier: MIT */
/*
 * Pages of 4 KiB from the memory map. Virtual and physical address are the same. Page 0 to 1 MiB,
 * the image and everything not marked usable stay out. Lowest addresses go first.
 */
#pragma once

#include "arch/addr.h"
#include "arch/boot_info.h"

void page_init(const struct boot_info *boot);

/* One page filled with zeros, or NULL when memory is exhausted. */
void *page_alloc(void);

/* `pages` in a row, zeroed, first one aligned to `align_pages` (a power of two); NULL if none. */
void *page_alloc_contiguous(size_t pages, size_t align_pages);

/* The same with whatever is in them: for large blocks of which little is used. */
void *page_alloc_uncleared(size_t pages, size_t align_pages);

/* Give back what alloc returned. Panics on a page not in use; NULL is allowed and does nothing. */
void page_free(void *page);
void page_free_contiguous(void *first, size_t pages);

/*
 * A stretch of pages that nobody else gets, at the same place in every boot of this machine: what lies there may outlive
 * a reset. NULL where memory is small. From page_take_kept() on, and up to the reset, allocation goes on in its pages
 * from `first` on.
 */
enum { PAGE_KEPT_COUNT = 256 };
void *page_kept(void);
void page_take_kept(size_t first);

/* A page that is never given back and not counted as in use (page tables of the kernel). */
void *page_alloc_for_ever(void);

/* Pages handed out and not yet given back. */
size_t page_in_use_count(void);

/* Pages the allocator owns. */
size_t page_total_count(void);

/* How often an allocation brought nothing, since the start. */
size_t page_failed_count(void);

/* Is [base, base + bytes) entirely memory of the allocator's pools (allocated or not)? */
bool page_is_ram(uint64_t base, uint64_t bytes);
