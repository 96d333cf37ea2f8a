/* SPDX-License-Identifier: MIT */
/* tests/engine/known: parts, ranges, conditions, versions and the text file, on a list of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/boot_info.h"
#include "tests/engine/known/known.h"

static const char *const versions[] = { "7.2", "10.0" };
static const struct known_deviation deviations[] = {
	{ .why = "words" },
	{ NULL, "7.2", "OPEN", 0, 0, "IQE", "a.words,a.both", false },
	{ NULL, "7.2", "OPEN", 0, 0, "no IQE", "a.both", false },
	{ .why = "lists" },
	{ NULL, "7.2", "OPEN", 0, 0, "bits 2-4,7: lands", "a.list,a.both", false },
	{ NULL, "7.2", "OPEN", 0, 0, "bits 9: lands", "a.list", false },
	{ NULL, "7.2", "OPEN", 0, 0, "bits 5-6: reason 05, PP 1; x: y", "a.facts", false },
	{ NULL, "7.2", "OPEN", 0, 0, "GSTS reads 4*00; 2 * 3", "a.digit", false },
	{ NULL, "7.2", "OPEN", 0, 0, "bits HAW-63: reason 03", "a.width", false },
	{ NULL, "7.2", "OPEN", 0, 0, "bits 12-<HAW stay 0; bits HAW+64-127 stay 0", "a.width",
	  false },
	{ .why = "conditions" },
	{ NULL, "7.2", "OPEN", NEED(SMTS) | NEED(DT), NEED(SC), "IQE", "a.condition", false },
	{ NULL, "7.2", "OPEN", NEED(DT), 0, "IQE", "a.optional", true },
	{ NULL, "7.2", "OPEN", NEED(PT), 0, "no scene", "*", true },
	{ .why = "versions" },
	{ NULL, "7.2", "7.2", 0, 0, "old", "a.version", false },
	{ NULL, "10.0", "10.0", 0, 0, "new", "a.version", false },
	{ NULL, "7.2", "7.2", 0, 0, "IQE", "a.repaired", false },
};
const struct known_list known_qemu = {
	.name = "qemu",
	.versions = versions,
	.version_count = 2,
	.deviations = deviations,
	.count = sizeof(deviations) / sizeof(deviations[0]),
};

static struct caps caps;
static struct known_unit unit;
static char why[100];
static char error[300];

static void choose(const char *profile, const char *file)
{
	assert_true(known_choose(profile, file, error, sizeof(error)));
}

static int set_up(void **state)
{
	(void)state;
	caps = (struct caps){ 0 };
	unit = (struct known_unit){ .caps = &caps, .host_address_bits = 48 };
	choose("qemu-10.0", "");
	return 0;
}

static bool explains(const char *id, const char *observed)
{
	return known_explains(id, &unit, observed, why, sizeof(why));
}

static void test_words_to_the_letter(void **state)
{
	(void)state;
	assert_true(explains("a.words", "IQE"));
	assert_string_equal(why, "words");
	assert_false(explains("a.words", "IQE "));
	assert_false(explains("a.words", "IQ"));
	assert_false(explains("a.words", ""));
	assert_false(explains("a.word", "IQE"));
	assert_false(explains("a.words,a.both", "IQE"));
	assert_false(explains("a.list", "IQE"));
}

static void test_each_part_alone(void **state)
{
	(void)state;
	assert_true(explains("a.both", "no IQE; IQE"));
	assert_true(explains("a.both", "IQE; bits 3: lands; no IQE"));
	assert_string_equal(why, "words; lists");
	assert_false(explains("a.both", "IQE; something new"));
	assert_false(explains("a.both", "something new; IQE"));
	assert_false(explains("a.both", "IQE; bits 3: lands; bits 5: lands; no IQE"));
	assert_false(explains("a.words", "IQE, no IQE"));
}

static void test_each_number_alone(void **state)
{
	(void)state;
	assert_true(explains("a.list", "bits 2-4,7: lands"));
	assert_true(explains("a.list", "bits 3: lands"));
	assert_true(explains("a.list", "bits 2-4,7,9: lands"));
	assert_true(explains("a.list", "bits 9: lands; bits 2: lands"));
	assert_false(explains("a.list", "bits 1: lands"));
	assert_false(explains("a.list", "bits 2-5: lands"));
	assert_false(explains("a.list", "bits 2-4,7-8: lands"));
	assert_false(explains("a.list", "bits 2-900: lands"));
	assert_false(explains("a.list", "bits 3: blocked"));
	assert_false(explains("a.list", "values 3: lands"));
	assert_false(explains("a.list", "x bits 3: lands"));
	assert_false(explains("a.list", "bits 3"));
}

static void test_each_fact_alone(void **state)
{
	(void)state;
	assert_true(explains("a.facts", "bits 5: reason 05, PP 1"));
	assert_true(explains("a.facts", "bits 5-6: PP 1"));
	assert_true(explains("a.facts", "bits 5: PP 1; bits 6: reason 05; x: y"));
	assert_true(explains("a.facts", "bits 5: PP 1, reason 05"));
	assert_false(explains("a.facts", "bits 5: reason 05, PP 1, and more"));
	assert_false(explains("a.facts", "bits 5: reason 05, PP 0"));
	assert_false(explains("a.facts", "bits 5: reason 05, PP 1, "));
	assert_false(explains("a.facts", "bits 7: PP 1"));
	assert_false(explains("a.facts", "bits 5-7: reason 05, PP 1"));
	assert_false(explains("a.facts", "PP 1"));
	assert_false(explains("a.facts", "x: PP 1"));
	assert_false(explains("a.facts", "bits 5: y"));
	assert_false(explains("a.facts", "bits 5: reason 05; PP 1"));
}

static void test_any_test(void **state)
{
	(void)state;
	assert_false(explains("a.words", "no scene"));
	caps.ecap = UINT64_C(1) << 6;
	assert_true(explains("a.words", "no scene"));
	assert_true(explains("b.other", "no scene"));
	assert_false(explains("b.other", "no scene; IQE"));
	assert_false(known_has("b.other", &unit));
}

static void test_any_digit(void **state)
{
	(void)state;
	assert_true(explains("a.digit", "GSTS reads 4000"));
	assert_true(explains("a.digit", "GSTS reads 4F00"));
	assert_true(explains("a.digit", "2 * 3"));
	assert_false(explains("a.digit", "GSTS reads C000"));
	assert_false(explains("a.digit", "GSTS reads 4010"));
	assert_false(explains("a.digit", "GSTS reads 4g00"));
	assert_false(explains("a.digit", "GSTS reads 400"));
	assert_false(explains("a.digit", "GSTS reads 40000"));
	assert_false(explains("a.digit", "GSTS reads 4"));
	assert_false(explains("a.list", "bits *: lands"));
}

static void test_what_is_no_list(void **state)
{
	(void)state;
	assert_false(explains("a.list", "bits 2-4...: lands"));
	assert_false(explains("a.list", "bits 2-4,: lands"));
	assert_false(explains("a.list", "bits 2,80000000: lands"));
	assert_false(explains("a.list", "bits 03: lands"));
	assert_false(explains("a.list", "bits 0x3: lands"));
	assert_false(explains("a.list", "bits : lands"));
}

static void test_width(void **state)
{
	(void)state;
	assert_true(explains("a.width", "bits 48-63: reason 03"));
	assert_false(explains("a.width", "bits 47-63: reason 03"));
	assert_false(explains("a.width", "bits 48-64: reason 03"));
	assert_true(explains("a.width", "bits 12-47 stay 0"));
	assert_false(explains("a.width", "bits 12-48 stay 0"));
	assert_true(explains("a.width", "bits 112-127 stay 0"));
	assert_false(explains("a.width", "bits 111-127 stay 0"));
	unit.host_address_bits = 39;
	assert_true(explains("a.width", "bits 39-63: reason 03"));
	assert_true(explains("a.width", "bits 12-38 stay 0; bits 103-127 stay 0"));
	assert_false(explains("a.width", "bits 12-39 stay 0"));
	unit.host_address_bits = 64;
	assert_false(explains("a.width", "bits 63: reason 03"));
}

static void give(uint64_t ecap)
{
	caps.ecap = ecap;
}

static void test_conditions(void **state)
{
	uint64_t smts = UINT64_C(1) << 43, dt = 1 << 2, sc = 1 << 7;

	(void)state;
	give(smts | dt);
	assert_true(explains("a.condition", "IQE"));
	assert_true(known_has("a.condition", &unit));
	give(smts);
	assert_false(explains("a.condition", "IQE"));
	assert_false(known_has("a.condition", &unit));
	give(smts | dt | sc);
	assert_false(explains("a.condition", "IQE"));
	unit.caps = NULL;
	assert_false(explains("a.condition", "IQE"));
	assert_true(explains("a.words", "IQE"));
}

static void test_an_option_that_shows_nowhere(void **state)
{
	(void)state;
	give(1 << 2);
	assert_true(explains("a.optional", "IQE"));
	assert_false(known_has("a.optional", &unit));
}

static void test_versions(void **state)
{
	(void)state;
	assert_string_equal(known_note(), "");
	assert_true(explains("a.version", "new"));
	assert_false(explains("a.version", "old"));
	assert_false(explains("a.repaired", "IQE"));
	assert_false(known_has("a.repaired", &unit));
	choose("qemu-7.2", "");
	assert_string_equal(known_note(), "");
	assert_true(explains("a.version", "old"));
	assert_false(explains("a.version", "new"));
	assert_true(known_has("a.repaired", &unit));
	choose("none", "");
	assert_string_equal(known_profile(), "none");
	assert_false(explains("a.words", "IQE"));
	assert_false(known_has("a.words", &unit));
}

static void test_versions_that_nobody_compared(void **state)
{
	(void)state;
	choose("qemu-9.1", "");
	assert_string_equal(known_profile(), "qemu-9.1");
	assert_non_null(strstr(known_note(), "qemu-7.2, the nearest older one"));
	assert_true(explains("a.version", "old"));
	assert_true(known_has("a.repaired", &unit));
	choose("qemu-10.1", "");
	assert_non_null(strstr(known_note(), "qemu-10.0, the nearest older one"));
	assert_true(explains("a.version", "new"));
	choose("qemu-6.12", "");
	assert_non_null(strstr(known_note(), "qemu-7.2, the oldest one"));
	assert_true(explains("a.version", "old"));
}

static void refused(const char *profile, const char *file, const char *complaint)
{
	assert_false(known_choose(profile, file, error, sizeof(error)));
	if (!strstr(error, complaint))
		fail_msg("%s: wanted %s", error, complaint);
}

static void test_names_that_are_none(void **state)
{
	(void)state;
	refused("qemu", "", "no profile qemu; there are: none, list, qemu-7.2, qemu-10.0");
	refused("qemu-", "", "no profile");
	refused("qemu-10", "", "no profile");
	refused("qemu-10.0.1", "", "no profile");
	refused("qemu-10.x", "", "no profile");
	refused("bochs-10.0", "", "no profile");
}

static void test_file(void **state)
{
	(void)state;
	choose("none", "# mine\r\ntests=*\n known a.list = bits 3,HAW-51: blocked; "
		       "IQE\r\nknown\ta.new  =  x = y \n");
	assert_true(explains("a.list", "bits 3,48-51: blocked"));
	assert_true(explains("a.list", "IQE"));
	assert_false(explains("a.list", "bits 4: blocked"));
	assert_true(explains("a.new", "x = y"));
	assert_true(known_has("a.new", &unit));
	choose("qemu-10.0", "known a.list = bits 5: lands");
	assert_true(explains("a.list", "bits 2-5: lands"));
	choose("none", "");
	assert_false(explains("a.new", "x = y"));
}

static void test_broken_lines(void **state)
{
	(void)state;
	refused("none", "\nknown a.b IQE",
		"line 2 of the text file given with the kernel: not \"known ID");
	refused("none", "known a.b = ", "not \"known ID");
	refused("none", "known  = IQE", "not \"known ID");
	refused("none", "known a.b = bits HAW-: lands", "HAW stands where");
	refused("none", "known a.b = HAW is wrong", "HAW stands where");
	refused("none", "known a.b = bits 3,HAWx: lands", "HAW stands where");
}

static bool is_letter_a(const char *id)
{
	return id[0] == 'a';
}

static void test_ids_of_the_file(void **state)
{
	char id[20];

	(void)state;
	choose("none", "known a.b = IQE\nknown b.c = IQE\n");
	assert_true(known_find_bad_id(is_letter_a, id, sizeof(id)));
	assert_string_equal(id, "b.c");
	choose("none", "known a.b = IQE\n");
	assert_false(known_find_bad_id(is_letter_a, id, sizeof(id)));
}

static char *repeat(const char *line, unsigned int times)
{
	size_t bytes = strlen(line);
	char *text = malloc(bytes * times + 1);

	assert_non_null(text);
	for (unsigned int i = 0; i < times; i++)
		memcpy(text + i * bytes, line, bytes);
	text[bytes * times] = 0;
	return text;
}

static void test_limits(void **state)
{
	char *text = repeat("known a.b = IQE\n", 1024);

	(void)state;
	choose("none", text);
	free(text);
	text = repeat("known a.b = IQE\n", 1025);
	refused("none", text,
		"line 1025 of the text file given with the kernel: one known deviation too "
		"many: 1024 are allowed");
	free(text);
	text = repeat("#", BOOT_MODULE_BYTES_MAX - 1);
	choose("none", text);
	free(text);
	text = repeat("#", BOOT_MODULE_BYTES_MAX);
	refused("none", text, "longer than 32767 bytes");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_words_to_the_letter, set_up),
		cmocka_unit_test_setup(test_each_part_alone, set_up),
		cmocka_unit_test_setup(test_each_number_alone, set_up),
		cmocka_unit_test_setup(test_each_fact_alone, set_up),
		cmocka_unit_test_setup(test_any_test, set_up),
		cmocka_unit_test_setup(test_any_digit, set_up),
		cmocka_unit_test_setup(test_what_is_no_list, set_up),
		cmocka_unit_test_setup(test_width, set_up),
		cmocka_unit_test_setup(test_conditions, set_up),
		cmocka_unit_test_setup(test_an_option_that_shows_nowhere, set_up),
		cmocka_unit_test_setup(test_versions, set_up),
		cmocka_unit_test_setup(test_versions_that_nobody_compared, set_up),
		cmocka_unit_test_setup(test_names_that_are_none, set_up),
		cmocka_unit_test_setup(test_file, set_up),
		cmocka_unit_test_setup(test_broken_lines, set_up),
		cmocka_unit_test_setup(test_ids_of_the_file, set_up),
		cmocka_unit_test_setup(test_limits, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
