/* SPDX-License-Identifier: MIT */
/*
 * What software answers to page requests, as the device sees it, and how both ways are drained.
 *
 * The descriptor names the device and the group, and with PP the PASID: one bit that is lost, and the
 * device that waits is never told. Answers and invalidations of the device's TLB reach the device in
 * the order in which they stand in the queue: a device that hears "mapped" first and "forget it" then
 * forgets the new page, not the old one. Before a PASID gets another owner, all that the device has
 * sent must have been seen: an invalidation of its TLB drives page requests ahead of it, and a wait
 * with PD says when they are in memory. Linux relied on that where no unit promised it (5ef7e24c7420).
 */
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/unit/device_tlb.h"
#include "iommu/unit/page_request.h"
#include "tests/engine/platform.h"
#include "tests/scenes/page_request_test.h"
#include "tests/suites/suites.h"

#define RESPONSE_SPEC "Page Group Response Descriptor"
#define ORDER_SPEC    "Page Group Response Ordering and Draining"
#define DRAIN_SPEC    "Page Request Ordering and Draining"

/* ---- fields ---- */

static struct page_response plain_response(const struct test_run *run)
{
	return (struct page_response){
		.rid = run->agent->sid,
		.has_pasid = run->stage.scene.pasid != 0,
		.pasid = run->stage.scene.pasid,
		.group = 0xaa,
	};
}

/* The device at test->endpoint must be told exactly that. */
static void reaches_device(struct test_run *run, const struct descriptor *descriptor,
			   const struct page_response *response, const char *label)
{
	const struct model_request request = {
		.has_pasid = response->has_pasid,
		.pasid = response->pasid,
		.group = response->group,
	};

	if (queue_run(run->unit, *descriptor) != STATUS_OK) {
		test_fail(run, "%s: %s", label, unit_failure(run->unit));
		return;
	}
	page_request_test_answered(run, &request, response->code, label);
}

static void respond(struct test_run *run, const struct page_response *response, const char *label)
{
	const struct descriptor descriptor = descriptor_page_response(*response);

	reaches_device(run, &descriptor, response, label);
}

/* The three codes that mean something; others are not for software to use. */
static void run_codes(struct test_run *run)
{
	static const uint8_t codes[] = { RESPONSE_SUCCESS, RESPONSE_INVALID_REQUEST,
					 RESPONSE_FAILURE };
	struct page_response response = plain_response(run);
	char label[16];

	for (unsigned int i = 0; i < sizeof(codes); i++) {
		response.code = codes[i];
		print_to(label, sizeof(label), "code %u", codes[i]);
		respond(run, &response, label);
	}
}

static void run_groups(struct test_run *run)
{
	struct page_response response = plain_response(run);

	for (uint32_t group = 0; group <= field_max(FIELD(INV_PGRESP_PRGI)) && !run->has_failed;
	     group++) {
		response.group = (uint16_t)group;
		respond(run, &response, "groups");
	}
}

/* Each bit of the PASID alone, all of them, and none: PP tells it from PASID 0. */
static void run_pasids(struct test_run *run)
{
	struct page_response response = plain_response(run);
	char label[16];

	response.has_pasid = true;
	for (unsigned int bit = 0; bit < caps_pasid_bits(&run->unit->caps); bit++) {
		response.pasid = 1u << bit;
		print_to(label, sizeof(label), "bit %u", bit);
		respond(run, &response, label);
	}
	response.pasid = 0;
	respond(run, &response, "PASID 0");
	response.has_pasid = false;
	respond(run, &response, "without PASID");
}

/* Each device behind the unit is told by itself, and no other one. */
static void run_devices(struct test_run *run)
{
	struct page_request_test *test = run->fixture;
	struct page_response response = plain_response(run);
	struct endpoint *own = test->endpoint;
	struct agent *agent;

	for (unsigned int nth = 0; (agent = platform_agent(run->unit, nth)); nth++) {
		const unsigned int seen = own->response_count;

		test->endpoint = endpoint_of(agent);
		if (!test->endpoint)
			continue;
		test->seen_responses = test->endpoint->response_count;
		response.rid = agent->sid;
		respond(run, &response, agent == run->agent ? "own" : "another");
		if (test->endpoint != own)
			EXPECT_EQ(run, own->response_count, seen);
	}
	test->endpoint = own;
}

/* Bit 66 is ignored; so is the PASID without PP. */
static void run_ignored(struct test_run *run)
{
	const struct page_response response = plain_response(run);
	struct descriptor descriptor = descriptor_page_response(response);

	field_set(descriptor.q, INV_PGRESP_IGN, 1);
	reaches_device(run, &descriptor, &response, "bit 66");
	field_set(descriptor.q, INV_PGRESP_PASID, PAGE_REQUEST_PASID);
	reaches_device(run, &descriptor, &response, "PASID without PP");
}

/* ---- a request from its arrival to its answer ---- */

static void run_answer(struct test_run *run)
{
	const struct model_request sent = page_request_test_plain(run);
	struct page_request got;
	struct page_response response;

	page_request_test_send(run, &sent);
	page_request_test_unanswered(run, "before software has answered");
	REQUIRE(run, page_queue_take(run->unit, &got));
	response = (struct page_response){
		.rid = got.rid,
		.has_pasid = got.has_pasid,
		.pasid = got.pasid,
		.group = got.group,
	};
	respond(run, &response, "answered");
}

/* ---- order ---- */

/* Which of the two stands first in the queue. */
struct order {
	bool is_answer_first;
};

LINKED_RUN(run_order, struct order, order)
{
	struct page_request_test *test = run->fixture;
	const struct endpoint *device = test->endpoint;
	const struct descriptor answer = descriptor_page_response(plain_response(run));
	const struct descriptor forget =
		descriptor_device_tlb(run->unit, device_tlb_whole(run->agent->sid));
	const struct descriptor both[2] = {
		order->is_answer_first ? answer : forget,
		order->is_answer_first ? forget : answer,
	};
	const unsigned int before = device->message_count;

	queue_submit(run->unit, both, 2);
	REQUIRE_OK(run, queue_wait(run->unit));
	EXPECT_EQ(run, device->message_count, before + 2);
	if (order->is_answer_first)
		EXPECT(run, device->response_at < device->devtlb_at);
	else
		EXPECT(run, device->devtlb_at < device->response_at);
}

/* ---- draining ---- */

/* What the device had under way when it was asked to forget is in memory when PD says so. */
static void run_drain(struct test_run *run)
{
	struct page_request_test *test = run->fixture;
	struct model_request request = page_request_test_plain(run);
	struct descriptor forget =
		descriptor_device_tlb(run->unit, device_tlb_whole(run->agent->sid));

	request.group = 0x1ff;
	test->endpoint->in_flight = &request;
	REQUIRE_OK(run, queue_run_and_drain(run->unit, forget));
	/* No register is read in between: that would drive them out, too. */
	EXPECT_EQ(run, page_request_test_slot(run, 0)[0] & FIELD_MASK(PRQ_TYPE), PRQ_PAGE_REQUEST);
	page_request_test_arrived(run, &request, NULL);
	EXPECT(run, test->endpoint->in_flight == NULL);
}

/* The whole sequence; the driver's own, which says so if the queue ran over meanwhile. */
static void run_drain_steps(struct test_run *run)
{
	struct page_request_test *test = run->fixture;
	const struct model_request request = page_request_test_plain(run);

	test->endpoint->in_flight = &request;
	REQUIRE_OK(run, page_queue_drain(run->unit, run->agent->sid));
	page_request_test_arrived(run, &request, "drained");
	page_request_test_fill(run, page_queue_capacity(&run->unit->page_queue));
	test->endpoint->in_flight = &request;
	EXPECT_EQ(run, page_queue_drain(run->unit, run->agent->sid), STATUS_REFUSED);
	page_request_test_answered(run, &request, RESPONSE_SUCCESS, "no room");
	page_queue_discard(run->unit);
	page_request_test_clear(run, true, true);
	REQUIRE_OK(run, page_queue_drain(run->unit, run->agent->sid));
	page_request_test_nothing_queued(run, "drained again");
	page_request_test_unanswered(run, "drained again");
}

static const struct test tests[] = {
	PRQ_TEST("response-codes", "each response code reaches the device", RESPONSE_SPEC ": RC",
		 run_codes),
	PRQ_TEST("response-groups", "each group index reaches the device", RESPONSE_SPEC ": PRGI",
		 run_groups),
	PRQ_TEST_ON(NEED(PASID), PRQ_SCENE, "response-pasids",
		    "each PASID bit reaches the device, and PP tells that there is one",
		    RESPONSE_SPEC ": PASID", run_pasids),
	PRQ_TEST("response-devices", "each device is told by itself", RESPONSE_SPEC ": RID",
		 run_devices),
	PRQ_TEST("response-ignored",
		 "Linux 4402e8f39d0b: bit 66 is ignored, and the PASID without PP",
		 RESPONSE_SPEC ": IGN", run_ignored),
	PRQ_TEST("answered", "a page request is queued, and its answer comes back", RESPONSE_SPEC,
		 run_answer),
	PRQ_PASID_TEST("answered-pasid", "the same with PASID", RESPONSE_SPEC, run_answer),
	PRQ_TEST("order-answer", "an answer overtakes no invalidation behind it", ORDER_SPEC,
		 LINKED(run_order, .is_answer_first = true)),
	PRQ_TEST("order-invalidation", "an answer is not overtaken by what stands behind it",
		 ORDER_SPEC, LINKED(run_order, .is_answer_first = false)),
	PRQ_TEST_ON(NEED(PDS), PRQ_SCENE, "drain",
		    "Linux cf08ca81d08a: after a wait with PD, requests on their way are in memory",
		    DRAIN_SPEC, run_drain),
	PRQ_TEST_ON(NEED(PDS), PRQ_SCENE, "drain-steps",
		    "all steps to drain, with room and without",
		    "Software Steps to Drain Page Requests & Responses", run_drain_steps),
};

const struct suite suite_page_responses = SUITE("prq", tests);
