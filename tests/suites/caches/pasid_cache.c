/* SPDX-License-Identifier: MIT */
/*
 * What a unit caches for requests with PASID, and which invalidation reaches it. As in
 * invalidation.c only "fresh after" is required of every unit: "stale before" and "the neighbour
 * survives" only of our model, which caches all it may and forgets no more than it is asked to.
 *
 * Second-stage translations are tagged with domain and PASID, and it is the domain's invalidation
 * that must reach all PASIDs; the PASID-based one reaches its PASID alone, and page by page it is
 * for first-stage translations only. QEMU had a PASID-selective one leave second-stage entries
 * where they were (ad0a7f1e1e). Each question is asked with two PASIDs at one address, because a
 * tag that is dropped shows only in the neighbour.
 */
#include "iommu/structures/entry.h"
#include "iommu/structures/publish.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

enum { FIRST = 9, SECOND = 10 };

static const struct dma by_first, by_second = { .pasid = SECOND };

/* Opens the scene of FIRST, gives SECOND an entry, and uses both, so that both may be cached. */
static bool open_two(struct test_run *run, const struct paging *table, uint16_t did,
		     enum canary wanted)
{
	const struct pasid_entry none = { { 0 } };
	struct stage *stage = &run->stage;
	struct pasid_entry entry;

	if (!scene_test_open(run, &run->scene, &by_first))
		return false;
	stage->is_sound = false;
	entry = stage_pasid_entry(stage, table, did);
	if (publish_pasid(run->unit, &stage->pasids, SECOND, &entry, &none) != STATUS_OK) {
		test_fail(run, "publish_pasid: %s", unit_failure(run->unit));
		return false;
	}
	if (dma_hit_by(stage, &by_first) == CANARY_TARGET_0 &&
	    dma_hit_by(stage, &by_second) == wanted)
		return true;
	test_fail(run, "before anything is changed: the PASIDs do not lead where they should");
	return false;
}

/* Both PASIDs go through one table, in one domain. */
static bool open_alike(struct test_run *run)
{
	return open_two(run, &run->stage.table, 1, CANARY_TARGET_0);
}

static bool forgets_nothing(const struct test_run *run)
{
	return run->unit->source == UNIT_MODEL;
}

/* After a change that was not invalidated. False, and the test skipped or failed, if it shows. */
static bool is_stale(struct test_run *run, const struct dma *dma)
{
	if (dma_hit_by(&run->stage, dma) == CANARY_TARGET_0)
		return true;
	if (forgets_nothing(run))
		test_fail(run, "the change shows without an invalidation");
	else
		test_skip(run, "unit %u kept no stale entry, so nothing can be shown",
			  run->unit->index);
	return false;
}

static void expect_fresh(struct test_run *run, const struct dma *dma, const char *whose)
{
	if (dma_hit_by(&run->stage, dma) != CANARY_GAP)
		test_fail(run, "after the invalidation, %s request does not go to the new page",
			  whose);
}

static void expect_kept(struct test_run *run, const struct dma *dma)
{
	if (dma_hit_by(&run->stage, dma) == CANARY_TARGET_0)
		return;
	if (forgets_nothing(run))
		test_fail(run, "an entry that was not named did not survive");
	else
		test_skip(run, "unit %u forgets more than it is asked to, which is allowed",
			  run->unit->index);
}

/* ---- the IOTLB: the leaf of the window's first page leads elsewhere ---- */

/* True if both PASIDs still go to the old page. */
static bool open_stale(struct test_run *run)
{
	if (!open_alike(run))
		return false;
	stage_redirect(&run->stage, 0, CANARY_GAP);
	return is_stale(run, &by_first) && is_stale(run, &by_second);
}

static struct pasid_invalidation piotlb(const struct stage *stage, enum piotlb_granularity g)
{
	return (struct pasid_invalidation){
		.granularity = (uint8_t)g,
		.did = stage->did,
		.pasid = FIRST,
		.address = g == PIOTLB_PAGES ? stage->window : iova(0),
	};
}

static void run_piotlb_pasid(struct test_run *run)
{
	if (!open_stale(run))
		return;
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, piotlb(&run->stage, PIOTLB_PASID)));
	expect_fresh(run, &by_first, "the");
}

static void run_piotlb_other_pasid(struct test_run *run)
{
	if (!open_stale(run))
		return;
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, piotlb(&run->stage, PIOTLB_PASID)));
	expect_kept(run, &by_second);
}

static void run_piotlb_other_domain(struct test_run *run)
{
	struct pasid_invalidation what;

	if (!open_stale(run))
		return;
	what = piotlb(&run->stage, PIOTLB_PASID);
	what.did = (uint16_t)(run->stage.rid_did + 1);
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, what));
	expect_kept(run, &by_first);
}

/* Page-selective, it is for first-stage translations: others have no page of that kind. */
static void run_piotlb_pages(struct test_run *run)
{
	if (!open_stale(run))
		return;
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, piotlb(&run->stage, PIOTLB_PAGES)));
	expect_kept(run, &by_first);
}

static void run_piotlb_pages_first(struct test_run *run)
{
	if (!open_stale(run))
		return;
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, piotlb(&run->stage, PIOTLB_PAGES)));
	expect_fresh(run, &by_first, "the");
	expect_kept(run, &by_second);
}

/* `arg` is the granularity. */
static void run_iotlb(struct test_run *run)
{
	const enum invalidate_granularity granularity = run->test->arg;
	struct iotlb_invalidation what = { .granularity = granularity };

	if (!open_stale(run))
		return;
	if (granularity != GRANULARITY_GLOBAL)
		what.did = run->stage.did;
	if (granularity == GRANULARITY_SPECIFIC)
		what.address = run->stage.window;
	REQUIRE_OK(run, invalidate_iotlb(run->unit, what));
	expect_fresh(run, &by_first, "the first PASID's");
	expect_fresh(run, &by_second, "the second PASID's");
}

/* ---- the PASID cache: the entry of FIRST leads to another table ---- */

/* True if the entry is still cached as it was. The IOTLB has nothing left that could hide it. */
static bool open_stale_entry(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct poke poke = { .at = AT_PASID };

	if (!open_alike(run))
		return false;
	poke.field = stage_pointer_field(stage);
	poke.value = paging_pointer(&stage->rid_table) / PAGE_BYTES;
	stage_poke(stage, &poke);
	if (invalidate_whole_iotlb(run->unit) == STATUS_OK)
		return is_stale(run, &by_first);
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

static bool forget(struct test_run *run, enum pc_granularity granularity, uint16_t did,
		   uint32_t pasid)
{
	struct pasid_invalidation what = {
		.granularity = (uint8_t)granularity,
		.did = did,
		.pasid = pasid,
	};

	if (invalidate_pasid_cache(run->unit, what) == STATUS_OK &&
	    invalidate_whole_iotlb(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

/* `arg` is the granularity; what it leaves open must be 0. */
static void run_pasid_cache(struct test_run *run)
{
	const enum pc_granularity granularity = run->test->arg;

	if (open_stale_entry(run) &&
	    forget(run, granularity, granularity == PC_GLOBAL ? 0 : run->stage.did,
		   granularity == PC_PASID ? FIRST : 0))
		expect_fresh(run, &by_first, "the");
}

static void run_pc_other_pasid(struct test_run *run)
{
	if (open_stale_entry(run) && forget(run, PC_PASID, run->stage.did, SECOND))
		expect_kept(run, &by_first);
}

static void run_pc_other_domain(struct test_run *run)
{
	uint16_t other;

	if (!open_stale_entry(run))
		return;
	other = (uint16_t)(run->stage.rid_did + 1);
	if (forget(run, PC_DOMAIN, other, 0))
		expect_kept(run, &by_first);
	if (forget(run, PC_PASID, other, FIRST))
		expect_kept(run, &by_first);
}

/* ---- tags ---- */

/*
 * The second PASID has a table of its own, and a domain of its own or, by `arg`, the first one's, as
 * first stages may; neither must ever get the other's page.
 */
static void run_tag(struct test_run *run)
{
	uint16_t did = (uint16_t)(run->test->arg ? run->test->arg : 2);

	if (!open_two(run, &run->stage.rid_table, did, CANARY_GAP))
		return;
	for (unsigned int i = 0; i < 4 && !run->has_failed; i++) {
		if (dma_hit_by(&run->stage, &by_first) != CANARY_TARGET_0)
			test_fail(run, "the first PASID was led by the second");
		if (dma_hit_by(&run->stage, &by_second) != CANARY_GAP)
			test_fail(run, "the second PASID was led by the first");
	}
}

#define CACHED(title_in_spec)		CACHED_AND(0, title_in_spec)
#define CACHED_AND(more, title_in_spec) CACHED_IN(EACH_STAGE, more, title_in_spec)
#define CACHED_IN(stage_value, more, title_in_spec)                                \
	.spec = (title_in_spec), .flags = TEST_SHARES_STAGE,                       \
	.needs = NEED(SMTS) | NEED(PASID) | (more), .agent_features = AGENT_PASID, \
	.scene = { .mode = SCENE_SCALABLE, .stage = (stage_value), .pasid = FIRST }

#define PIOTLB_SPEC "PASID-based IOTLB Invalidate Descriptor (P_IOTLB)"
#define IOTLB_SPEC  "IOTLB Invalidate"
#define PC_SPEC	    "PASID-cache Invalidate Descriptor"

static const struct test tests[] = {
	{ .id = "pasid.cache-tag",
	  .title = "translations of two PASIDs for one address are kept apart",
	  CACHED("Tagging of Cached Translations"),
	  .run = run_tag },
	{ .id = "pasid.cache-tag-one-domain",
	  .title = "first-stage tables of two PASIDs in one domain are kept apart",
	  CACHED_IN(EACH_FIRST_STAGE, 0, "Tagging of Cached Translations"),
	  .run = run_tag,
	  .arg = 1 },
	{ .id = "pasid.piotlb-pages-first-stage",
	  .title = "page-selective, it reaches first-stage translations of the PASID",
	  CACHED_IN(EACH_FIRST_STAGE, 0, PIOTLB_SPEC),
	  .run = run_piotlb_pages_first },
	{ .id = "pasid.piotlb-pasid",
	  .title = "a changed leaf is seen after the invalidation of the PASID",
	  CACHED(PIOTLB_SPEC),
	  .run = run_piotlb_pasid },
	{ .id = "pasid.piotlb-other-pasid",
	  .title = "the invalidation of a PASID leaves other PASIDs alone",
	  CACHED(PIOTLB_SPEC),
	  .run = run_piotlb_other_pasid },
	{ .id = "pasid.piotlb-other-domain",
	  .title = "the invalidation of a PASID leaves it alone in other domains",
	  CACHED(PIOTLB_SPEC),
	  .run = run_piotlb_other_domain },
	{ .id = "pasid.piotlb-pages",
	  .title = "page-selective, it does not reach second-stage translations",
	  CACHED_IN(STAGE_SECOND, 0, PIOTLB_SPEC),
	  .run = run_piotlb_pages },
	{ .id = "pasid.iotlb-global",
	  .title = "a global IOTLB invalidation reaches all PASIDs",
	  CACHED(IOTLB_SPEC),
	  .run = run_iotlb,
	  .arg = GRANULARITY_GLOBAL },
	{ .id = "pasid.iotlb-domain",
	  .title = "a domain invalidation reaches all PASIDs of the domain",
	  CACHED(IOTLB_SPEC),
	  .run = run_iotlb,
	  .arg = GRANULARITY_DOMAIN },
	{ .id = "pasid.iotlb-page",
	  .title = "a page invalidation reaches all PASIDs of the domain",
	  CACHED_AND(NEED(PSI), IOTLB_SPEC),
	  .run = run_iotlb,
	  .arg = GRANULARITY_SPECIFIC },
	{ .id = "pasid.cache-pasid",
	  .title = "a changed PASID entry is seen after the invalidation of the PASID",
	  CACHED(PC_SPEC),
	  .run = run_pasid_cache,
	  .arg = PC_PASID },
	{ .id = "pasid.cache-domain",
	  .title = "a changed PASID entry is seen after a domain invalidation",
	  CACHED(PC_SPEC),
	  .run = run_pasid_cache,
	  .arg = PC_DOMAIN },
	{ .id = "pasid.cache-global",
	  .title = "a changed PASID entry is seen after a global invalidation",
	  CACHED(PC_SPEC),
	  .run = run_pasid_cache,
	  .arg = PC_GLOBAL },
	{ .id = "pasid.cache-other-pasid",
	  .title = "the invalidation of a PASID entry leaves other PASIDs alone",
	  CACHED(PC_SPEC),
	  .run = run_pc_other_pasid },
	{ .id = "pasid.cache-other-domain",
	  .title = "domain and PASID invalidations leave PASID entries of other domains alone",
	  CACHED(PC_SPEC),
	  .run = run_pc_other_domain },
};

const struct suite suite_pasid_cache = SUITE("pasid-cache", tests);
