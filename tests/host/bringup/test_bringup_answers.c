/* SPDX-License-Identifier: MIT */
/* The plan: what no word of its description says, and surveys that no modelled unit gives. */
#include "tests/host/check.h"

#include <string.h>

#include "tests/host/bringup/bringup_world.h"

#define R(name) BRINGUP_REASON_##name

static void plan_of(const char *topology, const struct bringup_request *request)
{
	world_open(topology, VCMD_AUTO);
	assert_true(bringup_plan(world.surveys, world.unit_count, request, &world.plan));
}

/* What is no word of the description: coherency, domains, pages, queues. */
static void test_common_ground(void **unused)
{
	const struct bringup_request request = { 0 };

	(void)unused;
	plan_of("sm,sm", &request);
	assert_true(world.plan.format.structures_snooped && world.plan.format.paging_snooped);
	assert_true(world.plan.snoop_control && world.plan.has_2m_pages && world.plan.has_1g_pages);
	assert_int_equal(world.plan.first_domain, 0);
	assert_int_equal(world.plan.domain_end, 65536);
	assert_int_equal(world.plan.units[1].queue, BRINGUP_QUEUE_256);
	world_close();
	plan_of("sm,sm-c-smpwcs-sc+cm+nd=2+sslps=1,sm+aw=57+esrtps+entry=sm-on", &request);
	assert_false(world.plan.format.structures_snooped || world.plan.format.paging_snooped);
	assert_false(world.plan.snoop_control || world.plan.has_1g_pages);
	assert_true(world.plan.has_2m_pages);
	assert_int_equal(world.plan.first_domain, 1);
	assert_int_equal(world.plan.domain_end, 256);
	assert_int_equal(world.plan.format.unit_levels[2], 5);
	assert_true(bringup_unit_has_note(&world.plan, 2, BRINGUP_NOTE_ROOT_FLUSHES));
	world_close();
	plan_of("sm,legacy-qi-ir-eim-c", &request);
	assert_int_equal(world.plan.units[0].queue, BRINGUP_QUEUE_128);
	assert_int_equal(world.plan.units[1].queue, BRINGUP_QUEUE_NONE);
	world_close();
}

/* Each unit has its own deepest; what all have in common is for address spaces behind all of them. */
static void test_depths(void **unused)
{
	static const struct {
		const char *topology;
		unsigned int levels[3], shared;
	} rows[] = {
		{ "sm+sagaw=2,sm+sagaw=4,sm+aw=57", { 3, 4, 5 }, 0 },
		{ "sm,sm+aw=57,sm+sagaw=12+mgaw=56", { 4, 5, 5 }, 4 },
		{ "sm+aw=39,sm+aw=57,sm+sagaw=0", { 3, 5, 0 }, 3 },
		{ "sm+aw=57*3", { 5, 5, 5 }, 5 },
	};
	const struct bringup_request request = { .leaves_untranslated = true };

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		plan_of(rows[i].topology, &request);
		assert_int_equal(world.plan.format.levels, rows[i].shared);
		assert_true((world.plan.depth_unit == BRINGUP_NO_UNIT) == (rows[i].shared != 0));
		for (unsigned int unit = 0; unit < 3; unit++) {
			const unsigned int levels = rows[i].levels[unit];

			if (levels)
				assert_int_equal(tables_levels_of(&world.plan.format, unit),
						 levels);
			assert_int_equal(world.plan.format.has_no_tables[unit], !levels);
			assert_int_equal(bringup_unit_translates(&world.plan, unit), levels != 0);
			assert_int_equal(
				bringup_unit_has_note(&world.plan, unit, BRINGUP_NOTE_UNTRANSLATED),
				!levels);
		}
		world_close();
	}
}

/* X2APIC_OPT_OUT counts only where interrupts may be remapped at all. */
static void test_dmar_flags(void **unused)
{
	static struct dmar dmar;

	(void)unused;
	for (unsigned int flags = 0; flags < 8; flags++) {
		struct bringup_firmware firmware;

		dmar.flags = (uint8_t)flags;
		firmware = bringup_firmware(&dmar);
		assert_int_equal(firmware.denies_interrupt_remapping, !(flags & 1));
		assert_int_equal(firmware.opts_out_of_x2apic, (flags & 3) == 3);
		assert_int_equal(firmware.opts_in_to_dma_control, flags >> 2);
	}
}

static void test_notes_in_words(void **unused)
{
	const struct bringup_request request = { .pasids = BRINGUP_WANTED };
	char text[600];

	(void)unused;
	plan_of("sm,sm-c+cm+vcs-draft+pss=9+entry=sm-on", &request);
	assert_int_equal(bringup_plan_describe_unit(&world.plan, 0, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	bringup_plan_describe_unit(&world.plan, 1, text, sizeof(text));
	assert_string_equal(
		text,
		"unit 1 (20002000) caches not-present entries (CAP.CM); does not snoop walks of "
		"root, "
		"context and PASID tables (no ECAP.C); limits the PASID width (ECAP.PSS); hands "
		"out "
		"PASIDs (VCMD); has VCMD in the layout of the drafts; was found translating "
		"(GSTS.TES); was found in scalable mode (RTADDR.TTM); was found with its queue on "
		"(GSTS.QIES)");
	world_close();
}

/* Answers that no modelled unit gives. */
static void test_surveys_by_hand(void **unused)
{
	const struct bringup_request sva = { .pasids = BRINGUP_WANTED };
	struct survey survey;

	(void)unused;
	world_open("sm+vcs", VCMD_AUTO);
	survey = world.surveys[0];
	survey.vcmd_layout = NULL;
	assert_false(bringup_plan(&survey, 1, &sva, &world.plan));
	assert_int_equal(world.plan.refusal.reason, R(VCMD_NO_LAYOUT));
	survey = world.surveys[0];
	survey.vcmd_is_busy = true;
	assert_false(bringup_plan(&survey, 1, &sva, &world.plan));
	assert_int_equal(world.plan.refusal.reason, R(VCMD_BUSY));
	assert_false(bringup_plan(&survey, 0, &sva, &world.plan));
	assert_int_equal(world.plan.refusal.reason, R(NO_UNITS));
	assert_false(bringup_plan(&survey, 65, &sva, &world.plan));
	assert_int_equal(world.plan.refusal.reason, R(TOO_MANY_UNITS));
	world_close();
}

/* Whichever of the two readings is the one that unit_probe() saw. */
static void test_two_readings(void **unused)
{
	const struct bringup_request request = { 0 };

	(void)unused;
	for (unsigned int shift = 0; shift < 2; shift++) {
		world_open("sm+ecap-flips=0x80000000000", VCMD_AUTO);
		for (unsigned int i = 0; i < shift; i++)
			(void)unit_read64(&world.units[0], REG_ECAP);
		bringup_survey(world.units, 1, VCMD_AUTO, world.surveys);
		assert_false(bringup_plan(world.surveys, 1, &request, &world.plan));
		assert_int_equal(world.plan.refusal.reason, R(CAPS_CHANGE));
		world_close();
	}
}

/* Each unit has tables of its own stage; shared ones are of a stage and a depth that all have. */
static void test_stages(void **unused)
{
	static const struct {
		const char *topology;
		enum paging_stage stages[2];
		unsigned int levels[2], pass_through[2];
		enum paging_stage shared_stage;
		unsigned int shared;
	} rows[] = {
		{ "sm,sm-ssts+fsts", { SECOND_STAGE, FIRST_STAGE }, { 4, 4 }, { 4, 0 }, 0, 0 },
		{ "sm+aw=57+fsts,sm",
		  { FIRST_STAGE, SECOND_STAGE },
		  { 4, 4 },
		  { 5, 4 },
		  SECOND_STAGE,
		  4 },
		{ "sm-ssts+aw=57+fsts+fs5lp,sm+fsts",
		  { FIRST_STAGE, FIRST_STAGE },
		  { 5, 4 },
		  { 0, 4 },
		  FIRST_STAGE,
		  4 },
		{ "sm+fsts+sagaw=2,sm+sagaw=2",
		  { FIRST_STAGE, SECOND_STAGE },
		  { 4, 3 },
		  { 3, 3 },
		  SECOND_STAGE,
		  3 },
	};
	const struct bringup_request request = { .mode = BRINGUP_SCALABLE };

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct tables_format *format = &world.plan.format;

		plan_of(rows[i].topology, &request);
		for (unsigned int unit = 0; unit < 2; unit++) {
			assert_int_equal(tables_stage_of(format, unit), rows[i].stages[unit]);
			assert_int_equal(tables_levels_of(format, unit), rows[i].levels[unit]);
			assert_int_equal(format->pass_through_levels[unit],
					 rows[i].pass_through[unit]);
		}
		assert_int_equal(format->levels, rows[i].shared);
		assert_int_equal(format->stage, rows[i].shared_stage);
		assert_true((world.plan.depth_unit == BRINGUP_NO_UNIT) == (rows[i].shared != 0));
		world_close();
	}
}

/* Large pages are those of the stage that is used. */
static void test_large_pages(void **unused)
{
	static const struct {
		const char *topology;
		bool has_2m, has_1g;
	} rows[] = {
		{ "sm-ssts+fsts-fs1gp-2m-1g", true, false },
		{ "sm-ssts+fsts+fs1gp-2m-1g", true, true },
		{ "sm+fsts+fs1gp-2m-1g,sm-2m-1g", false, false },
		{ "sm+fsts-fs1gp,sm", true, false },
	};
	const struct bringup_request request = { 0 };

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		plan_of(rows[i].topology, &request);
		assert_true(world.plan.has_2m_pages == rows[i].has_2m);
		assert_true(world.plan.has_1g_pages == rows[i].has_1g);
		world_close();
	}
}

/* Every reason of a plan was seen in a row above or a test by hand; words are cut, never overrun. */
static void test_words(void **unused)
{
	const struct bringup_request request = { .pasids = BRINGUP_WANTED };
	char text[600], cut[20];
	int whole;

	(void)unused;
	plan_of("sm+vcs", &request);
	whole = bringup_plan_describe(&world.plan, text, sizeof(text));
	assert_int_equal(whole, strlen(text));
	assert_int_equal(bringup_plan_describe(&world.plan, cut, sizeof(cut)), whole);
	assert_int_equal(strlen(cut), sizeof(cut) - 1);
	assert_memory_equal(cut, text, sizeof(cut) - 1);
	for (unsigned int i = 0; i < BRINGUP_REASON_COUNT; i++)
		assert_true(*bringup_reason_words(i) && *bringup_reason_name(i));
	world_close();
}

static void test_64_units(void **unused)
{
	const struct bringup_request request = { .mode = BRINGUP_SCALABLE,
						 .pasids = BRINGUP_WANTED };

	(void)unused;
	plan_of("sm*63,sm+vcs", &request);
	assert_int_equal(world.plan.vcmd_unit, 63);
	world_close();
	world_open("sm*63,legacy", VCMD_AUTO);
	assert_false(bringup_plan(world.surveys, 64, &request, &world.plan));
	assert_int_equal(world.plan.refusal.unit, 63);
	world_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_common_ground),	cmocka_unit_test(test_depths),
		cmocka_unit_test(test_dmar_flags),	cmocka_unit_test(test_notes_in_words),
		cmocka_unit_test(test_surveys_by_hand), cmocka_unit_test(test_two_readings),
		cmocka_unit_test(test_stages),		cmocka_unit_test(test_large_pages),
		cmocka_unit_test(test_words),		cmocka_unit_test(test_64_units),
	};

	world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
