/* SPDX-License-Identifier: MIT */
/*
 * Requests that are not plain reads and writes: atomics, translated ones, page requests.
 *
 * An atomic operation reads and writes, so it needs both permissions, and the one that is missing
 * is the one reported. A request that says "translated" has skipped the tables: a unit must take
 * it only from a device whose entry allows that, or any device reaches any address by claiming so.
 * A page request is queued, and makes the unit forget what it had cached of that page, because a
 * device which asks for it has seen it missing; QEMU lost some that came together (edb7ccda0b05).
 * Only modelled agents send these.
 */
#include "arch/page.h"
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/faults/pokes.h"
#include "tests/suites/suites.h"

#define SECOND_STAGE .needs = NEED(SMTS), .scene.mode = SCENE_SCALABLE, .scene.stage = STAGE_SECOND
#define THROUGH_EACH_STAGE \
	.needs = NEED(SMTS), .scene.mode = SCENE_SCALABLE, .scene.stage = EACH_STAGE
#define LEGACY	      .scene.mode = SCENE_LEGACY
#define ATOMIC	      .agent_features = AGENT_ATOMIC, .dma.is_atomic = true
#define ACCESS_RIGHTS "Second-Stage Translation: Access Rights"

static const struct dma plain_write;

/* A page request for the window's first page; the queue for them is one page. */
static bool ask_for_page(struct test_run *run)
{
	struct dma request = { .kind = REQUEST_PAGE };
	void *queue = page_alloc();
	bool is_queued;

	if (!queue) {
		test_error(run, "no memory for a page request queue");
		return false;
	}
	unit_write64(run->unit, REG_PQH, 0);
	unit_write64(run->unit, REG_PQT, 0);
	unit_write64(run->unit, REG_PQA, phys_of(queue).value);
	is_queued = dma_write(&run->stage, &request) == DMA_LANDED;
	EXPECT(run, is_queued);
	EXPECT_EQ(run, reg_get(unit_read32(run->unit, REG_PRS), PRS_PPR), 1);
	EXPECT_EQ(run, field_get((uint64_t *)queue, PRQ_RID), run->agent->sid);
	EXPECT_EQ(run, field_get_address((uint64_t *)queue, PRQ_ADDR), run->stage.window.value);
	unit_write64(run->unit, REG_PQH, unit_read64(run->unit, REG_PQT));
	unit_write32(run->unit, REG_PRS, (uint32_t)FIELD_MASK(PRS_PPR));
	EXPECT_EQ(run, reg_get(unit_read32(run->unit, REG_PRS), PRS_PPR), 0);
	unit_write64(run->unit, REG_PQH, 0);
	unit_write64(run->unit, REG_PQT, 0);
	unit_write64(run->unit, REG_PQA, 0);
	page_free(queue);
	return is_queued;
}

/*
 * PRE needs DTE, so both are set in the entry. A device that asks for a page has seen it missing: the
 * unit forgets what it knew of it, without any invalidation by software.
 */
static void run_page_request(struct test_run *run)
{
	static const struct poke enable[] = {
		{ .at = AT_CONTEXT, .field = FIELD(SMCONTEXT_DTE), .value = 1 },
		{ .at = AT_CONTEXT, .field = FIELD(SMCONTEXT_PRE), .value = 1 },
	};

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	stage_poke(&run->stage, &enable[0]);
	stage_poke(&run->stage, &enable[1]);
	REQUIRE_OK(run, invalidate_all(run->unit));
	EXPECT_EQ(run, dma_hit(&run->stage, 0), CANARY_TARGET_0);
	stage_redirect(&run->stage, 0, CANARY_GAP);
	if (ask_for_page(run))
		EXPECT_EQ(run, dma_hit(&run->stage, 0), CANARY_GAP);
}

/*
 * A read of no byte asks whether a page is there. With CAP.ZLR it needs no read permission where there
 * is write permission.
 */
#define NO_ACCESS 1, 0
#define ZERO_LENGTH(prefix, its_mode, its_stage, more, absent, name, due, place, ...)             \
	{                                                                                         \
		.id = prefix ".zero-length-" name, .title = "a read of no byte of a page: " name, \
		.spec = "Capability Register: ZLR", .needs = (more), .needs_absent = (absent),    \
		.scene = { .mode = its_mode, .stage = its_stage },                                \
		.poke = { { (place), FIELD(__VA_ARGS__), 0, VALUE_PLAIN } },                      \
		.agent_features = AGENT_ZERO_LENGTH,                                              \
		.dma = { .is_read = true, .is_zero_length = true }, .expect = due                 \
	}

static const struct test tests[] = {
	{ .id = "sm.atomic",
	  .title = "an atomic operation lands on a page with both permissions",
	  .spec = ACCESS_RIGHTS,
	  THROUGH_EACH_STAGE,
	  ATOMIC,
	  .expect = LANDS },
	{ .id = "fault.ss-atomic-no-read",
	  .title = "an atomic operation needs read permission",
	  .spec = ACCESS_RIGHTS " (SGN.7)",
	  SECOND_STAGE,
	  ATOMIC,
	  .poke = POKE(AT_LEAF, SS_R, 0),
	  .expect = FAULTS(FR_SGN_7) },
	{ .id = "fault.ss-atomic-no-write",
	  .title = "an atomic operation needs write permission",
	  .spec = ACCESS_RIGHTS " (SGN.6)",
	  SECOND_STAGE,
	  ATOMIC,
	  .poke = POKE(AT_LEAF, SS_W, 0),
	  .expect = FAULTS(FR_SGN_6) },
	{ .id = "legacy.atomic",
	  .title = "an atomic operation lands on a page with both permissions",
	  .spec = ACCESS_RIGHTS,
	  LEGACY,
	  ATOMIC,
	  .expect = LANDS },
	{ .id = "fault.legacy-atomic-no-read",
	  .title = "an atomic operation needs read permission",
	  .spec = ACCESS_RIGHTS " (LGN.3)",
	  LEGACY,
	  ATOMIC,
	  .poke = POKE(AT_LEAF, SS_R, 0),
	  .expect = FAULTS(FR_LGN_3) },
	{ .id = "fault.legacy-atomic-no-write",
	  .title = "an atomic operation needs write permission",
	  .spec = ACCESS_RIGHTS " (LGN.2)",
	  LEGACY,
	  ATOMIC,
	  .poke = POKE(AT_LEAF, SS_W, 0),
	  .expect = FAULTS(FR_LGN_2) },
	ZERO_LENGTH("legacy", SCENE_LEGACY, STAGE_OF_UNIT, NEED(ZLR), 0, "write-only", LANDS,
		    AT_LEAF, SS_R),
	ZERO_LENGTH("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, NEED(ZLR), "write-only-no-zlr",
		    FAULTS(FR_LGN_3), AT_LEAF, SS_R),
	ZERO_LENGTH("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, 0, "no-access", FAULTS(FR_LGN_3),
		    AT_LEAF, NO_ACCESS),
	ZERO_LENGTH("legacy", SCENE_LEGACY, STAGE_OF_UNIT, 0, 0, "read-only", LANDS, AT_LEAF, SS_W),
	ZERO_LENGTH("sm", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS) | NEED(ZLR), 0, "write-only",
		    LANDS, AT_LEAF, SS_R),
	ZERO_LENGTH("sm", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS), NEED(ZLR), "write-only-no-zlr",
		    FAULTS(FR_SGN_7), AT_LEAF, SS_R),
	ZERO_LENGTH("sm", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS), 0, "no-access",
		    FAULTS(FR_SSS_2), AT_LEAF, NO_ACCESS),
	ZERO_LENGTH("sm", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS), 0, "read-only", LANDS, AT_LEAF,
		    SS_W),
	ZERO_LENGTH("nest", SCENE_SCALABLE, STAGE_NESTED, NEED(SMTS) | NEED(ZLR), 0, "write-only",
		    LANDS, AT_HOST_PAGE, SS_R),
	{ .id = "legacy.translated",
	  .title = "TT 01b lets translated requests through",
	  .spec = "Context Entry: TT",
	  .needs = NEED(DT),
	  .agent_features = AGENT_TRANSLATION,
	  LEGACY,
	  .poke = POKE(AT_CONTEXT, CONTEXT_TT, TT_ALL),
	  .dma.kind = REQUEST_TRANSLATED,
	  .expect = LANDS },
	{ .id = "legacy.device-tlb-type",
	  .title = "TT 01b translates untranslated requests as 00b does",
	  .spec = "Context Entry: TT",
	  .needs = NEED(DT),
	  LEGACY,
	  .poke = POKE(AT_CONTEXT, CONTEXT_TT, TT_ALL),
	  .expect = LANDS },
	{ .id = "fault.legacy-device-tlb-type",
	  .title = "and blocks what is not mapped",
	  .spec = "Context Entry: TT (LGN.2)",
	  .needs = NEED(DT),
	  LEGACY,
	  .poke = { { AT_CONTEXT, FIELD(CONTEXT_TT), TT_ALL, VALUE_PLAIN },
		    { AT_LEAF, FIELD(SS_W), 0, VALUE_PLAIN } },
	  .expect = FAULTS(FR_LGN_2) },
	{ .id = "fault.legacy-translated",
	  .title = "TT 00b blocks translated requests",
	  .spec = "Context Entry: TT (LCT.5)",
	  .needs = NEED(DT),
	  .agent_features = AGENT_TRANSLATION,
	  LEGACY,
	  .dma.kind = REQUEST_TRANSLATED,
	  .expect = FAULTS(FR_LCT_5) },
	{ .id = "fault.legacy-translation",
	  .title = "TT 00b blocks translation requests",
	  .spec = "Context Entry: TT (LCT.5)",
	  .needs = NEED(DT),
	  .agent_features = AGENT_TRANSLATION,
	  LEGACY,
	  .dma.kind = REQUEST_TRANSLATION,
	  .expect = FAULTS(FR_LCT_5) },
	{ .id = "sm.page-request-forgets",
	  .title = "a page request is queued, and invalidates what was cached of its page",
	  .spec = "Implicit Invalidation on Page Requests",
	  .needs = NEED(SMTS) | NEED(PRS) | NEED(DT),
	  .agent_features = AGENT_PAGE_REQUEST,
	  .scene = { .mode = SCENE_SCALABLE, .stage = EACH_STAGE },
	  .run = run_page_request },
};

const struct suite suite_requests = SUITE("requests", tests);
