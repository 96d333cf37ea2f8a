/* SPDX-License-Identifier: MIT */
#include "tests/engine/runner.h"

#include "arch/mmio_hole.h"
#include "arch/page.h"
#include "arch/panic.h"
#include "arch/print.h"
#include "arch/string.h"
#include "arch/trap.h"
#include "iommu/structures/translation.h"
#include "tests/engine/agents.h"
#include "tests/engine/ailments.h"
#include "tests/engine/known/known.h"
#include "tests/engine/platform.h"
#include "tests/engine/resume.h"
#include "tests/engine/tap.h"
#include "tests/scenes/scene_test.h"
#include "tests/units/modelled.h"

/* A test that runs longer than this hangs. Sweeps with a slow agent take a minute. */
#define TEST_LIMIT_US (UINT64_C(180) * 1000000)

static struct test_run current;
static const struct options *selected_by;

static void append(char *text, size_t size, const char *separator, const char *more)
{
	size_t used = strlen(text);

	print_to(text + used, size - used, "%s%s", used ? separator : "", more);
}

static void observe(struct test_run *run, const char *format, va_list args)
{
	char text[1024];

	print_format(text, sizeof(text), format, args);
	append(run->observed, sizeof(run->observed), "; ", text);
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

static unsigned int features_for(const struct dma *dma)
{
	return dma && dma->is_read ? AGENT_READ : 0;
}

/* In a first stage, commands of an agent have no entries of their own above the lower two levels. */
static unsigned int features_in(const struct test *test, const struct unit *unit,
				enum scene_stage stage)
{
	struct scene scene = test->scene;
	unsigned int features = 0;

	scene.stage = stage;
	scene = scene_resolved(&scene, &unit->caps);
	for (unsigned int i = 0; i < POKES_MAX; i++)
		if (test->poke[i].at == AT_LEVEL_3 || test->poke[i].at == AT_TOP)
			features = AGENT_ALONE;
	return scene.stage == STAGE_FIRST || scene.stage == STAGE_NESTED ? features : 0;
}

/* What a test asks of its agent: by its words, and by the DMA that it declares. */
static struct agent_job job_of(const struct test *test, const struct unit *unit,
			       enum scene_stage stage)
{
	return (struct agent_job){
		.features = test->agent_features | features_for(&test->dma) |
			    features_for(test->after) | features_in(test, unit, stage),
		.offset = test->dma.offset,
		.bytes = test->dma.bytes,
		.is_read = test->dma.is_read || (test->after && test->after->is_read),
	};
}

static void skip_without_agent(struct test_run *run)
{
	if (!platform_agent(run->unit, 0)) {
		test_skip(run, "no DMA agent behind unit %u", run->unit->index);
		return;
	}
	run->is_skipped = true;
	agents_describe_lack(run->unit, job_of(run->test, run->unit, run->scene.stage),
			     run->skip_reason, sizeof(run->skip_reason));
}

/* Why a test cannot be made on this unit; empty if it can. */
static void find_obstacle(struct test_run *run)
{
	const struct test *test = run->test;
	uint64_t missing, present;
	char bits[100];

	if (test->flags & TEST_ONCE)
		return;
	missing = caps_missing(&run->unit->caps, test->needs | scene_needs(test->scene.stage));
	present = test->needs_absent & ~caps_missing(&run->unit->caps, test->needs_absent);
	if (missing) {
		caps_format_missing(missing, bits, sizeof(bits));
		test_skip(run, "unit %u lacks %s", run->unit->index, bits);
	} else if (present) {
		caps_format_missing(present, bits, sizeof(bits));
		test_skip(run, "unit %u has %s", run->unit->index, bits);
	} else if (!(test->flags & TEST_WITHOUT_AGENT) && !run->agent) {
		skip_without_agent(run);
	} else if (test->flags & TEST_MISSING_MEMORY && run->unit->source == UNIT_REAL &&
		   !platform_is_virtual()) {
		test_skip(run, "would make hardware read absent memory: only on a virtual machine");
	}
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

/* Why the unit deviates so, if that is known of it. */
static char known_why[400];

static bool is_deviation_known(const struct test_run *run, const struct known_unit *unit)
{
	bool is_whole = strlen(run->observed) + 1 < sizeof(run->observed);

	return is_whole &&
	       known_explains(run->test->id, unit, run->observed, known_why, sizeof(known_why));
}

static bool is_deviation_due(const struct test_run *run, const struct known_unit *unit)
{
	return known_has(run->test->id, unit);
}

/*
 * Asks about the unit of a test; of a test about the whole platform, about each unit of it. No
 * profile speaks of modelled ones.
 */
static bool ask_profile(const struct test_run *run,
			bool (*answer)(const struct test_run *, const struct known_unit *))
{
	struct known_unit none = { .host_address_bits = platform.dmar.host_address_bits };

	for (unsigned int u = 0; u < platform.unit_count; u++) {
		struct known_unit unit = none;

		unit.caps = &platform.units[u].caps;
		if ((!run->unit || run->unit == &platform.units[u]) &&
		    platform.units[u].source == UNIT_REAL && answer(run, &unit))
			return true;
	}
	return !run->unit && answer(run, &none);
}

static enum tap_kind judge(const struct test_run *run, const char **note)
{
	bool is_known;

	*note = run->skip_reason;
	if (run->has_error)
		return TAP_ERROR;
	if (run->has_failed) {
		is_known = ask_profile(run, is_deviation_known);
		*note = is_known ? known_why : NULL;
		return is_known ? TAP_KNOWN : TAP_FAIL;
	}
	if (run->is_skipped)
		return TAP_SKIP;
	*note = "the profile knows a deviation here, but there is none";
	return ask_profile(run, is_deviation_due) ? TAP_CURED : TAP_PASS;
}

/* A rule that our own software broke without the test noticing: told once, no verdict. */
static void note_complaint(const struct test_run *run)
{
	const char *complaint = run->unit ? modelled_new_complaint(run->unit) : NULL;

	if (complaint)
		print("# note: %s: the model of unit %u says: %s\n", run->test->id,
		      run->unit->index, complaint);
}

/* What tells this result from the others of a test that asks each stage; NULL if nothing does. */
static const char *stage_name(const struct test_run *run)
{
	static const char *const names[] = {
		[STAGE_FIRST] = "first stage",
		[STAGE_NESTED] = "nested",
		[EACH_STAGE] = NULL,
	};

	return run->test->scene.stage >= EACH_STAGE ? names[run->scene.stage] : NULL;
}

static void report(const struct test_run *run)
{
	struct tap_result result = {
		.id = run->test->id,
		.unit = run->unit ? (int)run->unit->index : -1,
		.stage = stage_name(run),
		.is_for_ailment = run->is_skipped_for_ailment,
		.spec = run->test->spec,
		.expected = run->expected,
		.got = run->got,
		.differs = run->observed,
	};

	result.kind = judge(run, &result.note);
	tap_report(&result);
}

/* Whatever fails for want of memory: the unit is not to blame. */
static void blame_memory(struct test_run *run, size_t failed_before)
{
	size_t failed = page_failed_count() - failed_before;

	if (run->has_failed && failed)
		test_error(run, "%zu allocations of memory failed", failed);
}

/* A device with a mind of its own may stop for reasons that no unit has: then nothing is said of the unit. */
static void blame_agent(struct test_run *run, const struct agent *agent, unsigned int silent_before)
{
	if (run->has_failed && agent && agent->silent_count != silent_before)
		test_error(run, "%s was silent", agent->name);
}

static void run_one(const struct test *test, struct unit *unit, enum scene_stage scene_stage,
		    bool is_announced)
{
	static const char *previous_id; /* of the last one that was not skipped */
	const size_t failed_allocations = page_failed_count();
	struct stage stage = current.stage;
	unsigned int silent_before;
	struct agent *agent;

	memset(&current, 0, sizeof(current));
	current.stage = stage;
	current.test = test;
	current.unit = unit;
	current.scene = test->scene;
	current.scene.stage = scene_stage;
	current.options = selected_by;
	current.agent = agent = unit ? agents_choose(unit, job_of(test, unit, scene_stage)) : NULL;
	silent_before = agent ? agent->silent_count : 0;
	panic_context = test->id;
	find_obstacle(&current);
	if (!current.is_skipped) {
		dismiss_stage(&current, previous_id);
		if (is_announced)
			tap_announce(test->id);
		run_guarded(&current);
		previous_id = test->id;
	}
	blame_memory(&current, failed_allocations);
	blame_agent(&current, agent, silent_before);
	ailments_settle(&current);
}

static bool count_one(const struct test *test, struct unit *unit, enum scene_stage stage)
{
	(void)test;
	(void)unit;
	(void)stage;
	return true;
}

static struct {
	const struct unit *unit;
	enum vcmd_ailment ailment;
	bool has_current_passed;
	const struct test *found;
} search;

static bool look_for_teller(const struct test *test, struct unit *unit, enum scene_stage stage)
{
	static struct test_run run;

	if (unit != search.unit)
		return true;
	if (search.has_current_passed && test->tells == search.ailment) {
		memset(&run, 0, sizeof(run));
		run.test = test;
		run.unit = unit;
		run.agent = agents_choose(unit, job_of(test, unit, stage));
		find_obstacle(&run);
		if (!run.is_skipped)
			search.found = test;
	}
	search.has_current_passed |= test == current.test;
	return !search.found;
}

const struct test *runner_find_later(const struct unit *unit, enum vcmd_ailment ailment)
{
	memset(&search, 0, sizeof(search));
	search.unit = unit;
	search.ailment = ailment;
	runner_for_each(selected_by, look_for_teller);
	return search.found;
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
	report(&current);
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
