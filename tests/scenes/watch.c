/* SPDX-License-Identifier: MIT */
#include "tests/scenes/watch.h"

#include "iommu/unit/unit.h"
#include "tests/scenes/dma.h"

/* One unit at a time is watched. */
static struct {
	struct test_run *run;
	unsigned int looks;
	bool is_looking; /* what the look itself writes is nobody's business */
	bool has_told;
} watch;

/* The DMA first: reading GSTS may be what ends a lapse. */
static void look(struct unit *unit, uint32_t offset)
{
	static const struct dma plain_write;
	enum landing landing;
	bool is_on;

	if (watch.is_looking)
		return;
	watch.is_looking = true;
	watch.looks++;
	landing = dma_write(&watch.run->stage, &plain_write);
	is_on = unit_translation_is_on(unit);
	watch.is_looking = false;
	if (watch.has_told || (landing == DMA_LANDED && is_on))
		return;
	watch.has_told = true;
	test_fail(watch.run, "behind a write to register %03x: TES is %u, data %s for lands",
		  offset, is_on, landing_name(landing));
}

void watch_begin(struct test_run *run)
{
	watch.run = run;
	watch.looks = 0;
	watch.is_looking = watch.has_told = false;
	run->unit->after_write = look;
}

void watch_end(struct test_run *run)
{
	run->unit->after_write = NULL;
	if (!watch.looks)
		test_fail(run, "no register was written");
}
