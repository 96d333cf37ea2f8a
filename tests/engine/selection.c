/* SPDX-License-Identifier: MIT */
/* Which tests the words select by their ids, and the list of all there are. */
#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/runner.h"

/* Names in full only: a pattern with a wildcard does not reach a test that may end the machine. */
static bool is_named_in_full(const char *list, const char *id)
{
	size_t length = strlen(id);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, id, length) && (at[length] == 0 || at[length] == ','))
			return true;
	}
	return false;
}

bool runner_selects(const struct options *options, const struct test *test)
{
	if (glob_list_match(options->skip, test->id))
		return false;
	if (test->flags & TEST_ONLY_BY_NAME)
		return is_named_in_full(options->tests, test->id);
	return glob_list_match(options->tests, test->id);
}

static void append(char *text, size_t size, const char *more)
{
	size_t used = strlen(text);

	print_to(text + used, size - used, "%s%s", used ? "; " : "", more);
}

static void list_one(const struct test *test)
{
	char needs[160] = "";

	if (test->needs)
		caps_format_missing(test->needs, needs, sizeof(needs));
	if (test->needs_absent) {
		append(needs, sizeof(needs), "without ");
		caps_format_missing(test->needs_absent, needs + strlen(needs),
				    sizeof(needs) - strlen(needs));
	}
	if (test->flags & TEST_ONLY_BY_NAME)
		append(needs, sizeof(needs), "named in full");
	print("%s\t%s\t%s\t%s\n", test->id, needs[0] ? needs : "-", test->spec, test->title);
}

void runner_list(void)
{
	for (unsigned int s = 0; s < suite_count; s++)
		for (unsigned int t = 0; t < suites[s]->count; t++)
			list_one(&suites[s]->tests[t]);
}

const struct test *runner_find_test(const char *id)
{
	for (unsigned int s = 0; s < suite_count; s++)
		for (unsigned int t = 0; t < suites[s]->count; t++)
			if (!strcmp(suites[s]->tests[t].id, id))
				return &suites[s]->tests[t];
	return NULL;
}

static bool matches_any_test(const char *pattern)
{
	for (unsigned int s = 0; s < suite_count; s++)
		for (unsigned int t = 0; t < suites[s]->count; t++)
			if (glob_match(pattern, suites[s]->tests[t].id))
				return true;
	return false;
}

static bool find_bad_in_list(const char *list, char *pattern, size_t bytes)
{
	while (*list) {
		size_t length = strcspn(list, ",");

		if (length && length < bytes) {
			memcpy(pattern, list, length);
			pattern[length] = 0;
			if (!matches_any_test(pattern))
				return true;
		}
		list += length + (list[length] == ',');
	}
	return false;
}

bool runner_find_bad_pattern(const struct options *options, char *pattern, size_t bytes)
{
	return find_bad_in_list(options->tests, pattern, bytes) ||
	       find_bad_in_list(options->skip, pattern, bytes);
}
