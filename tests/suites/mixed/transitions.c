/* SPDX-License-Identifier: MIT */
/*
 * From mode to mode with live mappings, and from whatever an earlier boot stage left on to a bring-up
 * of our own ("Set Root Table Pointer Operation", "Abort DMA Mode"). DMA is proven before and after.
 */
#include "arch/page.h"
#include "arch/string.h"
#include "iommu/structures/translation.h"
#include "tests/mixed/crossing.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define SCALABLE (NEED(SMTS) | NEED(SSTS))

static const struct bringup_request legacy = { .mode = BRINGUP_LEGACY };
static const struct bringup_request scalable = { .mode = BRINGUP_SCALABLE };

/* Brought up by request, with DMA that lands; NULL if not. */
static struct crossing *start(struct test_run *run, const struct bringup_request *request)
{
	struct crossing *crossing = crossing_begin(run);
	char words[300];

	if (!crossing)
		return NULL;
	if (crossing_bring_up(crossing, request)) {
		crossing_expect_landing(crossing, "before");
		return crossing;
	}
	if (crossing->plan.refusal.reason)
		bringup_plan_describe(&crossing->plan, words, sizeof(words));
	else
		bringup_result_describe(&crossing->bringup, words, sizeof(words));
	test_fail(run, "%s", words);
	crossing_end(crossing);
	return NULL;
}

struct way {
	const struct bringup_request *from;
	enum ttm to;
};

LINKED_RUN(run_way, struct way, way)
{
	struct crossing *crossing = start(run, way->from);

	if (!crossing)
		return;
	if (crossing_go(crossing, way->to)) {
		EXPECT_EQ(run, reg_get(unit_read64(run->unit, REG_RTADDR), RTADDR_TTM), way->to);
		crossing_expect_landing(crossing, "after");
	}
	crossing_end(crossing);
}

static void run_to_and_fro(struct test_run *run)
{
	struct crossing *crossing = start(run, &legacy);
	bool is_there = crossing;

	for (unsigned int i = 0; i < 3 && is_there; i++) {
		is_there = crossing_go(crossing, TTM_SCALABLE);
		if (is_there)
			crossing_expect_landing(crossing, "in scalable mode");
		is_there = is_there && crossing_go(crossing, TTM_LEGACY);
		if (is_there)
			crossing_expect_landing(crossing, "back in legacy mode");
	}
	if (crossing)
		crossing_end(crossing);
}

/* What was mapped in the old mode only must not be reached in the new one. */
static void run_forgets(struct test_run *run)
{
	static const struct outcome blocked_write = FAULTS(FR_LGN_2);
	struct crossing *crossing = start(run, &scalable);

	if (!crossing)
		return;
	crossing->mappings[1] = crossing->mappings[2]; /* the window's second page is gone */
	crossing->device.mapping_count = 2;
	if (crossing_go(crossing, TTM_LEGACY)) {
		crossing_expect_landing(crossing, "first page");
		fault_clear(run->unit);
		scene_test_write(run, 1, &blocked_write, "second page");
	}
	crossing_end(crossing);
}

LINKED_RUN(run_abort_and_back, struct way, way)
{
	struct crossing *crossing = start(run, way->from);

	if (!crossing)
		return;
	if (crossing_go(crossing, TTM_ABORT)) {
		crossing_expect_fault(crossing, FR_RTA_4, "in abort-DMA mode");
		if (crossing_go(crossing, way->to))
			crossing_expect_landing(crossing, "back");
	}
	crossing_end(crossing);
}

/* Step by step: with CAP.ESRTPS translation never goes off, so that DMA never goes untranslated. */
static void run_never_off(struct test_run *run)
{
	struct crossing *crossing = start(run, &scalable);
	struct transition *transition;
	unsigned int unit;

	if (!crossing)
		return;
	transition = &crossing->transition;
	*transition = (struct transition){
		.units = run->unit,
		.unit_count = 1,
		.old = &crossing->tables[0],
		.next = &crossing->tables[1],
		.to = TTM_LEGACY,
		.format = crossing->plan.format,
		.devices = &crossing->device,
		.device_count = 1,
	};
	transition->format.scalable = false;
	if (transition_check(transition, &unit) != STATUS_OK)
		test_fail(run, "%s", unit_failure(run->unit));
	for (enum transition_step step = 0; step < TRANSITION_RETIRE; step++) {
		if (transition_run_step(transition, step, 0) != STATUS_OK)
			test_fail(run, "step \"%s\": %s", transition_step_words(step),
				  unit_failure(run->unit));
		if (!unit_translation_is_on(run->unit))
			test_fail(run, "translation is off after step \"%s\"",
				  transition_step_words(step));
		crossing_expect_landing(crossing, transition_step_words(step));
	}
	crossing->current = 1;
	crossing_end(crossing);
}

/* A unit without what the new mode needs stays as it is. */
static void run_refused(struct test_run *run)
{
	struct crossing *crossing = start(run, &legacy);
	struct transition *transition;
	uint64_t writes;

	if (!crossing)
		return;
	transition = &crossing->transition;
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
	crossing_end(crossing);
}

/* ---- what an earlier stage left on ---- */

/* The driver that brought the unit up is gone; what is left of it is the memory of its queue. */
struct earlier {
	struct queue queue;
};

static void forget(struct test_run *run, struct earlier *earlier)
{
	earlier->queue = run->unit->queue;
	run->unit->queue = (struct queue){ .sequence = earlier->queue.sequence };
}

static void bury(struct earlier *earlier)
{
	if (earlier->queue.ring)
		page_free_contiguous(earlier->queue.ring, 1u << earlier->queue.size_log2);
}

/* Its tables translate while ours are built; afterwards ours do, and its second page is out of reach. */
struct take_over {
	const struct bringup_request *found;
	const struct bringup_request *wanted;
};

LINKED_RUN(run_take_over, struct take_over, mode)
{
	struct crossing *crossing = start(run, mode->found);
	struct earlier earlier;

	if (!crossing)
		return;
	forget(run, &earlier);
	crossing->current = 1;
	if (crossing_bring_up(crossing, mode->wanted)) {
		EXPECT(run,
		       bringup_unit_has_note(&crossing->plan, 0, BRINGUP_NOTE_FOUND_TRANSLATING));
		crossing_expect_landing(crossing, "after");
	} else {
		test_fail(run, "refused: %s",
			  bringup_reason_words(crossing->bringup.result.reason));
	}
	crossing_end(crossing);
	bury(&earlier);
}

/* A request that cannot be met: the earlier stage's tables go on translating. */
static void run_refused_in_use(struct test_run *run)
{
	static const struct bringup_request too_wide = { .address_bits = 64 };
	struct crossing *crossing = start(run, &legacy);
	uint64_t writes;

	if (!crossing)
		return;
	writes = run->unit->write_count;
	EXPECT(run, !crossing_bring_up(crossing, &too_wide));
	EXPECT_EQ(run, crossing->plan.refusal.reason, BRINGUP_REASON_TOO_NARROW);
	EXPECT_EQ(run, run->unit->write_count - writes, 0);
	crossing_expect_landing(crossing, "after the refusal");
	crossing_end(crossing);
}

/* A commit that fails after the unit was stopped puts it back onto the tables it had. */
static void run_undone_in_use(struct test_run *run)
{
	struct crossing *crossing = start(run, &legacy);
	struct bringup *bringup;
	struct earlier earlier;

	if (!crossing)
		return;
	forget(run, &earlier);
	bringup = &crossing->bringup;
	for (enum bringup_step step = BRINGUP_STEP_REST; step <= BRINGUP_STEP_ROOT; step++)
		if (bringup_run_step(bringup, step, 0) != STATUS_OK)
			test_fail(run, "step \"%s\": %s", bringup_step_words(step),
				  unit_failure(run->unit));
	if (bringup_undo_unit(bringup, 0) == STATUS_OK)
		crossing_expect_landing(crossing, "after it was undone");
	else
		test_fail(run, "not undone: %s", unit_failure(run->unit));
	crossing_end(crossing);
	bury(&earlier);
}

static void run_found_queue(struct test_run *run)
{
	struct crossing *crossing = crossing_begin(run);
	struct earlier earlier;
	bool wide;

	if (!crossing)
		return;
	/* Of the width that the mode wants which the unit was last in. */
	wide = reg_get(unit_read64(run->unit, REG_RTADDR), RTADDR_TTM) != TTM_LEGACY;
	if (queue_enable(run->unit, wide, 1) != STATUS_OK || queue_wait(run->unit) != STATUS_OK)
		test_fail(run, "%s", unit_failure(run->unit));
	forget(run, &earlier);
	if (crossing_bring_up(crossing, &legacy)) {
		EXPECT(run, bringup_unit_has_note(&crossing->plan, 0, BRINGUP_NOTE_FOUND_QUEUE));
		crossing_expect_landing(crossing, "after");
	} else {
		test_fail(run, "refused: %s",
			  bringup_reason_words(crossing->bringup.result.reason));
	}
	crossing_end(crossing);
	bury(&earlier);
}

#define SRTP_TITLE "Set Root Table Pointer Operation"

static const struct test tests[] = {
	{ .id = "transition.to-scalable",
	  .title = "legacy to scalable mode: the same mappings, before and after",
	  .spec = SRTP_TITLE,
	  .needs = SCALABLE,
	  .run = LINKED(run_way, .from = &legacy, .to = TTM_SCALABLE) },
	{ .id = "transition.to-legacy",
	  .title = "scalable to legacy mode: the same mappings, before and after",
	  .spec = SRTP_TITLE,
	  .needs = SCALABLE,
	  .run = LINKED(run_way, .from = &scalable, .to = TTM_LEGACY) },
	{ .id = "transition.to-and-fro",
	  .title = "three times to scalable mode and back, DMA lands each time",
	  .spec = SRTP_TITLE,
	  .needs = SCALABLE,
	  .run = run_to_and_fro },
	{ .id = "transition.forgets",
	  .title = "what was mapped in the old mode only is not reached in the new one",
	  .spec = SRTP_TITLE,
	  .needs = SCALABLE,
	  .run = run_forgets },
	{ .id = "transition.never-off",
	  .title = "with CAP.ESRTPS DMA is translated at every step of a change of mode",
	  .spec = SRTP_TITLE,
	  .needs = SCALABLE | NEED(ESRTPS),
	  .run = run_never_off },
	{ .id = "transition.abort-from-scalable",
	  .title = "scalable to abort-DMA mode blocks everything, and back it lands",
	  .spec = "Abort DMA Mode",
	  .needs = SCALABLE | NEED(ADMS),
	  .run = LINKED(run_abort_and_back, .from = &scalable, .to = TTM_SCALABLE) },
	{ .id = "transition.abort-from-legacy",
	  .title = "legacy to abort-DMA mode blocks everything, and back it lands",
	  .spec = "Abort DMA Mode",
	  .needs = NEED(ADMS),
	  .run = LINKED(run_abort_and_back, .from = &legacy, .to = TTM_LEGACY) },
	{ .id = "transition.refused",
	  .title = "without ECAP.SMTS the way to scalable mode is refused, and nothing written",
	  .spec = "Extended Capability Register: SMTS",
	  .needs_absent = NEED(SMTS),
	  .run = run_refused },
	{ .id = "transition.found-scalable",
	  .title = "a unit found translating in scalable mode is taken over",
	  .spec = SRTP_TITLE,
	  .needs = SCALABLE,
	  .run = LINKED(run_take_over, .found = &scalable, .wanted = &scalable) },
	{ .id = "transition.found-scalable-to-legacy",
	  .title = "a unit found translating in scalable mode is taken to legacy mode",
	  .spec = SRTP_TITLE,
	  .needs = SCALABLE,
	  .run = LINKED(run_take_over, .found = &scalable, .wanted = &legacy) },
	{ .id = "transition.found-legacy",
	  .title = "a unit found translating in legacy mode is taken over",
	  .spec = SRTP_TITLE,
	  .run = LINKED(run_take_over, .found = &legacy, .wanted = &legacy) },
	{ .id = "transition.found-legacy-to-scalable",
	  .title = "a unit found translating in legacy mode is taken to scalable mode",
	  .spec = SRTP_TITLE,
	  .needs = SCALABLE,
	  .run = LINKED(run_take_over, .found = &legacy, .wanted = &scalable) },
	{ .id = "transition.found-queue",
	  .title = "a unit found with its queue on is taken over",
	  .spec = "Queued Invalidation Interface",
	  .needs = NEED(QI),
	  .run = run_found_queue },
	{ .id = "transition.refused-in-use",
	  .title = "a plan refused leaves the tables of an earlier stage translating",
	  .spec = SRTP_TITLE,
	  .run = run_refused_in_use },
	{ .id = "transition.undone-in-use",
	  .title = "a bring-up undone half way has the tables of an earlier stage translate again",
	  .spec = SRTP_TITLE,
	  .run = run_undone_in_use },
};

const struct suite suite_transitions = SUITE("transition", tests);
