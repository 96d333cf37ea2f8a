/* SPDX-License-Identifier: MIT */
/*
 * The invalidation queue's driver over a unit that answers anything at any time: it ends, stays within its ring, and
 * takes no memory away that the unit may still read.
 *
 * By induction over operations: is_whole() holds of a queue that was never used; each operation, on any queue of
 * which it holds, leaves one of which it holds. So no number of operations is a bound.
 * Arbitrary: each register at each read, the status word at each look; the state of the queue; the operation, its
 * descriptors and its sizes; whether there is memory.
 * Assumed: is_whole() before; the callers keep to queue.h: a queue is turned on while it is off, and only used
 * while it is on; time goes on, so that a deadline has passed at the second look.
 * Asserted: is_whole() after; every access to the ring lies within it; IQT is only written with a multiple of
 * the descriptor's size within the ring; GCMD, IQT, IQA and FSTS are the only registers written, IQA and the ring
 * only while the unit shows the queue off; the ring is freed once, of the size that it has, and only after GSTS
 * showed QIES 0.
 * Bound: a ring of one or two pages, and two descriptors at a time, in place of 2^7 pages and QUEUE_TURN_MAX.
 */
#include <assert.h>

#include "arch/page.h"
#include "arch/paging.h"
#include "arch/time.h"
#include "iommu/unit/queue.h"
#include "iommu/unit/trace.h"
#include "iommu/unit/unit.h"

enum { PAGES_LOG2 = 1, DESCRIPTORS = 2 };

struct descriptor nondet_descriptor(void);
uint64_t nondet_value(void);
unsigned int nondet_choice(void);

static struct unit unit;
static uint8_t registers[PAGE_BYTES];
static uint8_t ring[PAGE_BYTES << PAGES_LOG2];
static size_t pages_taken;
static uint32_t gsts;
static unsigned int looks;

static bool any_bool(void)
{
	return nondet_choice() & 1;
}

/* ---- time, memory ---- */

struct deadline deadline_after_us(uint64_t us)
{
	assert(us);
	looks = 0;
	return (struct deadline){ 0 };
}

bool deadline_passed(const struct deadline *deadline)
{
	assert(deadline);
	return ++looks >= 2 || any_bool();
}

void *page_alloc_contiguous(size_t pages, size_t align_pages)
{
	assert(!pages_taken && align_pages == 1);
	if (any_bool())
		return NULL;
	pages_taken = pages;
	return ring;
}

void page_free_contiguous(void *first, size_t pages)
{
	assert(first == ring && pages == pages_taken);
	assert(!reg_get(gsts, GSTS_QIES));
	pages_taken = 0;
}

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	(void)phys;
	(void)bytes;
	return true;
}

/* Where it goes matters, and not what. */
void write_ring(uint8_t *to, const void *from, size_t bytes)
{
	const size_t place = (size_t)(to - ring);

	assert(from && pages_taken);
	assert(place < sizeof(ring) && place + bytes <= queue_ring_bytes(&unit.queue));
}

void trace(const char *format, ...)
{
	assert(format);
}

/* ---- registers ---- */

uint64_t answer(const volatile void *address, unsigned int bytes)
{
	const size_t offset = (size_t)((const volatile uint8_t *)address - registers);
	const uint64_t value = bytes == 4 ? (uint32_t)nondet_value() : nondet_value();

	assert(offset < sizeof(registers));
	if (offset == REG_GSTS)
		gsts = (uint32_t)value;
	return value;
}

/* What the unit wrote there by now. */
uint32_t status_word(void)
{
	return (uint32_t)nondet_value();
}

static bool is_place(uint64_t bytes)
{
	return bytes % queue_descriptor_bytes(&unit.queue) == 0 &&
	       bytes < queue_ring_bytes(&unit.queue);
}

static void watch(struct unit *u, uint32_t offset, unsigned int bytes, uint64_t value)
{
	assert(u == &unit && (bytes == 4 || bytes == 8));
	switch (offset) {
	case REG_IQT:
		assert(is_place(value));
		break;
	case REG_IQA:
		assert(!unit.queue.on && pages_taken == (size_t)1 << unit.queue.size_log2);
		assert(field_get_address(&value, IQA_IQA) == phys_of(ring).value);
		break;
	default:
		assert(offset == REG_GCMD || offset == REG_FSTS);
	}
}

/* ---- any queue, any operation ---- */

static bool is_whole(void)
{
	const struct queue *queue = &unit.queue;

	if (!queue->on)
		return !pages_taken && !queue->ring;
	return queue->ring == ring && queue->size_log2 <= PAGES_LOG2 &&
	       pages_taken == (size_t)1 << queue->size_log2 && is_place(queue->tail_bytes);
}

static void make_unit(void)
{
	unit.caps = (struct caps){ (uint32_t)nondet_value(), nondet_value(), nondet_value() };
	unit.registers = registers;
	unit.before_write = watch;
	unit.queue.on = any_bool();
	unit.queue.wide = any_bool();
	unit.queue.size_log2 = nondet_choice() % (PAGES_LOG2 + 1);
	unit.queue.sequence = (uint32_t)nondet_value();
	if (!unit.queue.on)
		return;
	unit.queue.ring = ring;
	unit.queue.tail_bytes = (uint32_t)nondet_value();
	pages_taken = (size_t)1 << unit.queue.size_log2;
	__CPROVER_assume(is_whole());
}

static void use(unsigned int which)
{
	const struct descriptor some[DESCRIPTORS] = { nondet_descriptor(), nondet_descriptor() };

	switch (which) {
	case 0:
		(void)queue_run(&unit, some[0]);
		break;
	case 1:
		(void)queue_run_in_turn(&unit, some, nondet_choice() % (DESCRIPTORS + 1));
		break;
	case 2:
		(void)queue_recover(&unit);
		break;
	case 3:
		(void)queue_disable(&unit);
		break;
	case 4:
		(void)queue_abandon(&unit);
		break;
	default:
		(void)queue_wait(&unit);
	}
}

int main(void)
{
	make_unit();
	if (unit.queue.on)
		use(nondet_choice() % 6);
	else
		(void)queue_enable(&unit, any_bool(), nondet_choice() % (PAGES_LOG2 + 1));
	assert(is_whole());
}
