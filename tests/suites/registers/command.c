/* SPDX-License-Identifier: MIT */
#include "tests/suites/registers/command.h"

#include "iommu/unit/unit.h"
#include "tests/scenes/scene_test.h"

static const struct dma plain_write;

bool command_open_scene(struct test_run *run)
{
	struct scene scene = scene_best(&run->unit->caps);

	return scene_test_open(run, &scene, &plain_write);
}

void command_expect_write(struct test_run *run, enum landing wanted, unsigned int faults,
			  const char *when)
{
	enum landing landing = dma_write(&run->stage, &plain_write);
	struct fault_log log;

	fault_collect(run->unit, &log);
	if (landing != wanted)
		test_fail(run, "%s: data %s for %s", when, landing_name(landing),
			  landing_name(wanted));
	if (log.count != faults)
		test_fail(run, "%s: %u faults for %u", when, log.count, faults);
}

enum status command_latch_interrupt_table(struct unit *unit)
{
	/* 2 entries. */
	static uint64_t empty[PAGE_BYTES / 8] __attribute__((aligned(4096)));

	return unit_latch_irt(unit, phys_of(empty), 0, caps_has(&unit->caps, CAPABILITY_EIMER));
}
