/* SPDX-License-Identifier: MIT */
#include "arch/paging.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/panic.h"

#define ENTRIES		 512
#define ENTRY_PRESENT	 (1ull << 0)
#define ENTRY_WRITE	 (1ull << 1)
#define ENTRY_UNCACHED	 (3ull << 3) /* PCD and PWT: PAT entry 3 */
#define ENTRY_LARGE	 (1ull << 7)
#define ENTRY_HOLE	 (1ull << 9) /* not present, and to stay so */
#define ENTRY_ADDRESS	 0x000ffffffffff000ull
#define TABLE_FLAGS	 (ENTRY_PRESENT | ENTRY_WRITE)
#define CPUID_1GIB_PAGES (1u << 26)
#define FOUR_GIB	 0x100000000ull

static const struct boot_info *boot_info;
static uint64_t *root; /* of four levels */
static bool has_1gib_pages;

static unsigned level_shift(unsigned level)
{
	return 12 + 9 * (level - 1);
}

static uint64_t level_bytes(unsigned level)
{
	return 1ull << level_shift(level);
}

static uint64_t *table_of(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)(entry & ENTRY_ADDRESS);
}

/* Replaces a large page by a table of smaller ones that say the same. */
static bool split(uint64_t *entry, unsigned level)
{
	uint64_t *table = page_alloc_for_ever();
	const uint64_t large = level == 2 ? 0 : ENTRY_LARGE;
	uint64_t from = *entry & ENTRY_ADDRESS;
	const uint64_t flags = *entry & (TABLE_FLAGS | ENTRY_UNCACHED);
	unsigned i;

	if (!table)
		return false;
	for (i = 0; i < ENTRIES; i++, from += level_bytes(level - 1))
		table[i] = from | flags | large;
	*entry = (uintptr_t)table | TABLE_FLAGS;
	return true;
}

/* The entry for `address` at `level`, with all tables above it; NULL if memory is exhausted. */
static uint64_t *entry_at(uint64_t address, unsigned level)
{
	uint64_t *table = root;
	unsigned at;

	for (at = 4; at > level; at--) {
		uint64_t *entry = &table[address >> level_shift(at) & (ENTRIES - 1)];

		if (!(*entry & ENTRY_PRESENT)) {
			uint64_t *below = page_alloc_for_ever();

			if (!below)
				return NULL;
			*entry = (uintptr_t)below | TABLE_FLAGS;
		} else if ((*entry & ENTRY_LARGE) && !split(entry, at)) {
			return NULL;
		}
		table = table_of(*entry);
	}
	return &table[address >> level_shift(level) & (ENTRIES - 1)];
}

/* What maps `address` now, or keeps it a hole: its entry and level, or NULL if nothing does. */
static uint64_t *lookup(uint64_t address, unsigned *level)
{
	uint64_t *table = root;

	for (*level = 4;; --*level) {
		uint64_t *entry = &table[address >> level_shift(*level) & (ENTRIES - 1)];

		if (!(*entry & (ENTRY_PRESENT | ENTRY_HOLE)))
			return NULL;
		if (*level == 1 || (*entry & ENTRY_LARGE))
			return entry;
		table = table_of(*entry);
	}
}

/* The largest page that starts at `address`, ends by `end` and replaces no smaller ones. */
static unsigned largest_level(uint64_t address, uint64_t end)
{
	unsigned level = has_1gib_pages ? 3 : 2;

	while (level > 1 &&
	       ((address & (level_bytes(level) - 1)) || end - address < level_bytes(level)))
		level--;
	return level;
}

static bool map(uint64_t from, uint64_t end, uint64_t flags)
{
	while (from < end) {
		unsigned level = largest_level(from, end);
		uint64_t *entry = entry_at(from, level);

		while (entry && level > 1 && (*entry & ENTRY_PRESENT) && !(*entry & ENTRY_LARGE))
			entry = entry_at(from, --level);
		if (!entry)
			return false;
		*entry = from | TABLE_FLAGS | flags | (level > 1 ? ENTRY_LARGE : 0);
		cpu_forget_page(from);
		from += level_bytes(level);
	}
	return true;
}

static uint64_t page_start(uint64_t address)
{
	return address & ~(uint64_t)(PAGE_BYTES - 1);
}

/* The end of the last page of [phys, phys + bytes); 0 if the processor has no such addresses. */
static uint64_t checked_end(uint64_t phys, uint64_t bytes)
{
	unsigned bits = cpu_physical_bits() < 47 ? cpu_physical_bits() : 47;
	const uint64_t limit = 1ull << bits;

	if (phys >= limit || bytes > limit - phys)
		return 0;
	return page_start(phys + bytes + PAGE_BYTES - 1);
}

/* Everything below 4 GiB as device memory first; of two ranges that share a page the later wins. */
static void map_ranges(const struct boot_info *boot)
{
	size_t i;
	bool ok = map(0, FOUR_GIB, ENTRY_UNCACHED);

	for (i = 0; i < boot->range_count && ok; i++) {
		const struct memory_range *range = &boot->ranges[i];
		const uint64_t end = checked_end(range->base, range->bytes);
		const uint64_t flags = range->type == MEMORY_RESERVED ? ENTRY_UNCACHED : 0;

		if (end)
			ok = map(page_start(range->base), end, flags);
	}
	if (!ok)
		panic("no memory left for the kernel's own page tables");
}

void paging_init(const struct boot_info *boot)
{
	uint64_t *top;

	boot_info = boot;
	has_1gib_pages = cpu_id(0x80000001, 0).edx & CPUID_1GIB_PAGES;
	root = page_alloc_for_ever();
	if (!root)
		panic("no memory left for the kernel's own page tables");
	map_ranges(boot);
	top = root;
	if (cpu_paging_levels() == 5) { /* left on by the firmware: one more on top */
		top = page_alloc_for_ever();
		if (!top)
			panic("no memory left for the kernel's own page tables");
		top[0] = (uintptr_t)root | TABLE_FLAGS;
	}
	cpu_write_cr3((uintptr_t)top);
}

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	const uint64_t end = checked_end(phys, bytes);
	uint64_t at;
	unsigned level;

	if (!end)
		return false;
	for (at = page_start(phys); at < end;) {
		const bool is_mapped = lookup(at, &level);
		uint64_t next = (at | (level_bytes(is_mapped || level < 2 ? level : 2) - 1)) + 1;

		if (next > end)
			next = end;
		if (!is_mapped && !map(at, next, ENTRY_UNCACHED))
			return false;
		at = next;
	}
	return true;
}

bool paging_is_mapped(uint64_t phys, uint64_t bytes)
{
	const uint64_t end = checked_end(phys, bytes);
	uint64_t at = page_start(phys);
	unsigned level;

	for (; at < end; at = (at | (level_bytes(level) - 1)) + 1) {
		if (lookup(at, &level))
			return true;
	}
	return false;
}

bool paging_is_ram(uint64_t phys, uint64_t bytes)
{
	size_t i;

	for (i = 0; i < boot_info->range_count; i++) {
		const struct memory_range *range = &boot_info->ranges[i];
		const uint64_t left = range->bytes - (phys - range->base);

		if (phys < range->base || phys - range->base >= range->bytes ||
		    range->type == MEMORY_RESERVED)
			continue;
		return bytes <= left || paging_is_ram(phys + left, bytes - left);
	}
	return false;
}

static bool is_listed(uint64_t phys, uint64_t bytes)
{
	size_t i;

	for (i = 0; i < boot_info->range_count; i++) {
		const struct memory_range *range = &boot_info->ranges[i];

		if (phys - range->base < range->bytes && phys >= range->base) {
			const uint64_t here = range->bytes - (phys - range->base);

			if (bytes <= here)
				return true;
			return is_listed(phys + here, bytes - here);
		}
	}
	return false;
}

const void *paging_map_firmware(uint64_t phys, uint64_t bytes)
{
	if (!bytes || !checked_end(phys, bytes) || !is_listed(phys, bytes))
		return NULL;
	return paging_map_mmio(phys, bytes) ? (const void *)(uintptr_t)phys : NULL;
}

const void *paging_map_legacy(uint64_t phys, uint64_t bytes)
{
	const uint64_t end = 0x100000; /* all of it is mapped, with the first 4 GiB */

	return phys < end && bytes <= end - phys ? (const void *)(uintptr_t)phys : NULL;
}

static bool set_pages(uint64_t phys, uint64_t pages, uint64_t flags)
{
	const uint64_t end = checked_end(phys, pages * PAGE_BYTES);
	uint64_t at;

	if (!end || phys % PAGE_BYTES || pages > end / PAGE_BYTES)
		return false;
	for (at = phys; at < end; at += PAGE_BYTES) {
		uint64_t *entry = entry_at(at, 1);

		if (!entry)
			return false;
		*entry = flags ? at | flags : ENTRY_HOLE;
		cpu_forget_page(at);
	}
	return true;
}

bool paging_make_hole(uint64_t phys, uint64_t pages)
{
	if (page_is_ram(phys, 1))
		panic("paging_make_hole: %llx is RAM", (unsigned long long)phys);
	return set_pages(phys, pages, 0);
}
