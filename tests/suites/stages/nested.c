/* SPDX-License-Identifier: MIT */
/*
 * A first stage below a second one: every step of the first goes through the second, with the rights
 * and the faults of either, and what is recorded is always the address of the request.
 *
 * This is how a guest has tables of its own while the host keeps it in its memory; a step that is
 * left out is a way out of the guest. The scene's first stage says of every page of its own and of
 * every page of the window that it lies far above where it is, so a unit that leaves the second stage
 * out finds nothing there. That the first stage itself is the same below a second one is asked by its
 * own suite, fs.
 */
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/pokes.h"
#include "tests/suites/suites.h"

#define NESTED_SPEC "Nested Translation"
#define RIGHTS_SPEC "Nested Translation: Access Rights"
#define ENTRY_SPEC  "Scalable-Mode PASID Table Entry"

static const struct dma plain_write;

#define NESTED .needs = NEED(SMTS), .scene.mode = SCENE_SCALABLE, .scene.stage = STAGE_NESTED

/* ---- beyond the second stage ---- */

/* A second stage that ends where addresses do not yet; 0: the unit has none. */
static unsigned int shallow_levels(const struct caps *caps)
{
	for (unsigned int levels = 3; levels <= 5; levels++)
		if (caps_has_levels(caps, levels) &&
		    paging_address_bits(SECOND_STAGE, levels) < platform.dmar.host_address_bits)
			return levels;
	return 0;
}

/* From the host address width on, bits are reserved in first-stage entries: another condition. */
LINKED_RUN(run_beyond, struct outcome, expect)
{
	struct scene scene = run->scene;
	struct poke beyond = {
		.at = run->test->arg,
		.field = run->test->arg == AT_PASID ? FIELD(PASID_FSPTPTR) : FIELD(FS_ADDR),
		.kind = VALUE_ABOVE_HOST_STAGE,
	};

	scene.host_levels = shallow_levels(&run->unit->caps);
	if (!scene.host_levels)
		test_skip(run, "the second stage of unit %u is as wide as addresses can be",
			  run->unit->index);
	else if (scene_test_open(run, &scene, &plain_write))
		scene_test_try(run, (struct poke[POKES_MAX]){ beyond }, &plain_write, expect, NULL);
}

/* FEEx_xxxxh between the stages is an address like any other; only the end counts. */
static void run_interrupt_range_between(struct test_run *run)
{
	static const struct outcome lands = LANDS;
	struct poke between = { AT_LEAF, FIELD(FS_ADDR), 0, VALUE_INTERRUPT_RANGE };
	struct stage *stage = &run->stage;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	stage->is_sound = false;
	REQUIRE(run,
		paging_map(&stage->host, iova(0xfee00000), phys_of(stage->canary[CANARY_TARGET_0]),
			   12, ACCESS_BOTH) == STATUS_OK);
	stage_poke(stage, &between);
	REQUIRE_OK(run, invalidate_all(run->unit));
	scene_test_write(run, 0, &lands, NULL);
}

/* ---- flags ---- */

/* A table that is read only for the second stage cannot have its flags set: it needs none that are. */
static void run_flags_preset(struct test_run *run)
{
	static const struct outcome lands = LANDS;
	static const struct outcome refused = FAULTS(FR_SFS_8);
	static const struct poke no_write = { .at = AT_HOST_LEVEL_1, .field = FIELD(SS_W) };
	struct stage *stage = &run->stage;
	uint64_t *leaf;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	stage->is_sound = false;
	leaf = paging_entry(&stage->table, stage->window, 1);
	stage_poke(stage, &no_write);
	for (unsigned int missing = 0; missing < 2; missing++) {
		uint64_t flags = FIELD_MASK(FS_A) | FIELD_MASK(FS_D);

		entry_store_word(leaf, missing ? *leaf & ~flags : *leaf | flags,
				 stage->table.snooped);
		REQUIRE_OK(run, invalidate_all(run->unit));
		scene_test_write(run, 0, missing ? &refused : &lands,
				 missing ? "flags to be set" : "flags set before");
	}
}

static uint64_t host_leaf_of(const struct stage *stage, const void *page)
{
	return *paging_entry(&stage->host, iova(stage_address_of(stage, page)), 1);
}

/* SSADE: the second stage's A where it is read, D where the page or a table's flags were written. */
static void run_second_stage_flags(struct test_run *run)
{
	static const struct poke enable = { AT_PASID, FIELD(PASID_SSADE), 1, VALUE_PLAIN };
	struct stage *stage = &run->stage;
	const uint64_t flags = FIELD_MASK(FS_A) | FIELD_MASK(FS_D);
	const void *page;
	struct dma read = { .is_read = true };
	uint64_t *leaf;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	page = stage->canary[CANARY_TARGET_0];
	leaf = paging_entry(&stage->table, stage->window, 1);
	stage->is_sound = false;
	stage_poke(stage, &enable);
	entry_store_word(leaf, *leaf & ~flags, stage->table.snooped);
	REQUIRE_OK(run, invalidate_all(run->unit));
	EXPECT_EQ(run, reg_get(host_leaf_of(stage, page), SS_A), 0);
	EXPECT(run, dma_read(stage, &read) && dma_read_result(stage, &read) == DMA_LANDED);
	EXPECT_EQ(run, reg_get(host_leaf_of(stage, page), SS_A), 1);
	EXPECT_EQ(run, reg_get(host_leaf_of(stage, page), SS_D), 0);
	EXPECT_EQ(run, reg_get(host_leaf_of(stage, stage->table.top), SS_A), 1);
	EXPECT_EQ(run, reg_get(*leaf, FS_A), 1);
	EXPECT_EQ(run, reg_get(host_leaf_of(stage, leaf), SS_D), 1);
	EXPECT_EQ(run, dma_hit(stage, 0), CANARY_TARGET_0);
	EXPECT_EQ(run, reg_get(host_leaf_of(stage, page), SS_D), 1);
}

/* ---- caches ---- */

/* The page moves in the second stage alone: its domain's invalidation must reach nested translations. */
static void run_host_moves(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct poke moved = { .at = AT_HOST_PAGE, .field = FIELD(SS_ADDR) };
	struct iotlb_invalidation what = {
		.granularity = run->test->arg,
		.did = stage->did,
	};

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	what.did = stage->did;
	what.address = iova(stage_address_of(stage, stage->canary[CANARY_TARGET_0]));
	stage->is_sound = false;
	moved.value = phys_of(stage->canary[CANARY_GAP]).value / PAGE_BYTES;
	EXPECT_EQ(run, dma_hit(stage, 0), CANARY_TARGET_0);
	stage_poke(stage, &moved);
	REQUIRE_OK(run, invalidate_iotlb(run->unit, what));
	EXPECT_EQ(run, dma_hit(stage, 0), CANARY_GAP);
}

#define HOST(name, text, title_in_spec, place, field, value, ...)                        \
	{                                                                                \
		.id = "nest." name, .title = text, .spec = title_in_spec, NESTED,        \
		.poke = { { (place), FIELD(field), (value), VALUE_PLAIN } }, __VA_ARGS__ \
	}

/* At each first-stage table of the walk, what the second stage has for it. */
#define HOST_TABLES(name, text, title_in_spec, poke_at, of_table, of_top)                         \
	{ .id = "nest." name "-leaf-table",                                                       \
	  .title = "the table of the leaf " text,                                                 \
	  .spec = title_in_spec,                                                                  \
	  NESTED,                                                                                 \
	  .poke = poke_at(AT_HOST_LEVEL_1),                                                       \
	  .expect = FAULTS(of_table) },                                                           \
		{ .id = "nest." name "-level-2",                                                  \
		  .title = "the page directory " text,                                            \
		  .spec = title_in_spec,                                                          \
		  NESTED,                                                                         \
		  .poke = poke_at(AT_HOST_LEVEL_2),                                               \
		  .expect = FAULTS(of_table) },                                                   \
		{ .id = "nest." name "-level-3",                                                  \
		  .title = "the page-directory-pointer table " text,                              \
		  .spec = title_in_spec,                                                          \
		  NESTED,                                                                         \
		  .poke = poke_at(AT_HOST_LEVEL_3),                                               \
		  .expect = FAULTS(of_table) },                                                   \
	{                                                                                         \
		.id = "nest." name "-top", .title = "the top table " text, .spec = title_in_spec, \
		NESTED, .poke = poke_at(AT_HOST_TOP), .expect = FAULTS(of_top)                    \
	}

#define NO_READ(place) POKE(place, SS_R, 0)

static const struct test tests[] = {
	HOST("page-no-write", "the second stage forbids a write to the page",
	     RIGHTS_SPEC " (SGN.6)", AT_HOST_PAGE, SS_W, 0, .expect = FAULTS(FR_SGN_6)),
	HOST("page-no-write-read", "and lets a read pass", RIGHTS_SPEC, AT_HOST_PAGE, SS_W, 0,
	     .dma.is_read = true, .expect = LANDS),
	HOST("page-no-read", "the second stage forbids a read of the page", RIGHTS_SPEC " (SGN.7)",
	     AT_HOST_PAGE, SS_R, 0, .dma.is_read = true, .expect = FAULTS(FR_SGN_7)),
	HOST("page-no-read-write", "and lets a write pass", RIGHTS_SPEC, AT_HOST_PAGE, SS_R, 0,
	     .expect = LANDS),
	{ .id = "nest.page-not-present",
	  .title = "a page that the second stage does not map blocks",
	  .spec = RIGHTS_SPEC " (SSS.2)",
	  NESTED,
	  .poke = POKE_NO_ACCESS(AT_HOST_PAGE),
	  .expect = FAULTS(FR_SSS_2) },
	{ .id = "nest.page-reserved",
	  .title = "a reserved bit in the page's second-stage entry blocks",
	  .spec = NESTED_SPEC " (SSS.3)",
	  .needs = NEED(SMTS),
	  .needs_absent = NEED(SC),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_NESTED },
	  .poke = POKE(AT_HOST_PAGE, SS_SNP, 1),
	  .expect = FAULTS(FR_SSS_3) },
	HOST_TABLES("unmapped", "is not mapped by the second stage", NESTED_SPEC " (SSS.2)",
		    POKE_NO_ACCESS, FR_SSS_2, FR_SSS_2),
	HOST_TABLES("unreadable", "may not be read in the second stage",
		    RIGHTS_SPEC " (SFS.6, SFS.7)", NO_READ, FR_SFS_7, FR_SFS_6),
	{ .id = "nest.flags",
	  .title =
		  "flags in a table that the second stage has read only block, if they must be set",
	  .spec = RIGHTS_SPEC " (SFS.8)",
	  .needs = NEED(SMTS) | NEED(SMPWCS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_NESTED },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_flags_preset },
	{ .id = "nest.second-stage-flags",
	  .title = "SSADE: the second stage has its own flags, for tables and for the page",
	  .spec = "Second-Stage Translation: Accessed and Dirty Flags",
	  .needs = NEED(SMTS) | NEED(SMPWCS) | NEED(SSADS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_NESTED },
	  .flags = TEST_SHARES_STAGE,
	  .agent_features = AGENT_BUFFER,
	  .run = run_second_stage_flags },
	{ .id = "nest.pointer-beyond",
	  .title = "FSPTPTR beyond the second stage blocks",
	  .spec = ENTRY_SPEC ": FSPTPTR (SPT.4.4)",
	  NESTED,
	  .flags = TEST_SHARES_STAGE,
	  .run = LINKED(run_beyond, OUTCOME_FAULTS, FR_SPT_4),
	  .arg = AT_PASID },
	{ .id = "nest.page-beyond",
	  .title = "a page beyond the second stage blocks",
	  .spec = NESTED_SPEC " (SFS.5)",
	  NESTED,
	  .flags = TEST_SHARES_STAGE,
	  .run = LINKED(run_beyond, OUTCOME_FAULTS, FR_SFS_5),
	  .arg = AT_LEAF },
	{ .id = "nest.table-beyond",
	  .title = "a table beyond the second stage blocks",
	  .spec = NESTED_SPEC " (SFS.5)",
	  NESTED,
	  .flags = TEST_SHARES_STAGE,
	  .run = LINKED(run_beyond, OUTCOME_FAULTS, FR_SFS_5),
	  .arg = AT_LEVEL_3 },
	{ .id = "nest.host-unreachable",
	  .title = "a second stage where no memory is blocks",
	  .spec = ENTRY_SPEC ": SSPTPTR (SSS.4)",
	  .flags = TEST_MISSING_MEMORY,
	  NESTED,
	  .poke = POKE_TO_NOWHERE(AT_PASID, PASID_SSPTPTR),
	  .expect = FAULTS(FR_SSS_4) },
	{ .id = "nest.table-unreachable",
	  .title = "a first-stage table that the second stage leads to where no memory is blocks",
	  .spec = NESTED_SPEC " (SFS.1)",
	  .flags = TEST_MISSING_MEMORY,
	  NESTED,
	  .poke = POKE_TO_NOWHERE(AT_HOST_LEVEL_1, SS_ADDR),
	  .expect = FAULTS(FR_SFS_1) },
	{ .id = "nest.top-unreachable",
	  .title = "a top table that the second stage leads to where no memory is blocks",
	  .spec = NESTED_SPEC " (SFS.4)",
	  .flags = TEST_MISSING_MEMORY,
	  NESTED,
	  .poke = POKE_TO_NOWHERE(AT_HOST_TOP, SS_ADDR),
	  .expect = FAULTS(FR_SFS_4) },
	{ .id = "nest.aw",
	  .title = "a reserved address width blocks",
	  .spec = ENTRY_SPEC ": AW (SPT.4.1)",
	  NESTED,
	  .poke = POKE(AT_PASID, PASID_AW, 0),
	  .expect = FAULTS(FR_SPT_4) },
	{ .id = "nest.page-bit-62",
	  .title = "bit 62 in the second stage's entry of the page blocks",
	  .spec = "Second-Stage Paging Entries (SSS.3)",
	  .needs = NEED(SMTS) | NEED(SSIRWS), /* else it may be TM, of older revisions */
	  .scene.mode = SCENE_SCALABLE,
	  .scene.stage = STAGE_NESTED,
	  .poke = POKE(AT_HOST_PAGE, SS_IW, 1),
	  .expect = FAULTS(FR_SSS_3) },
	{ .id = "nest.table-bit-62",
	  .title = "bit 62 in the second stage's entry of a table blocks",
	  .spec = "Second-Stage Paging Entries (SSS.3)",
	  .needs = NEED(SMTS) | NEED(SSIRWS), /* else it may be TM, of older revisions */
	  .scene.mode = SCENE_SCALABLE,
	  .scene.stage = STAGE_NESTED,
	  .poke = POKE(AT_HOST_LEVEL_1, SS_IW, 1),
	  .expect = FAULTS(FR_SSS_3) },
	{ .id = "nest.interrupt-range-output",
	  .title = "a page that the second stage leads to the interrupt range blocks",
	  .spec = "Handling Requests to Interrupt Address Range (SGN.8)",
	  NESTED,
	  .poke = { { AT_HOST_PAGE, FIELD(SS_ADDR), 0, VALUE_INTERRUPT_RANGE } },
	  .expect = FAULTS(FR_SGN_8) },
	{ .id = "nest.interrupt-range-between",
	  .title = "an address in the interrupt range between the stages is none of an interrupt",
	  .spec = "Handling Requests to Interrupt Address Range",
	  NESTED,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_interrupt_range_between },
	{ .id = "nest.fpd",
	  .title = "FPD of the PASID entry silences a fault of the second stage",
	  .spec = ENTRY_SPEC ": FPD",
	  NESTED,
	  .poke = POKE_BOTH(AT_PASID, PASID_FPD, 1, AT_HOST_PAGE, SS_W, 0),
	  .expect = IS_BLOCKED },
	{ .id = "nest.host-moves-domain",
	  .title = "a change of the second stage counts after a domain invalidation",
	  .spec = "IOTLB Invalidate",
	  NESTED,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_host_moves,
	  .arg = GRANULARITY_DOMAIN },
	{ .id = "nest.host-moves-page",
	  .title = "and after a page-selective one, for a page of the second stage",
	  .spec = "IOTLB Invalidate",
	  .needs = NEED(SMTS) | NEED(PSI),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_NESTED },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_host_moves,
	  .arg = GRANULARITY_SPECIFIC },
};

const struct suite suite_nested = SUITE("nest", tests);
