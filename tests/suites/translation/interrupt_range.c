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
#include "arch/processor.h"
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

/* ---- all of the range: each bit of the page's number, and the last page ---- */

static const uint8_t pages[] = { 0, 1, 2, 4, 8, 16, 32, 64, 128, 255 };

enum { PAGE_COUNT = sizeof(pages), LAST_PAGE = 255 };

static uint64_t page_at(unsigned int page)
{
	return apic_msi_address() >> 20 << 20 | (uint64_t)page << 12;
}

/* A page by which a message reaches another processor; by the last one it reaches all. */
static bool is_taken(unsigned int page)
{
	unsigned int id = 0;

	if (page != LAST_PAGE)
		return processor_is_other(page);
	while (id < LAST_PAGE && !processor_is_other(id))
		id++;
	return id < LAST_PAGE;
}

/* That page or, where a processor has it, the next one above with the same bits. */
static unsigned int free_page(unsigned int page)
{
	const unsigned int bits = page;

	while (page <= LAST_PAGE && ((page & bits) != bits || is_taken(page)))
		page++;
	return page;
}

static bool map_all(struct test_run *run)
{
	struct stage *stage = &run->stage;

	if (!scene_test_open(run, &run->scene, &(struct dma){ 0 }))
		return false;
	stage->is_sound = false;
	for (unsigned int page = 0; page <= LAST_PAGE; page++)
		if (!map_to_gap(stage, page_at(page))) {
			test_error(run, "no memory to map the interrupt range");
			return false;
		}
	if (invalidate_all(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

/*
 * Messages to processors that are not there; the last page is all of them, so only where this one is alone. None
 * of it is DMA, and none is an error.
 */
static void run_write_pages(struct test_run *run)
{
	uint8_t vector;

	if (!map_all(run))
		return;
	vector = trap_vector_alloc();
	trap_set_interrupt_handler(vector, count_interrupt, NULL);
	dma_reset_canaries(&run->stage);
	for (unsigned int i = 0; i < PAGE_COUNT; i++) {
		const unsigned int page = free_page(pages[i]);

		if (page > LAST_PAGE)
			continue;
		EXPECT(run, send_message(run, page_at(page), apic_msi_data(vector)));
		if (!dma_canaries_are_untouched(&run->stage))
			test_fail(run, "page %x is translated", page);
	}
	time_delay_us(INTERRUPT_US);
	fault_clear(run->unit);
}

static void run_read_pages(struct test_run *run)
{
	if (!map_all(run))
		return;
	for (unsigned int i = 0; i < PAGE_COUNT; i++) {
		struct dma dma = { .is_read = true,
				   .place = DMA_INTERRUPT_RANGE,
				   .offset = pages[i] * PAGE_BYTES };

		EXPECT(run, dma_read(&run->stage, &dma));
		if (dma_read_result(&run->stage, &dma) != DMA_NOWHERE)
			test_fail(run, "page %x brings data", pages[i]);
	}
	fault_clear(run->unit);
}

/* ---- what tables lead there ---- */

static const struct poke to_first_page = { AT_LEAF, FIELD(SS_ADDR), 0, VALUE_INTERRUPT_RANGE };

/* Fault LGN.4 or SGN.8 of the page's number, by all its bits. */
static void run_output_pages(struct test_run *run)
{
	const uint64_t single_bits = 1 | 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16 |
				     UINT64_C(1) << 32 | UINT64_C(1) << 63;
	uint64_t word;

	if (!scene_test_open(run, &run->scene, &(struct dma){ 0 }))
		return;
	word = stage_poke(&run->stage, &to_first_page);
	scene_test_each_value(run, AT_LEAF, (struct field){ 19, 12 }, single_bits,
			      &run->test->expect);
	scene_test_each_value(run, AT_LEAF, (struct field){ 19, 18 }, 15, &run->test->expect);
	stage_unpoke(&run->stage, &to_first_page, word);
	run->stage.is_sound = false;
}

/* The pages around the range are none of it: nothing is there, and no fault. `arg` is their number. */
static void run_output_beside(struct test_run *run)
{
	static const struct outcome no_fault = IS_BLOCKED;
	const struct poke poke[POKES_MAX] = {
		{ AT_LEAF, FIELD(SS_ADDR), run->test->arg, VALUE_PLAIN },
	};

	if (scene_test_open(run, &run->scene, &(struct dma){ 0 }))
		scene_test_try(run, poke, &(struct dma){ 0 }, &no_fault, NULL);
}

/*
 * A large leaf that has the range inside: its first and its last page fault, the page behind it and the
 * one before it do not.
 */
static void run_output_large(struct test_run *run)
{
	static const struct outcome no_fault = IS_BLOCKED;
	const uint64_t range = UINT64_C(0xfee00000);
	const uint64_t size = UINT64_C(1) << run->scene.page_shift;
	const struct poke poke[POKES_MAX] = {
		{ AT_LEAF, FIELD(SS_ADDR), (range & ~(size - 1)) / PAGE_BYTES, VALUE_PLAIN },
	};
	static const struct {
		uint32_t address;
		bool is_inside;
		const char *label;
	} places[] = {
		{ 0xfee00000, true, "the first page" },
		{ 0xfeeff000, true, "the last page" },
		{ 0xfef00000, false, "the page behind" },
	};

	if (!scene_test_open(run, &run->scene, &(struct dma){ 0 }))
		return;
	for (unsigned int i = 0; i < 3; i++) {
		struct dma dma = { .flip = (run->stage.window.value ^ places[i].address) &
					   (size - 1) & ~UINT64_C(0xfff) };

		scene_test_try(run, poke, &dma,
			       places[i].is_inside ? &run->test->expect : &no_fault,
			       places[i].label);
	}
}

#define IN_BOTH_MODES(name, text, function)                                                   \
	{ .id = "isolation.legacy-" name,                                                     \
	  .title = text,                                                                      \
	  .spec = SPEC,                                                                       \
	  .scene.mode = SCENE_LEGACY,                                                         \
	  .flags = TEST_SHARES_STAGE,                                                         \
	  .agent_features = AGENT_BUFFER,                                                     \
	  .run = function },                                                                  \
	{                                                                                     \
		.id = "isolation.sm-" name, .title = text, .spec = SPEC, .needs = NEED(SMTS), \
		.scene.mode = SCENE_SCALABLE, .scene.stage = EACH_STAGE,                      \
		.agent_features = AGENT_BUFFER, .flags = TEST_SHARES_STAGE, .run = function   \
	}

#define OUTPUT_IN(test_id, text, its_mode, its_stage, shift, flag, more, function, number, due) \
	{                                                                                       \
		.id = test_id, .title = text, .spec = SPEC, .needs = (more),                    \
		.scene = { .mode = (its_mode), .stage = (its_stage), .page_shift = (shift) },   \
		.flags = TEST_SHARES_STAGE | (flag), .expect = FAULTS(due), .run = function,    \
		.arg = (number)                                                                 \
	}
#define OUTPUT(name, text, shift, flag, more, function, number)                                    \
	OUTPUT_IN("fault.legacy-interrupt-output-" name, text, SCENE_LEGACY, STAGE_OF_UNIT, shift, \
		  flag, more, function, number, FR_LGN_4),                                         \
		OUTPUT_IN("fault.ss-interrupt-output-" name, text, SCENE_SCALABLE, STAGE_SECOND,   \
			  shift, flag, NEED(SMTS) | (more), function, number, FR_SGN_8)
#define OUTPUT_OF_FIRST_STAGE(name, text, shift, more)                                   \
	OUTPUT_IN("fs.interrupt-output-" name, text, SCENE_SCALABLE, STAGE_FIRST, shift, \
		  TEST_MISSING_MEMORY, NEED(SMTS) | (more), run_output_large, 0, FR_SGN_8)

static const struct test tests[] = {
	IN_BOTH_MODES("interrupt-write", "a dword written to the interrupt range is an interrupt",
		      run_write),
	IN_BOTH_MODES("interrupt-read",
		      "a read of the interrupt range brings nothing and is reported", run_read),
	IN_BOTH_MODES("interrupt-write-pages", "all pages of the range are interrupts",
		      run_write_pages),
	IN_BOTH_MODES("interrupt-read-pages", "no page of the range can be read", run_read_pages),
	OUTPUT("pages", "no page of the range may be an output address", 0, 0, 0, run_output_pages,
	       0),
	OUTPUT("before", "the page before the range may", 0, TEST_MISSING_MEMORY, 0,
	       run_output_beside, 0xfedff),
	OUTPUT("behind", "the page behind the range may", 0, TEST_MISSING_MEMORY, 0,
	       run_output_beside, 0xfef00),
	OUTPUT("2m", "a 2 MiB leaf with the range in it", 21, TEST_MISSING_MEMORY, NEED(SSLPS2M),
	       run_output_large, 0),
	OUTPUT("1g", "a 1 GiB leaf with the range in it", 30, TEST_MISSING_MEMORY, NEED(SSLPS1G),
	       run_output_large, 0),
	OUTPUT_OF_FIRST_STAGE("2m", "a 2 MiB leaf with the range in it", 21, 0),
	OUTPUT_OF_FIRST_STAGE("1g", "a 1 GiB leaf with the range in it", 30, NEED(FS1GP)),
};

const struct suite suite_interrupt_range = SUITE("isolation", tests);
