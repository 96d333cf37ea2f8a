/* SPDX-License-Identifier: MIT */
/* What ails a unit's virtual commands: found by a few of them before any test relies on them. */
#include "arch/print.h"
#include "tests/scenes/vcmd_test.h"

/* How many PASIDs an examination asks for, and how few of them still say something in common. */
enum { EXAMINED = 8, FEWEST_TO_COMPARE = 4 };

/* How often an answer is read again. */
enum { SETTLE_READS = 4 };

/* No command has this number: "Virtual Command Descriptions" reserves it. */
enum { RESERVED_COMMAND = 0xff, SOME_OPERAND = 0x5a5a5 };

static enum vcmd_ailment note(struct vcmd_test *test, enum vcmd_ailment ailment, const char *words)
{
	print_to(test->words, sizeof(test->words), "%s", words);
	return ailment;
}

/* A VCRSP in which IP did not clear: was there an answer all the same? */
static enum vcmd_ailment ailment_of_busy(const struct vcmd_test *test, uint64_t response)
{
	return response & ~field_mask(test->vcmd.layout->in_progress) ? AILMENT_IP_STUCK
								      : AILMENT_SILENT;
}

static enum vcmd_ailment ailment_of(const struct vcmd_test *test, enum vcmd_error error,
				    uint64_t response)
{
	switch (error) {
	case VCMD_OK:
	case VCMD_ERROR_NO_PASID:
	case VCMD_ERROR_BEYOND_PSS: /* judged when all answers are there */
		return AILMENT_NONE;
	case VCMD_ERROR_NO_LAYOUT:
		return AILMENT_NO_LAYOUT;
	case VCMD_ERROR_UNDEFINED_COMMAND:
		return AILMENT_UNDEFINED;
	case VCMD_ERROR_UNKNOWN_STATUS:
		return AILMENT_UNKNOWN_STATUS;
	case VCMD_ERROR_WRONG_LAYOUT:
		return AILMENT_OTHER_LAYOUT;
	case VCMD_ERROR_MALFORMED:
		return AILMENT_MALFORMED;
	case VCMD_ERROR_PASID_ZERO:
		return AILMENT_GIVES_ZERO;
	case VCMD_ERROR_INVALID_PASID:
		return AILMENT_TAKES_NONE;
	default:
		return ailment_of_busy(test, response);
	}
}

/* A command of an earlier stage or test may still be at work. */
static enum vcmd_ailment wait_until_idle(struct vcmd_test *test)
{
	const struct vcmd_layout *layout = test->vcmd.layout;
	struct unit *unit = test->vcmd.unit;

	if (!test->vcmd.unanswered)
		return AILMENT_NONE;
	if (unit_wait64(unit, "VCRSP", layout->vcrsp, field_mask(layout->in_progress), 0) !=
	    STATUS_OK)
		return note(test, ailment_of_busy(test, unit_read64(unit, layout->vcrsp)),
			    unit_failure(unit));
	test->vcmd.unanswered = false;
	return AILMENT_NONE;
}

/* "Command has been completed": an answer that is read with IP clear stays until the next command. */
static enum vcmd_ailment read_again(struct vcmd_test *test, const struct vcmd_response *response)
{
	char words[120];

	for (unsigned int i = 0; i < SETTLE_READS; i++) {
		const uint64_t now = unit_read64(test->vcmd.unit, test->vcmd.layout->vcrsp);

		if (now == response->raw)
			continue;
		print_to(words, sizeof(words), "VCRSP (%03x) reads %llx with IP clear, then %llx",
			 test->vcmd.layout->vcrsp, (unsigned long long)response->raw,
			 (unsigned long long)now);
		return note(test, AILMENT_UNSETTLED, words);
	}
	return AILMENT_NONE;
}

/* One command, whose answer must stand still; what it says is in *error. */
static enum vcmd_ailment ask(struct vcmd_test *test, uint8_t command, uint64_t operand,
			     enum vcmd_error *error, struct vcmd_response *response)
{
	enum vcmd_ailment ailment;

	*error = vcmd_run(&test->vcmd, command, operand, response);
	ailment = ailment_of(test, *error, response->raw);
	if (ailment == AILMENT_SILENT || ailment == AILMENT_IP_STUCK)
		return note(test, ailment, unit_failure(test->vcmd.unit));
	note(test, AILMENT_NONE, unit_failure(test->vcmd.unit));
	return read_again(test, response);
}

/* A command whose every end but success is an ailment. */
static enum vcmd_ailment demand(struct vcmd_test *test, uint8_t command, uint64_t operand)
{
	struct vcmd_response response;
	enum vcmd_error error;
	enum vcmd_ailment ailment = ask(test, command, operand, &error, &response);

	return ailment ? ailment : ailment_of(test, error, response.raw);
}

/* ---- PASIDs ---- */

static bool all_low_bytes_are_0(const uint32_t *pasids, unsigned int count)
{
	uint32_t seen = 0;

	for (unsigned int i = 0; i < count; i++)
		seen |= pasids[i];
	return count >= FEWEST_TO_COMPARE && !(seen & 0xff);
}

static bool has_one_twice(const uint32_t *pasids, unsigned int count)
{
	for (unsigned int i = 1; i < count; i++)
		for (unsigned int k = 0; k < i; k++)
			if (pasids[i] == pasids[k])
				return true;
	return false;
}

static bool has_too_wide(const struct vcmd *vcmd, const uint32_t *pasids, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (pasids[i] >= vcmd->pasid_end)
			return true;
	return false;
}

static enum vcmd_ailment compare(struct vcmd_test *test, const uint32_t *pasids, unsigned int count)
{
	char words[160];

	print_to(words, sizeof(words), "the first PASIDs are %x, %x, %x ...; PASIDs have %u bits",
		 pasids[0], pasids[1], pasids[2], caps_pasid_bits(&test->vcmd.unit->caps));
	if (all_low_bytes_are_0(pasids, count))
		return note(test, AILMENT_GIVES_SHIFTED, words);
	if (has_too_wide(&test->vcmd, pasids, count))
		return note(test, AILMENT_GIVES_TOO_WIDE, words);
	if (has_one_twice(pasids, count))
		return note(test, AILMENT_GIVES_TWICE, words);
	return AILMENT_NONE;
}

/* What a unit with answers in the other layout gave lies 8 bits beside what it will take back. */
static enum vcmd_error give_back(struct vcmd *vcmd, uint32_t pasid, enum vcmd_ailment ailment)
{
	enum vcmd_error error = vcmd_free_pasid(vcmd, pasid);

	if (error && ailment == AILMENT_GIVES_SHIFTED)
		error = vcmd_free_pasid(vcmd, pasid >> 8);
	return error;
}

/*
 * What stands beside the status that none is left is reserved: software has no PASID then. Whether the
 * unit thinks otherwise, freeing it tells.
 */
static enum vcmd_ailment judge_refusal(struct vcmd_test *test, const struct vcmd_response *response,
				       unsigned int count)
{
	char words[200];

	if (response->pasid && vcmd_free_pasid(&test->vcmd, response->pasid) == VCMD_OK) {
		print_to(words, sizeof(words),
			 "VCRSP (%03x) reads %llx: status %u, and PASID %x could be freed",
			 test->vcmd.layout->vcrsp, (unsigned long long)response->raw,
			 response->status, response->pasid);
		return note(test, AILMENT_GIVES_BESIDE, words);
	}
	if (count)
		return AILMENT_NONE;
	print_to(words, sizeof(words),
		 "VCRSP (%03x) reads %llx: status %u, while this test holds none",
		 test->vcmd.layout->vcrsp, (unsigned long long)response->raw, response->status);
	return note(test, AILMENT_GIVES_NONE, words);
}

static enum vcmd_ailment take_some(struct vcmd_test *test, uint32_t *pasids, unsigned int *count)
{
	struct vcmd_response response;
	enum vcmd_error error;

	for (*count = 0; *count < EXAMINED; ++*count) {
		enum vcmd_ailment ailment = ask(test, VCMD_ALLOC_PASID, 0, &error, &response);

		if (!ailment)
			ailment = ailment_of(test, error, response.raw);
		if (ailment)
			return ailment;
		if (error == VCMD_ERROR_NO_PASID)
			return judge_refusal(test, &response, *count);
		pasids[*count] = response.pasid;
	}
	return AILMENT_NONE;
}

/* A refused free, whose result is reserved, too; whether it is refused, tests of their own say. */
static enum vcmd_ailment examine_refused_free(struct vcmd_test *test, uint32_t pasid)
{
	struct vcmd_response response;
	enum vcmd_error error;
	enum vcmd_ailment ailment = ask(test, VCMD_FREE_PASID, pasid, &error, &response);

	return ailment || error != VCMD_ERROR_MALFORMED ? ailment : AILMENT_MALFORMED;
}

static enum vcmd_ailment examine_pasids(struct vcmd_test *test)
{
	uint32_t pasids[EXAMINED] = { 0 };
	unsigned int count;
	enum vcmd_ailment ailment = take_some(test, pasids, &count);

	test->given_count = count;
	if (!ailment)
		ailment = compare(test, pasids, count);
	for (unsigned int i = 0; i < count; i++) {
		const enum vcmd_error error = give_back(&test->vcmd, pasids[i], ailment);

		if (error && !ailment)
			ailment = note(test,
				       error == VCMD_ERROR_MALFORMED ? AILMENT_MALFORMED
								     : AILMENT_TAKES_NONE,
				       unit_failure(test->vcmd.unit));
	}
	return ailment ? ailment : examine_refused_free(test, pasids[0]);
}

/* Units that offer nothing must answer, too. Which status it must be, tests of their own say. */
static enum vcmd_ailment examine_reserved_command(struct vcmd_test *test)
{
	struct vcmd_response response;
	enum vcmd_error error;
	enum vcmd_ailment ailment = ask(test, RESERVED_COMMAND, SOME_OPERAND, &error, &response);

	if (ailment)
		return ailment;
	ailment = ailment_of(test, error, response.raw);
	return ailment == AILMENT_OTHER_LAYOUT || ailment == AILMENT_MALFORMED ? ailment
									       : AILMENT_NONE;
}

bool vcmd_test_gives_pasids(const struct vcmd_test *test)
{
	return caps_has(&test->vcmd.unit->caps, CAPABILITY_PASID) && vcmd_can_alloc(&test->vcmd) &&
	       vcmd_can_free(&test->vcmd);
}

enum vcmd_ailment vcmd_test_examine(struct vcmd_test *test)
{
	enum vcmd_ailment ailment = wait_until_idle(test);

	if (!ailment)
		ailment = examine_reserved_command(test);
	if (!ailment && vcmd_can_null(&test->vcmd))
		ailment = demand(test, VCMD_NULL, 0);
	if (!ailment && vcmd_test_gives_pasids(test))
		ailment = examine_pasids(test);
	return ailment;
}
