/* SPDX-License-Identifier: MIT */
/*
 * Protected memory by DMA: a region that is all ours, and what the agent can still reach.
 *
 * The region holds from its first byte to its last, against reads and writes, and leaves no record of
 * what it blocked; what lies before and behind it is open. With translation off it is all the protection there is; with
 * translation on units from major version 2 on block what the tables lead there, older ones may not ("Protected Memory Enable
 * Register"), so they are not asked. A high region may lie below 4 GiB, too, so both are asked alike.
 */
#include "arch/page.h"
#include "arch/string.h"
#include "iommu/unit/fault.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define SPEC	     "Protected Memory Enable Register"
#define EPM	     ((uint32_t)FIELD_MASK(PMEN_EPM))
#define PRS	     ((uint32_t)FIELD_MASK(PMEN_PRS))
#define PAGE_BLOCKED (UINT64_C(2) << 20)

static const struct dma plain_write;

enum { LOW, HIGH, GRANULE_MAX = 8 << 20 };

/* Where the registers of a region are, and how wide. */
static const struct region {
	uint32_t base, limit;
	unsigned int bits;
} regions[] = {
	[LOW] = { REG_PLMBASE, REG_PLMLIMIT, 32 },
	[HIGH] = { REG_PHMBASE, REG_PHMLIMIT, 64 },
};

/* The region that the test is about, and its registers before; run->fixture. */
struct protected
{
	const struct region *region;
	uint64_t granule, base, limit;
};

static bool set_protection(struct test_run *run, bool on)
{
	unit_write32(run->unit, REG_PMEN, on ? EPM : 0);
	if (unit_wait32(run->unit, "PMEN", REG_PMEN, PRS, on ? PRS : 0) == STATUS_OK)
		return true;
	test_fail(run, "PRS does not follow EPM");
	return false;
}

/* How fine the unit's regions are: the lowest bit that its base register has. */
static uint64_t find_granule(struct unit *unit, const struct region *region)
{
	uint64_t exist;

	unit_write(unit, region->base, region->bits, UINT64_MAX);
	exist = unit_read(unit, region->base, region->bits);
	return exist & (0 - exist);
}

/* Base and limit as they were, and protection off, whatever came of the test. `arg` is the region. */
static void *open_region(struct test_run *run)
{
	static struct protected test;
	struct unit *unit = run->unit;
	const struct region *region = &regions[run->test->arg];

	if (unit_read32(unit, REG_PMEN) & (PRS | EPM)) {
		test_skip(run, "protected memory of unit %u is on", unit->index);
		return NULL;
	}
	test = (struct protected){ .region = region,
				   .base = unit_read(unit, region->base, region->bits),
				   .limit = unit_read(unit, region->limit, region->bits) };
	test.granule = find_granule(unit, region);
	if (!test.granule || test.granule > GRANULE_MAX)
		test_skip(run, "regions of unit %u are larger than 8 MiB", unit->index);
	return &test;
}

static void close_region(struct test_run *run)
{
	const struct protected *test = run->fixture;

	set_protection(run, false);
	unit_write(run->unit, test->region->base, test->region->bits, test->base);
	unit_write(run->unit, test->region->limit, test->region->bits, test->limit);
	run->agent->set_bus_master(run->agent, false);
}

static const struct fixture one_region = { .open = open_region, .close = close_region };

/* The region from `first` on is protected; of 0 bytes it is none. */
static bool protect(struct test_run *run, uint64_t first, uint64_t bytes)
{
	const struct protected *test = run->fixture;
	const struct region *region = test->region;

	unit_write(run->unit, region->base, region->bits, first);
	unit_write(run->unit, region->limit, region->bits, first + bytes - test->granule);
	return set_protection(run, true);
}

/* A dword from the agent's buffer gets to `word`, which it finds at `at`, or it does not. */
static void expect_store(struct test_run *run, void *word, uint64_t at, bool arrives,
			 const char *where)
{
	struct stage *stage = &run->stage;
	struct dma_address to = { .iova = iova(at) };
	bool has_arrived;

	memset(word, 0, 4);
	EXPECT(run, stage->agent->store(stage->agent, to, 0, 4));
	has_arrived = !memcmp(word, stage->mailbox, 4);
	if (has_arrived != arrives || (!has_arrived && *(uint32_t *)word))
		test_fail(run, "%s: a write %s", where, has_arrived ? "lands" : "does not land");
}

/* What the agent reads at `at`, from 8 bytes on, is what stands in `bytes`. */
static bool is_brought(struct test_run *run, const void *bytes, uint64_t at)
{
	struct stage *stage = &run->stage;
	struct dma_address from = { .iova = iova(at) };
	struct dma_address to = { .iova = stage->mailbox_iova };

	EXPECT(run, stage->agent->load(stage->agent, from, 2048, 8));
	EXPECT(run, stage->agent->store(stage->agent, to, 2048, 8));
	return !memcmp(stage->mailbox, bytes, 8);
}

static void expect_load(struct test_run *run, void *word, uint64_t at, bool arrives)
{
	*(uint64_t *)word = 0x7fe1c0de5ec3e7ed;
	if (is_brought(run, word, at) != arrives)
		test_fail(run, "a read %s", arrives ? "brings none" : "brings data");
	EXPECT(run, dma_arm(&run->stage));
}

/* `block` is so many bytes, which the agent finds at `at`. */
static void expect_all(struct test_run *run, uint8_t *block, uint64_t at, uint64_t bytes,
		       bool arrives)
{
	struct fault_log log;

	expect_store(run, block, at, arrives, "first dword");
	expect_store(run, block + bytes / 2, at + bytes / 2, arrives, "in the middle");
	expect_store(run, block + bytes - 4, at + bytes - 4, arrives, "last dword");
	expect_load(run, block, at, arrives);
	fault_collect(run->unit, &log);
	EXPECT_EQ(run, log.count, 0);
}

static void run_translated(struct test_run *run)
{
	const struct protected *test = run->fixture;
	struct stage *stage = &run->stage;
	uint8_t *block;

	if (caps_major(&run->unit->caps) < 2) {
		test_skip(run, "unit %u has major version 1: what is translated may pass",
			  run->unit->index);
		return;
	}
	if (test->granule > PAGE_BLOCKED) {
		test_skip(run, "regions of unit %u are larger than 2 MiB", run->unit->index);
		return;
	}
	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	block = stage->blocks[0];
	if (!protect(run, phys_of(block).value, PAGE_BLOCKED))
		return;
	expect_all(run, block, stage->window.value, PAGE_BLOCKED, false);
	if (set_protection(run, false))
		expect_all(run, block, stage->window.value, PAGE_BLOCKED, true);
	stage->is_sound = false;
}

/* What lies before and behind a region of so many bytes, which begins at `block`. */
static void expect_around(struct test_run *run, uint8_t *block, uint64_t bytes, bool arrives)
{
	const uint64_t at = phys_of(block).value;

	expect_store(run, block - 4, at - 4, arrives, "the dword before it");
	expect_store(run, block + bytes, at + bytes, arrives, "the dword behind it");
}

static void try_untranslated(struct test_run *run, uint8_t *block, uint64_t bytes)
{
	const uint64_t at = phys_of(block).value;

	expect_all(run, block, at, bytes, true);
	if (!protect(run, at, bytes))
		return;
	expect_all(run, block, at, bytes, false);
	expect_around(run, block, bytes, true);
	if (!set_protection(run, false))
		return;
	expect_all(run, block, at, bytes, true);
	if (protect(run, at, 0)) /* the limit is below the base */
		expect_all(run, block, at, bytes, true);
	set_protection(run, false);
}

/*
 * Translation off: addresses are physical ones. The region is the middle half of a block: as small as one can be whose
 * base and limit differ, and at an odd multiple of the least.
 */
static void run_untranslated(struct test_run *run)
{
	const struct protected *test = run->fixture;
	const uint64_t granule = test->granule < PAGE_BYTES ? PAGE_BYTES : test->granule;
	const size_t pages = 4 * granule / PAGE_BYTES;
	struct stage *stage = &run->stage;
	uint8_t *block;

	if (!stage_build(stage, &run->scene, run->unit, run->agent)) {
		test_fail(run, "cannot set the scene: %s", unit_failure(run->unit));
		return;
	}
	block = page_alloc_uncleared(pages, pages);
	if (!block) {
		test_error(run, "no memory for four regions of %llu bytes",
			   (unsigned long long)granule);
		return;
	}
	run->agent->set_bus_master(run->agent, true);
	if (dma_arm(stage))
		try_untranslated(run, block + granule, 2 * granule);
	else
		test_fail(run, "the agent does not finish");
	page_free_contiguous(block, pages);
}

/*
 * Of the region that there is not, base and limit read 0, which is where the first one of the least size would be. This
 * program lies there, or the test is none.
 */
static void run_other_absent(struct test_run *run)
{
	const struct protected *test = run->fixture;
	const void *code = (const void *)(uintptr_t)run_translated;
	const uint64_t at = phys_of(code).value;
	struct stage *stage = &run->stage;

	if (at >= test->granule) {
		test_skip(run, "this program lies at %llx", (unsigned long long)at);
		return;
	}
	if (!stage_build(stage, &run->scene, run->unit, run->agent)) {
		test_fail(run, "cannot set the scene: %s", unit_failure(run->unit));
		return;
	}
	run->agent->set_bus_master(run->agent, true);
	if (!is_brought(run, code, at))
		test_fail(run, "a read brings none with protection off");
	if (protect(run, test->granule, 0) && !is_brought(run, code, at))
		test_fail(run, "a read brings none");
}

#define TRANSLATED(name, its_region, what, ...)                                                 \
	{                                                                                       \
		.id = "protected." name,                                                        \
		.title = what " blocks what tables lead there, without a record", .spec = SPEC, \
		.needs = (__VA_ARGS__) | NEED(SSLPS2M),                                         \
		.scene = { .mode = SCENE_LEGACY, .page_shift = 21 }, .fixture = &one_region,    \
		.agent_features = AGENT_BUFFER, .run = run_translated, .arg = (its_region)      \
	}
#define UNTRANSLATED(name, its_region, what, ...)                                                \
	{                                                                                        \
		.id = "protected." name,                                                         \
		.title = what " blocks all of its bytes and no other, with translation off",     \
		.spec = SPEC, .needs = (__VA_ARGS__), .scene.mode = SCENE_LEGACY,                \
		.fixture = &one_region, .agent_features = AGENT_BUFFER, .run = run_untranslated, \
		.arg = (its_region)                                                              \
	}

#define ABSENT(name, its_region, absent, what, ...)                                           \
	{                                                                                     \
		.id = "protected." name, .title = what " that is not there protects nothing", \
		.spec = SPEC, .needs = (__VA_ARGS__), .needs_absent = (absent),               \
		.scene.mode = SCENE_LEGACY, .fixture = &one_region,                           \
		.agent_features = AGENT_BUFFER, .run = run_other_absent, .arg = (its_region)  \
	}

static const struct test tests[] = {
	TRANSLATED("dma-translated", LOW, "a protected region", NEED(PLMR)),
	UNTRANSLATED("dma-untranslated", LOW, "a protected region", NEED(PLMR)),
	TRANSLATED("high-dma-translated", HIGH, "the high region", NEED(PHMR)),
	UNTRANSLATED("high-dma-untranslated", HIGH, "the high region", NEED(PHMR)),
	ABSENT("low-absent-open", HIGH, NEED(PLMR), "a low region", NEED(PHMR)),
	ABSENT("high-absent-open", LOW, NEED(PHMR), "a high region", NEED(PLMR)),
};

const struct suite suite_protected_dma = SUITE("protected dma", tests);
