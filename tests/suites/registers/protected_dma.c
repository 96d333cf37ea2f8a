/* SPDX-License-Identifier: MIT */
/*
 * Protected memory by DMA: a low region of 2 MiB that is all ours, and what the agent can still reach.
 *
 * The region holds from its first byte to its last, against reads and writes, and leaves no record of
 * what it blocked. With translation off it is all the protection there is; with translation on units from
 * major version 2 on block what the tables lead there, older ones may not ("Protected Memory Enable
 * Register"), so they are not asked. A high region begins at 4 GiB, where small machines have no memory.
 */
#include "arch/page.h"
#include "arch/string.h"
#include "iommu/unit/fault.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define SPEC	 "Protected Memory Enable Register"
#define EPM	 ((uint32_t)FIELD_MASK(PMEN_EPM))
#define PRS	 ((uint32_t)FIELD_MASK(PMEN_PRS))
#define REGION	 (UINT64_C(2) << 20)
#define BLOCK(s) phys_of((s)->blocks[0]).value

static const struct dma plain_write;

static bool set_protection(struct test_run *run, bool on)
{
	unit_write32(run->unit, REG_PMEN, on ? EPM : 0);
	if (unit_wait32(run->unit, "PMEN", REG_PMEN, PRS, on ? PRS : 0) == STATUS_OK)
		return true;
	test_fail(run, "PRS does not follow EPM");
	return false;
}

/* How fine the unit's regions are: the lowest bit that its base register has. */
static uint64_t granule(struct unit *unit)
{
	uint32_t before = unit_read32(unit, REG_PLMBASE);
	uint32_t exist;

	unit_write32(unit, REG_PLMBASE, UINT32_MAX);
	exist = unit_read32(unit, REG_PLMBASE);
	unit_write32(unit, REG_PLMBASE, before);
	return exist & (0 - exist);
}

/* Base and limit as they were, and protection off, whatever came of the test. */
struct protected_before {
	uint32_t base, limit;
};

static void *open_low(struct test_run *run)
{
	static struct protected_before before;
	struct unit *unit = run->unit;

	before = (struct protected_before){ unit_read32(unit, REG_PLMBASE),
					    unit_read32(unit, REG_PLMLIMIT) };
	if (unit_read32(unit, REG_PMEN) & (PRS | EPM))
		test_skip(run, "protected memory of unit %u is on", unit->index);
	else if (!granule(unit) || granule(unit) > REGION)
		test_skip(run, "regions of unit %u are larger than 2 MiB", unit->index);
	return &before;
}

static void close_low(struct test_run *run)
{
	const struct protected_before *before = run->fixture;

	set_protection(run, false);
	unit_write32(run->unit, REG_PLMBASE, before->base);
	unit_write32(run->unit, REG_PLMLIMIT, before->limit);
	run->agent->set_bus_master(run->agent, false);
}

static const struct fixture low_region = { .open = open_low, .close = close_low };

static bool protect(struct test_run *run, uint64_t first)
{
	unit_write32(run->unit, REG_PLMBASE, (uint32_t)first);
	unit_write32(run->unit, REG_PLMLIMIT, (uint32_t)(first + REGION - granule(run->unit)));
	return set_protection(run, true);
}

/* A dword from the agent's buffer gets to that byte of a block of memory, or it does not. */
static void expect_store(struct test_run *run, uint8_t *block, uint64_t at, uint32_t offset,
			 bool arrives, const char *where)
{
	struct stage *stage = &run->stage;
	uint32_t *word = (uint32_t *)(void *)(block + offset);
	struct dma_address to = { .iova = iova(at + offset) };
	bool has_arrived;

	*word = 0;
	EXPECT(run, stage->agent->store(stage->agent, to, 0, 4));
	has_arrived = !memcmp(word, stage->mailbox, 4);
	if (has_arrived != arrives || (!has_arrived && *word))
		test_fail(run, "%s: a write %s", where, has_arrived ? "lands" : "does not land");
}

static void expect_load(struct test_run *run, uint8_t *block, uint64_t at, bool arrives)
{
	struct stage *stage = &run->stage;
	struct dma_address from = { .iova = iova(at) };
	struct dma_address to = { .iova = stage->mailbox_iova };
	bool has_arrived;

	*(uint32_t *)(void *)block = 0x5ec3e7ed;
	EXPECT(run, stage->agent->load(stage->agent, from, 2048, 4));
	EXPECT(run, stage->agent->store(stage->agent, to, 2048, 4));
	has_arrived = !memcmp(stage->mailbox, block, 4);
	if (has_arrived != arrives)
		test_fail(run, "a read %s", has_arrived ? "brings data" : "brings none");
	EXPECT(run, dma_arm(stage));
}

static void expect_all(struct test_run *run, uint64_t at, bool arrives)
{
	uint8_t *block = run->stage.blocks[0];
	struct fault_log log;

	expect_store(run, block, at, 0, arrives, "first dword");
	expect_store(run, block, at, REGION / 2, arrives, "in the middle");
	expect_store(run, block, at, REGION - 4, arrives, "last dword");
	expect_load(run, block, at, arrives);
	fault_collect(run->unit, &log);
	EXPECT_EQ(run, log.count, 0);
}

static void run_translated(struct test_run *run)
{
	struct stage *stage = &run->stage;

	if (caps_major(&run->unit->caps) < 2) {
		test_skip(run, "unit %u has major version 1: what is translated may pass",
			  run->unit->index);
		return;
	}
	if (!scene_test_open(run, &run->scene, &plain_write) || !protect(run, BLOCK(stage)))
		return;
	expect_all(run, stage->window.value, false);
	if (set_protection(run, false))
		expect_all(run, stage->window.value, true);
	stage->is_sound = false;
}

/* Translation off: addresses are physical ones. The block beside the region is within reach. */
static void run_untranslated(struct test_run *run)
{
	struct stage *stage = &run->stage;

	if (!stage_build(stage, &run->scene, run->unit, run->agent)) {
		test_fail(run, "cannot set the scene: %s", unit_failure(run->unit));
		return;
	}
	run->agent->set_bus_master(run->agent, true);
	REQUIRE(run, dma_arm(stage));
	expect_all(run, BLOCK(stage), true);
	if (!protect(run, BLOCK(stage)))
		return;
	expect_all(run, BLOCK(stage), false);
	expect_store(run, stage->blocks[1], phys_of(stage->blocks[1]).value, 0, true, "elsewhere");
	if (set_protection(run, false))
		expect_all(run, BLOCK(stage), true);
}

static const struct test tests[] = {
	{ .id = "protected.dma-translated",
	  .title = "a protected region blocks what tables lead there, without a record",
	  .spec = SPEC,
	  .needs = NEED(PLMR) | NEED(SSLPS2M),
	  .scene = { .mode = SCENE_LEGACY, .page_shift = 21 },
	  .fixture = &low_region,
	  .agent_features = AGENT_BUFFER,
	  .run = run_translated },
	{ .id = "protected.dma-untranslated",
	  .title =
		  "a protected region blocks from its first to its last byte, with translation off",
	  .spec = SPEC,
	  .needs = NEED(PLMR),
	  .scene = { .mode = SCENE_LEGACY, .page_shift = 21 },
	  .fixture = &low_region,
	  .agent_features = AGENT_BUFFER,
	  .run = run_untranslated },
};

const struct suite suite_protected_dma = SUITE("protected dma", tests);
