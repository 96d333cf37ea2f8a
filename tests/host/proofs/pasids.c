/* SPDX-License-Identifier: MIT */
/*
 * No PASID is handed out twice, never 0 and none beyond the width, however long it is used: by the default
 * allocator, and with -DSOURCE whatever a source answers.
 *
 * By induction: a fresh space holds what is_whole() says, and each operation on a space that holds it, whatever
 * else it is like, leaves a space that holds it. So no number of operations is a bound.
 * Arbitrary: which PASIDs are out, who has them, one RID_PASID or none; the operation, its unit and its PASID.
 * Assumed: is_whole(), for the maps and for the PASIDs that the proof looks at.
 * Asserted: is_whole() again; what is handed out was free, is not 0 and fits; what is taken back was out, of
 * that unit, and is free; every other PASID is as before; "exhausted" is said only where none is free. Of a source:
 * what is handed out is what it offered last, and what is taken back it took.
 * Bound: 7 bits, so that there are two words below one; 13 bits differ by one more such step. Loops
 * are over levels (4) and words (2), and over 128 bytes of history in a fresh space.
 */
#include <assert.h>

#include "iommu/vcmd/pasid_space.h"

#ifdef SOURCE
enum { HAS_SOURCE = 1 };
#else
enum { HAS_SOURCE = 0 };
#endif

enum { BITS = 7, WORDS = 2, COUNT = 1 << BITS, UNITS = 2 };

uint64_t nondet_word(void);
uint32_t nondet_pasid(void);
unsigned int nondet_unit(void);
uint8_t nondet_byte(void);

static uint64_t state[WORDS + PASID_SPACE_LEVELS - 1];
static uint8_t history[COUNT];
static struct pasid_space space;

/* ---- a source that answers anything ---- */

static uint32_t offered;
static bool is_offer_good, is_taken_back;

static enum pasid_error offer(void *context, uint32_t *pasid)
{
	assert(context == &space);
	offered = *pasid = nondet_pasid();
	is_offer_good = nondet_unit() & 1;
	return is_offer_good ? PASID_OK : PASID_ERROR_SOURCE_FAILED;
}

static enum pasid_error take_back(void *context, uint32_t pasid)
{
	assert(context == &space && pasid && pasid < COUNT);
	is_taken_back = nondet_unit() & 1;
	return is_taken_back ? PASID_OK : PASID_ERROR_SOURCE_REJECTED;
}

/* ---- the space ---- */

static bool is_free(const uint64_t *words, uint32_t pasid)
{
	return words[pasid / 64] >> pasid % 64 & 1;
}

static bool is_reserved(uint32_t pasid)
{
	return space.reserved_count && space.reserved[0].pasid == pasid;
}

/* The maps agree, and nothing that may not be handed out is free. */
static bool is_whole(void)
{
	const uint64_t *words = space.level[0];
	const uint64_t above = (words[0] ? 1u : 0u) | (words[1] ? 2u : 0u);

	return space.bits == BITS && space.source_count == HAS_SOURCE &&
	       space.reserved_count <= 1 && !is_free(words, 0) && space.level[1][0] == above &&
	       space.level[2][0] == (above ? 1 : 0) && space.level[3][0] == (above ? 1 : 0) &&
	       (!space.reserved_count ||
		(space.reserved[0].pasid && space.reserved[0].pasid < COUNT &&
		 !is_free(words, space.reserved[0].pasid)));
}

/* Its owner is written down if and only if it is out. */
static bool is_accounted(uint32_t pasid)
{
	const bool is_out = pasid && !is_free(space.level[0], pasid) && !is_reserved(pasid);
	const bool has_owner = history[pasid] >= 1 && history[pasid] <= UNITS;

	return is_out == has_owner &&
	       (is_out || history[pasid] == 0 || history[pasid] == UINT8_MAX);
}

static void arbitrary_space(void)
{
	for (unsigned int i = 0; i < WORDS + PASID_SPACE_LEVELS - 1; i++)
		state[i] = nondet_word();
	for (unsigned int i = 0; i < COUNT; i++)
		history[i] = nondet_byte();
	space.reserved_count = nondet_unit();
	space.reserved[0].pasid = nondet_pasid();
	space.live_total = nondet_pasid();
	space.live_count[0] = nondet_pasid();
	space.live_count[1] = nondet_pasid();
	space.reserved[0].is_held = HAS_SOURCE && (nondet_unit() & 1);
	__CPROVER_assume(is_whole());
}

static void alloc_is_sound(const uint64_t *before, unsigned int unit)
{
	uint32_t pasid;
	const enum pasid_error error = pasid_space_alloc(&space, unit, &pasid);

	if (error) {
		assert(HAS_SOURCE || (error == PASID_ERROR_EXHAUSTED && !before[0] && !before[1]));
		return;
	}
	__CPROVER_output("alloc gives ", pasid);
	assert(pasid && pasid < COUNT && is_free(before, pasid));
	assert(!is_free(space.level[0], pasid) && history[pasid] == unit + 1);
	assert(!HAS_SOURCE || (is_offer_good && pasid == offered));
}

static void free_is_sound(const uint64_t *before, unsigned int unit)
{
	const uint32_t pasid = nondet_pasid();
	uint8_t owner;
	enum pasid_error error;

	__CPROVER_output("free of ", pasid);
	__CPROVER_assume(pasid >= COUNT || is_accounted(pasid));
	owner = pasid < COUNT ? history[pasid] : 0;
	error = pasid_space_free(&space, unit, pasid);
	if (error)
		return;
	assert(pasid && pasid < COUNT && !is_free(before, pasid) && owner == unit + 1);
	assert(is_free(space.level[0], pasid) && !is_reserved(pasid));
	assert(!HAS_SOURCE || is_taken_back);
}

static void reserve_is_sound(const uint64_t *before)
{
	const uint32_t pasid = nondet_pasid();

	__CPROVER_assume(!space.reserved_count);
	if (pasid_space_reserve(&space, pasid))
		return;
	assert(pasid < COUNT && !is_free(space.level[0], pasid));
	assert(!pasid || (is_free(before, pasid) && is_reserved(pasid)));
}

int main(void)
{
	const unsigned int unit = nondet_unit();
	const uint32_t other = nondet_pasid();
	const struct pasid_source source = { &space, &space, offer, take_back };
	uint64_t before[WORDS];

	pasid_space_init(&space, BITS, state, history);
	if (HAS_SOURCE)
		assert(!pasid_space_register(&space, 1, &source));
	assert(is_whole() && is_accounted(other % COUNT) && !pasid_space_live_count(&space));

	arbitrary_space();
	__CPROVER_assume(unit < UNITS && other < COUNT && is_accounted(other));
	for (unsigned int i = 0; i < WORDS; i++)
		before[i] = space.level[0][i];
	switch (nondet_unit()) {
	case 0:
		alloc_is_sound(before, unit);
		break;
	case 1:
		free_is_sound(before, unit);
		break;
	default:
		reserve_is_sound(before);
		break;
	}
	assert(is_whole() && is_accounted(other));
}
