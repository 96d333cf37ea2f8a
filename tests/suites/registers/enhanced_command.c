/* SPDX-License-Identifier: MIT */
/*
 * Enhanced commands: one that the unit does not offer ends, and says so. Command 1 is offered by none: all
 * of ECCAP0 is reserved.
 */
#include "arch/time.h"
#include "tests/suites/suites.h"

enum { NOBODYS_COMMAND = 1, ANSWER_US = 100000 };

static bool is_answered(struct unit *unit, uint64_t *answer)
{
	const struct deadline end = deadline_after_us(ANSWER_US);

	do
		*answer = unit_read64(unit, REG_ECRSP);
	while (reg_get(*answer, ECRSP_IP) && !deadline_passed(&end));
	return !reg_get(*answer, ECRSP_IP);
}

/* Nobody's command ends, and as such. */
static void expect_undefined(struct test_run *run)
{
	uint64_t answer;

	if (!is_answered(run->unit, &answer))
		test_fail(run, "ECRSP.IP stays 1 for %u us", ANSWER_US);
	else if (reg_get(answer, ECRSP_SC) != ECMD_STATUS_UNDEFINED)
		test_fail(run, "it ends with status %llu, not %u",
			  (unsigned long long)reg_get(answer, ECRSP_SC), ECMD_STATUS_UNDEFINED);
}

/*
 * In halves, the command last, as the book asks of software that has no wider access. Operands before it start nothing,
 * which a unit shows until its first command.
 */
static void run_operands(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint64_t before;

	if (!is_answered(unit, &before)) {
		test_fail(run, "ECRSP.IP is 1 before any command");
		return;
	}
	unit_write64(unit, REG_ECEO, 0);
	EXPECT_EQ(run, unit_read64(unit, REG_ECRSP), before);
	unit_write32(unit, REG_ECMD + 4, 0);
	EXPECT_EQ(run, unit_read64(unit, REG_ECRSP), before);
	unit_write32(unit, REG_ECMD, (uint32_t)reg_put(ECMD_CMD, NOBODYS_COMMAND));
	expect_undefined(run);
}

static void run_undefined(struct test_run *run)
{
	unit_write64(run->unit, REG_ECEO, 0);
	unit_write64(run->unit, REG_ECMD, reg_put(ECMD_CMD, NOBODYS_COMMAND));
	expect_undefined(run);
}

static const struct test tests[] = {
	{ .id = "reg.ecmd-operands",
	  .title = "the lower half of ECMD starts an enhanced command, operands do not",
	  .spec = "Enhanced Command Register",
	  .needs = NEED(ECMDS),
	  .flags = TEST_WITHOUT_AGENT,
	  .run = run_operands },
	{ .id = "reg.ecmd-undefined",
	  .title = "an enhanced command that nobody has ends as undefined",
	  .spec = "Enhanced Command Response Register",
	  .needs = NEED(ECMDS),
	  .flags = TEST_WITHOUT_AGENT,
	  .run = run_undefined },
};

const struct suite suite_enhanced_command = SUITE("enhanced command", tests);
