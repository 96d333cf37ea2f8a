/* SPDX-License-Identifier: MIT */
#include "tests/mixed/measure.h"

#include "arch/print.h"
#include "tests/engine/tap.h"
#include "tests/mixed/workshop.h"

static const char growth[] = "mixed.measure.growth";
static const char early[] = "mixed.measure.no-early-write";
static const char programming[] = "mixed.measure.programming";

/* Of the registers of one unit, beside those that are read to survey it, to undo it and to check it. */
enum { PROGRAMMING_MAX = 20 };

unsigned int measure_count(const struct options *options)
{
	const char *const ids[] = { growth, early, programming };
	unsigned int count = 0;

	for (unsigned int i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		count += workshop_is_selected(options, ids[i]);
	return count;
}

bool measure_has(const char *pattern)
{
	return glob_match(pattern, growth) || glob_match(pattern, early) ||
	       glob_match(pattern, programming);
}

static void report(const char *id, const char *spec, bool is_good, const char *differs)
{
	struct tap_result result = {
		.kind = is_good ? TAP_PASS : TAP_FAIL,
		.id = id,
		.unit = -1,
		.spec = spec,
		.expected = "",
		.got = "",
		.differs = differs,
	};

	tap_report(&result);
}

/* What a bring-up of so many units cost in register accesses, all of them together. */
struct cost {
	uint64_t survey;
	uint64_t found; /* what undo goes back to */
	uint64_t programming;
	uint64_t checks; /* reads that do nothing but look whether all is as it should be */
	uint64_t all;	 /* 0: it failed, with words in `differs` */
};

static struct cost bring_up(const char *kind, unsigned int units, char *differs, size_t bytes)
{
	const struct bringup_request request = { .pasids = BRINGUP_WANTED };
	const struct driver *driver = workshop_driver();
	struct rig_plan plan = { 0 };
	struct cost cost = { 0 };
	struct verdict verdict;
	const char *error;
	char topo[40];

	print_to(topo, sizeof(topo), "%s*%u", kind, units);
	plan.topo = topo;
	error = workshop_run_request(&plan, &request, &verdict);
	if (error || verdict.outcome != MIXED_OK) {
		print_to(differs, bytes, "%s: %s", topo, error ? error : verdict.words);
		return cost;
	}
	cost.survey = driver->reads_before_decision;
	cost.found = driver->bringup.found_reads;
	cost.checks = driver->bringup.check_reads;
	cost.programming =
		driver->reads_of_commit + driver->writes_of_commit - cost.found - cost.checks;
	cost.all = cost.survey + cost.found + cost.programming + cost.checks;
	print("# bench bring-up of %s, accesses a unit: survey %llu, for undo %llu, "
	      "programming %llu (%llu writes), verification %llu, all %llu\n",
	      topo, (unsigned long long)(cost.survey / units),
	      (unsigned long long)(cost.found / units),
	      (unsigned long long)(cost.programming / units),
	      (unsigned long long)(driver->writes_of_commit / units),
	      (unsigned long long)(cost.checks / units), (unsigned long long)(cost.all / units));
	return cost;
}

/* As many accesses for each unit, however many there are. */
static void run_growth(void)
{
	static const char *const kinds[] = { "sm", "legacy", "sm+vcs+shared" };
	char differs[200] = "";

	for (unsigned int kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		uint64_t one = bring_up(kinds[kind], 1, differs, sizeof(differs)).all;
		uint64_t two = bring_up(kinds[kind], 2, differs, sizeof(differs)).all;

		for (unsigned int units = 4; units <= RIG_UNITS_MAX; units *= 2) {
			uint64_t all = bring_up(kinds[kind], units, differs, sizeof(differs)).all;

			if (all && all != one + (two - one) * (units - 1))
				print_to(
					differs, sizeof(differs),
					"%s: 1 unit takes %llu accesses, 2 take %llu, %u take %llu",
					kinds[kind], (unsigned long long)one,
					(unsigned long long)two, units, (unsigned long long)all);
		}
	}
	report(growth, "accesses grow with the number of units, and no faster", !differs[0],
	       differs);
}

/* A unit without virtual commands; what those take to be proven comes on top. */
static void run_programming(void)
{
	static const char *const kinds[] = { "sm", "legacy" };
	char differs[200] = "";

	for (unsigned int kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		const struct cost cost = bring_up(kinds[kind], 1, differs, sizeof(differs));

		if (cost.all && cost.programming > PROGRAMMING_MAX)
			print_to(differs, sizeof(differs), "%s: %llu accesses", kinds[kind],
				 (unsigned long long)cost.programming);
	}
	report(programming, "programming a unit takes 20 accesses at most", !differs[0], differs);
}

static void run_early(void)
{
	unsigned int decisions;
	uint64_t writes = workshop_early_writes(&decisions);
	char differs[80];

	print_to(differs, sizeof(differs), "%llu writes before %u decisions",
		 (unsigned long long)writes, decisions);
	report(early, "no register is written before the platform is decided", decisions && !writes,
	       differs);
	print("# bench %s\n", differs);
}

void measure_run(const struct options *options)
{
	if (workshop_is_selected(options, growth))
		run_growth();
	if (workshop_is_selected(options, early))
		run_early();
	if (workshop_is_selected(options, programming))
		run_programming();
}
