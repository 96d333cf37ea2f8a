/* SPDX-License-Identifier: MIT */
/* A changed context or PASID entry counts after the invalidation that names it, and not before. */
#include "iommu/structures/publish.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/caches/stale.h"
#include "tests/suites/suites.h"

static enum status forget_domain(struct test_run *run)
{
	struct iotlb_invalidation what = {
		.granularity = GRANULARITY_DOMAIN,
		.did = run->stage.did,
	};

	return invalidate_iotlb(run->unit, what);
}

/* A second table whose window leads to the new page. Freed by close_other(). */
static bool make_other(struct test_run *run, struct second_stage *other)
{
	struct stage *stage = &run->stage;

	if (second_stage_create(other, stage->table.levels, stage->table.snooped) == STATUS_OK &&
	    second_stage_map(other, stage->window, phys_of(stage->canary[CANARY_GAP]), 12,
			     ACCESS_BOTH) == STATUS_OK)
		return true;
	test_fail(run, "no memory for a second table");
	second_stage_destroy(other);
	return false;
}

/*
 * The context entry (or the PASID entry) is changed to lead to another table, in memory only. The
 * IOTLB is emptied, so what stays stale is the entry itself; then `invalidate` must free it.
 */
static void run_entry_cache(struct test_run *run, enum place at, struct field pointer,
			    enum status (*invalidate)(struct test_run *))
{
	struct second_stage other;
	struct poke poke = { .at = at, .field = pointer };
	uint64_t word;

	if (!stale_open(run) || !make_other(run, &other))
		return;
	poke.value = phys_of(other.top).value / PAGE_BYTES;
	word = stage_poke(&run->stage, &poke);
	if (invalidate_whole_iotlb(run->unit) == STATUS_OK &&
	    stale_is_kept(run, 0, CANARY_TARGET_0)) {
		if (invalidate(run) == STATUS_OK && forget_domain(run) == STATUS_OK)
			stale_expect_hit(run, 0, CANARY_GAP, "after the invalidation");
		else
			test_fail(run, "invalidation: %s", unit_failure(run->unit));
	}
	stage_unpoke(&run->stage, &poke, word);
	if (invalidate_all(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	second_stage_destroy(&other);
}

static enum status forget_contexts(struct test_run *run, enum invalidate_granularity granularity)
{
	struct context_invalidation what = { .granularity = granularity };

	if (granularity != GRANULARITY_GLOBAL)
		what.did = run->stage.did;
	if (granularity == GRANULARITY_SPECIFIC)
		what.sid = run->agent->sid;
	return invalidate_context_cache(run->unit, what);
}

static enum status contexts_global(struct test_run *run)
{
	return forget_contexts(run, GRANULARITY_GLOBAL);
}

static enum status contexts_of_domain(struct test_run *run)
{
	return forget_contexts(run, GRANULARITY_DOMAIN);
}

static enum status context_of_device(struct test_run *run)
{
	return forget_contexts(run, GRANULARITY_SPECIFIC);
}

/* FM 3 leaves out all of the function number: any function of the device names it. */
static enum status context_of_functions(struct test_run *run)
{
	struct context_invalidation what = {
		.granularity = GRANULARITY_SPECIFIC,
		.did = run->stage.did,
		.sid = run->agent->sid ^ 7,
		.function_mask = 3,
	};

	return invalidate_context_cache(run->unit, what);
}

static void run_context_global(struct test_run *run)
{
	run_entry_cache(run, AT_CONTEXT, FIELD(CONTEXT_SSPTPTR), contexts_global);
}

static void run_context_domain(struct test_run *run)
{
	run_entry_cache(run, AT_CONTEXT, FIELD(CONTEXT_SSPTPTR), contexts_of_domain);
}

static void run_context_device(struct test_run *run)
{
	run_entry_cache(run, AT_CONTEXT, FIELD(CONTEXT_SSPTPTR), context_of_device);
}

static void run_context_functions(struct test_run *run)
{
	run_entry_cache(run, AT_CONTEXT, FIELD(CONTEXT_SSPTPTR), context_of_functions);
}

static enum status forget_pasids(struct test_run *run, enum pc_granularity granularity)
{
	struct pasid_invalidation what = { .granularity = (uint8_t)granularity };

	if (granularity != PC_GLOBAL)
		what.did = run->stage.did;
	if (granularity == PC_PASID)
		what.pasid = run->stage.scene.rid_pasid;
	return invalidate_pasid_cache(run->unit, what);
}

static enum status pasids_global(struct test_run *run)
{
	return forget_pasids(run, PC_GLOBAL);
}

static enum status pasids_of_domain(struct test_run *run)
{
	return forget_pasids(run, PC_DOMAIN);
}

static enum status pasid_alone(struct test_run *run)
{
	return forget_pasids(run, PC_PASID);
}

static void run_pasid_global(struct test_run *run)
{
	run_entry_cache(run, AT_PASID, FIELD(PASID_SSPTPTR), pasids_global);
}

static void run_pasid_domain(struct test_run *run)
{
	run_entry_cache(run, AT_PASID, FIELD(PASID_SSPTPTR), pasids_of_domain);
}

static void run_pasid_selective(struct test_run *run)
{
	run_entry_cache(run, AT_PASID, FIELD(PASID_SSPTPTR), pasid_alone);
}

/* The whole sequence of Table 28, in one call: the change is seen at once. */
static void run_publish_context(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct second_stage other;
	struct context_entry entry;

	if (!stale_open(run) || !make_other(run, &other))
		return;
	entry = context_translated(&other, stage->did);
	if (publish_context(run->unit, &stage->root, run->agent->sid, entry.q, stage->did) ==
	    STATUS_OK)
		stale_expect_hit(run, 0, CANARY_GAP, "after publishing");
	else
		test_fail(run, "publish_context: %s", unit_failure(run->unit));
	if (!stage_strike(stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	second_stage_destroy(&other);
}

static void run_publish_pasid(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct second_stage other;
	struct pasid_entry entry;

	if (!stale_open(run) || !make_other(run, &other))
		return;
	entry = pasid_second_stage(&other, stage->did);
	if (publish_pasid(run->unit, &stage->pasids, stage->scene.rid_pasid, &entry, stage->did) ==
	    STATUS_OK)
		stale_expect_hit(run, 0, CANARY_GAP, "after publishing");
	else
		test_fail(run, "publish_pasid: %s", unit_failure(run->unit));
	if (!stage_strike(stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	second_stage_destroy(&other);
}

#define LEGACY_ONLY(name, text, title_in_spec, function)                                \
	{                                                                               \
		.id = "legacy." name, .title = text, .spec = title_in_spec,             \
		.scene.mode = SCENE_LEGACY, .flags = TEST_SHARES_STAGE, .run = function \
	}

#define SCALABLE_ONLY(name, text, title_in_spec, function)                      \
	{                                                                       \
		.id = "sm." name, .title = text, .spec = title_in_spec,         \
		.needs = NEED(SMTS) | NEED(SSTS), .scene.mode = SCENE_SCALABLE, \
		.flags = TEST_SHARES_STAGE, .run = function                     \
	}

static const struct test tests[] = {
	LEGACY_ONLY("context-global", "a changed context entry is seen after a global invalidation",
		    "Context-cache Invalidate Descriptor", run_context_global),
	LEGACY_ONLY("context-domain", "a changed context entry is seen after a domain invalidation",
		    "Context-cache Invalidate Descriptor", run_context_domain),
	LEGACY_ONLY("context-device", "a changed context entry is seen after a device invalidation",
		    "Context-cache Invalidate Descriptor", run_context_device),
	LEGACY_ONLY("context-functions",
		    "QEMU 6cb99acc28: FM 3 reaches every function of the device",
		    "Context-cache Invalidate Descriptor: FM", run_context_functions),
	LEGACY_ONLY("publish-context", "a context entry published in one call is seen at once",
		    "Guidance to Software for Invalidations", run_publish_context),
	SCALABLE_ONLY("pasid-cache-global",
		      "QEMU c9cf33075a: a changed PASID entry is seen after a global invalidation",
		      "PASID-cache Invalidate Descriptor", run_pasid_global),
	SCALABLE_ONLY("pasid-cache-domain",
		      "a changed PASID entry is seen after a domain invalidation",
		      "PASID-cache Invalidate Descriptor", run_pasid_domain),
	SCALABLE_ONLY("pasid-cache-selective",
		      "a changed PASID entry is seen after a PASID-selective invalidation",
		      "PASID-cache Invalidate Descriptor", run_pasid_selective),
	SCALABLE_ONLY("publish-pasid", "a PASID entry published in one call is seen at once",
		      "Guidance to Software for Invalidations", run_publish_pasid),
};

const struct suite suite_entry_cache = SUITE("entry-cache", tests);
