/* SPDX-License-Identifier: MIT */
#include "tests/suites/caches/stale.h"

#include "iommu/structures/entry.h"
#include "tests/scenes/scene_test.h"

bool stale_is_required(const struct test_run *run)
{
	return run->unit->source == UNIT_MODEL;
}

static const char *const canary_names[CANARY_COUNT + 1] = {
	[CANARY_TARGET_0] = "the first target",
	[CANARY_TARGET_1] = "the second target",
	[CANARY_GAP] = "the new page",
	[CANARY_BYSTANDER_0] = "the untranslated address",
	[CANARY_BYSTANDER_1] = "the untranslated address",
	[CANARY_BYSTANDER_2] = "the untranslated address",
	[CANARY_COUNT] = "no page",
};

bool stale_expect_hit(struct test_run *run, unsigned int page, enum canary wanted, const char *when)
{
	enum canary hit = dma_hit(&run->stage, page);

	if (hit == wanted)
		return true;
	test_fail(run, "%s: the write hit %s, not %s", when, canary_names[hit],
		  canary_names[wanted]);
	return false;
}

bool stale_is_kept(struct test_run *run, unsigned int page, enum canary old)
{
	enum canary hit = dma_hit(&run->stage, page);

	if (hit == old)
		return true;
	if (hit == CANARY_GAP && !stale_is_required(run))
		test_skip(run, "unit %u kept no stale entry, so nothing can be shown",
			  run->unit->index);
	else
		test_fail(run, "before the invalidation: the write hit %s, not %s",
			  canary_names[hit], canary_names[old]);
	return false;
}

bool stale_open(struct test_run *run)
{
	if (!scene_test_open(run, &run->scene, &(struct dma){ 0 }))
		return false;
	run->stage.is_sound = false;
	return stale_expect_hit(run, 1, CANARY_TARGET_1, "before anything is changed");
}

enum status stale_forget_context(struct test_run *run, struct context_invalidation what)
{
	bool is_global = what.granularity == GRANULARITY_GLOBAL;
	struct pasid_invalidation pasids = {
		.granularity = is_global ? PC_GLOBAL : PC_DOMAIN,
		.did = what.did,
	};
	struct iotlb_invalidation pages = {
		.granularity = is_global ? GRANULARITY_GLOBAL : GRANULARITY_DOMAIN,
		.did = what.did,
	};
	enum status status = invalidate_context_cache(run->unit, what);

	if (status == STATUS_OK && run->stage.root.scalable)
		status = invalidate_pasid_cache(run->unit, pasids);
	return status == STATUS_OK ? invalidate_iotlb(run->unit, pages) : status;
}
