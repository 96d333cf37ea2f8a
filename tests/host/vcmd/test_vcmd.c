/* SPDX-License-Identifier: MIT */
/* Virtual commands on a unit of either layout that answers well, late, never, or nonsense. */
#include "tests/host/check.h"

#include <string.h>

#include "tests/host/vcmd/vcmd_block.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_names_are_distinct(void **unused)
{
	(void)unused;
	for (unsigned int a = 0; a < VCMD_ERROR_COUNT; a++)
		for (unsigned int b = 0; b < a; b++)
			assert_string_not_equal(vcmd_error_name((enum vcmd_error)a),
						vcmd_error_name((enum vcmd_error)b));
	assert_string_equal(vcmd_error_name(VCMD_ERROR_COUNT), "unknown VCMD error");
}

static void expect_field(struct field field, unsigned int hi, unsigned int lo)
{
	assert_int_equal(field.hi, hi);
	assert_int_equal(field.lo, lo);
}

static void test_layouts(void **unused)
{
	const struct vcmd_layout *const now = &vcmd_layout_3_3, *const draft = &vcmd_layout_draft;

	(void)unused;
	assert_int_equal(now->vcmd, 0xe00);
	assert_int_equal(now->vcmdeo, 0xe08);
	assert_int_equal(now->vcrsp, 0xe10);
	assert_int_equal(now->vccap, 0xe30);
	assert_int_equal(draft->vccap, 0xe00);
	assert_int_equal(draft->vcmd, 0xe10);
	assert_int_equal(draft->vcrsp, 0xe20);
	assert_int_equal(draft->vcmdeo, 0);
	expect_field(now->operand, 63, 16);
	expect_field(now->operand_pasid, 35, 16);
	expect_field(now->status, 7, 1);
	expect_field(now->result, 63, 16);
	expect_field(now->result_pasid, 35, 16);
	expect_field(draft->operand, 63, 8);
	expect_field(draft->operand_pasid, 27, 8);
	expect_field(draft->status, 2, 1);
	expect_field(draft->result, 63, 8);
	expect_field(draft->result_pasid, 27, 8);
	assert_int_equal(now->no_pasid, 16);
	assert_int_equal(draft->no_pasid, 2);
}

static void alloc_and_free(bool is_draft)
{
	block_open(is_draft);
	assert_ptr_equal(vcmd.layout, is_draft ? &vcmd_layout_draft : &vcmd_layout_3_3);
	for (uint32_t pasid = 1; pasid <= POOL; pasid++) {
		expect_alloc(VCMD_OK, pasid);
		expect_accesses(1, 1);
	}
	expect_alloc(VCMD_ERROR_NO_PASID, 0);
	expect_words("no PASID left");
	expect_words(is_draft ? "VCRSP (e20)" : "VCRSP (e10)");
	block_forget_accesses();
	expect_free(17, VCMD_OK);
	expect_accesses(1, 1);
	expect_alloc(VCMD_OK, 17);
	expect_free(17, VCMD_OK);
	expect_free(17, VCMD_ERROR_INVALID_PASID);
	expect_free(0, VCMD_ERROR_INVALID_PASID);
	expect_free(0xfffff, VCMD_ERROR_INVALID_PASID);
	expect_words("invalid PASID");
	block_forget_accesses();
	expect_free(0x100000, VCMD_ERROR_BEYOND_PSS);
	expect_words("100000");
	expect_accesses(0, 0);
}

static void test_alloc_and_free(void **unused)
{
	(void)unused;
	alloc_and_free(false);
	alloc_and_free(true);
}

/* Both PASID fields are 20 bits wide, wherever they lie. */
static void test_wide_pasids(void **unused)
{
	(void)unused;
	for (int is_draft = 0; is_draft < 2; is_draft++) {
		block_open(is_draft);
		fake.first = 0xfffff;
		expect_alloc(VCMD_OK, 0xfffff);
		expect_free(0xfffff, VCMD_OK);
		assert_false(fake.is_live[0]);
	}
}

static void test_undefined_and_null(void **unused)
{
	(void)unused;
	for (int is_draft = 0; is_draft < 2; is_draft++) {
		block_open(is_draft);
		expect_run(0, 0, VCMD_OK);
		expect_run(3, 0, VCMD_ERROR_UNDEFINED_COMMAND);
		expect_run(255, 0xffffffffffff, VCMD_ERROR_UNDEFINED_COMMAND);
		expect_words("command 255: undefined command");
		expect_words(is_draft ? "(mask 6)" : "(mask fe)");
		assert_int_equal(fake.commands, 3);
	}
}

static void test_late_answer(void **unused)
{
	(void)unused;
	for (int is_draft = 0; is_draft < 2; is_draft++) {
		block_open(is_draft);
		fake.late_reads = 50;
		expect_alloc(VCMD_OK, 1);
		expect_accesses(51, 1);
		expect_free(1, VCMD_OK);
		expect_accesses(51, 1);
	}
}

/* The last look comes after the deadline: an answer that arrives right at it still counts. */
static void test_answer_at_the_deadline(void **unused)
{
	(void)unused;
	block_open(false);
	fake.late_reads = UNIT_DEADLINE_US / 1000;
	expect_alloc(VCMD_OK, 1);
	fake.late_reads++;
	expect_alloc(VCMD_ERROR_TIMEOUT, 0);
}

static void test_no_answer(void **unused)
{
	(void)unused;
	for (int is_draft = 0; is_draft < 2; is_draft++) {
		block_open(is_draft);
		fake.late_reads = NEVER;
		expect_alloc(VCMD_ERROR_TIMEOUT, 0);
		expect_words(is_draft ? "VCRSP (e20) reads 0000000000000001"
				      : "VCRSP (e10) reads 0000000000000001");
		expect_words("after 100000 us");
		expect_words("IP (mask 1)");
		assert_int_equal(fake.writes, 1);
		block_forget_accesses();
		/* the next command is refused, not written */
		expect_free(1, VCMD_ERROR_BUSY);
		expect_words("command 2 not written");
		expect_accesses(1, 0);
		/* and served once the first one has ended */
		fake.left_to_wait = 0;
		block_settle();
		fake.late_reads = 0;
		expect_free(1, VCMD_OK);
		expect_accesses(2, 1);
		expect_alloc(VCMD_OK, 1);
		expect_accesses(1, 1);
	}
}

static void test_busy_before_the_first_command(void **unused)
{
	(void)unused;
	block_reset(false);
	fake.e10 = 1;
	fake.left_to_wait = NEVER;
	assert_int_equal(vcmd_probe(&unit, VCMD_AUTO, &vcmd), VCMD_OK);
	assert_non_null(strstr(vcmd.report, "in progress"));
	expect_alloc(VCMD_ERROR_BUSY, 0);
	assert_int_equal(fake.writes, 0);
}

static void test_halves(void **unused)
{
	(void)unused;
	for (int is_draft = 0; is_draft < 2; is_draft++) {
		block_open(is_draft);
		vcmd.access = VCMD_ACCESS_32;
		fake.first = 0xffff0;
		expect_alloc(VCMD_OK, 0xffff0);
		assert_int_equal(fake.write_offset[0], is_draft ? 0xe14 : 0xe04);
		assert_int_equal(fake.write_offset[1], is_draft ? 0xe10 : 0xe00);
		expect_accesses(2, 2);
		expect_free(0xffff0, VCMD_OK);
		expect_accesses(2, 2);
		assert_false(fake.is_live[0]);
		fake.late_reads = 3;
		expect_alloc(VCMD_OK, 0xffff0);
		expect_accesses(5, 2);
	}
}

static void test_mad_answers(void **unused)
{
	static const struct {
		bool is_draft;
		uint8_t command;
		uint64_t answer;
		enum vcmd_error error;
	} cases[] = {
		{ false, 1, 0, VCMD_ERROR_PASID_ZERO },
		{ true, 1, 0, VCMD_ERROR_PASID_ZERO },
		{ false, 1, 0xabcdeULL << 16, VCMD_OK },
		{ true, 1, 0xabcdeULL << 8, VCMD_OK },
		/* status codes nobody defined, for nobody's command */
		{ false, 1, 17 << 1, VCMD_ERROR_UNKNOWN_STATUS },
		{ false, 1, 3 << 1, VCMD_ERROR_UNKNOWN_STATUS },
		{ false, 1, 127 << 1, VCMD_ERROR_UNKNOWN_STATUS },
		{ false, 0, 16 << 1, VCMD_ERROR_UNKNOWN_STATUS },
		{ true, 1, 3 << 1, VCMD_ERROR_UNKNOWN_STATUS },
		{ true, 0, 2 << 1, VCMD_ERROR_UNKNOWN_STATUS },
		/* with a failure status the result of an allocation means nothing */
		{ false, 1, 0x1234ULL << 36 | 16 << 1, VCMD_ERROR_NO_PASID },
		{ false, 1, 0x1234ULL << 36 | 1 << 1, VCMD_ERROR_UNDEFINED_COMMAND },
		{ true, 1, 0x1234ULL << 40 | 2 << 1, VCMD_ERROR_NO_PASID },
		{ true, 2, 0x1234ULL << 40 | 2 << 1, VCMD_ERROR_INVALID_PASID },
		/* that of others is reserved even so */
		{ false, 2, 16 << 1, VCMD_ERROR_INVALID_PASID },
		{ false, 2, 0x1234ULL << 36 | 16 << 1, VCMD_ERROR_MALFORMED },
		{ false, 2, 1ULL << 16 | 16 << 1, VCMD_ERROR_MALFORMED },
		{ false, 0, 1ULL << 63 | 1 << 1, VCMD_ERROR_MALFORMED },
		{ false, 3, 1ULL << 16 | 1 << 1, VCMD_ERROR_MALFORMED },
		{ false, 255, 1 << 1, VCMD_ERROR_UNDEFINED_COMMAND },
		/* reserved bits */
		{ false, 1, 0xdeadbeefcafe0000, VCMD_ERROR_MALFORMED },
		{ false, 1, 0xfffffffffffffffe, VCMD_ERROR_MALFORMED },
		{ false, 2, 7ULL << 16, VCMD_ERROR_MALFORMED },
		{ true, 1, 0xdeadbeef00000100, VCMD_ERROR_MALFORMED },
		{ true, 1, 0x1 << 3 | 5 << 8, VCMD_ERROR_MALFORMED },
		/* what the other layout would have said */
		{ false, 1, 5 << 8, VCMD_ERROR_WRONG_LAYOUT },
		{ false, 1, 0x1234 << 8, VCMD_ERROR_WRONG_LAYOUT },
		{ false, 1, 2 << 1, VCMD_ERROR_WRONG_LAYOUT },
		{ false, 2, 2 << 1, VCMD_ERROR_WRONG_LAYOUT },
		{ true, 1, 16 << 1, VCMD_ERROR_WRONG_LAYOUT },
		{ true, 2, 16 << 1, VCMD_ERROR_WRONG_LAYOUT },
		{ true, 1, 0x12345ULL << 16, VCMD_ERROR_WRONG_LAYOUT },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct vcmd_response response;
		enum vcmd_error error;

		block_open(cases[i].is_draft);
		fake.forces_answer = true;
		fake.forced_answer = cases[i].answer;
		error = vcmd_run(&vcmd, cases[i].command, 0, &response);
		if (error != cases[i].error)
			fail_msg("case %zu: %s, not %s", i, vcmd_error_name(error),
				 vcmd_error_name(cases[i].error));
		assert_int_equal(response.raw, cases[i].answer);
		if (error)
			expect_words(vcmd_error_name(error));
	}
}

static void test_pasid_beyond_pss(void **unused)
{
	(void)unused;
	block_reset(false);
	unit.caps.ecap = (ECAP_GOOD & ~ECAP_PSS_OF(31)) | ECAP_PSS_OF(7);
	assert_int_equal(vcmd_probe(&unit, VCMD_AUTO, &vcmd), VCMD_OK);
	fake.first = 255;
	expect_alloc(VCMD_OK, 255);
	expect_alloc(VCMD_ERROR_BEYOND_PSS, 256);
	expect_words("result 100");
}

static void test_commands_that_are_not_offered(void **unused)
{
	(void)unused;
	block_reset(false);
	fake.e30 = 1;
	assert_int_equal(vcmd_probe(&unit, VCMD_AUTO, &vcmd), VCMD_OK);
	block_forget_accesses();
	assert_true(vcmd_can_null(&vcmd) && !vcmd_can_alloc(&vcmd) && !vcmd_can_free(&vcmd));
	expect_alloc(VCMD_ERROR_UNSUPPORTED, 0);
	expect_words("VCCAP (e30) reads 0000000000000001");
	expect_words("(mask 2)");
	expect_free(1, VCMD_ERROR_UNSUPPORTED);
	expect_words("(mask 4)");
	expect_accesses(0, 0);
	expect_run(0, 0, VCMD_OK);
	assert_int_equal(fake.commands, 1);
}

/* ---- as a source of the PASID space ---- */

static void test_as_source(void **unused)
{
	static uint64_t state[64];
	static uint8_t history[1 << 10];
	struct pasid_space space;
	struct pasid_source source;
	uint32_t pasid;

	(void)unused;
	block_open(false);
	assert_true(pasid_space_state_bytes(10) <= sizeof(state));
	pasid_space_init(&space, 10, state, history);
	source = vcmd_pasid_source(&vcmd, &fake);
	assert_int_equal(pasid_space_register(&space, 0, &source), PASID_OK);
	assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_OK);
	assert_int_equal(pasid, 1);
	expect_accesses(1, 1);
	assert_int_equal(pasid_space_free(&space, 0, 1), PASID_OK);
	expect_accesses(1, 1);
	assert_int_equal(pasid_space_free(&space, 0, 1), PASID_ERROR_DOUBLE_FREE);
	expect_accesses(0, 0);
	for (unsigned int i = 0; i < POOL; i++)
		assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_OK);
	assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_ERROR_EXHAUSTED);
	fake.is_live[4] = false; /* behind our back */
	assert_int_equal(pasid_space_free(&space, 0, 5), PASID_ERROR_SOURCE_REJECTED);
	assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_ERROR_OFFERED_TWICE);
	assert_int_equal(pasid, 5);
	fake.forces_answer = true;
	fake.forced_answer = 0;
	assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_ERROR_OFFERED_ZERO);
	fake.forced_answer = 1024 << 16;
	assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_ERROR_OFFERED_OUT_OF_RANGE);
	vcmd.pasid_end = 256; /* a unit narrower than the space */
	fake.forced_answer = 256 << 16;
	assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_ERROR_OFFERED_OUT_OF_RANGE);
	assert_int_equal(pasid, 256);
	fake.late_reads = NEVER;
	assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_ERROR_SOURCE_FAILED);
	assert_int_equal(pasid, 0);
	expect_words("after 100000 us");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_distinct),
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_alloc_and_free),
		cmocka_unit_test(test_wide_pasids),
		cmocka_unit_test(test_undefined_and_null),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_answer_at_the_deadline),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_busy_before_the_first_command),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_mad_answers),
		cmocka_unit_test(test_pasid_beyond_pss),
		cmocka_unit_test(test_commands_that_are_not_offered),
		cmocka_unit_test(test_as_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
