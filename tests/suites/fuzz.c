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

#define FUZZ_OF(name, what, title_in_spec, need, mode_of, stage_of, on)                           \
	{                                                                                         \
		.id = "fuzz." name, .title = (what), .spec = (title_in_spec), .needs = (need),    \
		.fixture = &fuzz_fixture, .agent_features = AGENT_BUFFER,                         \
		.run = LINKED(run_fuzz, .mode = (mode_of), .stage = (stage_of), .emphasis = (on)) \
	}
#define FUZZ(name, what, title_in_spec, need, mode_of, stage_of) \
	FUZZ_OF(name, what, title_in_spec, need, mode_of, stage_of, ON_TABLES)

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
	FUZZ_OF("queue", "descriptors of 128 bits, good and broken",
		"Queued Invalidation Interface", NEED(QI), SCENE_LEGACY, STAGE_SECOND, ON_QUEUE),
	FUZZ_OF("queue-wide", "descriptors of 256 bits", "Queued Invalidation Interface",
		NEED(QI) | NEED(SMTS), SCENE_NONE, STAGE_OF_UNIT, ON_QUEUE),
	FUZZ_OF("registers", "registers written by chance, and what moves them",
		"Register Descriptions", 0, SCENE_NONE, STAGE_OF_UNIT, ON_REGISTERS),
	FUZZ_OF("interrupts", "entries and requests broken by chance",
		"Interrupt-Remapping Hardware Operation", NEED(IR) | NEED(QI), SCENE_NONE,
		STAGE_OF_UNIT, ON_INTERRUPTS),
	FUZZ_OF("pages", "page requests, their queue and their event", "Handling of Page Requests",
		NEED(PRS) | NEED(SMTS) | NEED(QI), SCENE_SCALABLE, STAGE_OF_UNIT, ON_PAGES),
	FUZZ_OF("commands", "virtual and enhanced commands", "Virtual Command Register", NEED(VCS),
		SCENE_LEGACY, STAGE_SECOND, ON_COMMANDS),
};

const struct suite suite_fuzz = SUITE("fuzz", tests);
