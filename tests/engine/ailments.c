/* SPDX-License-Identifier: MIT */
#include "tests/engine/ailments.h"

#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/obstacles.h"
#include "tests/engine/platform.h"
#include "tests/engine/runner.h"

/* One ailment of one unit. */
struct illness {
	const struct test *met_by;  /* the first that left it to another to tell; NULL: none */
	const struct test *told_by; /* NULL: nobody yet */
	unsigned int skipped;
};

static struct illness illnesses[UNITS_MAX][AILMENT_COUNT];

void ailments_forget(void)
{
	memset(illnesses, 0, sizeof(illnesses));
}

/* The search for a test that is selected after the one that is running. */
static struct {
	const struct test_run *current;
	enum vcmd_ailment ailment;
	bool has_current_passed;
	const struct test *found;
} search;

static bool look_for_teller(const struct test *test, struct unit *unit, enum scene_stage stage)
{
	static struct test_run run;

	if (unit != search.current->unit)
		return true;
	if (search.has_current_passed && test->tells == search.ailment) {
		obstacles_prepare(&run, test, unit, stage);
		if (!run.is_skipped)
			search.found = test;
	}
	search.has_current_passed |= test == search.current->test;
	return !search.found;
}

/* One that tells this ailment of the unit and can be made on it; NULL if none will come. */
static const struct test *find_later(const struct test_run *run, enum vcmd_ailment ailment)
{
	memset(&search, 0, sizeof(search));
	search.current = run;
	search.ailment = ailment;
	runner_for_each(run->options, look_for_teller);
	return search.found;
}

static void tell(struct test_run *run, struct illness *illness, enum vcmd_ailment ailment,
		 const char *words)
{
	test_fail(run, "%s: %s", vcmd_ailment_words(ailment), words);
	illness->told_by = run->test;
}

static void skip(struct test_run *run, struct illness *illness, const struct test *teller,
		 enum vcmd_ailment ailment)
{
	test_skip(run, "%s tells: unit %u is no use, %s", teller->id, run->unit->index,
		  vcmd_ailment_words(ailment));
	run->is_skipped_for_ailment = true;
	illness->skipped++;
}

void test_ailment(struct test_run *run, enum vcmd_ailment ailment, const char *words)
{
	struct illness *illness = &illnesses[run->unit->index][ailment];
	const struct test *teller = illness->told_by;

	if (!teller && run->test->tells != ailment)
		teller = find_later(run, ailment);
	if (!teller || run->test->tells == ailment) {
		tell(run, illness, ailment, words);
		return;
	}
	if (!illness->met_by)
		illness->met_by = run->test;
	skip(run, illness, teller, ailment);
}

void ailments_settle(struct test_run *run)
{
	const enum vcmd_ailment ailment = run->test->tells;
	struct illness *illness;

	if (!run->unit || !ailment)
		return;
	illness = &illnesses[run->unit->index][ailment];
	if (illness->met_by && !illness->told_by)
		tell(run, illness, ailment, "an earlier test met it, this one did not");
}

void ailments_print(void)
{
	for (unsigned int u = 0; u < platform.unit_count; u++)
		for (unsigned int a = AILMENT_NONE + 1; a < AILMENT_COUNT; a++) {
			const struct illness *illness = &illnesses[u][a];

			if (illness->told_by)
				print("# unit %u is ill: %s: %s failed, %u skipped\n", u,
				      vcmd_ailment_words((enum vcmd_ailment)a),
				      illness->told_by->id, illness->skipped);
		}
}
