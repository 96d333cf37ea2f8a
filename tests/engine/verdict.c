/* SPDX-License-Identifier: MIT */
#include "tests/engine/verdict.h"

#include "arch/string.h"
#include "tests/engine/known/known.h"
#include "tests/engine/platform.h"
#include "tests/engine/tap.h"

/* Why the unit deviates so, if that is known of it. */
static char known_why[400];

static bool is_deviation_known(const struct test_run *run, const struct known_unit *unit)
{
	bool is_whole = strlen(run->observed) + 1 < sizeof(run->observed);

	return is_whole &&
	       known_explains(run->test->id, unit, run->observed, known_why, sizeof(known_why));
}

static bool is_deviation_due(const struct test_run *run, const struct known_unit *unit)
{
	return known_has(run->test->id, unit);
}

/*
 * Asks about the unit of a test; of a test about the whole platform, about each unit of it. No
 * profile speaks of modelled ones.
 */
static bool ask_profile(const struct test_run *run,
			bool (*answer)(const struct test_run *, const struct known_unit *))
{
	struct known_unit none = { .host_address_bits = platform.dmar.host_address_bits };

	for (unsigned int u = 0; u < platform.unit_count; u++) {
		struct known_unit unit = none;

		unit.caps = &platform.units[u].caps;
		if ((!run->unit || run->unit == &platform.units[u]) &&
		    platform.units[u].source == UNIT_REAL && answer(run, &unit))
			return true;
	}
	return !run->unit && answer(run, &none);
}

static enum tap_kind judge(const struct test_run *run, const char **note)
{
	bool is_known;

	*note = run->skip_reason;
	if (run->has_error)
		return TAP_ERROR;
	if (run->has_failed) {
		is_known = ask_profile(run, is_deviation_known);
		*note = is_known ? known_why : NULL;
		return is_known ? TAP_KNOWN : TAP_FAIL;
	}
	if (run->is_skipped)
		return TAP_SKIP;
	*note = "the profile knows a deviation here, but there is none";
	return ask_profile(run, is_deviation_due) ? TAP_CURED : TAP_PASS;
}

/* What tells this result from the others of a test that asks each stage; NULL if nothing does. */
static const char *stage_name(const struct test_run *run)
{
	static const char *const names[] = {
		[STAGE_FIRST] = "first stage",
		[STAGE_NESTED] = "nested",
		[EACH_STAGE] = NULL,
	};

	return run->test->scene.stage >= EACH_STAGE ? names[run->scene.stage] : NULL;
}

void verdict_report(const struct test_run *run)
{
	struct tap_result result = {
		.id = run->test->id,
		.unit = run->unit ? (int)run->unit->index : -1,
		.stage = stage_name(run),
		.is_for_ailment = run->is_skipped_for_ailment,
		.spec = run->test->spec,
		.expected = run->expected,
		.got = run->got,
		.differs = run->observed,
	};

	result.kind = judge(run, &result.note);
	tap_report(&result);
}
