/* SPDX-License-Identifier: MIT */
/*
 * What scalable mode must block before any paging entry is read: reasons 38h to 5Bh.
 *
 * The walk has four tables before the first page table, and each has its not-present, its
 * reserved-bits and its access-error reason; emulators reported legacy ones for years (QEMU
 * a84e37af36), or did not look at a present bit at all (56fc1e6ac6), or walked an entry of a type
 * the unit does not have (b291dae33d). Fields whose capability is clear are reserved and must be
 * 0. FPD counts at three levels, each for itself and all below it (fb1d084b44); it never silences
 * the failure to read a PASID directory or table (SPD.1, SPT.1). In an entry that is not present
 * nothing but P and FPD is looked at, so its type and width prove nothing.
 */
#include "iommu/structures/translation.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/pokes.h"
#include "tests/suites/faults/reserved.h"
#include "tests/suites/suites.h"

#define IN_SCALABLE_MODE .needs = NEED(SMTS), .scene.mode = SCENE_SCALABLE

static const struct dma plain_write;

/* The half of the root entry that serves the agent; breaking the other one is left open. */
static unsigned int used_half(const struct test_run *run)
{
	return (run->agent->sid & 0xffu) / SM_CONTEXT_ENTRIES;
}

static void run_root_not_present(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SRT_2);
	uint16_t bit = (uint16_t)(used_half(run) * 64);
	struct poke poke[POKES_MAX] = { { .at = AT_ROOT, .field = { bit, bit } } };

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_try(run, poke, &plain_write, &expect, NULL);
}

static void run_root_reserved(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SRT_3);
	uint64_t masks[2] = { 0 };

	masks[used_half(run)] = reserved_root_low();
	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_bit(run, AT_ROOT, masks, 2, &expect);
}

static void run_context_unreachable(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SCT_1);
	uint16_t lo = (uint16_t)(used_half(run) * 64);
	struct poke poke[POKES_MAX] = { { .at = AT_ROOT,
					  .field = { (uint16_t)(lo + 63), (uint16_t)(lo + 12) },
					  .kind = VALUE_NO_MEMORY } };

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_try(run, poke, &plain_write, &expect, NULL);
}

static void run_context_reserved(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SCT_3);
	uint64_t masks[4];

	reserved_sm_context(masks);
	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_bit(run, AT_CONTEXT, masks, 4, &expect);
}

/*
 * PRE without DTE and EPTR without PASIDE are conditions of their own (SCT.4.1, SCT.4.3), which a unit
 * may find first.
 */
static void run_context_gated(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SCT_3);
	static const uint64_t dependent[4] = { FIELD_MASK(SMCONTEXT_PRE) |
					       FIELD_MASK(SMCONTEXT_EPTR) };
	static const struct leniency either = { .bits = dependent, .other_reason = FR_SCT_4 };
	uint64_t masks[4];

	gated_sm_context(&run->unit->caps, masks);
	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_bit_but(run, AT_CONTEXT, masks, 4, &expect, &either);
}

static void run_dir_reserved(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SPD_3);
	uint64_t mask = reserved_pasid_dir();

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_bit(run, AT_PASID_DIR, &mask, 1, &expect);
}

static void run_pasid_reserved(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SPT_3);
	uint64_t masks[8];

	reserved_pasid(&run->unit->caps, masks);
	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_bit(run, AT_PASID, masks, 8, &expect);
}

static void run_pasid_gated(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SPT_3);
	uint64_t masks[8];

	gated_pasid(&run->unit->caps, masks);
	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_bit(run, AT_PASID, masks, 8, &expect);
}

static void run_pasid_aw(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SPT_4);

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_value(run, AT_PASID, FIELD(PASID_AW),
				      unsupported_widths(&run->unit->caps), &expect);
}

static void run_pgtt_reserved(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_SPT_4);

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_value(run, AT_PASID, FIELD(PASID_PGTT),
				      1u << 0 | 1u << 5 | 1u << 6 | 1u << 7, &expect);
}

/* AW means nothing to pass-through: any value must do. */
static void run_pass_through_any_aw(struct test_run *run)
{
	static const struct outcome lands = LANDS;

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_value(run, AT_PASID, FIELD(PASID_AW), 0xff, &lands);
}

static const struct test tests[] = {
	{ .id = "fault.sm-root-not-present",
	  .title = "LP or UP clear blocks the devices of that half",
	  .spec = "Scalable-mode Root Entry: LP, UP (SRT.2)",
	  IN_SCALABLE_MODE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_root_not_present },
	{ .id = "fault.sm-root-reserved",
	  .title = "each reserved bit of the used half of a root entry blocks",
	  .spec = "Scalable-mode Root Entry: reserved (SRT.3)",
	  IN_SCALABLE_MODE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_root_reserved },
	{ .id = "fault.sm-root-not-present-upper",
	  .title = "UP clear blocks the devices of the upper half",
	  .spec = "Scalable-mode Root Entry: UP (SRT.2)",
	  IN_SCALABLE_MODE,
	  .agent_features = AGENT_UPPER_DEVFN,
	  .run = run_root_not_present },
	{ .id = "fault.sm-root-reserved-upper",
	  .title = "each reserved bit of the upper half blocks the devices of that half",
	  .spec = "Scalable-mode Root Entry: reserved (SRT.3)",
	  IN_SCALABLE_MODE,
	  .agent_features = AGENT_UPPER_DEVFN,
	  .run = run_root_reserved },
	{ .id = "fault.sm-root-unreachable",
	  .title = "a root table where no memory is blocks",
	  .spec = "Root Table Address Register (SRT.1)",
	  .flags = TEST_MISSING_MEMORY,
	  IN_SCALABLE_MODE,
	  .run = root_unreachable_test,
	  .arg = FR_SRT_1 },
	{ .id = "fault.sm-context-unreachable",
	  .title = "a context table where no memory is blocks",
	  .spec = "Scalable-mode Root Entry: LCTP, UCTP (SCT.1)",
	  .flags = TEST_MISSING_MEMORY | TEST_SHARES_STAGE,
	  IN_SCALABLE_MODE,
	  .run = run_context_unreachable },
	{ .id = "fault.sm-context-unreachable-upper",
	  .title = "an upper context table where no memory is blocks",
	  .spec = "Scalable-mode Root Entry: UCTP (SCT.1)",
	  .flags = TEST_MISSING_MEMORY,
	  IN_SCALABLE_MODE,
	  .agent_features = AGENT_UPPER_DEVFN,
	  .run = run_context_unreachable },
	{ .id = "fault.sm-context-not-present",
	  .title = "a context entry with P=0 blocks",
	  .spec = "Scalable-Mode Context-Entry: P (SCT.2)",
	  IN_SCALABLE_MODE,
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_P, 0),
	  .expect = FAULTS(FR_SCT_2) },
	{ .id = "fault.sm-context-not-present-read",
	  .title = "a context entry with P=0 blocks a read, recorded as a read",
	  .spec = "Scalable-Mode Context-Entry: P (SCT.2)",
	  IN_SCALABLE_MODE,
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_P, 0),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_SCT_2) },
	{ .id = "fault.sm-context-reserved",
	  .title = "each reserved bit of a context entry blocks",
	  .spec = "Scalable-Mode Context-Entry: reserved (SCT.3)",
	  IN_SCALABLE_MODE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_context_reserved },
	{ .id = "fault.sm-context-gated",
	  .title = "fields of a context entry whose capability is absent are reserved",
	  .spec = "Scalable-Mode Context-Entry: DTE, PASIDE, PRE, RID_PASID (SCT.3)",
	  IN_SCALABLE_MODE,
	  .scene.pdts = 7, /* every RID_PASID lies within the directory */
	  .flags = TEST_SHARES_STAGE,
	  .run = run_context_gated },
	{ .id = "fault.sm-context-pre-without-dte",
	  .title = "PRE without DTE blocks",
	  .spec = "Scalable-Mode Context-Entry: PRE (SCT.4.1)",
	  .needs = NEED(SMTS) | NEED(PRS),
	  .scene.mode = SCENE_SCALABLE,
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_PRE, 1),
	  .expect = FAULTS(FR_SCT_4) },
	{ .id = "fault.sm-context-rid-pasid-beyond-pdts",
	  .title = "a RID_PASID beyond the directory blocks",
	  .spec = "Scalable-Mode Context-Entry: RID_PASID (SCT.4.2)",
	  .needs = NEED(SMTS) | NEED(RPS),
	  .scene.mode = SCENE_SCALABLE,
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_RID_PASID, 1u << 13),
	  .expect = FAULTS(FR_SCT_4) },
	{ .id = "fault.sm-context-eptr-without-paside",
	  .title = "EPTR without PASIDE blocks",
	  .spec = "Scalable-Mode Context-Entry: EPTR (SCT.4.3)",
	  .needs = NEED(SMTS) | NEED(PTRS),
	  .scene.mode = SCENE_SCALABLE,
	  .poke = POKE(AT_CONTEXT, SMCONTEXT_EPTR, 1),
	  .expect = FAULTS(FR_SCT_4) },
	{ .id = "fault.sm-dir-unreachable",
	  .title = "a PASID directory where no memory is blocks",
	  .spec = "Scalable-Mode Context-Entry: PASIDDIRPTR (SPD.1)",
	  .flags = TEST_MISSING_MEMORY,
	  IN_SCALABLE_MODE,
	  .poke = POKE_TO_NOWHERE(AT_CONTEXT, SMCONTEXT_PASIDDIRPTR),
	  .expect = FAULTS(FR_SPD_1) },
	{ .id = "fault.sm-dir-not-present",
	  .title = "QEMU 56fc1e6ac6: a directory entry with P=0 blocks",
	  .spec = "Scalable-Mode PASID Directory Entry: P (SPD.2)",
	  IN_SCALABLE_MODE,
	  .poke = POKE(AT_PASID_DIR, PASIDDIR_P, 0),
	  .expect = FAULTS(FR_SPD_2) },
	{ .id = "fault.sm-dir-reserved",
	  .title = "each reserved bit of a directory entry blocks",
	  .spec = "Scalable-Mode PASID Directory Entry: reserved (SPD.3)",
	  IN_SCALABLE_MODE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_dir_reserved },
	{ .id = "fault.sm-pasid-table-unreachable",
	  .title = "a PASID table where no memory is blocks",
	  .spec = "Scalable-Mode PASID Directory Entry: SMPTBLPTR (SPT.1)",
	  .flags = TEST_MISSING_MEMORY,
	  IN_SCALABLE_MODE,
	  .poke = POKE_TO_NOWHERE(AT_PASID_DIR, PASIDDIR_SMPTBLPTR),
	  .expect = FAULTS(FR_SPT_1) },
	{ .id = "fault.sm-pasid-not-present",
	  .title = "QEMU 56fc1e6ac6: a PASID entry with P=0 blocks",
	  .spec = "Scalable-Mode PASID Table Entry: P (SPT.2)",
	  IN_SCALABLE_MODE,
	  .poke = POKE(AT_PASID, PASID_P, 0),
	  .expect = FAULTS(FR_SPT_2) },
	{ .id = "fault.sm-pasid-not-present-read",
	  .title = "a PASID entry with P=0 blocks a read, recorded as a read",
	  .spec = "Scalable-Mode PASID Table Entry: P (SPT.2)",
	  IN_SCALABLE_MODE,
	  .poke = POKE(AT_PASID, PASID_P, 0),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_SPT_2) },
	{ .id = "fault.sm-pasid-reserved",
	  .title = "each reserved bit of a PASID entry blocks",
	  .spec = "Scalable-Mode PASID Table Entry: reserved (SPT.3)",
	  IN_SCALABLE_MODE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pasid_reserved },
	{ .id = "fault.sm-pasid-gated",
	  .title = "fields of a PASID entry whose capability is absent are reserved",
	  .spec = "Scalable-Mode PASID Table Entry (SPT.3)",
	  IN_SCALABLE_MODE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pasid_gated },
	{ .id = "fault.sm-pasid-aw",
	  .title = "each address width that CAP.SAGAW lacks blocks",
	  .spec = "Scalable-Mode PASID Table Entry: AW (SPT.4.1)",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_SECOND },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pasid_aw },
	{ .id = "fault.nested-aw",
	  .title = "an AW that CAP.SAGAW does not have blocks, below a first stage",
	  .spec = "Scalable-Mode PASID Table Entry: AW (SPT.4.1)",
	  .needs = NEED(SMTS),
	  .scene = { .mode = SCENE_SCALABLE, .stage = STAGE_NESTED },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pasid_aw },
	{ .id = "fault.sm-pgtt-reserved",
	  .title = "PGTT 0, 5, 6 and 7 block",
	  .spec = "Scalable-Mode PASID Table Entry: PGTT (SPT.4.2)",
	  IN_SCALABLE_MODE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pgtt_reserved },
	{ .id = "fault.sm-pgtt-first-stage",
	  .title = "QEMU b291dae33d: PGTT first-stage blocks where ECAP.FSTS is clear",
	  .spec = "Scalable-Mode PASID Table Entry: PGTT (SPT.4.2)",
	  .needs_absent = NEED(FSTS),
	  IN_SCALABLE_MODE,
	  .poke = POKE(AT_PASID, PASID_PGTT, PGTT_FIRST_STAGE),
	  .expect = FAULTS(FR_SPT_4) },
	{ .id = "fault.sm-pgtt-second-stage",
	  .title = "PGTT second-stage blocks where ECAP.SSTS is clear",
	  .spec = "Scalable-Mode PASID Table Entry: PGTT (SPT.4.2)",
	  .needs_absent = NEED(SSTS),
	  IN_SCALABLE_MODE,
	  .poke = POKE(AT_PASID, PASID_PGTT, PGTT_SECOND_STAGE),
	  .expect = FAULTS(FR_SPT_4) },
	{ .id = "fault.sm-pgtt-nested",
	  .title = "QEMU b291dae33d: PGTT nested blocks where ECAP.NEST is clear",
	  .spec = "Scalable-Mode PASID Table Entry: PGTT (SPT.4.2)",
	  .needs_absent = NEED(NEST),
	  IN_SCALABLE_MODE,
	  .poke = POKE(AT_PASID, PASID_PGTT, PGTT_NESTED),
	  .expect = FAULTS(FR_SPT_4) },
	{ .id = "fault.sm-pgtt-pass-through",
	  .title = "PGTT pass-through blocks where ECAP.PT is clear",
	  .spec = "Scalable-Mode PASID Table Entry: PGTT (SPT.4.2)",
	  .needs_absent = NEED(PT),
	  IN_SCALABLE_MODE,
	  .poke = POKE(AT_PASID, PASID_PGTT, PGTT_PASS_THROUGH),
	  .expect = FAULTS(FR_SPT_4) },
	{ .id = "fault.sm-pass-through-too-wide",
	  .title = "pass-through blocks an address beyond the host address width",
	  .spec = "Pass-through Translation (SGN.4.2)",
	  .needs = NEED(SMTS) | NEED(PT),
	  .scene = { .mode = SCENE_SCALABLE, .pass_through = true },
	  .dma.place = DMA_ABOVE_HOST,
	  .expect = FAULTS(FR_SGN_4) },
	{ .id = "sm.pass-through-reads-no-table",
	  .title = "pass-through does not look at SSPTPTR",
	  .spec = "Scalable-Mode PASID Table Entry: SSPTPTR",
	  .needs = NEED(SMTS) | NEED(PT) | NEED(SSTS),
	  .flags = TEST_MISSING_MEMORY,
	  .scene = { .mode = SCENE_SCALABLE, .pass_through = true },
	  .poke = POKE_TO_NOWHERE(AT_PASID, PASID_SSPTPTR),
	  .expect = LANDS },
	{ .id = "fault.sm-pass-through-reserved",
	  .title = "above the host address width it is reserved for pass-through, too",
	  .spec = "Scalable-Mode PASID Table Entry: reserved (SPT.3)",
	  .needs = NEED(SMTS) | NEED(PT) | NEED(SSTS),
	  .scene = { .mode = SCENE_SCALABLE, .pass_through = true },
	  .poke = { { AT_PASID, FIELD(PASID_SSPTPTR), 0, VALUE_ABOVE_HOST_WIDTH } },
	  .expect = FAULTS(FR_SPT_3) },
	{ .id = "fs.pass-through-reads-no-table",
	  .title = "pass-through does not look at FSPTPTR",
	  .spec = "Scalable-Mode PASID Table Entry: FSPTPTR",
	  .needs = NEED(SMTS) | NEED(PT) | NEED(FSTS),
	  .flags = TEST_MISSING_MEMORY,
	  .scene = { .mode = SCENE_SCALABLE, .pass_through = true },
	  .poke = POKE_TO_NOWHERE(AT_PASID, PASID_FSPTPTR),
	  .expect = LANDS },
	{ .id = "sm.pass-through-ignores-aw",
	  .title = "pass-through ignores the address width field",
	  .spec = "Scalable-Mode PASID Table Entry: AW",
	  .needs = NEED(SMTS) | NEED(SSTS) | NEED(PT),
	  .scene = { .mode = SCENE_SCALABLE, .pass_through = true },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pass_through_any_aw },
	{ .id = "fault.sm-fpd-context-not-present",
	  .title = "FPD of a context entry counts even with P=0",
	  .spec = "Scalable-Mode Context-Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_CONTEXT, SMCONTEXT_FPD, 1, AT_CONTEXT, SMCONTEXT_P, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-context-silences-dir",
	  .title = "FPD of the context entry silences a directory entry with P=0",
	  .spec = "Scalable-Mode Context-Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_CONTEXT, SMCONTEXT_FPD, 1, AT_PASID_DIR, PASIDDIR_P, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-context-silences-pasid",
	  .title = "FPD of the context entry silences a PASID entry with P=0",
	  .spec = "Scalable-Mode Context-Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_CONTEXT, SMCONTEXT_FPD, 1, AT_PASID, PASID_P, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-context-silences-page",
	  .title = "FPD of the context entry silences a missing write permission",
	  .spec = "Scalable-Mode Context-Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_CONTEXT, SMCONTEXT_FPD, 1, AT_LEAF, SS_W, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-dir-not-present",
	  .title = "QEMU fb1d084b44: FPD of a directory entry counts even with P=0",
	  .spec = "Scalable-Mode PASID Directory Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_PASID_DIR, PASIDDIR_FPD, 1, AT_PASID_DIR, PASIDDIR_P, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-dir-silences-pasid",
	  .title = "FPD of the directory entry silences a PASID entry with P=0",
	  .spec = "Scalable-Mode PASID Directory Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_PASID_DIR, PASIDDIR_FPD, 1, AT_PASID, PASID_P, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-dir-silences-page",
	  .title = "FPD of the directory entry silences a missing write permission",
	  .spec = "Scalable-Mode PASID Directory Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_PASID_DIR, PASIDDIR_FPD, 1, AT_LEAF, SS_W, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-pasid-not-present",
	  .title = "QEMU fb1d084b44: FPD of a PASID entry counts even with P=0",
	  .spec = "Scalable-Mode PASID Table Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_PASID, PASID_FPD, 1, AT_PASID, PASID_P, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-pasid-silences-page",
	  .title = "FPD of the PASID entry silences a missing write permission",
	  .spec = "Scalable-Mode PASID Table Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_PASID, PASID_FPD, 1, AT_LEAF, SS_W, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-pasid-silences-read",
	  .title = "a read that FPD of the PASID entry silences brings no data all the same",
	  .spec = "Scalable-Mode PASID Table Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = POKE_BOTH(AT_PASID, PASID_FPD, 1, AT_LEAF, SS_R, 0),
	  .dma.is_read = true,
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-interrupt-output",
	  .title = "FPD of the PASID entry silences a leaf into FEEx_xxxxh",
	  .spec = "Scalable-Mode PASID Table Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = { { AT_PASID, FIELD(PASID_FPD), 1, VALUE_PLAIN },
		    { AT_LEAF, FIELD(SS_ADDR), 0, VALUE_INTERRUPT_RANGE } },
	  .expect = IS_BLOCKED },
	{ .id = "fault.sm-fpd-not-dir-access",
	  .title = "FPD of the context entry does not silence an unreachable directory",
	  .spec = "Non-Recoverable Address Translation Faults (SPD.1)",
	  .flags = TEST_MISSING_MEMORY,
	  IN_SCALABLE_MODE,
	  .poke = { { AT_CONTEXT, FIELD(SMCONTEXT_FPD), 1, VALUE_PLAIN },
		    { AT_CONTEXT, FIELD(SMCONTEXT_PASIDDIRPTR), 0, VALUE_NO_MEMORY } },
	  .expect = FAULTS(FR_SPD_1) },
	{ .id = "fault.sm-fpd-not-pasid-access",
	  .title = "FPD of the directory entry does not silence an unreachable PASID table",
	  .spec = "Non-Recoverable Address Translation Faults (SPT.1)",
	  .flags = TEST_MISSING_MEMORY,
	  IN_SCALABLE_MODE,
	  .poke = { { AT_PASID_DIR, FIELD(PASIDDIR_FPD), 1, VALUE_PLAIN },
		    { AT_PASID_DIR, FIELD(PASIDDIR_SMPTBLPTR), 0, VALUE_NO_MEMORY } },
	  .expect = FAULTS(FR_SPT_1) },
	{ .id = "fault.sm-fpd-lands",
	  .title = "FPD at all three levels changes nothing for a request that is allowed",
	  .spec = "Scalable-Mode PASID Table Entry: FPD",
	  IN_SCALABLE_MODE,
	  .poke = { { AT_CONTEXT, FIELD(SMCONTEXT_FPD), 1, VALUE_PLAIN },
		    { AT_PASID_DIR, FIELD(PASIDDIR_FPD), 1, VALUE_PLAIN },
		    { AT_PASID, FIELD(PASID_FPD), 1, VALUE_PLAIN } },
	  .expect = LANDS },
	{ .id = "sm.ignored-pasid-bits",
	  .title = "the ignored bits 134:133 of a PASID entry may be 1",
	  .spec = "Scalable-Mode PASID Table Entry",
	  IN_SCALABLE_MODE,
	  .poke = { { AT_PASID, { 134, 133 }, 3, VALUE_PLAIN } },
	  .expect = LANDS },
};

const struct suite suite_scalable_faults = SUITE("fault.sm", tests);
