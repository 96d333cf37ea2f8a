/* SPDX-License-Identifier: MIT */
/*
 * How a unit says that its invalidation queue is wrong, what it does then, and how it goes on.
 *
 * An error stops the fetching: IQH stays at the bad descriptor, what stands before it is done and
 * what stands behind it is not, until software has put the descriptor right and cleared IQE.
 * Software that does not know this waits for ever (ACRN 65ec6f3f3; Jailhouse a76e766b, by reserved
 * bits in IQT), or takes one repaired descriptor for a repaired batch (Linux 754d07b940c4). IQERCD
 * says why, on units that have it: older ones read 0 there, and where two rules are broken at once
 * either code will do. What a tail beyond the ring is, and whether it is noticed at once or by
 * what is fetched there, is left open.
 */
#include "arch/cpu.h"
#include "arch/string.h"
#include "arch/time.h"
#include "tests/engine/platform.h"
#include "tests/scenes/queue_test.h"
#include "tests/suites/suites.h"

#define ERROR_SPEC "Hardware Handling of Queued Invalidation Interface Errors"
#define TYPE_SPEC  "List of Valid Descriptor Types for Each Mode"

/* A descriptor of type 0, which nobody defined. */
static const struct descriptor bad;

/* One of these codes in IQERCD.IQEI, or 0 where the unit does not say. */
static void expect_iqei(struct test_run *run, unsigned int iqei_set)
{
	uint64_t iqei = reg_get(unit_read64(run->unit, REG_IQERCD), IQERCD_IQEI);

	if (!queue_test_is_reason(run->unit, (unsigned int)iqei, iqei_set))
		test_fail(run, "IQEI is %u", (unsigned int)iqei);
}

/* Into legacy mode, where any queue is right, and out of the error if there is one. */
static void make_right(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (queue_test_latch(run, TTM_LEGACY) && queue_recover(unit) != STATUS_OK)
		test_fail(run, "no recovery: %s", unit_failure(unit));
	else
		queue_test_works(run, "back in legacy mode");
}

/*
 * The whole queue is wrong for the mode: no descriptor may be taken from it. No type is valid then,
 * so the code for that will do, too.
 */
struct wrong_queue {
	enum ttm ttm;
	bool wide;
	unsigned int iqei_set;
};

LINKED_RUN(run_wrong_queue, struct wrong_queue, wrong)
{
	struct unit *unit = run->unit;

	if (!queue_test_open(run, TTM_LEGACY, wrong->wide, 0) || !queue_test_latch(run, wrong->ttm))
		return;
	if (queue_wait(unit) == STATUS_OK)
		test_fail(run, "a descriptor is taken");
	else if (queue_test_wait_error(run))
		expect_iqei(run, wrong->iqei_set);
	make_right(run);
}

/* The tail is put right first: once IQE is clear the unit looks at it again. */
static void recover_from_tail(struct test_run *run)
{
	struct unit *unit = run->unit;

	unit_write64(unit, REG_IQT, unit->queue.tail_bytes);
	REQUIRE_OK(run, queue_recover(unit));
	queue_test_works(run, "after recovery");
}

/*
 * A bad tail over a good descriptor: a unit that fetched before it looked at the tail would write the
 * status. Zeros behind it would end in IQE, too, for another reason.
 */
static void refused_tail(struct test_run *run, uint64_t tail, unsigned int iqei_set)
{
	struct unit *unit = run->unit;
	struct descriptor wait = queue_wait_descriptor(unit, 0xbad);
	uint32_t head = unit->queue.tail_bytes;

	memcpy(unit->queue.ring + head, &wait, queue_descriptor_bytes(&unit->queue));
	cpu_fence();
	unit_write64(unit, REG_IQT, tail);
	if (queue_test_wait_error(run)) {
		expect_iqei(run, iqei_set);
		EXPECT_EQ(run, unit_read64(unit, REG_IQH), head);
	}
	if (unit->queue.status == 0xbad)
		test_fail(run, "a descriptor before the bad tail is carried out");
	recover_from_tail(run);
}

/* Written in halves the tail is one as well, once its low half is there. */
static void tail_halves(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct queue *queue = &unit->queue;
	struct descriptor wait;

	if (!queue_test_open(run, TTM_LEGACY, false, 0) || !queue_test_drained(run))
		return;
	wait = queue_wait_descriptor(unit, 0x600d);
	memcpy(queue->ring + queue->tail_bytes, &wait, queue_descriptor_bytes(queue));
	cpu_fence();
	queue->tail_bytes += queue_descriptor_bytes(queue);
	unit_write32(unit, REG_IQT + 4, 0);
	unit_write32(unit, REG_IQT, queue->tail_bytes);
	if (queue_test_drained(run))
		EXPECT_EQ(run, queue->status, 0x600d);
	unit_write64(unit, REG_IQT, queue->tail_bytes);
	queue_test_works(run, "with the tail written as a whole");
}

static void tail_bit_4(struct test_run *run)
{
	if (queue_test_open(run, TTM_LEGACY, true, 0) && queue_test_drained(run))
		refused_tail(run, run->unit->queue.tail_bytes + 16, IQEI_SET(IQEI_TAIL_ALIGNMENT));
}

static void tail_beyond(struct test_run *run)
{
	if (queue_test_open(run, TTM_LEGACY, false, 0) && queue_test_drained(run))
		refused_tail(run, PAGE_BYTES, IQEI_SET(IQEI_TAIL));
}

/* The ring lies where no memory is. A unit that refuses to be turned off after that is lost. */
static void fetch_error(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint64_t nowhere = (UINT64_C(1) << platform.dmar.host_address_bits) - 64 * PAGE_BYTES;
	uint64_t right;

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	right = phys_of(unit->queue.ring).value;
	REQUIRE_OK(run, unit_set_queued_invalidation(unit, false));
	unit_write64(unit, REG_IQT, 0);
	unit_write64(unit, REG_IQA, nowhere);
	REQUIRE_OK(run, unit_set_queued_invalidation(unit, true));
	unit_write64(unit, REG_IQT, 16);
	if (queue_test_wait_error(run))
		expect_iqei(run, IQEI_SET(IQEI_FETCH));
	/* Emptied by its tail, the queue can be turned off and moved. */
	unit_write64(unit, REG_IQT, 0);
	unit_write32(unit, REG_FSTS, (uint32_t)FIELD_MASK(FSTS_IQE));
	REQUIRE_OK(run, unit_set_queued_invalidation(unit, false));
	unit_write64(unit, REG_IQA, right);
	REQUIRE_OK(run, unit_set_queued_invalidation(unit, true));
	unit->queue.tail_bytes = 0;
	queue_test_works(run, "in a ring that can be fetched");
}

/* A bad descriptor with good ones before and behind; the first is done, the last not even fetched. */
static void error_stops(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct descriptor both[2] = { queue_wait_descriptor(unit, 0x600d), bad };
	struct descriptor later = queue_wait_descriptor(unit, 0xbad);
	uint32_t at;

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	at = unit->queue.tail_bytes;
	queue_submit(unit, both, 2);
	if (!queue_test_wait_error(run))
		return;
	time_delay_us(1000);
	EXPECT_EQ(run, unit->queue.status, 0x600d);
	EXPECT_EQ(run, unit_read64(unit, REG_IQH), at + 16);
	queue_submit(unit, &later, 1);
	time_delay_us(1000);
	EXPECT_EQ(run, unit->queue.status, 0x600d);
	EXPECT_EQ(run, unit_read64(unit, REG_IQH), at + 16);
}

/*
 * IQE goes by a 1 to its own bit and by nothing else. What stopped the queue is mended before: a unit
 * that lets IQE go by mistake would find a bad descriptor once more, and show IQE again.
 */
static void error_bit(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t iqe = (uint32_t)FIELD_MASK(FSTS_IQE);
	uint32_t others = (uint32_t)(FIELD_MASK(FSTS_PFO) | FIELD_MASK(FSTS_PPF) |
				     FIELD_MASK(FSTS_ICE) | FIELD_MASK(FSTS_ITE));

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	if (!queue_test_stop_and_mend(run))
		return;
	unit_write32(unit, REG_FSTS, 0);
	EXPECT_EQ(run, unit_read32(unit, REG_FSTS) & iqe, iqe);
	unit_write32(unit, REG_FSTS, others);
	EXPECT_EQ(run, unit_read32(unit, REG_FSTS) & iqe, iqe);
	REQUIRE_OK(run, queue_recover(unit));
	EXPECT_EQ(run, unit_read32(unit, REG_FSTS) & iqe, 0);
}

/* While IQE is set a new tail starts nothing, though what stopped the queue is mended. */
static void error_holds(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct descriptor later = queue_wait_descriptor(unit, 0xbad);
	uint64_t head;

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	unit->queue.status = 0;
	if (!queue_test_stop_and_mend(run))
		return;
	head = unit_read64(unit, REG_IQH);
	queue_submit(unit, &later, 1);
	time_delay_us(1000);
	EXPECT_EQ(run, unit->queue.status, 0);
	EXPECT_EQ(run, unit_read64(unit, REG_IQH), head);
	unit_write32(unit, REG_FSTS, (uint32_t)FIELD_MASK(FSTS_IQE));
	queue_test_works(run, "after recovery");
}

static void recovery(struct test_run *run)
{
	if (queue_test_open(run, TTM_LEGACY, false, 0))
		for (unsigned int i = 0; i < 300 && !run->has_failed; i++)
			queue_test_refused(run, &bad, IQEI_SET(IQEI_TYPE), NULL);
}

/* The bad descriptor made good and IQE cleared: the unit fetches again without a new tail. */
static void recovery_resumes(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (!queue_test_open(run, TTM_LEGACY, false, 0) || !queue_test_stop_and_mend(run))
		return;
	unit_write32(unit, REG_FSTS, (uint32_t)FIELD_MASK(FSTS_IQE));
	if (unit_wait64(unit, "IQH", REG_IQH, FIELD_MASK(IQH_QH), unit->queue.tail_bytes) !=
	    STATUS_OK)
		test_fail(run, "nothing is fetched before IQT is written again");
	else
		queue_test_works(run, "after recovery");
}

#define ERROR_TEST(name, what, where, bits, ...)                                            \
	{                                                                                   \
		.id = "queue." name, .title = (what), .spec = (where),                      \
		.flags = TEST_WITHOUT_AGENT, .needs = NEED(QI) | (bits), .run = __VA_ARGS__ \
	}

static const struct test tests[] = {
	ERROR_TEST("narrow-in-scalable", "a 128-bit queue in scalable mode is an error", TYPE_SPEC,
		   NEED(SMTS),
		   LINKED(run_wrong_queue, .ttm = TTM_SCALABLE,
			  .iqei_set = IQEI_SET(IQEI_WIDTH) | IQEI_SET(IQEI_TYPE))),
	ERROR_TEST("narrow-in-abort", "a 128-bit queue in abort-DMA mode is an error", TYPE_SPEC,
		   NEED(ADMS),
		   LINKED(run_wrong_queue, .ttm = TTM_ABORT,
			  .iqei_set = IQEI_SET(IQEI_WIDTH) | IQEI_SET(IQEI_TYPE))),
	ERROR_TEST("reserved-mode", "no descriptor is valid in table mode 10", TYPE_SPEC,
		   NEED(SMTS),
		   LINKED(run_wrong_queue, .ttm = TTM_RESERVED, .wide = true,
			  .iqei_set = IQEI_SET(IQEI_TTM) | IQEI_SET(IQEI_TYPE))),
	ERROR_TEST("tail-halves", "a tail written in halves starts the queue",
		   "Software Access to Registers", 0, tail_halves),
	ERROR_TEST("tail-bit-4", "QEMU e70e83f561: IQT bit 4 with 256-bit descriptors",
		   "Invalidation Queue Tail Register", NEED(SMTS), tail_bit_4),
	ERROR_TEST("tail-beyond", "a tail beyond the ring is an error", ERROR_SPEC, 0, tail_beyond),
	ERROR_TEST("error-stops", "descriptors before a bad one are done, later ones not fetched",
		   ERROR_SPEC, 0, error_stops),
	ERROR_TEST("error-holds", "while IQE is set a new tail starts nothing", ERROR_SPEC, 0,
		   error_holds),
	ERROR_TEST("error-bit", "Asterinas 3920: IQE is cleared by its own bit only", ERROR_SPEC, 0,
		   error_bit),
	ERROR_TEST("recovery", "300 errors in a row, each repaired", ERROR_SPEC, 0, recovery),
	ERROR_TEST("recovery-resumes", "the queue goes on when IQE is cleared, without a new tail",
		   ERROR_SPEC, 0, recovery_resumes),
	{ .id = "queue.fetch-error",
	  .title = "a ring where no memory is",
	  .spec = ERROR_SPEC,
	  .flags = TEST_WITHOUT_AGENT | TEST_MISSING_MEMORY | TEST_ONLY_BY_NAME,
	  .needs = NEED(QI),
	  .run = fetch_error },
};

const struct suite suite_queue_errors = SUITE("queue errors", tests);
