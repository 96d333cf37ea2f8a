/* SPDX-License-Identifier: MIT */
#include "iommu/structures/context.h"

#include "arch/page.h"
#include "iommu/structures/entry.h"

enum status root_table_create(struct root_table *root, bool scalable, bool snooped)
{
	*root = (struct root_table){
		.entries = page_alloc(),
		.scalable = scalable,
		.snooped = snooped,
	};
	return root->entries ? STATUS_OK : STATUS_NO_MEMORY;
}

/* In scalable mode a root entry has two halves, each with its own P and pointer. */
static unsigned int halves(const struct root_table *root)
{
	return root->scalable ? 2 : 1;
}

void root_table_destroy(struct root_table *root)
{
	for (unsigned int i = 0; root->entries && i < ROOT_ENTRIES; i++)
		for (unsigned int half = 0; half < halves(root); half++) {
			uint64_t entry = root->entries[i].q[half];

			if (reg_get(entry, ROOT_P))
				page_free(phys_pointer(phys(field_get_address(&entry, ROOT_CTP))));
		}
	if (root->entries)
		page_free(root->entries);
	root->entries = NULL;
}

unsigned int root_table_context_words(const struct root_table *root)
{
	size_t bytes =
		root->scalable ? sizeof(struct sm_context_entry) : sizeof(struct context_entry);

	return (unsigned int)(bytes / sizeof(uint64_t));
}

uint64_t *root_table_context(struct root_table *root, uint16_t sid)
{
	unsigned int devfn = sid & 0xffu;
	unsigned int per_table = root->scalable ? SM_CONTEXT_ENTRIES : CONTEXT_ENTRIES;
	uint64_t *half = &root->entries[sid >> 8].q[devfn / per_table];
	uint64_t *table;

	if (!reg_get(*half, ROOT_P)) {
		void *page = page_alloc();
		uint64_t value = reg_put(ROOT_P, 1);

		if (!page)
			return NULL;
		field_set_address(&value, ROOT_CTP, phys_of(page).value);
		entry_store_word(half, value, root->snooped);
	}
	table = phys_pointer(phys(field_get_address(half, ROOT_CTP)));
	return table + devfn % per_table * root_table_context_words(root);
}

struct context_entry context_translated(const struct second_stage *table, uint16_t did)
{
	struct context_entry entry = { { 0 } };

	field_set(entry.q, CONTEXT_P, 1);
	field_set(entry.q, CONTEXT_TT, TT_UNTRANSLATED_ONLY);
	field_set_address(entry.q, CONTEXT_SSPTPTR, phys_of(table->top).value);
	field_set(entry.q, CONTEXT_AW, second_stage_address_width(table->levels));
	field_set(entry.q, CONTEXT_DID, did);
	return entry;
}

struct context_entry context_pass_through(unsigned int levels, uint16_t did)
{
	struct context_entry entry = { { 0 } };

	field_set(entry.q, CONTEXT_P, 1);
	field_set(entry.q, CONTEXT_TT, TT_PASS_THROUGH);
	field_set(entry.q, CONTEXT_AW, second_stage_address_width(levels));
	field_set(entry.q, CONTEXT_DID, did);
	return entry;
}

struct sm_context_entry sm_context(phys_t directory, unsigned int pdts, uint32_t rid_pasid)
{
	struct sm_context_entry entry = { { 0 } };

	field_set(entry.q, SMCONTEXT_P, 1);
	field_set(entry.q, SMCONTEXT_PDTS, pdts);
	field_set_address(entry.q, SMCONTEXT_PASIDDIRPTR, directory.value);
	field_set(entry.q, SMCONTEXT_RID_PASID, rid_pasid);
	return entry;
}
