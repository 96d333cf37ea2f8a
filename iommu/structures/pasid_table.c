/* SPDX-License-Identifier: MIT */
#include "iommu/structures/pasid_table.h"

#include "iommu/structures/entry.h"
#include "iommu/structures/table_page.h"

/* 8 bytes for each of 2^(pdts + 7) entries, in whole pages. */
static size_t directory_pages(unsigned int pdts)
{
	size_t bytes = sizeof(struct pasid_dir_entry) << (pdts + 7);

	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

enum status pasid_table_create(struct pasid_table *table, unsigned int pdts, bool snooped)
{
	*table = (struct pasid_table){
		.page = table_page_create(directory_pages(pdts)),
		.pdts = pdts,
		.snooped = snooped,
	};
	if (!table->page)
		return STATUS_NO_MEMORY;
	table->directory = (struct pasid_dir_entry *)table->page->entries;
	return STATUS_OK;
}

void pasid_table_destroy(struct pasid_table *table)
{
	table_page_destroy(table->page);
	table->page = NULL;
	table->directory = NULL;
}

struct pasid_dir_entry *pasid_table_dir_entry(const struct pasid_table *table, uint32_t pasid)
{
	return &table->directory[pasid / PASID_ENTRIES_PER_TABLE];
}

struct pasid_entry *pasid_table_entry(struct pasid_table *table, uint32_t pasid)
{
	struct pasid_dir_entry *entry = pasid_table_dir_entry(table, pasid);
	struct table_page *leaf = table_page_below(table->page, entry->q);

	if (!leaf) {
		uint64_t value = reg_put(PASIDDIR_P, 1);

		leaf = table_page_add(table->page, entry->q);
		if (!leaf)
			return NULL;
		field_set_address(&value, PASIDDIR_SMPTBLPTR, phys_of(leaf->entries).value);
		entry_store_word(entry->q, value, table->snooped);
	}
	return (struct pasid_entry *)leaf->entries + pasid % PASID_ENTRIES_PER_TABLE;
}

static void set_second_stage(struct pasid_entry *entry, const struct paging *table)
{
	field_set(entry->q, PASID_AW, paging_address_width(table->levels));
	field_set_address(entry->q, PASID_SSPTPTR, phys_of(table->top).value);
}

static void set_first_stage(struct pasid_entry *entry, const struct paging *table)
{
	field_set(entry->q, PASID_FSPM, paging_fspm(table->levels));
	field_set_address(entry->q, PASID_FSPTPTR, paging_pointer(table));
}

struct pasid_entry pasid_translated(const struct paging *table, uint16_t did)
{
	struct pasid_entry entry = { { 0 } };
	bool is_first = table->stage == FIRST_STAGE;

	field_set(entry.q, PASID_P, 1);
	field_set(entry.q, PASID_PGTT, is_first ? PGTT_FIRST_STAGE : PGTT_SECOND_STAGE);
	if (is_first)
		set_first_stage(&entry, table);
	else
		set_second_stage(&entry, table);
	field_set(entry.q, PASID_DID, did);
	field_set(entry.q, PASID_PWSNP, table->snooped);
	return entry;
}

struct pasid_entry pasid_nested(const struct paging *first, const struct paging *second,
				uint16_t did)
{
	struct pasid_entry entry = pasid_translated(second, did);

	field_set(entry.q, PASID_PGTT, PGTT_NESTED);
	set_first_stage(&entry, first);
	return entry;
}

struct pasid_entry pasid_pass_through(unsigned int levels, uint16_t did)
{
	struct pasid_entry entry = { { 0 } };

	/* AW is ignored for this type; a valid one is written since some units look at it. */
	field_set(entry.q, PASID_P, 1);
	field_set(entry.q, PASID_PGTT, PGTT_PASS_THROUGH);
	if (levels)
		field_set(entry.q, PASID_AW, paging_address_width(levels));
	field_set(entry.q, PASID_DID, did);
	return entry;
}
