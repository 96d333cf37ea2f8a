/* SPDX-License-Identifier: MIT */
/* From mode to mode on modelled units, with DMA before, meanwhile and after. */
#include "tests/host/check.h"

#include <stdio.h>
#include <string.h>

#include "arch/page.h"
#include "tests/host/bringup/bringup_world.h"

static struct tables sets[2];
static struct tables *now, *other;
static struct transition transition;
static unsigned int stops, resumes;

static bool count_stop(void *context)
{
	(void)context;
	stops++;
	return true;
}

static bool count_resume(void *context)
{
	(void)context;
	resumes++;
	return true;
}

/* A platform committed in a mode, its tables in hand. */
static void start(const char *topology, enum bringup_mode mode)
{
	const struct bringup_request request = { .mode = mode };

	world_open(topology, VCMD_AUTO);
	assert_true(world_plan(&request));
	assert_true(world_commit());
	memset(sets, 0, sizeof(sets));
	now = &sets[0];
	other = &sets[1];
	*now = world.tables;
	world.tables = (struct tables){ 0 };
	stops = resumes = 0;
}

static void finish(void)
{
	world_inject(WORLD_SOUND, 0);
	world.tables = *now;
	tables_destroy(other);
	assert_true(bringup_release(&world.bringup));
	world_close();
}

/* The same where the unit was led astray so far that its queue does not drain any more. */
static void abandon(void)
{
	world.tables = *now;
	tables_destroy(other);
	world_close();
}

/* The plan of the same platform in the other mode says what the new tables look like. */
static void prepare(enum ttm to)
{
	struct bringup_request request = { .mode = BRINGUP_LEGACY };
	static struct bringup_plan plan;

	if (to == TTM_SCALABLE)
		request.mode = BRINGUP_SCALABLE;
	assert_true(bringup_plan(world.surveys, world.unit_count, &request, &plan));
	transition = (struct transition){
		.units = world.units,
		.unit_count = world.unit_count,
		.old = now,
		.next = to == TTM_ABORT ? NULL : other,
		.to = to,
		.format = plan.format,
		.devices = world.list,
		.device_count = world.device_count,
		.quiesce = count_stop,
		.resume = count_resume,
	};
}

static void swap_sets(void)
{
	struct tables *old = now;

	if (transition.to == TTM_ABORT)
		return;
	now = other;
	other = old;
}

static void expect_dma(enum world_landing expected)
{
	for (unsigned int i = 0; i < world.device_count; i++)
		for (unsigned int twice = 0; twice < 2; twice++)
			if (world_dma(i, false, 0) != expected)
				fail_msg("device %u: landing %d expected", i, (int)expected);
}

static void expect_mode(enum ttm mode)
{
	for (unsigned int i = 0; i < world.unit_count; i++) {
		assert_int_equal(world.models[i].ttm, mode);
		assert_true(world.models[i].gsts & FIELD_MASK(GSTS_TES));
	}
}

static void go(enum ttm to)
{
	const enum status status = (prepare(to), transition_run(&transition));

	if (status != STATUS_OK)
		fail_msg("step \"%s\", unit %u: %s", transition_step_words(transition.failed_step),
			 transition.failed_unit,
			 unit_failure(&world.units[transition.failed_unit % world.unit_count]));
	swap_sets();
	expect_mode(to);
	expect_dma(to == TTM_ABORT ? WORLD_BLOCKED : WORLD_LANDED);
	world_expect_no_complaint();
	assert_int_equal(stops, resumes);
}

/* ---- all ways there and back ---- */

static void test_there_and_back(void **unused)
{
	static const char *const topologies[] = {
		"sm",
		"sm,sm",
		"sm+esrtps",
		"sm+esrtps,sm",
		"sm,sm+esrtps+cm-c-smpwcs",
		"sm+gsts-delay=3+lazy,sm",
		"sm+aw=57,sm+aw=39",
		"sm+sagaw=2,sm+sagaw=4,sm+aw=57+sagaw=8",
		"sm-ssts+fsts",
		"sm+fsts,sm-ssts+fsts+esrtps",
		"sm-ssts+fsts+fs5lp+aw=57,sm-c-smpwcs",
		"qemu",
		"sm*8",
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(topologies) / sizeof(topologies[0]); i++) {
		start(topologies[i], BRINGUP_LEGACY);
		expect_dma(WORLD_LANDED);
		go(TTM_SCALABLE);
		go(TTM_LEGACY);
		go(TTM_LEGACY);
		go(TTM_SCALABLE);
		go(TTM_SCALABLE);
		go(TTM_LEGACY);
		assert_int_equal(stops, 6);
		finish();
	}
}

static void test_abort_dma(void **unused)
{
	static const char *const topologies[] = { "sm+adms", "sm+adms+esrtps",
						  "sm+adms,sm+adms+esrtps", "legacy+adms" };

	(void)unused;
	for (size_t i = 0; i < sizeof(topologies) / sizeof(topologies[0]); i++) {
		const bool is_legacy = strstr(topologies[i], "legacy");
		const enum ttm mode = is_legacy ? TTM_LEGACY : TTM_SCALABLE;

		start(topologies[i], BRINGUP_ANY);
		go(TTM_ABORT);
		go(mode);
		go(TTM_ABORT);
		go(TTM_LEGACY);
		finish();
	}
}

static void test_units_that_cannot(void **unused)
{
	static const struct {
		const char *topology;
		enum ttm to;
		const char *words;
	} rows[] = {
		{ "sm,legacy", TTM_SCALABLE, "lacks ECAP.SMTS (bit 43)" },
		{ "sm,sm", TTM_ABORT, "lacks ECAP.ADMS (bit 52)" },
		{ "sm,legacy-qi-ir-eim", TTM_SCALABLE, "ECAP.QI (bit 1)" },
	};
	unsigned int unit;

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(rows[i].topology, BRINGUP_LEGACY);
		prepare(TTM_LEGACY);
		transition.to = rows[i].to;
		world_reset_counts();
		assert_int_equal(transition_run(&transition), STATUS_UNSUPPORTED);
		assert_int_equal(world_write_count(), 0);
		assert_int_equal(transition_check(&transition, &unit), STATUS_UNSUPPORTED);
		if (!strstr(unit_failure(&world.units[unit]), rows[i].words))
			fail_msg("%s", unit_failure(&world.units[unit]));
		expect_dma(WORLD_LANDED);
		finish();
	}
}

/* ---- meanwhile ---- */

/* DMA that nobody stopped, after each step: untranslated only where ESRTPS is missing. */
static void watch(const char *topology, enum bringup_mode from, enum ttm to, bool may_pass)
{
	unsigned int unit, passed = 0;

	start(topology, from);
	expect_dma(WORLD_LANDED);
	prepare(to);
	assert_int_equal(transition_check(&transition, &unit), STATUS_OK);
	for (enum transition_step step = 0; step < TRANSITION_RETIRE; step++)
		for (unsigned int i = 0; i < world.unit_count; i++) {
			if (i && !transition_step_is_per_unit(step))
				break;
			assert_int_equal(transition_run_step(&transition, step, i), STATUS_OK);
			for (unsigned int d = 0; d < world.device_count; d++) {
				enum world_landing landing = world_dma(d, false, 0);

				assert_int_not_equal(landing, WORLD_ASTRAY);
				passed += landing == WORLD_PASSED;
			}
		}
	assert_int_equal(transition_run_step(&transition, TRANSITION_RETIRE, 0), STATUS_OK);
	swap_sets();
	assert_int_equal(passed != 0, may_pass);
	finish();
}

static void test_meanwhile(void **unused)
{
	(void)unused;
	watch("sm+esrtps,sm+esrtps", BRINGUP_LEGACY, TTM_SCALABLE, false);
	watch("sm+esrtps,sm+esrtps", BRINGUP_SCALABLE, TTM_LEGACY, false);
	watch("sm+esrtps+adms", BRINGUP_SCALABLE, TTM_ABORT, false);
	watch("sm,sm", BRINGUP_LEGACY, TTM_SCALABLE, true);
	watch("sm,sm", BRINGUP_LEGACY, TTM_LEGACY, false);
}

/* ---- with one step left out ---- */

enum omission {
	SEEN_COMPLAINT, /* software broke a rule of the book */
	SEEN_FAILURE,	/* a later step fails */
	SEEN_DMA,	/* DMA does not land where the new tables say */
	SEEN_NOTHING,
};

static enum omission run_without(enum transition_step omitted)
{
	unsigned int unit;

	assert_int_equal(transition_check(&transition, &unit), STATUS_OK);
	for (enum transition_step step = 0; step < TRANSITION_RETIRE; step++) {
		if (step != omitted && transition_run_step(&transition, step, 0) != STATUS_OK)
			return SEEN_FAILURE;
		if (step == TRANSITION_DRAIN) /* a device that did not stop fills the caches */
			(void)world_dma(0, false, 0);
	}
	for (unsigned int d = 0; d < world.device_count; d++)
		if (world_dma(d, false, 0) != WORLD_LANDED)
			return SEEN_DMA;
	return model_take_complaint(&world.models[0]) ? SEEN_COMPLAINT : SEEN_NOTHING;
}

/*
 * New tables that map to other targets, so that old ones show. Where translation goes off on the
 * way, a unit with scalable mode flushes its caches by itself ("Global Command Register": TE), and
 * so does one with ESRTPS. DMA does not show what is left out then; where it was due all the same,
 * the model does.
 */
static void test_one_step_left_out(void **unused)
{
	static const struct {
		const char *topology;
		enum bringup_mode from;
		enum ttm to;
		enum transition_step omitted;
		enum omission seen;
	} rows[] = {
		{ "sm", BRINGUP_LEGACY, TTM_SCALABLE, TRANSITION_DISABLE, SEEN_COMPLAINT },
		{ "sm+esrtps", BRINGUP_LEGACY, TTM_SCALABLE, TRANSITION_DISABLE, SEEN_NOTHING },
		{ "sm", BRINGUP_LEGACY, TTM_SCALABLE, TRANSITION_QUEUE_OFF, SEEN_FAILURE },
		{ "sm", BRINGUP_LEGACY, TTM_SCALABLE, TRANSITION_QUEUE_ON, SEEN_FAILURE },
		{ "sm", BRINGUP_LEGACY, TTM_SCALABLE, TRANSITION_LATCH, SEEN_FAILURE },
		{ "sm", BRINGUP_SCALABLE, TTM_LEGACY, TRANSITION_LATCH, SEEN_FAILURE },
		{ "sm", BRINGUP_LEGACY, TTM_SCALABLE, TRANSITION_ENABLE, SEEN_DMA },
		{ "sm", BRINGUP_LEGACY, TTM_SCALABLE, TRANSITION_CONTEXT_CACHE, SEEN_COMPLAINT },
		{ "sm", BRINGUP_LEGACY, TTM_LEGACY, TRANSITION_CONTEXT_CACHE, SEEN_DMA },
		{ "sm", BRINGUP_SCALABLE, TTM_SCALABLE, TRANSITION_CONTEXT_CACHE, SEEN_DMA },
		{ "sm", BRINGUP_SCALABLE, TTM_SCALABLE, TRANSITION_PASID_CACHE, SEEN_DMA },
		{ "sm", BRINGUP_LEGACY, TTM_LEGACY, TRANSITION_IOTLB, SEEN_DMA },
		{ "sm", BRINGUP_SCALABLE, TTM_SCALABLE, TRANSITION_IOTLB, SEEN_DMA },
		{ "sm+esrtps", BRINGUP_SCALABLE, TTM_SCALABLE, TRANSITION_IOTLB, SEEN_NOTHING },
		{ "legacy", BRINGUP_LEGACY, TTM_LEGACY, TRANSITION_LATCH, SEEN_DMA },
		{ "legacy", BRINGUP_LEGACY, TTM_LEGACY, TRANSITION_STEP_COUNT, SEEN_NOTHING },
		{ "sm", BRINGUP_SCALABLE, TTM_LEGACY, TRANSITION_STEP_COUNT, SEEN_NOTHING },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *was[WORLD_FUNCTIONS], *fresh[WORLD_FUNCTIONS];
		enum omission seen;

		start(rows[i].topology, rows[i].from);
		expect_dma(WORLD_LANDED);
		for (unsigned int d = 0; d < WORLD_FUNCTIONS; d++) {
			was[d] = world.devices[d].targets;
			fresh[d] = page_alloc_contiguous(WORLD_WINDOW_PAGES, 1);
			world.devices[d].targets = fresh[d];
			world.devices[d].mapping.to = phys_of(fresh[d]);
		}
		prepare(rows[i].to);
		seen = run_without(rows[i].omitted);
		if (seen != rows[i].seen)
			fail_msg("%s to %d without \"%s\": seen %d, expected %d", rows[i].topology,
				 rows[i].to, transition_step_words(rows[i].omitted), seen,
				 rows[i].seen);
		for (unsigned int d = 0; d < WORLD_FUNCTIONS; d++) {
			world.devices[d].targets = was[d];
			page_free_contiguous(fresh[d], WORLD_WINDOW_PAGES);
		}
		if (seen == SEEN_FAILURE)
			abandon();
		else
			finish();
	}
}

/*
 * ---- one write lost on the way ----
 *
 * Within one mode, nothing but DMA shows that SRTP was lost: GSTS.RTPS is set before and after.
 */

static bool survives(const char *topology, enum bringup_mode from, enum ttm to, unsigned int nth)
{
	const enum ttm before = from == BRINGUP_SCALABLE ? TTM_SCALABLE : TTM_LEGACY;
	enum status status;
	bool has_struck;

	start(topology, from);
	prepare(to);
	world_inject(WORLD_LOSES_ONE, nth);
	status = transition_run(&transition);
	has_struck = world.has_struck;
	world_inject(WORLD_SOUND, 0);
	if (status == STATUS_OK) {
		swap_sets();
		expect_mode(to);
	} else {
		if (!transition.is_back)
			fail_msg("%s, write %u, step \"%s\", unit %u: not back: %s; %s", topology,
				 nth, transition_step_words(transition.failed_step),
				 transition.failed_unit, unit_failure(&world.units[0]),
				 unit_failure(&world.units[world.unit_count - 1]));
		expect_mode(before);
		assert_int_equal(stops, resumes);
	}
	expect_dma(WORLD_LANDED);
	finish();
	return has_struck;
}

static void test_every_write_lost_once(void **unused)
{
	static const char *const topologies[] = { "sm,sm", "sm+esrtps,sm" };
	unsigned int cases = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(topologies) / sizeof(topologies[0]); i++) {
		for (unsigned int n = 0; survives(topologies[i], BRINGUP_LEGACY, TTM_SCALABLE, n);
		     n++)
			cases++;
		for (unsigned int n = 0; survives(topologies[i], BRINGUP_SCALABLE, TTM_LEGACY, n);
		     n++)
			cases++;
	}
	print_message("%u transitions with one write lost\n", cases);
	assert_int_in_range(cases, 50, 1000);
}

/* A unit that does not keep the new mode, and one that dies: nothing of it reaches DMA. */
static void test_units_that_lie(void **unused)
{
	(void)unused;
	start("sm,sm", BRINGUP_LEGACY);
	prepare(TTM_SCALABLE);
	world.models[1].config.misbehaviour.ttm_not_kept = true;
	assert_int_equal(transition_run(&transition), STATUS_REFUSED);
	assert_int_equal(transition.failed_step, TRANSITION_LATCH);
	assert_int_equal(transition.failed_unit, 1);
	assert_true(transition.is_back);
	expect_mode(TTM_LEGACY);
	expect_dma(WORLD_LANDED);
	finish();
}

static bool fail_to_stop(void *context)
{
	(void)context;
	return false;
}

static void test_devices_that_do_not_stop(void **unused)
{
	(void)unused;
	start("sm,sm", BRINGUP_LEGACY);
	prepare(TTM_SCALABLE);
	transition.quiesce = fail_to_stop;
	world_reset_counts();
	assert_int_equal(transition_run(&transition), STATUS_TIMEOUT);
	assert_int_equal(transition.failed_step, TRANSITION_QUIESCE);
	assert_int_equal(world_write_count(), 0);
	assert_int_equal(resumes, 1);
	expect_dma(WORLD_LANDED);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_abort_dma),
		cmocka_unit_test(test_units_that_cannot),
		cmocka_unit_test(test_meanwhile),
		cmocka_unit_test(test_one_step_left_out),
		cmocka_unit_test(test_every_write_lost_once),
		cmocka_unit_test(test_units_that_lie),
		cmocka_unit_test(test_devices_that_do_not_stop),
	};

	world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
