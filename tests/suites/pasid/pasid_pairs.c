/* SPDX-License-Identifier: MIT */
/*
 * PASIDs that differ in one bit are two: in every cache, in every invalidation, in the record of a fault,
 * and on the way through directory and table. Whoever keeps 8 or 16 bits of the 20 leads one process into
 * another's memory. Each bit that ECAP.PSS gives has its turn, against a PASID in use; what is not named
 * must stay only on our model, which forgets no more than it is asked to.
 */
#include "iommu/structures/entry.h"
#include "iommu/structures/publish.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

enum { FIRST = 9 };

static const struct dma by_first;

static struct dma by_other(unsigned int bit)
{
	return (struct dma){ .pasid = FIRST ^ 1u << bit };
}

static unsigned int bits_of(const struct test_run *run)
{
	return caps_pasid_bits(&run->unit->caps);
}

/* The scene with a directory for all PASIDs that the unit has. */
static bool open_wide(struct test_run *run)
{
	struct scene scene = run->scene;

	scene.pdts = bits_of(run) > 13 ? bits_of(run) - 13 : 0;
	if (!scene_test_open(run, &scene, &by_first))
		return false;
	run->stage.is_sound = false;
	return true;
}

/* An entry for each of the others, so that all are in use. */
static bool publish_others(struct test_run *run, const struct paging *table, uint16_t did)
{
	const struct pasid_entry none = { { 0 } };
	struct pasid_entry entry = stage_pasid_entry(&run->stage, table, did);

	for (unsigned int bit = 0; bit < bits_of(run); bit++)
		if (publish_pasid(run->unit, &run->stage.pasids, by_other(bit).pasid, &entry,
				  &none) != STATUS_OK) {
			test_fail(run, "publish_pasid: %s", unit_failure(run->unit));
			return false;
		}
	return true;
}

static void tell(struct test_run *run, uint64_t bits, const char *what)
{
	char text[80];

	bit_ranges_format(text, sizeof(text), &bits, 1);
	if (bits)
		test_fail(run, "bits %s: %s", text, what);
}

/* The bits of the others whose writes do not go to `wanted`. */
static uint64_t other_than(struct test_run *run, enum canary wanted)
{
	uint64_t wrong = 0;

	for (unsigned int bit = 0; bit < bits_of(run); bit++) {
		struct dma dma = by_other(bit);

		if (dma_hit_by(&run->stage, &dma) != wanted)
			wrong |= UINT64_C(1) << bit;
	}
	return wrong;
}

static void expect_first(struct test_run *run, enum canary wanted, const char *when)
{
	if (dma_hit_by(&run->stage, &by_first) != wanted)
		test_fail(run, "%s: the first PASID does not go where it should", when);
}

static bool forgets_nothing(const struct test_run *run)
{
	return run->unit->source == UNIT_MODEL;
}

/* ---- tags ---- */

static void run_tags(struct test_run *run)
{
	if (!open_wide(run) || !publish_others(run, &run->stage.rid_table, run->stage.rid_did))
		return;
	expect_first(run, CANARY_TARGET_0, "before the others");
	tell(run, other_than(run, CANARY_GAP), "not its own page");
	tell(run, other_than(run, CANARY_GAP), "not its own page, once it is cached");
	expect_first(run, CANARY_TARGET_0, "after the others");
}

/* ---- invalidations ---- */

static struct pasid_invalidation named(const struct test_run *run, unsigned int granularity,
				       uint32_t pasid)
{
	return (struct pasid_invalidation){
		.granularity = (uint8_t)granularity,
		.did = run->stage.did,
		.pasid = pasid,
	};
}

/* All go through one table in one domain, and the leaf changes: who is named sees it. */
static void run_translations(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t stale = 0;

	if (!open_wide(run) || !publish_others(run, &stage->table, stage->did))
		return;
	tell(run, other_than(run, CANARY_TARGET_0), "not the first page");
	expect_first(run, CANARY_TARGET_0, "before the change");
	stage_redirect(stage, 0, CANARY_GAP);
	for (unsigned int bit = 0; bit < bits_of(run); bit++) {
		struct dma dma = by_other(bit);

		REQUIRE_OK(run,
			   invalidate_pasid_iotlb(run->unit, named(run, PIOTLB_PASID, dma.pasid)));
		if (dma_hit_by(stage, &dma) != CANARY_GAP)
			stale |= UINT64_C(1) << bit;
	}
	tell(run, stale, "still the old page");
	if (forgets_nothing(run))
		expect_first(run, CANARY_TARGET_0, "not named");
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, named(run, PIOTLB_PASID, FIRST)));
	expect_first(run, CANARY_GAP, "named");
}

static void lead(struct test_run *run, uint32_t pasid, const struct paging *table)
{
	struct stage *stage = &run->stage;
	struct pasid_entry entry = stage_pasid_entry(stage, table, stage->did);

	entry_store(pasid_table_entry(&stage->pasids, pasid)->q, entry.q, 8, stage->root.snooped);
}

/* The entries themselves change. */
static void run_entries(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t stale = 0;

	if (!open_wide(run) || !publish_others(run, &stage->table, stage->did))
		return;
	tell(run, other_than(run, CANARY_TARGET_0), "not the first page");
	expect_first(run, CANARY_TARGET_0, "before the change");
	lead(run, FIRST, &stage->rid_table);
	for (unsigned int bit = 0; bit < bits_of(run); bit++) {
		struct dma dma = by_other(bit);

		lead(run, dma.pasid, &stage->rid_table);
		REQUIRE_OK(run, invalidate_pasid_cache(run->unit, named(run, PC_PASID, dma.pasid)));
		REQUIRE_OK(run, invalidate_whole_iotlb(run->unit));
		if (dma_hit_by(stage, &dma) != CANARY_GAP)
			stale |= UINT64_C(1) << bit;
	}
	tell(run, stale, "still the old entry");
	/* Second-stage paging structures are the domain's, whatever PASID made them. */
	REQUIRE_OK(run, invalidate_whole_iotlb(run->unit));
	if (forgets_nothing(run))
		expect_first(run, CANARY_TARGET_0, "not named");
	REQUIRE_OK(run, invalidate_pasid_cache(run->unit, named(run, PC_PASID, FIRST)));
	REQUIRE_OK(run, invalidate_whole_iotlb(run->unit));
	expect_first(run, CANARY_GAP, "named");
}

/* ---- faults ---- */

/* Nobody has these: blocked by a directory entry, or by a PASID entry; the record names the PASID. */
static void run_faults(struct test_run *run)
{
	static const struct poke none[POKES_MAX];
	const struct outcome no_directory = FAULTS(FR_SPD_2), no_entry = FAULTS(FR_SPT_2);

	if (!open_wide(run))
		return;
	for (unsigned int bit = 0; bit < bits_of(run); bit++) {
		struct dma dma = by_other(bit);

		scene_test_try(run, none, &dma, bit < 6 ? &no_entry : &no_directory, NULL);
	}
}

#define PAIRS(name, text, title_in_spec, function)                                        \
	{                                                                                 \
		.id = "pasid.pairs-" name, .title = text, .spec = title_in_spec,          \
		.needs = NEED(SMTS) | NEED(PASID), .agent_features = AGENT_PASID,         \
		.scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pasid = FIRST }, \
		.flags = TEST_SHARES_STAGE, .run = function                               \
	}

static const struct test tests[] = {
	PAIRS("tags", "each bit of a PASID keeps cached translations apart",
	      "Tagging of Cached Translations", run_tags),
	PAIRS("translations", "each bit of a PASID counts in a PASID-based IOTLB invalidation",
	      "PASID-based IOTLB Invalidate Descriptor (P_IOTLB)", run_translations),
	PAIRS("entries", "each bit of a PASID counts in a PASID-cache invalidation",
	      "PASID-cache Invalidate Descriptor", run_entries),
	PAIRS("faults", "each bit of a PASID is recorded", "Fault Recording Registers: PV",
	      run_faults),
};

const struct suite suite_pasid_pairs = SUITE("pasid-pairs", tests);
