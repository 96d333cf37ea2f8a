/* SPDX-License-Identifier: MIT */
#include "iommu/structures/second_stage.h"

#include "iommu/structures/entry.h"
#include "iommu/structures/table_page.h"

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
	*table = (struct second_stage){
		.levels = levels,
		.snooped = snooped,
		.page = table_page_create(1),
	};
	if (!table->page)
		return STATUS_NO_MEMORY;
	table->top = table->page->entries;
	return STATUS_OK;
}

void second_stage_destroy(struct second_stage *table)
{
	table_page_destroy(table->page);
	table->page = NULL;
	table->top = NULL;
}

static bool is_present(uint64_t entry)
{
	return entry & (FIELD_MASK(SS_R) | FIELD_MASK(SS_W));
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
	return level == 1 || reg_get(entry, SS_PS);
}

static uint64_t *slot(uint64_t *entries, iova_t from, unsigned int level)
{
	return &entries[from.value >> second_stage_level_shift(level) & (PAGING_ENTRIES - 1)];
}

uint64_t *second_stage_entry(const struct second_stage *table, iova_t from, unsigned int level)
{
	struct table_page *page = table->page;

	for (unsigned int at = table->levels; page && at > level; at--)
		page = table_page_below(page, slot(page->entries, from, at));
	return page ? slot(page->entries, from, level) : NULL;
}

/* Table entries allow everything: permission is decided at the leaf. NULL: no memory. */
static struct table_page *add_table(const struct second_stage *table, struct table_page *above,
				    uint64_t *entry)
{
	struct table_page *page = table_page_add(above, entry);
	uint64_t value = reg_put(SS_R, 1) | reg_put(SS_W, 1);

	if (!page)
		return NULL;
	field_set_address(&value, SS_ADDR, phys_of(page->entries).value);
	entry_store_word(entry, value, table->snooped);
	return page;
}

enum status second_stage_map(struct second_stage *table, iova_t from, phys_t to,
			     unsigned int page_shift, enum access_rights rights)
{
	unsigned int leaf_level = (page_shift - PAGE_SHIFT) / BITS_PER_LEVEL + 1;
	uint64_t leaf = rights;
	struct table_page *page = table->page;
	struct table_page *below;
	uint64_t *entry;

	for (unsigned int level = table->levels; level > leaf_level; level--) {
		entry = slot(page->entries, from, level);
		below = table_page_below(page, entry);
		if (!below && is_present(*entry))
			return STATUS_REFUSED; /* a leaf, or whatever: no table of ours */
		page = below ? below : add_table(table, page, entry);
		if (!page)
			return STATUS_NO_MEMORY;
	}
	entry = slot(page->entries, from, leaf_level);
	if (table_page_below(page, entry))
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
