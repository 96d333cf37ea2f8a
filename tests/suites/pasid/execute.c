/* SPDX-License-Identifier: MIT */
/*
 * Requests that say Execute-Requested. The field was for a while granted by an entry; since it went, units
 * up to major version 7 refuse such a request where they find its PASID entry (SPT.5), later ones before
 * they read any table (RTA.5). A request without PASID cannot say it, and legacy mode refuses the PASID
 * first. The record tells it in EXE. Only modelled agents send these.
 */
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/pokes.h"
#include "tests/suites/suites.h"

enum { PASID_1 = 9, LAST_OLD_VERSION = 7 };

static void run_up_to_7(struct test_run *run)
{
	if (caps_major(&run->unit->caps) <= LAST_OLD_VERSION)
		scene_test_run(run);
	else
		test_skip(run, "unit %u has major version %u", run->unit->index,
			  caps_major(&run->unit->caps));
}

static void run_from_8(struct test_run *run)
{
	if (caps_major(&run->unit->caps) > LAST_OLD_VERSION)
		scene_test_run(run);
	else
		test_skip(run, "unit %u has major version %u", run->unit->index,
			  caps_major(&run->unit->caps));
}

#define BY_PASID                                                      \
	.needs = NEED(SMTS) | NEED(PASID), .needs_absent = NEED(ERS), \
	.agent_features = AGENT_PASID | AGENT_EXECUTE,                \
	.scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pasid = PASID_1 }
#define EXECUTE .dma = { .is_read = true, .is_execute = true }

static const struct test tests[] = {
	{ .id = "pasid.fault-execute",
	  .title = "up to major version 7 the PASID entry blocks an execute request",
	  .spec = "Non-Recoverable Address Translation Faults (SPT.5)",
	  BY_PASID,
	  EXECUTE,
	  .expect = FAULTS(FR_SPT_5),
	  .run = run_up_to_7 },
	{ .id = "pasid.fault-execute-cached",
	  .title = "and so it does after a write to the same page",
	  .spec = "Non-Recoverable Address Translation Faults (SPT.5)",
	  BY_PASID,
	  EXECUTE,
	  .after = &(const struct dma){ 0 },
	  .expect = FAULTS(FR_SPT_5),
	  .run = run_up_to_7 },
	{ .id = "pasid.fault-execute-silent",
	  .title = "FPD of the PASID entry silences it",
	  .spec = "Non-Recoverable Address Translation Faults (SPT.5)",
	  BY_PASID,
	  EXECUTE,
	  .poke = POKE(AT_PASID, PASID_FPD, 1),
	  .expect = IS_BLOCKED,
	  .run = run_up_to_7 },
	{ .id = "pasid.fault-execute-early",
	  .title = "from major version 8 on it is blocked before any table is read",
	  .spec = "Non-Recoverable Address Translation Faults (RTA.5)",
	  BY_PASID,
	  EXECUTE,
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_P, 0),
	  .expect = FAULTS(FR_RTA_5),
	  .run = run_from_8 },
	{ .id = "pasid.fault-execute-legacy",
	  .title = "in legacy mode the PASID is what blocks it",
	  .spec = "Non-Recoverable Address Translation Faults (RTA.2)",
	  .needs = NEED(PASID),
	  .agent_features = AGENT_PASID | AGENT_EXECUTE,
	  .scene.mode = SCENE_LEGACY,
	  .dma = { .is_read = true, .is_execute = true, .pasid = PASID_1 },
	  .expect = FAULTS(FR_RTA_2) },
};

const struct suite suite_execute = SUITE("execute", tests);
