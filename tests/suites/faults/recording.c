/* SPDX-License-Identifier: MIT */
/*
 * The fault records themselves: what stands in them, when they fill, how they are freed.
 *
 * There are CAP.NFR + 1 of them, at CAP.FRO, used in a circle: a driver that frees one only, or
 * takes PPF for a bit to clear, waits for a fault that can no longer be recorded (Xen 80589800ae);
 * one that looks at a fixed place finds nothing (Xen 08826a044e, Jailhouse 6e9a366e, Asterinas
 * 3e47a6fda). PPF is the OR of all F bits and FRI the first of them when PPF rose. A unit may merge
 * further faults of a source whose record is pending: so one more is neither required nor forbidden,
 * only the record must not change. Fields of capabilities the unit lacks are 0.
 */
#include "tests/suites/faults/recording.h"
#include "arch/cpu.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/agents.h"
#include "tests/engine/platform.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

static const struct dma plain_write;
static const struct dma plain_read = { .is_read = true };
static const struct dma within_page = { .offset = 0xa40 };

/* A scene in which every DMA of the agent faults: its context entry is gone. */
bool recording_open(struct test_run *run)
{
	static const struct poke gone = { .at = AT_CONTEXT, .field = FIELD(CONTEXT_P) };

	if (!scene_test_open(run, &run->scene, &plain_write))
		return false;
	run->stage.is_sound = false;
	stage_poke(&run->stage, &gone);
	if (invalidate_all(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

static uint32_t record_offset(const struct unit *unit, unsigned int index)
{
	return caps_fault_record_offset_bytes(&unit->caps) + index * FRCD_BYTES;
}

static void read_record(struct unit *unit, unsigned int index, uint64_t record[2])
{
	record[1] = unit_read64(unit, record_offset(unit, index) + 8);
	record[0] = unit_read64(unit, record_offset(unit, index));
}

void recording_free(struct unit *unit, unsigned int index)
{
	unit_write64(unit, record_offset(unit, index) + 8, FIELD_MASK(FRCD_F));
}

static unsigned int first_record(struct unit *unit)
{
	return (unsigned int)reg_get(unit_read32(unit, REG_FSTS), FSTS_FRI);
}

static bool is_pending(struct unit *unit)
{
	return reg_get(unit_read32(unit, REG_FSTS), FSTS_PPF);
}

/* The reserved bits of a record are 0; so are the fields of absent capabilities. */
static void run_reserved(struct test_run *run)
{
	const struct caps *caps = &run->unit->caps;
	uint64_t record[2];

	if (!recording_open(run))
		return;
	dma_write(&run->stage, &within_page);
	REQUIRE(run, is_pending(run->unit));
	read_record(run->unit, first_record(run->unit), record);
	EXPECT_EQ(run, field_get(record, 11, 0), 0);
	EXPECT_EQ(run, field_get(record, 91, 80), 0);
	if (!caps_has(caps, CAPABILITY_DT))
		EXPECT_EQ(run, field_get(record, FRCD_AT), 0);
	if (caps_has(caps, CAPABILITY_PASID))
		return;
	EXPECT_EQ(run, field_get(record, FRCD_PP), 0);
	EXPECT_EQ(run, field_get(record, FRCD_PV), 0);
	EXPECT_EQ(run, field_get(record, FRCD_EXE), 0);
	EXPECT_EQ(run, field_get(record, FRCD_PRIV), 0);
}

/* PPF is the OR of all F, and FRI names the record. */
static void run_pending_bit(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint64_t record[2];
	unsigned int index;

	if (!recording_open(run))
		return;
	EXPECT(run, !is_pending(unit));
	dma_write(&run->stage, &plain_write);
	REQUIRE(run, is_pending(unit));
	index = first_record(unit);
	REQUIRE(run, index < caps_fault_record_count(&unit->caps));
	read_record(unit, index, record);
	EXPECT_EQ(run, field_get(record, FRCD_F), 1);
	unit_write32(unit, REG_FSTS, (uint32_t)FIELD_MASK(FSTS_PPF));
	EXPECT(run, is_pending(unit)); /* PPF itself cannot be cleared */
	recording_free(unit, index);
	EXPECT(run, !is_pending(unit));
}

/* A freed record serves again, with nothing left of the fault before. */
static void run_again(struct test_run *run)
{
	struct fault_log log;

	if (!recording_open(run))
		return;
	for (unsigned int i = 0; i < 2 * caps_fault_record_count(&run->unit->caps) + 1; i++) {
		bool is_read = i % 2;

		if (is_read)
			dma_read(&run->stage, &plain_read);
		else
			dma_write(&run->stage, &plain_write);
		fault_collect(run->unit, &log);
		EXPECT_EQ(run, log.count, 1);
		EXPECT_EQ(run, log.faults[0].type, is_read ? FAULT_READ : FAULT_WRITE);
		EXPECT(run, !log.overflow);
		if (run->has_failed)
			return;
	}
}

/*
 * While a record is pending, another fault of the same source does not disturb it. Whether that one gets
 * a record of its own is the unit's choice: it may merge them, so only the first record is looked at.
 */
static void run_while_pending(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint64_t before[2], after[2];
	unsigned int index;

	if (!recording_open(run))
		return;
	dma_write(&run->stage, &plain_write);
	REQUIRE(run, is_pending(unit));
	index = first_record(unit);
	read_record(unit, index, before);
	dma_read(&run->stage, &plain_read);
	read_record(unit, index, after);
	EXPECT_EQ(run, first_record(unit), index);
	EXPECT(run, before[0] == after[0] && before[1] == after[1]);
}

/*
 * A unit may merge faults of one source only, so faults of two of them show what it has: a second
 * record, or overflow where there is only one. The first record stays, and after clearing both, faults
 * are recorded again.
 */
static void expect_two_sources(struct test_run *run, struct agent *other)
{
	struct unit *unit = run->unit;
	struct dma_address window;
	struct fault_log log;
	bool has_one = caps_fault_record_count(&unit->caps) == 1;

	if (!recording_open(run))
		return;
	window = (struct dma_address){ .iova = run->stage.window };
	dma_lend_mailbox(&run->stage, other);
	other->set_bus_master(other, true);
	dma_write(&run->stage, &plain_write);
	EXPECT(run, other->store(other, window, 0, 4));
	fault_collect(unit, &log);
	EXPECT_EQ(run, log.count, has_one ? 1 : 2);
	EXPECT_EQ(run, log.overflow, has_one);
	EXPECT_EQ(run, log.faults[0].sid, run->agent->sid);
	EXPECT(run, other->store(other, window, 0, 4));
	other->set_bus_master(other, false);
	fault_collect(unit, &log);
	EXPECT_EQ(run, log.count, 1);
	EXPECT_EQ(run, log.faults[0].sid, other->sid);
}

static void run_two_sources(struct test_run *run)
{
	struct agent *other = agents_beside(run->agent);

	if (other)
		expect_two_sources(run, other);
	else
		test_skip(run, "only one agent behind unit %u", run->unit->index);
}

/* The bus is part of a source: one devfn on two buses is two of them. */
static void run_two_buses(struct test_run *run)
{
	struct agent *twin = scene_test_find_twin(run);

	if (twin)
		expect_two_sources(run, twin);
	else
		test_skip(run, "no two agents with one devfn on two buses");
}

/* Two records are pending: PPF falls with the last of them, whichever is freed first and wherever it is. */
static void run_two_pending(struct test_run *run)
{
	struct unit *unit = run->unit;
	struct agent *other = agents_beside(run->agent);
	struct dma_address window;
	const unsigned int records = caps_fault_record_count(&unit->caps);
	unsigned int first, second;

	if (!other || records < 2) {
		test_skip(run, "unit %u has no two records, or no two agents", unit->index);
		return;
	}
	if (!recording_open(run))
		return;
	window = (struct dma_address){ .iova = run->stage.window };
	dma_lend_mailbox(&run->stage, other);
	other->set_bus_master(other, true);
	for (unsigned int turn = 0; turn < 2 * records && !run->has_failed; turn++) {
		dma_write(&run->stage, &plain_write);
		REQUIRE(run, is_pending(unit));
		first = first_record(unit);
		second = (first + 1) % records;
		EXPECT(run, other->store(other, window, 0, 4));
		recording_free(unit, turn < records ? second : first);
		EXPECT(run, is_pending(unit));
		recording_free(unit, turn < records ? first : second);
		EXPECT(run, !is_pending(unit));
	}
	other->set_bus_master(other, false);
}

/* With and without PASID, by rounds through all records: nothing of the fault before is left in one. */
static void run_pasid_in_turn(struct test_run *run)
{
	static const struct dma requests[2] = {
		{ .place = DMA_UNMAPPED },
		{ .place = DMA_UNMAPPED, .without_pasid = true },
	};
	const unsigned int records = caps_fault_record_count(&run->unit->caps);
	struct fault_log log;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	for (unsigned int i = 0; i < 3 * records && !run->has_failed; i++) {
		const struct dma *request = &requests[i / records % 2];

		dma_write(&run->stage, request);
		fault_collect(run->unit, &log);
		EXPECT_EQ(run, log.count, 1);
		EXPECT_EQ(run, log.faults[0].has_pasid, !request->without_pasid);
		if (log.faults[0].has_pasid)
			EXPECT_EQ(run, log.faults[0].pasid, run->scene.pasid);
	}
}

/* ---- one record in pieces ---- */

/* F is the highest bit of the highest dword: what is written elsewhere frees nothing. */
static void run_halves(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint64_t record[2];
	uint32_t offset;

	if (!recording_open(run))
		return;
	dma_write(&run->stage, &plain_write);
	REQUIRE(run, is_pending(unit));
	offset = record_offset(unit, first_record(unit));
	read_record(unit, first_record(unit), record);
	for (unsigned int dword = 0; dword < 4; dword++)
		EXPECT_EQ(run, unit_read32(unit, offset + dword * 4),
			  (uint32_t)(record[dword / 2] >> dword % 2 * 32));
	for (unsigned int dword = 0; dword < 3; dword++)
		unit_write32(unit, offset + dword * 4, UINT32_MAX);
	unit_write32(unit, offset + 12, INT32_MAX);
	unit_write64(unit, offset, UINT64_MAX);
	unit_write64(unit, offset + 8, INT64_MAX);
	EXPECT(run, is_pending(unit));
	EXPECT_EQ(run, unit_read64(unit, offset + 8), record[1]);
	unit_write32(unit, offset + 12, (uint32_t)(FIELD_MASK(FRCD_F) >> 32));
	EXPECT(run, !is_pending(unit));
	EXPECT_EQ(run, unit_read64(unit, offset), record[0]);
}

/* ---- the index ---- */

/* Records are used one after the other, however soon they are freed; FRI names the one in use. */
static void run_index(struct test_run *run)
{
	struct unit *unit = run->unit;
	unsigned int records = caps_fault_record_count(&unit->caps);
	unsigned int first;

	if (!recording_open(run))
		return;
	dma_write(&run->stage, &plain_write);
	REQUIRE(run, is_pending(unit));
	first = first_record(unit);
	for (unsigned int i = 1; i <= records + 1; i++) {
		recording_free(unit, first_record(unit));
		EXPECT(run, !is_pending(unit));
		dma_write(&run->stage, &plain_write);
		REQUIRE(run, is_pending(unit));
		EXPECT_EQ(run, first_record(unit), (first + i) % records);
	}
}

/* With translation and interrupt remapping off, the index begins again. */
static void run_index_restarts(struct test_run *run)
{
	struct unit *unit = run->unit;

	if (!recording_open(run))
		return;
	dma_write(&run->stage, &plain_write);
	REQUIRE(run, is_pending(unit));
	fault_clear(unit);
	REQUIRE_OK(run, unit_set_translation(unit, false));
	REQUIRE_OK(run, translation_start(unit, &run->stage.root));
	dma_write(&run->stage, &plain_write);
	REQUIRE(run, is_pending(unit));
	EXPECT_EQ(run, first_record(unit), 0);
}

/* A command while translation is on does not begin it again. */
static void run_index_goes_on(struct test_run *run)
{
	struct unit *unit = run->unit;
	unsigned int records = caps_fault_record_count(&unit->caps);
	unsigned int first;

	if (records < 2) {
		test_skip(run, "unit %u has one fault record", unit->index);
		return;
	}
	if (!recording_open(run))
		return;
	dma_write(&run->stage, &plain_write);
	REQUIRE(run, is_pending(unit));
	first = first_record(unit);
	fault_clear(unit);
	REQUIRE_OK(run, translation_load_root(unit, &run->stage.root));
	dma_write(&run->stage, &plain_write);
	REQUIRE(run, is_pending(unit));
	EXPECT_EQ(run, first_record(unit), (first + 1) % records);
}

/* ---- a transfer across the end of a page ---- */

/*
 * One page of two may not be written to: FI names that one, and the part of the transfer for the other
 * one is nobody's fault. `arg` is the page.
 */
static void run_crossing(struct test_run *run)
{
	const struct dma *crossing = &run->test->dma;
	const unsigned int page = run->test->arg;
	struct stage *stage = &run->stage;
	struct fault_log log;
	uint64_t *leaf, value;
	iova_t at;

	if (!scene_test_open(run, &run->scene, crossing))
		return;
	stage->is_sound = false;
	at = iova(stage->window.value + page * PAGE_BYTES);
	leaf = paging_entry(&stage->table, at, 1);
	value = *leaf;
	entry_store_word(leaf, value & ~FIELD_MASK(SS_W), stage->table.snooped);
	REQUIRE_OK(run, invalidate_whole_iotlb(run->unit));
	dma_write(stage, crossing);
	fault_collect(run->unit, &log);
	entry_store_word(leaf, value, stage->table.snooped);
	EXPECT_EQ(run, log.count, 1);
	EXPECT_EQ(run, log.faults[0].address, at.value);
}

static const struct test tests[] = {
	{ .id = "fault.record-reserved",
	  .title = "reserved bits of a record, and fields of absent capabilities, are 0",
	  .spec = "Fault Recording Registers",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_reserved },
	{ .id = "fault.record-pending",
	  .title = "FSTS.PPF follows the F bits, FRI names the first record",
	  .spec = "Fault Status Register: PPF, FRI",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pending_bit },
	{ .id = "fault.record-again",
	  .title = "Xen 80589800ae: every freed record serves again, round all of them",
	  .spec = "Primary Fault Logging",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .agent_features = AGENT_BUFFER,
	  .run = run_again },
	{ .id = "fault.record-kept",
	  .title = "a pending record is not disturbed by another fault of its source",
	  .spec = "Primary Fault Logging",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .agent_features = AGENT_BUFFER,
	  .run = run_while_pending },
	{ .id = "fault.record-two-sources",
	  .title = "faults of two sources fill two records, or overflow the only one",
	  .spec = "Primary Fault Logging: PFO",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_two_sources },
	{ .id = "fault.record-two-buses",
	  .title = "so do faults of one devfn on two buses",
	  .spec = "Primary Fault Logging: PFO",
	  .scene.mode = SCENE_LEGACY,
	  .run = run_two_buses },
	{ .id = "fault.record-two-pending",
	  .title = "PPF falls with the last of two pending records",
	  .spec = "Fault Status Register: PPF",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_two_pending },
	{ .id = "fault.record-pasid-in-turn",
	  .title = "a record has PP clear for a request without PASID, whatever stood there before",
	  .spec = "Fault Recording Registers: PP",
	  .needs = NEED(SMTS) | NEED(PASID),
	  .agent_features = AGENT_PASID,
	  .scene = { .mode = SCENE_SCALABLE, .pasid = 5 },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pasid_in_turn },
	{ .id = "fault.record-halves",
	  .title = "a record reads the same in dwords; its highest bit frees it, the rest is read "
		   "only",
	  .spec = "Fault Recording Registers: F",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_halves },
	{ .id = "fault.record-index",
	  .title = "records are used in a circle, each freed before the next fault",
	  .spec = "Fault Status Register: FRI",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_index },
	{ .id = "fault.record-index-restarts",
	  .title = "with translation and interrupt remapping off the first record is next",
	  .spec = "Primary Fault Logging",
	  .scene.mode = SCENE_LEGACY,
	  .run = run_index_restarts },
	{ .id = "fault.record-index-goes-on",
	  .title = "a command while translation is on leaves the index of records as it is",
	  .spec = "Primary Fault Logging",
	  .scene.mode = SCENE_LEGACY,
	  .run = run_index_goes_on },
	{ .id = "fault.record-first-page",
	  .title = "of a transfer into a second page the first is named, where that one faults",
	  .spec = "Fault Recording Registers: FI",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .dma = { .offset = PAGE_BYTES - 8, .bytes = 16 },
	  .run = run_crossing,
	  .arg = 0 },
	{ .id = "fault.record-second-page",
	  .title = "and the second, where that one does",
	  .spec = "Fault Recording Registers: FI",
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .dma = { .offset = PAGE_BYTES - 8, .bytes = 16 },
	  .run = run_crossing,
	  .arg = 1 },
};

const struct suite suite_recording = SUITE("fault.record", tests);
