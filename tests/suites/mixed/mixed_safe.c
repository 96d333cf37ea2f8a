/* SPDX-License-Identifier: MIT */
/*
 * What the accidents of mixed.c reach without a word must be out of reach after a bring-up by
 * plan: raw physical addresses, page tables to read, page tables to overwrite.
 *
 * The same device, the same addresses, both modes. A plan decides once for all units, and the
 * commit reads back what it wrote, so there is no moment at which a unit has tables of one format
 * and the mode of the other. Blocked is not enough: each attempt must be recorded, or somebody who
 * looks for the mistake finds nothing.
 */
#include "arch/cpu.h"
#include "arch/string.h"
#include "iommu/unit/fault.h"
#include "tests/mixed/crossing.h"
#include "tests/suites/suites.h"

#define SPEC "Root Table Address Register: TTM"

enum { PROBE_BYTES = 8, PROBE_AT = DMA_MAX_BYTES }; /* where in the agent's buffer a read arrives */

/* What the agent's last read brought, through the mailbox, which the tables map all the time. */
static bool fetch_answer(struct test_run *run, uint8_t answer[PROBE_BYTES])
{
	struct stage *stage = &run->stage;
	struct dma_address mailbox = { .iova = stage->mailbox_iova };
	bool is_done;

	memset(stage->mailbox, 0, PAGE_BYTES);
	cpu_fence();
	is_done = run->agent->store(run->agent, mailbox, PROBE_AT, PROBE_BYTES);
	cpu_fence();
	memcpy(answer, stage->mailbox, PROBE_BYTES);
	return is_done;
}

/* One transfer at the physical address of `place`, which must be blocked and recorded. */
static void expect_blocked(struct test_run *run, const char *what, const uint8_t *place,
			   bool is_read)
{
	struct dma_address at = { .iova = iova(phys_of(place).value) };
	struct agent *agent = run->agent;
	uint8_t answer[PROBE_BYTES];
	struct fault_log log;

	fault_clear(run->unit);
	if (!(is_read ? agent->load(agent, at, PROBE_AT, PROBE_BYTES)
		      : agent->store(agent, at, 0, PROBE_BYTES)))
		test_fail(run, "%s did not finish a transfer", agent->name);
	fault_collect(run->unit, &log);
	if (!log.count)
		test_fail(run, "%s of %s is not recorded", is_read ? "a read" : "a write", what);
	if (!is_read)
		return;
	if (!fetch_answer(run, answer))
		test_fail(run, "%s did not finish a transfer", agent->name);
	if (!memcmp(answer, place, PROBE_BYTES))
		test_fail(run, "%s was read", what);
}

/*
 * The places, each with what lies there before and after. Of the root table it is the agent's own
 * entry, and that half of it which is present: it tells itself from the zeros that a blocked read brings.
 */
static void try_places(struct test_run *run, const struct crossing *crossing, bool is_read)
{
	const struct tables *tables = &crossing->tables[crossing->current];
	struct stage *stage = &run->stage;
	uint64_t *root = tables->roots[0].entries[run->agent->sid >> 8].q;
	uint8_t *places[] = { (uint8_t *)(root[0] ? &root[0] : &root[1]),
			      stage->canary[CANARY_BYSTANDER_2] };
	const char *const names[] = { "the root table", "a raw address" };
	uint8_t before[PROBE_BYTES];

	for (unsigned int i = 0; i < 2; i++) {
		memcpy(before, places[i], sizeof(before));
		expect_blocked(run, names[i], places[i], is_read);
		if (memcmp(before, places[i], sizeof(before)))
			test_fail(run, "%s was changed", names[i]);
	}
}

/*
 * `arg`: the device reads, else it writes. The fixture has seen DMA land: a unit that does not translate
 * would write to the root table, and is asked nothing more.
 */
static void run_attempt(struct test_run *run)
{
	struct crossing *crossing = crossing_of(run);

	try_places(run, crossing, run->test->arg);
	crossing_expect_landing(crossing, "after");
}

static const struct test tests[] = {
	{ .id = "mixed.plan-first-scalable-read",
	  .title = "after a bring-up by plan no page table and no raw address can be read",
	  .spec = SPEC,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EITHER_STAGE },
	  .needs = NEED(SMTS),
	  .fixture = &crossing_scalable,
	  .agent_features = AGENT_BUFFER,
	  .run = run_attempt,
	  .arg = true },
	{ .id = "mixed.plan-first-scalable-write",
	  .title = "after a bring-up by plan no page table and no raw address can be written",
	  .spec = SPEC,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EITHER_STAGE },
	  .needs = NEED(SMTS),
	  .fixture = &crossing_scalable,
	  .run = run_attempt,
	  .arg = false },
	{ .id = "mixed.plan-first-legacy-read",
	  .title = "the same in legacy mode: nothing can be read",
	  .spec = SPEC,
	  .fixture = &crossing_legacy,
	  .agent_features = AGENT_BUFFER,
	  .run = run_attempt,
	  .arg = true },
	{ .id = "mixed.plan-first-legacy-write",
	  .title = "the same in legacy mode: nothing can be written",
	  .spec = SPEC,
	  .fixture = &crossing_legacy,
	  .run = run_attempt,
	  .arg = false },
};

const struct suite suite_mixed_safe = SUITE("mixed", tests);
