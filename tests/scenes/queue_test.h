/* SPDX-License-Identifier: MIT */
/*
 * For tests that look at the invalidation queue itself: a queue at work with translation off, single
 * descriptors put into it, and what the unit made of them.
 */
#pragma once

#include "iommu/spec/regs.h"
#include "iommu/unit/queue.h"
#include "tests/test.h"

/*
 * Latches an empty root table in mode `ttm`, turns a queue of 2^size_log2 pages on and proves that
 * it works. False after test_fail() if not.
 */
bool queue_test_open(struct test_run *run, enum ttm ttm, bool wide, unsigned int size_log2);

/* Latches the empty root table in another mode. */
bool queue_test_latch(struct test_run *run, enum ttm ttm);

/* A wait descriptor completes; `when` goes into the words of a failure. */
bool queue_test_works(struct test_run *run, const char *when);

/* Waits until IQH is at the tail. */
bool queue_test_drained(struct test_run *run);

/* Waits for FSTS.IQE; false after test_fail() if it does not come. */
bool queue_test_wait_error(struct test_run *run);

/*
 * Stops the queue with a descriptor of type 0, and puts a wait that writes 600Dh in its place: the
 * queue stands with IQE, and nothing is wrong with it any more. False after test_fail() if IQE does
 * not come.
 */
bool queue_test_stop_and_mend(struct test_run *run);

/* What the unit made of one descriptor that had a wait descriptor behind it. */
struct queue_answer {
	bool is_accepted; /* the wait completed, or a device was given up (ITE) */
	bool is_refused;  /* FSTS.IQE is set; neither: nothing happened before the deadline */
	bool head_moved;  /* refused, but IQH is not at the descriptor */
	unsigned int iqei;
};

/* Submits, looks, and repairs the queue. False after test_fail() if the queue cannot go on. */
bool queue_test_ask(struct test_run *run, const struct descriptor *descriptor,
		    struct queue_answer *answer);

/* A set of IQERCD.IQEI codes. */
#define IQEI_SET(code) (1u << (code))

/* One of the set, or 0, which units without that register show; a model has it. */
bool queue_test_is_reason(const struct unit *unit, unsigned int iqei, unsigned int iqei_set);

/* The descriptor must be accepted, or refused with one of the codes. `label` may be NULL. */
void queue_test_accepted(struct test_run *run, const struct descriptor *descriptor,
			 const char *label);
void queue_test_refused(struct test_run *run, const struct descriptor *descriptor,
			unsigned int iqei_set, const char *label);

/* Each bit of `masks` set alone in `base` must make the unit refuse it for a reserved field. */
void queue_test_each_bit(struct test_run *run, const struct descriptor *base,
			 const uint64_t masks[4]);
