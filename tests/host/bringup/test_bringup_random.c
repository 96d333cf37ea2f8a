/* SPDX-License-Identifier: MIT */
/*
 * Platforms, requests and failures made up at random: whatever they are, a refusal leaves every
 * register as it was, and a commit that says it is done has all units in one mode, with DMA landing
 * where the tables say.
 *
 *	test_bringup_random [seed=N] [cases=N] [case=N]
 */
#include "tests/host/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/structures/publish.h"
#include "tests/host/bringup/bringup_check.h"

enum { TEXT_BYTES = 1200 };

static uint64_t seed = 1;
static unsigned int case_count = 10000, only_case = UINT32_MAX;

/* ---- chance ---- */

static uint64_t state;

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned int below(unsigned int end)
{
	return (unsigned int)(next() % end);
}

static bool one_in(unsigned int n)
{
	return below(n) == 0;
}

/* ---- platforms ---- */

static const char *const harmless[] = {
	"-pt",	    "-sc",	  "-c",		"-smpwcs", "+cm",	    "+esrtps",
	"+esirtps", "+aw=39",	  "+aw=57",	"+nd=3",   "+pss=7",	    "+pss=12",
	"-rps",	    "+lazy",	  "+merge",	"+adms",   "+gsts-delay=2", "-2m-1g",
	"+2m",	    "-eim",	  "+irreq",	"-psi",	   "+nfr=0",	    "+pss=3",
	"+fsts",    "-ssts+fsts", "+fsts+nest",
};

static const char *const crippling[] = {
	"-pasid",   "-smts", "-ssts",	 "-qi",	  "-qi-ir-eim", "+sagaw=2", "+sagaw=4", "+sagaw=8",
	"+sagaw=0", "+nd=7", "+ver=6.0", "+rwbf", "+eimer",	"-ir-eim",  "+mgaw=40",
};

static const char *const vcmd[] = {
	"+vcs",
	"+vcs",
	"+vcs+shared",
	"+vcs+shared",
	"+vcs+shared",
	"+vcs-draft",
	"+vcs-draft+shared",
	"+vcs-pas",
	"+vcs-fps",
	"+vcs-pas-fps-ns",
	"+vcs+never-answers",
	"+vcs+offers-pasid-0",
	"+vcs+offers-same-twice",
	"+vcs+capacity=1",
	"+vcs+capacity=2",
	"+vcs+status=16",
	"+vcs+status=3",
	"+vcs+other-layout",
	"+vcs-draft+other-layout",
	"+vcs+slow=3",
};

static const char *const entries[] = { "+entry=legacy-on", "+entry=sm-on", "+entry=qi-on",
				       "+entry=ir-on" };

static const char *const lies[] = {
	"+gsts-stuck",
	"+srtp-stuck",
	"+ttm-lost",
	"+cap-flips=0x80",
	"+ecap-flips=0x80000000000",
	"+absent=0",
	"+absent=ones",
	"+defect=tes_never_shows",
	"+defect=rtps_never_shows",
	"+defect=qies_never_shows",
	"+defect=iqa_not_kept",
};

#define PICK(list) ((list)[below(sizeof(list) / sizeof((list)[0]))])

static void say_unit(char *text)
{
	static const char *const kinds[] = { "sm",     "sm",	 "sm",	 "sm",
					     "legacy", "legacy", "qemu", "all" };

	strcat(text, PICK(kinds));
	while (one_in(2))
		strcat(text, PICK(harmless));
	if (one_in(8))
		strcat(text, PICK(crippling));
	if (one_in(3))
		strcat(text, PICK(vcmd));
	if (one_in(6))
		strcat(text, PICK(entries));
	if (one_in(16))
		strcat(text, PICK(lies));
}

static void say_platform(char *text)
{
	unsigned int units = 1 + below(4);

	text[0] = 0;
	if (one_in(500)) {
		strcpy(text, one_in(2) ? "sm*64" : "sm*63,legacy");
		return;
	}
	for (unsigned int i = 0; i < units; i++) {
		if (i)
			strcat(text, ",");
		say_unit(text);
		assert_true(strlen(text) < TEXT_BYTES - 300);
	}
}

static struct bringup_request any_request(void)
{
	struct bringup_request request = {
		.mode = (enum bringup_mode)below(3),
		.pasids = (enum bringup_wish)below(3),
		.pass_through = one_in(4) ? (enum bringup_wish)below(3) : BRINGUP_OFF,
		.interrupt_remapping = one_in(3) ? (enum bringup_wish)below(3) : BRINGUP_OFF,
		.address_bits = one_in(10) ? 48 : 0,
		.pasid_bits = one_in(8) ? 0 : 1 + below(14), /* large directories take time */
		.backing = (enum bringup_backing)below(3),
		.default_pasids_live = one_in(10),
		.has_no_pasid_memory = one_in(20),
		.leaves_out_absent = one_in(2),
		.leaves_untranslated = one_in(2),
		.firmware = { .denies_interrupt_remapping = one_in(8),
			      .opts_out_of_x2apic = one_in(8) },
	};

	if (one_in(2))
		request.mode = BRINGUP_ANY;
	return request;
}

/* ---- the case at hand ---- */

static char platform[TEXT_BYTES];
static enum world_landing found_landing[WORLD_DEVICES_MAX];
static enum world_fault fault;
static unsigned int case_number;

/* How often things came out, so that nobody takes 10,000 refusals for a proof. */
static unsigned int by_reason[BRINGUP_REASON_COUNT], by_step[BRINGUP_STEP_COUNT];
static unsigned int committed[2], with_pasids, without_pasids, not_undone, lost_unseen;
static unsigned int without_translation, different_depths;
static struct bringup_request request;

#define EXPECT(condition, ...)                                                                 \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			char text_[700];                                                       \
			bringup_result_describe(&world.bringup, text_, sizeof(text_));         \
			print_message("replay: seed=%llu case=%u: %s\n%s\n",                   \
				      (unsigned long long)seed, case_number, platform, text_); \
			fail_msg(__VA_ARGS__);                                                 \
		}                                                                              \
	} while (0)

static bool is_used(unsigned int unit)
{
	return !world.is_absent[unit];
}

/* ---- what must hold ---- */

static bool translates(unsigned int unit)
{
	return bringup_unit_translates(&world.plan, unit);
}

static void expect_untouched(void)
{
	EXPECT(world_write_count() == 0, "registers were written");
	for (unsigned int i = 0; i < world.unit_count; i++)
		EXPECT(!is_used(i) || check_unit_is_as_found(i), "unit %u is not as it was", i);
}

static void expect_one_mode(void)
{
	const enum ttm mode = world.plan.format.scalable ? TTM_SCALABLE : TTM_LEGACY;

	for (unsigned int i = 0; i < world.unit_count; i++) {
		if (!translates(i))
			continue;
		EXPECT(world.models[i].ttm == mode, "unit %u: TTM %u", i, world.models[i].ttm);
		EXPECT(world.models[i].gsts & FIELD_MASK(GSTS_TES), "unit %u does not translate",
		       i);
	}
}

/*
 * A lost SRTP cannot be seen on a unit found translating in the mode it shall have: GSTS.RTPS is set
 * before and after, and RTADDR reads as written. Then the tables it was found with stay in use.
 */
static bool may_have_lost_root(unsigned int unit)
{
	const enum topology_entry entry = world.topology.units[unit].entry;

	return fault == WORLD_LOSES_ONE && world.has_struck && world.dead_unit == unit &&
	       (entry == ENTRY_LEGACY_ON || entry == ENTRY_SM_ON);
}

static void expect_dma_through_tables(void)
{
	for (unsigned int d = 0; d < world.device_count; d++) {
		if (!is_used(world.list[d].unit) || may_have_lost_root(world.list[d].unit))
			continue;
		if (!translates(world.list[d].unit)) {
			EXPECT(world_dma(d, false, 0) == WORLD_PASSED, "device %u: DMA is lost", d);
			without_translation++;
			continue;
		}
		different_depths += tables_levels_of(&world.plan.format, world.list[d].unit) !=
				    tables_levels_of(&world.plan.format, world.list[0].unit);
		EXPECT(world_dma(d, false, 0) == WORLD_LANDED, "device %u: DMA is lost", d);
		EXPECT(world_dma_outside(d) == WORLD_BLOCKED, "device %u: DMA leaks", d);
		EXPECT(world_dma(d, true, 1 + below(9)) == WORLD_BLOCKED,
		       "device %u: PASID nobody gave", d);
	}
}

/* PASIDs come from where the plan says, and move DMA. Device 0 takes PASIDs in a case with SVA. */
static void expect_pasids(void)
{
	const unsigned int unit = world.list[0].unit;
	struct pasid_table *pasids = tables_pasids_of(&world.tables, world.list, 0);
	struct sm_context_entry *context;
	struct pasid_entry entry;
	enum pasid_error error;
	uint32_t pasid;

	if (world.bringup.result.pasids_off_because[0]) {
		EXPECT(!world.bringup.result.has_pasids && request.pasids == BRINGUP_WANTED,
		       "no SVA");
		EXPECT(world.pasids.source_count == 0, "an allocator for nobody");
		without_pasids++;
	}
	if (!world.bringup.result.has_pasids || !translates(unit) || fault != WORLD_SOUND)
		return;
	error = pasid_space_alloc(&world.pasids, unit, &pasid);
	if (error == PASID_ERROR_OFFERED_OUT_OF_RANGE && world.plan.pasid_bits < 3)
		return; /* the next number in turn, after those of the proof */
	EXPECT(error == PASID_OK, "no PASID: %s", pasid_error_name(error));
	EXPECT(pasid && !(pasid >> world.plan.pasid_bits), "PASID %x", pasid);
	if (world.plan.pasids == PASIDS_VCMD) {
		const unsigned int from =
			world.bringup.is_registered[unit] ? unit : world.plan.vcmd_unit;

		EXPECT(world.models[from].config.pasids->live_count == 1, "not through VCMD");
	}
	context = (struct sm_context_entry *)root_table_context(&world.tables.roots[unit],
								world.list[0].sid);
	field_set(context->q, SMCONTEXT_PASIDE, 1);
	entry = pasid_translated(&world.tables.devices[0].paging, world.list[0].did);
	EXPECT(publish_context(
		       &world.units[unit], &world.tables.roots[unit], world.list[0].sid,
		       (uint64_t[4]){ context->q[0], context->q[1], context->q[2], context->q[3] },
		       world.list[0].did) == STATUS_OK &&
		       publish_pasid(&world.units[unit], pasids, pasid, &entry,
				     &(struct pasid_entry){ { 0 } }) == STATUS_OK,
	       "publish: %s", unit_failure(&world.units[unit]));
	EXPECT(world_dma(0, true, pasid) == WORLD_LANDED, "PASID %x: DMA is lost", pasid);
	EXPECT(pasid_space_free(&world.pasids, unit, pasid) == PASID_OK, "PASID not taken back");
	with_pasids++;
}

static void judge_success(void)
{
	world.is_busy = false;
	EXPECT(world.bringup.result.step == BRINGUP_STEP_DONE, "no word of success");
	EXPECT(!world.was_early, "a register was written before the allocator was registered");
	committed[world.plan.format.scalable]++;
	expect_one_mode();
	expect_dma_through_tables();
	expect_pasids();
	lost_unseen += fault == WORLD_LOSES_ONE && world.has_struck;
	world_inject(WORLD_SOUND, 0);
	EXPECT(bringup_release(&world.bringup), "release");
	for (unsigned int i = 0; i < world.unit_count && fault == WORLD_SOUND; i++) {
		const char *complaint = model_take_complaint(&world.models[i]);

		EXPECT(!complaint, "unit %u: %s", i, complaint);
	}
}

static bool lies_by_itself(unsigned int unit)
{
	const struct model_config *config = &world.models[unit].config;

	for (unsigned int i = 0; i < 4; i++)
		if (world.models[unit].defects[i])
			return true;
	return config->misbehaviour.gsts_never_follows ||
	       config->misbehaviour.srtp_never_completes || config->misbehaviour.ttm_not_kept;
}

/*
 * Did the unit lose writes of the undo? It did if it died; and if just one write was lost, but that
 * was not what made the commit fail.
 */
static bool was_undo_hit(unsigned int unit)
{
	if (!world.has_struck || world.dead_unit != unit)
		return false;
	return fault == WORLD_DIES || world.bringup.result.unit != unit || lies_by_itself(unit);
}

/* A unit that answers is restored; whatever does not answer at least lets no DMA go astray. */
static void judge_unit_after_failure(unsigned int unit)
{
	const bool must_be_restored = world.bringup.result.is_undone && !was_undo_hit(unit);

	for (unsigned int d = 0; d < world.device_count; d++) {
		enum world_landing landing;

		if (world.list[d].unit != unit)
			continue;
		landing = world_dma(d, false, 0);
		EXPECT(landing != WORLD_ASTRAY, "device %u: DMA astray", d);
		EXPECT(!must_be_restored || landing == found_landing[d],
		       "device %u: landing %d is not as found", d, (int)landing);
	}
	EXPECT(!must_be_restored || check_unit_is_as_found(unit), "unit %u is not as found", unit);
}

/* Only a unit that lies or was hit may make an undo incomplete, and then it is the one named. */
static bool may_be_incomplete(unsigned int unit)
{
	return unit == BRINGUP_NO_UNIT || lies_by_itself(unit) || was_undo_hit(unit);
}

static void judge_failure(void)
{
	const struct bringup_result *result = &world.bringup.result;

	world.is_busy = false;

	EXPECT(result->reason && result->step < BRINGUP_STEP_DONE, "no reason");
	by_reason[result->reason]++;
	by_step[result->step]++;
	if (result->step <= BRINGUP_STEP_REGISTER)
		EXPECT(world.foreign_writes == 0, "written before the allocator was registered");
	not_undone += !result->is_undone;
	EXPECT(result->is_undone || may_be_incomplete(result->undo_unit), "not undone");
	for (unsigned int i = 0; i < world.unit_count; i++)
		if (is_used(i))
			judge_unit_after_failure(i);
	EXPECT(!result->is_undone || world.pasids.source_count == 0, "still registered");
}

static void run_case(void)
{
	say_platform(platform);
	if (only_case != UINT32_MAX)
		print_message("%s\n", platform);
	request = any_request();
	world_open(platform, VCMD_AUTO);
	for (unsigned int d = 0; d < world.device_count; d++) /* fills the caches, too */
		found_landing[d] = world_dma(d, false, 0);
	check_remember();
	EXPECT(world_write_count() == 0, "the survey writes");
	fault = one_in(3) ? (one_in(3) ? WORLD_DIES : WORLD_LOSES_ONE) : WORLD_SOUND;
	if (!world_plan(&request)) {
		EXPECT(world.plan.refusal.reason != BRINGUP_REASON_OK, "no reason");
		by_reason[world.plan.refusal.reason]++;
		expect_untouched();
		world_close();
		return;
	}
	expect_untouched();
	world_inject(fault, below(15 * world.unit_count));
	world.is_busy = world.unit_count < 9 && one_in(2);
	if (world_commit())
		judge_success();
	else
		judge_failure();
	if (only_case != UINT32_MAX) {
		char text[600];

		bringup_result_describe(&world.bringup, text, sizeof(text));
		print_message("fault %d: %s\n", (int)fault, text);
	}
	world_close();
}

static void test_random_platforms(void **unused)
{
	(void)unused;
	for (case_number = 0; case_number < case_count; case_number++) {
		state = seed * UINT64_C(1000003) + case_number;
		if (only_case == UINT32_MAX || only_case == case_number)
			run_case();
	}
	print_message(
		"seed=%llu, %u cases: %u committed in scalable mode, %u in legacy mode, %u with "
		"PASIDs used, %u gave SVA up\n",
		(unsigned long long)seed, case_count, committed[1], committed[0], with_pasids,
		without_pasids);
	for (unsigned int i = 1; i < BRINGUP_REASON_COUNT; i++)
		if (by_reason[i])
			print_message("%6u %s\n", by_reason[i], bringup_reason_words(i));
	for (unsigned int i = 0; i < BRINGUP_STEP_COUNT; i++)
		if (by_step[i])
			print_message("%6u failed at: %s\n", by_step[i], bringup_step_words(i));
	print_message("%6u not all undone (a unit that lies or died); %u lost writes that changed "
		      "nothing\n",
		      not_undone, lost_unseen);
	print_message("%6u devices behind units of another depth, %u behind units that do not "
		      "translate\n",
		      different_depths, without_translation);
	if (case_count < 10000 || only_case != UINT32_MAX)
		return;
	assert_true(committed[0] > 500 && committed[1] > 500 && with_pasids > 200);
	assert_true(without_pasids > 0 && without_translation > 20 && different_depths > 200);
	for (unsigned int i = BRINGUP_STEP_REST; i <= BRINGUP_STEP_ENABLE; i++)
		assert_int_not_equal(by_step[i], 0);
}

static unsigned long long number_after(const char *word, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(word, name, length) == 0 ? strtoull(word + length, NULL, 0) : UINT64_MAX;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_platforms) };

	for (int i = 1; i < argc; i++) {
		if (number_after(argv[i], "seed=") != UINT64_MAX)
			seed = number_after(argv[i], "seed=");
		else if (number_after(argv[i], "cases=") != UINT64_MAX)
			case_count = (unsigned int)number_after(argv[i], "cases=");
		else if (number_after(argv[i], "case=") != UINT64_MAX)
			only_case = (unsigned int)number_after(argv[i], "case=");
		else {
			fprintf(stderr, "%s: unknown word; known: seed=N cases=N case=N\n",
				argv[i]);
			return 2;
		}
	}
	world_forgives_entries = true;
	world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
