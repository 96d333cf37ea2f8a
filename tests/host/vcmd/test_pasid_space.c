/* SPDX-License-Identifier: MIT */
/* The PASID space: against a plain array in random steps, at its edges, and with odd sources. */
#include "tests/host/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/vcmd/pasid_space.h"

#define expect_error(got, expected) \
	assert_string_equal(pasid_error_name(got), pasid_error_name(expected))

/* ---- a space in memory of exactly its size, so that the sanitizer sees any access past it ---- */

static struct pasid_space space;
static void *state, *history;

static void open_space(unsigned int bits, bool with_history)
{
	state = malloc(pasid_space_state_bytes(bits));
	history = with_history ? malloc(pasid_space_history_bytes(bits)) : NULL;
	assert_non_null(state);
	memset(state, 0xa5, pasid_space_state_bytes(bits));
	if (history)
		memset(history, 0xa5, pasid_space_history_bytes(bits));
	pasid_space_init(&space, bits, state, history);
}

static void close_space(void)
{
	free(state);
	free(history);
}

static uint32_t must_alloc(unsigned int unit)
{
	uint32_t pasid;

	assert_int_equal(pasid_space_alloc(&space, unit, &pasid), PASID_OK);
	return pasid;
}

static void expect_alloc(unsigned int unit, enum pasid_error expected, uint32_t expected_pasid)
{
	uint32_t pasid = 12345;

	expect_error(pasid_space_alloc(&space, unit, &pasid), expected);
	assert_int_equal(pasid, expected_pasid);
}

static void expect_free(unsigned int unit, uint32_t pasid, enum pasid_error expected)
{
	expect_error(pasid_space_free(&space, unit, pasid), expected);
}

/* ---- the default allocator ---- */

static void test_names_are_distinct(void **unused)
{
	(void)unused;
	for (unsigned int a = 0; a < PASID_ERROR_COUNT; a++) {
		assert_true(strlen(pasid_error_name((enum pasid_error)a)) > 0);
		for (unsigned int b = 0; b < a; b++)
			assert_string_not_equal(pasid_error_name((enum pasid_error)a),
						pasid_error_name((enum pasid_error)b));
	}
	assert_string_equal(pasid_error_name(PASID_ERROR_COUNT), "unknown PASID error");
}

static void test_state_is_small(void **unused)
{
	(void)unused;
	for (unsigned int bits = 1; bits <= PASID_SPACE_BITS_MAX; bits++)
		assert_true(pasid_space_state_bytes(bits) + sizeof(space) <= 160 * 1024);
	printf("# state for 20 bits: %zu bytes, and %zu for the space itself\n",
	       pasid_space_state_bytes(20), sizeof(space));
}

/* Every width hands out each PASID but 0 and the reserved ones once, and then says so. */
static void test_every_width_is_used_up(void **unused)
{
	(void)unused;
	for (unsigned int bits = 1; bits <= PASID_SPACE_BITS_MAX; bits++) {
		const uint32_t end = UINT32_C(1) << bits, reserved = end - 1;

		open_space(bits, bits % 2);
		assert_int_equal(pasid_space_reserve(&space, reserved), PASID_OK);
		for (uint32_t pasid = 1; pasid < reserved; pasid++)
			assert_int_equal(must_alloc(0), pasid);
		expect_alloc(0, PASID_ERROR_EXHAUSTED, 0);
		assert_int_equal(pasid_space_live_count(&space), reserved - 1);
		if (bits > 1) {
			expect_free(0, reserved - 1, PASID_OK);
			assert_int_equal(must_alloc(0), reserved - 1);
			expect_alloc(0, PASID_ERROR_EXHAUSTED, 0);
		}
		close_space();
	}
}

static void test_free_errors(void **unused)
{
	(void)unused;
	open_space(10, true);
	assert_int_equal(pasid_space_reserve(&space, 5), PASID_OK);
	assert_int_equal(must_alloc(0), 1);
	assert_int_equal(must_alloc(1), 2);
	expect_free(0, 0, PASID_ERROR_ZERO);
	expect_free(0, 1024, PASID_ERROR_OUT_OF_RANGE);
	expect_free(0, UINT32_MAX, PASID_ERROR_OUT_OF_RANGE);
	expect_free(0, 5, PASID_ERROR_RESERVED);
	expect_free(0, 3, PASID_ERROR_NEVER_ALLOCATED);
	expect_free(0, 1023, PASID_ERROR_NEVER_ALLOCATED);
	expect_free(0, 2, PASID_ERROR_OTHER_UNIT);
	expect_free(64, 1, PASID_ERROR_BAD_UNIT);
	expect_alloc(64, PASID_ERROR_BAD_UNIT, 0);
	assert_int_equal(pasid_space_live_count(&space), 2);
	expect_free(0, 1, PASID_OK);
	expect_free(0, 1, PASID_ERROR_DOUBLE_FREE);
	expect_free(1, 1, PASID_ERROR_DOUBLE_FREE);
	assert_int_equal(must_alloc(1), 1);
	expect_free(0, 1, PASID_ERROR_OTHER_UNIT);
	assert_true(pasid_space_is_live(&space, 1) && pasid_space_is_live(&space, 2));
	assert_false(pasid_space_is_live(&space, 0) || pasid_space_is_live(&space, 5));
	assert_false(pasid_space_is_live(&space, 3) || pasid_space_is_live(&space, 1024));
	close_space();
}

static void test_without_history(void **unused)
{
	(void)unused;
	open_space(10, false);
	assert_int_equal(must_alloc(0), 1);
	expect_free(0, 2, PASID_ERROR_NOT_ALLOCATED);
	expect_free(1, 1, PASID_OK);
	expect_free(0, 1, PASID_ERROR_NOT_ALLOCATED);
	assert_int_equal(pasid_space_live_count(&space), 0);
	close_space();
}

static void test_reserve(void **unused)
{
	(void)unused;
	open_space(8, true);
	assert_int_equal(pasid_space_reserve(&space, 0), PASID_OK);
	assert_int_equal(pasid_space_reserve(&space, 1), PASID_OK);
	assert_int_equal(pasid_space_reserve(&space, 1), PASID_OK);
	assert_int_equal(pasid_space_reserve(&space, 256), PASID_ERROR_OUT_OF_RANGE);
	assert_int_equal(must_alloc(0), 2);
	assert_int_equal(pasid_space_reserve(&space, 2), PASID_ERROR_LIVE);
	for (uint32_t pasid = 10; pasid < 10 + PASID_SPACE_RESERVED_MAX - 1; pasid++)
		assert_int_equal(pasid_space_reserve(&space, pasid), PASID_OK);
	assert_int_equal(pasid_space_reserve(&space, 200), PASID_ERROR_TOO_MANY_RESERVED);
	close_space();
}

/* ---- against a plain array ---- */

enum { FRESH, LIVE, FREED, RESERVED };

static struct {
	uint8_t what, unit;
} plain[1 << PASID_SPACE_BITS_MAX];

static uint32_t plain_end, plain_live, plain_usable;

static uint32_t seed = 1;

static uint32_t random_below(uint32_t end)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % end;
}

static bool plain_is_free(uint32_t pasid)
{
	return plain[pasid].what == FRESH || plain[pasid].what == FREED;
}

/* Would any free PASID lie below this one? Asked of small spaces only: it looks at each. */
static bool plain_is_lowest(uint32_t pasid)
{
	for (uint32_t below = 1; plain_end <= 4096 && below < pasid; below++)
		if (plain_is_free(below))
			return false;
	return true;
}

static enum pasid_error plain_free(unsigned int unit, uint32_t pasid)
{
	static const enum pasid_error answers[] = {
		[FRESH] = PASID_ERROR_NEVER_ALLOCATED,
		[LIVE] = PASID_OK,
		[FREED] = PASID_ERROR_DOUBLE_FREE,
		[RESERVED] = PASID_ERROR_RESERVED,
	};

	if (pasid == 0)
		return PASID_ERROR_ZERO;
	if (pasid >= plain_end)
		return PASID_ERROR_OUT_OF_RANGE;
	if (plain[pasid].what == LIVE && plain[pasid].unit != unit)
		return PASID_ERROR_OTHER_UNIT;
	return answers[plain[pasid].what];
}

static void random_alloc(void)
{
	const unsigned int unit = random_below(3);
	uint32_t pasid;

	if (plain_live == plain_usable) {
		expect_alloc(unit, PASID_ERROR_EXHAUSTED, 0);
		return;
	}
	pasid = must_alloc(unit);
	assert_int_in_range(pasid, 1, plain_end - 1);
	assert_true(plain_is_free(pasid) && plain_is_lowest(pasid));
	plain[pasid].what = LIVE;
	plain[pasid].unit = (uint8_t)unit;
	plain_live++;
}

static void random_free(void)
{
	const uint32_t pasid = random_below(plain_end + plain_end / 64);
	unsigned int unit = random_below(3);
	enum pasid_error expected;

	if (pasid < plain_end && random_below(4))
		unit = plain[pasid].unit;
	expected = plain_free(unit, pasid);
	expect_free(unit, pasid, expected);
	if (expected == PASID_OK) {
		plain[pasid].what = FREED;
		plain_live--;
	}
}

static void open_plain(unsigned int bits)
{
	open_space(bits, true);
	memset(plain, 0, sizeof(plain));
	plain_end = UINT32_C(1) << bits;
	plain_live = 0;
	plain_usable = plain_end - 1;
	for (uint32_t pasid = 5; pasid < plain_end; pasid += plain_end / 4) {
		assert_int_equal(pasid_space_reserve(&space, pasid), PASID_OK);
		plain[pasid].what = RESERVED;
		plain_usable--;
	}
}

/* Starts full; then the mood swings, so that it runs full again and again. */
static void million_random_steps(unsigned int bits)
{
	uint32_t full = 0, least, appetite = 50;

	open_plain(bits);
	while (plain_live < plain_usable)
		random_alloc();
	least = plain_live;
	for (unsigned int step = 0; step < 1000000; step++) {
		if (step % 20000 == 0)
			appetite = random_below(2) ? 85 : 15;
		if (random_below(100) < appetite)
			random_alloc();
		else
			random_free();
		assert_int_equal(pasid_space_live_count(&space), plain_live);
		least = plain_live < least ? plain_live : least;
		full += plain_live == plain_usable;
	}
	printf("# a million steps, %u bits: full %u times, down to %u live\n", bits, full, least);
	assert_true(full > 0 && least < plain_usable);
	close_space();
}

static void test_million_random_steps(void **unused)
{
	(void)unused;
	million_random_steps(12);
	million_random_steps(20);
}

/* ---- cost ---- */

static void measure(uint32_t live)
{
	uint64_t words_alloc = 0, words_free = 0, most = 0;
	const unsigned int rounds = 100000;

	open_space(20, true);
	for (uint32_t i = 0; i < live; i++)
		must_alloc(0);
	for (unsigned int i = 0; i < rounds; i++) {
		const uint64_t start = space.words_touched;
		uint64_t middle, end;

		expect_free(0, 1 + random_below(live), PASID_OK);
		middle = space.words_touched;
		must_alloc(0);
		end = space.words_touched;
		words_free += middle - start;
		words_alloc += end - middle;
		most = middle - start > most ? middle - start : most;
		most = end - middle > most ? end - middle : most;
	}
	printf("# %7u live: %.2f words touched per alloc, %.2f per free, at most %llu\n", live,
	       (double)words_alloc / rounds, (double)words_free / rounds, (unsigned long long)most);
	assert_true(most <= 2 * PASID_SPACE_LEVELS);
	close_space();
}

static void test_cost_does_not_grow(void **unused)
{
	(void)unused;
	measure(1);
	measure(1000);
	measure(1000000);
}

/* ---- sources ---- */

/* Offers what its script says, in order, and remembers what came back. */
struct script {
	uint32_t offer[8];
	unsigned int next, freed_count;
	uint32_t freed[8];
	enum pasid_error alloc_error, free_error;
};

static enum pasid_error script_alloc(void *context, uint32_t *pasid)
{
	struct script *script = context;

	*pasid = 0;
	if (script->alloc_error)
		return script->alloc_error;
	*pasid = script->offer[script->next++];
	return PASID_OK;
}

static enum pasid_error script_free(void *context, uint32_t pasid)
{
	struct script *script = context;

	if (script->free_error)
		return script->free_error;
	script->freed[script->freed_count++] = pasid;
	return PASID_OK;
}

static struct pasid_source source_of(struct script *script, const void *backing)
{
	return (struct pasid_source){
		.backing = backing, .context = script, .alloc = script_alloc, .free = script_free
	};
}

static int backing_a, backing_b;

static void expect_register(unsigned int unit, struct script *script, const void *backing,
			    enum pasid_error expected)
{
	const struct pasid_source source = source_of(script, backing);

	expect_error(pasid_space_register(&space, unit, &source), expected);
}

static void expect_unregister(unsigned int unit, enum pasid_error expected)
{
	expect_error(pasid_space_unregister(&space, unit), expected);
}

static void test_source_needs_an_unused_default(void **unused)
{
	struct script script = { .offer = { 9 } };

	(void)unused;
	open_space(10, true);
	assert_int_equal(must_alloc(3), 1);
	expect_register(0, &script, &backing_a, PASID_ERROR_DEFAULT_LIVE);
	expect_free(3, 1, PASID_OK);
	expect_register(64, &script, &backing_a, PASID_ERROR_BAD_UNIT);
	expect_register(0, &script, &backing_a, PASID_OK);
	expect_register(0, &script, &backing_a, PASID_ERROR_REGISTERED);
	assert_int_equal(must_alloc(0), 9);
	expect_unregister(0, PASID_ERROR_SOURCE_LIVE);
	expect_unregister(1, PASID_ERROR_NOT_REGISTERED);
	expect_unregister(64, PASID_ERROR_BAD_UNIT);
	expect_free(0, 9, PASID_OK);
	assert_int_equal(script.freed[0], 9);
	expect_unregister(0, PASID_OK);
	assert_int_equal(must_alloc(0), 1);
	close_space();
}

static void test_sources_with_one_backing_share(void **unused)
{
	struct script a = { .offer = { 10, 11, 12 } }, b = { .offer = { 20, 21 } }, other = { 0 };

	(void)unused;
	open_space(10, true);
	expect_register(4, &a, &backing_a, PASID_OK);
	expect_register(7, &other, &backing_b, PASID_ERROR_OTHER_BACKING);
	assert_int_equal(must_alloc(4), 10);
	expect_register(5, &b, &backing_a, PASID_OK);
	assert_int_equal(must_alloc(5), 20);
	assert_int_equal(must_alloc(9), 11); /* a unit without a source: the lowest one serves */
	expect_free(5, 10, PASID_ERROR_OTHER_UNIT);
	expect_unregister(5, PASID_ERROR_SOURCE_LIVE);
	expect_free(5, 20, PASID_OK);
	assert_int_equal(b.freed_count, 1);
	expect_unregister(5, PASID_OK);
	expect_free(4, 10, PASID_OK);
	expect_unregister(4, PASID_ERROR_SOURCE_LIVE); /* unit 9 still has 11 */
	expect_free(9, 11, PASID_OK);
	expect_unregister(4, PASID_OK);
	expect_register(7, &other, &backing_b, PASID_OK);
	close_space();
}

static void test_odd_offers(void **unused)
{
	struct script script = { .offer = { 3, 0, 1024, UINT32_MAX, 3, 4 } };

	(void)unused;
	open_space(10, true);
	expect_register(0, &script, &backing_a, PASID_OK);
	expect_alloc(0, PASID_OK, 3);
	expect_alloc(0, PASID_ERROR_OFFERED_ZERO, 0);
	expect_alloc(0, PASID_ERROR_OFFERED_OUT_OF_RANGE, 1024);
	expect_alloc(0, PASID_ERROR_OFFERED_OUT_OF_RANGE, UINT32_MAX);
	expect_alloc(0, PASID_ERROR_OFFERED_TWICE, 3);
	expect_alloc(0, PASID_OK, 4);
	assert_int_equal(pasid_space_live_count(&space), 2);
	script.alloc_error = PASID_ERROR_EXHAUSTED;
	expect_alloc(0, PASID_ERROR_EXHAUSTED, 0);
	script.alloc_error = PASID_ERROR_SOURCE_FAILED;
	expect_alloc(0, PASID_ERROR_SOURCE_FAILED, 0);
	script.free_error = PASID_ERROR_SOURCE_REJECTED;
	expect_free(0, 3, PASID_ERROR_SOURCE_REJECTED);
	assert_true(pasid_space_is_live(&space, 3));
	script.free_error = PASID_OK;
	expect_free(0, 3, PASID_OK);
	expect_free(0, 3, PASID_ERROR_DOUBLE_FREE);
	close_space();
}

/* A RID_PASID from a source is kept aside, not handed out, and given back at the end. */
static void test_offered_rid_pasid(void **unused)
{
	struct script script = { .offer = { 5, 6, 7, 5 } };

	(void)unused;
	open_space(10, true);
	assert_int_equal(pasid_space_reserve(&space, 5), PASID_OK);
	assert_int_equal(pasid_space_reserve(&space, 6), PASID_OK);
	expect_register(0, &script, &backing_a, PASID_OK);
	expect_alloc(0, PASID_OK, 7);
	expect_alloc(0, PASID_ERROR_OFFERED_TWICE, 5);
	expect_free(0, 5, PASID_ERROR_RESERVED);
	expect_free(0, 7, PASID_OK);
	script.free_error = PASID_ERROR_SOURCE_FAILED;
	expect_unregister(0, PASID_ERROR_SOURCE_FAILED);
	script.free_error = PASID_OK;
	expect_unregister(0, PASID_OK);
	assert_int_equal(script.freed_count, 3);
	assert_int_equal(script.freed[1], 5);
	assert_int_equal(script.freed[2], 6);
	script = (struct script){ .offer = { 5, 8 } };
	expect_register(0, &script, &backing_a, PASID_OK);
	expect_alloc(0, PASID_OK, 8);
	close_space();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_distinct),
		cmocka_unit_test(test_state_is_small),
		cmocka_unit_test(test_every_width_is_used_up),
		cmocka_unit_test(test_free_errors),
		cmocka_unit_test(test_without_history),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_million_random_steps),
		cmocka_unit_test(test_cost_does_not_grow),
		cmocka_unit_test(test_source_needs_an_unused_default),
		cmocka_unit_test(test_sources_with_one_backing_share),
		cmocka_unit_test(test_odd_offers),
		cmocka_unit_test(test_offered_rid_pasid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
