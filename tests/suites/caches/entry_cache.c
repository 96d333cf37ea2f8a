/* SPDX-License-Identifier: MIT */
/*
 * A changed context or PASID entry counts after the invalidation that names it, and not before.
 *
 * These entries decide whose tables a device uses; one that stays stale lets a device go on in the
 * address space of its former owner. QEMU did nothing at all for a PASID-cache invalidation
 * (c9cf33075a), and applied function masks without inverting them (6cb99acc28). Order matters:
 * first the entry's cache, then the IOTLB, for translations made through the old entry are tagged
 * with its domain. So each test empties the IOTLB first, and what is stale after that is the
 * entry. Publishing in one call is our own driver's way to get the order right.
 */
#include "arch/print.h"
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

/* A second table whose window leads to the new page. Freed by paging_destroy(). */
static bool make_other(struct test_run *run, struct paging *other)
{
	struct stage *stage = &run->stage;
	phys_t gap = phys(stage_address_of(stage, stage->canary[CANARY_GAP]));

	if (stage_create_table(stage, other) == STATUS_OK &&
	    paging_map(other, stage->window, gap, 12, ACCESS_BOTH) == STATUS_OK &&
	    stage_map_mailbox(stage, other) && stage_adopt_table(stage, other) == STATUS_OK)
		return true;
	test_error(run, "no memory for a second table");
	paging_destroy(other);
	return false;
}

struct cached_entry {
	enum place at;
	enum status (*invalidate)(struct test_run *run, unsigned int granularity);
	unsigned int granularity; /* as that function understands it */
};

static bool forget_entry(struct test_run *run, const struct cached_entry *entry)
{
	if (entry->invalidate(run, entry->granularity) == STATUS_OK &&
	    forget_domain(run) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

/*
 * The context entry (or the PASID entry) is changed to lead to another table, in memory only. With
 * everything cached that a unit may cache, the lawful invalidations make the change seen.
 */
static void expect_fresh(struct test_run *run, const struct poke *poke,
			 const struct cached_entry *entry)
{
	uint64_t word = stage_poke(&run->stage, poke);

	if (forget_entry(run, entry))
		stale_expect_hit(run, 0, CANARY_GAP, "after the invalidation");
	stage_unpoke(&run->stage, poke, word);
	if (invalidate_all(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	stale_expect_hit(run, 0, CANARY_TARGET_0, "with the entry back");
}

/*
 * Once more, to tell who it was: the IOTLB is emptied, so what stays stale is the entry itself; then
 * its own invalidation must free it. A unit that keeps no entry has shown all it can.
 */
static void expect_entry_freed(struct test_run *run, const struct poke *poke,
			       const struct cached_entry *entry)
{
	uint64_t word = stage_poke(&run->stage, poke);
	enum canary hit;

	if (invalidate_whole_iotlb(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	hit = dma_hit(&run->stage, 0);
	if (hit == CANARY_GAP && !stale_is_required(run))
		print("# note: %s: unit %u keeps no entry once its IOTLB is empty\n", run->test->id,
		      run->unit->index);
	else if (hit != CANARY_TARGET_0)
		test_fail(run, "the change shows, or worse, before the entry is invalidated");
	if (!run->has_failed && forget_entry(run, entry))
		stale_expect_hit(run, 0, CANARY_GAP, "after the invalidation of the entry alone");
	stage_unpoke(&run->stage, poke, word);
	if (invalidate_all(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
}

LINKED_RUN(run_entry_cache, struct cached_entry, entry)
{
	struct paging other;
	struct poke poke = { .at = entry->at };

	if (!stale_open(run) || !make_other(run, &other))
		return;
	poke.field = stage_pointer_field(&run->stage);
	poke.value = paging_pointer(&other) / PAGE_BYTES;
	expect_fresh(run, &poke, entry);
	if (!run->has_failed)
		expect_entry_freed(run, &poke, entry);
	paging_destroy(&other);
}

static enum status forget_contexts(struct test_run *run, unsigned int granularity)
{
	struct context_invalidation what = { .granularity = granularity };

	if (granularity != GRANULARITY_GLOBAL)
		what.did = run->stage.did;
	if (granularity == GRANULARITY_SPECIFIC)
		what.sid = run->agent->sid;
	return invalidate_context_cache(run->unit, what);
}

/* FM 3 leaves out all of the function number: any function of the device names it. */
static enum status forget_functions(struct test_run *run, unsigned int granularity)
{
	struct context_invalidation what = {
		.granularity = granularity,
		.did = run->stage.did,
		.sid = run->agent->sid ^ 7,
		.function_mask = 3,
	};

	return invalidate_context_cache(run->unit, what);
}

static enum status forget_pasids(struct test_run *run, unsigned int granularity)
{
	struct pasid_invalidation what = { .granularity = (uint8_t)granularity };

	if (granularity != PC_GLOBAL)
		what.did = run->stage.did;
	if (granularity == PC_PASID)
		what.pasid = run->stage.scene.rid_pasid;
	return invalidate_pasid_cache(run->unit, what);
}

/* The whole sequence of Table 28, in one call: the change is seen at once. */
static void run_publish_context(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct paging other;
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
	paging_destroy(&other);
}

static void run_publish_pasid(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct paging other;
	struct pasid_entry entry, old;

	if (!stale_open(run) || !make_other(run, &other))
		return;
	old = *pasid_table_entry(&stage->pasids, stage->scene.rid_pasid);
	entry = stage_pasid_entry(stage, &other, stage->did);
	if (publish_pasid(run->unit, &stage->pasids, stage->scene.rid_pasid, &entry, &old) ==
	    STATUS_OK)
		stale_expect_hit(run, 0, CANARY_GAP, "after publishing");
	else
		test_fail(run, "publish_pasid: %s", unit_failure(run->unit));
	if (!stage_strike(stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	paging_destroy(&other);
}

#define CONTEXT_CACHED(function, how) \
	LINKED(run_entry_cache, .at = AT_CONTEXT, .invalidate = (function), .granularity = (how))
#define PASID_CACHED(how) \
	LINKED(run_entry_cache, .at = AT_PASID, .invalidate = forget_pasids, .granularity = (how))

#define LEGACY_ONLY(name, text, title_in_spec, ...)                                        \
	{                                                                                  \
		.id = "legacy." name, .title = text, .spec = title_in_spec,                \
		.scene.mode = SCENE_LEGACY, .flags = TEST_SHARES_STAGE, .run = __VA_ARGS__ \
	}

#define SCALABLE_ONLY(name, text, title_in_spec, ...)                                        \
	{                                                                                    \
		.id = "sm." name, .title = text, .spec = title_in_spec, .needs = NEED(SMTS), \
		.scene.mode = SCENE_SCALABLE, .scene.stage = EACH_STAGE,                     \
		.flags = TEST_SHARES_STAGE, .run = __VA_ARGS__                               \
	}

/* What the entry at `at` holds where it leads to the other table, as a page number. */
static uint64_t pointer_to(const struct paging *other, enum place at, iova_t from)
{
	return at == AT_LEVEL_2 ? field_get(paging_entry(other, from, 2), SS_ADDR)
				: paging_pointer(other) / PAGE_BYTES;
}

static enum status start_again(struct test_run *run)
{
	const struct root_table *root = &run->stage.root;
	enum status status = unit_latch_root(run->unit, phys_of(root->entries),
					     root->scalable ? TTM_SCALABLE : TTM_LEGACY);

	return status == STATUS_OK ? unit_set_translation(run->unit, true) : status;
}

/*
 * With ECAP.SMTS, translation that goes off takes every cache with it, not only the pages: the entry at
 * `arg`, changed meanwhile, counts without an invalidation. Where the latch flushes by itself
 * (CAP.ESRTPS), nothing could be shown.
 */
static void run_te_off_entry(struct test_run *run)
{
	const enum place at = run->test->arg;
	struct stage *stage = &run->stage;
	struct paging other;
	struct poke poke = { .at = at };
	uint64_t word;

	if (!stale_open(run) || !make_other(run, &other))
		return;
	poke.field = at == AT_LEVEL_2 ? FIELD(SS_ADDR) : stage_pointer_field(stage);
	poke.value = pointer_to(&other, at, stage->window);
	if (unit_set_translation(run->unit, false) != STATUS_OK)
		test_fail(run, "TE off: %s", unit_failure(run->unit));
	word = stage_poke(stage, &poke);
	if (start_again(run) == STATUS_OK)
		stale_expect_hit(run, 0, CANARY_GAP, "with translation on again");
	else
		test_fail(run, "TE on: %s", unit_failure(run->unit));
	stage_unpoke(stage, &poke, word);
	if (invalidate_all(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	paging_destroy(&other);
}

#define TE_OFF(mode_name, scene_mode, name, what, place, needed)                                   \
	{                                                                                          \
		.id = mode_name ".te-off-forgets-" name,                                           \
		.title = "turning translation off invalidates " what,                              \
		.spec = "Global Command Register: TE", .needs = (needed),                          \
		.needs_absent = NEED(ESRTPS),                                                      \
		.scene = { .mode = (scene_mode),                                                   \
			   .stage = (scene_mode) == SCENE_SCALABLE ? EACH_STAGE : STAGE_OF_UNIT }, \
		.flags = TEST_SHARES_STAGE, .run = run_te_off_entry, .arg = (place)                \
	}

static const struct test tests[] = {
	TE_OFF("legacy", SCENE_LEGACY, "context", "context entries of a unit with scalable mode",
	       AT_CONTEXT, NEED(SMTS)),
	TE_OFF("legacy", SCENE_LEGACY, "table", "paging entries above the leaf", AT_LEVEL_2,
	       NEED(SMTS)),
	TE_OFF("sm", SCENE_SCALABLE, "pasid", "PASID entries", AT_PASID, NEED(SMTS)),
	TE_OFF("sm", SCENE_SCALABLE, "table", "paging entries above the leaf", AT_LEVEL_2,
	       NEED(SMTS)),
	LEGACY_ONLY("context-global", "a changed context entry is seen after a global invalidation",
		    "Context-cache Invalidate Descriptor",
		    CONTEXT_CACHED(forget_contexts, GRANULARITY_GLOBAL)),
	LEGACY_ONLY("context-domain", "a changed context entry is seen after a domain invalidation",
		    "Context-cache Invalidate Descriptor",
		    CONTEXT_CACHED(forget_contexts, GRANULARITY_DOMAIN)),
	LEGACY_ONLY("context-device", "a changed context entry is seen after a device invalidation",
		    "Context-cache Invalidate Descriptor",
		    CONTEXT_CACHED(forget_contexts, GRANULARITY_SPECIFIC)),
	LEGACY_ONLY("context-domain-largest", "the largest domain-id names its context entries",
		    "Context-cache Invalidate Descriptor: DID",
		    CONTEXT_CACHED(forget_contexts, GRANULARITY_DOMAIN), .scene.did = DID_LARGEST),
	LEGACY_ONLY("context-device-largest", "a device invalidation by the largest domain-id",
		    "Context-cache Invalidate Descriptor: DID",
		    CONTEXT_CACHED(forget_contexts, GRANULARITY_SPECIFIC),
		    .scene.did = DID_LARGEST),
	LEGACY_ONLY("context-other-bus", "a device of another bus is reached by its source-id",
		    "Context-cache Invalidate Descriptor: SID",
		    CONTEXT_CACHED(forget_contexts, GRANULARITY_SPECIFIC),
		    .agent_features = AGENT_OTHER_BUS),
	LEGACY_ONLY("context-upper-devfn", "a device of the upper half of a bus, too",
		    "Context-cache Invalidate Descriptor: SID",
		    CONTEXT_CACHED(forget_contexts, GRANULARITY_SPECIFIC),
		    .agent_features = AGENT_UPPER_DEVFN),
	LEGACY_ONLY("context-functions",
		    "QEMU 6cb99acc28: FM 3 reaches every function of the device",
		    "Context-cache Invalidate Descriptor: FM",
		    CONTEXT_CACHED(forget_functions, GRANULARITY_SPECIFIC)),
	LEGACY_ONLY("publish-context", "a context entry published in one call is seen at once",
		    "Guidance to Software for Invalidations", run_publish_context),
	SCALABLE_ONLY("pasid-cache-global",
		      "QEMU c9cf33075a: a changed PASID entry is seen after a global invalidation",
		      "PASID-cache Invalidate Descriptor", PASID_CACHED(PC_GLOBAL)),
	SCALABLE_ONLY("pasid-cache-domain",
		      "a changed PASID entry is seen after a domain invalidation",
		      "PASID-cache Invalidate Descriptor", PASID_CACHED(PC_DOMAIN)),
	SCALABLE_ONLY("pasid-cache-selective",
		      "a changed PASID entry is seen after a PASID-selective invalidation",
		      "PASID-cache Invalidate Descriptor", PASID_CACHED(PC_PASID)),
	SCALABLE_ONLY("pasid-cache-domain-largest", "the largest domain-id names its PASID entries",
		      "PASID-cache Invalidate Descriptor: DID", PASID_CACHED(PC_DOMAIN),
		      .scene.did = DID_LARGEST),
	SCALABLE_ONLY("pasid-cache-selective-largest",
		      "a PASID-selective invalidation by the largest domain-id",
		      "PASID-cache Invalidate Descriptor: DID", PASID_CACHED(PC_PASID),
		      .scene.did = DID_LARGEST),
	SCALABLE_ONLY("pasid-cache-other-bus", "PASID entries of a device of another bus",
		      "PASID-cache Invalidate Descriptor", PASID_CACHED(PC_PASID),
		      .agent_features = AGENT_OTHER_BUS),
	SCALABLE_ONLY("publish-pasid", "a PASID entry published in one call is seen at once",
		      "Guidance to Software for Invalidations", run_publish_pasid),
};

const struct suite suite_entry_cache = SUITE("entry-cache", tests);
