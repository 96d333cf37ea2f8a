/* SPDX-License-Identifier: MIT */
/*
 * The PASIDs of the platform where a unit's virtual commands have taken the default allocator's
 * place.
 *
 * One source serves all units, also those without virtual commands. It can only be changed while
 * no PASID of the old one is live: Linux let units register one after the other, and refused with
 * an error that turned scalable mode off for the whole machine when PASIDs were in use already;
 * two units behind one hypervisor count as one source, units behind two do not. A unit may offer
 * what is reserved as RID_PASID, which is then held back and not given back, or it would be
 * offered again; and what a sane unit never offers (0, or what is allocated) is refused by name
 * instead of handed on.
 */
#include "tests/model/unit.h"
#include "tests/scenes/pasid_test.h"
#include "tests/suites/suites.h"

enum { A_FEW = 8 };

/* A unit that gives no end of PASIDs is not asked for more than this many. */
enum { ENOUGH = 65536 };

static void run_source_unique(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);

	if (!pasid_test_reserve(test, RID_PASID_1) || !pasid_test_reserve(test, RID_PASID_2))
		return;
	pasid_test_take_many(test);
	pasid_test_check_taken(test);
}

/* The unit is left with three PASIDs, of which two are set aside: there is one to be had. */
static void take_last(struct pasid_test *test, const uint32_t pasids[3])
{
	unsigned int unit = test->run->unit->index;
	uint32_t pasid;

	if (!pasid_test_reserve(test, pasids[0]) || !pasid_test_reserve(test, pasids[1]) ||
	    !pasid_test_take(test))
		return;
	EXPECT_EQ(test->run, test->taken[0], pasids[2]);
	pasid_test_expect(test, pasid_space_alloc(&test->space, unit, &pasid),
			  PASID_ERROR_EXHAUSTED, "allocation with RID_PASIDs left");
	if (pasid_test_give(test))
		pasid_test_expect(test, pasid_space_unregister(&test->space, unit), PASID_OK,
				  "unregistering, which gives back what was held");
	for (unsigned int i = 0; i < 2; i++)
		if (vcmd_free_pasid(&test->vcmd->vcmd, pasids[i]) != VCMD_ERROR_INVALID_PASID)
			test_fail(test->run, "RID_PASID %x was not given back", pasids[i]);
}

static void run_source_rid_pasid(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);
	uint32_t taken = vcmd_test_take_many(test->vcmd, ENOUGH);
	unsigned int found = 0;
	uint32_t pasids[3];

	if (taken == ENOUGH || taken < 3)
		test_skip(run, "unit %u has too many or too few PASIDs", run->unit->index);
	if (run->is_skipped || run->has_failed)
		return;
	for (uint32_t pasid = 1; found < 3; pasid++)
		if (vcmd_test_holds(test->vcmd, pasid) && vcmd_test_give(test->vcmd, pasid))
			pasids[found++] = pasid;
	take_last(test, pasids);
}

/* ---- registering ---- */

static void run_source_after_default(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);

	if (!pasid_test_take(test))
		return;
	pasid_test_expect(test, pasid_test_register(test), PASID_ERROR_DEFAULT_LIVE,
			  "registering with a default PASID live");
	if (pasid_test_give(test))
		pasid_test_expect(test, pasid_test_register(test), PASID_OK,
				  "registering with none live");
	pasid_test_take(test);
}

static void run_source_live(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);
	unsigned int unit = run->unit->index;

	if (!pasid_test_take(test))
		return;
	pasid_test_expect(test, pasid_test_register(test), PASID_ERROR_REGISTERED,
			  "registering again");
	pasid_test_expect(test, pasid_space_unregister(&test->space, unit), PASID_ERROR_SOURCE_LIVE,
			  "unregistering with a PASID live");
	if (pasid_test_give(test))
		pasid_test_expect(test, pasid_space_unregister(&test->space, unit), PASID_OK,
				  "unregistering with none live");
	pasid_test_expect(test, pasid_space_unregister(&test->space, unit),
			  PASID_ERROR_NOT_REGISTERED, "unregistering again");
}

static void run_source_other_backing(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);
	struct pasid_source other = vcmd_pasid_source(&test->vcmd->vcmd, test);

	pasid_test_expect(
		test, pasid_space_register(&test->space, pasid_test_other_unit(run->unit), &other),
		PASID_ERROR_OTHER_BACKING, "registering with another backing");
}

/* A unit without virtual commands gets its PASIDs from one that has them. */
static void run_source_serves_others(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);
	unsigned int other = pasid_test_other_unit(run->unit);
	uint64_t writes;
	uint32_t pasid;

	if (!pasid_test_expect(test, pasid_space_alloc(&test->space, other, &pasid), PASID_OK,
			       "allocation for another unit"))
		return;
	writes = run->unit->write_count;
	pasid_test_expect(test, pasid_space_free(&test->space, other, pasid), PASID_OK,
			  "freeing for another unit");
	EXPECT_EQ(run, run->unit->write_count, writes + 1);
}

/*
 * False, and the test skipped, if the units have PASIDs of their own each: while one of them has given
 * all it has, the other gives one of the same.
 */
static bool may_share(struct pasid_test *test, struct vcmd *other)
{
	uint32_t pasid;
	bool is_same;

	if (vcmd_test_take_many(test->vcmd, ENOUGH) == ENOUGH ||
	    vcmd_alloc_pasid(other, &pasid) != VCMD_OK) {
		vcmd_test_give_all(test->vcmd);
		return true;
	}
	is_same = vcmd_test_holds(test->vcmd, pasid);
	vcmd_test_give_all(test->vcmd);
	if (vcmd_free_pasid(other, pasid) != VCMD_OK)
		test_fail(test->run, "PASID %x: %s", pasid, unit_failure(other->unit));
	if (is_same)
		test_skip(test->run, "units %u and %u have PASIDs of their own each: both gave %x",
			  test->run->unit->index, other->unit->index, pasid);
	return !is_same;
}

/* Two units, one backing: each asks its own registers, and never do both give the same PASID. */
static void take_in_turn(struct pasid_test *test, struct vcmd *other)
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
	if (error != PASID_ERROR_EXHAUSTED)
		pasid_test_expect(test, error, PASID_OK, "allocation");
	while (count--)
		pasid_test_expect(test,
				  pasid_space_free(&test->space, givers[count % 2]->unit->index,
						   pasids[count]),
				  PASID_OK, "freeing");
}

static void run_source_two_units(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);
	static struct vcmd vcmd; /* outlives the call: the space keeps it */
	struct pasid_source source;

	if (!vcmd_test_find_other(run, &vcmd)) {
		test_skip(run, "no other unit allocates PASIDs");
		return;
	}
	if (!may_share(test, &vcmd))
		return;
	source = pasid_test_source(&vcmd);
	if (pasid_test_expect(test, pasid_space_register(&test->space, vcmd.unit->index, &source),
			      PASID_OK, "registering the other unit"))
		take_in_turn(test, &vcmd);
}

/* The unit is emptied behind the space's back, but for one. */
static void run_source_exhausted(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);
	uint32_t pasid;

	if (!pasid_test_take(test))
		return;
	if (vcmd_test_take_many(test->vcmd, ENOUGH) == ENOUGH)
		test_skip(run, "unit %u has more than %d PASIDs", run->unit->index, ENOUGH);
	else if (!run->is_skipped &&
		 pasid_test_expect(test, pasid_space_alloc(&test->space, run->unit->index, &pasid),
				   PASID_ERROR_EXHAUSTED, "allocation with none left") &&
		 pasid_test_give(test))
		pasid_test_take(test);
}

/* What a source must not offer is refused by name; only a model can be made to. */
static void run_source_bad_offers(struct test_run *run)
{
	struct pasid_test *test = pasid_test_of(run);
	struct model_vcmd_behaviour *behaviour = vcmd_test_behaviour(test->vcmd);
	uint32_t pasid;

	if (!behaviour) {
		test_skip(run, "unit %u is real: what it offers cannot be changed",
			  run->unit->index);
		return;
	}
	if (!pasid_test_take(test))
		return;
	behaviour->offers_same_twice = true;
	pasid_test_expect(test, pasid_space_alloc(&test->space, run->unit->index, &pasid),
			  PASID_ERROR_OFFERED_TWICE, "an offer of what is allocated");
	EXPECT_EQ(run, pasid, test->taken[0]);
	behaviour->offers_pasid_0 = true;
	pasid_test_expect(test, pasid_space_alloc(&test->space, run->unit->index, &pasid),
			  PASID_ERROR_OFFERED_ZERO, "an offer of PASID 0");
	behaviour->offers_same_twice = behaviour->offers_pasid_0 = false;
	EXPECT_EQ(run, pasid_space_live_count(&test->space), 1);
	if (pasid_test_give(test))
		pasid_test_take(test);
}

#define VIRTUAL_PASIDS .flags = TEST_WITHOUT_AGENT, .needs = NEED(PASID) | NEED(VCS)
#define VCMD_SPEC      "Virtual Command Register: Allocate PASID"
#define VCCAP_SPEC     "Virtual Command Capability Register: PAS"

static const struct test tests[] = {
	{ .id = "pasid.source-unique",
	  .title = "1,000 PASIDs of the unit differ, none 0 or a RID_PASID",
	  .spec = VCMD_SPEC,
	  VIRTUAL_PASIDS,
	  .fixture = &pasids_registered,
	  .run = run_source_unique },
	{ .id = "pasid.source-rid-pasid",
	  .title = "a RID_PASID that the unit offers is held back, and given back at the end",
	  .spec = "Scalable-Mode Context-Entry: RID_PASID",
	  VIRTUAL_PASIDS,
	  .fixture = &pasids_registered,
	  .run = run_source_rid_pasid },
	{ .id = "pasid.source-exhausted",
	  .title = "a unit without PASIDs left, then one freed, then allocated",
	  .spec = VCMD_SPEC,
	  VIRTUAL_PASIDS,
	  .fixture = &pasids_registered,
	  .run = run_source_exhausted },
	{ .id = "pasid.source-after-default",
	  .title = "virtual commands take over only while no default PASID is live",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_PASIDS,
	  .fixture = &pasids_unregistered,
	  .run = run_source_after_default },
	{ .id = "pasid.source-live",
	  .title = "virtual commands stay registered while a PASID is live",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_PASIDS,
	  .fixture = &pasids_registered,
	  .run = run_source_live },
	{ .id = "pasid.source-other-backing",
	  .title = "a second source of PASIDs is refused",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_PASIDS,
	  .fixture = &pasids_registered,
	  .run = run_source_other_backing },
	{ .id = "pasid.source-serves-others",
	  .title = "a unit without virtual commands gets PASIDs from one that has them",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_PASIDS,
	  .fixture = &pasids_registered,
	  .run = run_source_serves_others },
	{ .id = "pasid.source-bad-offers",
	  .title = "a source that offers PASID 0, or one that is allocated, is refused by name",
	  .spec = VCMD_SPEC,
	  VIRTUAL_PASIDS,
	  .fixture = &pasids_registered,
	  .run = run_source_bad_offers },
	{ .id = "pasid.source-two-units",
	  .title = "two units that share their PASIDs never give the same one",
	  .spec = VCCAP_SPEC,
	  VIRTUAL_PASIDS,
	  .fixture = &pasids_registered,
	  .run = run_source_two_units },
};

const struct suite suite_pasid_source = SUITE("pasid-source", tests);
