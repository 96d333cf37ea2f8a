/* SPDX-License-Identifier: MIT */
/*
 * The Global Command Register: each bit on and off as GSTS shows it, and what RTADDR and TE mean
 * to DMA. A root table address takes effect when it is latched and not before.
 *
 * GCMD is write-only, and each write states all levels anew, so the levels must come from GSTS,
 * never from GCMD, whose reads mean nothing (ACRN e95b316dd began with one), and without the
 * one-shot bits (edk2-platforms 07842635c8 and ACRN df3390f40 gave them again with each command).
 * The one-shot bits answer in two senses: RTPS and IRTPS are set when the work is done and stay,
 * WBFS is set while it lasts. With TE off nobody reads the tables, whatever RTADDR points to (QEMU
 * 2a078b1080 did). And whatever an earlier stage left on must come off: firmware of one server
 * generation left queue and interrupt remapping on, and Xen could not start (04181c6fb5).
 */
#include "arch/page.h"
#include "arch/string.h"
#include "arch/time.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/dma.h"
#include "tests/scenes/queue_test.h"
#include "tests/scenes/scene_test.h"
#include "tests/scenes/watch.h"
#include "tests/suites/suites.h"

#define GCMD_SPEC "Global Command Register"
#define ROOT_SPEC "Set Root Table Pointer Operation"

static const struct dma plain_write;

/* A table of 2 entries, none present: what IRE needs to be turned on. */
static uint64_t empty_interrupt_table[PAGE_BYTES / 8] __attribute__((aligned(4096)));

/* On changes this one bit of GSTS and no other, off changes it back. */
static void check_level(struct test_run *run, uint64_t bit,
			enum status (*set)(struct unit *unit, bool on))
{
	struct unit *unit = run->unit;
	uint32_t before = unit_read32(unit, REG_GSTS);

	for (unsigned int step = 0; step < 4 && !run->has_failed; step++) {
		bool on = step % 2 == 0;

		if (set(unit, on) != STATUS_OK)
			test_fail(run, "GSTS does not follow when the bit goes %s",
				  on ? "on" : "off");
		else
			EXPECT_EQ(run, unit_read32(unit, REG_GSTS),
				  on ? before | (uint32_t)bit : before);
	}
}

/* A root must be latched before each time that TE goes on. */
static enum status latch_and_translate(struct unit *unit, bool on)
{
	uint64_t rtaddr = unit_read64(unit, REG_RTADDR);
	phys_t root = phys(rtaddr & FIELD_MASK(RTADDR_RTA));
	enum status status = STATUS_OK;

	if (on)
		status = unit_latch_root(unit, root, TTM_LEGACY);
	return status == STATUS_OK ? unit_set_translation(unit, on) : status;
}

static void translation_level(struct test_run *run)
{
	if (queue_test_latch(run, TTM_LEGACY))
		check_level(run, FIELD_MASK(GSTS_TES), latch_and_translate);
}

/* The empty table, in the mode this unit requires. */
static enum status latch_interrupt_table(struct unit *unit)
{
	return unit_latch_irt(unit, phys_of(empty_interrupt_table), 0,
			      caps_has(&unit->caps, CAPABILITY_EIMER));
}

static enum status latch_and_remap(struct unit *unit, bool on)
{
	enum status status = on ? latch_interrupt_table(unit) : STATUS_OK;

	return status == STATUS_OK ? unit_set_interrupt_remapping(unit, on) : status;
}

static void interrupt_level(struct test_run *run)
{
	REQUIRE_OK(run, latch_interrupt_table(run->unit));
	check_level(run, FIELD_MASK(GSTS_IRES), latch_and_remap);
}

static void compatibility_level(struct test_run *run)
{
	REQUIRE_OK(run, latch_interrupt_table(run->unit));
	REQUIRE_OK(run, unit_set_interrupt_remapping(run->unit, true));
	check_level(run, FIELD_MASK(GSTS_CFIS), unit_set_compatibility_interrupts);
}

static void queue_level(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t before, on;

	if (!queue_test_latch(run, TTM_LEGACY))
		return;
	before = unit_read32(unit, REG_GSTS);
	on = before | (uint32_t)FIELD_MASK(GSTS_QIES);
	for (unsigned int round = 0; round < 2; round++) {
		REQUIRE_OK(run, queue_enable(unit, false, 0));
		EXPECT_EQ(run, unit_read32(unit, REG_GSTS), on);
		REQUIRE_OK(run, queue_disable(unit));
		EXPECT_EQ(run, unit_read32(unit, REG_GSTS), before);
	}
}

static void root_status(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t rtps = (uint32_t)FIELD_MASK(GSTS_RTPS);

	for (unsigned int round = 0; round < 3; round++) {
		if (!queue_test_latch(run, TTM_LEGACY))
			return;
		EXPECT_EQ(run, unit_read32(unit, REG_GSTS) & rtps, rtps);
		REQUIRE_OK(run, unit_set_translation(unit, true));
		EXPECT_EQ(run, unit_read32(unit, REG_GSTS) & rtps, rtps);
		REQUIRE_OK(run, unit_set_translation(unit, false));
	}
}

static void interrupt_table_status(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t irtps = (uint32_t)FIELD_MASK(GSTS_IRTPS);

	for (unsigned int round = 0; round < 3; round++) {
		REQUIRE_OK(run, latch_interrupt_table(unit));
		EXPECT_EQ(run, unit_read32(unit, REG_GSTS) & irtps, irtps);
	}
}

static void write_buffer_status(struct test_run *run)
{
	for (unsigned int round = 0; round < 3; round++) {
		REQUIRE_OK(run, unit_flush_write_buffer(run->unit));
		EXPECT_EQ(run, reg_get(unit_read32(run->unit, REG_GSTS), GSTS_WBFS), 0);
	}
}

static struct scene best_scene(const struct unit *unit)
{
	bool scalable = caps_has(&unit->caps, CAPABILITY_SMTS) &&
			scene_has_stage(STAGE_OF_UNIT, &unit->caps);

	return (struct scene){ .mode = scalable ? SCENE_SCALABLE : SCENE_LEGACY };
}

static bool open_scene(struct test_run *run)
{
	struct scene scene = best_scene(run->unit);

	return scene_test_open(run, &scene, &plain_write);
}

/* Where a write to the window goes now, and how many faults it leaves. */
static void expect_write(struct test_run *run, enum landing wanted, unsigned int faults,
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

static enum ttm stage_ttm(const struct stage *stage)
{
	return stage->root.scalable ? TTM_SCALABLE : TTM_LEGACY;
}

/*
 * Another root table lies ready in RTADDR: nothing is present in it, so the first request that used
 * it would be blocked.
 */
static void inert_until_latched(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct root_table empty;
	uint64_t value;

	if (!open_scene(run))
		return;
	REQUIRE_OK(run,
		   root_table_create(&empty, run->stage.root.scalable, run->stage.root.snooped));
	value = phys_of(empty.entries).value | reg_put(RTADDR_TTM, stage_ttm(&run->stage));
	unit_write64(unit, REG_RTADDR, value);
	EXPECT_EQ(run, unit_read64(unit, REG_RTADDR), value);
	if (invalidate_all(unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(unit));
	expect_write(run, DMA_LANDED, 0, "written, not latched");
	if (translation_load_root(unit, &empty) != STATUS_OK)
		test_fail(run, "cannot latch: %s", unit_failure(unit));
	expect_write(run, DMA_NOWHERE, 1, "latched");
	if (translation_load_root(unit, &run->stage.root) != STATUS_OK)
		test_fail(run, "cannot latch: %s", unit_failure(unit));
	expect_write(run, DMA_LANDED, 0, "latched back");
	root_table_destroy(&empty);
}

/* Each pointer has a command of its own: SIRTP, with another root in RTADDR, latches the interrupt table alone. */
static void root_beside_table(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct root_table empty;

	if (!open_scene(run))
		return;
	REQUIRE_OK(run,
		   root_table_create(&empty, run->stage.root.scalable, run->stage.root.snooped));
	unit_write64(unit, REG_RTADDR,
		     phys_of(empty.entries).value | reg_put(RTADDR_TTM, stage_ttm(&run->stage)));
	if (latch_interrupt_table(unit) != STATUS_OK)
		test_fail(run, "cannot latch the interrupt table: %s", unit_failure(unit));
	if (invalidate_all(unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(unit));
	expect_write(run, DMA_LANDED, 0, "after SIRTP");
	if (translation_load_root(unit, &run->stage.root) != STATUS_OK)
		test_fail(run, "cannot latch: %s", unit_failure(unit));
	root_table_destroy(&empty);
}

/*
 * The other table mode in RTADDR changes nothing either. Without CAP.ESRTPS software must leave TTM
 * alone while TES is 1 ("Set Root Table Pointer Operation").
 */
static void mode_inert_until_latched(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint64_t root;

	if (!open_scene(run))
		return;
	root = phys_of(run->stage.root.entries).value;
	unit_write64(unit, REG_RTADDR, root | reg_put(RTADDR_TTM, TTM_LEGACY));
	expect_write(run, DMA_LANDED, 0, "legacy mode written, not latched");
	unit_write64(unit, REG_RTADDR, root | reg_put(RTADDR_TTM, TTM_SCALABLE));
	expect_write(run, DMA_LANDED, 0, "scalable mode written back");
}

/* GCMD repeated with the level bits as they are: neither TE goes off nor is RTADDR latched. */
static void repeated_command(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t gsts;

	if (!open_scene(run))
		return;
	gsts = unit_read32(unit, REG_GSTS);
	unit_write64(unit, REG_RTADDR, reg_put(RTADDR_TTM, stage_ttm(&run->stage)));
	REQUIRE_OK(run, unit_set_translation(unit, true));
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), gsts);
	if (invalidate_all(unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(unit));
	expect_write(run, DMA_LANDED, 0, "after the command was repeated");
}

/*
 * The same entries at another address, latched while translation is on, with DMA behind every register
 * write of it; the old ones are scrubbed.
 */
static void root_moves(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct root_table copy;
	static struct root_entry saved[256];

	if (!open_scene(run))
		return;
	REQUIRE_OK(run, root_table_create(&copy, stage->root.scalable, stage->root.snooped));
	memcpy(saved, stage->root.entries, sizeof(saved));
	for (unsigned int bus = 0; bus < 256; bus++)
		entry_store(copy.entries[bus].q, saved[bus].q, 2, copy.snooped);
	watch_begin(run);
	if (translation_load_root(run->unit, &copy) != STATUS_OK)
		test_fail(run, "cannot latch: %s", unit_failure(run->unit));
	watch_end(run);
	for (unsigned int bus = 0; bus < 256; bus++)
		entry_store(stage->root.entries[bus].q, (uint64_t[2]){ 0 }, 2, stage->root.snooped);
	if (invalidate_all(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	expect_write(run, DMA_LANDED, 0, "with the root table moved");
	EXPECT(run, unit_translation_is_on(run->unit));
	for (unsigned int bus = 0; bus < 256; bus++)
		entry_store(stage->root.entries[bus].q, saved[bus].q, 2, stage->root.snooped);
	if (translation_load_root(run->unit, &stage->root) != STATUS_OK)
		test_fail(run, "cannot latch: %s", unit_failure(run->unit));
	memset(copy.entries, 0, sizeof(saved)); /* its context tables belong to the other root */
	root_table_destroy(&copy);
}

static bool is_memory_protected(struct test_run *run)
{
	if (caps_missing(&run->unit->caps, NEED(PLMR)) == 0 ||
	    caps_missing(&run->unit->caps, NEED(PHMR)) == 0)
		if (reg_get(unit_read32(run->unit, REG_PMEN), PMEN_PRS)) {
			test_skip(run, "protected memory is on (PMEN.PRS)");
			return true;
		}
	return false;
}

/* Off, DMA goes where it says; on again, after the root is latched again, where the tables say. */
static void translation_cycle(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (is_memory_protected(run) || !open_scene(run))
		return;
	for (unsigned int round = 0; round < 2; round++) {
		REQUIRE_OK(run, unit_set_translation(unit, false));
		expect_write(run, DMA_UNTRANSLATED, 0, "TE off");
		REQUIRE_OK(run, translation_start(unit, &run->stage.root));
		expect_write(run, DMA_LANDED, 0, "TE on again");
	}
}

/* With TE off nobody reads what RTADDR points to. */
static void garbage_root(struct test_run *run)
{
	static uint8_t garbage[PAGE_BYTES] __attribute__((aligned(4096)));
	struct scene scene = best_scene(run->unit);
	struct unit *unit = run->unit;

	if (is_memory_protected(run) || !scene_test_is_possible(run, &scene))
		return;
	memset(garbage, 0xff, sizeof(garbage));
	if (!stage_build(&run->stage, &scene, unit, run->agent)) {
		test_fail(run, "cannot set the scene: %s", unit_failure(unit));
		return;
	}
	for (unsigned int mode = 0; mode < 2; mode++) {
		if (mode && !caps_has(&unit->caps, CAPABILITY_SMTS))
			break;
		REQUIRE_OK(run, unit_latch_root(unit, phys_of(garbage),
						mode ? TTM_SCALABLE : TTM_LEGACY));
		run->agent->set_bus_master(run->agent, true);
		REQUIRE(run, dma_arm(&run->stage));
		expect_write(run, DMA_UNTRANSLATED, 0, mode ? "scalable" : "legacy");
		run->agent->set_bus_master(run->agent, false);
	}
}

/*
 * What an earlier boot stage may leave: translation, queue and interrupt remapping on, and nobody
 * who knows the ring. The unit comes to rest all the same.
 */
static void take_over(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t levels =
		(uint32_t)(FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES) | FIELD_MASK(GSTS_IRES));
	struct descriptor last = descriptor_iotlb(
		unit, (struct iotlb_invalidation){ .granularity = GRANULARITY_GLOBAL });
	struct queue left;

	if (!queue_test_open(run, TTM_LEGACY, false, 1))
		return;
	REQUIRE_OK(run, unit_set_translation(unit, true));
	if (caps_has(&unit->caps, CAPABILITY_IR))
		REQUIRE_OK(run, latch_and_remap(unit, true));
	queue_submit(unit, &last, 1); /* not a wait, after which the queue might go off at once */
	if (!queue_test_drained(run))
		return;
	left = unit->queue;
	unit->queue.on = false;
	if (translation_rest(unit) == STATUS_OK)
		page_free_contiguous(left.ring, 2);
	else
		test_fail(run, "no rest: %s", unit_failure(unit));
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS) & levels, 0);
	if (!run->has_failed && queue_test_open(run, TTM_LEGACY, false, 0))
		EXPECT_EQ(run, unit_read64(unit, REG_IQH), 16);
}

/*
 * A bit of a capability that is absent changes nothing when it is written, and nothing else lapses. It is
 * written past the driver, which would wait for it.
 */
static void write_absent(struct test_run *run, uint32_t bits)
{
	struct unit *unit = run->unit;
	uint32_t before = unit_read32(unit, REG_GSTS);
	uint32_t levels = (uint32_t)(FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES));

	unit_write32(unit, REG_GCMD, (before & levels) | bits);
	time_delay_us(1000);
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), before);
	unit_write32(unit, REG_GCMD, before & levels);
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), before);
}

/* With translation on, and a DMA after it. */
static void absent_remapping(struct test_run *run)
{
	if (!open_scene(run))
		return;
	write_absent(run, (uint32_t)FIELD_MASK(GCMD_IRE));
	write_absent(run, (uint32_t)FIELD_MASK(GCMD_CFI));
	expect_write(run, DMA_LANDED, 0, "after commands that the unit does not have");
}

static void absent_queue(struct test_run *run)
{
	if (!open_scene(run))
		return;
	write_absent(run, (uint32_t)FIELD_MASK(GCMD_QIE));
	expect_write(run, DMA_LANDED, 0, "after a command that the unit does not have");
}

/* Some units that need no flush do one all the same: in the end WBFS is clear. */
static void absent_flush(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t wbfs = (uint32_t)FIELD_MASK(GSTS_WBFS);
	uint32_t levels = (uint32_t)(FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES));
	uint32_t before;

	if (!open_scene(run))
		return;
	before = unit_read32(unit, REG_GSTS);
	unit_write32(unit, REG_GCMD, (before & levels) | (uint32_t)FIELD_MASK(GCMD_WBF));
	if (unit_wait32(unit, "GSTS", REG_GSTS, wbfs, 0) != STATUS_OK)
		test_fail(run, "WBFS stays set");
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), before);
	expect_write(run, DMA_LANDED, 0, "after the command");
}

#define COMMAND_TEST(name, what, bits, function)                                \
	{                                                                       \
		.id = "gcmd." name, .title = (what), .spec = GCMD_SPEC,         \
		.flags = TEST_WITHOUT_AGENT, .needs = (bits), .run = (function) \
	}
#define ROOT_TEST(name, what, title_in_spec, bits, ...)                                        \
	{                                                                                      \
		.id = "gcmd." name, .title = (what), .spec = (title_in_spec), .needs = (bits), \
		.run = __VA_ARGS__                                                             \
	}

static const struct test tests[] = {
	COMMAND_TEST("te", "TES follows TE, and nothing else does", 0, translation_level),
	COMMAND_TEST("qie", "QIES follows QIE, and nothing else does", NEED(QI), queue_level),
	COMMAND_TEST("ire", "IRES follows IRE, and nothing else does", NEED(IR), interrupt_level),
	{ .id = "gcmd.cfi",
	  .title = "CFIS follows CFI, and nothing else does",
	  .spec = GCMD_SPEC,
	  .flags = TEST_WITHOUT_AGENT,
	  .needs = NEED(IR),
	  .needs_absent = NEED(EIMER),
	  .run = compatibility_level },
	COMMAND_TEST("srtp", "RTPS is set when the root is latched, and stays", 0, root_status),
	COMMAND_TEST("sirtp", "IRTPS is set when the interrupt table is latched, and stays",
		     NEED(IR), interrupt_table_status),
	COMMAND_TEST("wbf", "WBFS falls when the write buffer is flushed", NEED(RWBF),
		     write_buffer_status),
	{ .id = "gcmd.wbf-absent",
	  .title = "WBF changes nothing where CAP.RWBF is clear",
	  .spec = GCMD_SPEC,
	  .needs_absent = NEED(RWBF),
	  .run = absent_flush },
	{ .id = "gcmd.ire-absent",
	  .title = "QEMU 175f3a5986: IRE and CFI change nothing where ECAP.IR is clear",
	  .spec = GCMD_SPEC,
	  .needs_absent = NEED(IR),
	  .run = absent_remapping },
	{ .id = "gcmd.qie-absent",
	  .title = "QIE changes nothing where ECAP.QI is clear",
	  .spec = GCMD_SPEC,
	  .needs_absent = NEED(QI),
	  .run = absent_queue },
	COMMAND_TEST("take-over", "Xen 04181c6fb5: whatever was left on can be turned off",
		     NEED(QI), take_over),
	ROOT_TEST("rtaddr-inert", "RTADDR takes effect when it is latched, not before", ROOT_SPEC,
		  0, inert_until_latched),
	ROOT_TEST("sirtp-apart", "SIRTP does not latch the root table",
		  "Set Interrupt Remapping Table Pointer Operation", NEED(IR), root_beside_table),
	ROOT_TEST("ttm-inert", "the table mode takes effect when it is latched, not before",
		  ROOT_SPEC, NEED(SMTS) | NEED(ESRTPS), mode_inert_until_latched),
	ROOT_TEST("repeated", "a command that repeats all levels changes nothing", GCMD_SPEC, 0,
		  repeated_command),
	ROOT_TEST("root-moves", "an equal root table is latched while translation is on", ROOT_SPEC,
		  0, root_moves),
	ROOT_TEST("te-cycle", "TE off lets DMA through untranslated, on translates again",
		  GCMD_SPEC, 0, translation_cycle, .agent_features = AGENT_ALONE),
	ROOT_TEST("te-off", "QEMU 2a078b1080: with TE off a root table of garbage is not read",
		  GCMD_SPEC, 0, garbage_root, .agent_features = AGENT_ALONE),
};

const struct suite suite_global_command = SUITE("gcmd", tests);
