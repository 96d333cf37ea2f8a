/* SPDX-License-Identifier: MIT */
/*
 * Rights of their own for devices: with RTADDR.SSIRWE the second stage has bits 61 and 62 for them, and R
 * and W are left to the processor that shares the tables. So a unit must look at one pair and never at the
 * other, in every entry of the walk; and legacy mode, which has none of it, must block everything.
 */
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define SPEC "Root Table Address Register: SSIRWE"

static const struct dma plain_write, plain_read = { .is_read = true };
static const struct outcome lands = LANDS;

/* The root latched anew, with the bit or without it. TE must be off: on, it needs CAP.ESRTPS. */
static bool latch(struct test_run *run, bool on)
{
	const struct root_table *root = &run->stage.root;
	uint64_t value = phys_of(root->entries).value | reg_put(RTADDR_SSIRWE, on);
	enum ttm ttm = root->scalable ? TTM_SCALABLE : TTM_LEGACY;

	if (unit_set_translation(run->unit, false) == STATUS_OK &&
	    unit_latch_root(run->unit, phys(value), ttm) == STATUS_OK &&
	    invalidate_all(run->unit) == STATUS_OK &&
	    unit_set_translation(run->unit, true) == STATUS_OK)
		return true;
	test_fail(run, "cannot latch: %s", unit_failure(run->unit));
	return false;
}

/* Bits 61 and 62 for R and W in an entry, if they are there, and the other way round. */
static void swap_rights(uint64_t *entry, bool to_device, bool snooped)
{
	uint64_t value = *entry;
	uint64_t cpu = value & 3, device = value >> 61 & 3;

	value &= ~(UINT64_C(3) << 61 | 3);
	value |= to_device ? cpu << 61 : device;
	entry_store_word(entry, value, snooped);
}

/* Each entry on the way to the window and to the mailbox, once. */
static void swap_all(struct stage *stage, bool to_device)
{
	const struct paging *table = &stage->table;
	uint64_t *done[12];
	unsigned int count = 0;

	for (unsigned int level = 1; level <= table->levels; level++) {
		uint64_t *entries[] = {
			paging_entry(table, stage->window, level),
			paging_entry(table, stage->mailbox_iova, level),
		};

		for (unsigned int i = 0; i < 2; i++) {
			bool is_done = false;

			for (unsigned int k = 0; k < count; k++)
				is_done |= done[k] == entries[i];
			if (is_done)
				continue;
			swap_rights(entries[i], to_device, table->snooped);
			done[count++] = entries[i];
		}
	}
}

/* One right taken away at a level, in this pair of bits. */
static void expect_without(struct test_run *run, unsigned int level, uint64_t bit,
			   const struct dma *dma, const struct outcome *expect)
{
	uint64_t *entry = paging_entry(&run->stage.table, run->stage.window, level);
	const uint64_t before = *entry;
	struct fault_log log;
	bool is_read = dma->is_read;

	entry_store_word(entry, before & ~bit, run->stage.table.snooped);
	REQUIRE_OK(run, invalidate_whole_iotlb(run->unit));
	if (is_read)
		EXPECT(run, dma_read(&run->stage, dma));
	else
		dma_write(&run->stage, dma);
	fault_collect(run->unit, &log);
	entry_store_word(entry, before, run->stage.table.snooped);
	REQUIRE_OK(run, invalidate_whole_iotlb(run->unit));
	if (log.count != 1 || log.faults[0].reason != expect->reason)
		test_fail(run, "level %u: %u faults for 1, reason %02X", level, log.count,
			  log.faults[0].reason);
}

/* R and W are 0 everywhere; IR and IW say what a device may do, in each entry. */
static void run_rights(struct test_run *run)
{
	static const struct outcome no_write = FAULTS(FR_SGN_6), no_read = FAULTS(FR_SGN_7);
	struct stage *stage = &run->stage;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	REQUIRE_OK(run, unit_set_translation(run->unit, false));
	swap_all(stage, true);
	if (!latch(run, true))
		return;
	EXPECT_EQ(run, dma_write(stage, &plain_write), DMA_LANDED);
	EXPECT(run, dma_read(stage, &plain_read));
	EXPECT_EQ(run, dma_read_result(stage, &plain_read), DMA_LANDED);
	for (unsigned int level = 1; level <= stage->table.levels; level++) {
		expect_without(run, level, FIELD_MASK(SS_IW), &plain_write, &no_write);
		expect_without(run, level, FIELD_MASK(SS_IR), &plain_read, &no_read);
	}
	REQUIRE_OK(run, unit_set_translation(run->unit, false));
	swap_all(stage, false);
	if (latch(run, false))
		scene_test_write(run, 0, &lands, "without SSIRWE again");
}

/* R and W alone allow nothing then. */
static void run_cpu_rights(struct test_run *run)
{
	static const struct outcome none = FAULTS(FR_SSS_2);

	if (!scene_test_open(run, &run->scene, &plain_write) || !latch(run, true))
		return;
	scene_test_write(run, 0, &none, "R and W alone");
	if (latch(run, false))
		scene_test_write(run, 0, &lands, "without SSIRWE again");
}

static void run_legacy(struct test_run *run)
{
	static const struct outcome blocked = FAULTS(FR_RTA_1);

	if (!scene_test_open(run, &run->scene, &plain_write) || !latch(run, true))
		return;
	scene_test_write(run, 0, &blocked, NULL);
	if (latch(run, false))
		scene_test_write(run, 0, &lands, "without SSIRWE again");
}

static const struct test tests[] = {
	{ .id = "sm.io-rights",
	  .title = "with SSIRWE bits 61 and 62 are the rights of a device, at every level",
	  .spec = SPEC,
	  .needs = NEED(SMTS) | NEED(SSIRWS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_SECOND },
	  .agent_features = AGENT_BUFFER,
	  .run = run_rights },
	{ .id = "sm.io-rights-alone",
	  .title = "and R and W are none",
	  .spec = SPEC,
	  .needs = NEED(SMTS) | NEED(SSIRWS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_SECOND },
	  .run = run_cpu_rights },
	{ .id = "fault.legacy-io-rights",
	  .title = "in legacy mode SSIRWE blocks everything",
	  .spec = "Root Table Address Register: SSIRWE (RTA.1.4)",
	  .needs = NEED(SSIRWS),
	  .scene.mode = SCENE_LEGACY,
	  .run = run_legacy },
};

const struct suite suite_io_rights = SUITE("io rights", tests);
