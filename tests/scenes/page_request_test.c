/* SPDX-License-Identifier: MIT */
#include "tests/scenes/page_request_test.h"

#include "arch/print.h"
#include "arch/string.h"
#include "iommu/unit/invalidate.h"
#include "iommu/unit/page_request.h"
#include "tests/scenes/scene_test.h"

static struct page_request_test test_state;

/* ---- the fixture ---- */

static const struct poke enable_device_tlb = { AT_CONTEXT, FIELD(SMCONTEXT_DTE), 1, VALUE_PLAIN };
static const struct poke enable_requests = { AT_CONTEXT, FIELD(SMCONTEXT_PRE), 1, VALUE_PLAIN };

static bool enable(struct test_run *run, struct page_request_test *test)
{
	page_request_test_clear(run, true, true);
	unit_write32(run->unit, REG_PECTL, (uint32_t)FIELD_MASK(EVENT_CTL_IM));
	if (page_queue_enable(run->unit, run->test->arg) != STATUS_OK) {
		test_error(run, "%s", unit_failure(run->unit));
		return false;
	}
	run->stage.is_sound = false;
	test->context_word = stage_poke(&run->stage, &enable_device_tlb);
	stage_poke(&run->stage, &enable_requests);
	test->is_enabled = true;
	if (invalidate_all(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

static void *open_test(struct test_run *run)
{
	static const struct dma plain_write;
	struct page_request_test *test = &test_state;

	*test = (struct page_request_test){ .endpoint = endpoint_of(run->agent) };
	run->fixture = test;
	if (!test->endpoint) {
		test_skip(run, "no page requests as they are told here behind unit %u",
			  run->unit->index);
		return NULL;
	}
	test->seen_responses = test->endpoint->response_count;
	if (scene_test_open(run, &run->scene, &plain_write))
		enable(run, test);
	return test;
}

static void close_test(struct test_run *run)
{
	struct page_request_test *test = run->fixture;

	test->endpoint->in_flight = NULL;
	if (test->is_enabled && run->stage.is_up) {
		stage_unpoke(&run->stage, &enable_requests, test->context_word);
		if (invalidate_all(run->unit) != STATUS_OK)
			test_fail(run, "invalidation: %s", unit_failure(run->unit));
	}
	unit_write32(run->unit, REG_PECTL, (uint32_t)FIELD_MASK(EVENT_CTL_IM));
	page_queue_disable(run->unit);
	page_request_test_clear(run, true, true);
	fault_clear(run->unit);
}

const struct fixture page_request_test_fixture = { open_test, close_test };

/* ---- requests ---- */

struct model_request page_request_test_plain(const struct test_run *run)
{
	return (struct model_request){
		.type = MODEL_PAGE_REQUEST,
		.has_pasid = run->stage.scene.pasid != 0,
		.pasid = run->stage.scene.pasid,
		.address = run->stage.window.value,
		.wants_write = true,
		.last_in_group = true,
		.group = 1,
	};
}

void page_request_test_send(struct test_run *run, const struct model_request *request)
{
	struct page_request_test *test = run->fixture;
	struct model_answer answer;

	endpoint_send(test->endpoint, request, &answer);
	/* A unit may take its time until somebody looks. */
	(void)unit_read32(run->unit, REG_PRS);
}

void page_request_test_fill(struct test_run *run, uint32_t count)
{
	struct page_request_test *test = run->fixture;
	struct model_request request = page_request_test_plain(run);
	struct model_answer answer;

	request.last_in_group = false;
	for (uint32_t i = 0; i < count; i++) {
		request.group = (uint16_t)(i & field_max(FIELD(PRQ_PRGI)));
		endpoint_send(test->endpoint, &request, &answer);
	}
	(void)unit_read32(run->unit, REG_PRS);
}

/* ---- what stands in the queue ---- */

/* What the book leaves open: PASID and what goes with it without one, PRGI of a stop marker. */
static void drop_undefined(struct page_request *request)
{
	if (!request->has_pasid) {
		request->pasid = 0;
		request->privileged = false;
	}
	if (!request->has_pasid || !request->read)
		request->execute = false;
	if (!request->read && !request->write)
		request->group = 0;
}

static struct page_request expected(const struct test_run *run, const struct model_request *sent)
{
	const struct page_request_test *test = run->fixture;

	return (struct page_request){
		.type = PRQ_PAGE_REQUEST,
		.rid = test->endpoint->sid,
		.has_pasid = sent->has_pasid,
		.pasid = sent->pasid,
		.execute = sent->execute,
		.privileged = sent->privileged,
		.read = sent->wants_read,
		.write = sent->wants_write,
		.is_last = sent->last_in_group,
		.group = sent->group,
		.address = sent->address & FIELD_MASK(PRQ_ADDR),
	};
}

/* One field that is not as it was sent: told once, whatever a sweep does after it. */
static void compare(struct test_run *run, const char *label, const char *field, uint64_t seen,
		    uint64_t due)
{
	char text[100];

	if (seen == due)
		return;
	print_to(text, sizeof(text), "%s%s%s %llx for %llx", label ? label : "", label ? ": " : "",
		 field, (unsigned long long)seen, (unsigned long long)due);
	if (!strstr(run->observed, text))
		test_fail(run, "%s", text);
}

static void compare_all(struct test_run *run, const char *label, const struct page_request *seen,
			const struct page_request *due)
{
	compare(run, label, "type", seen->type, due->type);
	compare(run, label, "RID", seen->rid, due->rid);
	compare(run, label, "PP", seen->has_pasid, due->has_pasid);
	compare(run, label, "PASID", seen->pasid, due->pasid);
	compare(run, label, "EXR", seen->execute, due->execute);
	compare(run, label, "PMR", seen->privileged, due->privileged);
	compare(run, label, "RDR", seen->read, due->read);
	compare(run, label, "WRR", seen->write, due->write);
	compare(run, label, "LPIG", seen->is_last, due->is_last);
	compare(run, label, "PRGI", seen->group, due->group);
	compare(run, label, "address", seen->address, due->address);
}

static void check_reserved(struct test_run *run, const char *label, uint32_t head_bytes)
{
	const uint64_t *q = (const uint64_t *)(run->unit->page_queue.ring + head_bytes);

	compare(run, label, "reserved bits", q[0] & (FIELD_MASK(15, 9) | FIELD_MASK(63, 54)), 0);
	compare(run, label, "bits 255:128", q[2] | q[3], 0);
}

bool page_request_test_arrived(struct test_run *run, const struct model_request *request,
			       const char *label)
{
	const uint32_t head_bytes = run->unit->page_queue.head_bytes;
	struct page_request due = expected(run, request);
	struct page_request seen;
	bool had_failed = run->has_failed;
	bool is_good;

	if (!page_queue_take(run->unit, &seen)) {
		compare(run, label, "requests in the queue:", 0, 1);
		return false;
	}
	run->has_failed = false;
	drop_undefined(&seen);
	drop_undefined(&due);
	compare_all(run, label, &seen, &due);
	check_reserved(run, label, head_bytes);
	is_good = !run->has_failed;
	run->has_failed |= had_failed;
	return is_good;
}

const uint64_t *page_request_test_slot(const struct test_run *run, uint32_t slot)
{
	return (const uint64_t *)run->unit->page_queue.ring + slot * 4;
}

void page_request_test_nothing_queued(struct test_run *run, const char *label)
{
	struct page_request seen;

	compare(run, label, "requests in the queue:", page_queue_take(run->unit, &seen), 0);
}

/* ---- responses ---- */

static unsigned int count_new_responses(struct page_request_test *test)
{
	unsigned int count = test->endpoint->response_count - test->seen_responses;

	test->seen_responses = test->endpoint->response_count;
	return count;
}

void page_request_test_answered(struct test_run *run, const struct model_request *request,
				uint8_t code, const char *label)
{
	struct page_request_test *test = run->fixture;
	const struct model_page_response *response = &test->endpoint->response;
	unsigned int count = count_new_responses(test);

	compare(run, label, "responses", count, 1);
	if (count != 1)
		return;
	compare(run, label, "response to", response->sid, test->endpoint->sid);
	compare(run, label, "response code", response->code, code);
	compare(run, label, "PP of the response", response->has_pasid, request->has_pasid);
	if (request->has_pasid)
		compare(run, label, "PASID of the response", response->pasid, request->pasid);
	compare(run, label, "PRGI of the response", response->group, request->group);
}

void page_request_test_unanswered(struct test_run *run, const char *label)
{
	compare(run, label, "responses", count_new_responses(run->fixture), 0);
}

/* ---- registers ---- */

void page_request_test_status(struct test_run *run, bool pending, bool overflow, const char *label)
{
	uint32_t due = (uint32_t)(reg_put(PRS_PPR, pending) | reg_put(PRS_PRO, overflow));

	compare(run, label, "PRS", unit_read32(run->unit, REG_PRS), due);
}

void page_request_test_clear(struct test_run *run, bool pending, bool overflow)
{
	unit_write32(run->unit, REG_PRS,
		     (uint32_t)(reg_put(PRS_PPR, pending) | reg_put(PRS_PRO, overflow)));
}
