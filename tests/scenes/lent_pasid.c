/* SPDX-License-Identifier: MIT */
#include "tests/scenes/lent_pasid.h"

#include "tests/scenes/vcmd_test.h"

/* A VMM that gives PASIDs far below what is wanted is not asked for more than this many. */
enum { LENT_MOST = 8192 };

/* In place of a VMM where there is none. */
static struct vcmd_test nobody;

static bool must_ask(struct test_run *run)
{
	struct vcmd vcmd;

	return caps_has(&run->unit->caps, CAPABILITY_VCS) &&
	       vcmd_test_find(run, run->unit, &vcmd) == VCMD_OK && vcmd_can_alloc(&vcmd);
}

static void *open_lent(struct test_run *run)
{
	return must_ask(run) ? vcmd_test_open_pasids(run) : &nobody;
}

/* Tables first: what stands in them must not have another owner. */
static void close_lent(struct test_run *run)
{
	if (run->fixture == &nobody)
		return;
	if (run->stage.is_up && !stage_strike(&run->stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	vcmd_test_put_away(run->fixture);
}

const struct fixture lent_pasids = { .open = open_lent, .close = close_lent };

uint32_t lent_pasid(struct test_run *run, uint32_t wanted)
{
	struct vcmd_test *test = run->fixture;
	uint32_t pasid;

	if (test == &nobody)
		return wanted;
	for (unsigned int i = 0; i < LENT_MOST; i++) {
		if (!vcmd_test_take_many(test, 1))
			break;
		pasid = test->last;
		if (pasid >= wanted)
			return pasid;
	}
	if (!run->has_failed && !run->is_skipped)
		test_skip(run, "VCMD of unit %u gives no PASID from %x on", run->unit->index,
			  wanted);
	return 0;
}

unsigned int lent_pasid_pdts(uint32_t pasid)
{
	unsigned int pdts = 0;

	while (pasid >> (pdts + 13))
		pdts++;
	return pdts;
}
