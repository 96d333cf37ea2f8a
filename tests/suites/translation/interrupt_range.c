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

/* The scene, with the page of FEE0_0000h mapped to the gap: a unit that translated would hit it. */
static bool open_mapped(struct test_run *run)
{
	struct stage *stage = &run->stage;
	iova_t page = iova(apic_msi_address() & ~UINT64_C(0xfff));

	if (!scene_test_open(run, &run->test->scene, &to_range))
		return false;
	stage->is_sound = false;
	if (second_stage_map(&stage->table, page, phys_of(stage->canary[CANARY_GAP]), 12,
			     ACCESS_BOTH) == STATUS_OK &&
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

static void run_write(struct test_run *run)
{
	uint8_t vector;
	struct fault_log log;

	if (!open_mapped(run))
		return;
	vector = trap_vector_alloc();
	trap_set_interrupt_handler(vector, count_interrupt, NULL);
	interrupts = 0;
	dma_reset_canaries(&run->stage);
	EXPECT(run, send_message(run, apic_msi_address(), apic_msi_data(vector)));
	time_delay_us(INTERRUPT_US);
	EXPECT_EQ(run, interrupts, 1);
	fault_collect(run->unit, &log);
	EXPECT_EQ(run, log.count, 0);
	EXPECT(run, dma_canaries_are_untouched(&run->stage));
}

/* No code is certain for the report, only that there is one. */
static void run_read(struct test_run *run)
{
	struct dma dma = { .is_read = true, .place = DMA_INTERRUPT_RANGE };
	struct fault_log log;

	if (!open_mapped(run))
		return;
	EXPECT(run, dma_read(&run->stage, &dma));
	fault_collect(run->unit, &log);
	EXPECT_EQ(run, log.count, 1);
	EXPECT_EQ(run, dma_read_result(&run->stage, &dma), DMA_NOWHERE);
}

#define IN_BOTH_MODES(name, text, function)                                     \
	{ .id = "isolation.legacy-" name,                                       \
	  .title = text,                                                        \
	  .spec = SPEC,                                                         \
	  .scene.mode = SCENE_LEGACY,                                           \
	  .flags = TEST_SHARES_STAGE,                                           \
	  .run = function },                                                    \
	{                                                                       \
		.id = "isolation.sm-" name, .title = text, .spec = SPEC,        \
		.needs = NEED(SMTS) | NEED(SSTS), .scene.mode = SCENE_SCALABLE, \
		.flags = TEST_SHARES_STAGE, .run = function                     \
	}

static const struct test tests[] = {
	IN_BOTH_MODES("interrupt-write", "a dword written to the interrupt range is an interrupt",
		      run_write),
	IN_BOTH_MODES("interrupt-read",
		      "a read of the interrupt range brings nothing and is reported", run_read),
};

const struct suite suite_interrupt_range = SUITE("isolation", tests);
