/* SPDX-License-Identifier: MIT */
/*
 * Errors of the invalidation queue: every IQEI, every reserved bit, and going on afterwards.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

static uint32_t head(void)
{
	return (uint32_t)read64(&m, REG_IQH);
}

static bool has_error(void)
{
	return read32(&m, REG_FSTS) >> 4 & 1;
}

static uint32_t error_info(void)
{
	return read32(&m, REG_IQERCD) & 15;
}

/* ---- queue errors ---- */

struct error_case {
	uint64_t q[4];
	uint32_t info;
	uint64_t cap_clear, ecap_clear;
};

static const struct error_case error_cases[] = {
	{ { 0 }, 3, 0, 0 },
	{ { 11 }, 3, 0, 0 },
	{ { 10 | 1 << 4 }, 3, 0, 0 },				       /* HPT without HPTS */
	{ { 2 | B(9) }, 3, 0, 0 },				       /* type 12h */
	{ { 3 }, 3, 0, B(2) | B(29) | B(33) | B(41) | B(42) | B(56) }, /* device TLB without DT */
	{ { 8 }, 3, 0, B(2) | B(29) | B(33) | B(41) | B(42) | B(56) },
	{ { 9 }, 3, 0, B(29) },
	/* reserved bits, each type */
	{ { 1 | 1 << 4 | B(6) }, 4, 0, 0 },
	{ { 1 | 1 << 4 | B(12) }, 4, 0, 0 },
	{ { 1 | 1 << 4 | B(50) }, 4, 0, 0 },
	{ { 1 | 1 << 4, 1 }, 4, 0, 0 },
	{ { 2 | 1 << 4 | B(8) }, 4, 0, 0 },
	{ { 2 | 1 << 4 | B(12) }, 4, 0, 0 },
	{ { 2 | 1 << 4 | B(32) }, 4, 0, 0 },
	{ { 2 | 1 << 4, B(7) }, 4, 0, 0 },
	{ { 3 | B(4) }, 4, 0, 0 },
	{ { 3 | B(21) }, 4, 0, 0 },
	{ { 3 | B(48) }, 4, 0, 0 },
	{ { 3, B(1) }, 4, 0, 0 },
	{ { 3 | B(12) }, 4, 0, B(41) }, /* PFSID without DIT */
	{ { 4 | B(5) }, 4, 0, 0 },
	{ { 4 | B(12) }, 4, 0, 0 },
	{ { 4 | B(48) }, 4, 0, 0 },
	{ { 4, 1 }, 4, 0, 0 },
	{ { 5 | B(8) }, 4, 0, 0 },
	{ { 5 | B(12) }, 4, 0, 0 },
	{ { 5, 1 }, 4, 0, 0 },
	{ { 5 | B(7) }, 4, 0, B(42) }, /* PD without PDS */
	{ { 6 | 2 << 4 | B(6) }, 4, 0, 0 },
	{ { 6 | 2 << 4 | B(52) }, 4, 0, 0 },
	{ { 6 | 2 << 4, B(11) }, 4, 0, 0 },
	{ { 7 | B(8) }, 4, 0, 0 },
	{ { 7 | B(52) }, 4, 0, 0 },
	{ { 7, B(12) }, 4, 0, 0 },
	{ { 8, B(1) }, 4, 0, 0 },
	{ { 8 | B(52) }, 4, 0, B(41) },
	{ { 9 | B(5) }, 4, 0, 0 },
	{ { 9 | B(52) }, 4, 0, 0 },
	{ { 9, B(0) }, 4, 0, 0 },
	{ { 9, B(12) }, 4, 0, 0 },
	{ { 1 | 1 << 4, 0, 1, 0 }, 4, 0, 0 }, /* upper half of the wide descriptor */
	{ { 7, 0, 0, B(63) }, 4, 0, 0 },
	/* reserved granularities */
	{ { 1 }, 4, 0, 0 },
	{ { 2 }, 4, 0, 0 },
	{ { 2 | 3 << 4 }, 4, B(39), 0 }, /* pages without PSI */
	{ { 6 }, 4, 0, 0 },
	{ { 6 | 1 << 4 }, 4, 0, 0 },
	{ { 7 | 2 << 4 }, 4, 0, 0 },
	/* beyond what the capabilities name: the book is silent, the model refuses */
	{ { 2 | 3 << 4, 19 }, 4, 0, 0 },
	{ { 4 | 1 << 4 | UINT64_C(8) << 27 }, 4, 0, B(23) },
};

static void descriptor_errors(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(error_cases) / sizeof(error_cases[0]); i++) {
		const struct error_case *c = &error_cases[i];
		struct model_config config = everything();

		config.cap &= ~c->cap_clear;
		config.ecap &= ~c->ecap_clear;
		start(config);
		set_root(&m, 0, TTM_SCALABLE);
		queue_start(&m, true);
		assert_true(wait_done(&m));
		queue_put(&m, c->q[0], c->q[1], c->q[2], c->q[3]);
		queue_kick(&m);
		if (!has_error() || error_info() != c->info)
			fail_msg("descriptor %u: FSTS %x IQEI %u", i, read32(&m, REG_FSTS),
				 error_info());
		assert_int_equal(head(), 32); /* at the bad one */
		assert_int_equal(m.unit.counts.descriptors, 1);
	}
}

/* The same descriptors without the flaw. */
static void good_descriptors(void **state)
{
	static const uint64_t good[][2] = {
		{ 1 | 1 << 4, 0 },
		{ 1 | 2 << 4 | 0xFFFF0000, 0 },
		{ 1 | 3 << 4 | UINT64_C(0x3FFFF) << 32, 0 },
		{ 2 | 1 << 4 | 3 << 6, 0 },
		{ 2 | 2 << 4 | 0xFFFF0000, 0 },
		{ 2 | 3 << 4, ~UINT64_C(0xFBF) | 18 },
		{ 3 | UINT64_C(0x1F) << 16 | UINT64_C(0xFFFF) << 32, ~UINT64_C(0xFFE) },
		{ 3 | UINT64_C(0xF) << 12 | UINT64_C(0xFFF) << 52, 1 },
		{ 4, 0 },
		{ 4 | 1 << 4 | UINT64_C(15) << 27 | UINT64_C(0xFFFF) << 32, 0 },
		{ 5, 0 },
		{ 6 | 2 << 4 | UINT64_C(0xFFFFF) << 32, 0 },
		{ 6 | 3 << 4, ~UINT64_C(0xF80) },
		{ 7, 0 },
		{ 7 | 1 << 4 | UINT64_C(0xFFFFF) << 32, 0 },
		{ 7 | 3 << 4, 0 },
		{ 8 | UINT64_C(0x1F) << 4 | UINT64_C(0xFFFFFFFFFFFFF) << 12, ~UINT64_C(0x7FE) },
		{ 9 | 1 << 4 | UINT64_C(0xFFFFFFFFFF) << 12, 0xFFC },
	};

	(void)state;
	set_root(&m, 0, TTM_SCALABLE);
	queue_start(&m, true);
	for (unsigned int i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		submit(&m, good[i][0], good[i][1]);
		if (has_error())
			fail_msg("descriptor %u: IQEI %u", i, error_info());
	}
	assert_int_equal(m.unit.counts.descriptors, sizeof(good) / sizeof(good[0]));
	assert_int_equal(m.devtlb_count, 3);
	assert_int_equal(m.response_count, 1);
}

/* Types by table mode, and the width that each mode wants. */
static void modes(void **state)
{
	static const struct {
		enum ttm ttm;
		bool wide;
		uint64_t low;
		uint32_t info;
		uint64_t ecap_clear;
	} cases[] = {
		{ TTM_LEGACY, false, 1 | 1 << 4, 0, 0 },
		{ TTM_LEGACY, true, 1 | 1 << 4, 0, 0 },
		{ TTM_LEGACY, true, 7, 3, 0 },
		{ TTM_LEGACY, false, 6 | 2 << 4, 3, 0 },
		{ TTM_LEGACY, true, 9, 3, 0 },
		{ TTM_SCALABLE, true, 7, 0, 0 },
		{ TTM_SCALABLE, false, 1 | 1 << 4, 5, 0 },
		{ TTM_ABORT, true, 7, 0, 0 },
		{ TTM_ABORT, false, 5, 5, 0 },
		{ TTM_RESERVED, true, 5, 7, 0 },
		{ TTM_RESERVED, false, 5, 7, 0 },
		{ TTM_SCALABLE, true, 5, 7, B(43) },
		{ TTM_ABORT, true, 5, 7, B(52) },
		{ TTM_LEGACY, true, 5, 5, B(43) | B(52) },
		{ TTM_LEGACY, true, 5, 0, B(43) },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct model_config config = everything();

		config.ecap &= ~cases[i].ecap_clear;
		start(config);
		set_root(&m, 0, cases[i].ttm);
		queue_start(&m, cases[i].wide);
		submit(&m, cases[i].low, 0);
		if (has_error() != (cases[i].info != 0) ||
		    (has_error() && error_info() != cases[i].info))
			fail_msg("mode case %u: FSTS %x IQEI %u", i, read32(&m, REG_FSTS),
				 error_info());
	}
}

static void tail_and_fetch_errors(void **state)
{
	(void)state;
	queue_start(&m, true);
	write64(&m, REG_IQT, 16); /* half a descriptor */
	assert_true(has_error());
	assert_int_equal(error_info(), 6);
	assert_int_equal(head(), 0);
	start(everything());
	queue_start(&m, false);
	write64(&m, REG_IQT, 4096);
	assert_true(has_error());
	assert_int_equal(error_info(), 1);
	start(everything());
	write64(&m, REG_IQA, 0x70000000);
	command(&m, 26, true);
	write64(&m, REG_IQT, 16);
	assert_true(has_error());
	assert_int_equal(error_info(), 2);
}

/* One event for all that is to be served: no second one while a status bit is set. */
static void error_after_error(void **state)
{
	(void)state;
	write32(&m, REG_FECTL, 0);
	queue_start(&m, true);
	model_stray_completion(&m.unit, 1);
	assert_int_equal(m.message_count, 1);
	submit(&m, 15, 0);
	assert_true(has_error());
	assert_int_equal(m.message_count, 1);
}

/* Stopped until software clears IQE; then it goes on by itself. */
static void recovery(void **state)
{
	(void)state;
	write32(&m, REG_FECTL, 0);
	queue_start(&m, true);
	submit(&m, 15, 0);
	assert_int_equal(m.message_count, 1); /* a fault event */
	assert_int_equal(read32(&m, REG_FSTS), 1 << 4);
	assert_false(wait_done(&m));
	assert_int_equal(head(), 0);
	write32(&m, REG_FSTS, 0); /* writing 0 clears nothing */
	assert_true(has_error());
	/* A new tail does not start it again, though the descriptor is a good one by now. */
	word_at(&m, m.queue)[0] = 5;
	queue_kick(&m);
	assert_true(has_error());
	assert_int_equal(head(), 0);
	write32(&m, REG_FSTS, 1 << 4);
	assert_int_equal(read32(&m, REG_FSTS), 0);
	assert_int_equal(head(), m.tail);
	assert_int_not_equal((uint32_t)*word_at(&m, m.wait), 0);
	assert_true(wait_done(&m));
	/* Cleared without being repaired: the same error again. */
	submit(&m, 15, 0);
	write32(&m, REG_FSTS, 1 << 4);
	assert_true(has_error());
	assert_int_equal(m.message_count, 3);
}

int run_queue_errors(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(descriptor_errors, setup),
		cmocka_unit_test_setup(good_descriptors, setup),
		cmocka_unit_test_setup(modes, setup),
		cmocka_unit_test_setup(tail_and_fetch_errors, setup),
		cmocka_unit_test_setup(error_after_error, setup),
		cmocka_unit_test_setup(recovery, setup),
	};

	return cmocka_run_group_tests_name("model queue errors", tests, NULL, NULL);
}
