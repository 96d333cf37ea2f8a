/* SPDX-License-Identifier: MIT */
/*
 * Random cases alone, without any test written by hand, on a modelled unit of the build host: what they notice of a
 * unit with a defect, how fast they are, and that a case shows the same alone as after others. The sources of
 * tests/fuzz/ and the driver are the kernel's own; around them stands no kernel, but what is in surroundings.c.
 *
 *	alone [topo=...] [defect=NAME] [tests=fuzz.*] [fuzz=N|Ns] [seed=N] [replay=N]
 *
 * With a defect the first test that sees a difference is the last.
 *
 * Exit status 0: no difference; 1: there are some, which are printed; 2: the words are no good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/alone/surroundings.h"
#include "tests/fuzz/fuzz.h"
#include "tests/suites/suites.h"
#include "tests/units/modelled.h"
#include "tests/units/topology.h"

static struct options options;
static char line[OPTIONS_LINE_BYTES];
static const char *defect = "";

static int complain(const char *what)
{
	fprintf(stderr, "alone: %s\n", what);
	return 2;
}

static bool take_words(int count, char **words)
{
	char error[300];

	for (int i = 1; i < count; i++) {
		if (!strncmp(words[i], "defect=", 7)) {
			defect = words[i] + 7;
			continue;
		}
		strncat(line, words[i], sizeof(line) - strlen(line) - 2);
		strcat(line, " ");
	}
	if (options_parse(line, &options, error, sizeof(error)))
		return true;
	complain(error);
	return false;
}

static bool set_defect(struct model_unit *model)
{
	if (!*defect)
		return true;
	for (unsigned int i = 1; i <= MODEL_DEFECT_COUNT; i++)
		if (!strcasecmp(model_defect_name(i), defect)) {
			model_set_defect(model, (enum model_defect)i);
			return true;
		}
	return false;
}

/* Runs one of the tests; true if it saw no difference. */
static bool run_test(const struct test *test, struct unit *unit, struct agent *agent)
{
	static struct test_run run;
	bool is_good;

	memset(&run, 0, sizeof(run));
	run.test = test;
	run.unit = unit;
	run.agent = agent;
	run.options = &options;
	if (caps_missing(&unit->caps, test->needs))
		return true;
	run.fixture = test->fixture->open(&run);
	test->run(&run);
	test->fixture->close(&run);
	if (unit->queue.on && queue_abandon(unit) != STATUS_OK)
		run.has_failed = true;
	is_good = !run.has_failed && !run.has_error;
	if (!is_good)
		printf("%s: %s\n", test->id, run.observed);
	else if (run.is_skipped)
		printf("%s: skipped: %s\n", test->id, run.skip_reason);
	fflush(stdout);
	return is_good;
}

int main(int count, char **words)
{
	static struct topology topology;
	char error[300];
	bool is_good = true;
	struct unit *unit = surroundings_unit();

	if (!take_words(count, words))
		return 2;
	if (!topology_parse(*options.topo ? options.topo : "all", &topology, error, sizeof(error)))
		return complain(error);
	topology.unit_count = 1;
	surroundings_open(topology.host_address_bits);
	if (!modelled_build(&topology, error, sizeof(error)))
		return complain(error);
	surroundings_probe(unit);
	if (!set_defect(&modelled_of(unit)->model))
		return complain("no such defect");
	for (unsigned int i = 0; i < suite_fuzz.count && (is_good || !*defect); i++)
		if (glob_list_match(options.tests, suite_fuzz.tests[i].id))
			is_good &= run_test(&suite_fuzz.tests[i], unit, surroundings_agent(unit));
	return is_good ? 0 : 1;
}
