/* SPDX-License-Identifier: MIT */
/*
 * What only scalable mode has: two halves of a root entry, PASID directories, RID_PASID.
 *
 * A root entry leads devfn 00h-7Fh through LCTP and 80h-FFh through UCTP, each with a present bit
 * of its own; until 2026 Linux wrote the upper table of a bus without lower devices into the lower
 * slot, and its devices faulted with 39h. Requests without PASID use the entry that RID_PASID
 * names, which is PASID 0 where ECAP.RPS is clear, through a directory whose size PDTS gives.
 * Turning translation off makes a unit with scalable mode forget everything, whichever mode it was
 * in (QEMU 851d6b2c8c7a kept what was bound to PASIDs). Accessed and dirty flags are set only
 * where SSADE asks for them and the walk is snooped.
 */
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/lent_pasid.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

static const struct outcome lands = LANDS;
static const struct dma plain_write;

/* Devfn 00h to 7Fh, and 80h to FFh. */
enum devfn_half { LOWER, UPPER };

/* The first agent behind the unit whose devfn lies in that half of the bus, or NULL. */
static struct agent *agent_in_half(const struct unit *unit, enum devfn_half half)
{
	struct agent *agent;

	for (unsigned int nth = 0; (agent = platform_agent(unit, nth)); nth++)
		if (((agent->sid & 0xffu) >= SM_CONTEXT_ENTRIES) == (half == UPPER))
			return agent;
	return NULL;
}

/* `arg` is an enum devfn_half. */
static void run_half(struct test_run *run)
{
	const enum devfn_half half = run->test->arg;

	run->agent = agent_in_half(run->unit, half);
	if (run->agent)
		scene_test_open(run, &run->scene, &plain_write);
	else
		test_skip(run, "no agent with devfn %s 80h", half == UPPER ? "from" : "below");
}

/*
 * Only the half that covers the device counts: with the context table under the wrong half, and
 * that half alone present, the device must be blocked.
 */
static void run_wrong_half(struct test_run *run)
{
	static const struct outcome not_present = FAULTS(FR_SRT_2);
	struct root_entry *entry;
	struct poke moved[POKES_MAX] = { 0 };
	unsigned int used, other;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	entry = &run->stage.root.entries[run->agent->sid >> 8];
	used = (run->agent->sid & 0xffu) / SM_CONTEXT_ENTRIES;
	other = 1 - used;
	for (unsigned int half = 0; half < 2; half++)
		moved[half] = (struct poke){
			.at = AT_ROOT,
			.field = { (uint16_t)(half * 64 + 63), (uint16_t)(half * 64) },
			.value = half == other ? entry->q[used] : 0,
		};
	scene_test_try(run, moved, &plain_write, &not_present, NULL);
}

/* Of a half that is not present nothing is looked at (SRT.3 asks for LP or UP). */
static void run_absent_half(struct test_run *run)
{
	const unsigned int other = 1 - (run->agent->sid & 0xffu) / SM_CONTEXT_ENTRIES;
	const struct poke rubbish[POKES_MAX] = {
		{ AT_ROOT,
		  { (uint16_t)(other * 64 + 63), (uint16_t)(other * 64) },
		  ~FIELD_MASK(SMROOT_LP),
		  VALUE_PLAIN },
	};

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_try(run, rubbish, &plain_write, &lands, NULL);
}

/* The largest domain-id that CAP.ND allows. */
static void run_largest_did(struct test_run *run)
{
	struct scene scene = run->scene;

	scene.did = (uint16_t)(caps_domain_count(&run->unit->caps) - 1);
	scene_test_open(run, &scene, &plain_write);
}

/*
 * A unit with scalable mode forgets everything when translation goes off: a leaf changed meanwhile
 * counts as soon as it is on again, without an invalidation by software. With CAP.ESRTPS the latch
 * that must come before forgets everything, too, so there is nothing that could be shown.
 */
static void run_te_off_forgets(struct test_run *run)
{
	struct stage *stage = &run->stage;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	stage->is_sound = false;
	REQUIRE_OK(run, unit_set_translation(run->unit, false));
	stage_redirect(stage, 0, CANARY_GAP);
	REQUIRE_OK(run, unit_latch_root(run->unit, phys_of(stage->root.entries),
					stage->root.scalable ? TTM_SCALABLE : TTM_LEGACY));
	REQUIRE_OK(run, unit_set_translation(run->unit, true));
	EXPECT_EQ(run, dma_hit(stage, 0), CANARY_GAP);
}

/* An entry of the walk to the window's first page; the leaf is level 1. */
static uint64_t walk_entry(const struct stage *stage, unsigned int level)
{
	return *paging_entry(&stage->table, stage->window, level);
}

/* With SSADE the unit sets A in every entry it used, and D in the leaf of a write. */
static void run_accessed_dirty(struct test_run *run)
{
	const bool is_write = !run->test->dma.is_read;
	static const struct poke enable = { .at = AT_PASID,
					    .field = FIELD(PASID_SSADE),
					    .value = 1 };
	struct stage *stage = &run->stage;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	EXPECT_EQ(run, reg_get(walk_entry(stage, 1), SS_A), 0);
	stage_poke(stage, &enable);
	REQUIRE_OK(run, invalidate_all(run->unit));
	if (is_write)
		EXPECT_EQ(run, dma_write(stage, &run->test->dma), DMA_LANDED);
	else
		EXPECT(run, dma_read(stage, &run->test->dma) &&
				    dma_read_result(stage, &run->test->dma) == DMA_LANDED);
	for (unsigned int level = 1; level <= stage->table.levels; level++)
		if (!reg_get(walk_entry(stage, level), SS_A))
			test_fail(run, "A is clear in the entry of level %u", level);
	EXPECT_EQ(run, reg_get(walk_entry(stage, 1), SS_D), is_write);
}

/* What memory types are asked for changes nothing of where data goes: each of the fields, and all of them. */
static void run_memory_types(struct test_run *run)
{
	static const struct poke pokes[] = { { AT_PASID, FIELD(PASID_CD), 1, VALUE_PLAIN },
					     { AT_PASID, FIELD(PASID_EMTE), 1, VALUE_PLAIN },
					     { AT_PASID, FIELD(PASID_PAT), 0x00040106,
					       VALUE_PLAIN } };

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	for (unsigned int i = 0; i < 3; i++)
		scene_test_try(run, (struct poke[POKES_MAX]){ pokes[i] }, &plain_write, &lands,
			       i == 0	? "CD"
			       : i == 1 ? "EMTE"
					: "PAT");
	scene_test_try(run, (struct poke[POKES_MAX]){ pokes[0], pokes[1], pokes[2] }, &plain_write,
		       &lands, "all");
}

static void put_flags(struct stage *stage, unsigned int level, uint64_t flags, bool on)
{
	uint64_t *entry = paging_entry(&stage->table, stage->window, level);

	entry_store_word(entry, on ? *entry | flags : *entry & ~flags, stage->table.snooped);
}

/*
 * A walk that is not snooped sets no flags: all is well while they are there, and a request that needs one more is
 * blocked, however often it comes. `arg`: what is missing, the leaf's D (0) or A of that level.
 */
static void run_flags_unsnooped(struct test_run *run)
{
	static const struct poke pokes[] = { { AT_PASID, FIELD(PASID_SSADE), 1, VALUE_PLAIN },
					     { AT_PASID, FIELD(PASID_PWSNP), 0, VALUE_PLAIN } };
	static const struct outcome refused = FAULTS(FR_SSS_5);
	const unsigned int missing = run->test->arg;
	struct stage *stage = &run->stage;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	stage->is_sound = false;
	for (unsigned int level = 1; level <= stage->table.levels; level++)
		put_flags(stage, level, FIELD_MASK(SS_A), true);
	put_flags(stage, 1, FIELD_MASK(SS_D), true);
	stage_poke(stage, &pokes[0]);
	stage_poke(stage, &pokes[1]);
	REQUIRE_OK(run, invalidate_all(run->unit));
	if (!scene_test_write(run, 0, &lands, "with all flags set"))
		return;
	put_flags(stage, missing ? missing : 1, missing ? FIELD_MASK(SS_A) : FIELD_MASK(SS_D),
		  false);
	REQUIRE_OK(run, invalidate_all(run->unit));
	if (scene_test_write(run, 0, &refused, "with one flag missing"))
		scene_test_write(run, 0, &refused, "again");
}

/* Only what RID_PASID names counts: the entry of PASID 0 leads elsewhere. */
static void run_rid_pasid_not_0(struct test_run *run)
{
	struct scene scene = run->scene;
	struct pasid_entry *entry;

	scene.rid_pasid = lent_pasid(run, scene.rid_pasid);
	scene.pdts = lent_pasid_pdts(scene.rid_pasid);
	if (!scene.rid_pasid || !scene_test_open(run, &scene, &plain_write))
		return;
	entry = pasid_table_entry(&run->stage.pasids, 0);
	REQUIRE(run, entry != NULL);
	*entry = (struct pasid_entry){ { 0 } };
	scene_test_try(run, (struct poke[POKES_MAX]){ { .at = AT_NOWHERE } }, &plain_write, &lands,
		       "entry 0 not present");
}

/* RID_PASID is the last PASID of the directory, where the unit has PASIDs that wide. */
static void run_last_pasid(struct test_run *run)
{
	const struct scene *scene = &run->scene;
	unsigned int bits = caps_pasid_bits(&run->unit->caps);
	uint32_t pasid;

	if (bits < scene->pdts + 13) {
		test_skip(run, "unit %u has PASIDs of %u bits", run->unit->index, bits);
		return;
	}
	pasid = lent_pasid(run, scene->rid_pasid);
	if (pasid == scene->rid_pasid)
		scene_test_open(run, scene, &plain_write);
	else if (pasid)
		test_skip(run, "VCMD of unit %u does not give PASID %x", run->unit->index,
			  scene->rid_pasid);
}

#define WITH_PDTS(number)                                                                     \
	{ .id = "sm.pdts-" #number,                                                           \
	  .title = "a PASID directory of 2^" #number " times 128 entries",                    \
	  .spec = "Scalable-Mode Context-Entry: PDTS",                                        \
	  .needs = NEED(SMTS),                                                                \
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pdts = number },           \
	  .expect = LANDS },                                                                  \
	{                                                                                     \
		.id = "sm.pdts-" #number "-last",                                             \
		.title = "the last PASID of a directory of 2^" #number " times 128 entries",  \
		.spec = "Scalable-Mode Context-Entry: PDTS", .needs = NEED(SMTS) | NEED(RPS), \
		.scene = { .mode = SCENE_SCALABLE,                                            \
			   .stage = EACH_STAGE,                                               \
			   .pdts = number,                                                    \
			   .rid_pasid = (1u << (number + 13)) - 1 },                          \
		.flags = TEST_SHARES_STAGE, .fixture = &lent_pasids, .run = run_last_pasid    \
	}

#define UNSNOOPED(name, level)                                                         \
	{                                                                              \
		.id = "sm.unsnooped-" name,                                            \
		.title = "SSADE: a walk that is not snooped sets no flag: " name,      \
		.spec = "Second-Stage Translation: Accessed and Dirty Flags",          \
		.needs = NEED(SMTS) | NEED(SSADS) | NEED(SMPWCS),                      \
		.scene = { .mode = SCENE_SCALABLE, .stage = STAGE_SECOND },            \
		.flags = TEST_SHARES_STAGE, .run = run_flags_unsnooped, .arg = (level) \
	}

static const struct test tests[] = {
	{ .id = "sm.lower-half",
	  .title = "devfn 00h-7Fh is translated through LCTP",
	  .spec = "Scalable-mode Root Entry",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_half,
	  .arg = LOWER },
	{ .id = "sm.upper-half",
	  .title = "Linux cbcedff5bb8e: devfn 80h-FFh is translated through UCTP, with LP clear",
	  .spec = "Scalable-mode Root Entry",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_half,
	  .arg = UPPER },
	{ .id = "legacy.upper-devfn",
	  .title = "devfn 80h-FFh has its own context entries",
	  .spec = "Context Entry",
	  .scene = { .mode = SCENE_LEGACY },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_half,
	  .arg = UPPER },
	{ .id = "sm.wrong-half",
	  .title = "the other half of the root entry is not used",
	  .spec = "Scalable-mode Root Entry",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_wrong_half },
	{ .id = "sm.absent-half",
	  .title = "the other half of the root entry, not present, may hold anything",
	  .spec = "Scalable-mode Root Entry",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_absent_half },
	{ .id = "sm.memory-types",
	  .title = "memory types of a PASID entry change nothing of where data goes",
	  .spec = "Scalable-Mode PASID Table Entry",
	  .needs = NEED(SMTS) | NEED(MTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_memory_types },
	{ .id = "sm.accessed",
	  .title = "SSADE: a read sets A on every level, and no D",
	  .spec = "Second-Stage Translation: Accessed and Dirty Flags",
	  .needs = NEED(SMTS) | NEED(SSADS) | NEED(SMPWCS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_SECOND },
	  .dma.is_read = true,
	  .run = run_accessed_dirty },
	{ .id = "sm.dirty",
	  .title = "SSADE: a write sets D in the leaf",
	  .spec = "Second-Stage Translation: Accessed and Dirty Flags",
	  .needs = NEED(SMTS) | NEED(SSADS) | NEED(SMPWCS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_SECOND },
	  .run = run_accessed_dirty },
	{ .id = "sm.dirty-atomic",
	  .title = "SSADE: an atomic operation sets D in the leaf",
	  .spec = "Second-Stage Translation: Accessed and Dirty Flags",
	  .needs = NEED(SMTS) | NEED(SSADS) | NEED(SMPWCS),
	  .agent_features = AGENT_ATOMIC,
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_SECOND },
	  .dma.is_atomic = true,
	  .run = run_accessed_dirty },
	UNSNOOPED("dirty", 0),
	UNSNOOPED("accessed", 1),
	UNSNOOPED("accessed-above", 2),
	{ .id = "sm.te-off-forgets",
	  .title = "turning translation off invalidates all caches of a scalable-mode unit",
	  .spec = "Global Command Register: TE",
	  .needs = NEED(SMTS),
	  .needs_absent = NEED(ESRTPS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_te_off_forgets },
	{ .id = "legacy.te-off-forgets",
	  .title = "the same in legacy mode, on a unit with scalable mode",
	  .spec = "Global Command Register: TE",
	  .needs = NEED(SMTS),
	  .needs_absent = NEED(ESRTPS),
	  .scene = { .mode = SCENE_LEGACY },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_te_off_forgets },
	{ .id = "sm.rid-pasid-0",
	  .title = "requests without PASID use the entry of RID_PASID 0",
	  .spec = "Scalable-Mode Context-Entry: RID_PASID",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .expect = LANDS },
	{ .id = "sm.rid-pasid-5",
	  .title = "requests without PASID use the entry of RID_PASID 5",
	  .spec = "Scalable-Mode Context-Entry: RID_PASID",
	  .needs = NEED(SMTS) | NEED(RPS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .rid_pasid = 5 },
	  .flags = TEST_SHARES_STAGE,
	  .fixture = &lent_pasids,
	  .run = run_rid_pasid_not_0 },
	{ .id = "sm.rid-pasid-70",
	  .title = "RID_PASID 70 is reached through the second directory entry",
	  .spec = "Scalable-Mode Context-Entry: RID_PASID",
	  .needs = NEED(SMTS) | NEED(RPS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE, .rid_pasid = 70 },
	  .flags = TEST_SHARES_STAGE,
	  .fixture = &lent_pasids,
	  .run = run_rid_pasid_not_0 },
	{ .id = "sm.did-largest",
	  .title = "the largest domain-id works",
	  .spec = "Capability Register: ND",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_largest_did },
	{ .id = "legacy.did-largest",
	  .title = "the largest domain-id works",
	  .spec = "Capability Register: ND",
	  .scene = { .mode = SCENE_LEGACY },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_largest_did },
	WITH_PDTS(0),
	WITH_PDTS(1),
	WITH_PDTS(2),
	WITH_PDTS(3),
	WITH_PDTS(4),
	WITH_PDTS(5),
	WITH_PDTS(6),
	WITH_PDTS(7),
};

const struct suite suite_scalable = SUITE("sm", tests);
