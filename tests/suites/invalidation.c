/* SPDX-License-Identifier: MIT */
/*
 * Stale before, fresh after. A unit may cache, need not, and may forget more than it is asked to:
 * only "fresh after" is required of it. Where it kept nothing stale, or forgot a neighbour, the
 * question cannot be asked and the test skips; our own modelled unit caches all it may, so there
 * both are required.
 */
#include "iommu/entry.h"
#include "iommu/invalidate.h"
#include "iommu/publish.h"
#include "tests/scene_test.h"
#include "tests/suites/suites.h"

static const struct dma plain_write;

static bool caches_for_sure(const struct test_run *run)
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

/* Page `page` of the window must be written to `wanted`. */
static bool expect_hit(struct test_run *run, unsigned int page, enum canary wanted,
		       const char *when)
{
	enum canary hit = dma_hit(&run->stage, page);

	if (hit == wanted)
		return true;
	test_fail(run, "%s: the write hit %s, not %s", when, canary_names[hit],
		  canary_names[wanted]);
	return false;
}

/*
 * After a change without invalidation, page `page` should still go to `old`. False, and the test
 * skipped or failed, if the unit kept no such entry.
 */
static bool is_stale(struct test_run *run, unsigned int page, enum canary old)
{
	enum canary hit = dma_hit(&run->stage, page);

	if (hit == old)
		return true;
	if (hit == CANARY_GAP && !caches_for_sure(run))
		test_skip(run, "unit %u kept no stale entry, so nothing can be shown",
			  run->unit->index);
	else
		test_fail(run, "before the invalidation: the write hit %s, not %s",
			  canary_names[hit], canary_names[old]);
	return false;
}

/* The leaf of page `page` made to lead to another canary; stored, not invalidated. */
static void redirect_leaf(struct stage *stage, unsigned int page, enum canary to)
{
	iova_t at = iova(stage->window.value + page * PAGE_BYTES);
	uint64_t *leaf = second_stage_entry(&stage->table, at, 1);
	uint64_t value = *leaf;

	field_set_address(&value, SS_ADDR, phys_of(stage->canary[to]).value);
	entry_store_word(leaf, value, stage->table.snooped);
}

/* Both pages of the window used once, so that their translations may be cached. */
static bool open_warm(struct test_run *run)
{
	if (!scene_test_open(run, &run->test->scene, &plain_write))
		return false;
	run->stage.is_sound = false;
	return expect_hit(run, 1, CANARY_TARGET_1, "before anything is changed");
}

static struct iotlb_invalidation window_invalidation(const struct stage *stage,
						     enum invalidate_granularity granularity)
{
	return (struct iotlb_invalidation){
		.granularity = granularity,
		.did = granularity == GRANULARITY_GLOBAL ? 0 : stage->did,
		.address = granularity == GRANULARITY_SPECIFIC ? stage->window : iova(0),
	};
}

static void run_iotlb(struct test_run *run, struct iotlb_invalidation (*what)(struct stage *))
{
	if (!open_warm(run))
		return;
	redirect_leaf(&run->stage, 0, CANARY_GAP);
	if (!is_stale(run, 0, CANARY_TARGET_0))
		return;
	REQUIRE_OK(run, invalidate_iotlb(run->unit, what(&run->stage)));
	expect_hit(run, 0, CANARY_GAP, "after the invalidation");
}

static struct iotlb_invalidation whole(struct stage *stage)
{
	return window_invalidation(stage, GRANULARITY_GLOBAL);
}

static struct iotlb_invalidation own_domain(struct stage *stage)
{
	return window_invalidation(stage, GRANULARITY_DOMAIN);
}

static struct iotlb_invalidation own_page(struct stage *stage)
{
	return window_invalidation(stage, GRANULARITY_SPECIFIC);
}

static void run_iotlb_global(struct test_run *run)
{
	run_iotlb(run, whole);
}

static void run_iotlb_domain(struct test_run *run)
{
	run_iotlb(run, own_domain);
}

static void run_iotlb_page(struct test_run *run)
{
	run_iotlb(run, own_page);
}

/* Both leaves change; the narrow invalidation must leave the second page's entry alone. */
static void run_neighbour(struct test_run *run, struct iotlb_invalidation what,
			  unsigned int survivor)
{
	enum canary old = survivor ? CANARY_TARGET_1 : CANARY_TARGET_0;

	redirect_leaf(&run->stage, survivor, CANARY_GAP);
	if (!is_stale(run, survivor, old))
		return;
	REQUIRE_OK(run, invalidate_iotlb(run->unit, what));
	if (dma_hit(&run->stage, survivor) == old)
		return;
	if (caches_for_sure(run))
		test_fail(run, "an entry that was not named did not survive");
	else
		test_skip(run, "unit %u forgets more than it is asked to, which is allowed",
			  run->unit->index);
}

static void run_page_neighbour(struct test_run *run)
{
	if (open_warm(run))
		run_neighbour(run, own_page(&run->stage), 1);
}

static void run_other_domain(struct test_run *run)
{
	struct iotlb_invalidation what = { .granularity = GRANULARITY_DOMAIN };

	if (!open_warm(run))
		return;
	what.did = (uint16_t)(run->stage.did + 1);
	run_neighbour(run, what, 0);
}

static void run_other_domain_page(struct test_run *run)
{
	struct iotlb_invalidation what;

	if (!open_warm(run))
		return;
	what = own_page(&run->stage);
	what.did = (uint16_t)(run->stage.did + 1);
	run_neighbour(run, what, 0);
}

/* QEMU d7258f7a25: every AM up to CAP.MAMV covers the window, and really invalidates it. */
static void run_every_mask(struct test_run *run)
{
	unsigned int largest = caps_max_address_mask(&run->unit->caps);

	if (!open_warm(run))
		return;
	for (unsigned int mask = 0; mask <= largest; mask++) {
		struct iotlb_invalidation what = own_page(&run->stage);
		enum canary to = mask % 2 ? CANARY_TARGET_0 : CANARY_GAP;

		what.address_mask = (uint8_t)mask;
		what.address.value &= mask + 12 < 64 ? ~UINT64_C(0) << (mask + 12) : 0;
		redirect_leaf(&run->stage, 0, to);
		REQUIRE_OK(run, invalidate_iotlb(run->unit, what));
		if (dma_hit(&run->stage, 0) != to)
			test_fail(run, "AM %u: still the old page", mask);
	}
}

/* Page 1 is invalidated together with page 0 by AM 1. */
static void run_mask_covers_neighbour(struct test_run *run)
{
	struct iotlb_invalidation what;

	if (!caps_max_address_mask(&run->unit->caps)) {
		test_skip(run, "unit %u has CAP.MAMV 0", run->unit->index);
		return;
	}
	if (!open_warm(run))
		return;
	redirect_leaf(&run->stage, 1, CANARY_GAP);
	if (!is_stale(run, 1, CANARY_TARGET_1))
		return;
	what = own_page(&run->stage);
	what.address_mask = 1;
	REQUIRE_OK(run, invalidate_iotlb(run->unit, what));
	expect_hit(run, 1, CANARY_GAP, "after the invalidation");
}

/*
 * The table that holds the window's leaves is replaced by a copy in which page 0 leads elsewhere:
 * an entry above the leaf changes, so IH must be 0.
 */
static void run_table_replaced(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct second_stage other;
	uint64_t *above, *leaf;
	uint64_t before, value;

	if (!open_warm(run))
		return;
	REQUIRE(run, second_stage_create(&other, 3, stage->table.snooped) == STATUS_OK);
	leaf = other.top + (stage->window.value >> 12) % PAGING_ENTRIES;
	value = *second_stage_entry(&stage->table, stage->window, 1);
	field_set_address(&value, SS_ADDR, phys_of(stage->canary[CANARY_GAP]).value);
	entry_store_word(leaf, value, stage->table.snooped);
	above = second_stage_entry(&stage->table, stage->window, 2);
	before = value = *above;
	field_set_address(&value, SS_ADDR, phys_of(other.top).value);
	entry_store_word(above, value, stage->table.snooped);
	if (invalidate_iotlb(run->unit, own_page(stage)) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	else
		expect_hit(run, 0, CANARY_GAP, "after the invalidation");
	entry_store_word(above, before, stage->table.snooped);
	if (invalidate_all(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	entry_store_word(leaf, 0, stage->table.snooped);
	second_stage_destroy(&other);
}

/* Unmap, invalidate, and the page is out of reach. */
static void run_unmap(struct test_run *run)
{
	bool is_scalable = run->test->scene.mode == SCENE_SCALABLE;
	struct outcome gone = FAULTS(is_scalable ? FR_SSS_2 : FR_LGN_2);

	if (!open_warm(run))
		return;
	second_stage_unmap(&run->stage.table, run->stage.window);
	REQUIRE_OK(run, invalidate_iotlb(run->unit, own_page(&run->stage)));
	if (scene_test_write(run, 0, &gone, "unmapped page"))
		expect_hit(run, 1, CANARY_TARGET_1, "the page that stayed mapped");
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

	if (!open_warm(run) || !make_other(run, &other))
		return;
	poke.value = phys_of(other.top).value / PAGE_BYTES;
	word = stage_poke(&run->stage, &poke);
	if (invalidate_iotlb(run->unit, whole(&run->stage)) == STATUS_OK &&
	    is_stale(run, 0, CANARY_TARGET_0)) {
		if (invalidate(run) == STATUS_OK &&
		    invalidate_iotlb(run->unit, own_domain(&run->stage)) == STATUS_OK)
			expect_hit(run, 0, CANARY_GAP, "after the invalidation");
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

/* The whole sequence of Table 28, in one call each: the change is seen at once. */
static void run_publish_leaf(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t value;

	if (!open_warm(run))
		return;
	value = *second_stage_entry(&stage->table, stage->window, 1);
	field_set_address(&value, SS_ADDR, phys_of(stage->canary[CANARY_GAP]).value);
	REQUIRE_OK(run, publish_second_stage(run->unit, &stage->table, stage->window, 1, value,
					     stage->did));
	expect_hit(run, 0, CANARY_GAP, "after publishing");
	expect_hit(run, 1, CANARY_TARGET_1, "the page that was not changed");
}

static void run_publish_context(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct second_stage other;
	struct context_entry entry;

	if (!open_warm(run) || !make_other(run, &other))
		return;
	entry = context_translated(&other, stage->did);
	if (publish_context(run->unit, &stage->root, run->agent->sid, entry.q, stage->did) ==
	    STATUS_OK)
		expect_hit(run, 0, CANARY_GAP, "after publishing");
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

	if (!open_warm(run) || !make_other(run, &other))
		return;
	entry = pasid_second_stage(&other, stage->did);
	if (publish_pasid(run->unit, &stage->pasids, stage->scene.rid_pasid, &entry, stage->did) ==
	    STATUS_OK)
		expect_hit(run, 0, CANARY_GAP, "after publishing");
	else
		test_fail(run, "publish_pasid: %s", unit_failure(run->unit));
	if (!stage_strike(stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	second_stage_destroy(&other);
}

#define IN_BOTH_MODES(name, text, title_in_spec, more, function)                         \
	{ .id = "legacy." name,                                                          \
	  .title = text,                                                                 \
	  .spec = title_in_spec,                                                         \
	  .needs = (more),                                                               \
	  .scene.mode = SCENE_LEGACY,                                                    \
	  .flags = TEST_SHARES_STAGE,                                                    \
	  .run = function },                                                             \
	{                                                                                \
		.id = "sm." name, .title = text, .spec = title_in_spec,                  \
		.needs = NEED(SMTS) | NEED(SSTS) | (more), .scene.mode = SCENE_SCALABLE, \
		.flags = TEST_SHARES_STAGE, .run = function                              \
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
	IN_BOTH_MODES("iotlb-global", "a changed leaf is seen after a global IOTLB invalidation",
		      "IOTLB Invalidate", 0, run_iotlb_global),
	IN_BOTH_MODES("iotlb-domain", "a changed leaf is seen after a domain invalidation",
		      "IOTLB Invalidate", 0, run_iotlb_domain),
	IN_BOTH_MODES("iotlb-page", "a changed leaf is seen after a page invalidation",
		      "IOTLB Invalidate", NEED(PSI), run_iotlb_page),
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
	IN_BOTH_MODES("unmap", "an unmapped page is out of reach after its invalidation",
		      "IOTLB Invalidate", NEED(PSI), run_unmap),
	IN_BOTH_MODES("publish-leaf", "a leaf published in one call is seen at once",
		      "Guidance to Software for Invalidations", 0, run_publish_leaf),
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

const struct suite suite_invalidation = SUITE("invalidation", tests);
