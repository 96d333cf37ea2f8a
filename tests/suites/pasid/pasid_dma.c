/* SPDX-License-Identifier: MIT */
/*
 * Requests with PASID: they go through the tables of their PASID and no other, from the virtual
 * command that allocates it to the fault after its end; and what must block them.
 *
 * The PASID of a request chooses the entry, through a directory that may be shorter than ECAP.PSS
 * allows; beyond either it is blocked, each with a reason of its own. PASIDE lets such requests
 * in, DTE those of device TLBs, PRE page requests, and SRE privileged ones. None may carry
 * RID_PASID as its PASID, which is how a device without PASIDs is known. The record must tell
 * PASID, privilege and kind along with the rest: QEMU wiped its other fields when a PASID was
 * present (a3c8d7e385), and lost whether there was one (117df89e15bc). To end a PASID, P is
 * cleared, caches are invalidated, and only then is it freed: Linux tore entries down with P still
 * set (75ed00055c05).
 */
#include "iommu/structures/publish.h"
#include "tests/scenes/lent_pasid.h"
#include "tests/scenes/scene_test.h"
#include "tests/scenes/vcmd_test.h"
#include "tests/suites/faults/pokes.h"
#include "tests/suites/suites.h"

/* PASIDs of scenes: in the first directory entry, and in the second. */
#define PASID_1 9
#define PASID_2 70

static const struct dma plain_write;
static const struct outcome lands = LANDS;

/* ---- from allocation to the end ---- */

/* P is cleared and everything that may be cached of the entry invalidated: the order to end a PASID. */
static bool tear_down(struct test_run *run, uint32_t pasid)
{
	struct stage *stage = &run->stage;
	const struct pasid_entry old = *pasid_table_entry(&stage->pasids, pasid);
	struct pasid_entry entry = old;

	field_set(entry.q, PASID_P, 0);
	if (publish_pasid(run->unit, &stage->pasids, pasid, &entry, &old) == STATUS_OK)
		return true;
	test_fail(run, "publish_pasid: %s", unit_failure(run->unit));
	return false;
}

static void live_and_die(struct vcmd_test *test, uint32_t pasid)
{
	static const struct outcome not_present = FAULTS(FR_SPT_2);
	struct test_run *run = test->run;
	struct scene scene = {
		.mode = SCENE_SCALABLE,
		.pasid = pasid,
		.pdts = lent_pasid_pdts(pasid),
	};

	if (!scene_test_open(run, &scene, &plain_write) ||
	    !scene_test_write(run, 1, &lands, "the second page") || !tear_down(run, pasid))
		return;
	if (vcmd_test_give(test, pasid))
		scene_test_write(run, 0, &not_present, "after the PASID was freed");
}

static void run_vcmd_end_to_end(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	if (vcmd_test_take(test, &pasid))
		live_and_die(test, pasid);
}

/* What a device without PASIDs can show of it. The tables go before the PASID has another owner. */
static void run_vcmd_rid_pasid(struct test_run *run)
{
	static const struct outcome not_present = FAULTS(FR_SPT_2);
	struct scene scene = { .mode = SCENE_SCALABLE };

	if (!vcmd_test_take(vcmd_test_of(run), &scene.rid_pasid))
		return;
	scene.pdts = lent_pasid_pdts(scene.rid_pasid);
	if (scene_test_open(run, &scene, &plain_write) &&
	    scene_test_write(run, 1, &lands, "the second page") && tear_down(run, scene.rid_pasid))
		scene_test_write(run, 0, &not_present, "after its end");
	if (run->stage.is_up && !stage_strike(&run->stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
}

/* More PASIDs than the first directory entry covers, so one lies beyond it. */
static void run_vcmd_second_entry(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid = PASID_ENTRIES_PER_TABLE;

	if (vcmd_test_take_many(test, PASID_ENTRIES_PER_TABLE) < PASID_ENTRIES_PER_TABLE)
		test_skip(run, "unit %u has too few PASIDs", run->unit->index);
	if (run->is_skipped || run->has_failed)
		return;
	while (pasid < test->vcmd.pasid_end && !vcmd_test_holds(test, pasid))
		pasid++;
	live_and_die(test, pasid);
}

/* Freed and allocated again, a PASID must lead where its new owner says, not where the old one did. */
static void run_vcmd_reused(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_of(run);
	uint32_t pasid;

	for (unsigned int i = 0; i < 4 && !run->has_failed; i++)
		if (vcmd_test_take(test, &pasid))
			live_and_die(test, pasid);
}

/* ---- the tables of this PASID and no other ---- */

static const struct dma without_pasid = { .without_pasid = true };

/* Where the scene leads requests without PASID. */
static void run_without_pasid(struct test_run *run)
{
	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	EXPECT(run, dma_hit_by(&run->stage, &without_pasid) == CANARY_GAP);
	EXPECT(run, dma_hit(&run->stage, 0) == CANARY_TARGET_0);
	EXPECT(run, dma_hit_by(&run->stage, &without_pasid) == CANARY_GAP);
	fault_clear(run->unit);
}

static bool open_beside_rid_pasid(struct test_run *run)
{
	struct scene scene = run->scene;

	scene.rid_pasid = lent_pasid(run, scene.rid_pasid);
	scene.pasid = scene.rid_pasid ? lent_pasid(run, scene.pasid) : 0;
	scene.pdts = lent_pasid_pdts(scene.pasid > scene.rid_pasid ? scene.pasid : scene.rid_pasid);
	return scene.pasid && scene_test_open(run, &scene, &plain_write);
}

static void run_beside_rid_pasid(struct test_run *run)
{
	open_beside_rid_pasid(run);
}

static void run_with_rid_pasid(struct test_run *run)
{
	static const struct outcome refused = FAULTS(FR_SCT_9);
	struct dma dma = { 0 };

	if (!open_beside_rid_pasid(run))
		return;
	dma.pasid = run->stage.scene.rid_pasid;
	scene_test_try(run, (struct poke[POKES_MAX]){ { .at = AT_NOWHERE } }, &dma, &refused, NULL);
}

/* The largest PASID that the unit and a directory of `pdts` can hold. */
static void run_largest(struct test_run *run)
{
	struct scene scene = run->scene;
	unsigned int bits = caps_pasid_bits(&run->unit->caps);

	if (bits < scene.pdts + 13)
		test_skip(run, "unit %u has PASIDs of %u bits", run->unit->index, bits);
	else
		scene.pasid = (1u << (scene.pdts + 13)) - 1;
	if (!run->is_skipped)
		scene_test_open(run, &scene, &plain_write);
}

/* ---- what must block ---- */

/* Gives `pasid` a good entry, so that nothing but its number is wrong. */
static bool make_entry(struct test_run *run, uint32_t pasid)
{
	struct stage *stage = &run->stage;
	struct pasid_entry entry = stage_pasid_entry(stage, &stage->table, stage->did);
	const struct pasid_entry none = { { 0 } };

	stage->is_sound = false;
	if (publish_pasid(run->unit, &stage->pasids, pasid, &entry, &none) == STATUS_OK)
		return true;
	test_fail(run, "publish_pasid: %s", unit_failure(run->unit));
	return false;
}

static void run_beyond_pss(struct test_run *run)
{
	static const struct outcome too_wide = FAULTS(FR_SGN_10);
	struct scene scene = { .mode = SCENE_SCALABLE, .pasid = PASID_1, .pdts = 7 };
	unsigned int bits = caps_pasid_bits(&run->unit->caps);
	struct dma dma = { .pasid = (1u << bits) + PASID_1 };

	if (bits == 20)
		test_skip(run, "unit %u has PASIDs of 20 bits, which is all there can be",
			  run->unit->index);
	else if (scene_test_open(run, &scene, &plain_write) && make_entry(run, dma.pasid))
		scene_test_try(run, (struct poke[POKES_MAX]){ { .at = AT_NOWHERE } }, &dma,
			       &too_wide, NULL);
}

static void run_beyond_pdts(struct test_run *run)
{
	static const struct outcome beyond = FAULTS(FR_SCT_7);
	struct scene scene = { .mode = SCENE_SCALABLE, .pasid = PASID_1 };
	struct dma dma = { .pasid = 1u << 13 }; /* the first one beyond */
	unsigned int bits = caps_pasid_bits(&run->unit->caps);

	if (bits <= 13)
		test_skip(run, "unit %u has PASIDs of %u bits", run->unit->index, bits);
	else if (scene_test_open(run, &scene, &plain_write))
		scene_test_try(run, (struct poke[POKES_MAX]){ { .at = AT_NOWHERE } }, &dma, &beyond,
			       NULL);
}

#define WITH_PASIDS (NEED(SMTS) | NEED(PASID))
#define WITH_PASID(number)                                   \
	.needs = WITH_PASIDS, .agent_features = AGENT_PASID, \
	.scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pasid = (number) }

#define CONTEXT_SPEC "Scalable-Mode Context-Entry"
#define ENTRY_SPEC   "Scalable-Mode PASID Table Entry"

#define WITH_PDTS(number)                                                                        \
	{                                                                                        \
		.id = "pasid.last-of-pdts-" #number,                                             \
		.title = "the last PASID of a directory of 2^" #number " times 128 entries",     \
		.spec = CONTEXT_SPEC ": PDTS", .flags = TEST_SHARES_STAGE, .needs = WITH_PASIDS, \
		.agent_features = AGENT_PASID,                                                   \
		.scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pdts = (number) },      \
		.run = run_largest                                                               \
	}

static const struct test tests[] = {
	{ .id = "pasid.write",
	  .title = "a write with PASID goes through the tables of that PASID",
	  .spec = ENTRY_SPEC,
	  WITH_PASID(PASID_1),
	  .expect = LANDS },
	{ .id = "pasid.read",
	  .title = "a read with PASID goes through the tables of that PASID",
	  .spec = ENTRY_SPEC,
	  WITH_PASID(PASID_1),
	  .dma.is_read = true,
	  .expect = LANDS },
	{ .id = "pasid.second-directory-entry",
	  .title = "PASID 70 is reached through the second directory entry",
	  .spec = "Scalable-Mode PASID Directory Entry",
	  WITH_PASID(PASID_2),
	  .expect = LANDS },
	WITH_PDTS(0),
	WITH_PDTS(3),
	WITH_PDTS(7),
	{ .id = "pasid.rid-pasid-5",
	  .title = "requests with PASID are not led by RID_PASID",
	  .spec = CONTEXT_SPEC ": RID_PASID",
	  .needs = WITH_PASIDS | NEED(RPS),
	  .agent_features = AGENT_PASID,
	  .scene = { .mode = SCENE_SCALABLE,
		     .stage = EACH_STAGE,
		     .pasid = PASID_1,
		     .rid_pasid = 5 },
	  .flags = TEST_SHARES_STAGE,
	  .fixture = &lent_pasids,
	  .run = run_beside_rid_pasid },
	{ .id = "pasid.without",
	  .title = "requests with and without PASID to one address go where each should",
	  .spec = "Tagging of Cached Translations",
	  .flags = TEST_SHARES_STAGE,
	  WITH_PASID(PASID_1),
	  .run = run_without_pasid },
	{ .id = "pasid.pass-through",
	  .title = "PGTT pass-through for requests with PASID",
	  .spec = ENTRY_SPEC ": PGTT",
	  .needs = WITH_PASIDS | NEED(PT),
	  .agent_features = AGENT_PASID,
	  .scene = { .mode = SCENE_SCALABLE,
		     .stage = EACH_STAGE,
		     .pasid = PASID_1,
		     .pass_through = true },
	  .expect = LANDS },
	{ .id = "pasid.vcmd-end-to-end",
	  .title = "allocated by a virtual command, used by DMA, torn down, freed, blocked",
	  .spec = "Virtual Command Register: Allocate PASID",
	  .needs = WITH_PASIDS | NEED(VCS),
	  .agent_features = AGENT_PASID,
	  .fixture = &vcmd_pasids,
	  .run = run_vcmd_end_to_end },
	{ .id = "pasid.vcmd-rid-pasid",
	  .title = "allocated by a virtual command, in use as RID_PASID, torn down, blocked",
	  .spec = CONTEXT_SPEC ": RID_PASID",
	  .needs = WITH_PASIDS | NEED(VCS) | NEED(RPS),
	  .fixture = &vcmd_pasids,
	  .run = run_vcmd_rid_pasid },
	{ .id = "pasid.vcmd-end-to-end-second",
	  .title = "the same with a PASID of the second directory entry",
	  .spec = "Scalable-Mode PASID Directory Entry",
	  .needs = WITH_PASIDS | NEED(VCS),
	  .agent_features = AGENT_PASID,
	  .fixture = &vcmd_pasids,
	  .run = run_vcmd_second_entry },
	{ .id = "pasid.vcmd-again",
	  .title = "the same four times over",
	  .spec = "Guidance to Software for Invalidations",
	  .needs = WITH_PASIDS | NEED(VCS),
	  .agent_features = AGENT_PASID,
	  .fixture = &vcmd_pasids,
	  .run = run_vcmd_reused },
	{ .id = "pasid.fault-legacy",
	  .title = "legacy mode blocks a request with PASID",
	  .spec = "Root Table Address Register: TTM (RTA.2)",
	  .needs = NEED(PASID),
	  .agent_features = AGENT_PASID,
	  .scene.mode = SCENE_LEGACY,
	  .dma.pasid = PASID_1,
	  .expect = FAULTS(FR_RTA_2) },
	{ .id = "pasid.fault-paside",
	  .title = "PASIDE=0 blocks a request with PASID",
	  .spec = CONTEXT_SPEC ": PASIDE (SCT.6)",
	  WITH_PASID(PASID_1),
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_PASIDE, 0),
	  .expect = FAULTS(FR_SCT_6) },
	{ .id = "pasid.fault-paside-read",
	  .title = "PASIDE=0 blocks a read with PASID, recorded as a read",
	  .spec = CONTEXT_SPEC ": PASIDE (SCT.6)",
	  WITH_PASID(PASID_1),
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_PASIDE, 0),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_SCT_6) },
	{ .id = "pasid.paside-0-without",
	  .title = "PASIDE=0 lets requests without PASID pass",
	  .spec = CONTEXT_SPEC ": PASIDE",
	  .needs = WITH_PASIDS,
	  .agent_features = AGENT_PASID,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_PASIDE, 0),
	  .expect = LANDS },
	{ .id = "pasid.fault-beyond-pdts",
	  .title = "a PASID beyond the directory blocks",
	  .spec = CONTEXT_SPEC ": PDTS (SCT.7)",
	  .flags = TEST_SHARES_STAGE,
	  .needs = WITH_PASIDS,
	  .agent_features = AGENT_PASID,
	  .run = run_beyond_pdts },
	{ .id = "pasid.fault-rid-pasid",
	  .title = "a request may not carry RID_PASID as its PASID",
	  .spec = CONTEXT_SPEC ": RID_PASID (SCT.9)",
	  .needs = WITH_PASIDS | NEED(RPS),
	  .agent_features = AGENT_PASID,
	  .scene = { .mode = SCENE_SCALABLE,
		     .stage = EACH_STAGE,
		     .pasid = PASID_1,
		     .rid_pasid = 5 },
	  .flags = TEST_SHARES_STAGE,
	  .fixture = &lent_pasids,
	  .run = run_with_rid_pasid },
	{ .id = "pasid.fault-beyond-pss",
	  .title = "a PASID that is wider than ECAP.PSS blocks",
	  .spec = "Extended Capability Register: PSS (SGN.10)",
	  .flags = TEST_SHARES_STAGE,
	  .needs = WITH_PASIDS,
	  .agent_features = AGENT_PASID,
	  .run = run_beyond_pss },
	{ .id = "pasid.fault-directory",
	  .title = "a directory entry with P=0 blocks",
	  .spec = "Scalable-Mode PASID Directory Entry: P (SPD.2)",
	  WITH_PASID(PASID_2),
	  .poke = POKE(AT_PASID_DIR, PASIDDIR_P, 0),
	  .expect = FAULTS(FR_SPD_2) },
	{ .id = "pasid.fault-entry",
	  .title = "a PASID entry with P=0 blocks",
	  .spec = ENTRY_SPEC ": P (SPT.2)",
	  WITH_PASID(PASID_1),
	  .poke = POKE(AT_PASID, PASID_P, 0),
	  .expect = FAULTS(FR_SPT_2) },
	{ .id = "pasid.fault-entry-read",
	  .title = "a PASID entry with P=0 blocks a read, recorded as a read",
	  .spec = ENTRY_SPEC ": P (SPT.2)",
	  WITH_PASID(PASID_1),
	  .poke = POKE(AT_PASID, PASID_P, 0),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_SPT_2) },
	{ .id = "pasid.fault-neighbour",
	  .title = "the next PASID, whose entry is all zero, is blocked",
	  .spec = ENTRY_SPEC ": P (SPT.2)",
	  WITH_PASID(PASID_1),
	  .dma.pasid = PASID_1 + 1,
	  .expect = FAULTS(FR_SPT_2) },
	{ .id = "pasid.fault-write-permission",
	  .title = "QEMU a3c8d7e385: a page without W blocks a write, the record names the PASID",
	  .spec = "Second-Stage Translation: Access Rights (SGN.6)",
	  WITH_PASID(PASID_1),
	  .poke = POKE(AT_LEAF, SS_W, 0),
	  .expect = FAULTS(FR_SGN_6) },
	{ .id = "pasid.fpd",
	  .title = "FPD of the PASID entry silences it",
	  .spec = ENTRY_SPEC ": FPD",
	  WITH_PASID(PASID_1),
	  .poke = POKE_BOTH(AT_PASID, PASID_FPD, 1, AT_PASID, PASID_P, 0),
	  .expect = IS_BLOCKED },
	{ .id = "pasid.fault-privileged",
	  .title = "SRE=0 blocks a privileged request",
	  .spec = ENTRY_SPEC ": SRE (SPT.6)",
	  .needs = WITH_PASIDS | NEED(SRS),
	  .agent_features = AGENT_PASID | AGENT_PRIVILEGED,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pasid = PASID_1 },
	  .dma.privileged = true,
	  .expect = FAULTS(FR_SPT_6) },
	{ .id = "pasid.fault-privileged-read",
	  .title = "SRE=0 blocks a privileged read, recorded as a read",
	  .spec = ENTRY_SPEC ": SRE (SPT.6)",
	  .needs = WITH_PASIDS | NEED(SRS),
	  .agent_features = AGENT_PASID | AGENT_PRIVILEGED,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pasid = PASID_1 },
	  .dma = { .privileged = true, .is_read = true },
	  .expect = FAULTS(FR_SPT_6) },
	{ .id = "pasid.privileged",
	  .title = "SRE=1 lets a privileged request pass",
	  .spec = ENTRY_SPEC ": SRE",
	  .needs = WITH_PASIDS | NEED(SRS),
	  .agent_features = AGENT_PASID | AGENT_PRIVILEGED,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pasid = PASID_1 },
	  .poke = POKE(AT_PASID, PASID_SRE, 1),
	  .dma.privileged = true,
	  .expect = LANDS },
	{ .id = "pasid.fault-translation-dte",
	  .title = "DTE=0 refuses a translation request",
	  .spec = CONTEXT_SPEC ": DTE (SCT.5)",
	  .needs = NEED(SMTS) | NEED(DT),
	  .agent_features = AGENT_TRANSLATION,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .dma.kind = REQUEST_TRANSLATION,
	  .expect = FAULTS(FR_SCT_5) },
	{ .id = "pasid.translation-dte",
	  .title = "DTE=1 lets a translation request have its answer",
	  .spec = CONTEXT_SPEC ": DTE",
	  .needs = NEED(SMTS) | NEED(DT),
	  .agent_features = AGENT_TRANSLATION,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_DTE, 1),
	  .dma.kind = REQUEST_TRANSLATION,
	  .expect = LANDS },
	{ .id = "pasid.fault-translated-dte",
	  .title = "DTE=0 blocks a translated request",
	  .spec = CONTEXT_SPEC ": DTE (SCT.5)",
	  .needs = NEED(SMTS) | NEED(DT),
	  .agent_features = AGENT_TRANSLATION,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .dma.kind = REQUEST_TRANSLATED,
	  .expect = FAULTS(FR_SCT_5) },
	{ .id = "pasid.translated-dte",
	  .title = "DTE=1 lets a translated request pass",
	  .spec = CONTEXT_SPEC ": DTE",
	  .needs = NEED(SMTS) | NEED(DT),
	  .agent_features = AGENT_TRANSLATION,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_DTE, 1),
	  .dma.kind = REQUEST_TRANSLATED,
	  .expect = LANDS },
	{ .id = "pasid.fault-page-request-pre",
	  .title = "PRE=0 refuses a page request",
	  .spec = CONTEXT_SPEC ": PRE (SCT.8)",
	  .needs = NEED(SMTS) | NEED(PRS) | NEED(DT),
	  .agent_features = AGENT_PAGE_REQUEST,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_DTE, 1),
	  .dma.kind = REQUEST_PAGE,
	  .expect = FAULTS(FR_SCT_8) },
	{ .id = "pasid.fault-page-request-pre-pasid",
	  .title = "PRE=0 refuses a page request with PASID",
	  .spec = CONTEXT_SPEC ": PRE (SCT.8)",
	  .needs = WITH_PASIDS | NEED(PRS) | NEED(DT),
	  .agent_features = AGENT_PAGE_REQUEST | AGENT_PASID,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pasid = PASID_1 },
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_DTE, 1),
	  .dma.kind = REQUEST_PAGE,
	  .expect = FAULTS(FR_SCT_8) },
};

const struct suite suite_pasid_dma = SUITE("pasid-dma", tests);
