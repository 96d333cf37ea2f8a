/* SPDX-License-Identifier: MIT */
/*
 * Two devices behind one unit, the same addresses, different tables: what is cached for one must
 * not serve the other, and what is invalidated for one need not be forgotten of the other.
 *
 * Cached translations are tagged with the domain, entries with the source-id; software may give
 * two devices one domain only if they have one table. The neighbour chosen is the one whose
 * source-id differs least, because a tag that is cut short confuses those first (QEMU 1e06f131fd
 * had a logical and where a bitwise one was meant). The turns alternate, so that each finds what
 * the other left behind.
 */
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/scene_test.h"
#include "tests/scenes/spare.h"
#include "tests/suites/suites.h"

static const struct dma plain_write;

/* The second device has tables of its own: its window leads to the gap. */
struct neighbour {
	struct agent *agent;
	struct spare tables;
};

/* Prefers another function of the same device: their source-ids differ least. */
static struct agent *find_neighbour(const struct agent *agent)
{
	struct agent *found = NULL;
	struct agent *other;

	for (unsigned int nth = 0; (other = platform_agent(agent->unit, nth)); nth++) {
		if (other->sid == agent->sid)
			continue;
		if (!found || (other->sid ^ agent->sid) < (found->sid ^ agent->sid))
			found = other;
	}
	return found;
}

static bool add_neighbour(struct stage *stage, struct neighbour *neighbour)
{
	struct root_table *root = &stage->root;
	uint64_t *slot = root_table_context(root, neighbour->agent->sid);

	if (!slot || !spare_create(&neighbour->tables, stage, SPARE_TABLES))
		return false;
	entry_store(slot, neighbour->tables.context, root_table_context_words(root), root->snooped);
	return true;
}

static void close_both(struct test_run *run)
{
	struct neighbour *neighbour = run->fixture;

	if (neighbour->agent)
		neighbour->agent->set_bus_master(neighbour->agent, false);
	if (!stage_strike(&run->stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	spare_destroy(&neighbour->tables);
}

/* Which page a write of that agent to the window's first page hits. */
static enum canary hit_by(struct stage *stage, struct agent *agent)
{
	struct agent *own = stage->agent;
	enum canary hit;

	stage->agent = agent;
	hit = dma_hit(stage, 0);
	stage->agent = own;
	return hit;
}

/* Stage and neighbour ready, both agents armed. */
static void *open_both(struct test_run *run)
{
	static struct neighbour second;
	struct neighbour *neighbour = &second;
	struct stage *stage = &run->stage;
	struct agent *own = run->agent;

	*neighbour = (struct neighbour){ .agent = find_neighbour(run->agent) };
	if (!neighbour->agent) {
		test_skip(run, "only one agent behind unit %u", run->unit->index);
		return neighbour;
	}
	if (!scene_test_open(run, &run->scene, &plain_write))
		return neighbour;
	if (!add_neighbour(stage, neighbour) || invalidate_all(run->unit) != STATUS_OK) {
		test_fail(run, "cannot add the second device: %s", unit_failure(run->unit));
		return neighbour;
	}
	neighbour->agent->set_bus_master(neighbour->agent, true);
	stage->agent = neighbour->agent;
	EXPECT(run, dma_arm(stage));
	stage->agent = own;
	return neighbour;
}

static const struct fixture both = { .open = open_both, .close = close_both };

/* In turn, each twice: whatever the first one left in a cache is there for the second. */
static void run_apart(struct test_run *run)
{
	struct neighbour *neighbour = run->fixture;

	for (unsigned int turn = 0; turn < 2; turn++) {
		EXPECT_EQ(run, hit_by(&run->stage, run->agent), CANARY_TARGET_0);
		EXPECT_EQ(run, hit_by(&run->stage, neighbour->agent), CANARY_GAP);
	}
}

/*
 * The neighbour's mapping moves to the bystander, and only its domain is invalidated: the
 * neighbour must see it. (That the other one's entry survives is asked elsewhere.)
 */
static void run_own_domain(struct test_run *run)
{
	struct iotlb_invalidation what = {
		.granularity = GRANULARITY_DOMAIN,
		.did = SPARE_DID,
	};
	struct stage *stage = &run->stage;
	struct neighbour *neighbour = run->fixture;
	uint64_t *leaf = paging_entry(&neighbour->tables.table, stage->window, 1);
	uint64_t value = *leaf;

	EXPECT_EQ(run, hit_by(stage, neighbour->agent), CANARY_GAP);
	field_set_address(&value, SS_ADDR, stage_address_of(stage, stage->canary[CANARY_TARGET_1]));
	entry_store_word(leaf, value, stage->table.snooped);
	EXPECT(run, invalidate_iotlb(run->unit, what) == STATUS_OK);
	EXPECT_EQ(run, hit_by(stage, neighbour->agent), CANARY_TARGET_1);
	EXPECT_EQ(run, hit_by(stage, run->agent), CANARY_TARGET_0);
}

#define IN_BOTH_MODES(name, text, title_in_spec, function)                                    \
	{ .id = "isolation.legacy-" name,                                                     \
	  .title = text,                                                                      \
	  .spec = title_in_spec,                                                              \
	  .scene.mode = SCENE_LEGACY,                                                         \
	  .fixture = &both,                                                                   \
	  .run = function },                                                                  \
	{                                                                                     \
		.id = "isolation.sm-" name, .title = text, .spec = title_in_spec,             \
		.needs = NEED(SMTS), .scene.mode = SCENE_SCALABLE, .scene.stage = EACH_STAGE, \
		.fixture = &both, .run = function                                             \
	}

static const struct test tests[] = {
	IN_BOTH_MODES("two-devices", "two devices at the same address use each its own tables",
		      "Tagging of Cached Translations", run_apart),
	IN_BOTH_MODES("two-domains", "a domain's invalidation reaches the device of that domain",
		      "IOTLB Invalidate", run_own_domain),
};

const struct suite suite_neighbours = SUITE("isolation", tests);
