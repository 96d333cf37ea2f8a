/* SPDX-License-Identifier: MIT */
/* The driver's virtual commands and PASID space against the reference model of a unit. */
#include "tests/host/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/vcmd/vcmd.h"
#include "tests/model/unit.h"

#define PASIDS 4096u

static uint64_t used[MODEL_PASID_WORDS(PASIDS)];
static struct model_pasid_space pool;
static struct model_unit model;
static struct unit unit;
static struct vcmd vcmd;

/* ---- the driver's unit is the model ---- */

uint64_t unit_read64(struct unit *u, uint32_t offset)
{
	u->read_count++;
	return model_read(&model, offset, 8);
}

uint32_t unit_read32(struct unit *u, uint32_t offset)
{
	u->read_count++;
	return (uint32_t)model_read(&model, offset, 4);
}

void unit_write64(struct unit *u, uint32_t offset, uint64_t value)
{
	u->write_count++;
	model_write(&model, offset, 8, value);
}

void unit_write32(struct unit *u, uint32_t offset, uint32_t value)
{
	u->write_count++;
	model_write(&model, offset, 4, value);
}

static struct model_config config_of(bool is_draft)
{
	struct model_config config = model_config_everything();

	memset(used, 0, sizeof(used));
	pool = (struct model_pasid_space){ .used = used, .first = 1, .count = PASIDS };
	config.pasids = &pool;
	config.vcmd_layout = is_draft ? MODEL_VCMD_DRAFT : MODEL_VCMD_3_3;
	config.vccap = is_draft ? 1 : 7;
	return config;
}

static void open_unit(const struct model_config *config)
{
	static const struct model_host nobody;

	assert_null(model_config_error(config));
	model_init(&model, config, &nobody);
	unit = (struct unit){ .caps = { .cap = config->cap, .ecap = config->ecap } };
	assert_string_equal(vcmd_error_name(vcmd_probe(&unit, VCMD_AUTO, &vcmd)), "ok");
	assert_ptr_equal(vcmd.layout, config->vcmd_layout == MODEL_VCMD_DRAFT ? &vcmd_layout_draft
									      : &vcmd_layout_3_3);
}

static void expect_alloc(enum vcmd_error expected, uint32_t expected_pasid)
{
	uint32_t pasid;

	assert_string_equal(vcmd_error_name(vcmd_alloc_pasid(&vcmd, &pasid)),
			    vcmd_error_name(expected));
	assert_int_equal(pasid, expected_pasid);
	assert_null(model.error);
}

static void expect_free(uint32_t pasid, enum vcmd_error expected)
{
	assert_string_equal(vcmd_error_name(vcmd_free_pasid(&vcmd, pasid)),
			    vcmd_error_name(expected));
	assert_null(model.error);
}

/* ---- tests ---- */

static void use_it_all(const struct model_config *config, enum vcmd_access access)
{
	const unsigned int accesses = access == VCMD_ACCESS_64 ? 1 : 2;

	open_unit(config);
	vcmd.access = access;
	unit.read_count = 0;
	unit.write_count = 0;
	for (uint32_t pasid = 1; pasid <= PASIDS; pasid++)
		expect_alloc(VCMD_OK, pasid);
	assert_int_equal(unit.read_count, accesses * PASIDS);
	assert_int_equal(unit.write_count, accesses * PASIDS);
	expect_alloc(VCMD_ERROR_NO_PASID, 0);
	expect_free(1234, VCMD_OK);
	expect_free(1234, VCMD_ERROR_INVALID_PASID);
	expect_free(0, VCMD_ERROR_INVALID_PASID);
	expect_free(PASIDS + 1, VCMD_ERROR_INVALID_PASID);
	expect_alloc(VCMD_OK, 1234);
	/* still found when its registers can be read back after commands */
	assert_int_equal(vcmd_probe(&unit, VCMD_AUTO, &vcmd), VCMD_OK);
	expect_free(7, VCMD_OK);
	assert_int_equal(vcmd_probe(&unit, VCMD_AUTO, &vcmd), VCMD_OK);
	expect_alloc(VCMD_OK, 7);
}

static void test_4096_pasids(void **unused)
{
	(void)unused;
	for (int is_draft = 0; is_draft < 2; is_draft++) {
		const struct model_config config = config_of(is_draft);

		use_it_all(&config, VCMD_ACCESS_64);
		memset(used, 0, sizeof(used));
		pool.hint = 0;
		use_it_all(&config, VCMD_ACCESS_32);
	}
}

static void test_slow_and_mute(void **unused)
{
	(void)unused;
	for (int is_draft = 0; is_draft < 2; is_draft++) {
		struct model_config config = config_of(is_draft);

		config.vcmd.answer_after_reads = 20;
		open_unit(&config);
		expect_alloc(VCMD_OK, 1);
		config.vcmd.never_answers = true;
		open_unit(&config);
		expect_alloc(VCMD_ERROR_TIMEOUT, 0);
		expect_alloc(VCMD_ERROR_BUSY, 0);
		model.config.vcmd.never_answers = false;
		for (unsigned int i = 0; i < 20; i++)
			expect_alloc(VCMD_ERROR_BUSY, 0);
		expect_free(2, VCMD_OK); /* went to the command that timed out */
		expect_alloc(VCMD_OK, 3);
	}
}

static void test_misbehaviour(void **unused)
{
	(void)unused;
	for (int is_draft = 0; is_draft < 2; is_draft++) {
		struct model_config config = config_of(is_draft);
		const struct model_vcmd_behaviour good = config.vcmd;

		config.vcmd.offers_pasid_0 = true;
		open_unit(&config);
		expect_alloc(VCMD_ERROR_PASID_ZERO, 0);
		config.vcmd = good;
		config.vcmd.forced_status = 3;
		open_unit(&config);
		expect_alloc(VCMD_ERROR_UNKNOWN_STATUS, 0);
		config.vcmd = good;
		config.vcmd.capacity = 2;
		open_unit(&config);
		pool.hint = 99;
		expect_alloc(VCMD_OK, 100);
		expect_alloc(VCMD_OK, 101);
		expect_alloc(VCMD_ERROR_NO_PASID, 0);
	}
}

/* A PASID of the draft at the place of 3.3 shows at once; the reverse is 256 times too large. */
static void test_answer_in_the_other_layout(void **unused)
{
	struct model_config config = config_of(false);

	(void)unused;
	config.vcmd.answers_in_other_layout = true;
	open_unit(&config);
	expect_alloc(VCMD_ERROR_WRONG_LAYOUT, 0);
	config = config_of(true);
	config.vcmd.answers_in_other_layout = true;
	pool.hint = 16;
	open_unit(&config);
	expect_alloc(VCMD_OK, 17 << 8);
	expect_free(17 << 8, VCMD_ERROR_INVALID_PASID);
}

static void test_same_twice_in_the_space(void **unused)
{
	struct model_config config = config_of(false);
	struct pasid_source source;
	struct pasid_space space;
	void *state = malloc(pasid_space_state_bytes(20));
	uint32_t pasid;

	(void)unused;
	config.vcmd.offers_same_twice = true;
	open_unit(&config);
	pasid_space_init(&space, 20, state, NULL);
	assert_int_equal(pasid_space_reserve(&space, 2), PASID_OK);
	source = vcmd_pasid_source(&vcmd, &pool);
	assert_int_equal(pasid_space_register(&space, 0, &source), PASID_OK);
	assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_OK);
	assert_int_equal(pasid_space_alloc(&space, 0, &pasid), PASID_ERROR_OFFERED_TWICE);
	assert_int_equal(pasid, 1);
	free(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_4096_pasids),
		cmocka_unit_test(test_slow_and_mute),
		cmocka_unit_test(test_misbehaviour),
		cmocka_unit_test(test_answer_in_the_other_layout),
		cmocka_unit_test(test_same_twice_in_the_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
