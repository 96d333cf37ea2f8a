/* SPDX-License-Identifier: MIT */
/* The commit on modelled units: what it programs, what it refuses, and that it undoes itself. */
#include "tests/host/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/page.h"
#include "iommu/structures/publish.h"
#include "tests/host/bringup/bringup_check.h"

/* ---- what works ---- */

static const struct {
	const char *topology;
	struct bringup_request request;
	bool scalable;
} good[] = {
	{ "sm", { 0 }, true },
	{ "legacy", { 0 }, false },
	{ "sm,sm", { .pasids = BRINGUP_WANTED }, true },
	{ "sm,legacy", { .pasids = BRINGUP_WANTED }, false },
	{ "legacy,sm", { 0 }, false },
	{ "sm+vcs", { .pasids = BRINGUP_WANTED }, true },
	{ "sm+vcs", { 0 }, true }, /* SVA off: PASID 0 alone */
	{ "sm+vcs-draft", { .pasids = BRINGUP_WANTED }, true },
	{ "sm+vcs-pas", { .pasids = BRINGUP_WANTED }, true },
	{ "sm+vcs+shared*2", { .pasids = BRINGUP_WANTED }, true },
	{ "sm+vcs+shared,sm+vcs-draft+shared", { .pasids = BRINGUP_WANTED }, true },
	{ "sm+vcs,sm", { .pasids = BRINGUP_WANTED }, true },
	{ "sm,sm+vcs", { .pasids = BRINGUP_WANTED }, true },
	{ "sm+vcs,legacy", { .pasids = BRINGUP_WANTED }, false },
	{ "sm+vcs+capacity=1", { .pasids = BRINGUP_WANTED }, true },
	{ "sm+vcs+slow=9", { .pasids = BRINGUP_WANTED }, true },
	{ "sm,sm+pss=7", { .pasids = BRINGUP_WANTED }, true },
	{ "sm,sm-c-smpwcs+cm", { 0 }, true },
	{ "sm,sm+esrtps", { 0 }, true },
	{ "sm,sm-pt-sc", { .pass_through = BRINGUP_WANTED }, true },
	{ "sm,legacy-qi-ir-eim", { 0 }, false },
	{ "sm,legacy+rwbf", { 0 }, false },
	{ "sm-ssts,sm", { 0 }, false },
	{ "sm+aw=57,sm+aw=39", { 0 }, true },
	{ "sm,sm+absent=ones", { .leaves_out_absent = true }, true },
	{ "sm,legacy", { .interrupt_remapping = BRINGUP_REQUIRED }, false },
	{ "sm,sm+esirtps", { .interrupt_remapping = BRINGUP_REQUIRED }, true },
	{ "sm+gsts-delay=7+lazy", { 0 }, true },
	{ "sm,sm+entry=sm-on", { 0 }, true },
	{ "sm,sm+entry=legacy-on", { 0 }, true },
	{ "sm,sm+entry=qi-on", { 0 }, true },
	{ "sm,sm+entry=ir-on", { 0 }, true },
	{ "legacy+entry=legacy-on,sm+entry=sm-on", { 0 }, false },
	{ "legacy-qi-ir-eim+entry=legacy-on", { 0 }, false },
	{ "qemu,all+pasids=100",
	  { .pasids = BRINGUP_WANTED },
	  true }, /* no SVA: qemu has no PASIDs */
	{ "qemu", { 0 }, true },
	/* depths that differ, and units that do not translate */
	{ "sm+sagaw=2,sm+sagaw=4,sm+aw=57+sagaw=8", { .pasids = BRINGUP_WANTED }, true },
	{ "legacy+sagaw=2+mgaw=38,legacy+sagaw=4", { 0 }, false },
	{ "legacy-qi-ir-eim+sagaw=4,sm+sagaw=2", { 0 }, false },
	{ "sm,sm-ssts+sagaw=0+ver=6.0",
	  { .leaves_untranslated = true, .interrupt_remapping = BRINGUP_REQUIRED },
	  true },
	{ "sm+sagaw=0,legacy+sagaw=2", { .leaves_untranslated = true }, false },
	{ "qemu+sagaw=0,sm+sagaw=0",
	  { .leaves_untranslated = true, .interrupt_remapping = BRINGUP_REQUIRED },
	  false },
	/* either stage, beside each other, and with a walk that is not snooped */
	{ "sm-ssts+fsts", { .pasids = BRINGUP_WANTED }, true },
	{ "sm+fsts", { .pasids = BRINGUP_WANTED, .pass_through = BRINGUP_WANTED }, true },
	{ "sm+fsts", { .pasids = BRINGUP_WANTED, .address_bits = 48 }, true },
	{ "sm-ssts+fsts,sm", { .pass_through = BRINGUP_WANTED }, true },
	{ "sm+vcs,sm-ssts+fsts", { .pasids = BRINGUP_WANTED }, true },
	{ "sm-ssts+fsts-c-smpwcs+cm,sm", { .pasids = BRINGUP_WANTED }, true },
	{ "sm-ssts+fsts+fs5lp+aw=57,sm+fsts+nest", { .pasids = BRINGUP_WANTED }, true },
	{ "sm-ssts+fsts+sagaw=0,sm", { 0 }, true },
	{ "sm-ssts+fsts,legacy", { .pasids = BRINGUP_WANTED }, false },
	{ "sm-ssts+fsts+vcs,legacy", { .pasids = BRINGUP_WANTED }, false },
	{ "sm,sm-ssts+fsts+entry=legacy-on", { 0 }, true },
	{ "sm,sm",
	  { .interrupt_remapping = BRINGUP_REQUIRED, .firmware = { .opts_out_of_x2apic = true } },
	  true },
};

static void expect_mode(unsigned int unit, bool scalable)
{
	struct model_unit *model = &world.models[unit];

	assert_int_equal(!!(model->gsts & FIELD_MASK(GSTS_IRES)), world.plan.interrupt_remapping);
	if (world.plan.interrupt_remapping)
		assert_int_equal(reg_get(model_read(model, REG_IRTA, 8), IRTA_EIME),
				 world.plan.extended_interrupts);
	if (!bringup_unit_translates(&world.plan, unit)) {
		assert_false(model->gsts & (FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_RTPS)));
		return;
	}
	assert_int_equal(model->ttm, scalable ? TTM_SCALABLE : TTM_LEGACY);
	assert_int_equal(model->root, phys_of(world.tables.roots[unit].entries).value);
	assert_true(model->gsts & FIELD_MASK(GSTS_TES));
}

static void expect_dma(unsigned int device)
{
	const bool translates = bringup_unit_translates(&world.plan, world.list[device].unit);

	if (world.is_absent[world.list[device].unit])
		return;
	for (unsigned int i = 0; i < 2; i++)
		if (world_dma(device, false, 0) != (translates ? WORLD_LANDED : WORLD_PASSED))
			fail_msg("DMA of device %u does not land", device);
	if (!translates)
		return;
	assert_int_equal(world_dma_outside(device), WORLD_BLOCKED);
	assert_int_equal(world_dma(device, true, 7), WORLD_BLOCKED); /* PASID nobody gave */
}

static void test_good_platforms(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		check_planned(good[i].topology, &good[i].request);
		check_committed();
		assert_false(world.was_early);
		for (unsigned int u = 0; u < world.unit_count; u++)
			if (!world.is_absent[u])
				expect_mode(u, good[i].scalable);
		for (unsigned int d = 0; d < world.device_count; d++)
			expect_dma(d);
		check_released();
	}
}

/* A PASID from the committed space, on a unit that has no virtual commands itself. */
static void test_pasid_moves_dma(void **unused)
{
	const struct bringup_request request = { .pasids = BRINGUP_REQUIRED };
	struct bringup_device with[1];
	struct pasid_entry entry;
	uint32_t pasid;

	(void)unused;
	world_open("sm,sm+vcs", VCMD_AUTO);
	with[0] = world.list[0];
	world.list[world.device_count] = with[0];
	world.list[world.device_count].pasid = 4000; /* opens the device for PASIDs */
	world.devices[world.device_count] = world.devices[0];
	assert_true(bringup_plan(world.surveys, 2, &request, &world.plan));
	world.device_count++;
	assert_true(world_plan(&request));
	world.device_count--;
	check_committed();
	assert_int_equal(pasid_space_alloc(&world.pasids, 0, &pasid), PASID_OK);
	assert_int_equal(world_dma(0, true, pasid), WORLD_BLOCKED);
	entry = pasid_translated(&world.tables.devices[0].paging, 1);
	assert_int_equal(publish_pasid(&world.units[0],
				       tables_pasids_of(&world.tables, world.list, 0), pasid,
				       &entry, &(struct pasid_entry){ { 0 } }),
			 STATUS_OK);
	assert_int_equal(world_dma(0, true, pasid), WORLD_LANDED);
	assert_int_equal(world.pools[1].live_count, 1);
	assert_int_equal(pasid_space_free(&world.pasids, 0, pasid), PASID_OK);
	assert_int_equal(world.pools[1].live_count, 0);
	check_released();
}

/* One function passes through, the other beside it is translated; in either mode. */
static void test_pass_through(void **unused)
{
	(void)unused;
	for (enum bringup_mode mode = BRINGUP_SCALABLE; mode <= BRINGUP_LEGACY; mode++) {
		const struct bringup_request request = {
			.mode = mode,
			.pass_through = BRINGUP_REQUIRED,
		};

		world_open("sm+aw=57,sm+aw=39", VCMD_AUTO);
		world.list[0].passes_through = true;
		world.list[3].passes_through = true;
		assert_true(world_plan(&request));
		check_committed();
		assert_int_equal(world_dma(0, false, 0), WORLD_PASSED);
		assert_int_equal(world_dma(1, false, 0), WORLD_LANDED);
		assert_int_equal(world_dma(2, false, 0), WORLD_LANDED);
		assert_int_equal(world_dma(3, false, 0), WORLD_PASSED);
		check_released();
	}
}

static void expect_unbuilt(const struct tables_format *format, unsigned int units,
			   const struct bringup_device *devices, unsigned int count)
{
	const size_t pages = page_in_use_count();

	assert_int_equal(tables_build(&world.tables, format, units, devices, count),
			 STATUS_REFUSED);
	assert_int_equal(page_in_use_count(), pages);
}

static void test_lists_that_make_no_sense(void **unused)
{
	const struct tables_format format = { .scalable = true, .levels = 3 };
	const struct mapping page = { iova(0x1000), phys(0x50000000), 1, ACCESS_BOTH };
	const struct mapping twice[] = { page, { iova(0), phys(0x50000000), 2, ACCESS_BOTH } };
	const struct mapping wide = { iova(UINT64_C(1) << 39), phys(0), 1, ACCESS_READ };
	const struct mapping over = { iova((UINT64_C(1) << 39) - 0x1000), phys(0), 2, ACCESS_READ };
	struct bringup_device list[] = {
		{ .sid = 8, .did = 1, .mappings = &page, .mapping_count = 1 },
		{ .sid = 9, .did = 1, .mappings = &page, .mapping_count = 1 },
	};

	(void)unused;
	world_open("sm", VCMD_AUTO);
	assert_int_equal(tables_build(&world.tables, &format, 1, list, 2), STATUS_OK);
	tables_destroy(&world.tables);
	list[1].sid = 8;
	expect_unbuilt(&format, 1, list, 2); /* the same device and PASID again */
	list[1].pasid = 8191;
	assert_int_equal(tables_build(&world.tables, &format, 1, list, 2), STATUS_OK);
	tables_destroy(&world.tables);
	list[1].pasid = 8192; /* beyond PDTS 0 */
	expect_unbuilt(&format, 1, list, 2);
	list[1] = (struct bringup_device){ .sid = 9, .mappings = twice, .mapping_count = 2 };
	expect_unbuilt(&format, 1, list, 2);
	list[1] = (struct bringup_device){ .sid = 9, .mappings = &wide, .mapping_count = 1 };
	expect_unbuilt(&format, 1, list, 2);
	list[1].mappings = &over;
	expect_unbuilt(&format, 1, list, 2);
	list[1] = (struct bringup_device){ .unit = 1, .sid = 9 };
	expect_unbuilt(&format, 1, list, 2);
	expect_unbuilt(&format, BRINGUP_UNITS_MAX + 1, list, 2);
	expect_unbuilt(&format, 1, list, TABLES_DEVICES_MAX + 1);
	world_close();
}

/* ---- allocators that cannot be registered: no register of remapping is written ---- */

static const struct {
	const char *topology;
	enum bringup_reason reason;
	unsigned int unit;
	const char *words;
} refusals[] = {
	{ "sm,sm+vcs+never-answers", BRINGUP_REASON_VCMD_SILENT, 1, "VCRSP (e10) reads" },
	{ "sm+vcs+status=16", BRINGUP_REASON_VCMD_EXHAUSTED, 0, "no PASID left" },
	{ "sm+vcs-draft+status=2", BRINGUP_REASON_VCMD_EXHAUSTED, 0, "no PASID left" },
	{ "sm+vcs+offers-pasid-0", BRINGUP_REASON_VCMD_PASID_ZERO, 0, "PASID 0 offered" },
	{ "sm+vcs+offers-same-twice", BRINGUP_REASON_VCMD_PASID_TWICE, 0, "PASID 1 twice" },
	{ "sm,sm+vcs-draft+other-layout", BRINGUP_REASON_VCMD_FREE_REFUSED, 1, "invalid PASID" },
	{ "sm+vcs+other-layout", BRINGUP_REASON_VCMD_BROKEN, 0, "other register layout" },
	{ "sm+vcs+status=3", BRINGUP_REASON_VCMD_BROKEN, 0, "does not know" },
	{ "sm+vcs+status=1", BRINGUP_REASON_VCMD_BROKEN, 0, "undefined command" },
	{ "sm+vcs,sm+vcs", BRINGUP_REASON_PRIVATE_PASIDS, 1, "does not take back PASID" },
	{ "sm+vcs,sm,sm+vcs-draft", BRINGUP_REASON_PRIVATE_PASIDS, 2, "does not take back PASID" },
};

static void test_refused_allocators(void **unused)
{
	const struct bringup_request request = { .pasids = BRINGUP_WANTED };
	char text[600];

	(void)unused;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		check_planned(refusals[i].topology, &request);
		assert_false(world_commit());
		bringup_result_describe(&world.bringup, text, sizeof(text));
		if (world.bringup.result.reason != refusals[i].reason ||
		    world.bringup.result.unit != refusals[i].unit ||
		    !strstr(text, refusals[i].words))
			fail_msg("%s: %s", refusals[i].topology, text);
		assert_int_equal(world.bringup.result.step, BRINGUP_STEP_REGISTER);
		assert_true(world.bringup.result.is_undone);
		assert_int_equal(world.foreign_writes, 0);
		assert_int_equal(world.pasids.source_count, 0);
		check_as_found();
		assert_false(bringup_register_pasids(&world.bringup));
		assert_int_equal(world.pasids.source_count, 0);
		for (unsigned int u = 0; u <= TOPOLOGY_UNITS_MAX; u++)
			if (!strstr(refusals[i].topology, "other-layout") &&
			    !strstr(refusals[i].topology, "status="))
				assert_true(world.pools[u].live_count == 0 ||
					    strstr(refusals[i].topology, "never"));
		world_close();
	}
}

/* The VMM knows nothing of the narrow unit beside its own: refused where PASIDs are required. */
static void test_pasids_too_large(void **unused)
{
	const struct bringup_request request = { .pasids = BRINGUP_REQUIRED };

	(void)unused;
	for (uint32_t hint = 254; hint <= 255; hint++) { /* PASID 255 and 256, or 256 and 257 */
		check_planned("sm+vcs,sm+pss=7", &request);
		world.pools[0].hint = hint;
		assert_false(world_commit());
		assert_int_equal(world.bringup.result.reason, BRINGUP_REASON_VCMD_PASID_TOO_LARGE);
		assert_int_equal(world.foreign_writes, 0);
		assert_int_equal(world.pools[0].live_count, 0);
		world_close();
	}
}

/* Where it is only wanted: all else goes on, and no PASID is out. */
static void test_pasids_too_large_for_a_wish(void **unused)
{
	static const char *const topologies[] = { "sm+vcs,sm+pss=0", "sm,sm+pss=0,sm+vcs-draft",
						  "sm+vcs+shared,sm+vcs+shared+pss=0" };
	const struct bringup_request request = { .pasids = BRINGUP_WANTED };
	char text[600];

	(void)unused;
	for (size_t i = 0; i < sizeof(topologies) / sizeof(topologies[0]); i++) {
		check_planned(topologies[i], &request);
		assert_true(world.plan.pasids == PASIDS_VCMD);
		check_committed();
		assert_false(world.bringup.result.has_pasids);
		bringup_result_describe(&world.bringup, text, sizeof(text));
		assert_non_null(strstr(text, "done, no PASIDs (unit "));
		assert_non_null(strstr(text, "VCMD offered PASID 2, the platform has 1 bit)"));
		assert_int_equal(world.pasids.source_count, 0);
		for (unsigned int u = 0; u <= TOPOLOGY_UNITS_MAX; u++)
			assert_int_equal(world.pools[u].live_count, 0);
		check_landing(WORLD_LANDED);
		check_released();
	}
	check_planned("sm+vcs,sm+pss=1", &request); /* PASIDs 1 to 3 will do */
	check_committed();
	assert_true(world.bringup.result.has_pasids);
	check_released();
}

/* A VMM that offers what its own unit cannot take is broken, whatever PASIDs are worth. */
static void test_pasids_beyond_own_unit(void **unused)
{
	const struct bringup_request request = { .pasids = BRINGUP_WANTED };

	(void)unused;
	check_planned("sm+vcs,sm", &request);
	world.units[0].caps.ecap &= ~FIELD_MASK(ECAP_PSS); /* the model itself keeps to PSS */
	assert_false(world_commit());
	assert_int_equal(world.bringup.result.reason, BRINGUP_REASON_VCMD_PASID_BEYOND_UNIT);
	assert_int_equal(world.foreign_writes, 0);
	check_as_found();
	world_close();
}

/* PASIDs of our own came to life between plan and commit. */
static void test_default_pasids_live(void **unused)
{
	const struct bringup_request request = { .pasids = BRINGUP_WANTED };
	uint32_t pasid;

	(void)unused;
	check_planned("sm,sm+vcs", &request);
	assert_int_equal(pasid_space_alloc(&world.pasids, 0, &pasid), PASID_OK);
	assert_false(world_commit());
	assert_int_equal(world.bringup.result.reason, BRINGUP_REASON_DEFAULT_PASIDS_LIVE);
	assert_int_equal(world_write_count(), 0);
	world.bringup.pasids = NULL;
	assert_false(world_commit());
	assert_int_equal(world.bringup.result.reason, BRINGUP_REASON_NO_PASID_MEMORY);
	assert_int_equal(world_write_count(), 0);
	check_as_found();
	world_close();
}

/* A refused plan, a plan for other units, a unit that is in use. */
static void test_refused_before_any_write(void **unused)
{
	const struct bringup_request sm = { .mode = BRINGUP_SCALABLE };
	const struct bringup_request any = { 0 };

	(void)unused;
	world_open("sm,legacy", VCMD_AUTO);
	assert_false(world_plan(&sm));
	world.bringup = (struct bringup){ .units = world.units, .plan = &world.plan };
	assert_false(world_commit());
	assert_int_equal(world.bringup.result.reason, BRINGUP_REASON_NO_SCALABLE_MODE);
	assert_int_equal(world_write_count(), 0);
	world_close();

	check_planned("sm,sm", &any);
	world.models[1].config.ecap ^= FIELD_MASK(ECAP_SMTS);
	assert_false(world_commit());
	assert_int_equal(world.bringup.result.reason, BRINGUP_REASON_CAPS_CHANGE);
	assert_int_equal(world.bringup.result.unit, 1);
	world.models[1].config.ecap ^= FIELD_MASK(ECAP_SMTS);
	world.units[1].queue.on = true;
	assert_false(world_commit());
	assert_int_equal(world.bringup.result.unit, 1);
	assert_int_equal(world.bringup.result.step, BRINGUP_STEP_CHECK);
	world.units[1].queue.on = false;
	world.plan.format.scalable = false;
	assert_false(world_commit());
	assert_int_equal(world.bringup.result.reason, BRINGUP_REASON_NO_TABLES);
	assert_int_equal(world_write_count(), 0);
	world_close();
}

/* ---- what it costs ---- */

static void count_units(unsigned int units, uint64_t *reads, uint64_t *writes)
{
	const struct bringup_request request = { .mode = BRINGUP_SCALABLE };
	char topology[16];

	snprintf(topology, sizeof(topology), "sm*%u", units);
	world_open(topology, VCMD_AUTO);
	assert_true(world_plan(&request));
	*writes = world_write_count();
	assert_int_equal(*writes, 0); /* before the decision */
	check_committed();
	*reads = world_read_count();
	*writes = world_write_count();
	check_released();
}

static void test_cost_is_linear(void **unused)
{
	uint64_t reads1 = 0, writes1 = 0, reads, writes;

	(void)unused;
	for (unsigned int units = 1; units <= 64; units *= 2) {
		count_units(units, &reads, &writes);
		if (units == 1) {
			reads1 = reads;
			writes1 = writes;
		}
		print_message(
			"%2u units: survey, plan and commit: %llu reads, %llu writes; 0 writes "
			"before the decision\n",
			units, (unsigned long long)reads, (unsigned long long)writes);
		assert_int_equal(reads, units * reads1);
		assert_int_equal(writes, units * writes1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_platforms),
		cmocka_unit_test(test_pasid_moves_dma),
		cmocka_unit_test(test_pass_through),
		cmocka_unit_test(test_lists_that_make_no_sense),
		cmocka_unit_test(test_refused_allocators),
		cmocka_unit_test(test_pasids_too_large),
		cmocka_unit_test(test_pasids_too_large_for_a_wish),
		cmocka_unit_test(test_pasids_beyond_own_unit),
		cmocka_unit_test(test_default_pasids_live),
		cmocka_unit_test(test_refused_before_any_write),
		cmocka_unit_test(test_cost_is_linear),
	};

	world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
