/* SPDX-License-Identifier: MIT */
/*
 * The invalidation queue as a ring: sizes, widths, wrap, wait descriptors, on and off. Translation
 * stays off: the queue does not depend on it.
 *
 * IQH and IQT are byte offsets that move by the size of a descriptor, and the ring is full when
 * the tail is one behind the head; QEMU stepped the head by the wrong size for 256-bit descriptors
 * (a4544c45e1), Xen counted places in too few bits (1b5d913fa0) and had rings too small for what
 * was in flight (XSA-373). A wait descriptor is the only way to learn that invalidations are done,
 * in eight combinations of status write, interrupt and fence, of which emulators rejected some and
 * died of others (QEMU 57ac646a2e, e8145dcd31). Its status is four bytes and no more, also in the
 * last word of a page (Jailhouse ae8b272f). Without FN a later wait may be done first: so tests
 * that need an order set it, and otherwise allow a little time.
 */
#include "arch/cpu.h"
#include "arch/string.h"
#include "arch/time.h"
#include "tests/engine/platform.h"
#include "tests/scenes/queue_test.h"
#include "tests/suites/suites.h"

#define QUEUE_SPEC "Queued Invalidation Interface"
#define WAIT_SPEC  "Invalidation Wait Descriptor"

/* Where wait descriptors of these tests write. Static: a late write must hit nobody else. */
static volatile uint32_t words[2 * PAGE_BYTES / 4] __attribute__((aligned(4096)));

enum { WORD = 16, WORD_AT_PAGE_END = PAGE_BYTES / 4 - 1 };

static struct descriptor wait_at(unsigned int word, uint32_t data)
{
	struct descriptor wait = { { INV_WAIT } };

	field_set(wait.q, INV_WAIT_SW, 1);
	field_set(wait.q, INV_WAIT_DATA, data);
	field_set_address(wait.q, INV_WAIT_ADDR, phys_of(&words[word]).value);
	return wait;
}

/* The same, and later descriptors are held back until it is done. */
static struct descriptor fence_at(unsigned int word, uint32_t data)
{
	struct descriptor wait = wait_at(word, data);

	field_set(wait.q, INV_WAIT_FN, 1);
	return wait;
}

/*
 * A later wait may complete before an earlier one that does not hold it back, so what a descriptor
 * of ours writes may come a little after the one behind it.
 */
static void expect_word(struct test_run *run, unsigned int word, uint32_t wanted)
{
	struct deadline deadline = deadline_after_us(UNIT_DEADLINE_US);

	while (words[word] != wanted && !deadline_passed(&deadline))
		cpu_pause();
	EXPECT_EQ(run, words[word], wanted);
}

/* Puts descriptors into the ring without telling the unit. */
static void put(struct queue *queue, struct descriptor descriptor)
{
	uint32_t step = queue_descriptor_bytes(queue);

	memcpy(queue->ring + queue->tail_bytes, &descriptor, step);
	queue->tail_bytes = (queue->tail_bytes + step) % queue_ring_bytes(queue);
}

/* Every place but one, told with one write of IQT; the last one reports. */
static bool fill(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct queue *queue = &unit->queue;
	uint32_t count = queue_ring_bytes(queue) / queue_descriptor_bytes(queue) - 1;

	words[WORD] = 0;
	for (uint32_t i = 1; i <= count; i++)
		put(queue, fence_at(WORD, i));
	cpu_fence();
	unit_write64(unit, REG_IQT, queue->tail_bytes);
	if (!queue_test_drained(run) || !queue_test_works(run, "after a full ring"))
		return false;
	expect_word(run, WORD, count);
	return true;
}

struct ring {
	bool wide;
	unsigned int size_log2; /* pages */
};

/* The waits after the first lap stand on both sides of the end; a small ring goes round again. */
LINKED_RUN(run_ring, struct ring, ring)
{
	if (queue_test_open(run, TTM_LEGACY, ring->wide, ring->size_log2) && fill(run) &&
	    queue_test_works(run, "after the end of the ring") && ring->size_log2 == 0)
		fill(run);
}

/* Bytes of a descriptor, by the width of the queue. */
enum { NARROW = 16, WIDE = 32 };

/* One at a time, once around and beyond: IQH follows in steps of a descriptor. */
static void run_head(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t step = run->test->arg;
	uint32_t expected = step;

	if (!queue_test_open(run, TTM_LEGACY, step == WIDE, 0))
		return;
	EXPECT_EQ(run, unit_read64(unit, REG_IQH), expected);
	for (uint32_t i = 0; i < PAGE_BYTES / step + 3; i++) {
		if (!queue_test_works(run, "in its turn") || !queue_test_drained(run))
			return;
		expected = (expected + step) % PAGE_BYTES;
		REQUIRE(run, unit_read64(unit, REG_IQH) == expected);
	}
}

static void head_read_only(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint64_t head;

	if (!queue_test_open(run, TTM_LEGACY, false, 0) || !queue_test_drained(run))
		return;
	head = unit_read64(unit, REG_IQH);
	unit_write64(unit, REG_IQH, 0);
	EXPECT_EQ(run, unit_read64(unit, REG_IQH), head);
	unit_write64(unit, REG_IQH, FIELD_MASK(IQH_QH));
	EXPECT_EQ(run, unit_read64(unit, REG_IQH), head);
	queue_test_works(run, "after writes to IQH");
}

/* The flags of a wait descriptor. */
enum { SW = 1 << 0, IF = 1 << 1, FN = 1 << 2 };

/* With some of them; each does its own part and nothing else. */
static void run_wait(struct test_run *run)
{
	const bool sw = run->test->arg & SW, irq = run->test->arg & IF;
	struct unit *unit = run->unit;
	struct descriptor wait = wait_at(WORD, 0x5afe);
	uint32_t iwc = (uint32_t)FIELD_MASK(ICS_IWC);

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	words[WORD] = 0;
	unit_write32(unit, REG_ICS, iwc);
	field_set(wait.q, INV_WAIT_SW, sw);
	field_set(wait.q, INV_WAIT_IF, irq);
	field_set(wait.q, INV_WAIT_FN, !!(run->test->arg & FN));
	queue_test_accepted(run, &wait, NULL);
	if (run->has_failed)
		return;
	expect_word(run, WORD, sw ? 0x5afe : 0);
	if (irq && unit_wait32(unit, "ICS", REG_ICS, iwc, iwc) != STATUS_OK)
		test_fail(run, "no ICS.IWC");
	EXPECT_EQ(run, unit_read32(unit, REG_ICS), irq ? iwc : 0);
	unit_write32(unit, REG_ICS, 0);
	EXPECT_EQ(run, unit_read32(unit, REG_ICS), irq ? iwc : 0);
	unit_write32(unit, REG_ICS, iwc);
	EXPECT_EQ(run, unit_read32(unit, REG_ICS), 0);
}

static void wait_drain(struct test_run *run)
{
	struct descriptor wait = wait_at(WORD, 1);

	field_set(wait.q, INV_WAIT_PD, 1);
	if (queue_test_open(run, TTM_LEGACY, false, 0))
		queue_test_accepted(run, &wait, NULL);
}

/* The four bytes and no others, at either end of a page. */
static void wait_at_page_ends(struct test_run *run)
{
	static const unsigned int places[] = { 0, WORD_AT_PAGE_END, WORD_AT_PAGE_END + 1 };

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	for (unsigned int i = 0; i < 3; i++) {
		struct descriptor wait = wait_at(places[i], 0xa5c3e17f);
		unsigned int changed = 0;

		for (unsigned int w = 0; w < sizeof(words) / 4; w++)
			words[w] = ~w;
		queue_test_accepted(run, &wait, NULL);
		expect_word(run, places[i], 0xa5c3e17f);
		for (unsigned int w = 0; w < sizeof(words) / 4; w++)
			changed += words[w] != ~w;
		EXPECT_EQ(run, changed, 1);
	}
}

/* What an address cannot be is left out: the bits above the host address width are ignored. */
static void wait_high_address(struct test_run *run)
{
	struct descriptor wait = wait_at(WORD, 0x5eed);

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	words[WORD] = 0;
	wait.q[1] |= ~UINT64_C(0) << platform.dmar.host_address_bits;
	queue_test_accepted(run, &wait, NULL);
	if (!run->has_failed)
		expect_word(run, WORD, 0x5eed);
}

/* Without SW, neither data nor address count. */
static void wait_unused_fields(struct test_run *run)
{
	struct descriptor wait = fence_at(WORD, 0xbad);

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	words[WORD] = 0;
	field_set(wait.q, INV_WAIT_SW, 0);
	field_set(wait.q, INV_WAIT_IF, 1);
	queue_test_accepted(run, &wait, NULL);
	EXPECT_EQ(run, words[WORD], 0);
	unit_write32(run->unit, REG_ICS, (uint32_t)FIELD_MASK(ICS_IWC));
}

static void wait_data(struct test_run *run)
{
	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	for (unsigned int bit = 0; bit < 33 && !run->has_failed; bit++) {
		uint32_t data = bit < 32 ? 1u << bit : UINT32_MAX;
		struct descriptor wait = wait_at(WORD, data);

		words[WORD] = ~data;
		queue_test_accepted(run, &wait, NULL);
		expect_word(run, WORD, data);
	}
}

/* Each holds the later ones back, so the last write is the one that stays. */
static void fence_order(struct test_run *run)
{
	enum { COUNT = 100 };
	struct queue *queue = &run->unit->queue;

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	words[WORD] = 0;
	for (uint32_t i = 1; i <= COUNT; i++)
		put(queue, fence_at(WORD, i));
	if (queue_test_works(run, "behind fences"))
		EXPECT_EQ(run, words[WORD], COUNT);
}

static void off_and_on(struct test_run *run)
{
	struct unit *unit = run->unit;

	for (unsigned int round = 0; round < 3; round++) {
		if (!queue_test_open(run, TTM_LEGACY, false, round))
			return;
		REQUIRE_OK(run, queue_disable(unit));
		EXPECT_EQ(run, unit_read64(unit, REG_IQH), 0);
		EXPECT_EQ(run, reg_get(unit_read32(unit, REG_GSTS), GSTS_QIES), 0);
	}
}

static void change_width(struct test_run *run)
{
	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	REQUIRE_OK(run, queue_disable(run->unit));
	if (!queue_test_open(run, TTM_LEGACY, true, 1))
		return;
	REQUIRE_OK(run, queue_disable(run->unit));
	queue_test_open(run, TTM_LEGACY, false, 0);
}

/* Everything set up but QIE: a new tail starts nothing. */
static void off_is_off(struct test_run *run)
{
	struct unit *unit = run->unit;
	static struct descriptor ring[PAGE_BYTES / sizeof(struct descriptor)]
		__attribute__((aligned(4096)));

	words[WORD] = 0;
	memset(ring, 0, sizeof(ring));
	ring[0] = wait_at(WORD, 1);
	unit_write64(unit, REG_IQT, 0);
	unit_write64(unit, REG_IQA, phys_of(ring).value);
	unit_write64(unit, REG_IQT, 16);
	time_delay_us(1000);
	EXPECT_EQ(run, words[WORD], 0);
	EXPECT_EQ(run, unit_read64(unit, REG_IQH), 0);
	unit_write64(unit, REG_IQT, 0);
	queue_test_open(run, TTM_LEGACY, false, 0);
	EXPECT_EQ(run, words[WORD], 0);
}

/*
 * Windows turns the queue on with a tail that is not 0. Software should not; what the unit makes of
 * the descriptors before the tail is its own business, but it must work after a clean start.
 */
static void enable_with_tail(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (!queue_test_open(run, TTM_LEGACY, false, 0))
		return;
	for (unsigned int i = 0; i < 4; i++) {
		struct descriptor wait = wait_at(WORD, i);

		memcpy(unit->queue.ring + i * 16, &wait, 16);
	}
	REQUIRE_OK(run, unit_set_queued_invalidation(unit, false));
	unit_write64(unit, REG_IQT, 4 * 16);
	REQUIRE_OK(run, unit_set_queued_invalidation(unit, true));
	time_delay_us(1000);
	unit->queue.tail_bytes = 4 * 16;
	REQUIRE_OK(run, queue_disable(unit));
	queue_test_open(run, TTM_LEGACY, false, 0);
}

#define RING_TEST(number)                                                                          \
	{ .id = "queue.narrow-" #number,                                                           \
	  .title = "Xen 1b5d913fa0: 128-bit ring of 2^" #number " pages, full but for one, twice", \
	  .spec = QUEUE_SPEC,                                                                      \
	  .flags = TEST_WITHOUT_AGENT,                                                             \
	  .needs = NEED(QI),                                                                       \
	  .run = LINKED(run_ring, .size_log2 = (number)) },                                        \
	{                                                                                          \
		.id = "queue.wide-" #number,                                                       \
		.title = "256-bit ring of 2^" #number " pages, full but for one, twice",           \
		.spec = QUEUE_SPEC, .flags = TEST_WITHOUT_AGENT, .needs = NEED(QI) | NEED(SMTS),   \
		.run = LINKED(run_ring, .wide = true, .size_log2 = (number))                       \
	}

#define WAIT_TEST(name, more_flags, what, ...)                                                    \
	{                                                                                         \
		.id = "queue.wait-" name, .title = (what), .spec = WAIT_SPEC,                     \
		.flags = TEST_WITHOUT_AGENT | (more_flags), .needs = NEED(QI), .run = __VA_ARGS__ \
	}

#define QUEUE_TEST(name, what, bits, ...)                                        \
	{                                                                        \
		.id = "queue." name, .title = (what), .spec = QUEUE_SPEC,        \
		.flags = TEST_WITHOUT_AGENT, .needs = (bits), .run = __VA_ARGS__ \
	}

static const struct test tests[] = {
	RING_TEST(0),
	RING_TEST(1),
	RING_TEST(2),
	RING_TEST(3),
	RING_TEST(4),
	RING_TEST(5),
	RING_TEST(6),
	RING_TEST(7),
	QUEUE_TEST("head-narrow", "IQH moves by 16 with each 128-bit descriptor, and wraps",
		   NEED(QI), run_head, .arg = NARROW),
	QUEUE_TEST("head-wide",
		   "QEMU a4544c45e1: IQH moves by 32 with each 256-bit descriptor, and wraps",
		   NEED(QI) | NEED(SMTS), run_head, .arg = WIDE),
	QUEUE_TEST("head-read-only", "writing IQH changes nothing", NEED(QI), head_read_only),
	QUEUE_TEST("off-and-on", "off after a drain, IQH 0, and on again", NEED(QI), off_and_on),
	QUEUE_TEST("change-width", "the width may change while the queue is off",
		   NEED(QI) | NEED(SMTS), change_width),
	QUEUE_TEST("off-is-off", "nothing is fetched while the queue is off", NEED(QI), off_is_off),
	QUEUE_TEST("enable-with-tail", "QEMU 8991c460be: the queue is turned on with a tail",
		   NEED(QI), enable_with_tail),
	WAIT_TEST("none", 0, "wait without SW, IF and FN: nothing but order", run_wait),
	WAIT_TEST("fence", 0, "QEMU 57ac646a2e: wait with FN alone", run_wait, .arg = FN),
	WAIT_TEST("status", 0, "wait with SW writes its data", run_wait, .arg = SW),
	WAIT_TEST("status-fence", 0, "wait with SW and FN", run_wait, .arg = SW | FN),
	WAIT_TEST("interrupt", 0, "wait with IF sets ICS.IWC, which is cleared by 1 only", run_wait,
		  .arg = IF),
	WAIT_TEST("interrupt-fence", 0, "wait with IF and FN", run_wait, .arg = IF | FN),
	WAIT_TEST("status-interrupt", TEST_ONLY_BY_NAME,
		  "QEMU e8145dcd31: wait with SW and IF does both", run_wait, .arg = SW | IF),
	WAIT_TEST("all", TEST_ONLY_BY_NAME, "wait with SW, IF and FN", run_wait,
		  .arg = SW | IF | FN),
	WAIT_TEST("page-end", 0, "Jailhouse ae8b272f: status in the last word of a page",
		  wait_at_page_ends),
	WAIT_TEST("high-address", 0, "status address bits above the host address width are ignored",
		  wait_high_address),
	WAIT_TEST("unused-fields", 0, "without SW the status fields may hold anything",
		  wait_unused_fields),
	WAIT_TEST("data", 0, "all 32 bits of status data arrive", wait_data),
	WAIT_TEST("fence-order", 0, "FN holds later descriptors back", fence_order),
	{ .id = "queue.wait-drain",
	  .title = "wait with PD is accepted",
	  .spec = WAIT_SPEC,
	  .flags = TEST_WITHOUT_AGENT,
	  .needs = NEED(QI) | NEED(PDS),
	  .run = wait_drain },
};

const struct suite suite_queue = SUITE("queue", tests);
