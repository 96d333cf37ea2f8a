/* SPDX-License-Identifier: MIT */
/*
 * From mode to mode with live mappings, and from whatever an earlier boot stage left on to a
 * bring-up of our own ("Set Root Table Pointer Operation", "Abort DMA Mode"). DMA is proven before
 * and after.
 *
 * Without CAP.ESRTPS the mode changes with translation off only, so devices must be still
 * meanwhile; with it the new root is latched while DMA goes on, and the unit forgets by itself.
 * Either way a mapping that both sides have must never fail, and one that only the old side had
 * must be gone. An earlier stage's tables are live until ours are latched: Linux set present bits
 * early, lost domain ids and left contexts behind in such hand-overs (f532c57985b1, 07a64cbe15c4,
 * c509fb73a109). A change that is refused, or that fails half way, must leave the unit as it was
 * found, translating.
 */
#include "arch/page.h"
#include "arch/string.h"
#include "iommu/structures/translation.h"
#include "tests/mixed/crossing.h"
#include "tests/scenes/scene_test.h"
#include "tests/scenes/watch.h"
#include "tests/suites/suites.h"

/* Tables of scalable mode, of either stage. */
#define SCALABLE .scene = { .mode = SCENE_SCALABLE, .stage = EITHER_STAGE }, .needs = NEED(SMTS)

/* `arg` is the mode to go to. */
static void run_way(struct test_run *run)
{
	struct crossing *crossing = crossing_of(run);

	if (!crossing_go(crossing, run->test->arg))
		return;
	EXPECT_EQ(run, reg_get(unit_read64(run->unit, REG_RTADDR), RTADDR_TTM), run->test->arg);
	crossing_expect_landing(crossing, "after");
}

static void run_to_and_fro(struct test_run *run)
{
	struct crossing *crossing = crossing_of(run);

	for (unsigned int i = 0; i < 3; i++) {
		if (!crossing_go(crossing, TTM_SCALABLE))
			return;
		crossing_expect_landing(crossing, "in scalable mode");
		if (!crossing_go(crossing, TTM_LEGACY))
			return;
		crossing_expect_landing(crossing, "back in legacy mode");
	}
}

/* What was mapped in the old mode only must not be reached in the new one. */
static void run_forgets(struct test_run *run)
{
	static const struct outcome blocked_write = FAULTS(FR_LGN_2);
	struct crossing *crossing = crossing_of(run);

	crossing->mappings[1] = crossing->mappings[2]; /* the window's second page is gone */
	crossing->device.mapping_count = 2;
	if (!crossing_go(crossing, TTM_LEGACY))
		return;
	crossing_expect_landing(crossing, "first page");
	fault_clear(run->unit);
	scene_test_write(run, 1, &blocked_write, "second page");
}

/* `arg` is the mode to come back to. */
static void run_abort_and_back(struct test_run *run)
{
	struct crossing *crossing = crossing_of(run);

	if (!crossing_go(crossing, TTM_ABORT))
		return;
	crossing_expect_fault(crossing, FR_RTA_4, "in abort-DMA mode");
	if (crossing_go(crossing, run->test->arg))
		crossing_expect_landing(crossing, "back");
}

/*
 * With CAP.ESRTPS translation never goes off, so that DMA never goes untranslated: not at the end of a
 * step, nor behind any write within it.
 */
static void run_never_off(struct test_run *run)
{
	struct crossing *crossing = crossing_of(run);
	struct transition *transition = &crossing->transition;
	struct tables_format legacy;
	unsigned int unit;

	if (!crossing_format(crossing, TTM_LEGACY, &legacy))
		return;
	*transition = (struct transition){
		.units = run->unit,
		.unit_count = 1,
		.old = &crossing->tables[0],
		.next = &crossing->tables[1],
		.to = TTM_LEGACY,
		.format = legacy,
		.devices = &crossing->device,
		.device_count = 1,
	};
	if (transition_check(transition, &unit) != STATUS_OK)
		test_fail(run, "%s", unit_failure(run->unit));
	watch_begin(run);
	for (enum transition_step step = 0; step < TRANSITION_RETIRE; step++) {
		if (transition_run_step(transition, step, 0) != STATUS_OK)
			test_fail(run, "step \"%s\": %s", transition_step_words(step),
				  unit_failure(run->unit));
		if (!unit_translation_is_on(run->unit))
			test_fail(run, "translation is off after step \"%s\"",
				  transition_step_words(step));
		crossing_expect_landing(crossing, transition_step_words(step));
	}
	watch_end(run);
	crossing->current = 1;
}

/* A unit without what the new mode needs stays as it is. */
static void run_refused(struct test_run *run)
{
	struct crossing *crossing = crossing_of(run);
	struct transition *transition = &crossing->transition;
	uint64_t writes;

	*transition = (struct transition){
		.units = run->unit,
		.unit_count = 1,
		.old = &crossing->tables[0],
		.next = &crossing->tables[1],
		.to = TTM_SCALABLE,
		.format = crossing->plan.format,
		.devices = &crossing->device,
		.device_count = 1,
	};
	transition->format.scalable = true;
	writes = run->unit->write_count;
	EXPECT_EQ(run, transition_run(transition), STATUS_UNSUPPORTED);
	EXPECT_EQ(run, run->unit->write_count - writes, 0);
	crossing_expect_landing(crossing, "after the refusal");
}

/* ---- what an earlier stage left on ---- */

/* Its tables translate while ours are built; afterwards ours do, and its second page is out of reach. */
LINKED_RUN(run_take_over, struct bringup_request, wanted)
{
	struct crossing *crossing = crossing_of(run);

	crossing_forget_driver(crossing);
	crossing->current = 1;
	if (crossing_bring_up(crossing, wanted)) {
		EXPECT(run,
		       bringup_unit_has_note(&crossing->plan, 0, BRINGUP_NOTE_FOUND_TRANSLATING));
		crossing_expect_landing(crossing, "after");
	} else {
		test_fail(run, "refused: %s",
			  bringup_reason_words(crossing->bringup.result.reason));
	}
}

/* A request that cannot be met: the earlier stage's tables go on translating. */
static void run_refused_in_use(struct test_run *run)
{
	static const struct bringup_request too_wide = { .address_bits = 64 };
	struct crossing *crossing = crossing_of(run);
	uint64_t writes = run->unit->write_count;
	EXPECT(run, !crossing_bring_up(crossing, &too_wide));
	EXPECT_EQ(run, crossing->plan.refusal.reason, BRINGUP_REASON_TOO_NARROW);
	EXPECT_EQ(run, run->unit->write_count - writes, 0);
	crossing_expect_landing(crossing, "after the refusal");
}

/* A commit that fails after the unit was stopped puts it back onto the tables it had. */
static void run_undone_in_use(struct test_run *run)
{
	struct crossing *crossing = crossing_of(run);
	struct bringup *bringup = &crossing->bringup;

	crossing_forget_driver(crossing);
	for (enum bringup_step step = BRINGUP_STEP_REST; step <= BRINGUP_STEP_ROOT; step++)
		if (bringup_run_step(bringup, step, 0) != STATUS_OK)
			test_fail(run, "step \"%s\": %s", bringup_step_words(step),
				  unit_failure(run->unit));
	if (bringup_undo_unit(bringup, 0) == STATUS_OK)
		crossing_expect_landing(crossing, "after it was undone");
	else
		test_fail(run, "not undone: %s", unit_failure(run->unit));
}

static void run_found_queue(struct test_run *run)
{
	static const struct bringup_request legacy = { .mode = BRINGUP_LEGACY };
	struct crossing *crossing = crossing_of(run);
	bool wide;

	/* Of the width that the mode wants which the unit was last in. */
	wide = reg_get(unit_read64(run->unit, REG_RTADDR), RTADDR_TTM) != TTM_LEGACY;
	if (queue_enable(run->unit, wide, 1) != STATUS_OK || queue_wait(run->unit) != STATUS_OK)
		test_fail(run, "%s", unit_failure(run->unit));
	crossing_forget_driver(crossing);
	if (crossing_bring_up(crossing, &legacy)) {
		EXPECT(run, bringup_unit_has_note(&crossing->plan, 0, BRINGUP_NOTE_FOUND_QUEUE));
		crossing_expect_landing(crossing, "after");
	} else {
		test_fail(run, "refused: %s",
			  bringup_reason_words(crossing->bringup.result.reason));
	}
}

#define SRTP_TITLE "Set Root Table Pointer Operation"

static const struct test tests[] = {
	{ .id = "transition.to-scalable",
	  .title = "legacy to scalable mode: the same mappings, before and after",
	  .spec = SRTP_TITLE,
	  SCALABLE,
	  .fixture = &crossing_legacy,
	  .run = run_way,
	  .arg = TTM_SCALABLE },
	{ .id = "transition.to-legacy",
	  .title = "scalable to legacy mode: the same mappings, before and after",
	  .spec = SRTP_TITLE,
	  SCALABLE,
	  .fixture = &crossing_scalable,
	  .run = run_way,
	  .arg = TTM_LEGACY },
	{ .id = "transition.to-and-fro",
	  .title = "three times to scalable mode and back, DMA lands each time",
	  .spec = SRTP_TITLE,
	  SCALABLE,
	  .fixture = &crossing_legacy,
	  .run = run_to_and_fro },
	{ .id = "transition.forgets",
	  .title = "what was mapped in the old mode only is not reached in the new one",
	  .spec = SRTP_TITLE,
	  SCALABLE,
	  .fixture = &crossing_scalable,
	  .run = run_forgets },
	{ .id = "transition.never-off",
	  .title = "with CAP.ESRTPS DMA is translated at every step of a change of mode",
	  .spec = SRTP_TITLE,
	  SCALABLE | NEED(ESRTPS),
	  .fixture = &crossing_scalable,
	  .run = run_never_off },
	{ .id = "transition.abort-from-scalable",
	  .title = "scalable to abort-DMA mode blocks everything, and back it lands",
	  .spec = "Abort DMA Mode",
	  SCALABLE | NEED(ADMS),
	  .fixture = &crossing_scalable,
	  .run = run_abort_and_back,
	  .arg = TTM_SCALABLE },
	{ .id = "transition.abort-from-legacy",
	  .title = "legacy to abort-DMA mode blocks everything, and back it lands",
	  .spec = "Abort DMA Mode",
	  .needs = NEED(ADMS),
	  .fixture = &crossing_legacy,
	  .run = run_abort_and_back,
	  .arg = TTM_LEGACY },
	{ .id = "transition.refused",
	  .title = "without ECAP.SMTS the way to scalable mode is refused, and nothing written",
	  .spec = "Extended Capability Register: SMTS",
	  .needs_absent = NEED(SMTS),
	  .fixture = &crossing_legacy,
	  .run = run_refused },
	{ .id = "transition.found-scalable",
	  .title = "a unit found translating in scalable mode is taken over",
	  .spec = SRTP_TITLE,
	  SCALABLE,
	  .fixture = &crossing_scalable,
	  .run = LINKED(run_take_over, .mode = BRINGUP_SCALABLE) },
	{ .id = "transition.found-scalable-to-legacy",
	  .title = "a unit found translating in scalable mode is taken to legacy mode",
	  .spec = SRTP_TITLE,
	  SCALABLE,
	  .fixture = &crossing_scalable,
	  .run = LINKED(run_take_over, .mode = BRINGUP_LEGACY) },
	{ .id = "transition.found-legacy",
	  .title = "a unit found translating in legacy mode is taken over",
	  .spec = SRTP_TITLE,
	  .fixture = &crossing_legacy,
	  .run = LINKED(run_take_over, .mode = BRINGUP_LEGACY) },
	{ .id = "transition.found-legacy-to-scalable",
	  .title = "a unit found translating in legacy mode is taken to scalable mode",
	  .spec = SRTP_TITLE,
	  SCALABLE,
	  .fixture = &crossing_legacy,
	  .run = LINKED(run_take_over, .mode = BRINGUP_SCALABLE) },
	{ .id = "transition.found-queue",
	  .title = "a unit found with its queue on is taken over",
	  .spec = "Queued Invalidation Interface",
	  .needs = NEED(QI),
	  .fixture = &crossing_at_rest,
	  .run = run_found_queue },
	{ .id = "transition.refused-in-use",
	  .title = "a plan refused leaves the tables of an earlier stage translating",
	  .spec = SRTP_TITLE,
	  .fixture = &crossing_legacy,
	  .run = run_refused_in_use },
	{ .id = "transition.undone-in-use",
	  .title = "a bring-up undone half way has the tables of an earlier stage translate again",
	  .spec = SRTP_TITLE,
	  .fixture = &crossing_legacy,
	  .run = run_undone_in_use },
};

const struct suite suite_transitions = SUITE("transition", tests);
