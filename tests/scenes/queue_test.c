/* SPDX-License-Identifier: MIT */
#include "tests/scenes/queue_test.h"

#include "arch/cpu.h"
#include "arch/string.h"
#include "arch/time.h"
#include "tests/scenes/bit_ranges.h"

/* A full ring of 32768 wait descriptors takes a while. */
#define DRAIN_LIMIT_US 2000000u

/* Nothing is present in it, in legacy as in scalable mode; translation stays off anyway. */
static struct root_entry empty_root[256] __attribute__((aligned(4096)));

bool queue_test_latch(struct test_run *run, enum ttm ttm)
{
	if (unit_latch_root(run->unit, phys_of(empty_root), ttm) == STATUS_OK)
		return true;
	test_fail(run, "cannot latch the root table: %s", unit_failure(run->unit));
	return false;
}

bool queue_test_works(struct test_run *run, const char *when)
{
	if (queue_wait(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "a wait descriptor %s does not complete", when);
	return false;
}

bool queue_test_open(struct test_run *run, enum ttm ttm, bool wide, unsigned int size_log2)
{
	if (!queue_test_latch(run, ttm))
		return false;
	if (queue_enable(run->unit, wide, size_log2) != STATUS_OK) {
		test_fail(run, "cannot turn the queue on: %s", unit_failure(run->unit));
		return false;
	}
	return queue_test_works(run, "in a new queue");
}

bool queue_test_drained(struct test_run *run)
{
	struct deadline deadline = deadline_after_us(DRAIN_LIMIT_US);

	while (unit_read64(run->unit, REG_IQH) != run->unit->queue.tail_bytes)
		if (deadline_passed(&deadline)) {
			test_fail(run, "IQH does not reach IQT");
			return false;
		}
	return true;
}

bool queue_test_wait_error(struct test_run *run)
{
	uint32_t iqe = (uint32_t)FIELD_MASK(FSTS_IQE);

	if (unit_wait32(run->unit, "FSTS", REG_FSTS, iqe, iqe) == STATUS_OK)
		return true;
	test_fail(run, "no FSTS.IQE");
	return false;
}

bool queue_test_stop_and_mend(struct test_run *run)
{
	static const struct descriptor bad;
	struct unit *unit = run->unit;
	struct descriptor good = queue_wait_descriptor(unit, 0x600d);
	uint32_t at = unit->queue.tail_bytes;

	queue_submit(unit, &bad, 1);
	if (!queue_test_wait_error(run))
		return false;
	memcpy(unit->queue.ring + at, &good, queue_descriptor_bytes(&unit->queue));
	cpu_fence();
	return true;
}

bool queue_test_ask(struct test_run *run, const struct descriptor *descriptor,
		    struct queue_answer *answer)
{
	struct unit *unit = run->unit;
	uint32_t at = unit->queue.tail_bytes;

	*answer = (struct queue_answer){ 0 };
	answer->is_accepted = queue_run(unit, *descriptor) == STATUS_OK;
	if (answer->is_accepted)
		return true;
	answer->is_refused = reg_get(unit_read32(unit, REG_FSTS), FSTS_IQE);
	answer->is_accepted = !answer->is_refused && reg_get(unit_read32(unit, REG_FSTS), FSTS_ITE);
	answer->head_moved = unit_read64(unit, REG_IQH) != at;
	answer->iqei = (unsigned int)reg_get(unit_read64(unit, REG_IQERCD), IQERCD_IQEI);
	if (queue_recover(unit) != STATUS_OK) {
		test_fail(run, "no recovery: %s", unit_failure(unit));
		return false;
	}
	return queue_test_works(run, "after recovery");
}

void queue_test_accepted(struct test_run *run, const struct descriptor *descriptor,
			 const char *label)
{
	struct queue_answer answer;

	if (!queue_test_ask(run, descriptor, &answer) || answer.is_accepted)
		return;
	test_fail(run, "%s%s%s", label ? label : "", label ? ": " : "",
		  answer.is_refused ? "IQE" : "neither done nor IQE");
}

bool queue_test_is_reason(const struct unit *unit, unsigned int iqei, unsigned int iqei_set)
{
	if (iqei == IQEI_NONE)
		return unit->source == UNIT_REAL;
	return iqei_set >> iqei & 1;
}

/* What is wrong with the answer to a bad descriptor; NULL if nothing is. */
static const char *find_fault(const struct unit *unit, const struct queue_answer *answer,
			      unsigned int iqei_set)
{
	if (answer->is_accepted)
		return "accepted";
	if (!answer->is_refused)
		return "neither done nor IQE";
	if (answer->head_moved)
		return "IQE, but IQH is elsewhere";
	if (!queue_test_is_reason(unit, answer->iqei, iqei_set))
		return "IQE with another IQEI";
	return NULL;
}

void queue_test_refused(struct test_run *run, const struct descriptor *descriptor,
			unsigned int iqei_set, const char *label)
{
	struct queue_answer answer;
	const char *fault;

	if (!queue_test_ask(run, descriptor, &answer))
		return;
	fault = find_fault(run->unit, &answer, iqei_set);
	if (fault)
		test_fail(run, "%s%s%s", label ? label : "", label ? ": " : "", fault);
	if (fault && answer.is_refused)
		test_fail(run, "IQEI %u", answer.iqei);
}

/* Bits that end in the same fault, together. */
static void tell(struct test_run *run, const uint64_t words[4], const char *fault)
{
	char text[160];

	bit_ranges_format(text, sizeof(text), words, 4);
	if (text[0])
		test_fail(run, "bits %s: %s", text, fault);
}

void queue_test_each_bit(struct test_run *run, const struct descriptor *base,
			 const uint64_t masks[4])
{
	uint64_t wrong[4] = { 0 };
	const char *last = NULL;

	for (unsigned int bit = 0; bit < 256; bit++) {
		struct descriptor descriptor = *base;
		struct queue_answer answer;
		const char *fault;

		if (!(masks[bit / 64] >> bit % 64 & 1))
			continue;
		descriptor.q[bit / 64] |= UINT64_C(1) << bit % 64;
		if (!queue_test_ask(run, &descriptor, &answer))
			return;
		fault = find_fault(run->unit, &answer, IQEI_SET(IQEI_RESERVED));
		if (fault && last && fault != last) {
			tell(run, wrong, last);
			memset(wrong, 0, sizeof(wrong));
		}
		if (fault) {
			wrong[bit / 64] |= UINT64_C(1) << bit % 64;
			last = fault;
		}
	}
	if (last)
		tell(run, wrong, last);
}
