/* SPDX-License-Identifier: MIT */
/* arch/options.c: every word, every way to get one wrong, the text file, and globs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/console.h"
#include "arch/options.h"

void console_write(const char *text, size_t bytes)
{
	(void)text;
	(void)bytes;
}

static struct options options;
static char error[600];

static bool parse(const char *line)
{
	return options_parse(line, &options, error, sizeof(error));
}

static void test_defaults(void **state)
{
	(void)state;
	assert_true(parse(""));
	assert_true(parse("  \t "));
	assert_string_equal(error, "");
	assert_string_equal(options.tests, "*");
	assert_string_equal(options.skip, "");
	assert_string_equal(options.topo, "");
	assert_null(options.known);
	assert_int_equal(options.units, UNITS_ALL);
	assert_int_equal(options.vcmd, VCMD_AUTO);
	assert_false(options.list || options.verbose || options.trace || options.bench ||
		     options.mixed || options.defects || options.has_seed);
	assert_int_equal(options.serial_port, 0);
}

static void test_words(void **state)
{
	(void)state;
	assert_true(parse("tests=sm.*,reg.* skip=fault.* units=model topo=sm+vcs,legacy vcmd=3.3 "
			  "known=none agent=edu list verbose trace bench mixed defects seed=0x10 "
			  "serial=2f8"));
	assert_string_equal(options.tests, "sm.*,reg.*");
	assert_string_equal(options.skip, "fault.*");
	assert_string_equal(options.topo, "sm+vcs,legacy");
	assert_string_equal(options.known, "none");
	assert_int_equal(options.units, UNITS_MODEL);
	assert_int_equal(options.vcmd, VCMD_33);
	assert_true(options.list && options.verbose && options.trace && options.bench &&
		    options.mixed && options.defects && options.has_seed);
	assert_int_equal(options.seed, 16);
	assert_int_equal(options.serial_port, 0x2f8);
	assert_true(parse("fuzz=20000 replay=0 seed=7"));
	assert_int_equal(options.fuzz_count, 20000);
	assert_true(options.has_replay);
	assert_int_equal(options.replay, 0);
	assert_null(options.replay_words);
	assert_true(parse("replay=s.1.1,d"));
	assert_true(options.has_replay);
	assert_string_equal(options.replay_words, "s.1.1,d");
	assert_false(parse("replay=1x"));
	assert_false(parse("fuzz=0"));
	assert_true(parse("fuzz=20s"));
	assert_int_equal(options.fuzz_seconds, 20);
	assert_int_equal(options.fuzz_count, 0);
	assert_false(parse("fuzz=1m"));
	assert_false(parse("replay="));
	assert_true(parse("units=real units=all seed=18446744073709551615 serial=0x3e8"));
	assert_int_equal(options.units, UNITS_ALL);
	assert_true(options.seed == UINT64_MAX);
	assert_int_equal(options.serial_port, 0x3e8);
}

static void test_mistakes(void **state)
{
	static const char *const lines[] = {
		"tets=sm.*",   "verbos",   "verbose=1",
		"list,",       "units=",   "units=modell",
		"vcmd=3",      "seed=",	   "seed=-1",
		"seed=12x",    "seed=0x",  "seed=18446744073709551616",
		"serial=3f8h", "serial=0", "serial=10000",
		"tests=",      "agent=",   "skip=",
		"topo=",       "known=",   "Tests=a",
		"=",	       "/boot/x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_false(parse(lines[i]));
		if (!strstr(error, lines[i]))
			fail_msg("'%s': the message does not name it: %s", lines[i], error);
	}
	assert_false(parse("verbose nonsense tests=a alsowrong"));
	assert_non_null(strstr(error, "nonsense"));
	assert_non_null(strstr(error, "tests=GLOB"));
	assert_non_null(strstr(error, "defects"));
	assert_null(strstr(error, "alsowrong"));
	assert_true(options.verbose);
	assert_string_equal(options.tests, "a");
	assert_false(parse("units=modell"));
	assert_non_null(strstr(error, "real, model or all"));
}

static void test_too_long(void **state)
{
	static char line[2 * OPTIONS_LINE_BYTES];

	(void)state;
	memset(line, 'a', sizeof(line) - 1);
	assert_false(parse(line));
	assert_non_null(strstr(error, "8191 characters, 4095 are allowed"));
	line[OPTIONS_LINE_BYTES] = '\0';
	memcpy(line, "tests=", 6);
	assert_false(parse(line));
	assert_non_null(strstr(error, "4096 characters, 4095 are allowed"));
	line[OPTIONS_LINE_BYTES - 1] = '\0';
	assert_true(parse(line));
	assert_int_equal(strlen(options.tests), OPTIONS_LINE_BYTES - 1 - 6);
	assert_false(options_parse("wrong", &options, NULL, 0));
}

static void test_text_file(void **state)
{
	static const char text[] = "# a comment\r\n\r\nverbose\ttests=a\r\n  known sm.x unit 0\n"
				   "known=none\nknown\nknowing\nlist";
	char words[64];
	size_t used;

	(void)state;
	used = options_join(text, sizeof(text) - 1, "", words, sizeof(words));
	assert_int_equal(used, strlen(words));
	assert_true(strncmp(words, "verbose tests=a", 15) == 0);
	assert_non_null(strstr(words, " known=none knowing list"));
	assert_null(strstr(words, "comment"));
	assert_null(strstr(words, "sm.x"));
	used = options_join(text, sizeof(text) - 1, "tests=b  ", words, sizeof(words));
	assert_int_equal(used, strlen(words));
	assert_non_null(strstr(words, " list tests=b"));
	assert_int_equal(options_join("", 0, "", words, sizeof(words)), 0);
	assert_string_equal(words, "");
	assert_int_equal(options_join("a\0b", 3, "", words, sizeof(words)), 3);
	assert_string_equal(words, "a b");
	assert_int_equal(options_join("", 0, " a ", words, sizeof(words)), 1);
	assert_string_equal(words, "a");
}

/* However little room there is: the length of all is told, and what is there ends with a whole word. */
static void test_no_word_is_cut(void **state)
{
	static const char text[] = "verbose\nunits=model", line[] = "tests=sm.* list";
	static const char all[] = "verbose units=model tests=sm.* list";
	char words[sizeof(all)];
	size_t room;

	(void)state;
	for (room = 0; room < sizeof(all); room++) {
		memset(words, 'x', sizeof(words));
		assert_int_equal(options_join(text, sizeof(text) - 1, line, words, room),
				 sizeof(all) - 1);
		assert_int_equal(words[room], 'x');
		if (!room)
			continue;
		assert_true(strlen(words) < room);
		assert_memory_equal(words, all, strlen(words));
		assert_true(!*words || all[strlen(words)] == ' ');
		assert_true(room - 1 < strlen("verbose") || *words);
		assert_true(options_parse(words, &options, error, sizeof(error)));
	}
	assert_int_equal(options_join(text, sizeof(text) - 1, line, words, room), sizeof(all) - 1);
	assert_string_equal(words, all);
}

static void test_globs(void **state)
{
	(void)state;
	assert_true(glob_match("*", ""));
	assert_true(glob_match("*", "sm.root-reserved"));
	assert_true(glob_match("sm.*", "sm.root-reserved"));
	assert_false(glob_match("sm.*", "smx"));
	assert_false(glob_match("sm", "sm.root"));
	assert_true(glob_match("*.root*", "sm.root-reserved"));
	assert_true(glob_match("*a*b*c", "aabxbcabcc"));
	assert_false(glob_match("*a*b*c", "aabxbcabccd"));
	assert_true(glob_match("s?.r??t", "sm.root"));
	assert_false(glob_match("?", ""));
	assert_false(glob_match("", "a"));
	assert_true(glob_match("", ""));
	assert_true(glob_list_match("legacy.*,sm.*", "sm.root"));
	assert_true(glob_list_match(",,sm.root,", "sm.root"));
	assert_false(glob_list_match("legacy.*,sm", "sm.root"));
	assert_false(glob_list_match("", "sm.root"));
	assert_false(glob_list_match(",", ""));
}

/* The textbook definition, exponential and obviously right. */
static bool slow_match(const char *pattern, const char *text)
{
	if (!*pattern)
		return !*text;
	if (*pattern == '*')
		return slow_match(pattern + 1, text) || (*text && slow_match(pattern, text + 1));
	return *text && (*pattern == '?' || *pattern == *text) && slow_match(pattern + 1, text + 1);
}

static void test_random_globs(void **state)
{
	char pattern[8], text[8];
	unsigned i, j;

	(void)state;
	for (i = 0; i < 50000; i++) {
		const unsigned p = (unsigned)rand() % sizeof(pattern);
		const unsigned t = (unsigned)rand() % sizeof(text);

		for (j = 0; j < p; j++)
			pattern[j] = "ab*?"[rand() % 4];
		pattern[p] = '\0';
		for (j = 0; j < t; j++)
			text[j] = "ab"[rand() % 2];
		text[t] = '\0';
		if (glob_match(pattern, text) != slow_match(pattern, text))
			fail_msg("pattern '%s', text '%s'", pattern, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),     cmocka_unit_test(test_words),
		cmocka_unit_test(test_mistakes),     cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_text_file),    cmocka_unit_test(test_globs),
		cmocka_unit_test(test_random_globs), cmocka_unit_test(test_no_word_is_cut),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
