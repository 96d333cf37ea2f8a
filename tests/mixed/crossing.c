/* SPDX-License-Identifier: MIT */
#include "tests/mixed/crossing.h"

#include "arch/page.h"
#include "arch/panic.h"
#include "arch/string.h"
#include "iommu/structures/translation.h"
#include "tests/scenes/scene_test.h"

enum { DOMAIN = 1 };

static size_t crossing_pages(void)
{
	return (sizeof(struct crossing) + PAGE_BYTES - 1) / PAGE_BYTES;
}

/* The window to its targets, page by page, and the mailbox. */
static void fill_mappings(struct crossing *crossing)
{
	const struct stage *stage = &crossing->run->stage;

	for (unsigned int i = 0; i < WINDOW_PAGES; i++)
		crossing->mappings[i] = (struct mapping){
			.from = iova(stage->window.value + i * PAGE_BYTES),
			.to = phys_of(stage->canary[CANARY_TARGET_0 + i]),
			.page_count = 1,
			.rights = ACCESS_BOTH,
		};
	crossing->mappings[WINDOW_PAGES] = (struct mapping){
		.from = stage->mailbox_iova,
		.to = phys_of(stage->mailbox),
		.page_count = stage->mailbox_pages,
		.rights = ACCESS_BOTH,
	};
	crossing->device = (struct bringup_device){
		.sid = crossing->run->agent->sid,
		.did = DOMAIN,
		.mappings = crossing->mappings,
		.mapping_count = WINDOW_PAGES + 1,
	};
}

static void *begin(struct test_run *run)
{
	static const struct scene scene = { .mode = SCENE_LEGACY };
	struct crossing *crossing;

	/* The test's own, which may want a stage of scalable mode, and the one that lends its pages. */
	if ((run->scene.mode == SCENE_SCALABLE && !scene_test_is_possible(run, &run->scene)) ||
	    !scene_test_is_possible(run, &scene))
		return NULL;
	if (run->stage.is_up && !stage_strike(&run->stage)) {
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
		return NULL;
	}
	if (!stage_build(&run->stage, &scene, run->unit, run->agent)) {
		test_fail(run, "%s", unit_failure(run->unit));
		return NULL;
	}
	crossing = page_alloc_contiguous(crossing_pages(), 1);
	if (!crossing) {
		test_error(run, "no memory");
		return NULL;
	}
	crossing->run = run;
	run->stage.mailbox_iova =
		iova(phys_of(run->stage.mailbox).value); /* in tables of any stage */
	fill_mappings(crossing);
	return crossing;
}

/* Tables of the test's own stage, wherever the mode has it. */
static bool plan_mode(struct crossing *crossing, const struct bringup_request *request,
		      struct bringup_plan *plan)
{
	struct bringup_request wanted = *request;

	if (crossing->run->scene.stage == STAGE_SECOND)
		wanted.prefers_second_stage = true;
	return bringup_plan(&crossing->survey, 1, &wanted, plan);
}

bool crossing_bring_up(struct crossing *crossing, const struct bringup_request *request)
{
	struct bringup *bringup = &crossing->bringup;
	struct unit *unit = crossing->run->unit;

	bringup_survey(unit, 1, VCMD_AUTO, &crossing->survey);
	if (!plan_mode(crossing, request, &crossing->plan))
		return false;
	if (tables_build(&crossing->tables[crossing->current], &crossing->plan.format, 1,
			 &crossing->device, 1) != STATUS_OK)
		return false;
	memset(bringup, 0, sizeof(*bringup));
	bringup->units = unit;
	bringup->plan = &crossing->plan;
	bringup->tables = &crossing->tables[crossing->current];
	if (!bringup_commit(bringup))
		return false;
	crossing->run->agent->set_bus_master(crossing->run->agent, true);
	return true;
}

static bool stop(void *context)
{
	struct crossing *crossing = context;

	crossing->was_stopped = true;
	crossing->run->agent->set_bus_master(crossing->run->agent, false);
	return true;
}

static bool resume(void *context)
{
	struct crossing *crossing = context;

	crossing->run->agent->set_bus_master(crossing->run->agent, true);
	return true;
}

bool crossing_format(struct crossing *crossing, enum ttm mode, struct tables_format *format)
{
	const struct bringup_request request = {
		.mode = mode == TTM_SCALABLE ? BRINGUP_SCALABLE : BRINGUP_LEGACY,
	};
	static struct bringup_plan plan;

	if (mode != TTM_ABORT && !plan_mode(crossing, &request, &plan)) {
		test_fail(crossing->run, "mode %u: %s", mode,
			  bringup_reason_words(plan.refusal.reason));
		return false;
	}
	*format = mode == TTM_ABORT ? crossing->plan.format : plan.format;
	return true;
}

bool crossing_go(struct crossing *crossing, enum ttm to)
{
	unsigned int next = to == TTM_ABORT ? crossing->current : 1 - crossing->current;
	struct transition *transition = &crossing->transition;
	const struct unit *unit = crossing->run->unit;
	struct tables_format format;

	if (!crossing_format(crossing, to, &format))
		return false;
	crossing->was_stopped = false;
	*transition = (struct transition){
		.units = crossing->run->unit,
		.unit_count = 1,
		.old = &crossing->tables[crossing->current],
		.next = to == TTM_ABORT ? NULL : &crossing->tables[next],
		.to = to,
		.format = format,
		.devices = &crossing->device,
		.device_count = 1,
		.quiesce = stop,
		.resume = resume,
		.context = crossing,
	};
	if (transition_run(transition) == STATUS_OK) {
		crossing->current = next;
		return true;
	}
	test_fail(crossing->run, "to mode %u, step \"%s\": %s", to,
		  transition_step_words(transition->failed_step), unit_failure(unit));
	return false;
}

bool crossing_expect_landing(struct crossing *crossing, const char *when)
{
	static const struct outcome lands = LANDS;

	fault_clear(crossing->run->unit);
	if (!dma_arm(&crossing->run->stage))
		test_fail(crossing->run, "%s: the agent did not finish a transfer", when);
	return scene_test_write(crossing->run, 0, &lands, when);
}

void crossing_expect_fault(struct crossing *crossing, uint8_t reason, const char *when)
{
	struct outcome expect = FAULTS(reason);

	fault_clear(crossing->run->unit);
	scene_test_write(crossing->run, 0, &expect, when);
}

void crossing_forget_driver(struct crossing *crossing)
{
	struct unit *unit = crossing->run->unit;

	crossing->left = unit->queue;
	unit->queue = (struct queue){ .sequence = crossing->left.sequence };
}

/* ---- fixtures ---- */

static void end(struct test_run *run)
{
	struct crossing *crossing = run->fixture;

	run->agent->set_bus_master(run->agent, false);
	if (translation_rest(run->unit) != STATUS_OK)
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	for (unsigned int i = 0; i < 2; i++)
		tables_destroy(&crossing->tables[i]);
	if (crossing->left.ring)
		page_free_contiguous(crossing->left.ring, 1u << crossing->left.size_log2);
	page_free_contiguous(crossing, crossing_pages());
}

/* Brought up by request, with DMA that lands. */
static struct crossing *start(struct test_run *run, enum bringup_mode mode)
{
	const struct bringup_request request = { .mode = mode };
	struct crossing *crossing = begin(run);
	char words[300];

	if (!crossing)
		return NULL;
	if (crossing_bring_up(crossing, &request)) {
		crossing_expect_landing(crossing, "before");
		return crossing;
	}
	if (crossing->plan.refusal.reason)
		bringup_plan_describe(&crossing->plan, words, sizeof(words));
	else
		bringup_result_describe(&crossing->bringup, words, sizeof(words));
	test_fail(run, "%s", words);
	return crossing;
}

static void *start_legacy(struct test_run *run)
{
	return start(run, BRINGUP_LEGACY);
}

static void *start_scalable(struct test_run *run)
{
	return start(run, BRINGUP_SCALABLE);
}

const struct fixture crossing_at_rest = { .open = begin, .close = end };
const struct fixture crossing_legacy = { .open = start_legacy, .close = end };
const struct fixture crossing_scalable = { .open = start_scalable, .close = end };

struct crossing *crossing_of(const struct test_run *run)
{
	if (run->test->fixture->close != end)
		panic("%s: not a fixture of crossings", run->test->id);
	return run->fixture;
}
