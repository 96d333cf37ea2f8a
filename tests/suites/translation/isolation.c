/* SPDX-License-Identifier: MIT */
/*
 * What a device must never reach: pages of others, pages behind its mapping, anything at all
 * without an entry of its own.
 *
 * This is what a unit is bought for. A source-id is bus, device and function, all 16 bits of it:
 * QEMU lost the bus from the key of its IOTLB (bacabb0afa) and a device could use what its
 * namesake on another bus had cached. An entry that is taken away must be out of use after exactly
 * the invalidations that the specification asks for, no more: software makes no more. A blocked
 * write must leave memory as it was; a blocked read must bring nothing of ours.
 */
#include "iommu/structures/entry.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/pokes.h"
#include "tests/suites/suites.h"

/* The entry of every other function of the agent's bus leads to the targets, its own does not. */
static void run_neighbours_only(struct test_run *run)
{
	static const struct dma plain_write;
	bool is_scalable = run->scene.mode == SCENE_SCALABLE;
	struct outcome blocked = FAULTS(is_scalable ? FR_SCT_2 : FR_LCT_2);
	struct root_table *root = &run->stage.root;
	uint64_t *own, *entry;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	own = root_table_context(root, run->agent->sid);
	for (unsigned int devfn = 0; devfn < 256; devfn++) {
		uint16_t sid = (uint16_t)((run->agent->sid & 0xff00u) | devfn);

		entry = root_table_context(root, sid);
		REQUIRE(run, entry != NULL);
		if (entry != own)
			entry_store(entry, own, root_table_context_words(root), root->snooped);
	}
	entry_store_word(own, 0, root->snooped);
	REQUIRE_OK(run, invalidate_all(run->unit));
	scene_test_write(run, 0, &blocked, NULL);
}

/*
 * Entries at the same devfn of every other bus lead elsewhere: only the agent's own bus counts.
 * QEMU bacabb0afa lost the bus number from the key of its IOTLB.
 */
static void run_other_buses(struct test_run *run)
{
	static const struct dma plain_write;
	static const struct outcome lands = LANDS;
	struct root_table *root = &run->stage.root;
	struct paging elsewhere;
	struct context_entry astray;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	REQUIRE(run, stage_create_table(&run->stage, &elsewhere) == STATUS_OK);
	astray = context_translated(&elsewhere, 2);
	for (unsigned int bus = 0; bus < 256; bus++) {
		uint16_t sid = (uint16_t)(bus << 8 | (run->agent->sid & 0xffu));
		uint64_t *entry = root_table_context(root, sid);

		if (entry && sid != run->agent->sid)
			entry_store(entry, astray.q, 2, root->snooped);
	}
	if (invalidate_all(run->unit) == STATUS_OK)
		scene_test_write(run, 0, &lands, NULL);
	else
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	if (!stage_strike(&run->stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	paging_destroy(&elsewhere);
}

/* Of a first stage's PASID entry the PASID alone; else, and of a directory entry, the domain. */
static enum status forget_translations(struct test_run *run, enum place at)
{
	struct iotlb_invalidation domain = {
		.granularity = GRANULARITY_DOMAIN,
		.did = run->stage.did,
	};
	struct pasid_invalidation pasid = {
		.granularity = PIOTLB_PASID,
		.did = run->stage.did,
		.pasid = run->stage.scene.rid_pasid,
	};

	if (at == AT_PASID && run->stage.scene.stage == STAGE_FIRST)
		return invalidate_pasid_iotlb(run->unit, pasid);
	return invalidate_iotlb(run->unit, domain);
}

/*
 * A PASID entry (or the directory entry above it) taken away while the device uses it, with just the
 * invalidations that the specification asks for: PASID cache, then IOTLB. The context cache may
 * keep its entry, the device must lose its access all the same.
 */
struct revoked {
	enum place at;
	uint8_t reason;
};

LINKED_RUN(run_revoked, struct revoked, revoked)
{
	static const struct dma plain_write;
	struct outcome blocked = FAULTS(revoked->reason);
	struct poke gone = { .at = revoked->at, .field = FIELD(PASID_P) };
	struct pasid_invalidation pasid = { .granularity = PC_PASID };
	struct pasid_invalidation domain = { .granularity = PC_DOMAIN };
	uint64_t word;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	pasid.did = domain.did = run->stage.did;
	pasid.pasid = run->stage.scene.rid_pasid;
	run->stage.is_sound = false;
	word = stage_poke(&run->stage, &gone);
	if (invalidate_pasid_cache(run->unit, revoked->at == AT_PASID ? pasid : domain) ==
		    STATUS_OK &&
	    forget_translations(run, revoked->at) == STATUS_OK)
		scene_test_write(run, 0, &blocked, NULL);
	else
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	stage_unpoke(&run->stage, &gone, word);
}

/*
 * Two devices, same devfn, different buses, each with its own entry: what one has cached must not
 * serve the other.
 */
static void run_twin(struct test_run *run)
{
	static const struct dma plain_write;
	struct agent *twin = scene_test_find_twin(run);
	struct stage *stage = &run->stage;
	struct dma_address window;
	struct fault_log log;

	if (!twin) {
		test_skip(run, "no two agents with one devfn on two buses");
		return;
	}
	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	window = (struct dma_address){ .iova = stage->window };
	dma_reset_canaries(stage);
	dma_lend_mailbox(stage, twin);
	twin->set_bus_master(twin, true);
	EXPECT(run, twin->store(twin, window, 0, 4));
	twin->set_bus_master(twin, false);
	fault_collect(run->unit, &log);
	EXPECT_EQ(run, log.count, 1);
	EXPECT_EQ(run, log.faults[0].sid, twin->sid);
	EXPECT_EQ(run, dma_canaries_are_untouched(stage), true);
}

#define IN_BOTH_MODES(name, text, spec_legacy, spec_scalable, ...)                            \
	{ .id = "isolation.legacy-" name,                                                     \
	  .title = text,                                                                      \
	  .spec = spec_legacy,                                                                \
	  .scene.mode = SCENE_LEGACY,                                                         \
	  __VA_ARGS__ },                                                                      \
	{                                                                                     \
		.id = "isolation.sm-" name, .title = text, .spec = spec_scalable,             \
		.needs = NEED(SMTS), .scene.mode = SCENE_SCALABLE, .scene.stage = EACH_STAGE, \
		__VA_ARGS__                                                                   \
	}

#define NO_ENTRY(mode_name, mode_value, stage_value, mode_needs, code, direction, direction_flag) \
	{                                                                                         \
		.id = "isolation." mode_name "-no-context-" direction,                            \
		.title = "a device without a context entry cannot " direction " our pages",       \
		.spec = "Non-Recoverable Address Translation Faults", .needs = mode_needs,        \
		.scene.mode = mode_value, .scene.stage = stage_value,                             \
		.poke = POKE(AT_CONTEXT, CONTEXT_P, 0), .dma.is_read = direction_flag,            \
		.expect = FAULTS(code)                                                            \
	}

#define OUTSIDE(mode_name, mode_value, stage_value, mode_needs, code, direction, direction_flag)   \
	{                                                                                          \
		.id = "isolation." mode_name "-outside-" direction,                                \
		.title = "a device cannot " direction " the page after its mapping",               \
		.spec = "Second-Stage Translation", .needs = mode_needs, .scene.mode = mode_value, \
		.scene.stage = stage_value,                                                        \
		.dma = { .is_read = direction_flag, .place = DMA_UNMAPPED },                       \
		.expect = FAULTS(code)                                                             \
	}

#define FROM_ELSEWHERE(mode_name, mode_value, stage_value, mode_needs, code, name, words, feature) \
	{                                                                                          \
		.id = "isolation." mode_name "-" name,                                             \
		.title = "a device of " words " goes by its own entry, and is blocked without",    \
		.spec = "Fault Recording Registers: SID", .needs = mode_needs,                     \
		.scene.mode = mode_value, .scene.stage = stage_value, .agent_features = (feature), \
		.poke = POKE(AT_CONTEXT, CONTEXT_P, 0), .expect = FAULTS(code)                     \
	}

static const struct test tests[] = {
	NO_ENTRY("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, FR_LCT_2, "read", true),
	NO_ENTRY("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, FR_LCT_2, "write", false),
	NO_ENTRY("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), FR_SCT_2, "read", true),
	NO_ENTRY("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), FR_SCT_2, "write", false),
	OUTSIDE("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, FR_LGN_3, "read", true),
	OUTSIDE("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, FR_LGN_2, "write", false),
	OUTSIDE("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), FR_SSS_2, "read", true),
	OUTSIDE("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), FR_SSS_2, "write", false),
	FROM_ELSEWHERE("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, FR_LCT_2, "other-bus",
		       "another bus", AGENT_OTHER_BUS),
	FROM_ELSEWHERE("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, FR_LCT_2, "upper-devfn",
		       "the upper half of a bus", AGENT_UPPER_DEVFN),
	FROM_ELSEWHERE("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), FR_SCT_2, "other-bus",
		       "another bus", AGENT_OTHER_BUS),
	FROM_ELSEWHERE("sm", SCENE_SCALABLE, EACH_STAGE, NEED(SMTS), FR_SCT_2, "upper-devfn",
		       "the upper half of a bus", AGENT_UPPER_DEVFN),
	IN_BOTH_MODES("neighbours-only", "entries of all other functions of the bus do not help",
		      "Context Entry", "Scalable-Mode Context-Entry", .run = run_neighbours_only),
	{ .id = "isolation.sm-revoked-pasid",
	  .title =
		  "a PASID entry taken away is out of use after PASID-cache and IOTLB invalidation",
	  .spec = "Guidance to Software for Invalidations",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = LINKED(run_revoked, .at = AT_PASID, .reason = FR_SPT_2) },
	{ .id = "isolation.sm-revoked-directory",
	  .title = "a directory entry taken away is out of use after the same invalidations",
	  .spec = "Guidance to Software for Invalidations",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = LINKED(run_revoked, .at = AT_PASID_DIR, .reason = FR_SPD_2) },
	{ .id = "isolation.legacy-other-buses",
	  .title = "QEMU bacabb0afa: entries of the same devfn on other buses do not count",
	  .spec = "Root Entry",
	  .scene.mode = SCENE_LEGACY,
	  .run = run_other_buses },
	IN_BOTH_MODES("same-devfn", "what one device cached does not serve its twin on another bus",
		      "Tagging of Cached Translations", "Tagging of Cached Translations",
		      .run = run_twin),
};

const struct suite suite_isolation = SUITE("isolation", tests);
