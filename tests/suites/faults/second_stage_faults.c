/* SPDX-License-Identifier: MIT */
/* What second-stage tables must block in scalable mode: reasons 78h to 87h. */
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/pokes.h"
#include "tests/suites/faults/reserved.h"
#include "tests/suites/suites.h"

#define SECOND_STAGE .needs = NEED(SMTS) | NEED(SSTS), .scene.mode = SCENE_SCALABLE

static const struct dma plain_write;

static void run_reserved(struct test_run *run, enum place at, unsigned int level)
{
	static const struct outcome expect = FAULTS(FR_SSS_3);
	uint64_t mask;

	if (!scene_test_open(run, &run->test->scene, &plain_write))
		return;
	mask = reserved_second_stage(&run->stage, level);
	scene_test_each_bit(run, at, &mask, 1, &expect);
}

static void run_leaf_reserved(struct test_run *run)
{
	unsigned int shift = run->test->scene.page_shift;

	run_reserved(run, AT_SS_LEAF, shift ? (shift - 12) / 9 + 1 : 1);
}

static void run_pde_reserved(struct test_run *run)
{
	run_reserved(run, AT_SS_2, 2);
}

static void run_pdpe_reserved(struct test_run *run)
{
	run_reserved(run, AT_SS_3, 3);
}

static void run_top_reserved(struct test_run *run)
{
	run_reserved(run, AT_SS_TOP, caps_best_levels(&run->unit->caps));
}

static const struct test tests[] = {
	{ .id = "fault.ss-top-unreachable",
	  .title = "a top second-stage table where no memory is blocks",
	  .spec = "Scalable-Mode PASID Table Entry: SSPTPTR (SSS.4)",
	  .flags = TEST_MISSING_MEMORY,
	  SECOND_STAGE,
	  .poke = POKE_TO_NOWHERE(AT_PASID, PASID_SSPTPTR),
	  .expect = FAULTS(FR_SSS_4) },
	{ .id = "fault.ss-table-unreachable",
	  .title = "a lower second-stage table where no memory is blocks",
	  .spec = "Second-Stage Paging Entries (SSS.1)",
	  .flags = TEST_MISSING_MEMORY,
	  SECOND_STAGE,
	  .poke = POKE_TO_NOWHERE(AT_SS_2, SS_ADDR),
	  .expect = FAULTS(FR_SSS_1) },
	{ .id = "fault.ss-leaf-not-present-write",
	  .title = "a leaf with R=W=0 blocks a write",
	  .spec = "Second-Stage Paging Entries (SSS.2)",
	  SECOND_STAGE,
	  .poke = POKE_NO_ACCESS(AT_SS_LEAF),
	  .expect = FAULTS(FR_SSS_2) },
	{ .id = "fault.ss-leaf-not-present-read",
	  .title = "a leaf with R=W=0 blocks a read",
	  .spec = "Second-Stage Paging Entries (SSS.2)",
	  SECOND_STAGE,
	  .poke = POKE_NO_ACCESS(AT_SS_LEAF),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_SSS_2) },
	{ .id = "fault.ss-pde-not-present",
	  .title = "an entry of level 2 with R=W=0 blocks",
	  .spec = "Second-Stage Paging Entries (SSS.2)",
	  SECOND_STAGE,
	  .poke = POKE_NO_ACCESS(AT_SS_2),
	  .expect = FAULTS(FR_SSS_2) },
	{ .id = "fault.ss-pdpe-not-present",
	  .title = "an entry of level 3 with R=W=0 blocks",
	  .spec = "Second-Stage Paging Entries (SSS.2)",
	  SECOND_STAGE,
	  .poke = POKE_NO_ACCESS(AT_SS_3),
	  .expect = FAULTS(FR_SSS_2) },
	{ .id = "fault.ss-top-not-present",
	  .title = "a top entry with R=W=0 blocks",
	  .spec = "Second-Stage Paging Entries (SSS.2)",
	  SECOND_STAGE,
	  .poke = POKE_NO_ACCESS(AT_SS_TOP),
	  .expect = FAULTS(FR_SSS_2) },
	{ .id = "fault.ss-nothing-left",
	  .title = "read only above, write only below: no permission is left",
	  .spec = "Second-Stage Translation: Access Rights (SSS.2)",
	  SECOND_STAGE,
	  .poke = { { AT_SS_2, FIELD(SS_W), 0, VALUE_PLAIN },
		    { AT_SS_LEAF, FIELD(SS_R), 0, VALUE_PLAIN } },
	  .expect = FAULTS(FR_SSS_2) },
	{ .id = "fault.ss-leaf-reserved",
	  .title = "each reserved bit of a 4 KiB leaf blocks",
	  .spec = "Second-Stage Paging Entries: SS-PTE (SSS.3)",
	  SECOND_STAGE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_leaf_reserved },
	{ .id = "fault.ss-leaf-2m-reserved",
	  .title = "each reserved bit of a 2 MiB leaf blocks",
	  .spec = "Second-Stage Paging Entries: SS-PDE (SSS.3)",
	  .needs = NEED(SMTS) | NEED(SSTS) | NEED(SSLPS2M),
	  .scene = { .mode = SCENE_SCALABLE, .page_shift = 21 },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_leaf_reserved },
	{ .id = "fault.ss-leaf-1g-reserved",
	  .title = "each reserved bit of a 1 GiB leaf blocks",
	  .spec = "Second-Stage Paging Entries: SS-PDPE (SSS.3)",
	  .needs = NEED(SMTS) | NEED(SSTS) | NEED(SSLPS1G),
	  .scene = { .mode = SCENE_SCALABLE, .page_shift = 30 },
	  .flags = TEST_SHARES_STAGE,
	  .run = run_leaf_reserved },
	{ .id = "fault.ss-pde-reserved",
	  .title = "each reserved bit of an entry of level 2 blocks",
	  .spec = "Second-Stage Paging Entries: SS-PDE (SSS.3)",
	  SECOND_STAGE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pde_reserved },
	{ .id = "fault.ss-pdpe-reserved",
	  .title = "each reserved bit of an entry of level 3 blocks",
	  .spec = "Second-Stage Paging Entries: SS-PDPE (SSS.3)",
	  SECOND_STAGE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_pdpe_reserved },
	{ .id = "fault.ss-top-reserved",
	  .title = "each reserved bit of a top entry blocks",
	  .spec = "Second-Stage Paging Entries: SS-PML4E (SSS.3)",
	  SECOND_STAGE,
	  .flags = TEST_SHARES_STAGE,
	  .run = run_top_reserved },
	{ .id = "fault.ss-2m-unsupported",
	  .title = "a 2 MiB leaf blocks where CAP.SSLPS lacks it",
	  .spec = "Second-Stage Paging Entries: SS-PDE (SSS.3)",
	  .needs_absent = NEED(SSLPS2M),
	  SECOND_STAGE,
	  .poke = POKE(AT_SS_2, SS_PS, 1),
	  .expect = FAULTS(FR_SSS_3) },
	{ .id = "fault.ss-1g-unsupported",
	  .title = "a 1 GiB leaf blocks where CAP.SSLPS lacks it",
	  .spec = "Second-Stage Paging Entries: SS-PDPE (SSS.3)",
	  .needs_absent = NEED(SSLPS1G),
	  SECOND_STAGE,
	  .poke = POKE(AT_SS_3, SS_PS, 1),
	  .expect = FAULTS(FR_SSS_3) },
	{ .id = "fault.ss-no-write",
	  .title = "a write without write permission blocks",
	  .spec = "Second-Stage Translation: Access Rights (SGN.6)",
	  SECOND_STAGE,
	  .poke = POKE(AT_SS_LEAF, SS_W, 0),
	  .expect = FAULTS(FR_SGN_6) },
	{ .id = "fault.ss-no-read",
	  .title = "a read without read permission blocks",
	  .spec = "Second-Stage Translation: Access Rights (SGN.7)",
	  SECOND_STAGE,
	  .poke = POKE(AT_SS_LEAF, SS_R, 0),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_SGN_7) },
	{ .id = "fault.ss-no-write-2m",
	  .title = "a write to a 2 MiB page without write permission blocks",
	  .spec = "Second-Stage Translation: Access Rights (SGN.6)",
	  .needs = NEED(SMTS) | NEED(SSTS) | NEED(SSLPS2M),
	  .scene = { .mode = SCENE_SCALABLE, .page_shift = 21 },
	  .poke = POKE(AT_SS_LEAF, SS_W, 0),
	  .expect = FAULTS(FR_SGN_6) },
	{ .id = "fault.ss-no-write-above",
	  .title = "write permission missing in an upper entry blocks",
	  .spec = "Second-Stage Translation: Access Rights (SGN.6)",
	  SECOND_STAGE,
	  .poke = POKE(AT_SS_2, SS_W, 0),
	  .expect = FAULTS(FR_SGN_6) },
	{ .id = "fault.ss-no-read-above",
	  .title = "read permission missing in an upper entry blocks",
	  .spec = "Second-Stage Translation: Access Rights (SGN.7)",
	  SECOND_STAGE,
	  .poke = POKE(AT_SS_3, SS_R, 0),
	  .dma.is_read = true,
	  .expect = FAULTS(FR_SGN_7) },
	{ .id = "fault.ss-no-write-top",
	  .title = "write permission missing in the top entry blocks",
	  .spec = "Second-Stage Translation: Access Rights (SGN.6)",
	  SECOND_STAGE,
	  .poke = POKE(AT_SS_TOP, SS_W, 0),
	  .expect = FAULTS(FR_SGN_6) },
	{ .id = "fault.ss-last-byte",
	  .title = "QEMU 662b4b69ba: the record names the page of the faulting byte",
	  .spec = "Fault Recording Registers: FI",
	  SECOND_STAGE,
	  .poke = POKE(AT_SS_LEAF, SS_W, 0),
	  .dma = { .offset = 4095, .bytes = 1 },
	  .expect = FAULTS(FR_SGN_6) },
	{ .id = "fault.ss-too-wide-write",
	  .title = "an address just above the tables' width blocks",
	  .spec = "Second-Stage Translation (SGN.5)",
	  SECOND_STAGE,
	  .dma.place = DMA_TOO_WIDE,
	  .expect = FAULTS(FR_SGN_5) },
	{ .id = "fault.ss-too-wide-read",
	  .title = "an address just above the tables' width blocks a read",
	  .spec = "Second-Stage Translation (SGN.5)",
	  SECOND_STAGE,
	  .dma.place = DMA_TOO_WIDE,
	  .dma.is_read = true,
	  .expect = FAULTS(FR_SGN_5) },
	{ .id = "fault.ss-too-wide-3-levels",
	  .title = "bit 39 blocks with tables of 3 levels",
	  .spec = "Second-Stage Translation (SGN.5)",
	  .needs = NEED(SMTS) | NEED(SSTS) | NEED(SAGAW39),
	  .scene = { .mode = SCENE_SCALABLE, .levels = 3 },
	  .dma.place = DMA_TOO_WIDE,
	  .expect = FAULTS(FR_SGN_5) },
	{ .id = "fault.ss-last-mappable",
	  .title = "the last address within the width is not too wide, just not mapped",
	  .spec = "Second-Stage Translation (SGN.5, SSS.2)",
	  SECOND_STAGE,
	  .dma.place = DMA_LAST_MAPPABLE,
	  .expect = FAULTS(FR_SSS_2) },
	{ .id = "fault.ss-interrupt-range-output",
	  .title = "QEMU fed51ee5e0: a leaf into FEEx_xxxxh blocks",
	  .spec = "Handling Requests to Interrupt Address Range (SGN.8.1)",
	  SECOND_STAGE,
	  .poke = { { AT_SS_LEAF, FIELD(SS_ADDR), 0, VALUE_INTERRUPT_RANGE } },
	  .expect = FAULTS(FR_SGN_8) },
	{ .id = "sm.ignored-leaf-bits",
	  .title = "the ignored bits 60:52 and 63 of a leaf may be 1",
	  .spec = "Second-Stage Paging Entries: SS-PTE",
	  SECOND_STAGE,
	  .poke = { { AT_SS_LEAF, { 60, 52 }, 0x1ff, VALUE_PLAIN },
		    { AT_SS_LEAF, { 63, 63 }, 1, VALUE_PLAIN } },
	  .expect = LANDS },
};

const struct suite suite_second_stage_faults = SUITE("fault.ss", tests);
