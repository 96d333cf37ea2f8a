/* SPDX-License-Identifier: MIT */
/*
 * How a test is declared. Data first: a scene (tables that translate), at most a few pokes (fields
 * broken in it), one DMA, and what must come of it. Code (`run`) only where data cannot say it.
 *
 *	{ .id = "fault.pasid-not-present",
 *	  .title = "a PASID entry with P=0 blocks the request",
 *	  .spec = "Scalable-Mode PASID Table Entry",
 *	  .needs = NEED(SMTS) | NEED(SSTS),
 *	  .scene = { .mode = SCENE_SCALABLE },
 *	  .poke = { { AT_PASID, FIELD(PASID_P), 0 } },
 *	  .expect = FAULTS(FR_SPT_2) },
 *
 * The runner proves the scene without the pokes first, so a dead device never passes, and repairs it
 * afterwards.
 */
#pragma once

#include "arch/bits.h"
#include "arch/options.h"
#include "iommu/spec/caps.h"
#include "iommu/spec/fault_reason.h"
#include "tests/scenes/dma.h"
#include "tests/scenes/scene.h"
#include "tests/scenes/vcmd_ailment.h"

struct test_run;

enum outcome_kind {
	OUTCOME_LANDS,	 /* the data arrives where the tables say, no fault */
	OUTCOME_FAULTS,	 /* nothing moves, exactly one fault is recorded */
	OUTCOME_BLOCKED, /* nothing moves, no fault is recorded (FPD) */
};

/* In a test with EACH_STAGE the reason is that of a second stage; others have their own for the same. */
struct outcome {
	enum outcome_kind kind;
	uint8_t reason;
};

#define LANDS                    \
	{                        \
		OUTCOME_LANDS, 0 \
	}
#define FAULTS(code)                   \
	{                              \
		OUTCOME_FAULTS, (code) \
	}
#define IS_BLOCKED                 \
	{                          \
		OUTCOME_BLOCKED, 0 \
	}

enum { POKES_MAX = 4 };

/* What a test wants of the machine it runs on. */
enum test_flag {
	TEST_ONCE = 1 << 0,	      /* asks the platform, not a unit */
	TEST_WITHOUT_AGENT = 1 << 1,  /* touches registers only */
	TEST_MISSING_MEMORY = 1 << 2, /* makes hardware read where no memory is */
	TEST_ONLY_BY_NAME = 1 << 3, /* may end an emulator: runs only if tests= names it in full */
	TEST_AFTER_RESET =
		1 << 5, /* asks what a reset left of a unit; with a real one, of the machine */
	TEST_SHARES_STAGE =
		1 << 4, /* `run` leaves the unit as it was; tables not repaired, it marks unsound */
};

/*
 * What a test finds ready and leaves behind it, so that its `run` says only what it is about. The runner
 * opens it, and closes it whatever came of the test, an exception included.
 */
struct fixture {
	/*
	 * Returns what will be run->fixture; NULL if there is nothing to close. `run` is not called then,
	 * nor if the test was skipped, failed or in error here.
	 */
	void *(*open)(struct test_run *run);
	void (*close)(struct test_run *run);
};

struct test {
	const char *id; /* "area.condition": stable, people quote it */
	const char *title;
	const char *spec;	     /* title of the section or table in the specification */
	unsigned int flags;	     /* enum test_flag */
	uint64_t needs;		     /* NEED(...): a unit without one of these skips */
	uint64_t needs_absent;	     /* a unit with one of these skips */
	unsigned int agent_features; /* enum agent_feature: what the agent must be able to do */
	struct scene scene;	     /* in run->scene, the stage is told apart */
	struct poke poke[POKES_MAX];
	/* Goes before `dma`, through the broken scene, and must land there. A read only before a write. */
	const struct dma *after;
	struct dma dma;
	struct outcome expect;
	const struct fixture *fixture;
	void (*run)(struct test_run *run);
	unsigned int arg;	 /* for a `run` of several tests: a number, or an enum of its own */
	const void *link;	 /* where one number is not enough: LINKED() */
	enum vcmd_ailment tells; /* TELLS(): the ailment that this test, and no other, fails for */
};

/*
 * A `run` that is told more than a number, in a structure of its own. It is defined by
 *
 *	LINKED_RUN(run_ring, struct ring, ring)
 *	{
 *		... run->unit, ring->size_log2 ...
 *	}
 *
 * and declared by
 *
 *	.run = LINKED(run_ring, .size_log2 = 3)
 *
 * so that a function and a structure which do not belong together do not compile.
 */
#define LINKED_RUN(name, type, parameter)                                       \
	typedef type name##_link;                                               \
	static void name##_linked(struct test_run *run, const type *parameter); \
	static void name(struct test_run *run)                                  \
	{                                                                       \
		name##_linked(run, run->test->link);                            \
	}                                                                       \
	static void name##_linked(struct test_run *run, const type *parameter)

#define LINKED(name, ...)                  \
	name, .link = &(const name##_link) \
	{                                  \
		__VA_ARGS__                \
	}

struct suite {
	const char *name;
	const struct test *tests;
	unsigned int count;
};

#define SUITE(suite_name, table)                            \
	{                                                   \
		.name = (suite_name), .tests = (table),     \
		.count = sizeof(table) / sizeof((table)[0]) \
	}

/* One test on one unit, while it runs. */
struct test_run {
	const struct test *test;
	struct unit *unit;   /* NULL for TEST_ONCE */
	struct scene scene;  /* the test's, of the stage it is run with now */
	struct agent *agent; /* NULL where nothing needs one */
	const struct options *options;
	struct stage stage;
	void *fixture; /* what test->fixture opened */
	bool has_failed;
	bool has_error; /* in part or all of it the fault is ours, so nothing is said of the unit */
	bool is_skipped;
	bool is_skipped_for_ailment; /* as well: another test tells why */
	char expected[160];
	char got[160];
	/* What differed, in few words and without addresses: known deviations are recognized by it. */
	char observed[8192];
	char skip_reason[160];
};

/* Says what is wrong; more than one adds up, "; " between them. */
void test_fail(struct test_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Our own fault, not the unit's: the result is an error, and a run with errors has no verdict unless a
 * unit failed elsewhere. What fails after an allocation of pages did is an error without this, too.
 */
void test_error(struct test_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Why the test cannot be made here. */
void test_skip(struct test_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The unit is ill, and no use for this test. Fails the test that tells this ailment, skips all others
 * with that test's name. Where that test is not selected, cannot be made here or has been without
 * meeting it, the first test that meets it fails in its place; `words` say what was seen.
 */
void test_ailment(struct test_run *run, enum vcmd_ailment ailment, const char *words);

/* For `run` functions: a failed expectation is noted with its words and both values. */
#define EXPECT(run, condition)                                   \
	do {                                                     \
		if (!(condition))                                \
			test_fail((run), "not: %s", #condition); \
	} while (0)

#define EXPECT_EQ(run, actual, wanted) \
	test_expect_equal((run), #actual, (uint64_t)(actual), (uint64_t)(wanted))

void test_expect_equal(struct test_run *run, const char *what, uint64_t actual, uint64_t wanted);

/* A step that must work for the test to go on; leaves the function if it does not. */
#define REQUIRE_OK(run, call)                                                         \
	do {                                                                          \
		if ((call) != STATUS_OK) {                                            \
			test_fail((run), "%s: %s", #call, unit_failure((run)->unit)); \
			return;                                                       \
		}                                                                     \
	} while (0)

#define REQUIRE(run, condition)                                  \
	do {                                                     \
		if (!(condition)) {                              \
			test_fail((run), "not: %s", #condition); \
			return;                                  \
		}                                                \
	} while (0)
