/* SPDX-License-Identifier: MIT */
/*
 * Cases that nobody thought of: tables broken by chance, requests, invalidations; judged by the reference model as
 * the shadow of the unit.
 */
#include "tests/fuzz/fuzz.h"

#include "tests/suites/suites.h"

LINKED_RUN(run_fuzz, struct case_subject, subject)
{
	fuzz_run(run, subject);
}

#define FUZZ(name, what, title_in_spec, need, mode_of, stage_of)                               \
	{                                                                                      \
		.id = "fuzz." name, .title = (what), .spec = (title_in_spec), .needs = (need), \
		.fixture = &fuzz_fixture,                                                      \
		.run = LINKED(run_fuzz, .mode = (mode_of), .stage = (stage_of))                \
	}

static const struct test tests[] = {
	FUZZ("legacy", "legacy mode, tables broken by chance", "Legacy Mode Address Translation", 0,
	     SCENE_LEGACY, STAGE_SECOND),
	FUZZ("second-stage", "scalable mode with a second stage, tables broken by chance",
	     "Scalable Mode Address Translation", NEED(SMTS) | NEED(SSTS), SCENE_SCALABLE,
	     STAGE_SECOND),
	FUZZ("first-stage", "with a first stage", "First-Stage Translation",
	     NEED(SMTS) | NEED(FSTS), SCENE_SCALABLE, STAGE_FIRST),
	FUZZ("nested", "with both", "Nested Translation", NEED(SMTS) | NEED(NEST), SCENE_SCALABLE,
	     STAGE_NESTED),
};

const struct suite suite_fuzz = SUITE("fuzz", tests);
