/* SPDX-License-Identifier: MIT */
/*
 * The offset in a large page is the request's: each of its bits, from 12 up, comes from the address and
 * none from the entry. Software that uses large pages would otherwise find its data one page off, in
 * memory that the device may well write to.
 */
#include "arch/page.h"
#include "arch/string.h"
#include "iommu/unit/fault.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define SPEC "Second-Stage Paging Entries"

enum { AREA_PAGES = 512 };

static const struct dma plain_write;

/* 2 MiB of our own, and where the agent finds them. */
struct area {
	uint8_t *memory;
	iova_t at;
};

/* What the agent writes stands at one offset of the area and nowhere before. */
static bool arrives(struct stage *stage, const struct area *area, unsigned int offset)
{
	uint32_t *word = (uint32_t *)(void *)(area->memory + offset);
	struct dma_address to = { .iova = iova(area->at.value + offset) };

	*word = 0;
	return stage->agent->store(stage->agent, to, 0, 4) && !memcmp(word, dma_written(stage), 4);
}

static void try_all_bits(struct test_run *run, const struct area *area)
{
	const unsigned int granule = agent_write_granule_bytes(run->agent);
	uint64_t lost = 0;
	char text[80];

	for (unsigned int bit = 2; bit < 21; bit++)
		if (!((1u << bit) % granule) && !arrives(&run->stage, area, 1u << bit))
			lost |= UINT64_C(1) << bit;
	bit_ranges_format(text, sizeof(text), &lost, 1);
	if (lost)
		test_fail(run, "bits %s: not where the offset says", text);
	if (!arrives(&run->stage, area, AREA_PAGES * PAGE_BYTES - (granule > 4 ? granule : 4)))
		test_fail(run, "the last dword: not where the offset says");
	fault_clear(run->unit);
}

/* The page itself is the area. */
static void run_2m(struct test_run *run)
{
	struct area area;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	area.memory = run->stage.blocks[0];
	area.at = run->stage.window;
	run->stage.is_sound = false;
	try_all_bits(run, &area);
}

/* The area lies somewhere in the same GiB of memory. */
static void run_1g(struct test_run *run)
{
	const uint64_t in_page = (UINT64_C(1) << 30) - 1;
	struct area area;
	uint64_t here;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	area.memory = page_alloc_contiguous(AREA_PAGES, AREA_PAGES);
	if (!area.memory) {
		test_error(run, "no memory for 2 MiB");
		return;
	}
	run->stage.is_sound = false;
	here = phys_of(area.memory).value;
	area.at = iova((run->stage.window.value & ~in_page) | (here & in_page));
	if ((here ^ phys_of(run->stage.canary[CANARY_TARGET_0]).value) & ~in_page)
		test_skip(run, "no 2 MiB of memory in the same GiB");
	else
		try_all_bits(run, &area);
	page_free_contiguous(area.memory, AREA_PAGES);
}

#define OFFSET(mode_id, its_mode, its_stage, name, shift, more, function)                  \
	{                                                                                  \
		.id = mode_id ".page-" name "-offset",                                     \
		.title = "each offset bit of a large page is the request's", .spec = SPEC, \
		.needs = (more),                                                           \
		.scene = { .mode = its_mode, .stage = its_stage, .page_shift = (shift) },  \
		.flags = TEST_SHARES_STAGE, .run = function                                \
	}

static const struct test tests[] = {
	OFFSET("legacy", SCENE_LEGACY, STAGE_OF_UNIT, "2m", 21, NEED(SSLPS2M), run_2m),
	OFFSET("sm", SCENE_SCALABLE, STAGE_SECOND, "2m", 21, NEED(SMTS) | NEED(SSLPS2M), run_2m),
	OFFSET("fs", SCENE_SCALABLE, STAGE_FIRST, "2m", 21, NEED(SMTS), run_2m),
	OFFSET("legacy", SCENE_LEGACY, STAGE_OF_UNIT, "1g", 30, NEED(SSLPS1G), run_1g),
	OFFSET("sm", SCENE_SCALABLE, STAGE_SECOND, "1g", 30, NEED(SMTS) | NEED(SSLPS1G), run_1g),
	OFFSET("fs", SCENE_SCALABLE, STAGE_FIRST, "1g", 30, NEED(SMTS) | NEED(FS1GP), run_1g),
};

const struct suite suite_large_pages = SUITE("large pages", tests);
