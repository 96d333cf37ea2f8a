/* SPDX-License-Identifier: MIT */
/*
 * What firmware handed over, where the specification says how it must be. What it leaves to firmware is told in lines
 * "# firmware:" and judged by nobody.
 */
#include "arch/boot_info.h"
#include "tests/engine/platform.h"
#include "tests/suites/suites.h"

/* The range of the map in which an address lies; NULL if none. */
static const struct memory_range *range_of(uint64_t address)
{
	for (size_t i = 0; i < platform.boot->range_count; i++) {
		const struct memory_range *range = &platform.boot->ranges[i];

		if (address >= range->base && address - range->base < range->bytes)
			return range;
	}
	return NULL;
}

/* From its first byte to its last, range by range. */
static void check_region(struct test_run *run, const struct dmar_rmrr *region)
{
	uint64_t at = region->base;

	while (at <= region->limit) {
		const struct memory_range *range = range_of(at);

		if (!range || range->type == MEMORY_USABLE) {
			test_fail(run, "offset %u: %llx, in a reserved region, is %s",
				  region->offset, (unsigned long long)at,
				  range ? "memory that anybody may use"
					: "in no range of the memory map");
			return;
		}
		if (range->bytes > region->limit - range->base)
			return;
		at = range->base + range->bytes;
	}
}

static void run_regions(struct test_run *run)
{
	const struct dmar *dmar = &platform.dmar;

	if (!platform.has_dmar || platform.dmar_is_ours || !dmar->rmrr_count) {
		test_skip(run, "firmware reports no reserved memory region");
		return;
	}
	if (platform.boot->ranges_lost_count) {
		test_skip(run, "the memory map has more ranges than we keep");
		return;
	}
	for (unsigned int i = 0; i < dmar->rmrr_count; i++)
		check_region(run, &dmar->rmrrs[i]);
}

static const struct test tests[] = {
	{ .id = "firmware.rmrr-reserved",
	  .title = "the memory map shows reserved memory regions as reserved",
	  .spec = "Reserved Memory Region Reporting Structure",
	  .flags = TEST_ONCE,
	  .run = run_regions },
};

const struct suite suite_firmware = SUITE("firmware", tests);
