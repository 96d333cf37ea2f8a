/* SPDX-License-Identifier: MIT */
/*
 * The translation table mode (RTADDR.TTM): what each value must do with legacy tables behind it.
 *
 * A mode that a unit does not have is no error when it is latched: the command completes, and
 * every request faults (RTA.1) until a mode that exists is back. Emulators that ignore the field
 * instead go on in legacy mode, and an operating system that believes in scalable mode has its
 * tables read in another format. Abort-DMA mode, where a unit has it, blocks all DMA before there
 * is any table (RTA.4). The queue takes no descriptor in a mode that does not exist, so these
 * tests go back before they need it; the mode changes with translation off, which is allowed with
 * CAP.ESRTPS and without.
 */
#include "arch/print.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/fault.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

static const struct dma plain_write;

/* The queue takes no descriptor in a mode that does not exist: before it is drained, ours is back. */
static void back_to_scene(struct test_run *run)
{
	const struct root_table *root = &run->stage.root;

	REQUIRE_OK(run, unit_set_translation(run->unit, false));
	REQUIRE_OK(run, unit_latch_root(run->unit, phys_of(root->entries),
					root->scalable ? TTM_SCALABLE : TTM_LEGACY));
}

/*
 * Bits 11:10 of RTADDR are TTM since revision 3.0. Until then bit 11 was RTT and bit 10 reserved; a
 * unit without scalable mode, and before major version 6, may be as old as that.
 */
static bool may_predate_ttm(const struct caps *caps)
{
	return !caps_has(caps, CAPABILITY_SMTS) && caps_major(caps) < 6;
}

/* Such a unit may take the tables for legacy ones, as it always did. That is a note, no failure. */
static bool ignores_ttm(struct test_run *run)
{
	struct fault_log log;

	if (!may_predate_ttm(&run->unit->caps) ||
	    dma_write(&run->stage, &plain_write) != DMA_LANDED) {
		fault_clear(run->unit);
		return false;
	}
	fault_collect(run->unit, &log);
	EXPECT_EQ(run, log.count, 0);
	print("# note: %s: unit %u ignores TTM, as units before revision 3.0 do\n", run->test->id,
	      run->unit->index);
	return true;
}

/*
 * The same root table latched with another TTM while translation is off (CAP.ESRTPS or not, that is
 * allowed), then a DMA.
 */
struct other_mode {
	enum ttm ttm;
	uint8_t reason;
};

LINKED_RUN(run_with_ttm, struct other_mode, mode)
{
	struct outcome expect = FAULTS(mode->reason);
	struct unit *unit = run->unit;

	if (may_predate_ttm(&unit->caps) && caps_has(&unit->caps, CAPABILITY_ECS)) {
		test_skip(run, "unit %u has ECAP.ECS (bit 24): bit 11 of RTADDR was RTT then",
			  unit->index);
		return;
	}
	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	REQUIRE_OK(run, unit_set_translation(unit, false));
	REQUIRE_OK(run, unit_latch_root(unit, phys_of(run->stage.root.entries), mode->ttm));
	REQUIRE_OK(run, unit_set_translation(unit, true));
	if (!ignores_ttm(run))
		scene_test_write(run, 0, &expect, NULL);
	back_to_scene(run);
}

static const struct test tests[] = {
	{ .id = "fault.ttm-reserved",
	  .title = "TTM 10b blocks everything",
	  .spec = "Root Table Address Register: TTM (RTA.1.2)",
	  .scene.mode = SCENE_LEGACY,
	  .run = LINKED(run_with_ttm, .ttm = TTM_RESERVED, .reason = FR_RTA_1) },
	{ .id = "fault.ttm-scalable-absent",
	  .title = "TTM 01b blocks everything where ECAP.SMTS is clear",
	  .spec = "Root Table Address Register: TTM (RTA.1.3)",
	  .needs_absent = NEED(SMTS),
	  .scene.mode = SCENE_LEGACY,
	  .run = LINKED(run_with_ttm, .ttm = TTM_SCALABLE, .reason = FR_RTA_1) },
	{ .id = "fault.ttm-abort-absent",
	  .title = "TTM 11b blocks everything where ECAP.ADMS is clear",
	  .spec = "Root Table Address Register: TTM (RTA.1.1)",
	  .needs_absent = NEED(ADMS) | NEED(SMTS),
	  .scene.mode = SCENE_LEGACY,
	  .run = LINKED(run_with_ttm, .ttm = TTM_ABORT, .reason = FR_RTA_1) },
	{ .id = "fault.ttm-abort-absent-scalable",
	  .title = "TTM 11b over scalable-mode tables blocks everything where ECAP.ADMS is clear",
	  .spec = "Root Table Address Register: TTM (RTA.1.1)",
	  .needs = NEED(SMTS),
	  .needs_absent = NEED(ADMS),
	  .scene.mode = SCENE_SCALABLE,
	  .run = LINKED(run_with_ttm, .ttm = TTM_ABORT, .reason = FR_RTA_1) },
	{ .id = "fault.ttm-abort",
	  .title = "abort-DMA mode blocks everything",
	  .spec = "Abort DMA Mode (RTA.4)",
	  .needs = NEED(ADMS),
	  .scene.mode = SCENE_LEGACY,
	  .run = LINKED(run_with_ttm, .ttm = TTM_ABORT, .reason = FR_RTA_4) },
};

const struct suite suite_modes = SUITE("fault.ttm", tests);
