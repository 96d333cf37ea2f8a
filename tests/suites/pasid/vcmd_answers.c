/* SPDX-License-Identifier: MIT */
/*
 * What happens between a command and its answer. Real units mostly answer within the write, so
 * that it cannot be seen; the model of a unit can be made slow, and worse.
 *
 * While IP is set a command is in progress, and what is written to VCMD or to operand B is
 * dropped: software that does not wait loses a command and takes another one's answer for its own.
 * Linux waits without a fallback and panics at its deadline; ours ends at a deadline with the
 * register in its message. How long a command may take is not stated. The second half turns the
 * question round: a model that is ill on purpose must be found to be so, in the one way it is, or
 * the tests that rely on the examination prove nothing.
 */
#include "tests/scenes/vcmd_test.h"
#include "tests/suites/suites.h"
#include "tests/units/modelled.h"

#define VCMD_SPEC   "Virtual Command Register"
#define VCMDEO_SPEC "Virtual Command Extended Operand Register"
#define VCRSP_SPEC  "Virtual Command Response Register"

/* Reads after which a slow model answers: more than a test makes between two commands. */
enum { SLOW_READS = 12 };

/* How often a unit that may have been faster than us is tried. */
enum { TRIES = 16 };

enum { RESERVED_COMMAND = 0xff };

static bool is_busy(struct vcmd_test *test)
{
	return unit_read64(test->run->unit, test->vcmd.layout->vcrsp) &
	       field_mask(test->vcmd.layout->in_progress);
}

/* Waits for the answer; 0 after test_fail() if none comes. */
static uint64_t await_answer(struct vcmd_test *test)
{
	const struct vcmd_layout *layout = test->vcmd.layout;
	struct unit *unit = test->run->unit;

	if (unit_wait64(unit, "VCRSP", layout->vcrsp, field_mask(layout->in_progress), 0) ==
	    STATUS_OK)
		return unit_read64(unit, layout->vcrsp);
	test_fail(test->run, "%s", unit_failure(unit));
	return 0;
}

static void start(struct vcmd_test *test, uint8_t command)
{
	unit_write64(test->run->unit, test->vcmd.layout->vcmd,
		     bits_placed(test->vcmd.layout->command, command));
}

/* A model that answers at once is made slow. */
static void make_slow(struct vcmd_test *test)
{
	struct model_vcmd_behaviour *behaviour = vcmd_test_behaviour(test);

	if (behaviour && behaviour->answer_after_reads < SLOW_READS)
		behaviour->answer_after_reads = SLOW_READS;
}

/* Gives back what an allocation made by start() brought. */
static void free_answer(struct vcmd_test *test, uint64_t answer)
{
	uint32_t pasid = (uint32_t)bits_of_value(answer, test->vcmd.layout->result_pasid);

	if (!test->run->has_failed && vcmd_free_pasid(&test->vcmd, pasid) != VCMD_OK)
		test_fail(test->run, "PASID %x: %s", pasid, unit_failure(test->run->unit));
}

/* What became of a command written while another one was in progress. */
enum second { SECOND_LATE, SECOND_DROPPED, SECOND_TAKEN };

/*
 * While an undefined command is in progress, an allocation is written: what comes must be the answer of
 * the undefined one. The other way round, a PASID whose answer nobody sees would be lost for good.
 */
static enum second write_second(struct vcmd_test *test)
{
	const struct vcmd_layout *layout = test->vcmd.layout;
	uint64_t answer;

	start(test, RESERVED_COMMAND);
	if (!is_busy(test)) {
		await_answer(test);
		return SECOND_LATE;
	}
	start(test, VCMD_ALLOC_PASID);
	answer = await_answer(test);
	if (bits_of_value(answer, layout->status) == layout->undefined_command)
		return SECOND_DROPPED;
	free_answer(test, answer);
	return SECOND_TAKEN;
}

/*
 * A real unit may have ended the first command between our look and the second one, and be right to take
 * it; a model, whose answers are counted, may not.
 */
static void run_second_dropped(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	unsigned int count[3] = { 0 };

	make_slow(test);
	for (unsigned int i = 0; i < TRIES && !count[SECOND_DROPPED] && !run->has_failed; i++)
		count[write_second(test)]++;
	if (count[SECOND_DROPPED] || run->has_failed)
		return;
	if (vcmd_test_behaviour(test))
		test_fail(run, "a command written while another was in progress was carried out");
	else if (!count[SECOND_TAKEN])
		test_skip(run, "unit %u answers before a second command can be written",
			  run->unit->index);
	else
		test_skip(run,
			  "unit %u carried out %u second commands of %u; it may have ended the "
			  "first ones before",
			  run->unit->index, count[SECOND_TAKEN], TRIES);
}

/*
 * A register written while a command is in progress must keep its value. `offset` is one that can be
 * read back. IP set after the write, too, proves that the write came in time.
 */
static void expect_write_dropped(struct vcmd_test *test, uint32_t offset)
{
	struct test_run *run = test->run;
	struct unit *unit = run->unit;
	bool was_in_time = false;

	make_slow(test);
	for (unsigned int i = 0; i < TRIES && !was_in_time; i++) {
		unit_write32(unit, offset, 0x11111111);
		start(test, RESERVED_COMMAND);
		unit_write32(unit, offset, 0x22222222);
		was_in_time = is_busy(test);
		await_answer(test);
	}
	if (!was_in_time)
		test_skip(run, "unit %u answers before anything else can be written", unit->index);
	else if (unit_read32(unit, offset) == 0x22222222)
		test_fail(run, "%03x was written while a command was in progress", offset);
}

/* Its lower half is written with the command itself. */
static void run_operand_dropped(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);

	if (test->vcmd.layout != &vcmd_layout_3_3)
		test_skip(run, "unit %u has the layout of the drafts", run->unit->index);
	else
		expect_write_dropped(test, test->vcmd.layout->vcmd + 4);
}

static void run_extended_operand_dropped(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);

	if (!test->vcmd.layout->vcmdeo)
		test_skip(run, "the %s layout has no operand B", test->vcmd.layout->name);
	else
		expect_write_dropped(test, test->vcmd.layout->vcmdeo);
}

/* ---- on models only ---- */

static void *open_model(struct test_run *run)
{
	if (modelled_of(run->unit))
		return vcmd_test_open_pasids(run);
	test_skip(run, "unit %u is real: how it answers cannot be changed", run->unit->index);
	return NULL;
}

static const struct fixture pasids_of_model = { .open = open_model, .close = vcmd_test_close };

static void run_slow(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	for (uint32_t reads = 1; reads <= 2 * SLOW_READS; reads++) {
		vcmd_test_behaviour(test)->answer_after_reads = reads;
		test->vcmd.access = reads & 1 ? VCMD_ACCESS_64 : VCMD_ACCESS_32;
		if (!vcmd_test_take(test, &pasid) || !vcmd_test_give(test, pasid))
			break;
	}
}

/* A unit that was reset forgets the command it had, and is found as before. */
static void run_reset(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	struct vcmd again;
	uint32_t pasid;

	vcmd_test_behaviour(test)->never_answers = true;
	start(test, RESERVED_COMMAND);
	EXPECT(run, is_busy(test));
	model_reset(&modelled_of(run->unit)->model);
	EXPECT_EQ(run, unit_read64(run->unit, test->vcmd.layout->vcrsp), 0);
	vcmd_test_behaviour(test)->never_answers = false;
	EXPECT(run, vcmd_probe(run->unit, run->options->vcmd, &again) == VCMD_OK);
	EXPECT(run, again.layout == test->vcmd.layout);
	vcmd_test_take(test, &pasid);
}

/* Our own eyes: what is wrong with a unit on purpose must be found and named. */
struct spoiled {
	enum vcmd_ailment ailment;
	size_t offset; /* of the switch in model_vcmd_behaviour */
	uint8_t value;
};

/* From a unit of the drafts, a small PASID in the other layout is well-formed: only its bits tell. */
static bool is_expected(const struct vcmd_test *test, enum vcmd_ailment wanted,
			enum vcmd_ailment found)
{
	return found == wanted ||
	       (wanted == AILMENT_OTHER_LAYOUT && found == AILMENT_GIVES_SHIFTED &&
		test->vcmd.layout == &vcmd_layout_draft);
}

/* What the model gave last, unless it is back already: nobody may have been able to read it. */
static void take_back_unread(struct vcmd_test *test)
{
	uint32_t pasid = modelled_of(test->run->unit)->model.vcmd_previous;
	enum vcmd_error error = vcmd_free_pasid(&test->vcmd, pasid);

	if (error && error != VCMD_ERROR_INVALID_PASID)
		test_fail(test->run, "after the ailment: %s", unit_failure(test->run->unit));
}

LINKED_RUN(run_notices, struct spoiled, spoiled)
{
	struct vcmd_test *test = vcmd_test_of(run);
	struct model_vcmd_behaviour *behaviour = vcmd_test_behaviour(test);
	const struct model_vcmd_behaviour good = *behaviour;
	enum vcmd_ailment found;

	((uint8_t *)behaviour)[spoiled->offset] = spoiled->value;
	found = vcmd_test_examine(test);
	*behaviour = good;
	test->vcmd.unanswered = false;
	await_answer(test);
	take_back_unread(test);
	if (!is_expected(test, spoiled->ailment, found))
		test_fail(run, "what was found is: %s; should be: %s", vcmd_ailment_words(found),
			  vcmd_ailment_words(spoiled->ailment));
}

#define VIRTUAL_COMMANDS(title_in_spec) \
	.spec = (title_in_spec), .flags = TEST_WITHOUT_AGENT, .needs = NEED(VCS)

#define NOTICES(its_ailment, flag, its_value)         \
	LINKED(run_notices, .ailment = (its_ailment), \
	       .offset = offsetof(struct model_vcmd_behaviour, flag), .value = (its_value))

static const struct test tests[] = {
	{ .id = "vcmd.busy-command-dropped",
	  .title = "a command written while another is in progress is dropped",
	  VIRTUAL_COMMANDS(VCMD_SPEC),
	  .fixture = &vcmd_pasids,
	  .run = run_second_dropped },
	{ .id = "vcmd.busy-operand-dropped",
	  .title = "operand A written while a command is in progress is dropped",
	  VIRTUAL_COMMANDS(VCMD_SPEC),
	  .fixture = &vcmd_registers,
	  .run = run_operand_dropped },
	{ .id = "vcmd.busy-extended-operand-dropped",
	  .title = "operand B written while a command is in progress is dropped",
	  VIRTUAL_COMMANDS(VCMDEO_SPEC),
	  .fixture = &vcmd_registers,
	  .run = run_extended_operand_dropped },
	{ .id = "vcmd.slow-answers",
	  .title = "answers that take 1 to 24 reads are waited for",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  .fixture = &pasids_of_model,
	  .run = run_slow },
	{ .id = "vcmd.reset",
	  .title = "a reset clears the response, and a command in progress",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  .fixture = &pasids_of_model,
	  .run = run_reset },
	{ .id = "vcmd.notices-no-answer",
	  .title = "a command that is never answered ends at the deadline",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  .fixture = &pasids_of_model,
	  .run = NOTICES(AILMENT_SILENT, never_answers, true) },
	{ .id = "vcmd.notices-pasid-0",
	  .title = "a unit that allocates PASID 0 is noticed",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  .fixture = &pasids_of_model,
	  .run = NOTICES(AILMENT_GIVES_ZERO, offers_pasid_0, true) },
	{ .id = "vcmd.notices-same-twice",
	  .title = "a unit that allocates a PASID twice is noticed",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  .fixture = &pasids_of_model,
	  .run = NOTICES(AILMENT_GIVES_TWICE, offers_same_twice, true) },
	{ .id = "vcmd.notices-other-layout",
	  .title = "answers in the other layout are noticed",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  .fixture = &pasids_of_model,
	  .run = NOTICES(AILMENT_OTHER_LAYOUT, answers_in_other_layout, true) },
	{ .id = "vcmd.notices-unknown-status",
	  .title = "a status code without meaning is noticed",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  .fixture = &pasids_of_model,
	  .run = NOTICES(AILMENT_UNKNOWN_STATUS, forced_status, 3) },
	{ .id = "vcmd.notices-undefined",
	  .title = "an offered command that is undefined is noticed",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  .fixture = &pasids_of_model,
	  .run = NOTICES(AILMENT_UNDEFINED, forced_status, 1) },
};

const struct suite suite_vcmd_answers = SUITE("vcmd-answers", tests);
