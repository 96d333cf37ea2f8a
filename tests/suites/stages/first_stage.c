/* SPDX-License-Identifier: MIT */
/*
 * The first stage: pages of every size at every depth, what its entries forbid, and which addresses
 * it takes. Each question is asked of a first stage alone and of one below a second stage, where the
 * unit has that.
 *
 * These are the tables of a processor, so an emulator is tempted to walk them as it walks the second
 * stage: with R in the place of P, without U/S, with the second stage's address width. QEMU takes the
 * width of canonical addresses from AW, which is not a first stage's field; nothing but an address
 * from 2^29 on shows it. Each level is asked for each right, since a walk that looks at the leaf alone
 * is right for most tables, and each reserved bit for itself, from the definition of the fields.
 */
#include "iommu/structures/entry.h"
#include "iommu/structures/publish.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/pokes.h"
#include "tests/suites/faults/reserved.h"
#include "tests/suites/suites.h"

#define WALK_SPEC    "First-Stage Translation"
#define RIGHTS_SPEC  "First-Stage Translation: Access Rights"
#define ENTRIES_SPEC "First-Stage Paging Entries"
#define ENTRY_SPEC   "Scalable-Mode PASID Table Entry"

static const struct dma plain_write;

/* ---- sweeps ---- */

/* `arg` is the place. */
static void run_reserved(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SFS_3);
	enum place at = run->test->arg;
	uint64_t mask;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	mask = reserved_first_stage(&run->stage, reserved_level_of(&run->stage, at));
	if (mask)
		scene_test_each_bit(run, at, &mask, 1, &expect);
	else
		test_skip(run, "no bit is reserved here with addresses of 52 bits");
}

/* Everything that hardware ignores: 63:52, 11, 9:8, PCD and PWT, EA without EAFE, D above the leaf. */
static void run_ignored(struct test_run *run)
{
	static const struct outcome lands = LANDS;
	enum place at = run->test->arg;
	uint64_t mask = ~(FIELD_MASK(FS_ADDR) | FIELD_MASK(FS_P) | FIELD_MASK(FS_RW) |
			  FIELD_MASK(FS_US) | FIELD_MASK(FS_PS));

	if (at == AT_LEAF && run->scene.page_shift == 21)
		mask |= UINT64_C(1) << 12; /* PAT */
	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_bit(run, at, &mask, 1, &lands);
}

static void run_fspm(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SPT_4);
	uint64_t values = 1u << 2 | 1u << 3;

	if (!caps_has(&run->unit->caps, CAPABILITY_FS5LP))
		values |= 1u << FSPM_5_LEVEL;
	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_value(run, AT_PASID, FIELD(PASID_FSPM), values, &expect);
}

/* Software's mistake, and so the unit's to answer as it likes; but it must live on. */
static void run_fspm_unpublished(struct test_run *run)
{
	static const struct poke pokes[] = { { AT_PASID, { PASID_FSPM }, 2, VALUE_PLAIN },
					     { AT_PASID_DIR, { PASIDDIR_FPD }, 1, VALUE_PLAIN } };
	const struct pasid_invalidation pages = {
		.granularity = PIOTLB_PASID,
		.did = run->scene.did ? run->scene.did : 1,
		.pasid = run->scene.rid_pasid,
	};
	uint64_t before[2];

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	for (unsigned int i = 0; i < 2; i++)
		before[i] = stage_poke(&run->stage, &pokes[i]);
	REQUIRE_OK(run, invalidate_pasid_iotlb(run->unit, pages));
	(void)dma_read(&run->stage, &plain_write);
	for (unsigned int i = 0; i < 2; i++)
		stage_unpoke(&run->stage, &pokes[i], before[i]);
	REQUIRE_OK(run, invalidate_all(run->unit));
	fault_clear(run->unit);
	EXPECT_EQ(run, unit_read32(run->unit, REG_VER), run->unit->caps.ver);
}

/* The second stage's fields of the entry mean nothing to a first stage alone. */
static void run_any_aw(struct test_run *run)
{
	static const struct outcome lands = LANDS;

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_value(run, AT_PASID, FIELD(PASID_AW), 0xff, &lands);
}

/* ---- tables that lead into themselves ---- */

/* The top leads to itself: the walk ends as deep as the tables are, wherever that is, and only once. */
static void run_loop(struct test_run *run)
{
	struct poke loop = { .at = AT_TOP, .field = FIELD(FS_ADDR) };
	static const struct outcome not_present = FAULTS(FR_SFS_2);

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	loop.value = paging_pointer(&run->stage.table) / PAGE_BYTES;
	scene_test_try(run, (struct poke[POKES_MAX]){ loop }, &plain_write, &not_present, NULL);
}

/* ---- a device in use, whose translation is of another type from now on ---- */

static bool publish(struct test_run *run, const struct pasid_entry *value)
{
	struct stage *stage = &run->stage;
	const struct pasid_entry old = *pasid_table_entry(&stage->pasids, stage->scene.rid_pasid);

	if (publish_pasid(run->unit, &stage->pasids, stage->scene.rid_pasid, value, &old) ==
	    STATUS_OK)
		return true;
	test_fail(run, "publish_pasid: %s", unit_failure(run->unit));
	return false;
}

/*
 * Pass-through and back, twice, with no more than the PASID-cache and IOTLB invalidations that are
 * asked for. QEMU did nothing at all for a PASID-cache invalidation (c9cf33075a).
 */
static void run_pgtt_in_turn(struct test_run *run)
{
	struct stage *stage = &run->stage;
	unsigned int levels = caps_has(&run->unit->caps, CAPABILITY_SSTS)
				      ? caps_best_levels(&run->unit->caps)
				      : 0;
	struct pasid_entry through = pasid_pass_through(levels, 2);
	struct pasid_entry own;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	stage->is_sound = false;
	own = *pasid_table_entry(&stage->pasids, stage->scene.rid_pasid);
	for (unsigned int turn = 0; turn < 2 && !run->has_failed; turn++) {
		if (publish(run, &through) && dma_hit(stage, 0) != CANARY_BYSTANDER_0)
			test_fail(run, "made to pass through, it does not");
		if (publish(run, &own) && dma_hit(stage, 0) != CANARY_TARGET_0)
			test_fail(run, "made to translate again, it does not");
	}
}

/* ---- privilege ---- */

enum { PASID_1 = 9 };

/* What one of two kinds of requests has cached must not decide for the other. */
static void run_privilege_in_turn(struct test_run *run)
{
	static const struct dma privileged = { .privileged = true };
	static const struct outcome refused = FAULTS(FR_SGN_2);
	static const struct poke pokes[] = {
		{ AT_PASID, FIELD(PASID_SRE), 1, VALUE_PLAIN },
		{ AT_LEAF, FIELD(FS_US), 0, VALUE_PLAIN },
	};

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	run->stage.is_sound = false;
	stage_poke(&run->stage, &pokes[0]);
	stage_poke(&run->stage, &pokes[1]);
	REQUIRE_OK(run, invalidate_all(run->unit));
	for (unsigned int turn = 0; turn < 2; turn++) {
		EXPECT_EQ(run, dma_hit_by(&run->stage, &privileged), CANARY_TARGET_0);
		scene_test_write(run, 0, &refused, "after a privileged request");
	}
}

#define IN_FIRST_STAGE \
	.needs = NEED(SMTS), .scene.mode = SCENE_SCALABLE, .scene.stage = EACH_FIRST_STAGE
#define FIRST_STAGE_ALONE \
	.needs = NEED(SMTS), .scene.mode = SCENE_SCALABLE, .scene.stage = STAGE_FIRST

#define PAGE(name, text, more, shift, ...)                                                        \
	{                                                                                         \
		.id = "fs." name, .title = text, .spec = WALK_SPEC, .needs = NEED(SMTS) | (more), \
		.scene.mode = SCENE_SCALABLE, .scene.stage = EACH_FIRST_STAGE,                    \
		.scene.page_shift = (shift), .expect = LANDS, __VA_ARGS__                         \
	}

/* At each level, one field of the entry made 0. */
#define AT_EACH_LEVEL(name, text, title_in_spec, field, due, ...)                            \
	{ .id = "fs." name "-leaf",                                                          \
	  .title = text " in the leaf",                                                      \
	  .spec = title_in_spec,                                                             \
	  IN_FIRST_STAGE,                                                                    \
	  .poke = { { AT_LEAF, FIELD(field), 0, VALUE_PLAIN } },                             \
	  .expect = due,                                                                     \
	  __VA_ARGS__ },                                                                     \
		{ .id = "fs." name "-pde",                                                   \
		  .title = text " in the page directory",                                    \
		  .spec = title_in_spec,                                                     \
		  IN_FIRST_STAGE,                                                            \
		  .poke = { { AT_LEVEL_2, FIELD(field), 0, VALUE_PLAIN } },                  \
		  .expect = due,                                                             \
		  __VA_ARGS__ },                                                             \
		{ .id = "fs." name "-pdpe",                                                  \
		  .title = text " in the page-directory-pointer table",                      \
		  .spec = title_in_spec,                                                     \
		  IN_FIRST_STAGE,                                                            \
		  .poke = { { AT_LEVEL_3, FIELD(field), 0, VALUE_PLAIN } },                  \
		  .expect = due,                                                             \
		  __VA_ARGS__ },                                                             \
	{                                                                                    \
		.id = "fs." name "-top", .title = text " at the top", .spec = title_in_spec, \
		IN_FIRST_STAGE, .poke = { { AT_TOP, FIELD(field), 0, VALUE_PLAIN } },        \
		.expect = due, __VA_ARGS__                                                   \
	}

#define SWEEP(name, text, place, function, ...)                                          \
	{                                                                                \
		.id = "fs." name, .title = text, .spec = ENTRIES_SPEC, IN_FIRST_STAGE,   \
		.flags = TEST_SHARES_STAGE, .run = function, .arg = (place), __VA_ARGS__ \
	}

/* Requests with PASID 9, privileged or not, with SRE and WPE as they are given. */
#define PRIVILEGED(name, text, title_in_spec, sre, wpe, field, ...)                               \
	{                                                                                         \
		.id = "fs." name, .title = text, .spec = title_in_spec,                           \
		.needs = NEED(SMTS) | NEED(PASID) | NEED(SRS),                                    \
		.agent_features = AGENT_PASID | AGENT_PRIVILEGED,                                 \
		.scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE, .pasid = PASID_1 }, \
		.poke = { { AT_PASID, FIELD(PASID_SRE), (sre), VALUE_PLAIN },                     \
			  { AT_PASID, FIELD(PASID_WPE), (wpe), VALUE_PLAIN },                     \
			  { AT_LEAF, FIELD(field), 0, VALUE_PLAIN } },                            \
		__VA_ARGS__                                                                       \
	}

static const struct test tests[] = {
	PAGE("levels-4", "tables of 4 levels, 48 bits", 0, 12, .scene.levels = 4),
	PAGE("levels-5", "tables of 5 levels, 57 bits", NEED(FS5LP), 12, .scene.levels = 5),
	PAGE("page-2m-write", "a 2 MiB leaf", 0, 21, .dma.is_read = false),
	PAGE("page-2m-read", "a 2 MiB leaf", 0, 21, .dma.is_read = true),
	PAGE("page-2m-crossing", "a write across 4 KiB within a 2 MiB leaf", 0, 21, .dma.bytes = 16,
	     .dma.offset = 4088),
	PAGE("page-1g-write", "a 1 GiB leaf", NEED(FS1GP), 30, .dma.is_read = false),
	PAGE("page-1g-read", "a 1 GiB leaf", NEED(FS1GP), 30, .dma.is_read = true),
	PAGE("top-levels-4", "the last pages of the lower half of 48 bits", 0, 12,
	     .scene.levels = 4, .scene.is_at_top = true),
	PAGE("upper-first", "the first pages of the upper half", 0, 12, .scene.is_upper = true),
	PAGE("upper-first-4", "the first pages of the upper half of 48 bits", 0, 12,
	     .scene.is_upper = true, .scene.levels = 4),
	PAGE("upper-last", "the last pages that there are", 0, 12, .scene.is_upper = true,
	     .scene.is_at_top = true),
	PAGE("upper-last-read", "the last pages that there are", 0, 12, .scene.is_upper = true,
	     .scene.is_at_top = true, .dma.is_read = true),
	{ .id = "fs.hole-first-write",
	  .title = "QEMU 305e469b71: the first address that is not canonical blocks",
	  .spec = WALK_SPEC " (SGN.1)",
	  IN_FIRST_STAGE,
	  .dma.place = DMA_TOO_WIDE,
	  .expect = FAULTS(FR_SGN_1) },
	{ .id = "fs.hole-first-read",
	  .title = "the first address that is not canonical blocks",
	  .spec = WALK_SPEC " (SGN.1)",
	  IN_FIRST_STAGE,
	  .dma = { .place = DMA_TOO_WIDE, .is_read = true },
	  .expect = FAULTS(FR_SGN_1) },
	{ .id = "fs.hole-last",
	  .title = "the last address that is not canonical blocks",
	  .spec = WALK_SPEC " (SGN.1)",
	  IN_FIRST_STAGE,
	  .dma.place = DMA_HOLE_END,
	  .expect = FAULTS(FR_SGN_1) },
	{ .id = "fs.hole-first-4",
	  .title = "2^47 is not canonical for 4 levels",
	  .spec = WALK_SPEC " (SGN.1)",
	  IN_FIRST_STAGE,
	  .scene.levels = 4,
	  .dma.place = DMA_TOO_WIDE,
	  .expect = FAULTS(FR_SGN_1) },

	AT_EACH_LEVEL("not-present", "P=0 blocks a write,", ENTRIES_SPEC ": P (SFS.2)", FS_P,
		      FAULTS(FR_SFS_2), .dma.is_read = false),
	AT_EACH_LEVEL("not-present-read", "P=0 blocks a read,", ENTRIES_SPEC ": P (SFS.2)", FS_P,
		      FAULTS(FR_SFS_2), .dma.is_read = true),
	AT_EACH_LEVEL("supervisor", "U/S=0 blocks a user's write,", RIGHTS_SPEC " (SGN.2)", FS_US,
		      FAULTS(FR_SGN_2), .dma.is_read = false),
	AT_EACH_LEVEL("supervisor-read", "U/S=0 blocks a user's read,", RIGHTS_SPEC " (SGN.2)",
		      FS_US, FAULTS(FR_SGN_2), .dma.is_read = true),
	AT_EACH_LEVEL("read-only", "R/W=0 blocks a write,", RIGHTS_SPEC " (SGN.6)", FS_RW,
		      FAULTS(FR_SGN_6), .dma.is_read = false),
	AT_EACH_LEVEL("read-only-read", "R/W=0 lets a read pass,", RIGHTS_SPEC, FS_RW, LANDS,
		      .dma.is_read = true),
	{ .id = "fs.atomic-read-only",
	  .title = "R/W=0 blocks an atomic operation",
	  .spec = RIGHTS_SPEC " (SGN.6)",
	  IN_FIRST_STAGE,
	  .agent_features = AGENT_ATOMIC,
	  .dma.is_atomic = true,
	  .poke = POKE(AT_LEAF, FS_RW, 0),
	  .expect = FAULTS(FR_SGN_6) },

	SWEEP("reserved-leaf", "each reserved bit of a PTE blocks", AT_LEAF, run_reserved),
	SWEEP("reserved-leaf-2m", "each reserved bit of a PDE that maps 2 MiB blocks", AT_LEAF,
	      run_reserved, .scene.page_shift = 21),
	SWEEP("reserved-pde", "each reserved bit of a PDE blocks", AT_LEVEL_2, run_reserved),
	SWEEP("reserved-pdpe", "each reserved bit of a PDPE blocks", AT_LEVEL_3, run_reserved),
	SWEEP("reserved-top", "each reserved bit of the top entry blocks", AT_TOP, run_reserved),
	{ .id = "fs.reserved-leaf-1g",
	  .title = "each reserved bit of a PDPE that maps 1 GiB blocks",
	  .spec = ENTRIES_SPEC,
	  .needs = NEED(SMTS) | NEED(FS1GP),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE, .page_shift = 30 },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_reserved,
	  .arg = AT_LEAF },
	/* A read: it would be of the first GiB of memory. */
	{ .id = "fs.absent-1g",
	  .title = "without CAP.FS1GP a PDPE cannot map 1 GiB",
	  .spec = ENTRIES_SPEC,
	  .needs = NEED(SMTS),
	  .needs_absent = NEED(FS1GP),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE },
	  .poke = { { AT_LEVEL_3, FIELD(63, 0),
		      FIELD_MASK(FS_P) | FIELD_MASK(FS_RW) | FIELD_MASK(FS_US) | FIELD_MASK(FS_A) |
			      FIELD_MASK(FS_D) | FIELD_MASK(FS_PS),
		      VALUE_PLAIN } },
	  .dma.is_read = true,
	  .expect = FAULTS(FR_SFS_3) },
	SWEEP("reserved-top-4", "each reserved bit of a PML4E at the top blocks", AT_TOP,
	      run_reserved, .scene.levels = 4),
	SWEEP("ignored-leaf", "each ignored bit of a PTE may be 1", AT_LEAF, run_ignored),
	SWEEP("ignored-leaf-2m", "each ignored bit of a PDE that maps 2 MiB may be 1", AT_LEAF,
	      run_ignored, .scene.page_shift = 21),
	SWEEP("ignored-pde", "each ignored bit of a PDE may be 1", AT_LEVEL_2, run_ignored),
	SWEEP("ignored-top", "each ignored bit of the top entry may be 1", AT_TOP, run_ignored),
	SWEEP("loop", "a table that leads to itself is walked to its last level", AT_TOP, run_loop),

	{ .id = "fs.top-unreachable",
	  .title = "first-stage tables where no memory is block",
	  .spec = ENTRY_SPEC ": FSPTPTR (SFS.4)",
	  .flags = TEST_MISSING_MEMORY,
	  FIRST_STAGE_ALONE,
	  .poke = POKE_TO_NOWHERE(AT_PASID, PASID_FSPTPTR),
	  .expect = FAULTS(FR_SFS_4) },
	{ .id = "fs.table-unreachable",
	  .title = "a page table where no memory is blocks",
	  .spec = ENTRIES_SPEC ": ADDR (SFS.1)",
	  .flags = TEST_MISSING_MEMORY,
	  FIRST_STAGE_ALONE,
	  .poke = POKE_TO_NOWHERE(AT_LEVEL_2, FS_ADDR),
	  .expect = FAULTS(FR_SFS_1) },
	{ .id = "fs.directory-unreachable",
	  .title = "a page-directory-pointer table where no memory is blocks",
	  .spec = ENTRIES_SPEC ": ADDR (SFS.1)",
	  .flags = TEST_MISSING_MEMORY,
	  FIRST_STAGE_ALONE,
	  .poke = POKE_TO_NOWHERE(AT_TOP, FS_ADDR),
	  .expect = FAULTS(FR_SFS_1) },
	{ .id = "fs.interrupt-range-output",
	  .title = "a page in the interrupt range blocks",
	  .spec = "Handling Requests to Interrupt Address Range (SGN.8)",
	  FIRST_STAGE_ALONE,
	  .poke = { { AT_LEAF, FIELD(FS_ADDR), 0, VALUE_INTERRUPT_RANGE } },
	  .expect = FAULTS(FR_SGN_8) },
	{ .id = "fs.fspm",
	  .title = "each paging mode that the unit lacks blocks",
	  .spec = ENTRY_SPEC ": FSPM (SPT.4.3)",
	  IN_FIRST_STAGE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_fspm },
	{ .id = "fs.fspm-unpublished",
	  .title = "a reserved paging mode in a PASID entry that was not published does not end "
		   "the machine",
	  .spec = ENTRY_SPEC ": FSPM",
	  IN_FIRST_STAGE,
	  .needs_absent = NEED(FS5LP),
	  .flags = TEST_SHARES_STAGE | TEST_ONLY_BY_NAME,
	  .agent_features = AGENT_BUFFER,
	  .run = run_fspm_unpublished },
	{ .id = "fs.ignores-aw",
	  .title = "a first stage alone ignores the address width of the second",
	  .spec = ENTRY_SPEC ": AW",
	  .needs = NEED(SMTS) | NEED(SSTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_FIRST },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_any_aw },
	{ .id = "fs.fpd",
	  .title = "FPD of the PASID entry silences a page that is not present",
	  .spec = ENTRY_SPEC ": FPD",
	  IN_FIRST_STAGE,
	  .poke = POKE_BOTH(AT_PASID, PASID_FPD, 1, AT_LEAF, FS_P, 0),
	  .expect = IS_BLOCKED },
	{ .id = "sm.pgtt-in-turn",
	  .title = "QEMU c9cf33075a: a device goes to pass-through and back while it is in use",
	  .spec = "Guidance to Software for Invalidations",
	  .needs = NEED(SMTS) | NEED(PT),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .flags = TEST_SHARES_STAGE,
	  .agent_features = AGENT_ALONE,
	  .run = run_pgtt_in_turn },

	PRIVILEGED("privileged-page", "SRE=1 lets a privileged write reach a supervisor page",
		   RIGHTS_SPEC, 1, 1, FS_US, .dma.privileged = true, .expect = LANDS),
	PRIVILEGED("privileged-page-user", "and not a user's", RIGHTS_SPEC " (SGN.2)", 1, 1, FS_US,
		   .expect = FAULTS(FR_SGN_2)),
	PRIVILEGED("wpe-0", "WPE=0 lets a privileged write reach a read-only page",
		   ENTRY_SPEC ": WPE", 1, 0, FS_RW, .dma.privileged = true, .expect = LANDS),
	PRIVILEGED("wpe-0-user", "and not a user's", ENTRY_SPEC ": WPE (SGN.6)", 1, 0, FS_RW,
		   .expect = FAULTS(FR_SGN_6)),
	PRIVILEGED("wpe-1", "WPE=1 blocks a privileged write to a read-only page",
		   ENTRY_SPEC ": WPE (SGN.6)", 1, 1, FS_RW, .dma.privileged = true,
		   .expect = FAULTS(FR_SGN_6)),
	PRIVILEGED("wpe-1-read", "WPE=1 lets a privileged read pass", ENTRY_SPEC ": WPE", 1, 1,
		   FS_RW, .dma = { .privileged = true, .is_read = true }, .expect = LANDS),
	{ .id = "fs.privilege-in-turn",
	  .title = "what a privileged request has cached does not serve a user",
	  .spec = RIGHTS_SPEC " (SGN.2)",
	  .needs = NEED(SMTS) | NEED(PASID) | NEED(SRS),
	  .agent_features = AGENT_PASID | AGENT_PRIVILEGED,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE, .pasid = PASID_1 },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_privilege_in_turn },
	{ .id = "fs.rid-priv",
	  .title = "RID_PRIV makes requests without PASID privileged",
	  .spec = "Scalable-Mode Context-Entry: RID_PRIV",
	  .needs = NEED(SMTS) | NEED(RPRIVS) | NEED(SRS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE },
	  .poke = { { AT_CONTEXT, FIELD(SMCONTEXT_RID_PRIV), 1, VALUE_PLAIN },
		    { AT_PASID, FIELD(PASID_SRE), 1, VALUE_PLAIN },
		    { AT_LEAF, FIELD(FS_US), 0, VALUE_PLAIN } },
	  .expect = LANDS },
	{ .id = "fs.rid-priv-sre",
	  .title = "and SRE=0 blocks them then",
	  .spec = "Scalable-Mode Context-Entry: RID_PRIV (SPT.6)",
	  .needs = NEED(SMTS) | NEED(RPRIVS) | NEED(SRS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_FIRST_STAGE },
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_RID_PRIV, 1),
	  .expect = FAULTS(FR_SPT_6) },
};

const struct suite suite_first_stage = SUITE("fs", tests);
