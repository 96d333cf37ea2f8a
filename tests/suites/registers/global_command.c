/* SPDX-License-Identifier: MIT */
/*
 * The Global Command Register: each bit on and off as GSTS shows it.
 *
 * GCMD is write-only, and each write states all levels anew, so the levels must come from GSTS,
 * never from GCMD, whose reads mean nothing (ACRN e95b316dd began with one), and without the
 * one-shot bits (edk2-platforms 07842635c8 and ACRN df3390f40 gave them again with each command).
 * The one-shot bits answer in two senses: RTPS and IRTPS are set when the work is done and stay,
 * WBFS is set while it lasts. And whatever an earlier stage left on must come off: firmware of one
 * server generation left queue and interrupt remapping on, and Xen could not start (04181c6fb5).
 */
#include "arch/page.h"
#include "arch/time.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/queue_test.h"
#include "tests/suites/registers/command.h"
#include "tests/suites/suites.h"

#define GCMD_SPEC "Global Command Register"

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

static enum status latch_and_remap(struct unit *unit, bool on)
{
	enum status status = on ? command_latch_interrupt_table(unit) : STATUS_OK;

	return status == STATUS_OK ? unit_set_interrupt_remapping(unit, on) : status;
}

static void interrupt_level(struct test_run *run)
{
	REQUIRE_OK(run, command_latch_interrupt_table(run->unit));
	check_level(run, FIELD_MASK(GSTS_IRES), latch_and_remap);
}

static void compatibility_level(struct test_run *run)
{
	REQUIRE_OK(run, command_latch_interrupt_table(run->unit));
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
		REQUIRE_OK(run, command_latch_interrupt_table(unit));
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
	if (!command_open_scene(run))
		return;
	write_absent(run, (uint32_t)FIELD_MASK(GCMD_IRE));
	write_absent(run, (uint32_t)FIELD_MASK(GCMD_CFI));
	command_expect_write(run, DMA_LANDED, 0, "after commands that the unit does not have");
}

static void absent_queue(struct test_run *run)
{
	if (!command_open_scene(run))
		return;
	write_absent(run, (uint32_t)FIELD_MASK(GCMD_QIE));
	command_expect_write(run, DMA_LANDED, 0, "after a command that the unit does not have");
}

/* Some units that need no flush do one all the same: in the end WBFS is clear. */
static void absent_flush(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t wbfs = (uint32_t)FIELD_MASK(GSTS_WBFS);
	uint32_t levels = (uint32_t)(FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES));
	uint32_t before;

	if (!command_open_scene(run))
		return;
	before = unit_read32(unit, REG_GSTS);
	unit_write32(unit, REG_GCMD, (before & levels) | (uint32_t)FIELD_MASK(GCMD_WBF));
	if (unit_wait32(unit, "GSTS", REG_GSTS, wbfs, 0) != STATUS_OK)
		test_fail(run, "WBFS stays set");
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), before);
	command_expect_write(run, DMA_LANDED, 0, "after the command");
}

#define COMMAND_TEST(name, what, bits, function)                                \
	{                                                                       \
		.id = "gcmd." name, .title = (what), .spec = GCMD_SPEC,         \
		.flags = TEST_WITHOUT_AGENT, .needs = (bits), .run = (function) \
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
};

const struct suite suite_global_command = SUITE("gcmd", tests);
