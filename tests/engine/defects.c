/* SPDX-License-Identifier: MIT */
#include "tests/engine/defects.h"

#include "arch/exit.h"
#include "arch/number.h"
#include "arch/panic.h"
#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/platform.h"
#include "tests/engine/runner.h"
#include "tests/engine/tap.h"
#include "tests/units/modelled.h"

/* When so many tests have noticed a defect, or a mutant, the rest need not be asked. */
enum { ENOUGH_CATCHERS = 3, ENOUGH_FOR_MUTANT = 1 };

static struct {
	unsigned int count, enough;
	char names[300];
	char first_difference[300];
} catchers;

static bool note_catcher(const struct test_run *run)
{
	size_t used = strlen(catchers.names);

	print_to(catchers.names + used, sizeof(catchers.names) - used, "%s%s [unit %u]",
		 used ? ", " : "", run->test->id, run->unit ? run->unit->index : 0);
	if (!catchers.count++)
		print_to(catchers.first_difference, sizeof(catchers.first_difference), "%s",
			 run->observed);
	return catchers.count < catchers.enough;
}

/*
 * Every unit as after power-on, with that defect. The unit before may have kept the driver from
 * turning its queue off: that is made good, too.
 */
static void set_defect(enum model_defect defect)
{
	for (unsigned int i = 0; i < platform.unit_count; i++) {
		struct unit *unit = &platform.units[i];
		struct modelled *modelled = modelled_of(unit);

		if (!modelled)
			continue;
		modelled_power_cycle(modelled);
		if (unit->queue.on && queue_abandon(unit) != STATUS_OK)
			panic("unit %u: %s", i, unit_failure(unit));
		model_set_defect(&modelled->model, defect);
	}
}

/* Needs units that were set to be wrong. */
static void ask_all(const struct options *options, bool (*note)(const struct test_run *run))
{
	/* One unit is enough for most; the others differ in capabilities and show the rest. */
	for (unsigned int i = 0; i < platform.unit_count && !catchers.count; i++)
		runner_probe(options, &platform.units[i], note);
}

static void begin(unsigned int enough)
{
	memset(&catchers, 0, sizeof(catchers));
	catchers.enough = enough;
}

static void probe(const struct options *options, unsigned int enough)
{
	begin(enough);
	ask_all(options, note_catcher);
	set_defect(MODEL_DEFECT_NONE);
}

static void report(const char *id, bool is_good, const char *differs)
{
	struct tap_result result = {
		.kind = is_good ? TAP_PASS : TAP_FAIL,
		.id = id,
		.unit = -1,
		.spec = "no rule of the specification: the tests are under test here",
		.expected = "",
		.got = "",
		.differs = differs,
	};

	tap_report(&result);
}

/* "defect.ttm-not-latched" */
static void make_id(char *id, size_t size, const char *name)
{
	print_to(id, size, "defect.%s", name);
	for (char *at = id; *at; at++) {
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at + 'a' - 'A');
		if (*at == '_')
			*at = '-';
	}
}

static void run_defect(const struct options *options, enum model_defect defect)
{
	/* The report keeps pointers to the ids of failures. */
	static char ids[MODEL_DEFECT_END][64];

	make_id(ids[defect], sizeof(ids[defect]), model_defect_name(defect));
	set_defect(defect);
	probe(options, ENOUGH_CATCHERS);
	report(ids[defect], catchers.count, "no test noticed it");
	print("#   %s\n", model_defect_meaning(defect));
	if (catchers.count)
		print("#   caught by %s: %s\n", catchers.names, catchers.first_difference);
}

static void run_named(const struct options *options)
{
	tap_plan(MODEL_DEFECT_END - MODEL_DEFECT_NONE);
	probe(options, ENOUGH_CATCHERS);
	report("defect.none", !catchers.count, catchers.names);
	for (unsigned int defect = MODEL_DEFECT_NONE + 1; defect < MODEL_DEFECT_END; defect++)
		run_defect(options, (enum model_defect)defect);
}

/* ---- mutants ---- */

/* The tests that noticed the last mutants, the latest first: their neighbours are mostly noticed by the same. */
enum { KEEN_MAX = 48, KEEN_BYTES = 80 };

static char keen[KEEN_MAX][KEEN_BYTES];

static void remember_keen(const char *id)
{
	unsigned int at = 0;

	while (at < KEEN_MAX - 1 && strcmp(keen[at], id) != 0)
		at++;
	for (; at > 0; at--)
		memcpy(keen[at], keen[at - 1], KEEN_BYTES);
	print_to(keen[0], KEEN_BYTES, "%s", id);
}

static bool note_keen(const struct test_run *run)
{
	remember_keen(run->test->id);
	return note_catcher(run);
}

static void try_keen(const struct options *options)
{
	for (unsigned int i = 0; i < KEEN_MAX && keen[i][0] && !catchers.count; i++) {
		char id[KEEN_BYTES];
		struct options one = *options;

		memcpy(id, keen[i], sizeof(id));
		one.tests = id;
		runner_probe(&one, &platform.units[0], note_keen);
	}
}

/* The next range of a list like "1-200,317"; false at its end, or with what is none. */
static bool next_range(const char **at, uint64_t *first, uint64_t *last)
{
	if (!number_take(at, 10, model_mutant_count(), first) || !*first)
		return false;
	*last = *first;
	if (**at == '-') {
		++*at;
		if (!number_take(at, 10, model_mutant_count(), last))
			return false;
	}
	if (**at == ',')
		++*at;
	return true;
}

static unsigned int count_mutants(const char *list)
{
	uint64_t first, last;
	unsigned int count = 0;

	while (next_range(&list, &first, &last))
		count += last >= first ? (unsigned int)(last - first + 1) : 0;
	return *list ? 0 : count;
}

/* The line before the result tells which one it was, should it take the machine down. */
static void run_mutant(const struct options *options, unsigned int number)
{
	static char id[32];

	print("# mutant %u\n", number);
	model_set_mutant(number);
	set_defect(MODEL_DEFECT_NONE);
	begin(ENOUGH_FOR_MUTANT);
	try_keen(options);
	if (!catchers.count)
		ask_all(options, note_keen);
	model_set_mutant(0);
	set_defect(MODEL_DEFECT_NONE);
	print_to(id, sizeof(id), "mutant.%u", number);
	report(id, catchers.count, "no test noticed it");
	if (catchers.count)
		print("#   %s: %s\n", catchers.names, catchers.first_difference);
}

static void run_mutants(const struct options *options)
{
	const char *list = options->mutants;
	const unsigned int count = count_mutants(list);
	uint64_t first, last;

	if (!count)
		tap_bail_out(EXIT_COULD_NOT_RUN, "mutants=%s: this image has %u (./run.sh mutants)",
			     list, model_mutant_count());
	tap_plan(count + 1);
	probe(options, ENOUGH_FOR_MUTANT);
	report("mutant.none", !catchers.count, catchers.names);
	while (next_range(&list, &first, &last))
		for (uint64_t number = first; number <= last; number++)
			run_mutant(options, (unsigned int)number);
}

void defects_run(const struct options *options)
{
	if (options->mutants)
		run_mutants(options);
	else
		run_named(options);
}
