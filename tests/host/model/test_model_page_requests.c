/* SPDX-License-Identifier: MIT */
/*
 * Page requests: the queue, its event, overflow, faults, implicit invalidation.
 */
#include <string.h>

#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

/* ---- page requests ---- */

static struct model_request page_request(void)
{
	return (struct model_request){ .type = MODEL_PAGE_REQUEST,
				       .sid = SID,
				       .address = IOVA + 0x123,
				       .wants_write = true,
				       .last_in_group = true,
				       .group = 0x1A5 };
}

static void page_scene(void)
{
	scalable_scene(&m, 4);
	m.queue = page_new(&m); /* of page requests here */
	write64(&m, REG_PQH, 0);
	write64(&m, REG_PQT, 0);
	write64(&m, REG_PQA, m.queue);
	write32(&m, REG_PEDATA, 0x99);
	write32(&m, REG_PEADDR, 0xFEE04000);
	write32(&m, REG_PEUADDR, 2);
	write32(&m, REG_PECTL, 0);
}

static void page_request_queued(void **state)
{
	struct model_request r = page_request();
	struct model_answer answer;
	uint64_t *q;

	(void)state;
	page_scene();
	assert_true(model_translate(&m.unit, &r, &answer));
	assert_int_equal(answer.completion, MODEL_QUEUED);
	q = word_at(&m, m.queue);
	assert_int_equal(q[0], 1 | (uint64_t)SID << 16);
	assert_int_equal(q[1], 2 | 4 | 0x1A5 << 3 | IOVA);
	assert_int_equal(read64(&m, REG_PQT), 32);
	assert_int_equal(read32(&m, REG_PRS), 1);
	assert_int_equal(m.message_count, 1);
	assert_int_equal(m.messages[0].address, 0x2FEE04000);
	assert_int_equal(m.messages[0].data, 0x99);
	/* With PASID; PPR still set: no second event. */
	copy_pasid(&m, 9);
	r = (struct model_request){ .type = MODEL_PAGE_REQUEST,
				    .sid = SID,
				    .has_pasid = true,
				    .pasid = 9,
				    .privileged = true,
				    .execute = true,
				    .address = IOVA,
				    .wants_read = true };
	assert_true(model_translate(&m.unit, &r, &answer));
	assert_int_equal(q[4], 1 | B(8) | (uint64_t)SID << 16 | UINT64_C(9) << 32 | B(52) | B(53));
	assert_int_equal(q[5], 1 | IOVA);
	assert_int_equal(m.message_count, 1);
	write32(&m, REG_PRS, 1);
	assert_int_equal(read32(&m, REG_PRS), 0);
	assert_true(model_translate(&m.unit, &r, &answer));
	assert_int_equal(m.message_count, 2);
	assert_int_equal(m.response_count, 0);
	assert_false(has_fault(&m, 0));
}

/* A directory with an entry for that PASID, which is a copy of the one for PASID 0. */
static uint64_t page_of_directory(uint32_t pasid)
{
	const uint64_t directory = 0x60000000;
	const uint64_t entry = directory + pasid / 64 * 8;
	const uint64_t table = page_new(&m);

	page_add(&m, entry & POINTER);
	*word_at(&m, entry) = table | 1;
	for (unsigned int i = 0; i < 8; i++)
		word_at(&m, table)[pasid % 64 * 8 + i] = word_at(&m, m.pasid_table)[i];
	return directory;
}

/* What goes beyond 8, 16 and 32 bits, and a queue that does. */
static void page_request_wide(void **state)
{
	const uint64_t high = B(40);
	struct model_request r = page_request();
	struct model_answer answer;
	uint64_t directory, *q, *q0;

	(void)state;
	page_scene();
	page_add(&m, high);
	page_add(&m, high + 0x1000);
	q = word_at(&m, high);
	write64(&m, REG_PQA, high | 1);
	copy_context(&m, SID_UPPER);
	write32(&m, REG_PEDATA, 0xC399);
	r.sid = SID_UPPER;
	r.address = B(63) | B(33);
	r.has_pasid = true;
	r.pasid = 0x12345;
	directory = page_of_directory(0x12345);
	q0 = word_at(&m, context_of(&m, SID_UPPER));
	*q0 = (*q0 & ~POINTER) | directory | 7 << 9; /* PDTS */
	for (unsigned int i = 0; i < 200; i++)
		model_translate(&m.unit, &r, &answer);
	assert_int_equal(answer.completion, MODEL_QUEUED);
	assert_int_equal(q[0], 1 | B(8) | (uint64_t)SID_UPPER << 16 | UINT64_C(0x12345) << 32);
	assert_int_equal(q[1], 2 | 4 | 0x1A5 << 3 | B(63) | B(33));
	assert_int_equal(read64(&m, REG_PQT), 200 * 32);
	assert_int_equal(m.messages[0].data, 0xC399);
	/* Whatever the unit answers by itself names the PASID, too. */
	write64(&m, REG_PQH, 201 * 32);
	model_translate(&m.unit, &r, &answer);
	assert_true(m.responses[0].has_pasid);
	assert_int_equal(m.responses[0].pasid, 0x12345);
	assert_int_equal(read32(&m, REG_PRS), 3);
	write32(&m, REG_PRS, 1);
	assert_int_equal(read32(&m, REG_PRS), 2);
}

static uint64_t seen_by_message;

static void look_at_queue(void *context, uint64_t address, uint32_t data)
{
	(void)context;
	(void)address;
	(void)data;
	seen_by_message = *word_at(&m, m.queue);
}

static void page_request_before_event(void **state)
{
	struct model_request r = page_request();
	struct model_answer answer;

	(void)state;
	page_scene();
	m.unit.host.message = look_at_queue;
	seen_by_message = 0;
	assert_true(model_translate(&m.unit, &r, &answer));
	assert_int_equal(seen_by_message & 0xFF, 1);
}

/* A unit that takes its time: until software looks, until PD demands it, or until no more can wait. */
static void page_request_lazy(void **state)
{
	struct model_config config = everything();
	struct model_request r = page_request();
	struct model_answer answer;

	(void)state;
	config.defers_invalidations = true;
	start(config);
	page_scene();
	assert_true(model_translate(&m.unit, &r, &answer));
	assert_int_equal(answer.completion, MODEL_RECEIVED);
	assert_int_equal(*word_at(&m, m.queue), 0);
	assert_int_equal(read64(&m, REG_PQT), 32);
	assert_int_equal(*word_at(&m, m.queue) & 0xFF, 1);
	for (unsigned int i = 0; i < MODEL_PAGES_WAITING; i++)
		assert_true(model_translate(&m.unit, &r, &answer));
	assert_int_equal(*word_at(&m, m.queue + 32), 0);
	assert_true(model_translate(&m.unit, &r, &answer));
	assert_int_equal(*word_at(&m, m.queue + 32 * MODEL_PAGES_WAITING) & 0xFF, 1);
	assert_int_equal(*word_at(&m, m.queue + 32 + 32 * MODEL_PAGES_WAITING), 0);
	assert_int_equal(read32(&m, REG_PRS), 1);
	assert_int_equal(*word_at(&m, m.queue + 32 + 32 * MODEL_PAGES_WAITING) & 0xFF, 1);
}

/* What waits when a unit is reset is gone, and not delivered to whom sets it up next. */
static void page_request_waits_over_reset(void **state)
{
	struct model_config config = everything();
	struct model_request r = page_request();
	struct model_answer answer;

	(void)state;
	config.defers_invalidations = true;
	start(config);
	page_scene();
	assert_true(model_translate(&m.unit, &r, &answer));
	assert_int_equal(answer.completion, MODEL_RECEIVED);
	model_reset(&m.unit);
	page_scene();
	assert_int_equal(read64(&m, REG_PQT), 0);
	assert_int_equal(*word_at(&m, m.queue), 0);
}

/* Masked: pending until served or unmasked. */
static void page_request_event_masked(void **state)
{
	struct model_request r = page_request();
	struct model_answer answer;

	(void)state;
	page_scene();
	write32(&m, REG_PECTL, 1u << 31);
	model_translate(&m.unit, &r, &answer);
	assert_int_equal(read32(&m, REG_PECTL), UINT32_C(3) << 30);
	write32(&m, REG_PRS, 1);
	assert_int_equal(read32(&m, REG_PECTL), 1u << 31);
	model_translate(&m.unit, &r, &answer);
	write32(&m, REG_PECTL, 0);
	assert_int_equal(m.message_count, 1);
}

static void page_request_overflow(void **state)
{
	struct model_request r = page_request();
	struct model_answer answer;

	(void)state;
	page_scene();
	for (unsigned int i = 0; i < 127; i++)
		assert_true(model_translate(&m.unit, &r, &answer));
	assert_false(model_translate(&m.unit, &r, &answer)); /* full: tail one behind head */
	assert_int_equal(answer.completion, MODEL_ANSWERED);
	assert_int_equal(m.response_count, 1);
	assert_int_equal(m.responses[0].code, 0);
	assert_int_equal(m.responses[0].group, 0x1A5);
	assert_false(m.responses[0].by_software);
	assert_int_equal(read32(&m, REG_PRS), 3);
	/* While PRO is set: the same, whatever room there is; no response in mid-group. */
	write64(&m, REG_PQH, 64);
	assert_false(model_translate(&m.unit, &r, &answer));
	assert_int_equal(m.response_count, 2);
	r.last_in_group = false;
	assert_false(model_translate(&m.unit, &r, &answer));
	assert_int_equal(answer.completion, MODEL_DROPPED);
	assert_int_equal(m.response_count, 2);
	write32(&m, REG_PRS, 2);
	assert_true(model_translate(&m.unit, &r, &answer));
	assert_int_equal(read64(&m, REG_PQT), 0); /* wrapped */
	m.unit.host.page_response = NULL;
	write64(&m, REG_PQH, 32);
	r.last_in_group = true;
	assert_false(model_translate(&m.unit, &r, &answer));
}

static void page_request_queue_unreachable(void **state)
{
	struct model_request r = page_request();
	struct model_answer answer;

	(void)state;
	page_scene();
	write64(&m, REG_PQA, 0x70000000);
	model_translate(&m.unit, &r, &answer);
	assert_non_null(strstr(model_take_complaint(&m.unit), "page request queue"));
}

struct page_fault_case {
	uint8_t reason;
	enum { ROOT, CONTEXT, CONTEXT_1, DIRECTORY, ENTRY, MODE } place;
	uint64_t clear, set;
	uint32_t pasid; /* 0: none */
};

static const struct page_fault_case page_fault_cases[] = {
	{ 0x30, MODE, 3 << 10, 2 << 10, 0 },
	{ 0x32, MODE, 3 << 10, 0, 0 },
	{ 0x32, MODE, 3 << 10, B(7), 9 },
	{ 0x33, MODE, 0, 3 << 10, 0 },
	{ 0x38, MODE, POINTER, NOWHERE, 0 },
	{ 0x39, ROOT, 1, 0, 0 },
	{ 0x3A, ROOT, 0, 4, 0 },
	{ 0x40, ROOT, POINTER, NOWHERE, 0 },
	{ 0x41, CONTEXT, 1, 0, 0 },
	{ 0x42, CONTEXT, 0, B(7), 0 },
	{ 0x43, CONTEXT, B(2), 0, 0 },	  /* PRE without DTE */
	{ 0x43, CONTEXT, B(3), B(6), 9 }, /* EPTR without PASIDE */
	{ 0x45, CONTEXT, B(3), 0, 9 },
	{ 0x46, CONTEXT, 0, 0, 8192 },
	{ 0x47, CONTEXT, B(4), 0, 0 },
	{ 0x48, CONTEXT_1, 0, 9, 9 },
	{ 0x50, CONTEXT, POINTER, NOWHERE, 0 },
	{ 0x51, DIRECTORY, 1, 0, 0 },
	{ 0x52, DIRECTORY, 0, B(2), 0 },
	{ 0x58, DIRECTORY, POINTER, NOWHERE, 0 },
	{ 0x59, ENTRY, 1, 0, 0 },
	{ 0x5A, ENTRY, 0, B(5), 0 },
	{ 0x5B, ENTRY, 7 << 6, 0, 0 },
};

static void page_fault_scene(const struct page_fault_case *c)
{
	static const uint64_t offsets[] = { 0, 0, 8, 0, 0 };
	uint64_t places[] = { 0, 0, 0, 0, 0 };
	uint64_t *word;

	page_scene();
	copy_pasid(&m, 9);
	if (c->place == MODE) {
		write64(&m, REG_RTADDR, (read64(&m, REG_RTADDR) & ~c->clear) | c->set);
		command(&m, 30, true);
		return;
	}
	places[0] = m.root;
	places[1] = places[2] = m.context;
	places[3] = m.directory;
	places[4] = m.pasid_table;
	word = word_at(&m, places[c->place] + offsets[c->place]);
	*word = (*word & ~c->clear) | c->set;
}

/* Recorded as non-recoverable; answered "invalid request" if a response is due. */
static void page_request_faults(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(page_fault_cases) / sizeof(page_fault_cases[0]); i++) {
		const struct page_fault_case *c = &page_fault_cases[i];
		struct model_request r = page_request();
		struct model_answer answer;
		uint64_t expected = B(63) | B(28) | (uint64_t)c->reason << 32 | SID;

		start(everything());
		page_fault_scene(c);
		r.has_pasid = c->pasid != 0;
		r.pasid = c->pasid;
		if (r.has_pasid)
			expected |= B(31) | (uint64_t)c->pasid << 40;
		assert_false(model_translate(&m.unit, &r, &answer));
		if (answer.reason != c->reason)
			fail_msg("case %u: reason %02x", i, answer.reason);
		assert_int_equal(answer.completion, MODEL_ANSWERED);
		assert_int_equal(m.responses[0].code, 1);
		assert_int_equal(fault_high(&m, 0), expected);
		assert_int_equal(fault_low(&m, 0), IOVA);
		assert_int_equal(read64(&m, REG_PQT), 0);
		r.last_in_group = false;
		assert_false(model_translate(&m.unit, &r, &answer));
		assert_int_equal(answer.completion, MODEL_DROPPED);
		assert_int_equal(m.response_count, 1);
	}
}

static void page_request_fpd(void **state)
{
	struct model_request r = page_request();
	struct model_answer answer;

	(void)state;
	page_scene();
	*word_at(&m, m.context) |= 2;
	*word_at(&m, m.pasid_table) &= ~B(0);
	assert_false(model_translate(&m.unit, &r, &answer));
	assert_false(has_fault(&m, 0));
	assert_int_equal(m.responses[0].code, 1);
}

/* "Implicit Invalidation on Page Request": of the page that was asked for. */
static void page_request_invalidates(void **state)
{
	struct model_request page = page_request();
	struct model_request r = request(MODEL_READ, IOVA);
	struct model_answer answer;
	uint64_t next;

	(void)state;
	for (unsigned int through = 0; through < 2; through++) {
		start(everything());
		page_scene();
		next = page_new(&m);
		map(&m, m.top, 4, IOVA + 0x1000, next, 1, 3);
		map(&m, m.top, 4, IOVA, m.page, 1, 3);
		if (through)
			*word_at(&m, m.pasid_table) = 4 << 6 | 1;
		assert_true(model_translate(&m.unit, &r, &answer));
		r.address = IOVA + 0x1000;
		assert_true(model_translate(&m.unit, &r, &answer));
		assert_true(model_translate(&m.unit, &page, &answer));
		assert_true(model_translate(&m.unit, &r, &answer));
		assert_true(answer.from_iotlb);
		r.address = IOVA;
		assert_true(model_translate(&m.unit, &r, &answer));
		assert_false(answer.from_iotlb);
	}
}

static void page_request_unsupported(void **state)
{
	struct model_config config = everything();
	struct model_request r = page_request();
	struct model_answer answer;

	(void)state;
	config.ecap &= ~B(29);
	start(config);
	scalable_scene(&m, 4);
	assert_false(model_translate(&m.unit, &r, &answer));
	assert_int_equal(answer.completion, MODEL_UNSUPPORTED);
	assert_false(has_fault(&m, 0));
}

int run_page_requests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(page_request_queued, setup),
		cmocka_unit_test_setup(page_request_wide, setup),
		cmocka_unit_test_setup(page_request_before_event, setup),
		cmocka_unit_test_setup(page_request_lazy, setup),
		cmocka_unit_test_setup(page_request_waits_over_reset, setup),
		cmocka_unit_test_setup(page_request_event_masked, setup),
		cmocka_unit_test_setup(page_request_overflow, setup),
		cmocka_unit_test_setup(page_request_queue_unreachable, setup),
		cmocka_unit_test_setup(page_request_faults, setup),
		cmocka_unit_test_setup(page_request_fpd, setup),
		cmocka_unit_test_setup(page_request_invalidates, setup),
		cmocka_unit_test_setup(page_request_unsupported, setup),
	};

	return cmocka_run_group_tests_name("model page requests", tests, NULL, NULL);
}
