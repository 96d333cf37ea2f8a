/* SPDX-License-Identifier: MIT */
/*
 * Two devices in one domain, by the same tables: what is invalidated of the domain is invalidated of both.
 *
 * Whoever unmaps a page of a domain names the domain or the page, not the devices: so a unit that lets go of the first
 * entry it finds leaves the page to the other device. The same goes for entries of the tables: an invalidation of the
 * context cache or PASID cache by domain, and a PASID's, name no source.
 */
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/agents.h"
#include "tests/scenes/scene_test.h"
#include "tests/scenes/spare.h"
#include "tests/suites/caches/stale.h"
#include "tests/suites/suites.h"

/* The second device; run->fixture. */
struct partner {
	struct agent *agent;
	uint64_t before[4]; /* its context entry; words beyond the mode's are 0 */
	struct spare spare; /* where both are led, if they are led elsewhere */
};

static void store_context(struct test_run *run, uint16_t sid, const uint64_t *words)
{
	struct root_table *root = &run->stage.root;

	entry_store(root_table_context(root, sid), words, root_table_context_words(root),
		    root->snooped);
}

static void load_context(struct test_run *run, uint16_t sid, uint64_t *words)
{
	struct root_table *root = &run->stage.root;
	const uint64_t *entry = root_table_context(root, sid);

	for (unsigned int word = 0; word < root_table_context_words(root); word++)
		words[word] = entry[word];
}

/* Which page a write of that agent to a page of the window hits. */
static enum canary hit_by(struct test_run *run, struct agent *agent, unsigned int page)
{
	struct stage *stage = &run->stage;
	enum canary hit;

	stage->agent = agent;
	hit = dma_hit(stage, page);
	stage->agent = run->agent;
	return hit;
}

static void expect_both(struct test_run *run, unsigned int page, enum canary wanted,
			const char *when)
{
	const struct partner *partner = run->fixture;

	if (hit_by(run, run->agent, page) != wanted)
		test_fail(run, "%s: the first device does not write to the %s page", when,
			  page ? "second" : "first");
	if (hit_by(run, partner->agent, page) != wanted)
		test_fail(run, "%s: the second device does not write to the %s page", when,
			  page ? "second" : "first");
}

static bool arm(struct test_run *run, struct agent *agent)
{
	struct stage *stage = &run->stage;
	bool is_armed;

	agent->set_bus_master(agent, true);
	stage->agent = agent;
	is_armed = dma_arm(stage);
	stage->agent = run->agent;
	return is_armed;
}

/* The partner's context entry is the same as the agent's, word for word. */
static bool join(struct test_run *run, struct partner *partner)
{
	uint64_t own[4] = { 0 };

	if (!root_table_context(&run->stage.root, partner->agent->sid)) {
		test_error(run, "no memory for a context table");
		return false;
	}
	load_context(run, partner->agent->sid, partner->before);
	load_context(run, run->agent->sid, own);
	store_context(run, partner->agent->sid, own);
	if (invalidate_all(run->unit) == STATUS_OK && arm(run, partner->agent))
		return true;
	test_fail(run, "cannot add the second device: %s", unit_failure(run->unit));
	return false;
}

/* Both devices have used both pages. */
static void *open_partner(struct test_run *run)
{
	static struct partner second;

	second = (struct partner){ .agent = agents_beside(run->agent) };
	run->fixture = &second;
	if (!second.agent) {
		test_skip(run, "only one agent behind unit %u", run->unit->index);
		return NULL;
	}
	if (!stale_open(run))
		return NULL;
	if (join(run, &second)) {
		expect_both(run, 0, CANARY_TARGET_0, "before anything is changed");
		expect_both(run, 1, CANARY_TARGET_1, "before anything is changed");
	}
	return &second;
}

static void close_partner(struct test_run *run)
{
	struct partner *partner = run->fixture;

	partner->agent->set_bus_master(partner->agent, false);
	if (root_table_context(&run->stage.root, partner->agent->sid))
		store_context(run, partner->agent->sid, partner->before);
	if ((invalidate_all(run->unit) != STATUS_OK || run->has_failed) &&
	    !stage_strike(&run->stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	spare_destroy(&partner->spare);
}

static const struct fixture partner_fixture = { open_partner, close_partner };

/* ---- pages ---- */

static enum status forget_iotlb(struct test_run *run, unsigned int granularity)
{
	const struct iotlb_invalidation what = {
		.granularity = granularity,
		.did = granularity == GRANULARITY_GLOBAL ? 0 : run->stage.did,
	};

	if (granularity == GRANULARITY_SPECIFIC)
		return stage_forget_pages(&run->stage, run->stage.did, 0, 1, true);
	return invalidate_iotlb(run->unit, what);
}

/* Both pages lead elsewhere; `arg` is the granularity of the one invalidation for both devices. */
static void run_pages(struct test_run *run)
{
	struct stage *stage = &run->stage;

	if (run->test->arg == GRANULARITY_SPECIFIC && !scene_is_first_stage(&run->scene) &&
	    !caps_max_address_mask(&run->unit->caps)) {
		test_skip(run, "unit %u has CAP.MAMV 0", run->unit->index);
		return;
	}
	stage_redirect(stage, 0, CANARY_GAP);
	stage_redirect(stage, 1, CANARY_TARGET_0);
	REQUIRE_OK(run, forget_iotlb(run, run->test->arg));
	expect_both(run, 0, CANARY_GAP, "after the invalidation");
	expect_both(run, 1, CANARY_TARGET_0, "after the invalidation");
}

/* ---- entries ---- */

static bool create_spare(struct test_run *run)
{
	struct partner *partner = run->fixture;

	if (spare_create(&partner->spare, &run->stage, SPARE_TABLES))
		return true;
	test_error(run, "no memory for spare tables");
	return false;
}

static void lead_both(struct test_run *run, const uint64_t *context, uint16_t old_did)
{
	const struct partner *partner = run->fixture;
	struct context_invalidation what = { .granularity = run->test->arg };

	if (what.granularity != GRANULARITY_GLOBAL)
		what.did = old_did;
	store_context(run, run->agent->sid, context);
	store_context(run, partner->agent->sid, context);
	if (stale_forget_context(run, what) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
}

/* Both context entries change, and the domain is named once. */
static void run_contexts(struct test_run *run)
{
	struct partner *partner = run->fixture;
	uint64_t own[4] = { 0 };

	if (!create_spare(run))
		return;
	load_context(run, run->agent->sid, own);
	lead_both(run, partner->spare.context, run->stage.did);
	expect_both(run, 0, partner->spare.page, "led to other tables");
	lead_both(run, own, partner->spare.did);
	expect_both(run, 0, CANARY_TARGET_0, "led back");
}

/* The PASID table entry that both use changes, and `arg` is how it is named: once for both. */
static void run_pasid_entry(struct test_run *run)
{
	struct partner *partner = run->fixture;
	struct stage *stage = &run->stage;
	struct pasid_invalidation what = { .granularity = (uint8_t)run->test->arg };
	const struct iotlb_invalidation pages = { .granularity = GRANULARITY_DOMAIN,
						  .did = stage->did };
	struct poke poke = { .at = AT_PASID, .field = stage_pointer_field(stage) };
	uint64_t word;

	if (!create_spare(run))
		return;
	if (what.granularity != PC_GLOBAL)
		what.did = stage->did;
	if (what.granularity == PC_PASID)
		what.pasid = stage->scene.rid_pasid;
	poke.value = paging_pointer(&partner->spare.table) / PAGE_BYTES;
	word = stage_poke(stage, &poke);
	if (invalidate_pasid_cache(run->unit, what) == STATUS_OK &&
	    invalidate_iotlb(run->unit, pages) == STATUS_OK)
		expect_both(run, 0, partner->spare.page, "led to other tables");
	else
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	stage_unpoke(stage, &poke, word);
}

#define SHARED(name, text, title_in_spec, more, function, how)             \
	IN_BOTH_MODES("shared-" name, text, title_in_spec, more, function, \
		      .fixture = &partner_fixture, .arg = (how))
#define SHARED_PASID(name, text, how)                                                            \
	{                                                                                        \
		.id = "sm.shared-" name, .title = text,                                          \
		.spec = "PASID-cache Invalidate Descriptor", .needs = NEED(SMTS),                \
		.scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },                        \
		.flags = TEST_SHARES_STAGE, .fixture = &partner_fixture, .run = run_pasid_entry, \
		.arg = (how)                                                                     \
	}

static const struct test tests[] = {
	SHARED("iotlb-global", "a global IOTLB invalidation takes the pages of two devices",
	       "IOTLB Invalidate", 0, run_pages, GRANULARITY_GLOBAL),
	SHARED("iotlb-domain", "a domain's invalidation takes the pages of two devices in it",
	       "IOTLB Invalidate", 0, run_pages, GRANULARITY_DOMAIN),
	SHARED("iotlb-pages", "a page invalidation takes the pages of two devices in the domain",
	       "IOTLB Invalidate", NEED(PSI), run_pages, GRANULARITY_SPECIFIC),
	SHARED("context-global", "a global invalidation takes the context entries of two devices",
	       "Context-cache Invalidate Descriptor", 0, run_contexts, GRANULARITY_GLOBAL),
	SHARED("context-domain", "a domain's invalidation takes the context entries of two devices",
	       "Context-cache Invalidate Descriptor", 0, run_contexts, GRANULARITY_DOMAIN),
	SHARED_PASID("pasid-global",
		     "a global PASID-cache invalidation takes the entry from two devices",
		     PC_GLOBAL),
	SHARED_PASID("pasid-domain", "a domain's PASID-cache invalidation takes it from both",
		     PC_DOMAIN),
	SHARED_PASID("pasid-pasid", "a PASID's cache invalidation takes it from both", PC_PASID),
};

const struct suite suite_shared_domain = SUITE("shared domain", tests);
