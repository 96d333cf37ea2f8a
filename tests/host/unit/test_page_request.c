/* SPDX-License-Identifier: MIT */
/*
 * The driver's side of the page request queue: registers as they are set up, each field read from its
 * place, the ring that goes round, and the descriptors that answer and drain.
 */
#include "tests/host/check.h"

#include <stdio.h>
#include <string.h>

#include "arch/page.h"
#include "iommu/unit/invalidate.h"
#include "iommu/unit/trace.h"
#include "iommu/unit/unit.h"
#include "tests/host/memory.h"

enum { MEMORY_PAGES = 64, LAST = 127 };

static struct unit unit;
static uint64_t pqh, pqt, pqa;
static uint32_t prs;
static char calls[300];

void trace(const char *format, ...)
{
	(void)format;
}

static enum status note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static enum status note(const char *format, ...)
{
	size_t used = strlen(calls);
	va_list args;

	va_start(args, format);
	vsnprintf(calls + used, sizeof(calls) - used, format, args);
	va_end(args);
	return STATUS_OK;
}

enum status unit_fail(struct unit *failed, enum status status, const char *format, ...)
{
	(void)failed;
	(void)format;
	return status;
}

uint64_t unit_read64(struct unit *on, uint32_t offset)
{
	(void)on;
	assert_int_equal(offset, REG_PQT);
	return pqt;
}

uint32_t unit_read32(struct unit *on, uint32_t offset)
{
	(void)on;
	assert_int_equal(offset, REG_PRS);
	return prs;
}

void unit_write64(struct unit *on, uint32_t offset, uint64_t value)
{
	(void)on;
	if (offset == REG_PQH)
		pqh = value;
	else if (offset == REG_PQT)
		pqt = value;
	else if (offset == REG_PQA)
		pqa = value;
	else
		fail();
}

void queue_submit(struct unit *on, const struct descriptor *descriptors, unsigned int count)
{
	(void)on;
	for (unsigned int i = 0; i < count; i++)
		note("put %llx, ", (unsigned long long)descriptors[i].q[0]);
}

enum status queue_run(struct unit *on, struct descriptor d)
{
	(void)on;
	return note("run %llx, ", (unsigned long long)d.q[0]);
}

enum status queue_run_and_drain(struct unit *on, struct descriptor d)
{
	(void)on;
	return note("drain %llx %llx", (unsigned long long)d.q[0], (unsigned long long)d.q[1]);
}

enum status invalidate_whole_iotlb(struct unit *on)
{
	(void)on;
	return note("iotlb, ");
}

static int set_up(void **state)
{
	(void)state;
	return host_memory_open(MEMORY_PAGES);
}

static int open_queue(void **state)
{
	(void)state;
	unit = (struct unit){ .caps.ecap = reg_put(ECAP_PRS, 1) | reg_put(ECAP_PDS, 1) };
	pqh = pqt = pqa = UINT64_MAX;
	prs = 0;
	calls[0] = 0;
	return page_queue_enable(&unit, 0) == STATUS_OK ? 0 : -1;
}

static int close_queue(void **state)
{
	(void)state;
	page_queue_disable(&unit);
	return page_in_use_count() == 0 ? 0 : -1;
}

/* The unit's part: a descriptor at the tail. */
static void arrive(uint64_t q0, uint64_t q1)
{
	uint64_t *q = (uint64_t *)(void *)(unit.page_queue.ring + pqt);

	q[0] = q0;
	q[1] = q1;
	pqt = (pqt + 32) % 4096;
}

static void test_registers(void **state)
{
	(void)state;
	assert_int_equal(pqh, 0);
	assert_int_equal(pqt, 0);
	assert_int_equal(pqa, (uint64_t)(uintptr_t)unit.page_queue.ring);
	assert_int_equal(page_queue_capacity(&unit.page_queue), LAST);
	page_queue_disable(&unit);
	assert_int_equal(pqa, 0);
	assert_int_equal(page_queue_enable(&unit, 3), STATUS_OK);
	assert_int_equal(pqa & 0xfff, 3);
	assert_int_equal(page_queue_capacity(&unit.page_queue), 8 * 128 - 1);
	page_queue_disable(&unit);
	unit.caps.ecap = 0;
	assert_int_equal(page_queue_enable(&unit, 0), STATUS_UNSUPPORTED);
	assert_false(unit.page_queue.on);
}

static void test_fields(void **state)
{
	static const struct {
		uint64_t q[2];
		struct page_request request;
	} cases[] = {
		{ { 0xff, 0 }, { .type = 0xff } },
		{ { 1 << 8, 0 }, { .has_pasid = true } },
		{ { UINT64_C(0xffff) << 16, 0 }, { .rid = 0xffff } },
		{ { UINT64_C(0xfffff) << 32, 0 }, { .pasid = 0xfffff } },
		{ { UINT64_C(1) << 52, 0 }, { .execute = true } },
		{ { UINT64_C(1) << 53, 0 }, { .privileged = true } },
		{ { 0, 1 }, { .read = true } },
		{ { 0, 2 }, { .write = true } },
		{ { 0, 4 }, { .is_last = true } },
		{ { 0, 0x1ff << 3 }, { .group = 0x1ff } },
		{ { 0, ~UINT64_C(0xfff) }, { .address = ~UINT64_C(0xfff) } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct page_request *due = &cases[i].request;
		struct page_request seen;

		arrive(cases[i].q[0], cases[i].q[1]);
		assert_true(page_queue_take(&unit, &seen));
		assert_int_equal(seen.type, due->type);
		assert_int_equal(seen.rid, due->rid);
		assert_int_equal(seen.has_pasid, due->has_pasid);
		assert_int_equal(seen.pasid, due->pasid);
		assert_int_equal(seen.execute, due->execute);
		assert_int_equal(seen.privileged, due->privileged);
		assert_int_equal(seen.read, due->read);
		assert_int_equal(seen.write, due->write);
		assert_int_equal(seen.is_last, due->is_last);
		assert_int_equal(seen.group, due->group);
		assert_int_equal(seen.address, due->address);
		assert_int_equal(pqh, pqt);
	}
	assert_false(page_queue_take(&unit, &(struct page_request){ 0 }));
}

static void test_round(void **state)
{
	struct page_request seen;

	(void)state;
	for (unsigned int i = 0; i < 3 * 128; i++) {
		arrive(1, (uint64_t)i << 12);
		assert_true(page_queue_take(&unit, &seen));
		assert_int_equal(seen.address, (uint64_t)i << 12);
		assert_false(page_queue_take(&unit, &seen));
	}
	for (unsigned int i = 0; i < LAST; i++)
		arrive(1, (uint64_t)i << 12);
	assert_true(page_queue_take(&unit, &seen));
	page_queue_discard(&unit);
	assert_int_equal(pqh, pqt);
	assert_false(page_queue_take(&unit, &seen));
}

static void test_response(void **state)
{
	struct descriptor d = descriptor_page_response(
		(struct page_response){ .rid = 0x1234, .group = 0x1ff, .code = RESPONSE_FAILURE });

	(void)state;
	assert_int_equal(d.q[0], 9 | 15 << 12 | UINT64_C(0x1234) << 16);
	assert_int_equal(d.q[1], 0x1ff << 3);
	d = descriptor_page_response((struct page_response){ .has_pasid = true, .pasid = 0xabcde });
	assert_int_equal(d.q[0], 9 | 1 << 4 | UINT64_C(0xabcde) << 32);
	assert_int_equal(d.q[1] | d.q[2] | d.q[3], 0);
}

static void test_drain(void **state)
{
	(void)state;
	assert_int_equal(page_queue_drain(&unit, 0x1234), STATUS_OK);
	assert_string_equal(calls, "put 45, iotlb, drain 123400000003 7ffffffffffff001");
	prs = 2;
	assert_int_equal(page_queue_drain(&unit, 0x1234), STATUS_REFUSED);
	unit.caps.ecap = reg_put(ECAP_PRS, 1);
	assert_int_equal(page_queue_drain(&unit, 0x1234), STATUS_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_registers, open_queue, close_queue),
		cmocka_unit_test_setup_teardown(test_fields, open_queue, close_queue),
		cmocka_unit_test_setup_teardown(test_round, open_queue, close_queue),
		cmocka_unit_test(test_response),
		cmocka_unit_test_setup_teardown(test_drain, open_queue, close_queue),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
