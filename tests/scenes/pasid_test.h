/* SPDX-License-Identifier: MIT */
/*
 * For tests of the PASIDs of the platform: a space of them with its memory, and what a test has taken
 * from it, so that all is given back.
 */
#pragma once

#include "iommu/vcmd/pasid_space.h"
#include "tests/scenes/vcmd_test.h"
#include "tests/test.h"

/* A test takes no more PASIDs than this; RID_PASIDs that tests set aside. */
enum { PASID_TEST_MOST = 1000, RID_PASID_1 = 5, RID_PASID_2 = 7 };

struct pasid_test {
	struct test_run *run;
	struct pasid_space space;
	struct vcmd_test *vcmd; /* NULL: the default allocator serves */
	unsigned int bits;
	void *state, *history;
	uint32_t taken[PASID_TEST_MOST];
	unsigned int taken_count;
};

/*
 * Fixtures: the default allocator, as wide as the unit's PASIDs; with the unit's virtual commands at hand
 * but not registered; registered; or registered where the unit offers them, else the default allocator.
 * At the end everything is given back.
 */
extern const struct fixture pasids_default, pasids_unregistered, pasids_registered, pasids_any;

/* What a test with one of them, or with one built on them, works with. */
struct pasid_test *pasid_test_of(const struct test_run *run);

/* For fixtures that ask for more: the default allocator with PASIDs of `bits`. NULL as there. */
struct pasid_test *pasid_test_open(struct test_run *run, unsigned int bits);
void pasid_test_close(struct test_run *run);

/* False after test_fail() if it is not so; `what` goes into the words. */
bool pasid_test_expect(struct pasid_test *test, enum pasid_error error, enum pasid_error wanted,
		       const char *what);

/* Takes one PASID for the unit, and gives back the last one taken. False after test_fail(). */
bool pasid_test_take(struct pasid_test *test);
bool pasid_test_give(struct pasid_test *test);

/* Takes as many as there are, PASID_TEST_MOST at most. */
void pasid_test_take_many(struct pasid_test *test);

/* All that are taken differ, none of them 0, a RID_PASID or too wide. */
void pasid_test_check_taken(struct pasid_test *test);

/* Sets a RID_PASID aside. False after test_fail(). */
bool pasid_test_reserve(struct pasid_test *test, uint32_t pasid);

/* A unit's virtual commands as a source; all units count as one backing. */
struct pasid_source pasid_test_source(struct vcmd *vcmd);
enum pasid_error pasid_test_register(struct pasid_test *test);

/* The number of another unit. */
unsigned int pasid_test_other_unit(const struct unit *unit);
