/* SPDX-License-Identifier: MIT */
/* What tests change in the tables of a stage, the same for each stage of translation. */
#include "iommu/structures/entry.h"
#include "iommu/structures/table_page.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene.h"

enum status stage_create_table(const struct stage *stage, struct paging *table)
{
	const struct paging *own = &stage->table;
	enum status status = paging_create(table, own->stage, own->levels, own->snooped);

	table->guest_offset = own->guest_offset;
	return status;
}

enum status stage_adopt_table(struct stage *stage, const struct paging *table)
{
	if (stage->scene.stage != STAGE_NESTED)
		return STATUS_OK;
	return paging_map_tables(&stage->host, table, ACCESS_BOTH);
}

struct pasid_entry stage_pasid_entry(const struct stage *stage, const struct paging *table,
				     uint16_t did)
{
	return stage->scene.stage == STAGE_NESTED ? pasid_nested(table, &stage->host, did)
						  : pasid_translated(table, did);
}

uint64_t stage_address_of(const struct stage *stage, const void *page)
{
	return phys_of(page).value + stage->table.guest_offset;
}

struct field stage_pointer_field(const struct stage *stage)
{
	if (!stage->root.scalable)
		return FIELD(CONTEXT_SSPTPTR);
	return stage->table.stage == FIRST_STAGE ? FIELD(PASID_FSPTPTR) : FIELD(PASID_SSPTPTR);
}

void stage_redirect(struct stage *stage, unsigned int page, enum canary to)
{
	iova_t at = iova(stage->window.value + page * PAGE_BYTES);
	uint64_t *leaf = paging_entry(&stage->table, at, 1);
	uint64_t value = *leaf;

	field_set_address(&value, SS_ADDR, stage_address_of(stage, stage->canary[to]));
	entry_store_word(leaf, value, stage->table.snooped);
}

enum status stage_forget_range(struct stage *stage, uint16_t did, iova_t from,
			       unsigned int address_mask, bool leaf_only)
{
	struct iotlb_invalidation second = {
		.granularity = GRANULARITY_SPECIFIC,
		.did = did,
		.address = from,
		.address_mask = (uint8_t)address_mask,
		.leaf_only = leaf_only,
	};
	struct pasid_invalidation first = {
		.granularity = PIOTLB_PAGES,
		.did = did,
		.pasid = stage_pasid(stage),
		.address = from,
		.address_mask = (uint8_t)address_mask,
		.leaf_only = leaf_only,
	};

	return stage->table.stage == FIRST_STAGE ? invalidate_pasid_iotlb(stage->unit, first)
						 : invalidate_iotlb(stage->unit, second);
}

static bool is_of(const struct table_page *page, uint64_t phys)
{
	for (; page; page = page->next)
		if (phys - phys_of(page->entries).value < page->pages * PAGE_BYTES ||
		    is_of(page->below, phys))
			return true;
	return false;
}

bool stage_owns_table(const struct stage *stage, uint64_t phys)
{
	const struct table_page *const tops[] = { stage->root.page, stage->pasids.page,
						  stage->table.page, stage->host.page,
						  stage->rid_table.page };

	for (unsigned int i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		if (is_of(tops[i], phys))
			return true;
	return false;
}

enum status stage_forget_pages(struct stage *stage, uint16_t did, unsigned int page,
			       unsigned int address_mask, bool leaf_only)
{
	unsigned int shift = address_mask + 12;
	uint64_t at = stage->window.value + page * PAGE_BYTES;
	iova_t from = iova(shift < 64 ? at >> shift << shift : 0);

	return stage_forget_range(stage, did, from, address_mask, leaf_only);
}
