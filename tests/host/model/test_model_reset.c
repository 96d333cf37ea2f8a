/* SPDX-License-Identifier: MIT */
/*
 * What a warm reset takes and what it leaves: the sticky registers of the book, and nothing else.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

static void translation_ends(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA + 0x100000);

	(void)state;
	legacy_scene(&m, 4);
	assert_int_equal(reason_of(&m, &r), 0x05);
	write32(&m, REG_FECTL, 0);
	model_reset(&m.unit);
	/* Sticky: the record and its status. */
	assert_true(has_fault(&m, 0));
	assert_int_equal(fault_low(&m, 0), IOVA + 0x100000);
	assert_int_equal(read32(&m, REG_FSTS) & 2, 2);
	/* Not sticky: everything else. */
	assert_int_equal(read32(&m, REG_GSTS), 0);
	assert_int_equal(read64(&m, REG_RTADDR), 0);
	assert_int_equal(read32(&m, REG_FECTL), 0x80000000);
	assert_int_equal(model_cached_count(&m.unit), 0);
}

/* A tail alone does not start it again. */
static void queue_ends(void **state)
{
	(void)state;
	queue_start(&m, true);
	assert_true(wait_done(&m));
	model_reset(&m.unit);
	assert_int_equal(read32(&m, REG_GSTS), 0);
	assert_int_equal(read64(&m, REG_IQH), 0);
	write64(&m, REG_IQA, m.queue | 1 << 11);
	write64(&m, REG_IQT, 32);
	assert_int_equal(read64(&m, REG_IQH), 0);
	queue_start(&m, true);
	assert_true(wait_done(&m));
}

/* Interrupts pass as they are, whatever table there was. */
static void remapping_ends(void **state)
{
	struct model_request r = {
		.kind = MODEL_WRITE, .sid = SID, .address = 0xFEE00010, .bytes = 4, .data = 0x55
	};

	(void)state;
	write64(&m, REG_IRTA, page_new(&m));
	command(&m, 24, true);
	command(&m, 25, true);
	command(&m, 23, true);
	assert_int_equal(read32(&m, REG_GSTS), 7 << 23);
	reason_of(&m, &r);
	assert_int_equal(m.message_count, 0);
	model_reset(&m.unit);
	assert_int_equal(read32(&m, REG_GSTS), 0);
	assert_int_equal(read64(&m, REG_IRTA), 0);
	reason_of(&m, &r);
	assert_int_equal(m.message_count, 1);
	assert_int_equal(m.messages[0].address, r.address);
}

static void protection_ends(void **state)
{
	struct model_request r = request(MODEL_READ, 0x400000);
	struct model_answer answer;

	(void)state;
	write32(&m, REG_PLMBASE, 0x400000);
	write32(&m, REG_PLMLIMIT, 0x400000);
	write32(&m, REG_PMEN, 1u << 31);
	assert_false(model_translate(&m.unit, &r, &answer));
	model_reset(&m.unit);
	assert_int_equal(read32(&m, REG_PMEN), 0);
	assert_int_equal(read32(&m, REG_PLMBASE), 0);
	assert_true(can(&m, &r, 0x400000));
}

/* With what it was about, and until software clears it. */
static void queue_error_stays(void **state)
{
	(void)state;
	queue_start(&m, true);
	submit(&m, 15, 0);
	model_reset(&m.unit);
	assert_int_equal(read32(&m, REG_FSTS), 1 << 4);
	assert_int_equal(read32(&m, REG_IQERCD), 3);
	write32(&m, REG_FSTS, 1 << 4);
	model_reset(&m.unit);
	assert_int_equal(read32(&m, REG_FSTS), 0);
}

static void page_request_stays(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);
	struct model_answer answer;

	(void)state;
	scalable_scene(&m, 4);
	write64(&m, REG_PQA, page_new(&m));
	r.type = MODEL_PAGE_REQUEST;
	r.wants_read = r.last_in_group = true;
	assert_true(model_translate(&m.unit, &r, &answer));
	model_reset(&m.unit);
	assert_int_equal(read32(&m, REG_PRS), 1);
	assert_int_equal(read64(&m, REG_PQT), 0);
	write32(&m, REG_PRS, 1);
	model_reset(&m.unit);
	assert_int_equal(read32(&m, REG_PRS), 0);
}

/* Registers that no request depends on. What ECEO and RDTC are after a reset the book leaves open. */
static void side_registers(void **state)
{
	static const uint32_t written[] = { REG_MTRRDEF, REG_MTRR_FIX64K_00000,
					    REG_MTRR_FIX4K_F8000, REG_MTRR_PHYSBASE0,
					    REG_MTRR_PHYSMASK9 };
	const unsigned int count = sizeof(written) / sizeof(written[0]);

	(void)state;
	for (unsigned int i = 0; i < count; i++) {
		write64(&m, written[i], UINT64_MAX);
		assert_int_not_equal(read64(&m, written[i]), 0);
	}
	write64(&m, REG_MTRR_FIX64K_00000, 0);
	assert_int_not_equal(read64(&m, REG_MTRR_FIX4K_F8000), 0);
	write32(&m, REG_IEDATA, 0x1234);
	assert_int_equal(read32(&m, REG_FEDATA), 0);
	write64(&m, REG_ECMD, 0xF0);
	assert_int_not_equal(read64(&m, REG_ECRSP), 0);
	model_reset(&m.unit);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(read64(&m, written[i]), 0);
	assert_int_equal(read64(&m, REG_ECRSP), 0);
	assert_int_equal(read64(&m, REG_MTRRCAP), 0x50A); /* what the unit can do, as before */
}

int run_reset(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(translation_ends, setup),
		cmocka_unit_test_setup(queue_ends, setup),
		cmocka_unit_test_setup(remapping_ends, setup),
		cmocka_unit_test_setup(protection_ends, setup),
		cmocka_unit_test_setup(queue_error_stays, setup),
		cmocka_unit_test_setup(page_request_stays, setup),
		cmocka_unit_test_setup(side_registers, setup),
	};

	return cmocka_run_group_tests_name("model reset", tests, NULL, NULL);
}
