/* SPDX-License-Identifier: MIT */
/*
 * Pointers in tables have all the bits of the host address width: what lies low in a small machine would be found with the
 * upper ones lost, too.
 *
 * So one bit that is 0 in a pointer is set, high up, where no memory is: a unit that looks at it finds nothing there, one that
 * cuts it off finds the table or the page it should not.
 */
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

/* No emulated machine of ours has memory or registers from 64 GiB on, but at the top. */
enum { LOWEST_BIT = 36, STEP = 3 };

static const struct dma plain_write;

/* The bits that are tried of a pointer that reads `word`: the uppermost of the width, and each third one below. */
static uint64_t upper_bits(uint64_t word)
{
	uint64_t bits = 0;

	for (unsigned int bit = platform.dmar.host_address_bits; bit > LOWEST_BIT; bit -= STEP)
		bits |= UINT64_C(1) << (bit - 1);
	return bits & ~word;
}

static bool has_upper_bits(struct test_run *run)
{
	if (platform.dmar.host_address_bits > LOWEST_BIT)
		return true;
	test_skip(run, "the host address width is %u bits: memory may be anywhere",
		  platform.dmar.host_address_bits);
	return false;
}

/* The test's first poke names the pointer, and no more. */
static void run_pointer(struct test_run *run)
{
	const enum place at = run->test->poke[0].at;
	const unsigned int word = field_word(run->test->poke[0].field);
	uint64_t masks[8] = { 0 };
	bool is_snooped;

	if (!has_upper_bits(run) || !scene_test_open(run, &run->scene, &plain_write))
		return;
	masks[word] = upper_bits(stage_words(&run->stage, at, &is_snooped)[word]);
	scene_test_each_bit(run, at, masks, word + 1, &run->test->expect);
}

/* The root table's address is no entry: it is latched anew. The uppermost bit will do. */
static void run_root(struct test_run *run)
{
	const uint64_t top = UINT64_C(1) << (platform.dmar.host_address_bits - 1);
	struct root_table nowhere;

	if (!has_upper_bits(run) || !scene_test_open(run, &run->scene, &plain_write))
		return;
	nowhere = run->stage.root;
	nowhere.entries = phys_pointer(phys(phys_of(nowhere.entries).value | top));
	REQUIRE_OK(run, translation_load_root(run->unit, &nowhere));
	REQUIRE_OK(run, invalidate_all(run->unit));
	scene_test_write(run, 0, &run->test->expect, NULL);
}

/* A page where no memory is: nothing arrives, and no table was wrong. */
#define NO_FAULT 0

#define ADDRESS_BITS(mode_id, its_mode, its_stage, more, name, text, title_in_spec, place, due,   \
		     ...)                                                                         \
	{                                                                                         \
		.id = "fault." mode_id "-address-bits-" name,                                     \
		.title = "the upper address bits of " text " count", .spec = (title_in_spec),     \
		.needs = (more), .scene = { .mode = (its_mode), .stage = (its_stage) },           \
		.flags = TEST_MISSING_MEMORY | TEST_SHARES_STAGE,                                 \
		.poke = { { .at = (place), .field = FIELD(__VA_ARGS__) } },                       \
		.expect = { (due) ? OUTCOME_FAULTS : OUTCOME_BLOCKED, (due) }, .run = run_pointer \
	}
#define LEGACY_BITS(...) ADDRESS_BITS("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, __VA_ARGS__)
#define SM_BITS(...)	 ADDRESS_BITS("sm", SCENE_SCALABLE, STAGE_OF_UNIT, NEED(SMTS), __VA_ARGS__)
#define SS_BITS(...)	 ADDRESS_BITS("ss", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS), __VA_ARGS__)
#define FS_BITS(...)	 ADDRESS_BITS("fs", SCENE_SCALABLE, STAGE_FIRST, NEED(SMTS), __VA_ARGS__)
#define ROOT_BITS(mode_id, its_mode, more, due)                                                   \
	{                                                                                         \
		.id = "fault." mode_id "-address-bits-root",                                      \
		.title = "the upper address bits of the root table count",                        \
		.spec = "Root Table Address Register", .needs = (more), .scene.mode = (its_mode), \
		.flags = TEST_MISSING_MEMORY,                                                     \
		.expect = { (due) ? OUTCOME_FAULTS : OUTCOME_BLOCKED, (due) }, .run = run_root    \
	}

#define SS_SPEC "Second-Stage Paging Entries"
#define FS_SPEC "First-Stage Paging Entries"

static const struct test tests[] = {
	ROOT_BITS("legacy", SCENE_LEGACY, 0, FR_LRT_1),
	LEGACY_BITS("context", "a context table", "Root Entry: CTP", AT_ROOT, FR_LCT_1, ROOT_CTP),
	LEGACY_BITS("top", "the top second-stage table", "Context Entry: SSPTPTR", AT_CONTEXT,
		    FR_LCT_4, CONTEXT_SSPTPTR),
	LEGACY_BITS("table", "a lower second-stage table", SS_SPEC, AT_LEVEL_2, FR_LSS_1, SS_ADDR),
	LEGACY_BITS("page", "a page", SS_SPEC, AT_LEAF, NO_FAULT, SS_ADDR),
	ROOT_BITS("sm", SCENE_SCALABLE, NEED(SMTS), FR_SRT_1),
	SM_BITS("directory", "a PASID directory", "Scalable-Mode Context-Entry: PASIDDIRPTR",
		AT_CONTEXT, FR_SPD_1, SMCONTEXT_PASIDDIRPTR),
	SM_BITS("pasids", "a PASID table", "Scalable-Mode PASID Directory Entry: SMPTBLPTR",
		AT_PASID_DIR, FR_SPT_1, PASIDDIR_SMPTBLPTR),
	SS_BITS("top", "the top second-stage table", "Scalable-Mode PASID Table Entry: SSPTPTR",
		AT_PASID, FR_SSS_4, PASID_SSPTPTR),
	SS_BITS("table", "a lower second-stage table", SS_SPEC, AT_LEVEL_2, FR_SSS_1, SS_ADDR),
	SS_BITS("page", "a page", SS_SPEC, AT_LEAF, NO_FAULT, SS_ADDR),
	FS_BITS("top", "the top first-stage table", "Scalable-Mode PASID Table Entry: FSPTPTR",
		AT_PASID, FR_SFS_4, PASID_FSPTPTR),
	FS_BITS("table", "a lower first-stage table", FS_SPEC, AT_LEVEL_2, FR_SFS_1, FS_ADDR),
	FS_BITS("page", "a page", FS_SPEC, AT_LEAF, NO_FAULT, FS_ADDR),
};

const struct suite suite_address_bits = SUITE("address bits", tests);
