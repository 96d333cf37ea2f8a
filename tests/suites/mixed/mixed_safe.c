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
#include "arch/string.h"
#include "iommu/unit/fault.h"
#include "tests/mixed/crossing.h"
#include "tests/suites/suites.h"

#define SPEC "Root Table Address Register: TTM"

/* One transfer of 8 bytes at `address`, which must be blocked and recorded. */
static void expect_blocked(struct test_run *run, const char *what, uint64_t address, bool is_read)
{
	struct dma_address at = { .iova = iova(address) };
	struct agent *agent = run->agent;
	struct fault_log log;

	fault_clear(run->unit);
	if (!(is_read ? agent->load(agent, at, DMA_MAX_BYTES, 8) : agent->store(agent, at, 0, 8)))
		test_fail(run, "%s did not finish a transfer", agent->name);
	fault_collect(run->unit, &log);
	if (!log.count)
		test_fail(run, "%s of %s is not recorded", is_read ? "a read" : "a write", what);
}

/* The places, each with what lies there before and after. */
static void try_places(struct test_run *run, const struct crossing *crossing, bool is_read)
{
	const struct tables *tables = &crossing->tables[crossing->current];
	struct stage *stage = &run->stage;
	uint8_t *places[] = { (uint8_t *)tables->roots[0].entries,
			      stage->canary[CANARY_BYSTANDER_2] };
	const char *const names[] = { "the root table", "a raw address" };
	uint8_t before[PAGE_BYTES / 8];

	for (unsigned int i = 0; i < 2; i++) {
		memcpy(before, places[i], sizeof(before));
		expect_blocked(run, names[i], phys_of(places[i]).value, is_read);
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
	  .needs = NEED(SMTS) | NEED(SSTS),
	  .fixture = &crossing_scalable,
	  .run = run_attempt,
	  .arg = true },
	{ .id = "mixed.plan-first-scalable-write",
	  .title = "after a bring-up by plan no page table and no raw address can be written",
	  .spec = SPEC,
	  .needs = NEED(SMTS) | NEED(SSTS),
	  .fixture = &crossing_scalable,
	  .run = run_attempt,
	  .arg = false },
	{ .id = "mixed.plan-first-legacy-read",
	  .title = "the same in legacy mode: nothing can be read",
	  .spec = SPEC,
	  .fixture = &crossing_legacy,
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
