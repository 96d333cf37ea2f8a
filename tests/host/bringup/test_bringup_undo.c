/* SPDX-License-Identifier: MIT */
/* A commit that fails takes back what it did: units that lie, lost writes, earlier stages. */
#include "tests/host/check.h"

#include <string.h>

#include "tests/host/bringup/bringup_check.h"

/* ---- units that lie ---- */

static const struct {
	const char *topology;
	enum bringup_reason reason;
	enum bringup_step step;
	bool is_undone; /* as far as the unit lets anyone see */
	const char *words;
} liars[] = {
	{ "sm,sm+ttm-lost", BRINGUP_REASON_MODE_NOT_KEPT, BRINGUP_STEP_ROOT, true, "RTADDR reads" },
	{ "sm,sm+gsts-stuck", BRINGUP_REASON_STEP_FAILED, BRINGUP_STEP_QUEUE, true,
	  "GSTS (01c) reads 00000000 after 100000 us; bits 04000000 should be 04000000" },
	{ "legacy,legacy-qi-ir-eim+gsts-stuck", BRINGUP_REASON_STEP_FAILED, BRINGUP_STEP_ROOT,
	  false, "bits 40000000 should be 40000000" },
	{ "sm,sm+srtp-stuck", BRINGUP_REASON_STEP_FAILED, BRINGUP_STEP_ROOT, false,
	  "bits 40000000 should be 40000000" },
	{ "sm,sm+defect=rtps_never_shows", BRINGUP_REASON_STEP_FAILED, BRINGUP_STEP_ROOT, false,
	  "GSTS (01c)" },
	{ "sm,sm+defect=tes_never_shows", BRINGUP_REASON_STEP_FAILED, BRINGUP_STEP_ENABLE, true,
	  "GSTS (01c)" },
	{ "sm,sm+defect=high_half_lost", BRINGUP_REASON_OK, BRINGUP_STEP_DONE, true, "done" },
	{ "sm,sm+defect=iqa_not_kept", BRINGUP_REASON_STEP_FAILED, BRINGUP_STEP_INVALIDATE, true,
	  "queue" },
};

static void test_liars(void **unused)
{
	const struct bringup_request request = { 0 };
	char text[600];

	(void)unused;
	for (size_t i = 0; i < sizeof(liars) / sizeof(liars[0]); i++) {
		const bool is_fine = liars[i].reason == BRINGUP_REASON_OK;

		check_planned(liars[i].topology, &request);
		assert_int_equal(world_commit(), is_fine);
		bringup_result_describe(&world.bringup, text, sizeof(text));
		if (world.bringup.result.reason != liars[i].reason ||
		    world.bringup.result.step != liars[i].step ||
		    (!is_fine && world.bringup.result.is_undone != liars[i].is_undone) ||
		    !strstr(text, liars[i].words))
			fail_msg("%s: %s", liars[i].topology, text);
		if (!is_fine) {
			check_as_found();
			check_landing(WORLD_PASSED); /* nothing translates, as found */
		}
		world_close();
	}
}

/* ---- one lost write, at every place ---- */

/* DMA of units that nobody had turned on passes again. */
static void expect_untranslated(void)
{
	for (unsigned int d = 0; d < world.device_count; d++)
		if (world.topology.units[world.list[d].unit].entry == ENTRY_OFF)
			assert_int_equal(world_dma(d, false, 0), WORLD_PASSED);
}

/* That SRTP was lost shows nowhere if a unit was found translating in the very mode. */
static void expect_landed_but_for_srtp(unsigned int device)
{
	const enum topology_entry entry = world.topology.units[world.list[device].unit].entry;
	const enum topology_entry same = world.plan.format.scalable ? ENTRY_SM_ON : ENTRY_LEGACY_ON;
	const enum world_landing landing = world_dma(device, false, 0);

	assert_true(landing == WORLD_LANDED || (landing == WORLD_FOREIGN && entry == same));
}

/* Loses write number `nth`; false once the commit needs fewer writes than that. */
static bool commit_survives(const char *topology, const struct bringup_request *request,
			    unsigned int nth)
{
	bool is_fine, has_struck;

	check_planned(topology, request);
	world_inject(WORLD_LOSES_ONE, nth);
	is_fine = world_commit();
	has_struck = world.has_struck;
	if (is_fine) { /* it did not matter: then nothing is wrong */
		for (unsigned int d = 0; d < world.device_count; d++)
			expect_landed_but_for_srtp(d);
		world_inject(WORLD_SOUND, 0);
		assert_true(bringup_release(&world.bringup));
	} else {
		char text[600];

		bringup_result_describe(&world.bringup, text, sizeof(text));
		if (!world.bringup.result.is_undone)
			fail_msg("%s, write %u: %s", topology, nth, text);
		check_as_found();
		expect_untranslated();
		assert_int_equal(world.pasids.source_count, 0);
	}
	world_close();
	return has_struck;
}

static void test_every_write_lost_once(void **unused)
{
	static const char *const topologies[] = { "sm,sm",
						  "sm,legacy",
						  "legacy-qi-ir-eim,legacy",
						  "sm+vcs,sm+esrtps",
						  "sm+entry=sm-on,sm",
						  "sm,sm+entry=legacy-on",
						  "sm+entry=qi-on",
						  "legacy-qi-ir-eim+entry=legacy-on",
						  "sm+entry=ir-on,sm",
						  "sm+esrtps+entry=legacy-on,sm+esrtps" };
	const struct bringup_request request = {
		.pasids = BRINGUP_WANTED,
		.interrupt_remapping = BRINGUP_WANTED,
	};
	unsigned int cases = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(topologies) / sizeof(topologies[0]); i++)
		for (unsigned int nth = 0; commit_survives(topologies[i], &request, nth); nth++)
			cases++;
	print_message("%u commits with one write lost\n", cases);
	assert_int_in_range(cases, 100, 1000);
}

/* ---- hand-over from an earlier stage ---- */

/* A unit found translating still does after a failure elsewhere, on the tables it had. */
static void test_found_translating_stays_so(void **unused)
{
	static const char *const topologies[] = {
		"sm+entry=sm-on,sm+ttm-lost",
		"sm+entry=legacy-on,sm+ttm-lost",
		"sm+entry=sm-on+esrtps,sm+ttm-lost",
		"legacy-qi-ir-eim+entry=legacy-on,sm-qi-ir-eim+srtp-stuck",
		"legacy+entry=legacy-on,legacy+defect=tes_never_shows",
		"legacy-qi-ir-eim+entry=legacy-on,legacy+defect=tes_never_shows",
	};
	const struct bringup_request request = { 0 };

	(void)unused;
	for (size_t i = 0; i < sizeof(topologies) / sizeof(topologies[0]); i++) {
		check_planned(topologies[i], &request);
		assert_int_equal(world_dma(0, false, 0), WORLD_FOREIGN);
		world.is_busy = true;
		assert_false(world_commit());
		world.is_busy = false;
		assert_true(world.models[0].gsts & FIELD_MASK(GSTS_TES));
		assert_int_equal(world_dma(0, false, 0), WORLD_FOREIGN);
		check_as_found();
		assert_int_equal(world_dma_outside(0), WORLD_BLOCKED);
		assert_int_equal(world.bringup.result.unit, 1);
		world_expect_no_complaint();
		world_close();
	}
}

static void test_protected_memory(void **unused)
{
	const struct bringup_request request = { 0 };

	(void)unused;
	check_planned("legacy,legacy", &request);
	model_write(&world.models[1], REG_PMEN, 4, FIELD_MASK(PMEN_EPM));
	check_remember();
	check_committed();
	assert_int_equal(model_read(&world.models[1], REG_PMEN, 4), 0);
	assert_true(bringup_release(&world.bringup));
	model_write(&world.models[1], REG_PMEN, 4, FIELD_MASK(PMEN_EPM));
	check_remember();
	world.models[1].config.misbehaviour.srtp_never_completes = true;
	assert_false(world_commit());
	check_as_found();
	world_close();
}
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_liars),
		cmocka_unit_test(test_every_write_lost_once),
		cmocka_unit_test(test_found_translating_stays_so),
		cmocka_unit_test(test_protected_memory),
	};

	world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
