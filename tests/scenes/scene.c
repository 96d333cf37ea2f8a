/* SPDX-License-Identifier: MIT */
#include "tests/scenes/scene.h"

#include "arch/page.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "tests/engine/platform.h"
#include "tests/scenes/dma.h"
#include "tests/scenes/scene_addresses.h"

/* Uncleared: dma_reset_canaries() fills what is looked at, which of a large page is little. */
static uint8_t *take_block(struct stage *stage, unsigned int which, unsigned int pages,
			   unsigned int align_pages)
{
	stage->blocks[which] = page_alloc_uncleared(pages, align_pages);
	stage->block_pages[which] = pages;
	return stage->blocks[which];
}

/*
 * Target 0, gap, target 1 in one block; the bystanders in another, at whose address the window is.
 * With large pages both blocks are as large as the page, and the canaries lie inside.
 */
static bool cut_canaries(struct stage *stage)
{
	bool is_large = stage_page_shift(stage) == 21;
	unsigned int pages = is_large ? 512 : 3;
	unsigned int align = is_large ? 512 : 4;
	bool contiguous = stage->scene.pass_through || stage_page_shift(stage) != 12;
	uint8_t *targets = take_block(stage, 0, pages, align);
	uint8_t *bystanders = NULL;

	if (!targets)
		return false;
	stage->canary[CANARY_TARGET_0] = targets;
	stage->canary[CANARY_TARGET_1] = targets + (contiguous ? 1 : 2) * PAGE_BYTES;
	stage->canary[CANARY_GAP] = targets + (contiguous ? 2 : 1) * PAGE_BYTES;
	if (!scene_has_bystanders(&stage->scene))
		return true;
	bystanders = take_block(stage, 1, pages, align);
	if (!bystanders)
		return false;
	for (unsigned int i = 0; i < 3; i++)
		stage->canary[CANARY_BYSTANDER_0 + i] = bystanders + i * PAGE_BYTES;
	return true;
}

bool stage_map_mailbox(const struct stage *stage, struct paging *table)
{
	for (unsigned int i = 0; i < stage->mailbox_pages; i++) {
		const iova_t from = iova(stage->mailbox_iova.value + i * PAGE_BYTES);
		const uint8_t *page = stage->mailbox + i * PAGE_BYTES;

		if (paging_map(table, from, phys(stage_address_of(stage, page)), 12, ACCESS_BOTH) !=
		    STATUS_OK)
			return false;
	}
	return true;
}

static bool map_window(struct stage *stage)
{
	unsigned int shift = stage_page_shift(stage);
	uint64_t in_page = (UINT64_C(1) << shift) - 1;
	unsigned int leaves = shift == 12 ? WINDOW_PAGES : 1;

	for (unsigned int i = 0; i < leaves; i++) {
		iova_t from = iova((stage->window.value & ~in_page) + i * PAGE_BYTES);
		phys_t to = phys(stage_address_of(stage, stage->canary[CANARY_TARGET_0 + i]) &
				 ~in_page);

		if (paging_map(&stage->table, from, to, shift, ACCESS_BOTH) != STATUS_OK)
			return false;
	}
	return stage_map_mailbox(stage, &stage->table);
}

/* What requests without PASID see in a scene with one: the mailbox, and another page. */
static bool build_rid_table(struct stage *stage)
{
	struct paging *table = &stage->rid_table;
	phys_t gap = phys(stage_address_of(stage, stage->canary[CANARY_GAP]));

	if (!stage->scene.pasid)
		return true;
	return stage_create_table(stage, table) == STATUS_OK &&
	       paging_map(table, stage->window, gap, 12, ACCESS_BOTH) == STATUS_OK &&
	       stage_map_mailbox(stage, table) && stage_adopt_table(stage, table) == STATUS_OK;
}

/* The second stage below: each page that DMA may touch, and each page of the tables. */
static bool build_host(struct stage *stage)
{
	const void *pages[CANARY_COUNT + AGENT_MAILBOX_PAGES_MAX] = { 0 };
	unsigned int count = 0;

	if (stage->scene.stage != STAGE_NESTED)
		return true;
	for (; count < stage->mailbox_pages; count++)
		pages[count] = stage->mailbox + count * PAGE_BYTES;
	for (unsigned int i = 0; i < CANARY_COUNT; i++)
		pages[count++] = stage->canary[i];
	for (unsigned int i = 0; i < count; i++)
		if (pages[i] && paging_map(&stage->host, iova(stage_address_of(stage, pages[i])),
					   phys_of(pages[i]), 12, ACCESS_BOTH) != STATUS_OK)
			return false;
	return stage_adopt_table(stage, &stage->table) == STATUS_OK;
}

static bool build_legacy(struct stage *stage)
{
	uint64_t *slot = root_table_context(&stage->root, stage->agent->sid);
	struct context_entry entry = stage->scene.pass_through
					     ? context_pass_through(stage->table.levels, stage->did)
					     : context_translated(&stage->table, stage->did);

	if (!slot)
		return false;
	entry_store(slot, entry.q, 2, stage->root.snooped);
	return true;
}

static bool store_pasid(struct stage *stage, uint32_t pasid, const struct pasid_entry *entry)
{
	struct pasid_entry *slot = pasid_table_entry(&stage->pasids, pasid);

	if (slot)
		entry_store(slot->q, entry->q, 8, stage->root.snooped);
	return slot;
}

static bool build_scalable(struct stage *stage)
{
	const struct scene *scene = &stage->scene;
	bool has_width = caps_has(&stage->unit->caps, CAPABILITY_SSTS);
	unsigned int levels = has_width ? caps_best_levels(&stage->unit->caps) : 0;
	struct pasid_entry entry = scene->pass_through
					   ? pasid_pass_through(levels, stage->did)
					   : stage_pasid_entry(stage, &stage->table, stage->did);
	struct pasid_entry rid_entry = entry;
	struct sm_context_entry context;
	uint64_t *context_slot;

	if (pasid_table_create(&stage->pasids, scene->pdts, stage->root.snooped) != STATUS_OK ||
	    !build_rid_table(stage))
		return false;
	context_slot = root_table_context(&stage->root, stage->agent->sid);
	if (scene->pasid)
		rid_entry = stage_pasid_entry(stage, &stage->rid_table, stage->rid_did);
	if (!context_slot || !store_pasid(stage, scene->rid_pasid, &rid_entry) ||
	    !store_pasid(stage, stage_pasid(stage), &entry))
		return false;
	context = sm_context(phys_of(stage->pasids.directory), scene->pdts, scene->rid_pasid);
	field_set(context.q, SMCONTEXT_PASIDE, scene->pasid != 0);
	entry_store(context_slot, context.q, 4, stage->root.snooped);
	return true;
}

/* As deep as the scene wants it, else as deep as the unit can. */
static unsigned int levels_of(const struct scene *scene, const struct caps *caps)
{
	unsigned int best = scene_is_first_stage(scene) ? caps_best_first_stage_levels(caps)
							: caps_best_levels(caps);

	if (scene->levels)
		return scene->levels;
	return best ? best : 4; /* only pass-through comes here without, which never walks them */
}

static bool create_tables(struct stage *stage)
{
	const struct scene *scene = &stage->scene;
	const struct caps *caps = &stage->unit->caps;
	bool snooped = scene->mode == SCENE_SCALABLE ? caps_has(caps, CAPABILITY_SMPWCS)
						     : unit_structures_are_snooped(stage->unit);
	unsigned int levels = levels_of(scene, caps);
	enum paging_stage kind = scene_is_first_stage(scene) ? FIRST_STAGE : SECOND_STAGE;

	if (paging_create(&stage->table, kind, levels, snooped) != STATUS_OK)
		return false;
	if (scene->stage != STAGE_NESTED)
		return true;
	levels = scene->host_levels ? scene->host_levels : caps_best_levels(caps);
	if (paging_create(&stage->host, SECOND_STAGE, levels, snooped) != STATUS_OK)
		return false;
	stage->table.guest_offset = stage_guest_offset(stage);
	return true;
}

static bool build(struct stage *stage)
{
	bool scalable = stage->scene.mode == SCENE_SCALABLE;
	bool snooped = unit_structures_are_snooped(stage->unit);

	if (!create_tables(stage))
		return false;
	stage->mailbox = page_alloc_contiguous(stage->mailbox_pages, 1);
	if (!stage->mailbox || !cut_canaries(stage))
		return false;
	stage->window = stage_place_window(stage);
	stage->mailbox_iova = stage_place_mailbox(stage);
	if (root_table_create(&stage->root, scalable, snooped) != STATUS_OK)
		return false;
	if (!map_window(stage) || !build_host(stage))
		return false;
	return scalable ? build_scalable(stage) : build_legacy(stage);
}

static uint16_t did_of(const struct scene *scene, const struct caps *caps)
{
	if (scene->did == DID_LARGEST)
		return (uint16_t)(caps_domain_count(caps) - 1);
	return scene->did ? scene->did : 1;
}

/* As many as the most demanding agent behind the unit needs: it may be lent to any of them. */
static unsigned int mailbox_pages_of(const struct unit *unit)
{
	const struct agent *agent;
	unsigned int most = 1;

	for (unsigned int nth = 0; (agent = platform_agent(unit, nth)); nth++)
		if (agent->limits.mailbox_pages > most)
			most = agent->limits.mailbox_pages;
	return most;
}

bool stage_build(struct stage *stage, const struct scene *scene, struct unit *unit,
		 struct agent *agent)
{
	*stage = (struct stage){
		.is_up = true,
		.scene = scene_resolved(scene, &unit->caps),
		.unit = unit,
		.agent = agent,
		.did = did_of(scene, &unit->caps),
		.rid_did = 2,
		.mailbox_pages = mailbox_pages_of(unit),
	};
	if (!build(stage)) {
		(void)unit_fail(unit, STATUS_NO_MEMORY, "no memory for the tables of the scene");
		return false;
	}
	dma_reset_canaries(stage);
	return true;
}

bool stage_raise(struct stage *stage)
{
	struct unit *unit = stage->unit;
	bool scalable = stage->scene.mode == SCENE_SCALABLE;

	if (caps_has(&unit->caps, CAPABILITY_QI) && !stage->scene.is_without_queue &&
	    queue_enable(unit, scalable, 0) != STATUS_OK)
		return false;
	if (translation_start(unit, &stage->root) != STATUS_OK)
		return false;
	stage->agent->set_bus_master(stage->agent, true);
	return true;
}

static void free_tables(struct stage *stage)
{
	root_table_destroy(&stage->root);
	paging_destroy(&stage->table);
	paging_destroy(&stage->host);
	paging_destroy(&stage->rid_table);
	pasid_table_destroy(&stage->pasids);
	if (stage->mailbox)
		page_free_contiguous(stage->mailbox, stage->mailbox_pages);
	for (unsigned int i = 0; i < 2; i++)
		if (stage->blocks[i])
			page_free_contiguous(stage->blocks[i], stage->block_pages[i]);
	stage->is_up = false;
}

bool stage_change(struct stage *stage, const struct scene *scene, struct agent *agent)
{
	struct stage next;
	bool is_loaded = stage_build(&next, scene, stage->unit, agent) &&
			 translation_load_root(stage->unit, &next.root) == STATUS_OK;

	free_tables(is_loaded ? stage : &next);
	if (!is_loaded)
		return false;
	*stage = next;
	agent->set_bus_master(agent, true);
	return true;
}

bool stage_strike(struct stage *stage)
{
	bool is_at_rest;

	if (!stage->is_up)
		return true;
	is_at_rest = translation_rest(stage->unit) == STATUS_OK;
	free_tables(stage);
	return is_at_rest;
}
