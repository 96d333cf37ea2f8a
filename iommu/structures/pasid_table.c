/* SPDX-License-Identifier: MIT */
#include "iommu/structures/pasid_table.h"

#include "arch/page.h"
#include "iommu/structures/entry.h"

/* 8 bytes for each of 2^(pdts + 7) entries, in whole pages. */
static size_t directory_pages(unsigned int pdts)
{
	size_t bytes = sizeof(struct pasid_dir_entry) << (pdts + 7);

	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

static size_t directory_entries(const struct pasid_table *table)
{
	return (size_t)1 << (table->pdts + 7);
}

enum status pasid_table_create(struct pasid_table *table, unsigned int pdts, bool snooped)
{
	*table = (struct pasid_table){
		.directory = page_alloc_contiguous(directory_pages(pdts), 1),
		.pdts = pdts,
		.snooped = snooped,
	};
	return table->directory ? STATUS_OK : STATUS_NO_MEMORY;
}

static struct pasid_entry *leaf_table(const struct pasid_dir_entry *entry)
{
	return phys_pointer(phys(field_get_address(entry->q, PASIDDIR_SMPTBLPTR)));
}

void pasid_table_destroy(struct pasid_table *table)
{
	if (!table->directory)
		return;
	for (size_t i = 0; i < directory_entries(table); i++)
		if (field_get(table->directory[i].q, PASIDDIR_P))
			page_free(leaf_table(&table->directory[i]));
	page_free_contiguous(table->directory, directory_pages(table->pdts));
	table->directory = NULL;
}

struct pasid_dir_entry *pasid_table_dir_entry(const struct pasid_table *table, uint32_t pasid)
{
	return &table->directory[pasid / PASID_ENTRIES_PER_TABLE];
}

struct pasid_entry *pasid_table_entry(struct pasid_table *table, uint32_t pasid)
{
	struct pasid_dir_entry *entry = pasid_table_dir_entry(table, pasid);

	if (!field_get(entry->q, PASIDDIR_P)) {
		void *page = page_alloc();
		uint64_t value = reg_put(PASIDDIR_P, 1);

		if (!page)
			return NULL;
		field_set_address(&value, PASIDDIR_SMPTBLPTR, phys_of(page).value);
		entry_store_word(entry->q, value, table->snooped);
	}
	return &leaf_table(entry)[pasid % PASID_ENTRIES_PER_TABLE];
}

struct pasid_entry pasid_second_stage(const struct second_stage *table, uint16_t did)
{
	struct pasid_entry entry = { { 0 } };

	field_set(entry.q, PASID_P, 1);
	field_set(entry.q, PASID_PGTT, PGTT_SECOND_STAGE);
	field_set(entry.q, PASID_AW, second_stage_address_width(table->levels));
	field_set_address(entry.q, PASID_SSPTPTR, phys_of(table->top).value);
	field_set(entry.q, PASID_DID, did);
	field_set(entry.q, PASID_PWSNP, table->snooped);
	return entry;
}

struct pasid_entry pasid_pass_through(unsigned int levels, uint16_t did)
{
	struct pasid_entry entry = { { 0 } };

	/* AW is ignored for this type; a valid one is written since some units look at it. */
	field_set(entry.q, PASID_P, 1);
	field_set(entry.q, PASID_PGTT, PGTT_PASS_THROUGH);
	if (levels)
		field_set(entry.q, PASID_AW, second_stage_address_width(levels));
	field_set(entry.q, PASID_DID, did);
	return entry;
}
