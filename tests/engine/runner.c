/* SPDX-License-Identifier: MIT */
#include "tests/engine/runner.h"

#include "arch/mmio_hole.h"
#include "arch/page.h"
#include "arch/panic.h"
#include "arch/print.h"
#include "arch/string.h"
#include "arch/trap.h"
#include "iommu/structures/translation.h"
#include "tests/engine/ailments.h"
#include "tests/engine/obstacles.h"
#include "tests/engine/platform.h"
#include "tests/engine/resume.h"
#include "tests/engine/tap.h"
#include "tests/engine/verdict.h"
#include "tests/scenes/scene_test.h"
#include "tests/units/modelled.h"

/* A test that runs longer than this hangs. Sweeps with a slow agent take a minute. */
#define TEST_LIMIT_US (UINT64_C(180) * 1000000)

static struct test_run current;
static const struct options *selected_by;

static void observe(struct test_run *run, const char *format, va_list args)
{
	size_t used = strlen(run->observed);
	char text[1024];

	print_format(text, sizeof(text), format, args);
	print_to(run->observed + used, sizeof(run->observed) - used, "%s%s", used ? "; " : "",
		 text);
}

void test_fail(struct test_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	observe(run, format, args);
	va_end(args);
	run->has_failed = true;
}

void test_error(struct test_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	observe(run, format, args);
	va_end(args);
	run->has_error = true;
}

void test_skip(struct test_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_format(run->skip_reason, sizeof(run->skip_reason), format, args);
	va_end(args);
	run->is_skipped = true;
}

void test_expect_equal(struct test_run *run, const char *what, uint64_t actual, uint64_t wanted)
{
	if (actual != wanted)
		test_fail(run, "%s is %llx, should be %llx", what, (unsigned long long)actual,
			  (unsigned long long)wanted);
}

static bool is_decided(const struct test_run *run)
{
	return run->is_skipped || run->has_failed || run->has_error;
}

static void body(void *argument)
{
	struct test_run *run = argument;

	if (run->test->fixture) {
		run->fixture = run->test->fixture->open(run);
		if (!run->fixture || is_decided(run))
			return;
	}
	if (run->test->run)
		run->test->run(run);
	else
		scene_test_run(run);
}

static void put_away(void *argument)
{
	struct test_run *run = argument;

	run->test->fixture->close(run);
}

/*
 * A stage stays up from test to test as long as each changes tables only, not the unit: turning
 * translation on and off is what costs most, on emulators above all. scene_test_open() proves it
 * again for each test, and builds the tables anew if anything is wrong with them.
 */
static bool may_share_stage(const struct test *test)
{
	return !test->run || test->flags & TEST_SHARES_STAGE;
}

/* Pages in use when no stage is up. */
static size_t pages_at_rest;

static void bring_to_rest(struct test_run *run, struct unit *unit, const char *after)
{
	size_t pages;

	if (run->stage.is_up ? !stage_strike(&run->stage) : translation_rest(unit) != STATUS_OK)
		test_fail(run, "unit does not come to rest after %s: %s", after,
			  unit_failure(unit));
	pages = page_in_use_count();
	if (pages != pages_at_rest)
		test_fail(run, "%td pages leaked by %s", (ptrdiff_t)(pages - pages_at_rest), after);
	pages_at_rest = pages;
}

/* The stage that a test before left up goes, unless this test can use it. */
static void dismiss_stage(struct test_run *run, const char *previous_id)
{
	if (run->stage.is_up &&
	    (run->stage.unit != run->unit || !run->agent || !may_share_stage(run->test)))
		bring_to_rest(run, run->stage.unit, previous_id);
}

/* False, with the test failed, if it ended in an exception. */
static bool guard(struct test_run *run, void (*part)(void *run))
{
	struct trap_report report;
	bool came_back = trap_guard(part, run, TEST_LIMIT_US, &report);
	const char *complaint = mmio_hole_complaint();

	if (run->unit)
		run->unit->after_write = NULL; /* before_write: its fixture's */
	if (complaint)
		test_fail(run, "%s", complaint);
	else if (!came_back && report.vector == TRAP_WATCHDOG_VECTOR)
		test_fail(run, "no end within %u s, at %llx",
			  (unsigned int)(TEST_LIMIT_US / 1000000),
			  (unsigned long long)(report.rip - trap_load_offset()));
	else if (!came_back)
		test_fail(run, "%s at %llx (error %llx, address %llx)", report.name,
			  (unsigned long long)(report.rip - trap_load_offset()),
			  (unsigned long long)report.error_code, (unsigned long long)report.cr2);
	return came_back;
}

/* The queue stopped at an error, or translation stayed off: whoever comes next needs another stage. */
static bool is_in_disorder(struct unit *unit)
{
	return !unit_translation_is_on(unit) ||
	       (unit->queue.on && reg_get(unit_read32(unit, REG_FSTS), FSTS_IQE));
}

static const struct runner_watcher *watching;

void runner_watch(const struct runner_watcher *watcher)
{
	watching = watcher;
}

static void run_guarded(struct test_run *run)
{
	bool came_back;

	if (watching)
		watching->before(run);
	came_back = guard(run, body);
	if (run->fixture)
		came_back &= guard(run, put_away);
	if (watching)
		watching->after(run);
	trap_vector_free_all();
	if (run->unit && !(came_back && run->stage.is_up && may_share_stage(run->test) &&
			   !(is_decided(run) && is_in_disorder(run->unit))))
		bring_to_rest(run, run->unit, run->test->id);
}

/* A rule that our own software broke without the test noticing: told once, no verdict. */
static void note_complaint(const struct test_run *run)
{
	const char *complaint = run->unit ? modelled_new_complaint(run->unit) : NULL;

	if (complaint)
		print("# note: %s: the model of unit %u says: %s\n", run->test->id,
		      run->unit->index, complaint);
}

/* Whatever fails for want of memory: the unit is not to blame. */
static void blame_memory(struct test_run *run, size_t failed_before)
{
	size_t failed = page_failed_count() - failed_before;

	if (run->has_failed && failed)
		test_error(run, "%zu allocations of memory failed", failed);
}

/* Of all agents, since a test may use more than one. */
static unsigned int count_silences(const struct unit *unit)
{
	const struct agent *agent;
	unsigned int count = 0;

	for (unsigned int nth = 0; unit && (agent = platform_agent(unit, nth)); nth++)
		count += agent->silent_count;
	return count;
}

/* A device with a mind of its own may stop for reasons that no unit has: then nothing is said of the unit. */
static void blame_agent(struct test_run *run, unsigned int silent_before)
{
	if (run->has_failed && count_silences(run->unit) != silent_before)
		test_error(run, "%s was silent", run->agent ? run->agent->name : "an agent");
}

static void run_one(const struct test *test, struct unit *unit, enum scene_stage scene_stage,
		    bool is_announced)
{
	static const char *previous_id; /* of the last one that was not skipped */
	const size_t failed_allocations = page_failed_count();
	struct stage stage = current.stage;
	const unsigned int silent_before = count_silences(unit);

	panic_context = test->id;
	obstacles_prepare(&current, test, unit, scene_stage);
	current.stage = stage;
	current.options = selected_by;
	if (!current.is_skipped) {
		dismiss_stage(&current, previous_id);
		if (is_announced)
			tap_announce(test->id);
		run_guarded(&current);
		previous_id = test->id;
	}
	blame_memory(&current, failed_allocations);
	blame_agent(&current, silent_before);
	ailments_settle(&current);
}

static bool count_one(const struct test *test, struct unit *unit, enum scene_stage stage)
{
	(void)test;
	(void)unit;
	(void)stage;
	return true;
}

/* So many results were visited in this run. */
static unsigned int visited;

/* The first test that wants a real unit reset has the machine reset, and is run when that is back. */
static bool is_reset_due(const struct test *test, const struct unit *unit)
{
	return test->flags & TEST_AFTER_RESET && unit->source == UNIT_REAL && !resume_is_back() &&
	       !resume_obstacle(selected_by);
}

static bool run_and_report(const struct test *test, struct unit *unit, enum scene_stage stage)
{
	if (visited++ < resume_done_count())
		return true;
	if (is_reset_due(test, unit)) {
		stage_strike(&current.stage);
		resume_reset_machine(visited - 1);
	}
	run_one(test, unit, stage, true);
	note_complaint(&current);
	verdict_report(&current);
	return true;
}

static void begin(const struct options *options)
{
	selected_by = options;
	ailments_forget();
	pages_at_rest = page_in_use_count();
}

static void end(void)
{
	stage_strike(&current.stage);
	for (unsigned int i = 0; i < platform.agent_count; i++)
		platform.agents[i].set_bus_master(&platform.agents[i], false);
	panic_context = NULL;
}

static void run_selected(const struct options *options, runner_visitor *visit)
{
	begin(options);
	runner_for_each(options, visit);
	end();
}

void runner_run(const struct options *options)
{
	unsigned int count = runner_for_each(options, count_one);

	tap_plan(count);
	resume_go_on(count);
	run_selected(options, run_and_report);
	ailments_print();
	if (!strcmp(options->tests, "*")) /* whoever chose knows */
		tap_print_tally();
}

static struct {
	const struct unit *unit;
	bool (*failed)(const struct test_run *run);
} probe;

static bool run_and_probe(const struct test *test, struct unit *unit, enum scene_stage stage)
{
	if (unit != probe.unit)
		return true;
	run_one(test, unit, stage, false);
	if (current.has_error)
		tap_bail_out(EXIT_COULD_NOT_RUN, "%s: %s", test->id, current.observed);
	return !current.has_failed || probe.failed(&current);
}

void runner_probe(const struct options *options, const struct unit *unit,
		  bool (*failed)(const struct test_run *run))
{
	probe.unit = unit;
	probe.failed = failed;
	run_selected(options, run_and_probe);
}

const char *runner_try(const struct options *options, const struct test *test, struct unit *unit,
		       enum scene_stage stage)
{
	begin(options);
	run_one(test, unit, stage, false);
	if (current.stage.is_up)
		bring_to_rest(&current, current.stage.unit, test->id);
	end();
	return current.has_failed || current.has_error ? current.observed : NULL;
}
