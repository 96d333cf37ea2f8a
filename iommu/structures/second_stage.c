/* SPDX-License-Identifier: MIT */
#include "iommu/structures/second_stage.h"

#include "arch/page.h"
#include "iommu/structures/entry.h"

#define BITS_PER_LEVEL 9u
#define PAGE_SHIFT     12u

unsigned int second_stage_level_shift(unsigned int level)
{
	return PAGE_SHIFT + (level - 1) * BITS_PER_LEVEL;
}

enum address_width second_stage_address_width(unsigned int levels)
{
	return (enum address_width)(levels - 2);
}

enum status second_stage_create(struct second_stage *table, unsigned int levels, bool snooped)
{
	*table = (struct second_stage){ .levels = levels, .snooped = snooped, .top = page_alloc() };
	return table->top ? STATUS_OK : STATUS_NO_MEMORY;
}

static bool is_present(uint64_t entry)
{
	return entry & (FIELD_MASK(SS_R) | FIELD_MASK(SS_W));
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
	return level == 1 || reg_get(entry, SS_PS);
}

static uint64_t *next_table(uint64_t entry)
{
	return phys_pointer(phys(field_get_address(&entry, SS_ADDR)));
}

static void destroy_level(uint64_t *entries, unsigned int level)
{
	for (unsigned int i = 0; level > 1 && i < PAGING_ENTRIES; i++)
		if (is_present(entries[i]) && !is_leaf(entries[i], level))
			destroy_level(next_table(entries[i]), level - 1);
	page_free(entries);
}

void second_stage_destroy(struct second_stage *table)
{
	if (table->top)
		destroy_level(table->top, table->levels);
	table->top = NULL;
}

static uint64_t *slot(uint64_t *entries, iova_t from, unsigned int level)
{
	return &entries[from.value >> second_stage_level_shift(level) & (PAGING_ENTRIES - 1)];
}

uint64_t *second_stage_entry(const struct second_stage *table, iova_t from, unsigned int level)
{
	uint64_t *entries = table->top;

	for (unsigned int at = table->levels; at > level; at--) {
		uint64_t entry = *slot(entries, from, at);

		if (!is_present(entry) || is_leaf(entry, at))
			return NULL;
		entries = next_table(entry);
	}
	return slot(entries, from, level);
}

/* Table entries allow everything: permission is decided at the leaf. */
static enum status add_table(const struct second_stage *table, uint64_t *entry)
{
	void *page = page_alloc();
	uint64_t value = reg_put(SS_R, 1) | reg_put(SS_W, 1);

	if (!page)
		return STATUS_NO_MEMORY;
	field_set_address(&value, SS_ADDR, phys_of(page).value);
	entry_store_word(entry, value, table->snooped);
	return STATUS_OK;
}

enum status second_stage_map(struct second_stage *table, iova_t from, phys_t to,
			     unsigned int page_shift, enum access_rights rights)
{
	unsigned int leaf_level = (page_shift - PAGE_SHIFT) / BITS_PER_LEVEL + 1;
	uint64_t leaf = rights;
	uint64_t *entries = table->top;
	uint64_t *entry;

	for (unsigned int level = table->levels; level > leaf_level; level--) {
		entry = slot(entries, from, level);
		if (!is_present(*entry) && add_table(table, entry) != STATUS_OK)
			return STATUS_NO_MEMORY;
		if (is_leaf(*entry, level))
			return STATUS_REFUSED;
		entries = next_table(*entry);
	}
	entry = slot(entries, from, leaf_level);
	if (is_present(*entry) && !is_leaf(*entry, leaf_level))
		return STATUS_REFUSED;
	field_set_address(&leaf, SS_ADDR, to.value);
	if (leaf_level > 1)
		field_set(&leaf, SS_PS, 1);
	entry_store_word(entry, leaf, table->snooped);
	return STATUS_OK;
}

void second_stage_unmap(struct second_stage *table, iova_t from)
{
	for (unsigned int level = 1; level <= table->levels; level++) {
		uint64_t *entry = second_stage_entry(table, from, level);

		if (!entry)
			continue;
		if (is_present(*entry) && is_leaf(*entry, level))
			entry_store_word(entry, 0, table->snooped);
		return;
	}
}
