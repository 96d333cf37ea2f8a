/* SPDX-License-Identifier: MIT */
/*
 * The PASIDs of the platform: what the default allocator hands out, and what must be refused
 * whoever hands them out.
 *
 * PASIDs are one space for all units, because a process has one PASID whatever devices it uses; an
 * allocator for each unit gives two processes the same number. 0 is never handed out, because
 * software takes it for none, nor what a context entry has as its RID_PASID. Freeing tells six
 * mistakes apart, and none of them may reach a register: by the time a unit refuses, the PASID may
 * have a new owner.
 */
#include "tests/scenes/pasid_test.h"
#include "tests/suites/suites.h"

enum { SMALL_BITS = 10 };

static void run_unique(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);

	if (!pasid_test_reserve(test, RID_PASID_1) || !pasid_test_reserve(test, RID_PASID_2))
		return;
	pasid_test_take_many(test);
	pasid_test_check_taken(test);
}

/* So few that all of them can be taken. */
static void *open_small(struct test_run *run)
{
	return pasid_test_open(run, SMALL_BITS);
}

static const struct fixture small = { .open = open_small, .close = pasid_test_close };

static void run_exhausted(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);
	const uint32_t all = (1u << SMALL_BITS) - 1;
	uint32_t pasid, last = 0;

	for (uint32_t i = 0; i < all; i++)
		pasid_test_expect(test, pasid_space_alloc(&test->space, 0, &last), PASID_OK,
				  "allocation");
	pasid_test_expect(test, pasid_space_alloc(&test->space, 0, &pasid), PASID_ERROR_EXHAUSTED,
			  "allocation with none left");
	pasid_test_expect(test, pasid_space_free(&test->space, 0, last / 2), PASID_OK, "freeing");
	pasid_test_expect(test, pasid_space_alloc(&test->space, 0, &pasid), PASID_OK,
			  "allocation after one was freed");
	EXPECT_EQ(run, pasid, last / 2);
}

/* ---- freeing what is not ours: an error of its own each, and nothing is written to the unit ---- */

static void expect_refused(struct pasid_test *test, unsigned int unit, uint32_t pasid,
			   enum pasid_error wanted, const char *what)
{
	uint64_t writes = test->run->unit->write_count;

	pasid_test_expect(test, pasid_space_free(&test->space, unit, pasid), wanted, what);
	if (test->run->unit->write_count != writes)
		test_fail(test->run, "%s: a register was written", what);
}

static void run_free_refused(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);
	unsigned int unit = run->unit->index;
	uint32_t pasid;

	if (!pasid_test_reserve(test, RID_PASID_1) || !pasid_test_take(test))
		return;
	pasid = test->taken[0];
	expect_refused(test, unit, 0, PASID_ERROR_ZERO, "freeing PASID 0");
	expect_refused(test, unit, RID_PASID_1, PASID_ERROR_RESERVED, "freeing a RID_PASID");
	expect_refused(test, unit, 1u << test->bits, PASID_ERROR_OUT_OF_RANGE,
		       "freeing a PASID that is too wide");
	expect_refused(test, unit, (1u << test->bits) - 1, PASID_ERROR_NEVER_ALLOCATED,
		       "freeing a PASID that was never allocated");
	expect_refused(test, pasid_test_other_unit(run->unit), pasid, PASID_ERROR_OTHER_UNIT,
		       "freeing a PASID of another unit");
	if (pasid_test_give(test))
		expect_refused(test, unit, pasid, PASID_ERROR_DOUBLE_FREE, "freeing a PASID again");
}

#define DEFAULT_ALLOCATOR .flags = TEST_WITHOUT_AGENT, .needs = NEED(PASID)
#define PSS_SPEC	  "Extended Capability Register: PSS"

static const struct test tests[] = {
	{ .id = "pasid.default-unique",
	  .title = "1,000 PASIDs of the default allocator differ, none 0 or a RID_PASID",
	  .spec = PSS_SPEC,
	  DEFAULT_ALLOCATOR,
	  .fixture = &pasids_default,
	  .run = run_unique },
	{ .id = "pasid.default-exhausted",
	  .title = "the default allocator gives all PASIDs, then none, then the one freed",
	  .spec = PSS_SPEC,
	  DEFAULT_ALLOCATOR,
	  .fixture = &small,
	  .run = run_exhausted },
	{ .id = "pasid.free-refused",
	  .title = "six ways to free what is not one's own, each with a name of its own",
	  .spec = "Virtual Command Register: Free PASID",
	  DEFAULT_ALLOCATOR,
	  .fixture = &pasids_any,
	  .run = run_free_refused },
};

const struct suite suite_pasid = SUITE("pasid", tests);
