/* SPDX-License-Identifier: MIT */
#include "iommu/structures/context.h"

#include "iommu/structures/entry.h"
#include "iommu/structures/table_page.h"

enum status root_table_create(struct root_table *root, bool scalable, bool snooped)
{
	*root = (struct root_table){
		.page = table_page_create(1),
		.scalable = scalable,
		.snooped = snooped,
	};
	if (!root->page)
		return STATUS_NO_MEMORY;
	root->entries = (struct root_entry *)root->page->entries;
	return STATUS_OK;
}

void root_table_destroy(struct root_table *root)
{
	table_page_destroy(root->page);
	root->page = NULL;
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
	struct table_page *table = table_page_below(root->page, half);

	if (!table) {
		uint64_t value = reg_put(ROOT_P, 1);

		table = table_page_add(root->page, half);
		if (!table)
			return NULL;
		field_set_address(&value, ROOT_CTP, phys_of(table->entries).value);
		entry_store_word(half, value, root->snooped);
	}
	return table->entries + devfn % per_table * root_table_context_words(root);
}

struct context_entry context_translated(const struct paging *table, uint16_t did)
{
	struct context_entry entry = { { 0 } };

	field_set(entry.q, CONTEXT_P, 1);
	field_set(entry.q, CONTEXT_TT, TT_UNTRANSLATED_ONLY);
	field_set_address(entry.q, CONTEXT_SSPTPTR, phys_of(table->top).value);
	field_set(entry.q, CONTEXT_AW, paging_address_width(table->levels));
	field_set(entry.q, CONTEXT_DID, did);
	return entry;
}

struct context_entry context_pass_through(unsigned int levels, uint16_t did)
{
	struct context_entry entry = { { 0 } };

	field_set(entry.q, CONTEXT_P, 1);
	field_set(entry.q, CONTEXT_TT, TT_PASS_THROUGH);
	field_set(entry.q, CONTEXT_AW, paging_address_width(levels));
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
