/* SPDX-License-Identifier: MIT */
/*
 * Requests without PASID to FEEx_xxxxh are interrupts or nothing: never DMA, whatever is mapped.
 *
 * Software that maps this range gets no say: a dword written there is a message to a CPU, and a
 * unit that translated it would let a driver take interrupts away from the machine, or, the other
 * way round, send DMA that looks like one. (That an entry may not lead there either is asked with
 * the faults: QEMU fed51ee5e0, ea97a1bde7.) A read there brings nothing and must be reported;
 * under which reason is left open.
 */
#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/string.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define SPEC	     "Handling Requests to Interrupt Address Range"
#define INTERRUPT_US 10000u

static const struct dma to_range = { .place = DMA_INTERRUPT_RANGE };
static volatile unsigned int interrupts;

static void count_interrupt(void *argument)
{
	(void)argument;
	interrupts = interrupts + 1;
}

static bool map_to_gap(struct stage *stage, uint64_t page)
{
	phys_t gap = phys(stage_address_of(stage, stage->canary[CANARY_GAP]));

	return paging_map(&stage->table, iova(page), gap, 12, ACCESS_BOTH) == STATUS_OK &&
	       stage_adopt_table(stage, &stage->table) == STATUS_OK;
}

/*
 * The scene, with the pages that the tests reach mapped to the gap: a unit that translated would hit
 * it. A message goes to the page of this processor, a read to FEE0_0000h.
 */
static bool open_mapped(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t own = apic_msi_address() & ~UINT64_C(0xfff);
	uint64_t first;

	if (!scene_test_open(run, &run->scene, &to_range))
		return false;
	stage->is_sound = false;
	first = dma_address(stage, &to_range).value;
	if (map_to_gap(stage, own) && (first == own || map_to_gap(stage, first)) &&
	    invalidate_all(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "cannot map the interrupt range: %s", unit_failure(run->unit));
	return false;
}

/* The agent writes one dword, which it has to fetch from memory first. */
static bool send_message(struct test_run *run, uint64_t address, uint32_t data)
{
	struct stage *stage = &run->stage;
	struct dma_address from = { .iova = stage->mailbox_iova };
	struct dma_address to = { .iova = iova(address) };

	memcpy(stage->mailbox, &data, sizeof(data));
	cpu_fence();
	return run->agent->load(run->agent, from, 0, sizeof(data)) &&
	       run->agent->store(run->agent, to, 0, sizeof(data));
}

/* Interrupt remapping is off: a unit that requires it (ECAP.IRREQ) blocks the message and says so. */
static void expect_message(struct test_run *run)
{
	bool is_blocked = caps_has(&run->unit->caps, CAPABILITY_IRREQ);
	struct fault_log log;

	fault_collect(run->unit, &log);
	EXPECT_EQ(run, interrupts, !is_blocked);
	EXPECT_EQ(run, log.count, is_blocked);
	if (is_blocked && log.count) {
		EXPECT_EQ(run, log.faults[0].reason, FR_IR_2B);
		EXPECT_EQ(run, log.faults[0].sid, run->agent->sid);
	}
}

static void run_write(struct test_run *run)
{
	uint8_t vector;

	if (!open_mapped(run))
		return;
	vector = trap_vector_alloc();
	trap_set_interrupt_handler(vector, count_interrupt, NULL);
	interrupts = 0;
	dma_reset_canaries(&run->stage);
	EXPECT(run, send_message(run, apic_msi_address(), apic_msi_data(vector)));
	time_delay_us(INTERRUPT_US);
	expect_message(run);
	EXPECT(run, dma_canaries_are_untouched(&run->stage));
}

/*
 * No code is certain for the report, only that there is one. Where the data came from is told apart
 * from that: a unit known not to report must still not read the page behind the mapping.
 */
static void run_read(struct test_run *run)
{
	struct dma dma = { .is_read = true, .place = DMA_INTERRUPT_RANGE };
	enum landing landing;
	struct fault_log log;

	if (!open_mapped(run))
		return;
	EXPECT(run, dma_read(&run->stage, &dma));
	fault_collect(run->unit, &log);
	EXPECT_EQ(run, log.count, 1);
	landing = dma_read_result(&run->stage, &dma);
	if (landing != DMA_NOWHERE)
		test_fail(run, "data %s for blocked", landing_name(landing));
}

#define IN_BOTH_MODES(name, text, function)                                                   \
	{ .id = "isolation.legacy-" name,                                                     \
	  .title = text,                                                                      \
	  .spec = SPEC,                                                                       \
	  .scene.mode = SCENE_LEGACY,                                                         \
	  .flags = TEST_SHARES_STAGE,                                                         \
	  .run = function },                                                                  \
	{                                                                                     \
		.id = "isolation.sm-" name, .title = text, .spec = SPEC, .needs = NEED(SMTS), \
		.scene.mode = SCENE_SCALABLE, .scene.stage = EACH_STAGE,                      \
		.flags = TEST_SHARES_STAGE, .run = function                                   \
	}

static const struct test tests[] = {
	IN_BOTH_MODES("interrupt-write", "a dword written to the interrupt range is an interrupt",
		      run_write),
	IN_BOTH_MODES("interrupt-read",
		      "a read of the interrupt range brings nothing and is reported", run_read),
};

const struct suite suite_interrupt_range = SUITE("isolation", tests);
