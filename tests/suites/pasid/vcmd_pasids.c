/* SPDX-License-Identifier: MIT */
/*
 * Allocation and freeing of PASIDs by virtual commands.
 *
 * An allocated PASID belongs to one owner until it is freed: given twice, or freed by who does not
 * hold it, two processes share an address space. So what is allocated is nonzero, within ECAP.PSS
 * and new, and freeing is refused for 0, for what was never given, what was given back already and
 * what only looks alike in its lower bits. A guest that believes in the other layout reads PASIDs
 * that are 8 bits off, or cut short (QEMU's emulation of 2020 has the layout of the drafts, Linux
 * from 5.15 on the other): hence the look at their low bits. Nothing says which PASID comes next,
 * whether one that was freed comes back soon, or whether two units draw on one space; all of that
 * is each hypervisor's choice, and only what is wrong under any of them fails.
 */
#include "tests/scenes/vcmd_test.h"
#include "tests/suites/suites.h"
#include "tests/units/modelled.h"

enum { MANY = 4096, SOME = 64, A_FEW = 8 };

/* A unit that gives no end of PASIDs is not asked for more than this many. */
enum { ENOUGH = 65536 };

/* For ailments that the fixture fails by itself; and some more PASIDs, each looked at. */
static void run_some(struct test_run *run)
{
	vcmd_test_take_many(vcmd_test_of(run), SOME);
}

static void run_many(struct test_run *run)
{
	uint32_t taken = vcmd_test_take_many(vcmd_test_of(run), MANY);

	if (taken < MANY && !run->is_skipped)
		test_skip(run, "unit %u has %u PASIDs", run->unit->index, taken);
}

/* ---- exhaustion ---- */

/* With all the PASIDs it has taken; not where they are more than we can wait for. */
static void *open_exhausted(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_open_pasids(run);

	if (test && vcmd_test_take_many(test, ENOUGH) == ENOUGH)
		test_skip(run, "unit %u has more than %d PASIDs", run->unit->index, ENOUGH);
	return test;
}

static const struct fixture exhausted = { .open = open_exhausted, .close = vcmd_test_close };

/* What stands beside the refusal is reserved, and nobody's: it cannot be freed. */
static bool is_none_left(struct vcmd_test *test)
{
	struct vcmd_response response;
	enum vcmd_error error = vcmd_run(&test->vcmd, VCMD_ALLOC_PASID, 0, &response);

	if (error != VCMD_ERROR_NO_PASID) {
		test_fail(test->run,
			  "allocation with none left: %s (VCRSP reads %llx), should be: %s",
			  vcmd_error_name(error), (unsigned long long)response.raw,
			  vcmd_error_name(VCMD_ERROR_NO_PASID));
		return false;
	}
	return !response.pasid || vcmd_test_holds(test, response.pasid) ||
	       vcmd_test_expect(test, VCMD_FREE_PASID, response.pasid, VCMD_ERROR_INVALID_PASID,
				"freeing the PASID beside the status that none is left");
}

static void run_exhausted(struct test_run *run)
{
	for (unsigned int i = 0; i < A_FEW && is_none_left(vcmd_test_of(run)); i++)
		;
}

/* Any PASID that is held; 0: none. */
static uint32_t held_pasid(const struct vcmd_test *test)
{
	for (uint32_t pasid = 1; test->held_count && pasid < test->vcmd.pasid_end; pasid++)
		if (vcmd_test_holds(test, pasid))
			return pasid;
	return 0;
}

/* Whatever was given back must be to be had again, and nothing else. */
static void run_exhausted_then_free(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	if (vcmd_test_give(test, held_pasid(test)) && vcmd_test_take(test, &pasid))
		vcmd_test_expect(test, VCMD_ALLOC_PASID, 0, VCMD_ERROR_NO_PASID,
				 "a second allocation after one PASID was freed");
}

static void run_circulate(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	for (unsigned int i = 0; i < MANY && !vcmd_test_is_late(test); i++)
		if (!vcmd_test_take(test, &pasid) || !vcmd_test_give(test, pasid))
			break;
}

/* ---- freeing what is not ours ---- */

static void expect_refused(struct vcmd_test *test, uint32_t pasid, const char *what)
{
	vcmd_test_expect(test, VCMD_FREE_PASID, pasid, VCMD_ERROR_INVALID_PASID, what);
}

static void run_free(struct test_run *run)
{
	vcmd_test_take_many(vcmd_test_of(run), A_FEW); /* the fixture gives all back */
}

static void run_free_twice(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	if (vcmd_test_take(test, &pasid) && vcmd_test_give(test, pasid))
		expect_refused(test, pasid, "freeing a PASID again");
}

static void run_free_0(struct test_run *run)
{
	expect_refused(vcmd_test_of(run), 0, "freeing PASID 0");
}

/* With a few held, so that the unit has something to mistake it for. */
static void run_free_never_allocated(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);

	if (vcmd_test_take_many(test, A_FEW))
		expect_refused(test, vcmd_test_foreign_pasid(test),
			       "freeing a PASID that was never allocated");
}

/*
 * Numbers beyond ECAP.PSS, alike in the lower bits to PASIDs that are held: a unit that looks at
 * those only would free them.
 */
static void run_free_beyond_pss(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	if (test->vcmd.pasid_end > field_max(test->vcmd.layout->operand_pasid))
		test_skip(run, "unit %u has PASIDs of %u bits, which fill the operand",
			  run->unit->index, caps_pasid_bits(&run->unit->caps));
	else if (vcmd_test_take(test, &pasid))
		expect_refused(test, pasid | test->vcmd.pasid_end, "freeing a PASID beyond PSS");
}

/* Bits 63:36 of VCMD are unused: what an operand before left there does not make it another PASID. */
static void run_free_unused_bits(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	const uint64_t pasids = field_max(test->vcmd.layout->operand_pasid);
	uint32_t pasid;

	if (test->vcmd.layout != &vcmd_layout_3_3) {
		test_skip(run, "unit %u has the layout of the drafts", run->unit->index);
		return;
	}
	if (vcmd_test_take(test, &pasid) &&
	    vcmd_test_expect(test, VCMD_FREE_PASID,
			     pasid | (field_max(test->vcmd.layout->operand) & ~pasids), VCMD_OK,
			     "freeing a PASID beside bits that are unused"))
		vcmd_test_forget(test, pasid);
}

/* Refusals must leave alone what is held: it is not given a second time, and can be given back. */
static void run_free_refused_keeps(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);

	if (!vcmd_test_take_many(test, A_FEW))
		return;
	expect_refused(test, 0, "freeing PASID 0");
	expect_refused(test, vcmd_test_foreign_pasid(test), "freeing a foreign PASID");
	vcmd_test_take_many(test, A_FEW);
}

static void run_undefined_frees_nothing(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	if (!vcmd_test_take(test, &pasid))
		return;
	vcmd_test_expect(test, 0xff, pasid, VCMD_ERROR_UNDEFINED_COMMAND,
			 "an undefined command with a PASID");
	vcmd_test_expect(test, VCMD_FREE_PASID | 0x80, pasid, VCMD_ERROR_UNDEFINED_COMMAND,
			 "a command that is like free in its lower bits");
	vcmd_test_take_many(test, A_FEW);
}

/*
 * Nothing says whether units share their PASIDs, and so neither answer of the other unit is wrong;
 * but what one of them has taken back, the other must not take back again.
 */
static void run_free_other_unit(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	struct vcmd other;
	uint32_t pasid;
	enum vcmd_error error;

	if (!vcmd_test_find_other(run, &other)) {
		test_skip(run, "no other unit allocates PASIDs");
		return;
	}
	if (!vcmd_test_take(test, &pasid))
		return;
	error = vcmd_free_pasid(&other, pasid);
	if (error != VCMD_OK && error != VCMD_ERROR_INVALID_PASID)
		test_fail(run, "unit %u: %s", other.unit->index, unit_failure(other.unit));
	if (error == VCMD_OK) {
		vcmd_test_forget(test, pasid);
		expect_refused(test, pasid, "freeing a PASID that another unit took back");
	}
}

/* ---- access widths ---- */

/*
 * PASIDs that differ from one that is held in the upper half of the operand only. What few PASIDs there
 * are lies below 64K mostly, and all of it in the lower half: a unit that drops the other half frees
 * them as well as any.
 */
static void expect_upper_half_counts(struct vcmd_test *test, uint32_t pasid)
{
	const unsigned int first = test->vcmd.layout->operand_pasid.lo;
	const unsigned int last = test->vcmd.layout->operand_pasid.hi;

	for (unsigned int bit = 32 - first; bit <= last - first; bit++) {
		const uint32_t other = pasid ^ 1u << bit;

		if (!vcmd_test_holds(test, other))
			expect_refused(test, other,
				       "freeing a PASID that differs in the upper half of VCMD");
	}
}

static void run_halves(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	test->vcmd.access = VCMD_ACCESS_32; /* the fixture gives back by halves, too */
	if (!vcmd_test_take(test, &pasid))
		return;
	vcmd_test_take_many(test, SOME);
	expect_refused(test, vcmd_test_foreign_pasid(test), "freeing a foreign PASID");
	expect_upper_half_counts(test, pasid);
}

/* To take 65,536 of a model lasts too long: any free PASID may be its next. */
static void go_near_17_bits(struct test_run *run)
{
	struct modelled *modelled = modelled_of(run->unit);

	if (modelled && modelled->model.config.pasids->count >= ENOUGH)
		modelled->model.config.pasids->hint = ENOUGH - 2;
}

/* One with bits in the upper half of VCRSP and VCMD of revision 3.3: of 65,536 PASIDs one at least has them. */
static uint32_t take_wide(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t taken = 0;

	go_near_17_bits(run);
	while (taken < ENOUGH && vcmd_test_take_many(test, 1)) {
		if (test->last >= ENOUGH)
			return test->last;
		taken++;
	}
	if (!run->is_skipped && !run->has_failed)
		test_skip(run, "unit %u has %u PASIDs, none of 17 bits", run->unit->index, taken);
	return 0;
}

static void run_halves_wide(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	test->vcmd.access = VCMD_ACCESS_32;
	pasid = take_wide(run);
	if (!pasid)
		return;
	expect_upper_half_counts(test, pasid);
	if (vcmd_test_give(test, pasid))
		expect_refused(test, pasid, "freeing a PASID of 17 bits again");
	vcmd_test_take(test, &pasid);
}

static void run_mixed_widths(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	for (unsigned int i = 0; i < SOME; i++) {
		test->vcmd.access = i & 1 ? VCMD_ACCESS_32 : VCMD_ACCESS_64;
		if (!vcmd_test_take(test, &pasid))
			break;
		test->vcmd.access = i & 2 ? VCMD_ACCESS_32 : VCMD_ACCESS_64;
		if (!vcmd_test_give(test, pasid))
			break;
	}
}

/*
 * Allocation does not use its operand ("Unused"): what a free left there, or all ones, must not make it
 * another, whole or by halves. Each PASID is good only if it can be given back.
 */
static void run_operand_left(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	const uint64_t operands[] = { 1, 0xf0000, field_max(test->vcmd.layout->operand) };
	uint32_t pasid;

	if (test->vcmd.layout->vcmdeo)
		unit_write64(run->unit, test->vcmd.layout->vcmdeo, ~UINT64_C(0));
	for (unsigned int i = 0; i < 2 * sizeof(operands) / sizeof(operands[0]); i++) {
		test->vcmd.access = i & 1 ? VCMD_ACCESS_32 : VCMD_ACCESS_64;
		if (!vcmd_test_take_with(test, operands[i / 2], &pasid) ||
		    !vcmd_test_give(test, pasid))
			break;
	}
}

#define PASID_COMMANDS(title_in_spec) \
	.spec = (title_in_spec), .flags = TEST_WITHOUT_AGENT, .needs = NEED(VCS) | NEED(PASID)

#define RESPONSES "Virtual Command Response Register: Allocate PASID"
#define REFUSALS  "Virtual Command Response Register: Free PASID"

static const struct test tests[] = {
	{ .id = "vcmd.alloc-any",
	  .title = "a unit that allocates PASIDs has one to give while none is held",
	  PASID_COMMANDS(RESPONSES),
	  TELLS(GIVES_NONE),
	  .fixture = &vcmd_pasids,
	  .run = run_some },
	{ .id = "vcmd.alloc-status",
	  .title = "no PASID is allocated beside the status that none is left",
	  PASID_COMMANDS(RESPONSES),
	  TELLS(GIVES_BESIDE),
	  .fixture = &vcmd_pasids,
	  .run = run_some },
	{ .id = "vcmd.alloc-not-0",
	  .title = "PASID 0 is never allocated",
	  PASID_COMMANDS(RESPONSES),
	  TELLS(GIVES_ZERO),
	  .fixture = &vcmd_pasids,
	  .run = run_some },
	{ .id = "vcmd.alloc-within-pss",
	  .title = "PASIDs are within ECAP.PSS",
	  PASID_COMMANDS(RESPONSES),
	  TELLS(GIVES_TOO_WIDE),
	  .fixture = &vcmd_pasids,
	  .run = run_some },
	{ .id = "vcmd.alloc-low-bits",
	  .title = "PASIDs differ in their low 8 bits, so they stand where the layout has them",
	  PASID_COMMANDS(RESPONSES),
	  TELLS(GIVES_SHIFTED),
	  .fixture = &vcmd_pasids,
	  .run = run_some },
	{ .id = "vcmd.alloc-not-twice",
	  .title = "no PASID is allocated twice",
	  PASID_COMMANDS(RESPONSES),
	  TELLS(GIVES_TWICE),
	  .fixture = &vcmd_pasids,
	  .run = run_some },
	{ .id = "vcmd.exhausted-then-free",
	  .title = "one freed PASID can be allocated again, and no more",
	  PASID_COMMANDS(RESPONSES),
	  .fixture = &exhausted,
	  .run = run_exhausted_then_free },
	{ .id = "vcmd.exhausted",
	  .title = "a unit without PASIDs left says so",
	  PASID_COMMANDS(RESPONSES),
	  .fixture = &exhausted,
	  .run = run_exhausted },
	{ .id = "vcmd.alloc-4096",
	  .title = "4,096 PASIDs held at once are all different",
	  PASID_COMMANDS(RESPONSES),
	  .fixture = &vcmd_pasids,
	  .run = run_many },
	{ .id = "vcmd.alloc-operand-left",
	  .title = "what an operand still holds means nothing to an allocation",
	  PASID_COMMANDS("Virtual Command Register: Allocate PASID"),
	  .fixture = &vcmd_pasids,
	  .run = run_operand_left },
	{ .id = "vcmd.circulate",
	  .title = "4,096 PASIDs allocated and freed one by one",
	  PASID_COMMANDS(RESPONSES),
	  .fixture = &vcmd_pasids,
	  .run = run_circulate },
	{ .id = "vcmd.free",
	  .title = "an allocated PASID can be freed",
	  PASID_COMMANDS(REFUSALS),
	  TELLS(TAKES_NONE),
	  .fixture = &vcmd_pasids,
	  .run = run_free },
	{ .id = "vcmd.free-twice",
	  .title = "a PASID cannot be freed twice",
	  PASID_COMMANDS(REFUSALS),
	  .fixture = &vcmd_pasids,
	  .run = run_free_twice },
	{ .id = "vcmd.free-0",
	  .title = "PASID 0 cannot be freed",
	  PASID_COMMANDS(REFUSALS),
	  .fixture = &vcmd_pasids,
	  .run = run_free_0 },
	{ .id = "vcmd.free-never-allocated",
	  .title = "a PASID that was never allocated cannot be freed",
	  PASID_COMMANDS(REFUSALS),
	  .fixture = &vcmd_pasids,
	  .run = run_free_never_allocated },
	{ .id = "vcmd.free-beyond-pss",
	  .title = "a PASID beyond ECAP.PSS cannot be freed",
	  PASID_COMMANDS(REFUSALS),
	  .fixture = &vcmd_pasids,
	  .run = run_free_beyond_pss },
	{ .id = "vcmd.free-unused-bits",
	  .title = "what stands beside the PASID in its operand means nothing to a free",
	  PASID_COMMANDS("Virtual Command Register: Free PASID"),
	  .fixture = &vcmd_pasids,
	  .run = run_free_unused_bits },
	{ .id = "vcmd.free-other-unit",
	  .title = "a PASID is taken back by one unit only",
	  PASID_COMMANDS(REFUSALS),
	  .fixture = &vcmd_pasids,
	  .run = run_free_other_unit },
	{ .id = "vcmd.free-refused-keeps",
	  .title = "a refused free leaves allocated PASIDs allocated",
	  PASID_COMMANDS(REFUSALS),
	  .fixture = &vcmd_pasids,
	  .run = run_free_refused_keeps },
	{ .id = "vcmd.undefined-frees-nothing",
	  .title = "an undefined command with a PASID as operand does not free it",
	  PASID_COMMANDS(REFUSALS),
	  .fixture = &vcmd_pasids,
	  .run = run_undefined_frees_nothing },
	{ .id = "vcmd.halves",
	  .title = "commands work as two 32-bit halves, the operand first",
	  PASID_COMMANDS("Software Access to Registers"),
	  .fixture = &vcmd_pasids,
	  .run = run_halves },
	{ .id = "vcmd.halves-wide",
	  .title = "a PASID of 17 bits or more goes through both halves",
	  PASID_COMMANDS("Software Access to Registers"),
	  .fixture = &vcmd_pasids,
	  .run = run_halves_wide },
	{ .id = "vcmd.mixed-widths",
	  .title = "64-bit and 32-bit accesses can be mixed",
	  PASID_COMMANDS("Software Access to Registers"),
	  .fixture = &vcmd_pasids,
	  .run = run_mixed_widths },
};

VCMD_AILMENTS_OF_PASIDS(IS_TOLD)

const struct suite suite_vcmd_pasids = SUITE("vcmd-pasids", tests);
