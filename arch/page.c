/* SPDX-License-Identifier: MIT */
#include "arch/page.h"

#include "arch/panic.h"
#include "arch/string.h"

#define LOWEST	      0x100000ull /* below lie firmware data that no memory map mentions */
#define BOOT_MAPPED   0x100000000ull
#define POOLS_MAX     (BOOT_RANGES_MAX + 64)
#define BITS_PER_WORD 64

/* Firmware and boot loaders work at the top of memory, everybody else at the bottom. */
#define KEPT_FROM_END_BYTES 0x2000000ull
#define KEPT_POOL_BYTES_MIN 0x4000000ull

/* A stretch of RAM that is ours; its pages have the numbers first_index and up. */
struct pool {
	uint64_t base;
	uint64_t end;
	size_t first_index;
};

static struct pool pools[POOLS_MAX];
static unsigned pool_count;
static size_t total_count, free_count, in_use_count, failed_count;

/* One bit per page: not free; and handed out, to be given back. */
static uint64_t *busy, *owned;
static size_t hint;	  /* no page below this index is free */
static size_t kept_first; /* index of the first page of those kept apart; 0: there are none */

static bool bit_get(const uint64_t *bits, size_t i)
{
	return bits[i / BITS_PER_WORD] >> (i % BITS_PER_WORD) & 1;
}

static void bit_set(uint64_t *bits, size_t i)
{
	bits[i / BITS_PER_WORD] |= 1ull << (i % BITS_PER_WORD);
}

static void bit_clear(uint64_t *bits, size_t i)
{
	bits[i / BITS_PER_WORD] &= ~(1ull << (i % BITS_PER_WORD));
}

static uint64_t round_up(uint64_t address)
{
	return (address + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
}

static uint64_t round_down(uint64_t address)
{
	return address & ~(uint64_t)(PAGE_BYTES - 1);
}

static void pool_add(uint64_t base, uint64_t end)
{
	if (base < end && pool_count < POOLS_MAX)
		pools[pool_count++] = (struct pool){ .base = base, .end = end };
}

/* Takes [base, end) out of every pool. */
static void pools_subtract(uint64_t base, uint64_t end)
{
	const unsigned before = pool_count;
	unsigned i;

	if (base >= end)
		return;
	for (i = 0; i < before; i++) {
		struct pool *pool = &pools[i];

		if (end <= pool->base || base >= pool->end)
			continue;
		if (base > pool->base && end < pool->end)
			pool_add(end, pool->end);
		if (base > pool->base)
			pool->end = base;
		else
			pool->base = end < pool->end ? end : pool->end;
	}
}

static void pools_sort(void)
{
	unsigned i, j;

	for (i = 1; i < pool_count; i++) {
		for (j = i; j > 0 && pools[j].base < pools[j - 1].base; j--) {
			const struct pool pool = pools[j];

			pools[j] = pools[j - 1];
			pools[j - 1] = pool;
		}
	}
}

static uint64_t range_end(const struct memory_range *range)
{
	return range->bytes > UINT64_MAX - range->base ? UINT64_MAX : range->base + range->bytes;
}

/* Usable ranges, without whatever any other range, our image or the first megabyte covers. */
static void pools_collect(const struct boot_info *boot)
{
	const struct memory_range *range;
	size_t i;

	pool_count = 0;
	for (i = 0; i < boot->range_count; i++) {
		range = &boot->ranges[i];
		if (range->type != MEMORY_USABLE || range_end(range) > 1ull << 52)
			continue;
		pools_subtract(round_up(range->base), round_down(range_end(range)));
		pool_add(round_up(range->base), round_down(range_end(range)));
	}
	for (i = 0; i < boot->range_count; i++) {
		range = &boot->ranges[i];
		if (range->type != MEMORY_USABLE)
			pools_subtract(round_down(range->base), round_up(range_end(range)));
	}
	pools_subtract(0, LOWEST);
	pools_subtract(round_down(boot->image_base),
		       round_up(boot->image_base + boot->image_bytes));
}

static size_t pools_page_count(void)
{
	size_t pages = 0;
	unsigned i;

	for (i = 0; i < pool_count; i++)
		pages += (pools[i].end - pools[i].base) / PAGE_BYTES;
	return pages;
}

/* Room for both bitmaps, taken from the top of a pool that the boot page tables map. */
static void bitmaps_place(size_t pages)
{
	const uint64_t words = pages / BITS_PER_WORD + 1;
	const uint64_t bytes = round_up(2 * words * sizeof(uint64_t));
	unsigned i;

	for (i = 0; i < pool_count; i++) {
		struct pool *pool = &pools[i];

		if (pool->end > BOOT_MAPPED || pool->end - pool->base < bytes)
			continue;
		pool->end -= bytes;
		busy = (uint64_t *)(uintptr_t)pool->end;
		owned = busy + words;
		memset(busy, 0, bytes);
		return;
	}
	panic("no room for the page allocator: %zu pages in %u ranges", pages, pool_count);
}

/* In the largest pool that the boot page tables map. Page 0 of all is never one of them. */
static void keep_apart(void)
{
	const struct pool *largest = NULL;
	unsigned i;

	kept_first = 0;
	for (i = 0; i < pool_count; i++)
		if (pools[i].end <= BOOT_MAPPED &&
		    (!largest || pools[i].end - pools[i].base > largest->end - largest->base))
			largest = &pools[i];
	if (!largest || largest->end - largest->base < KEPT_POOL_BYTES_MIN)
		return;
	kept_first = largest->first_index +
		     (largest->end - KEPT_FROM_END_BYTES - largest->base) / PAGE_BYTES;
	for (i = 0; i < PAGE_KEPT_COUNT; i++)
		bit_set(busy, kept_first + i);
	free_count -= PAGE_KEPT_COUNT;
}

void page_init(const struct boot_info *boot)
{
	unsigned i;

	pools_collect(boot);
	bitmaps_place(pools_page_count());
	pools_sort();
	total_count = 0;
	for (i = 0; i < pool_count; i++) {
		pools[i].first_index = total_count;
		total_count += (pools[i].end - pools[i].base) / PAGE_BYTES;
	}
	free_count = total_count;
	in_use_count = 0;
	hint = 0;
	keep_apart();
}

static void *address_of(size_t index)
{
	unsigned i = 0;

	while (i + 1 < pool_count && index >= pools[i + 1].first_index)
		i++;
	return (void *)(uintptr_t)(pools[i].base + (index - pools[i].first_index) * PAGE_BYTES);
}

void *page_kept(void)
{
	return kept_first ? address_of(kept_first) : NULL;
}

void page_take_kept(size_t first)
{
	size_t i;

	for (i = first; i < PAGE_KEPT_COUNT; i++)
		bit_clear(busy, kept_first + i);
	free_count += PAGE_KEPT_COUNT - first;
	hint = kept_first + first;
}

/* Index of the page at `address`, or total_count if that is none of ours. */
static size_t index_of(uint64_t address)
{
	unsigned i;

	for (i = 0; i < pool_count; i++) {
		if (address >= pools[i].base && address < pools[i].end)
			return pools[i].first_index + (address - pools[i].base) / PAGE_BYTES;
	}
	return total_count;
}

/* Marks `pages` from `index` as taken. */
static void *take(size_t index, size_t pages)
{
	size_t i;

	for (i = index; i < index + pages; i++)
		bit_set(busy, i);
	free_count -= pages;
	return address_of(index);
}

static size_t find_free(void)
{
	size_t i = hint;

	while (i < total_count && bit_get(busy, i)) {
		if (i % BITS_PER_WORD == 0 && busy[i / BITS_PER_WORD] == ~0ull)
			i += BITS_PER_WORD;
		else
			i++;
	}
	return i;
}

void *page_alloc_for_ever(void)
{
	const size_t index = find_free();

	if (index >= total_count) {
		hint = total_count;
		failed_count++;
		return NULL;
	}
	hint = index + 1;
	return memset(take(index, 1), 0, PAGE_BYTES);
}

static void own(size_t index, size_t pages)
{
	size_t i;

	for (i = index; i < index + pages; i++)
		bit_set(owned, i);
	in_use_count += pages;
}

void *page_alloc(void)
{
	void *page = page_alloc_for_ever();

	if (page)
		own(index_of((uintptr_t)page), 1);
	return page;
}

/* First of `pages` free ones in this pool, or total_count. Below the hint there is none. */
static size_t find_run(const struct pool *pool, size_t pages, uint64_t align_bytes)
{
	const size_t skipped = hint > pool->first_index ? hint - pool->first_index : 0;
	uint64_t at = (pool->base + skipped * PAGE_BYTES + align_bytes - 1) & ~(align_bytes - 1);

	while (at < pool->end && (pool->end - at) / PAGE_BYTES >= pages) {
		const size_t first = pool->first_index + (at - pool->base) / PAGE_BYTES;
		size_t i = pages;

		while (i > 0 && !bit_get(busy, first + i - 1))
			i--;
		if (i == 0)
			return first;
		at = (at + i * PAGE_BYTES + align_bytes - 1) & ~(align_bytes - 1);
	}
	return total_count;
}

void *page_alloc_contiguous(size_t pages, size_t align_pages)
{
	void *block = page_alloc_uncleared(pages, align_pages);

	return block ? memset(block, 0, pages * PAGE_BYTES) : NULL;
}

void *page_alloc_uncleared(size_t pages, size_t align_pages)
{
	unsigned i;

	if (!pages || !align_pages || (align_pages & (align_pages - 1)))
		panic("page_alloc_uncleared: %zu pages aligned to %zu", pages, align_pages);
	for (i = 0; i < pool_count && pages <= free_count; i++) {
		const size_t index = find_run(&pools[i], pages, align_pages * PAGE_BYTES);

		if (index >= total_count)
			continue;
		own(index, pages);
		return take(index, pages);
	}
	failed_count++;
	return NULL;
}

static void free_one(uint64_t address)
{
	const size_t index = index_of(address);

	if (index >= total_count || address % PAGE_BYTES)
		panic("page_free: %llx is no page of the allocator", (unsigned long long)address);
	if (!bit_get(owned, index))
		panic("page_free: %llx is not in use", (unsigned long long)address);
	bit_clear(owned, index);
	bit_clear(busy, index);
	if (index < hint)
		hint = index;
	in_use_count--;
	free_count++;
}

void page_free(void *page)
{
	if (page)
		free_one((uintptr_t)page);
}

void page_free_contiguous(void *first, size_t pages)
{
	size_t i;

	for (i = 0; first && i < pages; i++)
		free_one((uintptr_t)first + i * PAGE_BYTES);
}

size_t page_in_use_count(void)
{
	return in_use_count;
}

size_t page_total_count(void)
{
	return total_count;
}

size_t page_failed_count(void)
{
	return failed_count;
}

bool page_is_ram(uint64_t base, uint64_t bytes)
{
	unsigned i;

	for (i = 0; i < pool_count; i++) {
		if (base >= pools[i].base && base < pools[i].end)
			return bytes <= pools[i].end - base;
	}
	return false;
}
