/* SPDX-License-Identifier: MIT */
/* Where each entry of a stage's tables lies, and fields broken in it. */
#include "iommu/structures/entry.h"
#include "tests/engine/platform.h"
#include "tests/scenes/scene_addresses.h"

#define INTERRUPT_RANGE_BASE UINT64_C(0xfee00000)

uint32_t stage_pasid(const struct stage *stage)
{
	return stage->scene.pasid ? stage->scene.pasid : stage->scene.rid_pasid;
}

/* Of the stage's own table. */
static unsigned int level_of(const struct stage *stage, enum place at)
{
	if (at == AT_LEAF)
		return stage_leaf_level(stage);
	return at == AT_TOP ? stage->table.levels : 2u + (unsigned int)(at - AT_LEVEL_2);
}

bool stage_shares_mailbox(const struct stage *stage, enum place at)
{
	const struct paging *table = &stage->table;

	if (at < AT_LEAF || at >= AT_HOST_PAGE)
		return at < AT_LEAF;
	return paging_entry(table, stage->window, level_of(stage, at)) ==
	       paging_entry(table, stage->mailbox_iova, level_of(stage, at));
}

/* The second-stage leaf for the first-stage table that is walked at that level; 0: for the page. */
static uint64_t *host_leaf(const struct stage *stage, unsigned int level)
{
	const struct paging *table = &stage->table;
	uint64_t address = paging_pointer(table);

	if (level == 0)
		address = stage_address_of(stage, stage->canary[CANARY_TARGET_0]);
	else if (level < table->levels)
		address = field_get_address(paging_entry(table, stage->window, level + 1), FS_ADDR);
	return paging_entry(&stage->host, iova(address), 1);
}

static uint64_t *paging_word(const struct stage *stage, enum place at)
{
	if (at == AT_HOST_TOP)
		return host_leaf(stage, stage->table.levels);
	if (at >= AT_HOST_PAGE)
		return host_leaf(stage, (unsigned int)(at - AT_HOST_PAGE));
	return paging_entry(&stage->table, stage->window, level_of(stage, at));
}

uint64_t *stage_words(struct stage *stage, enum place at, bool *is_snooped)
{
	*is_snooped = at < AT_LEAF ? stage->root.snooped : stage->table.snooped;
	switch (at) {
	case AT_NOWHERE:
		return NULL;
	case AT_ROOT:
		return stage->root.entries[stage->agent->sid >> 8].q;
	case AT_CONTEXT:
		return root_table_context(&stage->root, stage->agent->sid);
	case AT_PASID_DIR:
		return pasid_table_dir_entry(&stage->pasids, stage_pasid(stage))->q;
	case AT_PASID:
		return pasid_table_entry(&stage->pasids, stage_pasid(stage))->q;
	default:
		return paging_word(stage, at);
	}
}

static uint64_t poke_value(const struct stage *stage, const struct poke *poke)
{
	switch (poke->kind) {
	case VALUE_NO_MEMORY:
		return stage_no_memory(stage).value / PAGE_BYTES;
	case VALUE_INTERRUPT_RANGE:
		return INTERRUPT_RANGE_BASE / PAGE_BYTES;
	case VALUE_ABOVE_HOST_WIDTH:
		return (UINT64_C(1) << platform.dmar.host_address_bits) / PAGE_BYTES;
	case VALUE_ABOVE_HOST_STAGE:
		return (UINT64_C(1) << stage_host_bits(stage)) / PAGE_BYTES;
	case VALUE_PLAIN:
		break;
	}
	return poke->value;
}

static uint64_t *poked_word(struct stage *stage, const struct poke *poke, bool *is_snooped)
{
	return &stage_words(stage, poke->at, is_snooped)[field_word(poke->field)];
}

uint64_t stage_poke(struct stage *stage, const struct poke *poke)
{
	bool is_snooped;
	uint64_t *word = poked_word(stage, poke, &is_snooped);
	struct field within = {
		(uint16_t)(poke->field.hi % 64u),
		(uint16_t)(poke->field.lo % 64u),
	};
	uint64_t before = *word;
	uint64_t after = before;

	bits_write(&after, within, poke_value(stage, poke));
	entry_store_word(word, after, is_snooped);
	return before;
}

void stage_unpoke(struct stage *stage, const struct poke *poke, uint64_t word)
{
	bool is_snooped;
	uint64_t *at = poked_word(stage, poke, &is_snooped);

	entry_store_word(at, word, is_snooped);
}
