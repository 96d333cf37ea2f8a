/* SPDX-License-Identifier: MIT */
#include "tests/scenes/scene.h"

#include "arch/page.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "tests/engine/platform.h"
#include "tests/scenes/dma.h"

#define INTERRUPT_RANGE_BASE UINT64_C(0xfee00000)

uint64_t stage_upper_half(const struct stage *stage)
{
	return 0 - (UINT64_C(1) << paging_address_bits(FIRST_STAGE, stage->table.levels));
}

enum { MAILBOX_PAGES_MAX = 2 };
#define FIRST_STAGE_MAILBOX (UINT64_C(1) << 28)

/* Where 1 GiB windows lie: above the memory of nearly all machines, if the unit reaches so far. */
#define HUGE_WINDOW (UINT64_C(1) << 38)

static unsigned int page_shift(const struct stage *stage)
{
	return stage->scene.page_shift ? stage->scene.page_shift : 12;
}

unsigned int stage_leaf_level(const struct stage *stage)
{
	return (page_shift(stage) - 12) / 9 + 1;
}

uint64_t stage_address_limit(const struct stage *stage)
{
	unsigned int width = paging_address_bits(stage->table.stage, stage->table.levels);
	unsigned int guest = caps_guest_address_bits(&stage->unit->caps);

	return UINT64_C(1) << (width < guest ? width : guest);
}

uint64_t stage_address_beyond(const struct stage *stage)
{
	if (stage->table.stage == SECOND_STAGE)
		return stage_address_limit(stage);
	return UINT64_C(1) << paging_address_bits(FIRST_STAGE, stage->table.levels);
}

/* Uncleared: dma_reset_canaries() fills what is looked at, which of a large page is little. */
static uint8_t *take_block(struct stage *stage, unsigned int which, unsigned int pages,
			   unsigned int align_pages)
{
	stage->blocks[which] = page_alloc_uncleared(pages, align_pages);
	stage->block_pages[which] = pages;
	return stage->blocks[which];
}

/* Not beyond what the tables can map (CAP.MGAW may be less than 39 bits): then its upper half. */
static uint64_t huge_window(const struct stage *stage)
{
	uint64_t half = stage_address_limit(stage) / 2;

	return half < HUGE_WINDOW ? half : HUGE_WINDOW;
}

/*
 * Target 0, gap, target 1 in one block; the bystanders in another, at whose address the window is.
 * With large pages both blocks are as large as the page, and the canaries lie inside.
 */
static bool cut_canaries(struct stage *stage)
{
	bool is_large = page_shift(stage) == 21;
	unsigned int pages = is_large ? 512 : 3;
	unsigned int align = is_large ? 512 : 4;
	bool contiguous = stage->scene.pass_through || page_shift(stage) != 12;
	uint8_t *targets = take_block(stage, 0, pages, align);
	uint8_t *bystanders = NULL;

	if (!targets)
		return false;
	stage->canary[CANARY_TARGET_0] = targets;
	stage->canary[CANARY_TARGET_1] = targets + (contiguous ? 1 : 2) * PAGE_BYTES;
	stage->canary[CANARY_GAP] = targets + (contiguous ? 2 : 1) * PAGE_BYTES;
	if (stage->scene.pass_through) {
		stage->window = iova(phys_of(targets).value);
		return true;
	}
	if (page_shift(stage) == 30) {
		stage->window = iova(huge_window(stage) | (phys_of(targets).value & 0x3fffffff));
		return true;
	}
	if (stage->scene.is_at_top || stage->scene.is_upper)
		return true; /* map_window() knows how far up that is */
	bystanders = take_block(stage, 1, pages, align);
	if (!bystanders)
		return false;
	for (unsigned int i = 0; i < 3; i++)
		stage->canary[CANARY_BYSTANDER_0 + i] = bystanders + i * PAGE_BYTES;
	stage->window = iova(phys_of(bystanders).value);
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
	unsigned int shift = page_shift(stage);
	uint64_t in_page = (UINT64_C(1) << shift) - 1;
	unsigned int leaves = shift == 12 ? WINDOW_PAGES : 1;

	if (stage->scene.is_upper && !stage->scene.is_at_top)
		stage->window = iova(stage_upper_half(stage));
	else if (stage->scene.is_at_top)
		stage->window = iova((stage->scene.is_upper ? 0 : stage_address_limit(stage)) -
				     WINDOW_PAGES * PAGE_BYTES);
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
	const void *pages[CANARY_COUNT + MAILBOX_PAGES_MAX] = { 0 };
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

/* The PASID whose entries the scene is about. */
static uint32_t subject_pasid(const struct stage *stage)
{
	return stage->scene.pasid ? stage->scene.pasid : stage->scene.rid_pasid;
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
	    !store_pasid(stage, subject_pasid(stage), &entry))
		return false;
	context = sm_context(phys_of(stage->pasids.directory), scene->pdts, scene->rid_pasid);
	field_set(context.q, SMCONTEXT_PASIDE, scene->pasid != 0);
	entry_store(context_slot, context.q, 4, stage->root.snooped);
	return true;
}

uint64_t scene_needs(enum scene_stage stage)
{
	static const uint64_t needs[] = {
		[STAGE_SECOND] = NEED(SSTS),	 [STAGE_FIRST] = NEED(FSTS),
		[STAGE_NESTED] = NEED(NEST),	 [EACH_STAGE] = 0,
		[EACH_FIRST_STAGE] = NEED(FSTS), [EITHER_STAGE] = 0,
	};

	return needs[stage];
}

bool scene_has_stage(enum scene_stage stage, const struct caps *caps)
{
	if (stage == STAGE_OF_UNIT)
		return caps_has(caps, CAPABILITY_SSTS) || caps_has(caps, CAPABILITY_FSTS);
	return !caps_missing(caps, scene_needs(stage));
}

struct scene scene_resolved(const struct scene *scene, const struct caps *caps)
{
	struct scene resolved = *scene;
	bool is_first = scene->mode == SCENE_SCALABLE && !caps_has(caps, CAPABILITY_SSTS) &&
			caps_has(caps, CAPABILITY_FSTS);

	if (scene->stage == STAGE_OF_UNIT)
		resolved.stage = is_first ? STAGE_FIRST : STAGE_SECOND;
	return resolved;
}

bool scene_is_same(const struct scene *a, const struct scene *b)
{
	return a->mode == b->mode && a->stage == b->stage && a->pass_through == b->pass_through &&
	       a->levels == b->levels && a->host_levels == b->host_levels &&
	       a->page_shift == b->page_shift && a->is_at_top == b->is_at_top &&
	       a->is_upper == b->is_upper && a->rid_pasid == b->rid_pasid && a->pasid == b->pasid &&
	       a->pdts == b->pdts && a->did == b->did && a->is_without_queue == b->is_without_queue;
}

static bool needs_tables(const struct scene *scene)
{
	return scene->mode == SCENE_LEGACY ||
	       (scene->mode == SCENE_SCALABLE && !scene->pass_through) || scene->pasid;
}

static bool is_first_stage(const struct scene *scene)
{
	return scene->stage == STAGE_FIRST || scene->stage == STAGE_NESTED;
}

const char *scene_obstacle(const struct scene *scene, const struct caps *caps)
{
	struct scene own = scene_resolved(scene, caps);

	if (needs_tables(&own) && own.mode == SCENE_SCALABLE && !scene_has_stage(own.stage, caps))
		return "no ECAP.SSTS (bit 46) and no ECAP.FSTS (bit 47)";
	if (needs_tables(&own) && own.stage != STAGE_FIRST && !caps_best_levels(caps))
		return "CAP.SAGAW names no second-stage tables";
	if (scene->pasid >> caps_pasid_bits(caps))
		return "ECAP.PSS is too small for the PASID of this test";
	return NULL;
}

/* As deep as the scene wants it, else as deep as the unit can. */
static unsigned int levels_of(const struct scene *scene, const struct caps *caps)
{
	unsigned int best =
		is_first_stage(scene) ? caps_best_first_stage_levels(caps) : caps_best_levels(caps);

	if (scene->levels)
		return scene->levels;
	return best ? best : 4; /* only pass-through comes here without, which never walks them */
}

static unsigned int host_levels(const struct stage *stage)
{
	const struct scene *scene = &stage->scene;

	return scene->host_levels ? scene->host_levels : caps_best_levels(&stage->unit->caps);
}

/* How wide addresses of the second stage below are: by its depth, and by CAP.MGAW. */
static unsigned int host_stage_bits(const struct stage *stage)
{
	unsigned int width = paging_address_bits(SECOND_STAGE, host_levels(stage));
	unsigned int guest = caps_guest_address_bits(&stage->unit->caps);

	return width < guest ? width : guest;
}

/*
 * Nested, entries say of a page that it lies so much further up: half of what the second stage can
 * map and an address can be, where memory ends well below.
 */
static uint64_t guest_offset(const struct stage *stage)
{
	unsigned int width = host_stage_bits(stage);
	unsigned int host = platform.dmar.host_address_bits;

	return UINT64_C(1) << ((width < host ? width : host) - 1);
}

static bool create_tables(struct stage *stage)
{
	const struct scene *scene = &stage->scene;
	const struct caps *caps = &stage->unit->caps;
	bool snooped = scene->mode == SCENE_SCALABLE ? caps_has(caps, CAPABILITY_SMPWCS)
						     : unit_structures_are_snooped(stage->unit);
	enum paging_stage kind = is_first_stage(scene) ? FIRST_STAGE : SECOND_STAGE;

	if (paging_create(&stage->table, kind, levels_of(scene, caps), snooped) != STATUS_OK)
		return false;
	if (scene->stage != STAGE_NESTED)
		return true;
	stage->table.guest_offset = guest_offset(stage);
	return paging_create(&stage->host, SECOND_STAGE, host_levels(stage), snooped) == STATUS_OK;
}

/*
 * What is wrong with an entry for the window should not keep an agent from its commands, so they have entries of their
 * own: with a second stage at every level. With a first stage only at the lower two, for there are units that take
 * addresses from 2^29 on for not canonical.
 */
static iova_t place_of_mailbox(const struct stage *stage)
{
	const uint64_t here = phys_of(stage->mailbox).value;
	const bool is_second = stage->table.stage == SECOND_STAGE;
	const uint64_t other =
		here ^ (is_second ? stage_address_limit(stage) / 4 : FIRST_STAGE_MAILBOX);
	const bool is_near_window = (other ^ stage->window.value) >> 21 == 0;

	if (stage->scene.pass_through || agent_can(stage->agent, AGENT_ALONE) || is_near_window)
		return iova(here);
	return iova(other);
}

bool stage_shares_mailbox(const struct stage *stage, enum place at)
{
	const struct paging *table = &stage->table;
	unsigned int level = stage_leaf_level(stage);

	if (at < AT_LEAF || at >= AT_HOST_PAGE)
		return at < AT_LEAF;
	if (at != AT_LEAF)
		level = at == AT_TOP ? table->levels : 2u + (unsigned int)(at - AT_LEVEL_2);
	return paging_entry(table, stage->window, level) ==
	       paging_entry(table, stage->mailbox_iova, level);
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
	stage->mailbox_iova = place_of_mailbox(stage);
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
		.mailbox_pages = agent->limits.mailbox_pages ? agent->limits.mailbox_pages : 1,
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

/* Paging entries, by what they are for; NULL at other places. */
static uint64_t *paging_word(const struct stage *stage, enum place at)
{
	switch (at) {
	case AT_LEAF:
		return paging_entry(&stage->table, stage->window, stage_leaf_level(stage));
	case AT_LEVEL_2:
		return paging_entry(&stage->table, stage->window, 2);
	case AT_LEVEL_3:
		return paging_entry(&stage->table, stage->window, 3);
	case AT_TOP:
		return paging_entry(&stage->table, stage->window, stage->table.levels);
	case AT_HOST_PAGE:
	case AT_HOST_LEVEL_1:
	case AT_HOST_LEVEL_2:
	case AT_HOST_LEVEL_3:
		return host_leaf(stage, (unsigned int)(at - AT_HOST_PAGE));
	case AT_HOST_TOP:
		return host_leaf(stage, stage->table.levels);
	default:
		return NULL;
	}
}

uint64_t *stage_words(struct stage *stage, enum place at, bool *is_snooped)
{
	*is_snooped = stage->root.snooped;
	switch (at) {
	case AT_ROOT:
		return stage->root.entries[stage->agent->sid >> 8].q;
	case AT_CONTEXT:
		return root_table_context(&stage->root, stage->agent->sid);
	case AT_PASID_DIR:
		return pasid_table_dir_entry(&stage->pasids, subject_pasid(stage))->q;
	case AT_PASID:
		return pasid_table_entry(&stage->pasids, subject_pasid(stage))->q;
	default:
		*is_snooped = stage->table.snooped;
		return paging_word(stage, at);
	}
}

phys_t stage_no_memory(const struct stage *stage)
{
	(void)stage;
	return phys((UINT64_C(1) << platform.dmar.host_address_bits) - 64 * PAGE_BYTES);
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
		return (UINT64_C(1) << host_stage_bits(stage)) / PAGE_BYTES;
	case VALUE_PLAIN:
		break;
	}
	return poke->value;
}

uint64_t stage_poke(struct stage *stage, const struct poke *poke)
{
	bool is_snooped;
	uint64_t *words = stage_words(stage, poke->at, &is_snooped);
	uint64_t *word = &words[field_word(poke->field)];
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
	uint64_t *words = stage_words(stage, poke->at, &is_snooped);

	entry_store_word(&words[field_word(poke->field)], word, is_snooped);
}
