/* SPDX-License-Identifier: MIT */
/*
 * The PASIDs of the platform: the default allocator, and a unit's virtual commands in its place. The
 * same rules for both, so one set of tests where both can be asked.
 */
#include "arch/page.h"
#include "tests/platform.h"
#include "tests/suites/suites.h"
#include "tests/vcmd_test.h"

enum { MANY = 1000, A_FEW = 8, SMALL_BITS = 10, FEWEST_BITS = 8 };

/* RID_PASIDs that tests set aside. */
enum { RID_PASID_1 = 5, RID_PASID_2 = 7 };

/* A space whose memory is taken and given back with it. One test runs at a time. */
struct space_test {
	struct test_run *run;
	struct pasid_space space;
	struct vcmd_test *vcmd; /* NULL: the default allocator serves */
	unsigned int bits;
	void *state, *history;
	uint32_t taken[MANY];
	unsigned int taken_count;
};

static struct space_test current;

static size_t pages_for(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

/* An empty space of `bits`, 0: as wide as the unit's PASIDs. NULL after test_fail(). */
static struct space_test *open_default(struct test_run *run, unsigned int bits)
{
	struct space_test *test = &current;

	*test = (struct space_test){ .run = run };
	test->bits = bits ? bits : caps_pasid_bits(&run->unit->caps);
	if (test->bits < FEWEST_BITS) {
		test_skip(run, "PASIDs of %u bits are too few to test with", test->bits);
		return NULL;
	}
	test->state = page_alloc_contiguous(pages_for(pasid_space_state_bytes(test->bits)), 1);
	test->history = page_alloc_contiguous(pages_for(pasid_space_history_bytes(test->bits)), 1);
	if (!test->state || !test->history) {
		test_fail(run, "no memory for a space of PASIDs");
		page_free_contiguous(test->state, pages_for(pasid_space_state_bytes(test->bits)));
		return NULL;
	}
	pasid_space_init(&test->space, test->bits, test->state, test->history);
	return test;
}

static bool expect_error(struct space_test *test, enum pasid_error error, enum pasid_error wanted,
			 const char *what)
{
	if (error == wanted)
		return true;
	test_fail(test->run, "%s: %s, should be: %s", what, pasid_error_name(error),
		  pasid_error_name(wanted));
	return false;
}

/* Which units draw on one space only the platform could tell; until it does, all do. */
static struct pasid_source source_of(struct vcmd *vcmd)
{
	return vcmd_pasid_source(vcmd, &platform);
}

static enum pasid_error register_vcmd(struct space_test *test)
{
	struct pasid_source source = source_of(&test->vcmd->vcmd);

	return pasid_space_register(&test->space, test->run->unit->index, &source);
}

/* False after test_fail(). */
static bool take(struct space_test *test)
{
	uint32_t pasid;
	enum pasid_error error = pasid_space_alloc(&test->space, test->run->unit->index, &pasid);

	if (!expect_error(test, error, PASID_OK, "allocation"))
		return false;
	test->taken[test->taken_count++] = pasid;
	return true;
}

/* As many as there are, MANY at most. */
static void take_many(struct space_test *test)
{
	enum pasid_error error = PASID_OK;
	uint32_t *pasid;

	while (test->taken_count < MANY && !error) {
		pasid = &test->taken[test->taken_count];
		error = pasid_space_alloc(&test->space, test->run->unit->index, pasid);
		test->taken_count += !error;
	}
	if (error != PASID_ERROR_EXHAUSTED)
		expect_error(test, error, PASID_OK, "allocation");
}

static bool reserve(struct space_test *test, uint32_t pasid)
{
	return expect_error(test, pasid_space_reserve(&test->space, pasid), PASID_OK,
			    "setting a RID_PASID aside");
}

/* Another unit's number. */
static unsigned int other_than(const struct unit *unit)
{
	return unit->index ? 0 : 1;
}

/* Back goes what was taken last. */
static bool give(struct space_test *test)
{
	return expect_error(test,
			    pasid_space_free(&test->space, test->run->unit->index,
					     test->taken[--test->taken_count]),
			    PASID_OK, "freeing");
}

static void close(struct space_test *test)
{
	if (!test)
		return;
	while (test->taken_count && give(test))
		;
	page_free_contiguous(test->state, pages_for(pasid_space_state_bytes(test->bits)));
	page_free_contiguous(test->history, pages_for(pasid_space_history_bytes(test->bits)));
	vcmd_test_close(test->vcmd);
}

/* A space with the unit's virtual commands ready, not yet registered. */
static struct space_test *open_unregistered(struct test_run *run)
{
	struct vcmd_test *vcmd = vcmd_test_open(run, VCMD_WANTS_PASIDS);
	struct space_test *test = vcmd ? open_default(run, 0) : NULL;

	if (test)
		test->vcmd = vcmd;
	else
		vcmd_test_close(vcmd);
	return test;
}

static struct space_test *open_registered(struct test_run *run)
{
	struct space_test *test = open_unregistered(run);

	if (!test || expect_error(test, register_vcmd(test), PASID_OK, "registering the source"))
		return test;
	close(test);
	return NULL;
}

/* With virtual commands where the unit has them, else the default allocator. */
static struct space_test *open_any(struct test_run *run)
{
	if (caps_has(&run->unit->caps, CAPABILITY_VCS))
		return open_registered(run);
	return open_default(run, 0);
}

/* ---- what is handed out ---- */

static void check_taken(struct space_test *test)
{
	for (unsigned int i = 0; i < test->taken_count; i++) {
		uint32_t pasid = test->taken[i];

		if (!pasid || pasid >> test->bits)
			test_fail(test->run, "PASID %x was handed out", pasid);
		for (unsigned int k = 0; k < test->space.reserved_count; k++)
			if (test->space.reserved[k].pasid == pasid)
				test_fail(test->run, "RID_PASID %x was handed out", pasid);
		for (unsigned int k = 0; k < i; k++)
			if (test->taken[k] == pasid)
				test_fail(test->run, "PASID %x was handed out twice", pasid);
	}
}

static void run_unique(struct test_run *run)
{
	struct space_test *test = open_default(run, 0);

	if (test && reserve(test, RID_PASID_1) && reserve(test, RID_PASID_2)) {
		take_many(test);
		check_taken(test);
	}
	close(test);
}

static void run_exhausted(struct test_run *run)
{
	struct space_test *test = open_default(run, SMALL_BITS);
	const uint32_t all = (1u << SMALL_BITS) - 1;
	uint32_t pasid, last = 0;

	for (uint32_t i = 0; test && i < all; i++)
		expect_error(test, pasid_space_alloc(&test->space, 0, &last), PASID_OK,
			     "allocation");
	if (test) {
		expect_error(test, pasid_space_alloc(&test->space, 0, &pasid),
			     PASID_ERROR_EXHAUSTED, "allocation with none left");
		expect_error(test, pasid_space_free(&test->space, 0, last / 2), PASID_OK,
			     "freeing");
		expect_error(test, pasid_space_alloc(&test->space, 0, &pasid), PASID_OK,
			     "allocation after one was freed");
		EXPECT_EQ(run, pasid, last / 2);
	}
	close(test);
}

static void run_source_unique(struct test_run *run)
{
	struct space_test *test = open_registered(run);

	if (test && reserve(test, RID_PASID_1) && reserve(test, RID_PASID_2)) {
		take_many(test);
		check_taken(test);
	}
	close(test);
}

/* The RID_PASIDs are set aside that the unit is about to offer: it is asked on. */
static void run_source_rid_pasid(struct test_run *run)
{
	struct space_test *test = open_registered(run);
	uint32_t pasids[2];

	if (test && test->vcmd->given_count < A_FEW)
		test_skip(run, "unit %u has too few PASIDs", run->unit->index);
	else if (test && take(test) && take(test)) {
		for (unsigned int i = 0; i < 2; i++)
			pasids[i] = test->taken[i];
		EXPECT(run, pasid_space_reserve(&test->space, pasids[0]) == PASID_ERROR_LIVE);
		if (give(test) && give(test)) {
			EXPECT(run, pasid_space_reserve(&test->space, pasids[0]) == PASID_OK);
			EXPECT(run, pasid_space_reserve(&test->space, pasids[1]) == PASID_OK);
			while (test->taken_count < A_FEW / 2 && take(test))
				EXPECT(run,
				       test->taken[test->taken_count - 1] != pasids[0] &&
					       test->taken[test->taken_count - 1] != pasids[1]);
		}
		while (test->taken_count && give(test))
			;
		expect_error(test, pasid_space_unregister(&test->space, run->unit->index), PASID_OK,
			     "unregistering, which gives back what was held");
	}
	close(test);
}

/* ---- registering ---- */

static void run_source_after_default(struct test_run *run)
{
	struct space_test *test = open_unregistered(run);

	if (test && take(test)) {
		expect_error(test, register_vcmd(test), PASID_ERROR_DEFAULT_LIVE,
			     "registering with a default PASID live");
		if (give(test))
			expect_error(test, register_vcmd(test), PASID_OK,
				     "registering with none live");
		take(test);
	}
	close(test);
}

static void run_source_live(struct test_run *run)
{
	struct space_test *test = open_registered(run);
	unsigned int unit = run->unit->index;

	if (test && take(test)) {
		expect_error(test, register_vcmd(test), PASID_ERROR_REGISTERED,
			     "registering again");
		expect_error(test, pasid_space_unregister(&test->space, unit),
			     PASID_ERROR_SOURCE_LIVE, "unregistering with a PASID live");
		if (give(test))
			expect_error(test, pasid_space_unregister(&test->space, unit), PASID_OK,
				     "unregistering with none live");
		expect_error(test, pasid_space_unregister(&test->space, unit),
			     PASID_ERROR_NOT_REGISTERED, "unregistering again");
	}
	close(test);
}

static void run_source_other_backing(struct test_run *run)
{
	struct space_test *test = open_registered(run);

	if (test) {
		struct pasid_source other = vcmd_pasid_source(&test->vcmd->vcmd, test);

		expect_error(test,
			     pasid_space_register(&test->space, other_than(run->unit), &other),
			     PASID_ERROR_OTHER_BACKING, "registering with another backing");
	}
	close(test);
}

/* A unit without virtual commands gets its PASIDs from one that has them. */
static void run_source_serves_others(struct test_run *run)
{
	struct space_test *test = open_registered(run);
	unsigned int other = other_than(run->unit);
	uint32_t pasid;

	if (test && expect_error(test, pasid_space_alloc(&test->space, other, &pasid), PASID_OK,
				 "allocation for another unit")) {
		uint64_t writes = run->unit->write_count;

		expect_error(test, pasid_space_free(&test->space, other, pasid), PASID_OK,
			     "freeing for another unit");
		EXPECT_EQ(run, run->unit->write_count, writes + 1);
	}
	close(test);
}

/* What a unit offered although the other has it goes back where it came from. */
static void skip_unshared(struct space_test *test, struct vcmd *giver, uint32_t pasid)
{
	test_skip(test->run, "the units have PASIDs of their own each: %x is allocated by both",
		  pasid);
	if (vcmd_free_pasid(giver, pasid) != VCMD_OK)
		test_fail(test->run, "PASID %x: %s", pasid, unit_failure(giver->unit));
}

/* Two units, one backing: each asks its own registers, and never do both give the same PASID. */
static void take_in_turn(struct space_test *test, struct vcmd *other)
{
	struct vcmd *const givers[2] = { &test->vcmd->vcmd, other };
	uint32_t pasids[2 * A_FEW];
	enum pasid_error error = PASID_OK;
	unsigned int count = 0;

	while (count < 2 * A_FEW && !error) {
		error = pasid_space_alloc(&test->space, givers[count % 2]->unit->index,
					  &pasids[count]);
		count += !error;
	}
	if (error == PASID_ERROR_OFFERED_TWICE)
		skip_unshared(test, givers[count % 2], pasids[count]);
	else if (error != PASID_ERROR_EXHAUSTED)
		expect_error(test, error, PASID_OK, "allocation");
	while (count--)
		expect_error(test,
			     pasid_space_free(&test->space, givers[count % 2]->unit->index,
					      pasids[count]),
			     PASID_OK, "freeing");
}

static void run_source_two_units(struct test_run *run)
{
	struct space_test *test = open_registered(run);
	static struct vcmd vcmd; /* outlives the call: the space keeps it */

	if (test && !vcmd_test_find_other(run, &vcmd)) {
		test_skip(run, "no other unit allocates PASIDs");
	} else if (test) {
		struct pasid_source source = source_of(&vcmd);

		unsigned int other = vcmd.unit->index;

		if (expect_error(test, pasid_space_register(&test->space, other, &source), PASID_OK,
				 "registering the other unit"))
			take_in_turn(test, &vcmd);
	}
	close(test);
}

/* The unit is emptied behind the space's back, but for one. */
static void run_source_exhausted(struct test_run *run)
{
	struct space_test *test = open_registered(run);
	uint32_t pasid;

	if (test && take(test)) {
		if (vcmd_test_take_many(test->vcmd, 65536) == 65536)
			test_skip(run, "unit %u has more than 65536 PASIDs", run->unit->index);
		else if (!run->is_skipped &&
			 expect_error(test,
				      pasid_space_alloc(&test->space, run->unit->index, &pasid),
				      PASID_ERROR_EXHAUSTED, "allocation with none left") &&
			 give(test))
			take(test);
	}
	close(test);
}

/* ---- freeing what is not ours: an error of its own each, and nothing is written to the unit ---- */

static void expect_refused(struct space_test *test, unsigned int unit, uint32_t pasid,
			   enum pasid_error wanted, const char *what)
{
	uint64_t writes = test->run->unit->write_count;

	expect_error(test, pasid_space_free(&test->space, unit, pasid), wanted, what);
	if (test->run->unit->write_count != writes)
		test_fail(test->run, "%s: a register was written", what);
}

static void run_free_refused(struct test_run *run)
{
	struct space_test *test = open_any(run);
	unsigned int unit = run->unit->index;
	uint32_t pasid;

	if (test && reserve(test, RID_PASID_1) && take(test)) {
		pasid = test->taken[0];
		expect_refused(test, unit, 0, PASID_ERROR_ZERO, "freeing PASID 0");
		expect_refused(test, unit, RID_PASID_1, PASID_ERROR_RESERVED,
			       "freeing a RID_PASID");
		expect_refused(test, unit, 1u << test->bits, PASID_ERROR_OUT_OF_RANGE,
			       "freeing a PASID that is too wide");
		expect_refused(test, unit, (1u << test->bits) - 1, PASID_ERROR_NEVER_ALLOCATED,
			       "freeing a PASID that was never allocated");
		expect_refused(test, other_than(run->unit), pasid, PASID_ERROR_OTHER_UNIT,
			       "freeing a PASID of another unit");
		if (give(test))
			expect_refused(test, unit, pasid, PASID_ERROR_DOUBLE_FREE,
				       "freeing a PASID again");
	}
	close(test);
}

#define DEFAULT_ALLOCATOR .flags = TEST_WITHOUT_AGENT, .needs = NEED(PASID)
#define VIRTUAL_COMMANDS  .flags = TEST_WITHOUT_AGENT, .needs = NEED(PASID) | NEED(VCS)
#define PSS_SPEC	  "Extended Capability Register: PSS"
#define VCMD_SPEC	  "Virtual Command Register: Allocate PASID"
#define VCCAP_SPEC	  "Virtual Command Capability Register: PAS"

static const struct test tests[] = {
	{ .id = "pasid.default-unique",
	  .title = "1,000 PASIDs of the default allocator differ, none 0 or a RID_PASID",
	  .spec = PSS_SPEC,
	  DEFAULT_ALLOCATOR,
	  .run = run_unique },
	{ .id = "pasid.default-exhausted",
	  .title = "the default allocator gives all PASIDs, then none, then the one freed",
	  .spec = PSS_SPEC,
	  DEFAULT_ALLOCATOR,
	  .run = run_exhausted },
	{ .id = "pasid.free-refused",
	  .title = "six ways to free what is not one's own, each with a name of its own",
	  .spec = "Virtual Command Register: Free PASID",
	  DEFAULT_ALLOCATOR,
	  .run = run_free_refused },
	{ .id = "pasid.source-unique",
	  .title = "1,000 PASIDs of the unit differ, none 0 or a RID_PASID",
	  .spec = VCMD_SPEC,
	  VIRTUAL_COMMANDS,
	  .run = run_source_unique },
	{ .id = "pasid.source-rid-pasid",
	  .title = "a RID_PASID that the unit offers is held back, and given back at the end",
	  .spec = "Scalable-Mode Context Entry: RID_PASID",
	  VIRTUAL_COMMANDS,
	  .run = run_source_rid_pasid },
	{ .id = "pasid.source-exhausted",
	  .title = "a unit without PASIDs left, then one freed, then allocated",
	  .spec = VCMD_SPEC,
	  VIRTUAL_COMMANDS,
	  .run = run_source_exhausted },
	{ .id = "pasid.source-after-default",
	  .title = "virtual commands take over only while no default PASID is live",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_COMMANDS,
	  .run = run_source_after_default },
	{ .id = "pasid.source-live",
	  .title = "virtual commands stay registered while a PASID is live",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_COMMANDS,
	  .run = run_source_live },
	{ .id = "pasid.source-other-backing",
	  .title = "a second source of PASIDs is refused",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_COMMANDS,
	  .run = run_source_other_backing },
	{ .id = "pasid.source-serves-others",
	  .title = "a unit without virtual commands gets PASIDs from one that has them",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_COMMANDS,
	  .run = run_source_serves_others },
	{ .id = "pasid.source-two-units",
	  .title = "two units that share their PASIDs never give the same one",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_COMMANDS,
	  .run = run_source_two_units },
};

const struct suite suite_pasid = SUITE("pasid", tests);
