/* SPDX-License-Identifier: MIT */
/*
 * A page request on its way from the device into the queue: each field of it, and all that must be 0.
 *
 * Software reads from the descriptor whose page is missing, for what, and whom to answer. One bit that
 * is lost on the way is a page mapped for the wrong process, or an answer that goes to another device:
 * the one that asked waits for ever (QEMU 2630ef0231cb). So each bit of RID, PASID, address and group index is sent alone,
 * and all flags in all combinations. What the book leaves undefined is not looked at: PASID and
 * privilege without PP, PRGI of a request for neither access.
 */
#include "arch/print.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/publish.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/page_request_test.h"
#include "tests/suites/suites.h"

#define DESCRIPTOR_SPEC "Page Request Descriptor"

static bool goes_through(struct test_run *run, const struct model_request *request,
			 const char *label)
{
	page_request_test_send(run, request);
	return page_request_test_arrived(run, request, label);
}

/* ---- fields ---- */

/* Each bit of the page's address alone, from 4 KiB to the last; bits below are no part of it. */
static void run_address(struct test_run *run)
{
	struct model_request request = page_request_test_plain(run);
	char label[16];

	for (unsigned int bit = 0; bit < 64; bit++) {
		request.address = UINT64_C(1) << bit;
		print_to(label, sizeof(label), "bit %u", bit);
		goes_through(run, &request, label);
	}
}

static void run_group(struct test_run *run)
{
	struct model_request request = page_request_test_plain(run);

	for (uint32_t group = 0; group <= field_max(FIELD(PRQ_PRGI)) && !run->has_failed; group++) {
		request.group = (uint16_t)group;
		goes_through(run, &request, NULL);
	}
}

/* Read, write, execute, privilege and LPIG in all combinations. */
static void run_flags(struct test_run *run)
{
	struct model_request request = page_request_test_plain(run);
	char label[16];

	for (unsigned int flags = 0; flags < 32; flags++) {
		request.wants_read = flags & 1;
		request.wants_write = flags & 2;
		request.execute = flags & 4;
		request.privileged = flags & 8;
		request.last_in_group = flags & 16;
		print_to(label, sizeof(label), "flags %u", flags);
		goes_through(run, &request, label);
	}
}

/* The scene's PASID has an entry; every other one gets the same. */
static bool give_entry(struct test_run *run, uint32_t pasid)
{
	struct stage *stage = &run->stage;
	const struct pasid_entry value = *pasid_table_entry(&stage->pasids, stage->scene.pasid);
	static const struct pasid_entry nothing;

	if (pasid == stage->scene.pasid)
		return true;
	if (publish_pasid(run->unit, &stage->pasids, pasid, &value, &nothing) == STATUS_OK)
		return true;
	test_fail(run, "publish_pasid: %s", unit_failure(run->unit));
	return false;
}

/* Each bit of a PASID alone, as far as the unit has them. */
static void run_pasid(struct test_run *run)
{
	struct model_request request = page_request_test_plain(run);
	const unsigned int bits = caps_pasid_bits(&run->unit->caps);
	char label[16];

	for (unsigned int bit = 0; bit < bits; bit++) {
		request.pasid = 1u << bit;
		if (!give_entry(run, request.pasid))
			return;
		print_to(label, sizeof(label), "bit %u", bit);
		goes_through(run, &request, label);
	}
	request.has_pasid = false;
	goes_through(run, &request, "without PASID");
}

/* ---- who asks ---- */

/* The context entry of the test's agent, for another one, too. */
static bool let_in(struct test_run *run, const struct agent *agent)
{
	struct stage *stage = &run->stage;
	const uint64_t *value = root_table_context(&stage->root, run->agent->sid);

	if (agent == run->agent)
		return true;
	if (publish_context(run->unit, &stage->root, agent->sid, value, 0) == STATUS_OK)
		return true;
	test_fail(run, "publish_context: %s", unit_failure(run->unit));
	return false;
}

static void run_requester(struct test_run *run)
{
	struct page_request_test *test = run->fixture;
	const struct model_request request = page_request_test_plain(run);
	struct endpoint *own = test->endpoint;
	struct agent *agent;

	for (unsigned int nth = 0; (agent = platform_agent(run->unit, nth)); nth++) {
		struct endpoint *other = endpoint_of(agent);

		if (!other || !let_in(run, agent))
			continue;
		agent->set_bus_master(agent, true);
		test->endpoint = other;
		goes_through(run, &request, agent == run->agent ? "own" : "another");
	}
	test->endpoint = own;
}

/* ---- many at once ---- */

/* Each device in turn: its request of this round is sent, or must have arrived. */
static void do_round(struct test_run *run, unsigned int round, bool is_sent)
{
	struct page_request_test *test = run->fixture;
	struct model_request request = page_request_test_plain(run);
	struct endpoint *own = test->endpoint;
	struct agent *agent;

	request.group = (uint16_t)round;
	for (unsigned int nth = 0; (agent = platform_agent(run->unit, nth)); nth++) {
		test->endpoint = endpoint_of(agent);
		if (!test->endpoint)
			continue;
		if (is_sent)
			page_request_test_arrived(run, &request, "in turns");
		else
			page_request_test_send(run, &request);
	}
	test->endpoint = own;
}

/* All devices in turns, before software looks at any: each request once, in the order they came. */
static void run_together(struct test_run *run)
{
	enum { ROUNDS = 8 };
	struct agent *agent;

	for (unsigned int nth = 0; (agent = platform_agent(run->unit, nth)); nth++) {
		if (!let_in(run, agent))
			return;
		agent->set_bus_master(agent, true);
	}
	for (unsigned int round = 0; round < ROUNDS; round++)
		do_round(run, round, false);
	for (unsigned int round = 0; round < ROUNDS; round++)
		do_round(run, round, true);
	page_request_test_nothing_queued(run, "in turns");
	page_request_test_unanswered(run, "in turns");
}

/* ---- what the unit forgets ---- */

/*
 * "Implicit Invalidation on Page Request": the page that was asked for, and no other; of a nested
 * translation all of the domain, since nobody knows which of its pages lead there.
 */
static void run_forgets(struct test_run *run)
{
	const bool is_nested = run->stage.scene.stage == STAGE_NESTED;
	const struct model_request request = page_request_test_plain(run);
	struct stage *stage = &run->stage;

	EXPECT_EQ(run, dma_hit(stage, 0), CANARY_TARGET_0);
	EXPECT_EQ(run, dma_hit(stage, 1), CANARY_TARGET_1);
	stage_redirect(stage, 0, CANARY_GAP);
	stage_redirect(stage, 1, CANARY_GAP);
	EXPECT_EQ(run, dma_hit(stage, 0), CANARY_TARGET_0);
	goes_through(run, &request, NULL);
	EXPECT_EQ(run, dma_hit(stage, 1), is_nested ? CANARY_GAP : CANARY_TARGET_1);
	EXPECT_EQ(run, dma_hit(stage, 0), CANARY_GAP);
}

#define PRQ_EACH_SCENE                                      \
	{                                                   \
		.mode = SCENE_SCALABLE, .stage = EACH_STAGE \
	}
#define PRQ_EACH_PASID_SCENE                                                             \
	{                                                                                \
		.mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pasid = PAGE_REQUEST_PASID \
	}

static const struct test tests[] = {
	PRQ_TEST("plain", "a page request is queued as it was sent", DESCRIPTOR_SPEC, run_flags),
	PRQ_TEST("address", "each address bit of a page request arrives, 4 GiB and far above",
		 DESCRIPTOR_SPEC ": Address", run_address),
	PRQ_TEST("group", "each page request group index arrives", DESCRIPTOR_SPEC ": PRGI",
		 run_group),
	PRQ_TEST("together",
		 "QEMU edb7ccda0b05: requests of all devices arrive in turns, each once",
		 "Handling of Page Requests", run_together),
	PRQ_TEST_ON(0, PRQ_EACH_SCENE, "forgets",
		    "a page request invalidates its page, and leaves the next one cached",
		    "Implicit Invalidation on Page Requests", run_forgets),
	PRQ_TEST_ON(NEED(PASID), PRQ_EACH_PASID_SCENE, "forgets-pasid",
		    "a page request with PASID invalidates its page of that PASID",
		    "Implicit Invalidation on Page Requests", run_forgets),
	PRQ_TEST("requester", "each device's page request names that device",
		 DESCRIPTOR_SPEC ": RID", run_requester),
	PRQ_PASID_TEST("plain-pasid", "a page request with PASID is queued as it was sent",
		       DESCRIPTOR_SPEC, run_flags),
	PRQ_TEST_ON(NEED(PASID), PRQ_ALL_PASIDS_SCENE, "pasid",
		    "each PASID bit of a page request arrives, and PP tells that there is one",
		    DESCRIPTOR_SPEC ": PASID", run_pasid),
	PRQ_PASID_TEST("address-pasid", "each address bit of a page request with PASID arrives",
		       DESCRIPTOR_SPEC ": Address", run_address),
};

const struct suite suite_page_requests = SUITE("prq", tests);
