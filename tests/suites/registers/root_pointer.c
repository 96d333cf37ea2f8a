/* SPDX-License-Identifier: MIT */
/*
 * What RTADDR and TE mean to DMA. A root table address takes effect when it is latched and not before. With TE off nobody
 * reads the tables, whatever RTADDR points to (QEMU 2a078b1080 did).
 */
#include "arch/string.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene_test.h"
#include "tests/scenes/watch.h"
#include "tests/suites/registers/command.h"
#include "tests/suites/suites.h"

#define GCMD_SPEC "Global Command Register"
#define ROOT_SPEC "Set Root Table Pointer Operation"

static enum ttm stage_ttm(const struct stage *stage)
{
	return stage->root.scalable ? TTM_SCALABLE : TTM_LEGACY;
}

/* Another root table, in which nothing is present, lies ready in RTADDR: the value. 0 after test_fail(). */
static uint64_t offer_empty_root(struct test_run *run, struct root_table *empty)
{
	const struct root_table *own = &run->stage.root;
	uint64_t value;

	if (root_table_create(empty, own->scalable, own->snooped) != STATUS_OK) {
		test_fail(run, "no memory for another root table");
		return 0;
	}
	value = phys_of(empty->entries).value | reg_put(RTADDR_TTM, stage_ttm(&run->stage));
	unit_write64(run->unit, REG_RTADDR, value);
	return value;
}

static void latch(struct test_run *run, struct root_table *root)
{
	if (translation_load_root(run->unit, root) != STATUS_OK)
		test_fail(run, "cannot latch: %s", unit_failure(run->unit));
}

static void forget_all(struct test_run *run)
{
	if (invalidate_all(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
}

static bool is_memory_protected(struct test_run *run)
{
	if (caps_missing(&run->unit->caps, NEED(PLMR)) == 0 ||
	    caps_missing(&run->unit->caps, NEED(PHMR)) == 0)
		if (reg_get(unit_read32(run->unit, REG_PMEN), PMEN_PRS)) {
			test_skip(run, "protected memory is on (PMEN.PRS)");
			return true;
		}
	return false;
}

/* The first request that used the empty one would be blocked. */
static void inert_until_latched(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct root_table empty;
	uint64_t value;

	if (!command_open_scene(run))
		return;
	value = offer_empty_root(run, &empty);
	if (!value)
		return;
	EXPECT_EQ(run, unit_read64(unit, REG_RTADDR), value);
	forget_all(run);
	command_expect_write(run, DMA_LANDED, 0, "written, not latched");
	latch(run, &empty);
	command_expect_write(run, DMA_NOWHERE, 1, "latched");
	latch(run, &run->stage.root);
	command_expect_write(run, DMA_LANDED, 0, "latched back");
	root_table_destroy(&empty);
}

/*
 * Latched before translation is turned on, as it must be, and another one written since: turning it on
 * latches nothing.
 */
static void inert_when_turned_on(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct root_table empty;

	if (is_memory_protected(run) || !command_open_scene(run))
		return;
	REQUIRE_OK(run, unit_set_translation(unit, false));
	latch(run, &run->stage.root);
	if (!offer_empty_root(run, &empty))
		return;
	REQUIRE_OK(run, unit_set_translation(unit, true));
	forget_all(run);
	command_expect_write(run, DMA_LANDED, 0, "written, then TE on");
	latch(run, &run->stage.root);
	root_table_destroy(&empty);
}

/* Each pointer has a command of its own: SIRTP, with another root in RTADDR, latches the interrupt table alone. */
static void root_beside_table(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct root_table empty;

	if (!command_open_scene(run) || !offer_empty_root(run, &empty))
		return;
	if (command_latch_interrupt_table(unit) != STATUS_OK)
		test_fail(run, "cannot latch the interrupt table: %s", unit_failure(unit));
	forget_all(run);
	command_expect_write(run, DMA_LANDED, 0, "after SIRTP");
	latch(run, &run->stage.root);
	root_table_destroy(&empty);
}

/*
 * The other table mode in RTADDR changes nothing either. Without CAP.ESRTPS software must leave TTM
 * alone while TES is 1 ("Set Root Table Pointer Operation").
 */
static void mode_inert_until_latched(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint64_t root;

	if (!command_open_scene(run))
		return;
	root = phys_of(run->stage.root.entries).value;
	unit_write64(unit, REG_RTADDR, root | reg_put(RTADDR_TTM, TTM_LEGACY));
	command_expect_write(run, DMA_LANDED, 0, "legacy mode written, not latched");
	unit_write64(unit, REG_RTADDR, root | reg_put(RTADDR_TTM, TTM_SCALABLE));
	command_expect_write(run, DMA_LANDED, 0, "scalable mode written back");
}

/* GCMD repeated with the level bits as they are: neither TE goes off nor is RTADDR latched. */
static void repeated_command(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t gsts;

	if (!command_open_scene(run))
		return;
	gsts = unit_read32(unit, REG_GSTS);
	unit_write64(unit, REG_RTADDR, reg_put(RTADDR_TTM, stage_ttm(&run->stage)));
	REQUIRE_OK(run, unit_set_translation(unit, true));
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), gsts);
	forget_all(run);
	command_expect_write(run, DMA_LANDED, 0, "after the command was repeated");
}

/*
 * The same entries at another address, latched while translation is on, with DMA behind every register
 * write of it; the old ones are scrubbed.
 */
static void root_moves(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct root_table copy;
	static struct root_entry saved[256];

	if (!command_open_scene(run))
		return;
	REQUIRE_OK(run, root_table_create(&copy, stage->root.scalable, stage->root.snooped));
	memcpy(saved, stage->root.entries, sizeof(saved));
	for (unsigned int bus = 0; bus < 256; bus++)
		entry_store(copy.entries[bus].q, saved[bus].q, 2, copy.snooped);
	watch_begin(run);
	latch(run, &copy);
	watch_end(run);
	for (unsigned int bus = 0; bus < 256; bus++)
		entry_store(stage->root.entries[bus].q, (uint64_t[2]){ 0 }, 2, stage->root.snooped);
	forget_all(run);
	command_expect_write(run, DMA_LANDED, 0, "with the root table moved");
	EXPECT(run, unit_translation_is_on(run->unit));
	for (unsigned int bus = 0; bus < 256; bus++)
		entry_store(stage->root.entries[bus].q, saved[bus].q, 2, stage->root.snooped);
	latch(run, &stage->root);
	memset(copy.entries, 0, sizeof(saved)); /* its context tables belong to the other root */
	root_table_destroy(&copy);
}

/* Off, DMA goes where it says; on again, after the root is latched again, where the tables say. */
static void translation_cycle(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (is_memory_protected(run) || !command_open_scene(run))
		return;
	for (unsigned int round = 0; round < 2; round++) {
		REQUIRE_OK(run, unit_set_translation(unit, false));
		command_expect_write(run, DMA_UNTRANSLATED, 0, "TE off");
		REQUIRE_OK(run, translation_start(unit, &run->stage.root));
		command_expect_write(run, DMA_LANDED, 0, "TE on again");
	}
}

/* With TE off nobody reads what RTADDR points to. */
static void garbage_root(struct test_run *run)
{
	static uint8_t garbage[PAGE_BYTES] __attribute__((aligned(4096)));
	struct scene scene = scene_best(&run->unit->caps);
	struct unit *unit = run->unit;

	if (is_memory_protected(run) || !scene_test_is_possible(run, &scene))
		return;
	memset(garbage, 0xff, sizeof(garbage));
	if (!stage_build(&run->stage, &scene, unit, run->agent)) {
		test_fail(run, "cannot set the scene: %s", unit_failure(unit));
		return;
	}
	for (unsigned int mode = 0; mode < 2; mode++) {
		if (mode && !caps_has(&unit->caps, CAPABILITY_SMTS))
			break;
		REQUIRE_OK(run, unit_latch_root(unit, phys_of(garbage),
						mode ? TTM_SCALABLE : TTM_LEGACY));
		run->agent->set_bus_master(run->agent, true);
		REQUIRE(run, dma_arm(&run->stage));
		command_expect_write(run, DMA_UNTRANSLATED, 0, mode ? "scalable" : "legacy");
		run->agent->set_bus_master(run->agent, false);
	}
}

#define ROOT_TEST(name, what, title_in_spec, bits, ...)                                        \
	{                                                                                      \
		.id = "gcmd." name, .title = (what), .spec = (title_in_spec), .needs = (bits), \
		.run = __VA_ARGS__                                                             \
	}

static const struct test tests[] = {
	ROOT_TEST("rtaddr-inert", "RTADDR takes effect when it is latched, not before", ROOT_SPEC,
		  0, inert_until_latched),
	ROOT_TEST("rtaddr-inert-te", "nor does RTADDR when translation is turned on", ROOT_SPEC, 0,
		  inert_when_turned_on, .agent_features = AGENT_ALONE),
	ROOT_TEST("sirtp-apart", "SIRTP does not latch the root table",
		  "Set Interrupt Remapping Table Pointer Operation", NEED(IR), root_beside_table),
	ROOT_TEST("ttm-inert", "the table mode takes effect when it is latched, not before",
		  ROOT_SPEC, NEED(SMTS) | NEED(ESRTPS), mode_inert_until_latched),
	ROOT_TEST("repeated", "a command that repeats all levels changes nothing", GCMD_SPEC, 0,
		  repeated_command),
	ROOT_TEST("root-moves", "an equal root table is latched while translation is on", ROOT_SPEC,
		  0, root_moves),
	ROOT_TEST("te-cycle", "TE off lets DMA through untranslated, on translates again",
		  GCMD_SPEC, 0, translation_cycle, .agent_features = AGENT_ALONE),
	ROOT_TEST("te-off", "QEMU 2a078b1080: with TE off a root table of garbage is not read",
		  GCMD_SPEC, 0, garbage_root, .agent_features = AGENT_ALONE),
};

const struct suite suite_root_pointer = SUITE("gcmd", tests);
