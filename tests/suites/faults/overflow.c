/* SPDX-License-Identifier: MIT */
/*
 * When all fault records are in use PFO is set, and nothing is recorded until it is cleared, after the
 * records. It goes by its own bit alone, and takes no other status along: a driver that writes back all
 * that it read loses errors which nobody has looked at (Asterinas 3920).
 */
#include "iommu/unit/fault.h"
#include "tests/engine/platform.h"
#include "tests/scenes/queue_test.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/recording.h"
#include "tests/suites/suites.h"

static const struct dma plain_write;
static const struct dma plain_read = { .is_read = true };

#define IQE_BIT ((uint32_t)FIELD_MASK(FSTS_IQE))
#define PFO_BIT ((uint32_t)FIELD_MASK(FSTS_PFO))
#define PPF_BIT ((uint32_t)FIELD_MASK(FSTS_PPF))

static uint32_t status_of(struct unit *unit)
{
	return unit_read32(unit, REG_FSTS) & (IQE_BIT | PFO_BIT | PPF_BIT);
}

static void free_all_records(struct unit *unit)
{
	for (unsigned int i = 0; i < caps_fault_record_count(&unit->caps); i++)
		recording_free(unit, i);
}

static void blocked_write_by(struct test_run *run, struct agent *agent)
{
	struct dma_address window = { .iova = run->stage.window };

	if (agent != run->agent)
		dma_lend_mailbox(&run->stage, agent);
	agent->set_bus_master(agent, true);
	EXPECT(run, agent->store(agent, window, 0, 4));
	if (agent != run->agent)
		agent->set_bus_master(agent, false);
}

/*
 * All agents in turn until PFO is set. A unit that merges faults of a source, and has more records than
 * there are sources, does not overflow: the test is skipped.
 */
static bool overflow(struct test_run *run)
{
	unsigned int tries = caps_fault_record_count(&run->unit->caps) + 1;
	struct agent *agent;

	if (!recording_open(run))
		return false;
	for (unsigned int i = 0; i < tries; i++)
		for (unsigned int nth = 0; (agent = platform_agent(run->unit, nth)); nth++)
			if (!(status_of(run->unit) & PFO_BIT))
				blocked_write_by(run, agent);
	if (status_of(run->unit) & PFO_BIT)
		return true;
	test_skip(run, "unit %u has records for more sources than there are", run->unit->index);
	return false;
}

/* While PFO is set nothing is recorded, even with all records free; after that, it is. */
static void run_overflow_holds(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct fault_log log;

	if (!overflow(run))
		return;
	EXPECT_EQ(run, status_of(unit), PFO_BIT | PPF_BIT);
	free_all_records(unit);
	EXPECT_EQ(run, status_of(unit), PFO_BIT);
	dma_write(&run->stage, &plain_write);
	EXPECT_EQ(run, status_of(unit), PFO_BIT);
	unit_write32(unit, REG_FSTS, PFO_BIT);
	EXPECT_EQ(run, status_of(unit), 0);
	dma_read(&run->stage, &plain_read);
	fault_collect(unit, &log);
	EXPECT_EQ(run, log.count, 1);
	EXPECT_EQ(run, log.faults[0].type, FAULT_READ);
	EXPECT_EQ(run, log.faults[0].sid, run->agent->sid);
}

/* PFO goes by a 1 to itself, neither by a 0 nor with the bit beside it; and takes nothing along. */
static void run_overflow_alone(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (!overflow(run) || !queue_test_stop_and_mend(run))
		return;
	unit_write32(unit, REG_FSTS, 0);
	EXPECT_EQ(run, status_of(unit), IQE_BIT | PFO_BIT | PPF_BIT);
	free_all_records(unit);
	EXPECT_EQ(run, status_of(unit), IQE_BIT | PFO_BIT);
	unit_write32(unit, REG_FSTS, PFO_BIT);
	EXPECT_EQ(run, status_of(unit), IQE_BIT);
	if (queue_recover(unit) != STATUS_OK)
		test_fail(run, "no recovery: %s", unit_failure(unit));
	EXPECT_EQ(run, status_of(unit), 0);
}

static void run_error_alone(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (!overflow(run) || !queue_test_stop_and_mend(run))
		return;
	if (queue_recover(unit) != STATUS_OK)
		test_fail(run, "no recovery: %s", unit_failure(unit));
	EXPECT_EQ(run, status_of(unit), PFO_BIT | PPF_BIT);
	unit_write32(unit, REG_FSTS, PFO_BIT);
	EXPECT_EQ(run, status_of(unit), PPF_BIT);
}

static const struct test tests[] = {
	{ .id = "fault.overflow-holds",
	  .title = "while PFO is set nothing is recorded, with all records free",
	  .spec = "Primary Fault Logging: PFO",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .agent_features = AGENT_BUFFER,
	  .run = run_overflow_holds },
	{ .id = "fault.overflow-alone",
	  .title = "Asterinas 3920: PFO is cleared by its own bit, and that alone",
	  .spec = "Fault Status Register: PFO",
	  .needs = NEED(QI),
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_overflow_alone },
	{ .id = "fault.overflow-queue-error",
	  .title = "clearing IQE leaves PFO and PPF as they are",
	  .spec = "Fault Status Register: IQE",
	  .needs = NEED(QI),
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_error_alone },
};

const struct suite suite_overflow = SUITE("fault.overflow", tests);
