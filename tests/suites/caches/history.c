/* SPDX-License-Identifier: MIT */
/*
 * The same question after another request, or another table: what a unit keeps of what went well
 * must not decide about what is different.
 *
 * A cached translation has the rights of its page, all of them: one that was made by a read does
 * not let a write pass, and the write is told as it would have been without. A cached context
 * entry has its FPD. What went to pass-through, by a context entry or a root table, comes back
 * when it is told to. An entry that was not present is kept only with CAP.CM, so without it nothing
 * has to be invalidated when it comes. And Table 28 lets software name the PASID alone when a
 * PASID entry goes from one second stage to another (QEMU ad0a7f1e1e left its translations).
 */
#include "iommu/structures/entry.h"
#include "iommu/structures/publish.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/fault.h"
#include "tests/scenes/scene_test.h"
#include "tests/scenes/spare.h"
#include "tests/suites/caches/stale.h"
#include "tests/suites/suites.h"

static const struct dma plain_write, plain_read = { .is_read = true };

/* Both ways of the agent's context entry; run->fixture. */
struct ways {
	struct spare spare;
	uint64_t own[4];
	struct root_table root; /* of its own, for tests of the latch */
};

static void lead(struct test_run *run, const uint64_t *context, uint16_t old_did,
		 enum invalidate_granularity granularity)
{
	struct root_table *root = &run->stage.root;
	struct context_invalidation what = { .granularity = granularity };

	if (granularity != GRANULARITY_GLOBAL)
		what.did = old_did;
	if (granularity == GRANULARITY_SPECIFIC)
		what.sid = run->agent->sid;
	entry_store(root_table_context(root, run->agent->sid), context,
		    root_table_context_words(root), root->snooped);
	if (stale_forget_context(run, what) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
}

/* The device goes by its own entry again before the spare tables are freed. */
static void close_ways(struct test_run *run)
{
	struct ways *ways = run->fixture;

	if (ways->spare.did)
		lead(run, ways->own, 0, GRANULARITY_GLOBAL);
	if (run->has_failed && !stage_strike(&run->stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	root_table_destroy(&ways->root);
	spare_destroy(&ways->spare);
}

/* `arg` of the test is an enum spare_kind. */
static void *open_ways(struct test_run *run)
{
	static struct ways ways;
	struct stage *stage = &run->stage;
	const uint64_t *entry;

	ways = (struct ways){ 0 };
	if (!stale_open(run))
		return &ways;
	if (!spare_create(&ways.spare, stage, run->test->arg)) {
		test_error(run, "no memory for spare tables");
		return &ways;
	}
	entry = root_table_context(&stage->root, run->agent->sid);
	for (unsigned int word = 0; word < root_table_context_words(&stage->root); word++)
		ways.own[word] = entry[word];
	return &ways;
}

static const struct fixture two_ways = { .open = open_ways, .close = close_ways };

/* ---- a context entry in turn ---- */

static void run_context_in_turn(struct test_run *run)
{
	const struct ways *ways = run->fixture;
	uint16_t did = run->stage.did;

	for (enum invalidate_granularity g = GRANULARITY_GLOBAL; g <= GRANULARITY_SPECIFIC; g++) {
		lead(run, ways->spare.context, did, g);
		stale_expect_hit(run, 0, ways->spare.page, "led the other way");
		lead(run, ways->own, ways->spare.did, g);
		stale_expect_hit(run, 0, CANARY_TARGET_0, "led back");
	}
}

/* ---- a root table in turn ---- */

/* Another root table, which leads the agent the other way. STATUS_NO_MEMORY. */
static enum status create_other_root(struct test_run *run)
{
	struct ways *ways = run->fixture;
	const struct root_table *own = &run->stage.root;
	enum status status = root_table_create(&ways->root, own->scalable, own->snooped);
	uint64_t *slot;

	if (status != STATUS_OK)
		return status;
	slot = root_table_context(&ways->root, run->agent->sid);
	if (!slot)
		return STATUS_NO_MEMORY;
	entry_store(slot, ways->spare.context, root_table_context_words(own), own->snooped);
	return STATUS_OK;
}

static void run_root_in_turn(struct test_run *run)
{
	const struct ways *ways = run->fixture;

	REQUIRE_OK(run, create_other_root(run));
	for (unsigned int turn = 0; turn < 2; turn++) {
		REQUIRE_OK(run, translation_load_root(run->unit, &ways->root));
		stale_expect_hit(run, 0, ways->spare.page, "with the other root table");
		REQUIRE_OK(run, translation_load_root(run->unit, &run->stage.root));
		stale_expect_hit(run, 0, CANARY_TARGET_0, "with the first root table");
	}
}

/* The same with translation off in between, when the root is latched. */
static void run_root_while_off(struct test_run *run)
{
	const struct ways *ways = run->fixture;

	REQUIRE_OK(run, create_other_root(run));
	REQUIRE_OK(run, unit_set_translation(run->unit, false));
	REQUIRE_OK(run, translation_start(run->unit, &ways->root));
	stale_expect_hit(run, 0, ways->spare.page, "with the other root table");
	REQUIRE_OK(run, unit_set_translation(run->unit, false));
	REQUIRE_OK(run, translation_start(run->unit, &run->stage.root));
	stale_expect_hit(run, 0, CANARY_TARGET_0, "with the first root table");
}

/* ---- what was not present ---- */

/* The test's entry is gone, a request is blocked by it, and it is back: nothing else has to be done. */
static void run_made_present(struct test_run *run)
{
	static const struct outcome lands = LANDS;
	const struct poke *gone = &run->test->poke[0];
	uint64_t word;

	if (!stale_open(run))
		return;
	word = stage_poke(&run->stage, gone);
	REQUIRE_OK(run, invalidate_all(run->unit));
	scene_test_write(run, 0, &run->test->expect, "not present");
	stage_unpoke(&run->stage, gone, word);
	REQUIRE_OK(run, unit_flush_write_buffer(run->unit));
	scene_test_write(run, 0, &lands, "present again");
}

/* What was blocked is blocked again, for the same reason, whatever was kept of it. */
static void run_again(struct test_run *run)
{
	const struct poke *broken = &run->test->poke[0];
	uint64_t word;

	if (!stale_open(run))
		return;
	word = stage_poke(&run->stage, broken);
	REQUIRE_OK(run, invalidate_all(run->unit));
	if (scene_test_write(run, 0, &run->test->expect, NULL) &&
	    scene_test_write(run, 0, &run->test->expect, "again") && broken->at == AT_LEVEL_2)
		scene_test_write(run, 1, &run->test->expect, "the page beside it");
	stage_unpoke(&run->stage, broken, word);
}

/* ---- PASID entries ---- */

static struct pasid_invalidation own_pasid(const struct stage *stage, unsigned int granularity)
{
	return (struct pasid_invalidation){
		.granularity = (uint8_t)granularity,
		.did = stage->did,
		.pasid = stage->scene.rid_pasid,
	};
}

/* The test's PASID entry is there no more, and what it says is invalidated; nobody touches the context entry. */
static void run_entry_gone(struct test_run *run)
{
	const struct poke *gone = &run->test->poke[0];
	struct stage *stage = &run->stage;
	const struct iotlb_invalidation domain = { .granularity = GRANULARITY_DOMAIN,
						   .did = stage->did };
	uint64_t word;

	if (!stale_open(run))
		return;
	word = stage_poke(stage, gone);
	REQUIRE_OK(run, invalidate_pasid_cache(run->unit, own_pasid(stage, PC_PASID)));
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, own_pasid(stage, PIOTLB_PASID)));
	REQUIRE_OK(run, invalidate_iotlb(run->unit, domain));
	scene_test_write(run, 0, &run->test->expect, NULL);
	stage_unpoke(stage, gone, word);
}

/* PASID-selective, the PASID-based invalidation is for all translations of the PASID. */
static void run_piotlb_selective(struct test_run *run)
{
	struct stage *stage = &run->stage;

	if (!stale_open(run))
		return;
	stage_redirect(stage, 0, CANARY_GAP);
	if (!stale_is_kept(run, 0, CANARY_TARGET_0))
		return;
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, own_pasid(stage, PIOTLB_PASID)));
	stale_expect_hit(run, 0, CANARY_GAP, "after the invalidation");
}

/* To the spare's tables and domain, and back: each time the PASID alone is named. */
static void run_entry_in_turn(struct test_run *run)
{
	const struct ways *ways = run->fixture;
	struct stage *stage = &run->stage;
	uint32_t pasid = stage->scene.rid_pasid;
	struct pasid_entry own = *pasid_table_entry(&stage->pasids, pasid);
	struct pasid_entry other = stage_pasid_entry(stage, &ways->spare.table, ways->spare.did);

	for (unsigned int turn = 0; turn < 2; turn++) {
		REQUIRE_OK(run, publish_pasid(run->unit, &stage->pasids, pasid, &other, &own));
		stale_expect_hit(run, 0, ways->spare.page, "led the other way");
		REQUIRE_OK(run, publish_pasid(run->unit, &stage->pasids, pasid, &own, &other));
		stale_expect_hit(run, 0, CANARY_TARGET_0, "led back");
	}
}

#define RIGHTS_SPEC "Second-Stage Translation: Access Rights"

/* One right gone at one level; the other direction fills the caches before. */
#define AFTER(place, level, mode_id, mode_name, its_stage, more, order, first, is_second_read,     \
	      due, ...)                                                                            \
	{                                                                                          \
		.id = mode_id "." order "-" level,                                                 \
		.title = "what the first one cached does not let the second one pass, right gone " \
			 "at " level,                                                              \
		.spec = RIGHTS_SPEC, .needs = (more), .scene.mode = (mode_name),                   \
		.scene.stage = (its_stage),                                                        \
		.poke = { { (place), FIELD(__VA_ARGS__), 0, VALUE_PLAIN } }, .after = &(first),    \
		.dma.is_read = (is_second_read), .expect = FAULTS(due)                             \
	}
#define AFTER_AT_LEVELS(...)                                                            \
	AFTER(AT_LEAF, "leaf", __VA_ARGS__), AFTER(AT_LEVEL_2, "level-2", __VA_ARGS__), \
		AFTER(AT_LEVEL_3, "level-3", __VA_ARGS__), AFTER(AT_TOP, "top", __VA_ARGS__)

/* FPD of an entry in the caches, and the twin without it. */
#define FPD_AFTER(mode_id, mode_name, its_stage, more, name, its_place, due, ...)         \
	{ .id = mode_id ".fpd-cached-" name,                                              \
	  .title = "FPD silences a fault of a request that met the entry in the caches",  \
	  .spec = "Context Entry: FPD",                                                   \
	  .needs = (more),                                                                \
	  .scene.mode = (mode_name),                                                      \
	  .scene.stage = (its_stage),                                                     \
	  .poke = { { (its_place), FIELD(__VA_ARGS__), 1, VALUE_PLAIN } },                \
	  .after = &plain_write,                                                          \
	  .dma.place = DMA_UNMAPPED,                                                      \
	  .expect = IS_BLOCKED },                                                         \
	{                                                                                 \
		.id = mode_id ".no-fpd-cached-" name,                                     \
		.title = "without FPD the fault of such a request is recorded",           \
		.spec = "Context Entry: FPD", .needs = (more), .scene.mode = (mode_name), \
		.scene.stage = (its_stage),                                               \
		.poke = { { (its_place), FIELD(__VA_ARGS__), 0, VALUE_PLAIN } },          \
		.after = &plain_write, .dma.place = DMA_UNMAPPED, .expect = FAULTS(due)   \
	}

/* FPD is kept with the page, too: a right that is missing there is not recorded. */
#define FPD_OF_PAGE(mode_id, mode_name, its_stage, more, where)                   \
	{                                                                         \
		.id = mode_id ".fpd-cached-page",                                 \
		.title = "FPD silences what a cached translation does not allow", \
		.spec = "Context Entry: FPD", .needs = (more),                    \
		.scene = { .mode = (mode_name), .stage = (its_stage) },           \
		.poke = { { (where), FIELD(PASID_FPD), 1, VALUE_PLAIN },          \
			  { AT_LEAF, FIELD(SS_W), 0, VALUE_PLAIN } },             \
		.after = &plain_read, .expect = IS_BLOCKED                        \
	}

#define MADE_PRESENT(mode_id, mode_name, its_stage, more, name, due, place, ...)           \
	{                                                                                  \
		.id = mode_id ".made-present-" name,                                       \
		.title = "without CAP.CM what was not present is not kept",                \
		.spec = "Caching Mode", .needs = (more), .needs_absent = NEED(CM),         \
		.scene = { .mode = (mode_name), .stage = (its_stage) },                    \
		.poke = { { (place), FIELD(__VA_ARGS__), 0, VALUE_PLAIN } },               \
		.expect = FAULTS(due), .flags = TEST_SHARES_STAGE, .run = run_made_present \
	}
#define LEGACY_MADE_PRESENT(...) MADE_PRESENT("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, __VA_ARGS__)
#define SM_MADE_PRESENT(...)	 MADE_PRESENT("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), __VA_ARGS__)

#define AGAIN(mode_id, mode_name, its_stage, more, name, due, place, value, ...)          \
	{                                                                                 \
		.id = mode_id ".fault-again-" name,                                       \
		.title = "what was blocked is blocked again, for the same reason: " name, \
		.spec = "Caching Mode", .needs = (more),                                  \
		.scene = { .mode = (mode_name), .stage = (its_stage) },                   \
		.poke = { { (place), FIELD(__VA_ARGS__), (value), VALUE_PLAIN } },        \
		.expect = FAULTS(due), .flags = TEST_SHARES_STAGE, .run = run_again       \
	}
#define LEGACY_AGAIN(...) AGAIN("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, __VA_ARGS__)
#define SM_AGAIN(...)	  AGAIN("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), __VA_ARGS__)

#define IN_TURN(name, text, title_in_spec, function)                                          \
	{ .id = "legacy." name,                                                               \
	  .title = text,                                                                      \
	  .spec = title_in_spec,                                                              \
	  .needs = NEED(QI),                                                                  \
	  .scene.mode = SCENE_LEGACY,                                                         \
	  .flags = TEST_SHARES_STAGE,                                                         \
	  .fixture = &two_ways,                                                               \
	  .run = function,                                                                    \
	  .arg = SPARE_TABLES },                                                              \
		{ .id = "legacy." name "-pass-through",                                       \
		  .title = text ", one of them pass-through",                                 \
		  .spec = title_in_spec,                                                      \
		  .needs = NEED(QI) | NEED(PT),                                               \
		  .scene.mode = SCENE_LEGACY,                                                 \
		  .flags = TEST_SHARES_STAGE,                                                 \
		  .fixture = &two_ways,                                                       \
		  .agent_features = AGENT_ALONE,                                              \
		  .run = function,                                                            \
		  .arg = SPARE_PASS_THROUGH },                                                \
		{ .id = "sm." name,                                                           \
		  .title = text,                                                              \
		  .spec = title_in_spec,                                                      \
		  .needs = NEED(SMTS),                                                        \
		  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },                   \
		  .flags = TEST_SHARES_STAGE,                                                 \
		  .fixture = &two_ways,                                                       \
		  .run = function,                                                            \
		  .arg = SPARE_TABLES },                                                      \
	{                                                                                     \
		.id = "sm." name "-pass-through", .title = text ", one of them pass-through", \
		.spec = title_in_spec, .needs = NEED(SMTS) | NEED(PT),                        \
		.scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },                     \
		.flags = TEST_SHARES_STAGE, .fixture = &two_ways, .run = function,            \
		.agent_features = AGENT_ALONE, .arg = SPARE_PASS_THROUGH                      \
	}

static const struct test tests[] = {
	AFTER_AT_LEVELS("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, "read-then-write", plain_read,
			false, FR_LGN_2, SS_W),
	AFTER_AT_LEVELS("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, "write-then-read", plain_write,
			true, FR_LGN_3, SS_R),
	AFTER_AT_LEVELS("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), "read-then-write", plain_read,
			false, FR_SGN_6, SS_W),
	AFTER_AT_LEVELS("sm", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS), "write-then-read",
			plain_write, true, FR_SGN_7, SS_R),
	FPD_AFTER("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, "context", AT_CONTEXT, FR_LGN_2,
		  CONTEXT_FPD),
	FPD_AFTER("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), "context", AT_CONTEXT, FR_SSS_2,
		  SMCONTEXT_FPD),
	FPD_AFTER("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), "directory", AT_PASID_DIR, FR_SSS_2,
		  PASIDDIR_FPD),
	FPD_AFTER("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), "pasid", AT_PASID, FR_SSS_2,
		  PASID_FPD),
	FPD_OF_PAGE("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, AT_CONTEXT),
	FPD_OF_PAGE("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), AT_PASID),
	LEGACY_MADE_PRESENT("root", FR_LRT_2, AT_ROOT, ROOT_P),
	LEGACY_MADE_PRESENT("context", FR_LCT_2, AT_CONTEXT, CONTEXT_P),
	LEGACY_MADE_PRESENT("page", FR_LGN_2, AT_LEAF, 1, 0),
	LEGACY_MADE_PRESENT("table", FR_LGN_2, AT_LEVEL_2, 1, 0),
	LEGACY_MADE_PRESENT("top", FR_LGN_2, AT_TOP, 1, 0),
	SM_MADE_PRESENT("context", FR_SCT_2, AT_CONTEXT, SMCONTEXT_P),
	SM_MADE_PRESENT("directory", FR_SPD_2, AT_PASID_DIR, PASIDDIR_P),
	SM_MADE_PRESENT("pasid", FR_SPT_2, AT_PASID, PASID_P),
	SM_MADE_PRESENT("page", FR_SSS_2, AT_LEAF, 1, 0),
	SM_MADE_PRESENT("table", FR_SSS_2, AT_LEVEL_2, 1, 0),
	SM_MADE_PRESENT("top", FR_SSS_2, AT_TOP, 1, 0),
	LEGACY_AGAIN("context", FR_LCT_2, AT_CONTEXT, 0, CONTEXT_P),
	LEGACY_AGAIN("page", FR_LGN_2, AT_LEAF, 0, 1, 0),
	LEGACY_AGAIN("write", FR_LGN_2, AT_LEAF, 0, SS_W),
	LEGACY_AGAIN("table", FR_LGN_2, AT_LEVEL_2, 0, 1, 0),
	LEGACY_AGAIN("top", FR_LGN_2, AT_TOP, 0, 1, 0),
	LEGACY_AGAIN("write-above", FR_LGN_2, AT_LEVEL_2, 0, SS_W),
	LEGACY_AGAIN("reserved", FR_LSS_2, AT_LEVEL_2, 1, SS_SNP),
	SM_AGAIN("context", FR_SCT_2, AT_CONTEXT, 0, SMCONTEXT_P),
	SM_AGAIN("directory", FR_SPD_2, AT_PASID_DIR, 0, PASIDDIR_P),
	SM_AGAIN("pasid", FR_SPT_2, AT_PASID, 0, PASID_P),
	SM_AGAIN("page", FR_SSS_2, AT_LEAF, 0, 1, 0),
	SM_AGAIN("write", FR_SGN_6, AT_LEAF, 0, SS_W),
	SM_AGAIN("table", FR_SSS_2, AT_LEVEL_2, 0, 1, 0),
	SM_AGAIN("top", FR_SSS_2, AT_TOP, 0, 1, 0),
	SM_AGAIN("write-above", FR_SGN_6, AT_LEVEL_2, 0, SS_W),
	AGAIN("sm", SCENE_SCALABLE, EACH_FIRST_STAGE, NEED(SMTS), "user-above", FR_SGN_2,
	      AT_LEVEL_2, 0, FS_US),
	AGAIN("sm", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS), "reserved", FR_SSS_3, AT_LEVEL_2, 1,
	      SS_SNP),
	AGAIN("nest", SCENE_SCALABLE, STAGE_NESTED, NEED(SMTS), "table", FR_SSS_2, AT_HOST_LEVEL_1,
	      0, 1, 0),
	IN_TURN("context-in-turn", "a context entry in use leads now here, now there",
		"Guidance to Software for Invalidations", run_context_in_turn),
	IN_TURN("root-in-turn", "two root tables in turn while a device is at work",
		"Set Root Table Pointer Operation", run_root_in_turn),
	IN_TURN("root-while-off", "another root table after translation was off",
		"Set Root Table Pointer Operation", run_root_while_off),
	{ .id = "sm.piotlb-selective",
	  .title = "QEMU ad0a7f1e1e: the invalidation of a PASID reaches its second stage, too",
	  .spec = "PASID-based IOTLB Invalidate Descriptor (P_IOTLB)",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_piotlb_selective },
	{ .id = "sm.pasid-gone",
	  .title = "a PASID entry in use goes away, and so does what it said",
	  .spec = "Guidance to Software for Invalidations",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .poke = { { AT_PASID, FIELD(PASID_P), 0, VALUE_PLAIN } },
	  .expect = FAULTS(FR_SPT_2),
	  .flags = TEST_SHARES_STAGE,
	  .run = run_entry_gone },
	{ .id = "sm.pasid-in-turn",
	  .title = "a PASID entry in use leads now to one domain, now to another",
	  .spec = "Guidance to Software for Invalidations",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .fixture = &two_ways,
	  .run = run_entry_in_turn,
	  .arg = SPARE_TABLES },
};

const struct suite suite_history = SUITE("history", tests);
