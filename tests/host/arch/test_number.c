/* SPDX-License-Identifier: MIT */
/* Numbers as users write them: what is taken, how far, and what is refused. */
#include "tests/host/check.h"

#include "arch/number.h"

static const struct {
	const char *text;
	unsigned int base;
	uint64_t most;
	int taken; /* characters, 0: refused */
	uint64_t value;
} cases[] = {
	{ "0", 10, 0, 1, 0 },
	{ "1", 10, 0, 0, 0 },
	{ "7", 10, 7, 1, 7 },
	{ "9", 10, 7, 0, 0 }, /* one digit above `most` */
	{ "10", 10, 10, 2, 10 },
	{ "11", 10, 10, 0, 0 },
	{ "0042x", 10, 100, 4, 42 },
	{ "12f", 10, 100, 2, 12 },
	{ "12f", 16, 0x12f, 3, 0x12f },
	{ "12g", 16, 0x12f, 2, 0x12 },
	{ "0x1F,", 10, 31, 4, 31 },
	{ "0X1f", 16, 31, 4, 31 },
	{ "0x20", 10, 31, 0, 0 },
	{ "0x", 10, 31, 0, 0 },
	{ "0xg", 16, 31, 0, 0 },
	{ "", 10, 31, 0, 0 },
	{ "-1", 10, UINT64_MAX, 0, 0 },
	{ " 1", 10, UINT64_MAX, 0, 0 },
	{ "18446744073709551615", 10, UINT64_MAX, 20, UINT64_MAX },
	{ "18446744073709551616", 10, UINT64_MAX, 0, 0 },
	{ "0xffffffffffffffff", 10, UINT64_MAX, 18, UINT64_MAX },
	{ "0x10000000000000000", 10, UINT64_MAX, 0, 0 },
};

static void takes_and_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = cases[i].text;
		uint64_t value;
		bool taken = number_take(&at, cases[i].base, cases[i].most, &value);

		if (taken != (cases[i].taken > 0) || at - cases[i].text != cases[i].taken)
			fail_msg("\"%s\": taken %d, %td characters", cases[i].text, taken,
				 at - cases[i].text);
		if (taken)
			assert_int_equal(value, cases[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(takes_and_refuses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
