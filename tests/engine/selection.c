/* SPDX-License-Identifier: MIT */
/* Which tests the words select by their ids, and the list of all there are. */
#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/platform.h"
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

static bool is_selected(const struct options *options, const struct test *test)
{
	if (glob_list_match(options->skip, test->id))
		return false;
	if (test->flags & TEST_ONLY_BY_NAME)
		return is_named_in_full(options->tests, test->id);
	return glob_list_match(options->tests, test->id);
}

/*
 * Of each suite, the tests in scalable mode come last, stage after stage: so tables that are up serve
 * many of them.
 */
enum pass { PASS_OTHERS, PASS_SCALABLE, PASS_FIRST_STAGE, PASS_NESTED, PASS_COUNT };

/* Whether a test has a result on this unit in this pass, and with which stage. */
static bool is_due(const struct test *test, const struct unit *unit, enum pass pass,
		   enum scene_stage *stage)
{
	static const enum scene_stage of_pass[] = {
		[PASS_OTHERS] = STAGE_OF_UNIT,
		[PASS_SCALABLE] = STAGE_SECOND,
		[PASS_FIRST_STAGE] = STAGE_FIRST,
		[PASS_NESTED] = STAGE_NESTED,
	};
	bool is_scalable = test->scene.mode == SCENE_SCALABLE;

	*stage = test->scene.stage;
	if (*stage < EACH_STAGE)
		return pass == (is_scalable ? PASS_SCALABLE : PASS_OTHERS);
	*stage = of_pass[pass];
	if (test->scene.stage == EACH_FIRST_STAGE && caps_has(&unit->caps, CAPABILITY_FSTS))
		return pass >= PASS_FIRST_STAGE && scene_has_stage(*stage, &unit->caps);
	if (test->scene.stage != EACH_FIRST_STAGE && scene_has_stage(STAGE_OF_UNIT, &unit->caps))
		return pass != PASS_OTHERS && scene_has_stage(*stage, &unit->caps) &&
		       (pass != PASS_NESTED || test->scene.stage == EACH_STAGE);
	*stage = STAGE_OF_UNIT; /* it has none of them: to be told once */
	return pass == PASS_SCALABLE;
}

/* Calls `visit` for every unit that a test is for, until it returns false. */
static bool visit_units(const struct test *test, enum pass pass, runner_visitor *visit,
			unsigned int *count)
{
	bool is_once = test->flags & TEST_ONCE;
	unsigned int units = is_once ? 1 : platform.unit_count;
	enum scene_stage stage;

	for (unsigned int u = 0; u < units; u++) {
		struct unit *unit = is_once ? NULL : &platform.units[u];

		if (!is_due(test, unit, pass, &stage))
			continue;
		++*count;
		if (!visit(test, unit, stage))
			return false;
	}
	return true;
}

unsigned int runner_for_each(const struct options *options, runner_visitor *visit)
{
	unsigned int count = 0;

	for (unsigned int s = 0; s < suite_count; s++)
		for (enum pass pass = 0; pass < PASS_COUNT; pass++)
			for (unsigned int t = 0; t < suites[s]->count; t++)
				if (is_selected(options, &suites[s]->tests[t]) &&
				    !visit_units(&suites[s]->tests[t], pass, visit, &count))
					return count;
	return count;
}

static void append(char *text, size_t size, const char *more)
{
	size_t used = strlen(text);

	print_to(text + used, size - used, "%s%s", used ? "; " : "", more);
}

static void list_one(const struct test *test)
{
	const struct scene *scene = &test->scene;
	uint64_t due = test->needs | scene_needs(scene->stage);
	char needs[200] = "";

	if (due)
		caps_format_missing(due, needs, sizeof(needs));
	if (scene->stage == EACH_STAGE)
		append(needs, sizeof(needs), "once for each of ECAP.SSTS, ECAP.FSTS, ECAP.NEST");
	else if (scene->stage == EITHER_STAGE)
		append(needs, sizeof(needs), "once for each of ECAP.SSTS, ECAP.FSTS");
	else if (scene->mode == SCENE_SCALABLE && !scene->stage && !scene->pass_through)
		append(needs, sizeof(needs), "ECAP.SSTS or ECAP.FSTS");
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
