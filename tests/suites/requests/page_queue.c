/* SPDX-License-Identifier: MIT */
/*
 * The page request queue: at every size it wraps at its end, holds all but one, and says so when it is
 * full.
 *
 * A unit that counts wrong writes behind the ring, into memory that belongs to somebody else, or over
 * requests that nobody has read. A request that finds no room is lost, and PRO says so until software
 * clears it; meanwhile each request meets the same, whatever room there is, so that software which
 * makes room first and clears PRO then misses none that came later. The device is told "success" all
 * the same and asks again. QEMU lost requests that came together (edb7ccda0b05).
 */
#include "arch/page.h"
#include "arch/string.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/page_request.h"
#include "tests/scenes/page_request_test.h"
#include "tests/suites/suites.h"
#include "tests/units/modelled.h"

#define QUEUE_SPEC  "Handling of Page Requests"
#define STATUS_SPEC "Page Request Status Register"

enum { SLOT_BYTES = 32 };

static void expect_tail(struct test_run *run, uint32_t slot, const char *when)
{
	uint64_t tail = unit_read64(run->unit, REG_PQT);

	if (tail != slot * SLOT_BYTES)
		test_fail(run, "%s: PQT is %llx for %x", when, (unsigned long long)tail,
			  slot * SLOT_BYTES);
}

static unsigned int group_in(const uint64_t *q)
{
	return (unsigned int)field_get(q, PRQ_PRGI);
}

/* Slots from `first` on hold the requests of page_request_test_fill(), which numbers them from 0. */
static void expect_order(struct test_run *run, uint32_t first, uint32_t count)
{
	const uint32_t slots = page_queue_capacity(&run->unit->page_queue) + 1;

	for (uint32_t i = 0; i < count; i++) {
		const uint64_t *q = page_request_test_slot(run, (first + i) % slots);

		if (field_get(q, PRQ_TYPE) == PRQ_PAGE_REQUEST &&
		    group_in(q) == (i & field_max(FIELD(PRQ_PRGI))))
			continue;
		test_fail(run, "entry %u of %u from slot %u on is another one", i, count, first);
		return;
	}
}

/* ---- sizes ---- */

/*
 * Full from an empty start; all are taken, and it is filled once more, across its end. The slot that
 * stays empty is not written to, nor is what follows the ring.
 */
static void run_wrap(struct test_run *run)
{
	const uint32_t capacity = page_queue_capacity(&run->unit->page_queue);

	page_request_test_fill(run, capacity);
	expect_tail(run, capacity, "filled");
	expect_order(run, 0, capacity);
	EXPECT_EQ(run, page_request_test_slot(run, capacity)[0], 0);
	page_request_test_status(run, true, false, "filled");
	page_queue_discard(run->unit);
	page_request_test_nothing_queued(run, "emptied");
	page_request_test_fill(run, capacity);
	expect_tail(run, capacity - 1, "filled again");
	expect_order(run, capacity, capacity);
	page_request_test_status(run, true, false, "filled again");
}

/* ---- full ---- */

static struct model_request marked_request(struct test_run *run)
{
	struct model_request request = page_request_test_plain(run);

	request.group = 0x155;
	return request;
}

/* One too many: PRO, an answer that the unit makes, and nothing written, recorded or counted. */
static void run_full(struct test_run *run)
{
	const uint32_t capacity = page_queue_capacity(&run->unit->page_queue);
	const struct model_request request = marked_request(run);

	page_request_test_fill(run, capacity - 1);
	page_request_test_send(run, &request);
	page_request_test_unanswered(run, "the last that there is room for");
	page_request_test_status(run, true, false, "the last that there is room for");
	expect_tail(run, capacity, "full");
	page_request_test_clear(run, true, false);
	page_request_test_send(run, &request);
	page_request_test_answered(run, &request, RESPONSE_SUCCESS, "one too many");
	page_request_test_status(run, false, true, "one too many");
	expect_tail(run, capacity, "one too many");
	EXPECT_EQ(run, page_request_test_slot(run, capacity)[0], 0);
	EXPECT_EQ(run, page_request_test_slot(run, 0)[0] & FIELD_MASK(PRQ_TYPE), PRQ_PAGE_REQUEST);
	EXPECT_EQ(run, unit_read32(run->unit, REG_FSTS) & ~(uint32_t)FIELD_MASK(FSTS_FRI), 0);
}

/* Not the last of its group: no answer, for the one that comes last has it. */
static void run_full_in_group(struct test_run *run)
{
	const uint32_t capacity = page_queue_capacity(&run->unit->page_queue);
	struct model_request request = marked_request(run);

	page_request_test_fill(run, capacity);
	request.last_in_group = false;
	page_request_test_send(run, &request);
	page_request_test_unanswered(run, "one too many, not the last of its group");
	page_request_test_status(run, true, true, "one too many");
	request.last_in_group = true;
	page_request_test_send(run, &request);
	page_request_test_answered(run, &request, RESPONSE_SUCCESS, "the last of its group");
}

/* ---- PRO ---- */

static bool overflow(struct test_run *run)
{
	const uint32_t capacity = page_queue_capacity(&run->unit->page_queue);
	struct model_request request = page_request_test_plain(run);

	page_request_test_fill(run, capacity);
	request.last_in_group = false;
	page_request_test_send(run, &request);
	page_request_test_status(run, true, true, "one too many");
	return !run->has_failed;
}

/* Room alone does not help, nor does clearing PPR: PRO does, and from then on all is as before. */
static void run_overflow(struct test_run *run)
{
	const struct model_request request = marked_request(run);
	const uint32_t slots = page_queue_capacity(&run->unit->page_queue) + 1;

	if (!overflow(run))
		return;
	page_queue_discard(run->unit);
	page_request_test_clear(run, true, false);
	page_request_test_status(run, false, true, "PPR cleared");
	page_request_test_send(run, &request);
	page_request_test_answered(run, &request, RESPONSE_SUCCESS, "room, and PRO");
	page_request_test_nothing_queued(run, "room, and PRO");
	page_request_test_status(run, false, true, "room, and PRO");
	expect_tail(run, slots - 1, "room, and PRO");
	page_request_test_clear(run, false, true);
	page_request_test_status(run, false, false, "PRO cleared");
	page_request_test_send(run, &request);
	page_request_test_arrived(run, &request, "PRO cleared");
	page_request_test_unanswered(run, "PRO cleared");
	page_request_test_status(run, true, false, "PRO cleared");
	expect_tail(run, 0, "PRO cleared");
}

static void run_overflow_in_group(struct test_run *run)
{
	struct model_request request = marked_request(run);
	struct page_request taken;

	if (!overflow(run))
		return;
	REQUIRE(run, page_queue_take(run->unit, &taken));
	request.last_in_group = false;
	page_request_test_send(run, &request);
	page_request_test_unanswered(run, "PRO, not the last of its group");
	request.last_in_group = true;
	page_request_test_send(run, &request);
	page_request_test_answered(run, &request, RESPONSE_SUCCESS, "PRO, the last of its group");
}

/* Full, still: clearing PRO brings it back with the next request. */
static void run_overflow_again(struct test_run *run)
{
	struct model_request request = marked_request(run);

	if (!overflow(run))
		return;
	page_request_test_clear(run, false, true);
	page_request_test_status(run, true, false, "PRO cleared");
	page_request_test_send(run, &request);
	page_request_test_status(run, true, true, "still full");
	page_request_test_answered(run, &request, RESPONSE_SUCCESS, "still full");
}

/* ---- PRS, PQH ---- */

/* Writing 0, or a 1 to the other bit, clears nothing. */
static void run_status(struct test_run *run)
{
	struct model_request request = page_request_test_plain(run);

	page_request_test_status(run, false, false, "at rest");
	page_request_test_send(run, &request);
	page_request_test_status(run, true, false, "one request");
	page_request_test_clear(run, false, false);
	page_request_test_status(run, true, false, "0 written");
	page_request_test_clear(run, false, true);
	page_request_test_status(run, true, false, "PRO cleared");
	page_request_test_arrived(run, &request, NULL);
	page_request_test_status(run, true, false, "the queue is empty");
	page_request_test_clear(run, true, false);
	page_request_test_status(run, false, false, "PPR cleared");
	page_request_test_send(run, &request);
	page_request_test_status(run, true, false, "another request");
}

/* ---- where it lies ---- */

/* What the unit writes to an address where no memory is, since few machines have any so far up. */
static struct {
	bool (*write)(void *context, uint64_t phys, const void *from, unsigned int bytes);
	uint64_t base;
	uint64_t q[SLOT_BYTES / 8];
	unsigned int count;
} high;

static bool write_high(void *context, uint64_t phys, const void *from, unsigned int bytes)
{
	if (phys != high.base || bytes != SLOT_BYTES)
		return high.write(context, phys, from, bytes);
	memcpy(high.q, from, SLOT_BYTES);
	high.count++;
	return true;
}

/* All address bits that a host address can have: above 4 GiB, and the last of them. */
static void run_high(struct test_run *run)
{
	struct model_unit *model = &modelled_of(run->unit)->model;
	const struct model_request request = page_request_test_plain(run);
	const uint64_t low = phys_of(run->unit->page_queue.ring).value;

	high.write = model->host.write;
	model->host.write = write_high;
	for (unsigned int bit = 32; bit < model->config.host_address_bits; bit++) {
		high.base = low | UINT64_C(1) << bit;
		high.count = 0;
		unit_write64(run->unit, REG_PQT, 0);
		unit_write64(run->unit, REG_PQA, high.base);
		page_request_test_send(run, &request);
		if (high.count != 1 || field_get_address(high.q, PRQ_ADDR) != request.address)
			test_fail(run, "bit %u: not written there", bit);
		if (page_request_test_slot(run, 0)[0])
			test_fail(run, "bit %u: written without it", bit);
	}
	model->host.write = high.write;
	unit_write64(run->unit, REG_PQT, 0);
	unit_write64(run->unit, REG_PQA, low);
	page_request_test_send(run, &request);
	page_request_test_arrived(run, &request, "below 4 GiB");
}

#define WRAP_TEST(size)                                                                       \
	PRQ_TEST("wrap-" #size, "PQS " #size ": the queue holds all but one, and goes round", \
		 "Page Request Queue Address Register", run_wrap, .arg = (size))

static const struct test tests[] = {
	WRAP_TEST(0),
	WRAP_TEST(1),
	WRAP_TEST(2),
	WRAP_TEST(3),
	WRAP_TEST(4),
	WRAP_TEST(5),
	WRAP_TEST(6),
	WRAP_TEST(7),
	PRQ_TEST("full", "a full queue: PRO, the unit answers success, nothing is written",
		 QUEUE_SPEC, run_full),
	PRQ_PASID_TEST("full-pasid", "a full queue: the answer has the PASID of the request",
		       QUEUE_SPEC, run_full),
	PRQ_TEST("full-in-group", "a full queue: no answer but to the last of a group", QUEUE_SPEC,
		 run_full_in_group),
	PRQ_TEST("overflow", "while PRO is set no request is queued, whatever room there is",
		 QUEUE_SPEC, run_overflow),
	PRQ_TEST("overflow-in-group", "while PRO is set only the last of a group is answered",
		 QUEUE_SPEC, run_overflow_in_group),
	PRQ_TEST("overflow-again", "PRO is set anew if the queue is still full", QUEUE_SPEC,
		 run_overflow_again),
	PRQ_TEST("status", "PPR and PRO are cleared by ones, each alone", STATUS_SPEC, run_status),
	PRQ_TEST("high-queue", "the queue lies where PQA says, above 4 GiB and far above",
		 "Page Request Queue Address Register", run_high),
};

const struct suite suite_page_queue = SUITE("prq", tests);
