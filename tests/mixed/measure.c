/* SPDX-License-Identifier: MIT */
#include "tests/mixed/measure.h"

#include "arch/print.h"
#include "tests/engine/tap.h"
#include "tests/mixed/workshop.h"

static const char growth[] = "mixed.measure.growth";
static const char early[] = "mixed.measure.no-early-write";

unsigned int measure_count(const struct options *options)
{
	return workshop_is_selected(options, growth) + workshop_is_selected(options, early);
}

bool measure_has(const char *pattern)
{
	return glob_match(pattern, growth) || glob_match(pattern, early);
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

/* Accesses of a whole bring-up of so many units; 0 if it failed, with words in `differs`. */
static uint64_t bring_up(const char *kind, unsigned int units, char *differs, size_t bytes)
{
	const struct bringup_request request = { .pasids = BRINGUP_WANTED };
	const struct driver *driver = workshop_driver();
	struct rig_plan plan = { 0 };
	struct verdict verdict;
	const char *error;
	char topo[40];

	print_to(topo, sizeof(topo), "%s*%u", kind, units);
	plan.topo = topo;
	error = workshop_run_request(&plan, &request, &verdict);
	if (error || verdict.outcome != MIXED_OK) {
		print_to(differs, bytes, "%s: %s", topo, error ? error : verdict.words);
		return 0;
	}
	print("# bench bring-up of %s: %llu reads and %llu writes before the decision, %llu reads "
	      "and "
	      "%llu writes after it; %llu accesses per unit\n",
	      topo, (unsigned long long)driver->reads_before_decision,
	      (unsigned long long)driver->writes_before_decision,
	      (unsigned long long)driver->reads_of_commit,
	      (unsigned long long)driver->writes_of_commit,
	      (unsigned long long)((driver->reads_before_decision + driver->reads_of_commit +
				    driver->writes_of_commit) /
				   units));
	return driver->reads_before_decision + driver->reads_of_commit + driver->writes_of_commit;
}

/* As many accesses for each unit, however many there are. */
static void run_growth(void)
{
	static const char *const kinds[] = { "sm", "legacy", "sm+vcs+shared" };
	char differs[200] = "";

	for (unsigned int kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		uint64_t one = bring_up(kinds[kind], 1, differs, sizeof(differs));
		uint64_t two = bring_up(kinds[kind], 2, differs, sizeof(differs));

		for (unsigned int units = 4; units <= RIG_UNITS_MAX; units *= 2) {
			uint64_t all = bring_up(kinds[kind], units, differs, sizeof(differs));

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
}
