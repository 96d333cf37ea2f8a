/* SPDX-License-Identifier: MIT */
/*
 * Addresses in tables have all bits up to the host address width: one that is set high up leads away from what lies low.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

enum { HIGH = 45 };

static void page_is_high(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	scalable_scene(&m, 4);
	*word_at(&m, m.entries[1]) |= B(HIGH);
	assert_true(can(&m, &r, m.page | B(HIGH)));
}

static void table_is_high(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	scalable_scene(&m, 4);
	*word_at(&m, m.entries[2]) |= B(HIGH);
	assert_int_equal(reason_of(&m, &r), 0x78);
}

static void pasid_table_is_high(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	scalable_scene(&m, 4);
	*word_at(&m, m.directory) |= B(HIGH);
	assert_int_equal(reason_of(&m, &r), 0x58);
}

static void pasid_directory_is_high(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	scalable_scene(&m, 4);
	*word_at(&m, context_of(&m, SID)) |= B(HIGH);
	assert_int_equal(reason_of(&m, &r), 0x50);
}

int run_addresses(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(page_is_high, setup),
		cmocka_unit_test_setup(table_is_high, setup),
		cmocka_unit_test_setup(pasid_table_is_high, setup),
		cmocka_unit_test_setup(pasid_directory_is_high, setup),
	};

	return cmocka_run_group_tests_name("model addresses", tests, NULL, NULL);
}
