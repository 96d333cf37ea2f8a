/* SPDX-License-Identifier: MIT */
#include "tests/engine/obstacles.h"

#include "arch/string.h"
#include "tests/engine/agents.h"
#include "tests/engine/platform.h"

static unsigned int features_for(const struct dma *dma)
{
	return dma && dma->is_read ? AGENT_READ : 0;
}

/* In a first stage, commands of an agent have no entries of their own above the lower two levels. */
static unsigned int features_in(const struct test *test, const struct unit *unit,
				enum scene_stage stage)
{
	struct scene scene = test->scene;
	unsigned int features = 0;

	scene.stage = stage;
	scene = scene_resolved(&scene, &unit->caps);
	for (unsigned int i = 0; i < POKES_MAX; i++)
		if (test->poke[i].at == AT_LEVEL_3 || test->poke[i].at == AT_TOP)
			features = AGENT_ALONE;
	return scene_is_first_stage(&scene) ? features : 0;
}

/* What a test asks of its agent: by its words, and by the DMA that it declares. */
static struct agent_job job_of(const struct test *test, const struct unit *unit,
			       enum scene_stage stage)
{
	return (struct agent_job){
		.features = test->agent_features | features_for(&test->dma) |
			    features_for(test->after) | features_in(test, unit, stage),
		.offset = test->dma.offset,
		.bytes = test->dma.bytes,
		.is_read = test->dma.is_read || (test->after && test->after->is_read),
	};
}

static void skip_without_agent(struct test_run *run)
{
	if (!platform_agent(run->unit, 0)) {
		test_skip(run, "no DMA agent behind unit %u", run->unit->index);
		return;
	}
	run->is_skipped = true;
	agents_describe_lack(run->unit, job_of(run->test, run->unit, run->scene.stage),
			     run->skip_reason, sizeof(run->skip_reason));
}

static void find_obstacle(struct test_run *run)
{
	const struct test *test = run->test;
	uint64_t missing, present;
	char bits[100];

	if (test->flags & TEST_ONCE)
		return;
	missing = caps_missing(&run->unit->caps, test->needs | scene_needs(test->scene.stage));
	present = test->needs_absent & ~caps_missing(&run->unit->caps, test->needs_absent);
	if (missing) {
		caps_format_missing(missing, bits, sizeof(bits));
		test_skip(run, "unit %u lacks %s", run->unit->index, bits);
	} else if (present) {
		caps_format_missing(present, bits, sizeof(bits));
		test_skip(run, "unit %u has %s", run->unit->index, bits);
	} else if (!(test->flags & TEST_WITHOUT_AGENT) && !run->agent) {
		skip_without_agent(run);
	} else if (test->flags & TEST_MISSING_MEMORY && run->unit->source == UNIT_REAL &&
		   !platform_is_virtual()) {
		test_skip(run, "would make hardware read absent memory: only on a virtual machine");
	}
}

void obstacles_prepare(struct test_run *run, const struct test *test, struct unit *unit,
		       enum scene_stage stage)
{
	memset(run, 0, sizeof(*run));
	run->test = test;
	run->unit = unit;
	run->scene = test->scene;
	run->scene.stage = stage;
	run->agent = unit ? agents_choose(unit, job_of(test, unit, stage)) : NULL;
	find_obstacle(run);
}
