/* SPDX-License-Identifier: MIT */
/*
 * Our own driver: whatever it changes in the tables while a device may keep translations, the device is
 * told, of as much as it could keep, and after the unit itself has forgotten.
 *
 * Linux changed present context entries without it (37764b952e1b), and pKVM-IA told devices nothing at
 * all (84, 86): the device went on with pages that had another owner. Each test changes one thing with
 * the driver's function for it. The device asks again as soon as it is told, so what it has afterwards
 * is the new translation; a change of what was not there costs no message.
 */
#include "arch/string.h"
#include "iommu/structures/publish.h"
#include "iommu/unit/device_tlb.h"
#include "tests/scenes/ats_test.h"
#include "tests/suites/suites.h"

#define GUIDANCE_SPEC "Guidance to Software for Invalidations"

#define EVERYTHING UINT64_C(0x7ffffffffffff000)

/* A device is told twice if its requests may have PASIDs. */
enum { WITHOUT_PASIDS = 1, WITH_PASIDS = 2 };

static void copy_context(struct stage *stage, uint16_t sid, uint64_t *value)
{
	memcpy(value, root_table_context(&stage->root, sid),
	       root_table_context_words(&stage->root) * sizeof(*value));
}

/* The driver is told that this device keeps translations: by the context entry that allows it. */
static bool allow(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t value[4];

	copy_context(stage, run->agent->sid, value);
	if (publish_context(run->unit, &stage->root, run->agent->sid, value, stage->did) ==
	    STATUS_OK)
		return true;
	test_fail(run, "publish_context: %s", unit_failure(run->unit));
	return false;
}

/* What the device is told by the next change, and what it is answered when it asks at once. */
struct told {
	unsigned int messages; /* before the change */
	struct model_request again;
};

static struct told listen(struct test_run *run)
{
	const struct ats_test *test = run->fixture;

	return (struct told){
		.messages = test->endpoint->devtlb_count,
		.again = ats_test_request(run),
	};
}

static void expect_told(struct test_run *run, const struct told *told, unsigned int count,
			uint64_t address, bool is_large)
{
	const struct ats_test *test = run->fixture;
	const struct model_devtlb_request *last = &test->endpoint->devtlb;

	EXPECT_EQ(run, test->endpoint->devtlb_count - told->messages, count);
	if (run->has_failed || !count)
		return;
	EXPECT_EQ(run, last->sid, run->agent->sid);
	EXPECT_EQ(run, last->address, address);
	EXPECT_EQ(run, last->size, is_large);
}

/* The device was answered from the new tables, though it asked within the change. */
static void expect_new_page(struct test_run *run, enum canary page)
{
	const struct ats_test *test = run->fixture;

	EXPECT(run, !test->endpoint->in_flight);
	if (test->endpoint->in_flight_answer.phys != phys_of(run->stage.canary[page]).value)
		test_fail(run, "the device, told to forget, is given the old page again");
}

/* ---- paging entries ---- */

static uint64_t leading_to(const struct stage *stage, enum canary page)
{
	const uint64_t word = *paging_entry(&stage->table, stage->window, 1);

	return (word & ~FIELD_MASK(SS_ADDR)) | stage_address_of(stage, stage->canary[page]);
}

static enum status publish_leaf(struct test_run *run, uint64_t value)
{
	struct stage *stage = &run->stage;
	const uint32_t pasid = stage->scene.pasid ? stage->scene.pasid : stage->scene.rid_pasid;

	return publish_entry(run->unit, &stage->table, stage->window, 1, value, stage->did, pasid);
}

/* Of a second stage any PASID may use the page: with PASIDs there are two messages, the last global. */
static void run_page(struct test_run *run)
{
	const struct ats_due granted = { .read = true, .write = true };
	struct ats_test *test = run->fixture;
	struct stage *stage = &run->stage;
	const bool is_first = stage->table.stage == FIRST_STAGE;
	const bool has_pasid = stage->scene.pasid != 0;
	struct told told;

	if (!allow(run))
		return;
	told = listen(run);
	ats_test_expect(run, &told.again, &granted, "before the change");
	test->endpoint->in_flight = &told.again;
	REQUIRE_OK(run, publish_leaf(run, leading_to(stage, CANARY_GAP)));
	expect_told(run, &told, has_pasid && !is_first ? 2 : 1, stage->window.value, false);
	EXPECT_EQ(run, test->endpoint->devtlb.has_pasid, has_pasid);
	if (has_pasid && is_first)
		EXPECT_EQ(run, test->endpoint->devtlb.pasid, stage->scene.pasid);
	if (has_pasid && !is_first)
		EXPECT(run, test->endpoint->devtlb.global);
	expect_new_page(run, CANARY_GAP);
}

/* A page is taken away: the device is told. It comes back: nobody need be told. */
static void run_absent_page(struct test_run *run)
{
	struct stage *stage = &run->stage;
	const uint64_t word = *paging_entry(&stage->table, stage->window, 1);
	struct told told;

	if (!allow(run))
		return;
	told = listen(run);
	REQUIRE_OK(run, publish_leaf(run, 0));
	expect_told(run, &told, 1, stage->window.value, false);
	told = listen(run);
	REQUIRE_OK(run, publish_leaf(run, word));
	expect_told(run, &told, 0, 0, false);
}

/* ---- PASID entries ---- */

/* For RID_PASID the device is told of its requests without PASID, else of those with this one. */
static void run_pasid(struct test_run *run)
{
	struct ats_test *test = run->fixture;
	struct stage *stage = &run->stage;
	const uint32_t pasid = stage->scene.pasid ? stage->scene.pasid : stage->scene.rid_pasid;
	const struct pasid_entry old = *pasid_table_entry(&stage->pasids, pasid);
	static const struct pasid_entry nothing;
	struct told told;

	if (!allow(run))
		return;
	told = listen(run);
	REQUIRE_OK(run, publish_pasid(run->unit, &stage->pasids, pasid, &nothing, &old));
	expect_told(run, &told, 1, EVERYTHING, true);
	EXPECT_EQ(run, test->endpoint->devtlb.has_pasid, stage->scene.pasid != 0);
	if (stage->scene.pasid)
		EXPECT_EQ(run, test->endpoint->devtlb.pasid, pasid);
	told = listen(run);
	REQUIRE_OK(run, publish_pasid(run->unit, &stage->pasids, pasid, &old, &nothing));
	expect_told(run, &told, 0, 0, false);
}

/* ---- context entries ---- */

static void forbid(const struct stage *stage, uint64_t *value)
{
	if (stage->scene.mode == SCENE_LEGACY)
		field_set(value, CONTEXT_TT, TT_UNTRANSLATED_ONLY);
	else
		field_set(value, SMCONTEXT_DTE, 0);
}

/* Any change of a present entry, and at last the one that forbids it: from then on there is none. */
static void run_context(struct test_run *run)
{
	struct ats_test *test = run->fixture;
	struct stage *stage = &run->stage;
	const uint16_t sid = run->agent->sid;
	const unsigned int count = stage->scene.pasid ? WITH_PASIDS : WITHOUT_PASIDS;
	uint64_t value[4];
	struct told told;

	if (!allow(run))
		return;
	copy_context(stage, sid, value);
	for (unsigned int step = 0; step < 2; step++) {
		told = listen(run);
		if (step)
			forbid(stage, value);
		else
			field_set(value, CONTEXT_FPD, 1);
		REQUIRE_OK(run, publish_context(run->unit, &stage->root, sid, value, stage->did));
		expect_told(run, &told, count, EVERYTHING, true);
		if (stage->scene.pasid)
			EXPECT(run, test->endpoint->devtlb.global);
	}
	told = listen(run);
	field_set(value, CONTEXT_FPD, 0);
	REQUIRE_OK(run, publish_context(run->unit, &stage->root, sid, value, stage->did));
	expect_told(run, &told, 0, 0, false);
}

static const struct test tests[] = {
	ATS_LEGACY_TEST("publish-page-legacy",
			"pKVM-IA 84: a changed page is told to the device, legacy mode",
			GUIDANCE_SPEC, run_page),
	ATS_TEST("publish-page", "pKVM-IA 84: a changed page is told to the device", GUIDANCE_SPEC,
		 run_page),
	ATS_PASID_TEST("publish-page-pasid",
		       "a changed page is told to the device, of its PASID or of all",
		       GUIDANCE_SPEC, run_page),
	ATS_TEST("publish-absent-page", "a page that was not there is told to nobody",
		 GUIDANCE_SPEC, run_absent_page),
	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "publish-pasid-entry",
		    "the end of RID_PASID's entry is told to the device", GUIDANCE_SPEC, run_pasid),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, "publish-pasid-entry-pasid",
		    "the end of a PASID's entry is told to the device", GUIDANCE_SPEC, run_pasid),
	ATS_LEGACY_TEST("publish-context-legacy",
			"Linux 37764b952e1b: a changed context entry is told, legacy mode",
			GUIDANCE_SPEC, run_context),
	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "publish-context",
		    "Linux 37764b952e1b: a changed context entry is told to the device",
		    GUIDANCE_SPEC, run_context),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, "publish-context-pasid",
		    "a changed context entry is told to the device, of all PASIDs, too",
		    GUIDANCE_SPEC, run_context),
};

const struct suite suite_published = SUITE("ats", tests);
