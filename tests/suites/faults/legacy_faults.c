/* SPDX-License-Identifier: MIT */
/*
 * What legacy mode must block, and how it is reported: fault reasons 01h to 0Eh.
 *
 * A request is blocked at the first rule of the walk that it breaks, nothing moves, and one record
 * tells reason, source, address and kind. Drivers and their authors find mistakes by that reason,
 * so the wrong one is a failure, too. Legacy mode has no reason of its own for an entry with
 * neither permission: a write gets LGN.2, a read LGN.3, as for a missing permission. FPD in a
 * context entry silences what is found from that entry on, also when the entry itself is not
 * present, and nothing that came before it. Reserved bits are tried one at a time against this
 * unit's own capabilities: emulators had them wrong in both directions (QEMU 0192d6677c,
 * ce586f3b8d, e48929c787), because a bit that one unit uses is reserved on the next.
 */
#include "iommu/structures/translation.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/pokes.h"
#include "tests/suites/faults/reserved.h"
#include "tests/suites/suites.h"

#define LEGACY .scene.mode = SCENE_LEGACY
#define FPD_AND(place, field, value)                                \
	{                                                           \
		{ AT_CONTEXT, FIELD(CONTEXT_FPD), 1, VALUE_PLAIN }, \
		{                                                   \
			(place), FIELD(field), (value), VALUE_PLAIN \
		}                                                   \
	}

static const struct dma plain_write;

static void run_root_reserved(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_LRT_3);
	uint64_t masks[] = { reserved_root_low(), ~UINT64_C(0) };

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_bit(run, AT_ROOT, masks, 2, &expect);
}

static void run_context_reserved(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_LCT_3);
	uint64_t masks[2];

	reserved_context(&run->unit->caps, masks);
	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_bit(run, AT_CONTEXT, masks, 2, &expect);
}

static void run_bad_width(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_LCT_4);

	if (scene_test_open(run, &run->scene, &plain_write))
		scene_test_each_value(run, AT_CONTEXT, FIELD(CONTEXT_AW),
				      unsupported_widths(&run->unit->caps), &expect);
}

/* `arg` is the entry, an enum place. */
static void run_ss_reserved(struct test_run *run)
{
	static const struct outcome expect = FAULTS(FR_LSS_2);

	if (scene_test_open(run, &run->scene, &plain_write))
		reserved_second_stage_test(run, run->test->arg, &expect);
}

/*
 * One bit that is reserved in a leaf on this unit and this host: which they are depends on both. Bit 62
 * is one for certain only where the unit knows it as IW. False: there is none.
 */
static bool find_reserved_leaf_bit(const struct stage *stage, uint16_t *bit)
{
	uint64_t reserved = reserved_second_stage(stage, 1);

	if (reserved & FIELD_MASK(SS_ADDR))
		reserved &= FIELD_MASK(SS_ADDR);
	if (!caps_has(&stage->unit->caps, CAPABILITY_SSIRWS))
		reserved &= ~FIELD_MASK(SS_IW);
	for (*bit = 0; *bit < 64; ++*bit)
		if (reserved >> *bit & 1)
			return true;
	return false;
}

/* The bit is proven to be a fault before FPD has to silence it. */
static void run_fpd_leaf_reserved(struct test_run *run)
{
	static const struct outcome faults = FAULTS(FR_LSS_2), blocked = IS_BLOCKED;
	struct poke bad[POKES_MAX] = { { .at = AT_LEAF, .value = 1 } };
	struct poke silent[POKES_MAX] = {
		{ .at = AT_CONTEXT, .field = FIELD(CONTEXT_FPD), .value = 1 }
	};
	uint16_t bit;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	if (!find_reserved_leaf_bit(&run->stage, &bit)) {
		test_skip(run, "no bit of a leaf is reserved for certain on unit %u",
			  run->unit->index);
		return;
	}
	bad[0].field = (struct field){ bit, bit };
	silent[1] = bad[0];
	if (scene_test_try(run, bad, &plain_write, &faults, "without FPD"))
		scene_test_try(run, silent, &plain_write, &blocked, NULL);
}

static const struct test tests[] = {
	{ .id = "fault.legacy-root-not-present",
	  .title = "a root entry with P=0 blocks",
	  .spec = "Root Entry: P (LRT.2)",
	  LEGACY,
	  .poke = POKE(AT_ROOT, ROOT_P, 0),
	  .expect = FAULTS(FR_LRT_2) },
	{ .id = "fault.legacy-root-not-present-read",
	  .title = "a root entry with P=0 blocks a read, recorded as a read",
	  .spec = "Root Entry: P (LRT.2)",
	  LEGACY,
	  .poke = POKE(AT_ROOT, ROOT_P, 0),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_LRT_2) },
	{ .id = "fault.legacy-root-reserved",
	  .title = "each reserved bit of a root entry blocks",
	  .spec = "Root Entry: reserved (LRT.3)",
	  LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_root_reserved },
	{ .id = "fault.legacy-root-unreachable",
	  .title = "a root table where no memory is blocks",
	  .spec = "Root Table Address Register (LRT.1)",
	  .flags = TEST_MISSING_MEMORY,
	  LEGACY,
	  .run = root_unreachable_test,
	  .arg = FR_LRT_1 },
	{ .id = "fault.legacy-context-unreachable",
	  .title = "a context table where no memory is blocks",
	  .spec = "Root Entry: CTP (LCT.1)",
	  .flags = TEST_MISSING_MEMORY,
	  LEGACY,
	  .poke = POKE_TO_NOWHERE(AT_ROOT, ROOT_CTP),
	  .expect = FAULTS(FR_LCT_1) },
	{ .id = "fault.legacy-context-not-present",
	  .title = "a context entry with P=0 blocks",
	  .spec = "Context Entry: P (LCT.2)",
	  LEGACY,
	  .poke = POKE(AT_CONTEXT, CONTEXT_P, 0),
	  .expect = FAULTS(FR_LCT_2) },
	{ .id = "fault.legacy-context-reserved",
	  .title = "each reserved bit of a context entry blocks",
	  .spec = "Context Entry: reserved (LCT.3)",
	  LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_context_reserved },
	{ .id = "fault.legacy-context-aw",
	  .title = "each address width that CAP.SAGAW lacks blocks",
	  .spec = "Context Entry: AW (LCT.4.1)",
	  LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_bad_width },
	{ .id = "fault.legacy-context-tt-reserved",
	  .title = "TT 11b blocks",
	  .spec = "Context Entry: TT (LCT.4.2)",
	  LEGACY,
	  .poke = POKE(AT_CONTEXT, CONTEXT_TT, TT_RESERVED),
	  .expect = FAULTS(FR_LCT_4) },
	{ .id = "fault.legacy-context-tt-device-tlb",
	  .title = "TT 01b blocks where device TLBs are not supported",
	  .spec = "Context Entry: TT (LCT.4.2)",
	  .needs_absent = NEED(DT),
	  LEGACY,
	  .poke = POKE(AT_CONTEXT, CONTEXT_TT, TT_ALL),
	  .expect = FAULTS(FR_LCT_4) },
	{ .id = "fault.legacy-context-tt-pass-through",
	  .title = "TT 10b blocks where pass-through is not supported",
	  .spec = "Context Entry: TT (LCT.4.2)",
	  .needs_absent = NEED(PT),
	  LEGACY,
	  .poke = POKE(AT_CONTEXT, CONTEXT_TT, TT_PASS_THROUGH),
	  .expect = FAULTS(FR_LCT_4) },
	{ .id = "fault.legacy-top-unreachable",
	  .title = "a top second-stage table where no memory is blocks",
	  .spec = "Context Entry: SSPTPTR (LCT.4.3)",
	  .flags = TEST_MISSING_MEMORY,
	  LEGACY,
	  .poke = POKE_TO_NOWHERE(AT_CONTEXT, CONTEXT_SSPTPTR),
	  .expect = FAULTS(FR_LCT_4) },
	{ .id = "fault.legacy-table-unreachable",
	  .title = "a lower second-stage table where no memory is blocks",
	  .spec = "Second-Stage Paging Entries (LSS.1)",
	  .flags = TEST_MISSING_MEMORY,
	  LEGACY,
	  .poke = POKE_TO_NOWHERE(AT_LEVEL_2, SS_ADDR),
	  .expect = FAULTS(FR_LSS_1) },
	{ .id = "fault.legacy-too-wide-write",
	  .title = "an address just above the tables' width blocks",
	  .spec = "Legacy Mode Address Translation (LGN.1.1)",
	  LEGACY,
	  .dma.place = DMA_TOO_WIDE,
	  .expect = FAULTS(FR_LGN_1) },
	{ .id = "fault.legacy-too-wide-read",
	  .title = "an address just above the tables' width blocks a read",
	  .spec = "Legacy Mode Address Translation (LGN.1.1)",
	  LEGACY,
	  .dma.place = DMA_TOO_WIDE,
	  .dma.is_read = true,
	  .expect = FAULTS(FR_LGN_1) },
	{ .id = "fault.legacy-too-wide-3-levels",
	  .title = "bit 39 blocks with tables of 3 levels",
	  .spec = "Legacy Mode Address Translation (LGN.1.1)",
	  .needs = NEED(SAGAW39),
	  LEGACY,
	  .scene.levels = 3,
	  .dma.place = DMA_TOO_WIDE,
	  .expect = FAULTS(FR_LGN_1) },
	{ .id = "fault.legacy-pass-through-too-wide",
	  .title = "pass-through blocks an address beyond the host address width",
	  .spec = "Pass-through Translation (LGN.1.3)",
	  .needs = NEED(PT),
	  LEGACY,
	  .scene.pass_through = true,
	  .dma.place = DMA_ABOVE_HOST,
	  .expect = FAULTS(FR_LGN_1) },
	{ .id = "fault.legacy-last-mappable",
	  .title = "the last address within the width is not too wide, just not mapped",
	  .spec = "Legacy Mode Address Translation (LGN.1.1, LGN.2)",
	  LEGACY,
	  .dma.place = DMA_LAST_MAPPABLE,
	  .expect = FAULTS(FR_LGN_2) },
	{ .id = "fault.legacy-no-write",
	  .title = "a write without write permission blocks",
	  .spec = "Second-Stage Translation: Access Rights (LGN.2)",
	  LEGACY,
	  .poke = POKE(AT_LEAF, SS_W, 0),
	  .expect = FAULTS(FR_LGN_2) },
	{ .id = "fault.legacy-no-read",
	  .title = "a read without read permission blocks",
	  .spec = "Second-Stage Translation: Access Rights (LGN.3)",
	  LEGACY,
	  .poke = POKE(AT_LEAF, SS_R, 0),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_LGN_3) },
	{ .id = "fault.legacy-no-write-above",
	  .title = "write permission missing in an upper entry blocks",
	  .spec = "Second-Stage Translation: Access Rights (LGN.2)",
	  LEGACY,
	  .poke = POKE(AT_LEVEL_2, SS_W, 0),
	  .expect = FAULTS(FR_LGN_2) },
	{ .id = "fault.legacy-no-read-above",
	  .title = "read permission missing in an upper entry blocks",
	  .spec = "Second-Stage Translation: Access Rights (LGN.3)",
	  LEGACY,
	  .poke = POKE(AT_LEVEL_3, SS_R, 0),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_LGN_3) },
	{ .id = "fault.legacy-leaf-not-present-write",
	  .title = "a leaf with R=W=0 blocks a write",
	  .spec = "Second-Stage Paging Entries (LGN.2)",
	  LEGACY,
	  .poke = POKE_NO_ACCESS(AT_LEAF),
	  .expect = FAULTS(FR_LGN_2) },
	{ .id = "fault.legacy-leaf-not-present-read",
	  .title = "a leaf with R=W=0 blocks a read",
	  .spec = "Second-Stage Paging Entries (LGN.3)",
	  LEGACY,
	  .poke = POKE_NO_ACCESS(AT_LEAF),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_LGN_3) },
	{ .id = "fault.legacy-pde-not-present",
	  .title = "an entry of level 2 with R=W=0 blocks",
	  .spec = "Second-Stage Paging Entries (LGN.2)",
	  LEGACY,
	  .poke = POKE_NO_ACCESS(AT_LEVEL_2),
	  .expect = FAULTS(FR_LGN_2) },
	{ .id = "fault.legacy-pdpe-not-present",
	  .title = "an entry of level 3 with R=W=0 blocks",
	  .spec = "Second-Stage Paging Entries (LGN.2)",
	  LEGACY,
	  .poke = POKE_NO_ACCESS(AT_LEVEL_3),
	  .expect = FAULTS(FR_LGN_2) },
	{ .id = "fault.legacy-top-not-present",
	  .title = "a top entry with R=W=0 blocks",
	  .spec = "Second-Stage Paging Entries (LGN.2)",
	  LEGACY,
	  .poke = POKE_NO_ACCESS(AT_TOP),
	  .expect = FAULTS(FR_LGN_2) },
	{ .id = "fault.legacy-leaf-reserved",
	  .title = "each reserved bit of a 4 KiB leaf blocks",
	  .spec = "Second-Stage Paging Entries: SS-PTE (LSS.2)",
	  LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_ss_reserved,
	  .arg = AT_LEAF },
	{ .id = "fault.legacy-leaf-2m-reserved",
	  .title = "each reserved bit of a 2 MiB leaf blocks",
	  .spec = "Second-Stage Paging Entries: SS-PDE (LSS.2)",
	  .needs = NEED(SSLPS2M),
	  LEGACY,
	  .scene.page_shift = 21,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_ss_reserved,
	  .arg = AT_LEAF },
	{ .id = "fault.legacy-leaf-1g-reserved",
	  .title = "each reserved bit of a 1 GiB leaf blocks",
	  .spec = "Second-Stage Paging Entries: SS-PDPE (LSS.2)",
	  .needs = NEED(SSLPS1G),
	  LEGACY,
	  .scene.page_shift = 30,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_ss_reserved,
	  .arg = AT_LEAF },
	{ .id = "fault.legacy-2m-unsupported",
	  .title = "a 2 MiB leaf blocks where CAP.SSLPS lacks it",
	  .spec = "Second-Stage Paging Entries: SS-PDE (LSS.2)",
	  .needs_absent = NEED(SSLPS2M),
	  LEGACY,
	  .poke = POKE(AT_LEVEL_2, SS_PS, 1),
	  .expect = FAULTS(FR_LSS_2) },
	{ .id = "fault.legacy-1g-unsupported",
	  .title = "a 1 GiB leaf blocks where CAP.SSLPS lacks it",
	  .spec = "Second-Stage Paging Entries: SS-PDPE (LSS.2)",
	  .needs_absent = NEED(SSLPS1G),
	  LEGACY,
	  .poke = POKE(AT_LEVEL_3, SS_PS, 1),
	  .expect = FAULTS(FR_LSS_2) },
	{ .id = "fault.legacy-pde-reserved",
	  .title = "each reserved bit of an entry of level 2 blocks",
	  .spec = "Second-Stage Paging Entries: SS-PDE (LSS.2)",
	  LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_ss_reserved,
	  .arg = AT_LEVEL_2 },
	{ .id = "fault.legacy-pdpe-reserved",
	  .title = "each reserved bit of an entry of level 3 blocks",
	  .spec = "Second-Stage Paging Entries: SS-PDPE (LSS.2)",
	  LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_ss_reserved,
	  .arg = AT_LEVEL_3 },
	{ .id = "fault.legacy-top-reserved",
	  .title = "each reserved bit of a top entry blocks",
	  .spec = "Second-Stage Paging Entries: SS-PML4E (LSS.2)",
	  LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_ss_reserved,
	  .arg = AT_TOP },
	{ .id = "fault.legacy-interrupt-range-output",
	  .title = "a leaf into FEEx_xxxxh blocks",
	  .spec = "Handling Requests to Interrupt Address Range (LGN.4)",
	  LEGACY,
	  .poke = { { AT_LEAF, FIELD(SS_ADDR), 0, VALUE_INTERRUPT_RANGE } },
	  .expect = FAULTS(FR_LGN_4) },
	{ .id = "fault.legacy-interrupt-range-output-read",
	  .title = "it blocks a read, too, recorded as a read",
	  .spec = "Handling Requests to Interrupt Address Range (LGN.4)",
	  LEGACY,
	  .poke = { { AT_LEAF, FIELD(SS_ADDR), 0, VALUE_INTERRUPT_RANGE } },
	  .dma.is_read = true,
	  .expect = FAULTS(FR_LGN_4) },
	{ .id = "fault.legacy-fpd-too-wide",
	  .title = "FPD silences an address beyond the width of the tables",
	  .spec = "Context Entry: FPD",
	  LEGACY,
	  .poke = POKE(AT_CONTEXT, CONTEXT_FPD, 1),
	  .dma.place = DMA_TOO_WIDE,
	  .expect = IS_BLOCKED },
	{ .id = "fault.legacy-fpd-context-not-present",
	  .title = "FPD counts even with P=0: blocked, not recorded",
	  .spec = "Context Entry: FPD",
	  LEGACY,
	  .poke = FPD_AND(AT_CONTEXT, CONTEXT_P, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.legacy-fpd-context-tt",
	  .title = "FPD silences a bad context entry",
	  .spec = "Context Entry: FPD",
	  LEGACY,
	  .poke = FPD_AND(AT_CONTEXT, CONTEXT_TT, TT_RESERVED),
	  .expect = IS_BLOCKED },
	{ .id = "fault.legacy-fpd-no-write",
	  .title = "FPD silences a missing permission",
	  .spec = "Context Entry: FPD",
	  LEGACY,
	  .poke = FPD_AND(AT_LEAF, SS_W, 0),
	  .expect = IS_BLOCKED },
	{ .id = "fault.legacy-fpd-no-read",
	  .title = "a read that FPD silences brings no data all the same",
	  .spec = "Context Entry: FPD",
	  LEGACY,
	  .poke = FPD_AND(AT_LEAF, SS_R, 0),
	  .dma.is_read = true,
	  .expect = IS_BLOCKED },
	{ .id = "fault.legacy-fpd-leaf-reserved",
	  .title = "FPD silences a reserved bit in a leaf",
	  .spec = "Context Entry: FPD",
	  LEGACY,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_fpd_leaf_reserved },
	{ .id = "fault.legacy-fpd-interrupt-output",
	  .title = "FPD silences a leaf into FEEx_xxxxh",
	  .spec = "Context Entry: FPD",
	  LEGACY,
	  .poke = { { AT_CONTEXT, FIELD(CONTEXT_FPD), 1, VALUE_PLAIN },
		    { AT_LEAF, FIELD(SS_ADDR), 0, VALUE_INTERRUPT_RANGE } },
	  .expect = IS_BLOCKED },
	{ .id = "fault.legacy-fpd-not-root",
	  .title = "FPD does not silence what happens before the context entry is read",
	  .spec = "Non-Recoverable Address Translation Faults (LRT.2)",
	  LEGACY,
	  .poke = FPD_AND(AT_ROOT, ROOT_P, 0),
	  .expect = FAULTS(FR_LRT_2) },
	{ .id = "fault.legacy-fpd-lands",
	  .title = "FPD changes nothing for a request that is allowed",
	  .spec = "Context Entry: FPD",
	  LEGACY,
	  .poke = POKE(AT_CONTEXT, CONTEXT_FPD, 1),
	  .expect = LANDS },
	{ .id = "legacy.pass-through-reads-no-table",
	  .title = "pass-through does not look at SSPTPTR",
	  .spec = "Context Entry: SSPTPTR",
	  .needs = NEED(PT),
	  LEGACY,
	  .scene.pass_through = true,
	  .flags = TEST_MISSING_MEMORY,
	  .poke = POKE_TO_NOWHERE(AT_CONTEXT, CONTEXT_SSPTPTR),
	  .expect = LANDS },
	{ .id = "fault.legacy-ignored-context-bits",
	  .title = "the ignored bits 70:67 of a context entry may be 1",
	  .spec = "Context Entry",
	  LEGACY,
	  .poke = { { AT_CONTEXT, { 70, 67 }, 15, VALUE_PLAIN } },
	  .expect = LANDS },
};

const struct suite suite_legacy_faults = SUITE("fault.legacy", tests);
