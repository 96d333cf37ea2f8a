/* SPDX-License-Identifier: MIT */
/*
 * Runs every selected test on every selected unit, each under a guard: an exception, an endless
 * loop or a leaked page fails that test alone.
 */
#pragma once

#include "arch/options.h"
#include "tests/test.h"

extern const struct suite *const suites[];
extern const unsigned int suite_count;

/* One result: a test, the unit it is about (NULL: none), the stage its scene is of. */
typedef bool runner_visitor(const struct test *test, struct unit *unit, enum scene_stage stage);

/*
 * Calls `visit` for every selected result, until it returns false; returns how many there were. A test
 * that asks each stage has a result for each that the unit has; for a unit with none, one.
 */
unsigned int runner_for_each(const struct options *options, runner_visitor *visit);

/* The test of that name, or NULL. */
const struct test *runner_find_test(const char *id);

/* Prints id, needs, specification title and meaning of every test, a tab between them. */
void runner_list(void);

/*
 * The first pattern of options->tests or options->skip that matches no test at all, or NULL. The
 * pattern is copied to `pattern`.
 */
bool runner_find_bad_pattern(const struct options *options, char *pattern, size_t bytes);

/*
 * Runs the selected tests on one unit and reports none of them; calls `failed` for each that fails,
 * until it returns false.
 */
void runner_probe(const struct options *options, const struct unit *unit,
		  bool (*failed)(const struct test_run *run));

/*
 * Runs one test alone and reports nothing: what it observed if it failed, valid until the next one runs; NULL if it
 * did not.
 */
const char *runner_try(const struct options *options, const struct test *test, struct unit *unit,
		       enum scene_stage stage);

/* Whoever looks on while tests run: called around each that is run, within what the runner makes good after it. */
struct runner_watcher {
	void (*before)(struct test_run *run);
	void (*after)(struct test_run *run);
};
void runner_watch(const struct runner_watcher *watcher);

/* Prints the plan, then one result for each. */
void runner_run(const struct options *options);
