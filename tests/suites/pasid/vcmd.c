/* SPDX-License-Identifier: MIT */
/*
 * The registers of virtual commands, and commands that must be refused. vcmd_pasids.c has those
 * that allocate and free, vcmd_answers.c what happens between a command and its answer.
 *
 * Where a hypervisor hands out PASIDs, VCCAP says so, and a guest must ask. The registers moved in
 * revision 3.3: before, VCCAP stood at E00h, where VCMD is now, and results were 8 bits lower.
 * Drivers and emulators of both kinds exist (Linux up to 5.14 and from 5.15 on, 4d99efb229e6), and
 * nothing in the registers names the layout, so it is found by reads that change nothing. Only a
 * write to the command byte starts a command; a command that VCCAP does not offer, or that no
 * revision defines, is answered "undefined command"; an early emulation dropped what it did not
 * offer without any answer, and a guest that waits for one waits for ever. The drafts leave open
 * what the operand registers read, so only the layout of 3.3 is asked.
 */
#include "arch/print.h"
#include "tests/engine/platform.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/vcmd_test.h"
#include "tests/suites/suites.h"

#define VCMD_SPEC   "Virtual Command Register"
#define VCMDEO_SPEC "Virtual Command Extended Operand Register"
#define VCRSP_SPEC  "Virtual Command Response Register"
#define VCCAP_SPEC  "Virtual Command Capability Register"

/* No command has this number, and "Virtual Command Descriptions" reserves it. */
enum { RESERVED_COMMAND = 0xff, FIRST_RESERVED_COMMAND = 3, SOME_OPERAND = 0x5a5a5 };

/* ---- capability bits ---- */

/* `arg` is an enum vcmd_rule_index. */
static void run_rule(struct test_run *run)
{
	unsigned int count;
	const struct vcmd_rule *rule = &vcmd_rules(&count)[run->test->arg];
	struct vcmd vcmd;
	enum vcmd_error error = vcmd_test_find(run, run->unit, &vcmd);

	if (error == VCMD_ERROR_NO_LAYOUT && vcmd.vccap)
		test_ailment(run, AILMENT_NO_LAYOUT, unit_failure(run->unit));
	else if (error == VCMD_ERROR_NO_LAYOUT)
		test_skip(run, "unit %u: %s", run->unit->index, vcmd.report);
	else if (rule->applies(&vcmd))
		test_fail(run, "%s; VCCAP reads %llx, ECAP %llx", rule->text,
			  (unsigned long long)vcmd.vccap, (unsigned long long)run->unit->caps.ecap);
}

/* What was found, and what is legal and worth a word all the same; once for each unit. */
static void print_find(const struct test_run *run, const struct vcmd *vcmd)
{
	static bool is_printed[UNITS_MAX];
	unsigned int count;
	const struct vcmd_rule *rules = vcmd_rules(&count);

	if (is_printed[run->unit->index])
		return;
	is_printed[run->unit->index] = true;
	print("# unit %u: %s\n", run->unit->index, vcmd->report);
	for (unsigned int i = 0; i < count; i++)
		if (!rules[i].is_illegal && rules[i].applies(vcmd))
			print("# note: unit %u: %s\n", run->unit->index, rules[i].text);
}

static void run_layout(struct test_run *run)
{
	print_find(run, &vcmd_test_of(run)->vcmd);
}

/* For ailments that the fixture fails by itself. */
static void run_examined(struct test_run *run)
{
	(void)run;
}

/* ---- registers ---- */

static void expect_vccap(struct vcmd_test *test, const char *when)
{
	struct unit *unit = test->run->unit;
	uint32_t offset = test->vcmd.layout->vccap;
	uint64_t low = unit_read32(unit, offset);
	uint64_t high = unit_read32(unit, offset + 4);

	if (unit_read64(unit, offset) != test->vcmd.vccap || (high << 32 | low) != test->vcmd.vccap)
		test_fail(test->run, "VCCAP %s reads %llx in halves, %llx whole, was %llx", when,
			  (unsigned long long)(high << 32 | low),
			  (unsigned long long)unit_read64(unit, offset),
			  (unsigned long long)test->vcmd.vccap);
}

static void run_vccap_read_only(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);

	expect_vccap(test, "at first");
	unit_write64(run->unit, test->vcmd.layout->vccap, ~UINT64_C(0));
	expect_vccap(test, "after all ones were written");
	unit_write64(run->unit, test->vcmd.layout->vccap, 0);
	unit_write32(run->unit, test->vcmd.layout->vccap + 4, ~0u);
	expect_vccap(test, "after 0 was written");
}

static void expect_response(struct vcmd_test *test, uint64_t wanted, const char *when)
{
	uint64_t seen = unit_read64(test->run->unit, test->vcmd.layout->vcrsp);

	if (seen != wanted)
		test_fail(test->run, "VCRSP reads %llx %s, should still be %llx",
			  (unsigned long long)seen, when, (unsigned long long)wanted);
}

/* A refused command leaves a response that is not 0; it must be the same after each write. */
static bool leave_a_response(struct vcmd_test *test, uint64_t *response)
{
	if (!vcmd_test_expect(test, RESERVED_COMMAND, 0, VCMD_ERROR_UNDEFINED_COMMAND,
			      "command 255"))
		return false;
	*response = unit_read64(test->run->unit, test->vcmd.layout->vcrsp);
	return true;
}

static void run_vcrsp_read_only(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t offset = test->vcmd.layout->vcrsp;
	uint64_t response;

	if (!leave_a_response(test, &response))
		return;
	unit_write64(run->unit, offset, ~field_mask(test->vcmd.layout->in_progress));
	expect_response(test, response, "after ones were written");
	unit_write64(run->unit, offset, 0);
	expect_response(test, response, "after 0 was written");
	unit_write32(run->unit, offset + 4, ~0u);
	expect_response(test, response, "after its upper half was written");
}

/*
 * Only a write to the command field starts a command. An allocation is what shows it best: were it
 * started again, the response would be another PASID.
 */
static void run_operand_starts_nothing(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint64_t response;
	uint32_t pasid;

	if (!vcmd_test_take(test, &pasid))
		return;
	response = unit_read64(run->unit, test->vcmd.layout->vcrsp);
	unit_write32(run->unit, test->vcmd.layout->vcmd + 4, 0x5a5a5a5a);
	expect_response(test, response, "after the operand alone was written");
}

/* The drafts are not known well enough to judge what tests with this fixture ask. */
static void *open_3_3(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_open_registers(run);

	if (test && test->vcmd.layout != &vcmd_layout_3_3)
		test_skip(run, "unit %u has the layout of the drafts", run->unit->index);
	return test;
}

static const struct fixture registers_of_3_3 = { .open = open_3_3, .close = vcmd_test_close };

static void run_operand_kept(struct test_run *run)
{
	uint32_t offset = vcmd_test_of(run)->vcmd.layout->vcmd + 4;

	for (unsigned int i = 0; i < 2; i++) {
		uint32_t value = i ? 0xffffffff : 0x12345678;

		unit_write32(run->unit, offset, value);
		EXPECT_EQ(run, unit_read32(run->unit, offset), value);
	}
}

/*
 * Of an allocation, where there is one to be had: were it started again, the response would be another
 * PASID. That of a refused command would be the same.
 */
static bool leave_the_best_response(struct vcmd_test *test, uint64_t *response)
{
	uint32_t pasid;

	if (!vcmd_test_gives_pasids(test))
		return leave_a_response(test, response);
	if (!vcmd_test_take(test, &pasid))
		return false;
	*response = unit_read64(test->run->unit, test->vcmd.layout->vcrsp);
	return true;
}

static void run_extended_operand(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint64_t response;

	if (!leave_the_best_response(test, &response))
		return;
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t value = i ? UINT64_C(0x0123456789abcdef) : ~UINT64_C(0);

		unit_write64(run->unit, test->vcmd.layout->vcmdeo, value);
		EXPECT_EQ(run, unit_read64(run->unit, test->vcmd.layout->vcmdeo), value);
		expect_response(test, response, "after operand B was written");
		unit_write32(run->unit, test->vcmd.layout->vcmd + 4, (uint32_t)~value);
		EXPECT_EQ(run, unit_read64(run->unit, test->vcmd.layout->vcmdeo), value);
	}
}

/* What "Register Descriptions" leaves out around VCCAP. */
static void run_reserved_offsets(struct test_run *run)
{
	for (uint32_t offset = 0xe18; offset < 0xe50; offset += 8) {
		if (offset == REG_VCCAP)
			continue;
		if (unit_read64(run->unit, offset))
			test_fail(run, "%03x reads %llx", offset,
				  (unsigned long long)unit_read64(run->unit, offset));
	}
}

/* ---- commands that must be refused ---- */

static void run_null(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);

	if (!vcmd_can_null(&test->vcmd))
		test_skip(run, "unit %u does not offer the null command (VCCAP reads %llx)",
			  run->unit->index, (unsigned long long)test->vcmd.vccap);
	else
		vcmd_test_expect(test, VCMD_NULL, 0, VCMD_OK, "the null command");
}

/* VCCAP's bit for a command, 0 where the layout has none for it. */
static uint64_t offer_bit(const struct vcmd_layout *layout, uint8_t command)
{
	switch (command) {
	case VCMD_ALLOC_PASID:
		return layout->can_alloc;
	case VCMD_FREE_PASID:
		return layout->can_free;
	default:
		return layout->can_null;
	}
}

/* `arg` is the command. */
static void run_unsupported(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	const uint8_t command = (uint8_t)run->test->arg;
	const uint64_t bit = offer_bit(test->vcmd.layout, command);

	if (!bit)
		test_skip(run, "the %s layout does not say if command %u is offered",
			  test->vcmd.layout->name, command);
	else if (test->vcmd.vccap & bit)
		test_skip(run, "unit %u offers command %u (VCCAP reads %llx)", run->unit->index,
			  command, (unsigned long long)test->vcmd.vccap);
	else
		vcmd_test_expect(test, command, 0, VCMD_ERROR_UNDEFINED_COMMAND,
				 "a command that VCCAP does not offer");
}

static void run_reserved_commands(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	struct vcmd_response response = { 0 };
	uint64_t taken[256 / 64] = { 0 };
	char numbers[100];

	for (unsigned int command = FIRST_RESERVED_COMMAND; command < 256; command++)
		if (vcmd_run(&test->vcmd, (uint8_t)command, SOME_OPERAND, &response) !=
		    VCMD_ERROR_UNDEFINED_COMMAND)
			taken[command / 64] |= UINT64_C(1) << command % 64;
	bit_ranges_format(numbers, sizeof(numbers), taken, 256 / 64);
	if (numbers[0])
		test_fail(run, "not refused as undefined: commands %s", numbers);
}

#define VIRTUAL_COMMANDS(title_in_spec) \
	.spec = (title_in_spec), .flags = TEST_WITHOUT_AGENT, .needs = NEED(VCS)

static const struct test tests[] = {
	{ .id = "vcmd.vccap-needs-vcs",
	  .title = "VCCAP is 0 where ECAP.VCS is clear",
	  .spec = VCCAP_SPEC,
	  .flags = TEST_WITHOUT_AGENT,
	  .run = run_rule,
	  .arg = VCMD_RULE_VCCAP_NEEDS_VCS },
	{ .id = "vcmd.pas-needs-pasid",
	  .title = "VCCAP offers no PASIDs where ECAP.PASID is clear",
	  VIRTUAL_COMMANDS(VCCAP_SPEC),
	  .run = run_rule,
	  .arg = VCMD_RULE_PAS_NEEDS_PASID },
	{ .id = "vcmd.vccap-reserved",
	  .title = "the reserved bits of VCCAP are 0",
	  VIRTUAL_COMMANDS(VCCAP_SPEC),
	  .run = run_rule,
	  .arg = VCMD_RULE_VCCAP_RESERVED },
	{ .id = "vcmd.layout",
	  .title = "the registers tell which of the two layouts they have",
	  VIRTUAL_COMMANDS(VCCAP_SPEC),
	  TELLS(NO_LAYOUT),
	  .fixture = &vcmd_registers,
	  .run = run_layout },
	{ .id = "vcmd.vccap-read-only",
	  .title = "VCCAP reads the same whole and in halves, and cannot be written",
	  VIRTUAL_COMMANDS(VCCAP_SPEC),
	  .fixture = &vcmd_registers,
	  .run = run_vccap_read_only },
	{ .id = "vcmd.vcrsp-read-only",
	  .title = "VCRSP keeps a response whatever is written to it",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  .fixture = &vcmd_registers,
	  .run = run_vcrsp_read_only },
	{ .id = "vcmd.operand-starts-nothing",
	  .title = "a write to the operand alone starts no command",
	  VIRTUAL_COMMANDS(VCMD_SPEC),
	  .fixture = &vcmd_pasids,
	  .run = run_operand_starts_nothing },
	{ .id = "vcmd.operand-kept",
	  .title = "operand A reads back as written",
	  VIRTUAL_COMMANDS(VCMD_SPEC),
	  .fixture = &registers_of_3_3,
	  .run = run_operand_kept },
	{ .id = "vcmd.extended-operand",
	  .title = "operand B reads back as written and starts no command",
	  VIRTUAL_COMMANDS(VCMDEO_SPEC),
	  .fixture = &registers_of_3_3,
	  .run = run_extended_operand },
	{ .id = "vcmd.reserved-offsets",
	  .title = "reserved offsets beside the virtual command registers read 0",
	  VIRTUAL_COMMANDS("Register Descriptions"),
	  .fixture = &registers_of_3_3,
	  .run = run_reserved_offsets },
	{ .id = "vcmd.answers",
	  .title = "every command is answered before the deadline",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  TELLS(SILENT),
	  .fixture = &vcmd_registers,
	  .run = run_examined },
	{ .id = "vcmd.answer-ends",
	  .title = "IP is clear once there is an answer",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  TELLS(IP_STUCK),
	  .fixture = &vcmd_registers,
	  .run = run_examined },
	{ .id = "vcmd.answer-settles",
	  .title = "an answer is whole once IP is clear, and stays as it is",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  TELLS(UNSETTLED),
	  .fixture = &vcmd_registers,
	  .run = run_examined },
	{ .id = "vcmd.offered-commands",
	  .title = "no command that VCCAP offers is undefined",
	  VIRTUAL_COMMANDS(VCCAP_SPEC),
	  TELLS(UNDEFINED),
	  .fixture = &vcmd_registers,
	  .run = run_examined },
	{ .id = "vcmd.status",
	  .title = "every status code has a meaning",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  TELLS(UNKNOWN_STATUS),
	  .fixture = &vcmd_registers,
	  .run = run_examined },
	{ .id = "vcmd.answer-layout",
	  .title = "answers come in the layout of the registers",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  TELLS(OTHER_LAYOUT),
	  .fixture = &vcmd_registers,
	  .run = run_examined },
	{ .id = "vcmd.answer-reserved",
	  .title = "the reserved bits of an answer are 0",
	  VIRTUAL_COMMANDS(VCRSP_SPEC),
	  TELLS(MALFORMED),
	  .fixture = &vcmd_registers,
	  .run = run_examined },
	{ .id = "vcmd.null",
	  .title = "the null command succeeds",
	  VIRTUAL_COMMANDS(VCMD_SPEC),
	  .fixture = &vcmd_registers,
	  .run = run_null },
	{ .id = "vcmd.null-unsupported",
	  .title = "the null command is undefined where VCCAP.NS is clear",
	  VIRTUAL_COMMANDS(VCCAP_SPEC),
	  .fixture = &vcmd_registers,
	  .run = run_unsupported,
	  .arg = VCMD_NULL },
	{ .id = "vcmd.alloc-unsupported",
	  .title = "allocation is undefined where VCCAP.PAS is clear",
	  VIRTUAL_COMMANDS(VCCAP_SPEC),
	  .fixture = &vcmd_registers,
	  .run = run_unsupported,
	  .arg = VCMD_ALLOC_PASID },
	{ .id = "vcmd.free-unsupported",
	  .title = "freeing is undefined where VCCAP.FPS is clear",
	  VIRTUAL_COMMANDS(VCCAP_SPEC),
	  .fixture = &vcmd_registers,
	  .run = run_unsupported,
	  .arg = VCMD_FREE_PASID },
	{ .id = "vcmd.reserved-commands",
	  .title = "commands 3 to 255 are undefined",
	  VIRTUAL_COMMANDS(VCMD_SPEC),
	  .fixture = &vcmd_registers,
	  .run = run_reserved_commands },
};

VCMD_AILMENTS_OF_COMMANDS(IS_TOLD)

const struct suite suite_vcmd = SUITE("vcmd", tests);
