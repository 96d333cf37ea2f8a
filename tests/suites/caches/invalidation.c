/* SPDX-License-Identifier: MIT */
/*
 * A changed paging entry counts after the IOTLB invalidation that names it, and not before.
 *
 * Only the first half is a promise of hardware: after the invalidation no request goes where the
 * old entry led, or a page that was given to somebody else is still written to. Emulators left too
 * much alive when the mask was wide (QEMU d7258f7a25 held it in 8 bits, 36d2d52bdb skipped large
 * ranges) or forgot which bus an entry was of (bacabb0afa); forgotten invalidations show on
 * hardware and never on an emulator that caches nothing (seL4 1729). A unit may always forget more
 * than it is asked to, and what it kept it need not keep: such tests skip, except on our model,
 * which keeps all it may (stale.h). With IH set, entries above the leaf may stay: so a change up
 * there asks with IH clear.
 */
#include "iommu/structures/entry.h"
#include "iommu/structures/publish.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/caches/stale.h"
#include "tests/suites/suites.h"

static struct iotlb_invalidation window_invalidation(const struct stage *stage,
						     enum invalidate_granularity granularity)
{
	return (struct iotlb_invalidation){
		.granularity = granularity,
		.did = granularity == GRANULARITY_GLOBAL ? 0 : stage->did,
		.address = granularity == GRANULARITY_SPECIFIC ? stage->window : iova(0),
	};
}

/* `arg` is the granularity. */
static void run_iotlb(struct test_run *run)
{
	if (!stale_open(run))
		return;
	stage_redirect(&run->stage, 0, CANARY_GAP);
	if (!stale_is_kept(run, 0, CANARY_TARGET_0))
		return;
	REQUIRE_OK(run,
		   invalidate_iotlb(run->unit, window_invalidation(&run->stage, run->test->arg)));
	stale_expect_hit(run, 0, CANARY_GAP, "after the invalidation");
}

/* The invalidation of the first page of the window, as its stage has it. */
static enum status forget_own_page(struct test_run *run)
{
	return stage_forget_pages(&run->stage, run->stage.did, 0, 0, false);
}

/* Of a first stage this invalidation takes the whole domain, whatever address it names. */
static enum status forget_any_page(struct test_run *run)
{
	struct iotlb_invalidation what = {
		.granularity = GRANULARITY_SPECIFIC,
		.did = run->stage.did,
		.leaf_only = true,
	};

	return invalidate_iotlb(run->unit, what);
}

static enum status forget_two_pages(struct test_run *run)
{
	return stage_forget_pages(&run->stage, run->stage.did, 0, 1, false);
}

static enum status forget_other_domain(struct test_run *run)
{
	struct iotlb_invalidation what = {
		.granularity = GRANULARITY_DOMAIN,
		.did = (uint16_t)(run->stage.did + 1),
	};

	return invalidate_iotlb(run->unit, what);
}

static enum status forget_page_of_other_domain(struct test_run *run)
{
	return stage_forget_pages(&run->stage, (uint16_t)(run->stage.did + 1), 0, 0, false);
}

/* Both leaves change; the narrow invalidation must leave the second page's entry alone. */
static void run_neighbour(struct test_run *run, enum status (*forget)(struct test_run *run),
			  unsigned int survivor)
{
	enum canary old = survivor ? CANARY_TARGET_1 : CANARY_TARGET_0;

	stage_redirect(&run->stage, survivor, CANARY_GAP);
	if (!stale_is_kept(run, survivor, old))
		return;
	REQUIRE_OK(run, forget(run));
	if (dma_hit(&run->stage, survivor) == old)
		return;
	if (stale_is_required(run))
		test_fail(run, "an entry that was not named did not survive");
	else
		test_skip(run, "unit %u forgets more than it is asked to, which is allowed",
			  run->unit->index);
}

static void run_page_neighbour(struct test_run *run)
{
	if (stale_open(run))
		run_neighbour(run, forget_own_page, 1);
}

static void run_other_domain(struct test_run *run)
{
	if (stale_open(run))
		run_neighbour(run, forget_other_domain, 0);
}

static void run_other_domain_page(struct test_run *run)
{
	if (stale_open(run))
		run_neighbour(run, forget_page_of_other_domain, 0);
}

/* What a page-selective invalidation may name: a first stage's is not held to CAP.MAMV. */
static unsigned int largest_mask(const struct test_run *run)
{
	if (scene_is_first_stage(&run->scene))
		return 52;
	return caps_max_address_mask(&run->unit->caps);
}

/*
 * QEMU d7258f7a25: every AM there is covers the window, and really invalidates it. Where the queue stops
 * at one, nothing more can be asked of it.
 */
static void run_every_mask(struct test_run *run)
{
	struct stage *stage = &run->stage;

	if (!stale_open(run))
		return;
	for (unsigned int mask = 0; mask <= largest_mask(run); mask++) {
		enum canary to = mask % 2 ? CANARY_TARGET_0 : CANARY_GAP;

		stage_redirect(stage, 0, to);
		if (stage_forget_pages(stage, stage->did, 0, mask, false) != STATUS_OK) {
			test_fail(run, "AM %u is not taken", mask);
			return;
		}
		if (dma_hit(stage, 0) != to)
			test_fail(run, "AM %u: still the old page", mask);
	}
}

/* Page 1 is invalidated together with page 0 by AM 1. */
static void run_mask_covers_neighbour(struct test_run *run)
{
	if (!largest_mask(run)) {
		test_skip(run, "unit %u has CAP.MAMV 0", run->unit->index);
		return;
	}
	if (!stale_open(run))
		return;
	stage_redirect(&run->stage, 1, CANARY_GAP);
	if (!stale_is_kept(run, 1, CANARY_TARGET_1))
		return;
	REQUIRE_OK(run, forget_two_pages(run));
	stale_expect_hit(run, 1, CANARY_GAP, "after the invalidation");
}

/* IH: only leaves changed, so what is above them stays. A unit may do more. */
static enum status forget_leaf_only(struct test_run *run)
{
	return stage_forget_pages(&run->stage, run->stage.did, 0, 0, true);
}

enum replaced { BY_PAGE, BY_ANY_PAGE, BY_LEAF_ONLY };

static void forget_replaced(struct test_run *run)
{
	static enum status (*const forget[])(struct test_run * run) = {
		[BY_PAGE] = forget_own_page,
		[BY_ANY_PAGE] = forget_any_page,
		[BY_LEAF_ONLY] = forget_leaf_only,
	};
	bool is_kept = run->test->arg == BY_LEAF_ONLY;

	if (forget[run->test->arg](run) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	else if (!is_kept || stale_is_required(run))
		stale_expect_hit(run, 0, is_kept ? CANARY_TARGET_0 : CANARY_GAP,
				 "after the invalidation");
	else
		test_skip(run, "unit %u may forget more than it is asked to", run->unit->index);
}

/*
 * The table that holds the window's leaves is replaced by a copy in which page 0 leads elsewhere:
 * an entry above the leaf changes, so IH must be 0.
 */
static void run_table_replaced(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct paging other;
	uint64_t *above, *leaf;
	uint64_t before, value;

	if (!stale_open(run))
		return;
	REQUIRE(run, stage_create_table(stage, &other) == STATUS_OK &&
			     stage_adopt_table(stage, &other) == STATUS_OK);
	leaf = other.top + (stage->window.value >> 12) % PAGING_ENTRIES;
	value = *paging_entry(&stage->table, stage->window, 1);
	field_set_address(&value, SS_ADDR, stage_address_of(stage, stage->canary[CANARY_GAP]));
	entry_store_word(leaf, value, stage->table.snooped);
	above = paging_entry(&stage->table, stage->window, 2);
	before = value = *above;
	field_set_address(&value, SS_ADDR, paging_pointer(&other));
	entry_store_word(above, value, stage->table.snooped);
	forget_replaced(run);
	entry_store_word(above, before, stage->table.snooped);
	if (invalidate_all(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	entry_store_word(leaf, 0, stage->table.snooped);
	paging_destroy(&other);
}

/* Unmap, invalidate, and the page is out of reach. */
static void run_unmap(struct test_run *run)
{
	bool is_scalable = run->scene.mode == SCENE_SCALABLE;
	struct outcome gone = FAULTS(is_scalable ? FR_SSS_2 : FR_LGN_2);

	if (!stale_open(run))
		return;
	paging_unmap(&run->stage.table, run->stage.window);
	REQUIRE_OK(run, forget_own_page(run));
	if (scene_test_write(run, 0, &gone, "unmapped page"))
		stale_expect_hit(run, 1, CANARY_TARGET_1, "the page that stayed mapped");
}

/* The whole sequence of Table 28, in one call each: the change is seen at once. */
static void run_publish_leaf(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t value;

	if (!stale_open(run))
		return;
	value = *paging_entry(&stage->table, stage->window, 1);
	field_set_address(&value, SS_ADDR, stage_address_of(stage, stage->canary[CANARY_GAP]));
	REQUIRE_OK(run, publish_entry(run->unit, &stage->table, stage->window, 1, value, stage->did,
				      stage->scene.rid_pasid));
	stale_expect_hit(run, 0, CANARY_GAP, "after publishing");
	stale_expect_hit(run, 1, CANARY_TARGET_1, "the page that was not changed");
}

static const struct test tests[] = {
	IN_BOTH_MODES("iotlb-global", "a changed leaf is seen after a global IOTLB invalidation",
		      "IOTLB Invalidate", 0, run_iotlb, .arg = GRANULARITY_GLOBAL),
	IN_BOTH_MODES("iotlb-domain", "a changed leaf is seen after a domain invalidation",
		      "IOTLB Invalidate", 0, run_iotlb, .arg = GRANULARITY_DOMAIN),
	IN_BOTH_MODES("iotlb-page", "a changed leaf is seen after a page invalidation",
		      "IOTLB Invalidate", NEED(PSI), run_iotlb, .arg = GRANULARITY_SPECIFIC),
	IN_BOTH_MODES("iotlb-domain-largest", "the largest domain-id names its pages",
		      "IOTLB Invalidate: DID", 0, run_iotlb, .arg = GRANULARITY_DOMAIN,
		      .scene.did = DID_LARGEST),
	IN_BOTH_MODES("iotlb-page-largest", "a page invalidation by the largest domain-id",
		      "IOTLB Invalidate: DID", NEED(PSI), run_iotlb, .arg = GRANULARITY_SPECIFIC,
		      .scene.did = DID_LARGEST),
	IN_BOTH_MODES("iotlb-page-neighbour", "a page invalidation leaves the next page alone",
		      "IOTLB Invalidate", NEED(PSI), run_page_neighbour),
	IN_BOTH_MODES("iotlb-other-domain", "a domain invalidation leaves other domains alone",
		      "IOTLB Invalidate", 0, run_other_domain),
	IN_BOTH_MODES("iotlb-other-domain-page",
		      "a page invalidation leaves the same page of other domains alone",
		      "IOTLB Invalidate", NEED(PSI), run_other_domain_page),
	IN_BOTH_MODES("iotlb-every-mask",
		      "QEMU d7258f7a25: every address mask up to CAP.MAMV invalidates",
		      "IOTLB Invalidate: AM", NEED(PSI), run_every_mask),
	IN_BOTH_MODES("iotlb-mask-neighbour", "address mask 1 invalidates the next page too",
		      "IOTLB Invalidate: AM", NEED(PSI), run_mask_covers_neighbour),
	IN_BOTH_MODES("iotlb-table-replaced",
		      "a page invalidation with IH=0 reaches the entries above the leaf",
		      "Caches for Paging Structures", NEED(PSI), run_table_replaced),
	{ .id = "fs.iotlb-page-takes-tables",
	  .title = "a page-selective IOTLB invalidation takes all of a first stage's domain",
	  .spec = "IOTLB Invalidate",
	  .needs = NEED(SMTS) | NEED(PSI),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_table_replaced,
	  .arg = BY_ANY_PAGE },
	{ .id = "legacy.iotlb-leaf-only",
	  .title = "a page invalidation with IH=1 leaves the entries above the leaf alone",
	  .spec = "IOTLB Invalidate: IH",
	  .needs = NEED(PSI),
	  .scene.mode = SCENE_LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_table_replaced,
	  .arg = BY_LEAF_ONLY },
	IN_BOTH_MODES("unmap", "an unmapped page is out of reach after its invalidation",
		      "IOTLB Invalidate", NEED(PSI), run_unmap),
	IN_BOTH_MODES("publish-leaf", "a leaf published in one call is seen at once",
		      "Guidance to Software for Invalidations", 0, run_publish_leaf),
};

const struct suite suite_invalidation = SUITE("invalidation", tests);
