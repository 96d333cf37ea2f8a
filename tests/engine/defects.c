/* SPDX-License-Identifier: MIT */
#include "tests/engine/defects.h"

#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/platform.h"
#include "tests/engine/runner.h"
#include "tests/engine/tap.h"
#include "tests/units/modelled.h"

/* When so many tests have noticed a defect, the rest need not be asked. */
enum { ENOUGH_CATCHERS = 3 };

static struct {
	unsigned int count;
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
	return catchers.count < ENOUGH_CATCHERS;
}

static void set_defect(enum model_defect defect)
{
	platform_power_cycle();
	for (unsigned int i = 0; i < platform.unit_count; i++) {
		struct modelled *modelled = modelled_of(&platform.units[i]);

		if (modelled)
			model_set_defect(&modelled->model, defect);
	}
}

/* Needs units that were set to be wrong. */
static void probe(const struct options *options)
{
	memset(&catchers, 0, sizeof(catchers));
	/* One unit is enough for most; the others differ in capabilities and show the rest. */
	for (unsigned int i = 0; i < platform.unit_count && !catchers.count; i++)
		runner_probe(options, &platform.units[i], note_catcher);
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
	probe(options);
	report(ids[defect], catchers.count, "no test noticed it");
	print("#   %s\n", model_defect_meaning(defect));
	if (catchers.count)
		print("#   caught by %s: %s\n", catchers.names, catchers.first_difference);
}

void defects_run(const struct options *options)
{
	tap_plan(MODEL_DEFECT_END - MODEL_DEFECT_NONE);
	probe(options);
	report("defect.none", !catchers.count, catchers.names);
	for (unsigned int defect = MODEL_DEFECT_NONE + 1; defect < MODEL_DEFECT_END; defect++)
		run_defect(options, (enum model_defect)defect);
}
