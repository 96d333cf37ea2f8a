/* SPDX-License-Identifier: MIT */
/* The list of QEMU's deviations: every row is sound, and what was seen once is found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/engine/known/known.h"

static const char *any_test(const char *id)
{
	return id;
}

static const char *no_gcmd(const char *id)
{
	return strcmp(id, "gcmd.cfi") ? id : NULL;
}

static char error[200];

static void test_rows_are_sound(void **state)
{
	(void)state;
	if (!known_print(any_test, error, sizeof(error)))
		fail_msg("%s", error);
	assert_false(known_print(no_gcmd, error, sizeof(error)));
	assert_non_null(strstr(error, "no test is called gcmd.cfi"));
}

/* Every row counts for some version that was compared. */
static void test_rows_count(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < known_qemu.count; i++) {
		const struct known_deviation *row = &known_qemu.deviations[i];
		bool is_first = false, is_last = false;

		if (row->why)
			continue;
		for (unsigned int v = 0; v < known_qemu.version_count; v++) {
			is_first |= !strcmp(row->first, known_qemu.versions[v]);
			is_last |= !strcmp(row->last, known_qemu.versions[v]);
		}
		if (!is_first || !(is_last || !strcmp(row->last, KNOWN_OPEN)))
			fail_msg("%s: seen from %s to %s?", row->tests, row->first, row->last);
	}
}

/* The default unit with device TLBs and snoop control, by its registers. */
static bool explains(const char *profile, unsigned int width, const char *id, const char *observed)
{
	struct caps caps = {
		.ver = 0x10,
		.cap = width == 39 ? 0xd2008c22260286 : 0xd2008c222f0686,
		.ecap = 0x480080f00fce,
	};
	struct known_unit unit = { .caps = &caps, .host_address_bits = width };
	char why[200];

	assert_true(known_choose(profile, "", error, sizeof(error)));
	return known_explains(id, &unit, observed, why, sizeof(why));
}

static void test_options_in_pairs(void **state)
{
	(void)state;
	assert_true(explains("qemu-7.2", 39, "fault.ss-leaf-2m-reserved",
			     "bits 12-20,39-51: reason 0C for 7A, PP 1 for 0; "
			     "bits 62: data lands for blocked, 0 faults for 1"));
	assert_true(explains("qemu-7.2", 48, "fault.ss-leaf-2m-reserved",
			     "bits 12-20,48-51,62: reason 0C for 7A, PP 1 for 0"));
	assert_false(explains("qemu-7.2", 48, "fault.ss-leaf-2m-reserved",
			      "bits 12-20,39-51,62: reason 0C for 7A, PP 1 for 0"));
	/* With ECAP.SC bit 11 is a field. */
	assert_false(explains("qemu-7.2", 39, "fault.ss-leaf-2m-reserved",
			      "bits 11,62: data lands for blocked, 0 faults for 1"));
	/* 11.1 no longer says PP=1; a version that is like it by half may do the same. */
	assert_false(explains("qemu-11.1", 48, "fault.ss-no-read", "reason 06 for 86, PP 1 for 0"));
	assert_true(explains("qemu-11.1", 48, "fault.ss-no-read", "reason 06 for 86"));
	assert_true(explains("qemu-10.0", 48, "fault.ss-no-read", "reason 06 for 86"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_sound),
		cmocka_unit_test(test_rows_count),
		cmocka_unit_test(test_options_in_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
