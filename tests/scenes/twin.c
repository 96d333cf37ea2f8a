/* SPDX-License-Identifier: MIT */
/* Two agents that differ in the bus alone: what takes the devfn for the whole source mixes them up. */
#include "tests/engine/platform.h"
#include "tests/scenes/scene_test.h"

/* Another agent with the same devfn on another bus, behind the same unit. */
static struct agent *find_twin(const struct agent *agent)
{
	struct agent *other;

	for (unsigned int nth = 0; (other = platform_agent(agent->unit, nth)); nth++)
		if (other->sid != agent->sid && (other->sid & 0xff) == (agent->sid & 0xff))
			return other;
	return NULL;
}

struct agent *scene_test_find_twin(struct test_run *run)
{
	struct agent *agent, *twin;

	for (unsigned int nth = 0; (agent = platform_agent(run->unit, nth)); nth++) {
		twin = find_twin(agent);
		if (!twin)
			continue;
		run->agent = agent;
		return twin;
	}
	return NULL;
}
