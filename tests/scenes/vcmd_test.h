/* SPDX-License-Identifier: MIT */
/*
 * For tests of virtual commands: the unit's registers found, what ails it told apart, and a purse for
 * the PASIDs a test holds, so that each of them is given back.
 */
#pragma once

#include "arch/time.h"
#include "iommu/vcmd/vcmd.h"
#include "tests/test.h"

struct vcmd_test {
	struct test_run *run;
	struct vcmd vcmd;
	uint64_t *held; /* a bit for each PASID that this test has to give back */
	uint32_t held_count;
	uint32_t last; /* the PASID that was taken last */
	struct deadline late_after;
	uint32_t given_count; /* PASIDs the unit gave when it was examined */
	char words[200];      /* of the last ailment found */
};

/*
 * Examines a unit by a few allocations, all given back. Only what VCCAP offers is asked for; a unit
 * whose PASIDs cannot be given back is asked for none.
 */
enum vcmd_ailment vcmd_test_examine(struct vcmd_test *test);

/* Does VCCAP offer both to allocate and to free PASIDs? */
bool vcmd_test_gives_pasids(const struct vcmd_test *test);

/* As vcmd_probe(), but what was found before any command is remembered. */
enum vcmd_error vcmd_test_find(const struct test_run *run, struct unit *unit,
			       struct vcmd *vcmd) MUST_USE;

/* Another unit, in good health, that allocates and frees PASIDs; false if there is none. */
bool vcmd_test_find_other(const struct test_run *run, struct vcmd *vcmd);

/*
 * Fixtures: the unit's registers, and a unit that both allocates and frees; units that have none are
 * skipped, and ill ones judged. At the end all PASIDs held are given back.
 */
extern const struct fixture vcmd_registers, vcmd_pasids;

/* What a test with one of them, or with one built on them, works with. */
struct vcmd_test *vcmd_test_of(const struct test_run *run);

/* What they are made of, for fixtures that ask for more. NULL with the test skipped, failed or in error. */
struct vcmd_test *vcmd_test_open_registers(struct test_run *run);
struct vcmd_test *vcmd_test_open_pasids(struct test_run *run);
void vcmd_test_close(struct test_run *run);

/* For fixtures that hold one themselves. */
void vcmd_test_put_away(struct vcmd_test *test);

/* Allocates one that must be new, nonzero and within ECAP.PSS. False after test_fail(). */
bool vcmd_test_take(struct vcmd_test *test, uint32_t *pasid);

/* The same, with something in the operand, which an allocation does not use. */
bool vcmd_test_take_with(struct vcmd_test *test, uint64_t operand, uint32_t *pasid);

/*
 * As many as there are, `count` at most; fewer only if the unit says that none is left, or answers so
 * slowly that the test is skipped.
 */
uint32_t vcmd_test_take_many(struct vcmd_test *test, uint32_t count);

/* True, and the test skipped, if it has lasted so long that it could not be ended in time. */
bool vcmd_test_is_late(struct vcmd_test *test);

/* Gives one back, which must succeed. */
bool vcmd_test_give(struct vcmd_test *test, uint32_t pasid);

/* Gives back all that are held, until one is refused. */
void vcmd_test_give_all(struct vcmd_test *test);

/* It is given back already, by other means. */
void vcmd_test_forget(struct vcmd_test *test, uint32_t pasid);

bool vcmd_test_holds(const struct vcmd_test *test, uint32_t pasid);

/* The highest PASID within ECAP.PSS that this test does not hold. */
uint32_t vcmd_test_foreign_pasid(const struct vcmd_test *test);

/* A command must end in one way; `what` goes into the words of a failure. */
bool vcmd_test_expect(struct vcmd_test *test, uint8_t command, uint64_t operand,
		      enum vcmd_error wanted, const char *what);

/* How the model of the unit answers, to be varied; NULL for a real unit. Restored at the close. */
struct model_vcmd_behaviour *vcmd_test_behaviour(struct vcmd_test *test);
