/* SPDX-License-Identifier: MIT */
/*
 * The bits of second-stage entries that hardware ignores may be anything: software keeps its own notes
 * there, or memory types and flags that this unit has not. A unit that takes them for reserved blocks
 * what it should let pass, as QEMU did with SNP (OpenVMM 11ed12ea3 as well) and TM. All of them are set
 * at once; only if that fails each is tried alone, to be named.
 */
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/reserved.h"
#include "tests/suites/suites.h"

static const struct outcome lands = LANDS;
static const struct dma plain_write;

static bool all_at_once(struct test_run *run, enum place at, uint64_t mask)
{
	const unsigned int level = reserved_level_of(&run->stage, at);
	const uint64_t *entry = paging_entry(&run->stage.table, run->stage.window, level);
	const struct poke poke[POKES_MAX] = { { at, { 63, 0 }, *entry | mask, VALUE_PLAIN } };

	return scene_test_try(run, poke, &plain_write, &lands, "all of them");
}

/* `arg` is the entry, an enum place. */
static void run_ignored(struct test_run *run)
{
	const enum place at = run->test->arg;
	uint64_t mask;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	mask = ignored_second_stage(&run->stage, reserved_level_of(&run->stage, at));
	if (!all_at_once(run, at, mask))
		scene_test_each_bit(run, at, &mask, 1, &lands);
}

#define IGNORED_IN(mode_id, its_mode, its_stage, more, name, shift, place)                \
	{                                                                                 \
		.id = mode_id ".ignored-bits-" name,                                      \
		.title = "the ignored bits of a second-stage entry may be 1: " name,      \
		.spec = "Second-Stage Paging Entries", .needs = (more),                   \
		.scene = { .mode = its_mode, .stage = its_stage, .page_shift = (shift) }, \
		.flags = TEST_SHARES_STAGE, .run = run_ignored, .arg = (place)            \
	}
#define IGNORED(more, ...)                                                    \
	IGNORED_IN("legacy", SCENE_LEGACY, STAGE_OF_UNIT, more, __VA_ARGS__), \
		IGNORED_IN("sm", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS) | (more), __VA_ARGS__)

static const struct test tests[] = {
	IGNORED(0, "leaf", 12, AT_LEAF),	   IGNORED(0, "pde", 12, AT_LEVEL_2),
	IGNORED(0, "pdpe", 12, AT_LEVEL_3),	   IGNORED(0, "top", 12, AT_TOP),
	IGNORED(NEED(SSLPS2M), "2m", 21, AT_LEAF), IGNORED(NEED(SSLPS1G), "1g", 30, AT_LEAF),
};

const struct suite suite_ignored = SUITE("ignored", tests);
