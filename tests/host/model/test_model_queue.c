/* SPDX-License-Identifier: MIT */
/*
 * Queued invalidation of the model: both widths, wrap, waits, device TLBs and their time-outs, and
 * what deferring hardware may do.
 */
#include <string.h>

#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

static uint32_t head(void)
{
	return (uint32_t)read64(&m, REG_IQH);
}

static bool has_error(void)
{
	return read32(&m, REG_FSTS) >> 4 & 1;
}

/* ---- running ---- */

static void runs_in_both_widths(void **state)
{
	(void)state;
	queue_start(&m, false);
	submit(&m, 1 | 1 << 4, 0);
	assert_int_equal(head(), 16);
	assert_true(wait_done(&m));
	assert_int_equal(head(), 32);
	command(&m, 26, false);
	assert_int_equal(head(), 0);
	assert_null(model_take_complaint(&m.unit));
	queue_start(&m, true);
	submit(&m, 1 | 1 << 4, 0);
	assert_int_equal(head(), 32);
	assert_true(wait_done(&m));
	assert_int_equal(m.unit.counts.descriptors, 4);
	assert_false(has_error());
}

static void wraps(void **state)
{
	(void)state;
	for (unsigned int wide = 0; wide < 2; wide++) {
		start(everything());
		queue_start(&m, wide);
		for (unsigned int i = 0; i < 300; i++)
			assert_true(wait_done(&m));
		assert_int_equal(m.unit.counts.descriptors, 300);
		assert_int_equal(head(), m.tail);
	}
}

/* A full queue at once, from a place in the middle. */
static void many_at_once(void **state)
{
	(void)state;
	queue_start(&m, true);
	for (unsigned int i = 0; i < 100; i++)
		assert_true(wait_done(&m));
	for (unsigned int i = 0; i < 126; i++)
		queue_put(&m, 1 | 1 << 4, 0, 0, 0);
	queue_kick(&m);
	assert_int_equal(m.unit.counts.descriptors, 226);
	assert_true(wait_done(&m));
}

static void larger_queue(void **state)
{
	uint64_t first, second;

	(void)state;
	first = page_new(&m);
	second = page_new(&m);
	for (unsigned int i = 0; i < 256; i++) {
		word_at(&m, first + i * 16)[0] = 1 | 1 << 4;
		word_at(&m, second + i * 16)[0] = 1 | 1 << 4;
	}
	write64(&m, REG_IQT, 0);
	write64(&m, REG_IQA, first | 1); /* two pages */
	assert_int_equal(read64(&m, REG_IQA), first | 1);
	command(&m, 26, true);
	write64(&m, REG_IQT, 511 * 16);
	assert_int_equal(m.unit.counts.descriptors, 511);
	write64(&m, REG_IQT, 16);
	assert_int_equal(m.unit.counts.descriptors, 513);
	assert_int_equal(head(), 16);
}

/* A tail set before the queue is enabled is taken up then; without QIE nothing runs. */
static void enable_takes_up(void **state)
{
	(void)state;
	m.queue = page_new(&m);
	*word_at(&m, m.queue) = 1 | 1 << 4;
	write64(&m, REG_IQA, m.queue);
	write64(&m, REG_IQT, 16);
	assert_int_equal(m.unit.counts.descriptors, 0);
	command(&m, 26, true);
	assert_int_equal(m.unit.counts.descriptors, 1);
	/* Disabling wants a wait at the end. */
	command(&m, 26, false);
	assert_non_null(strstr(model_take_complaint(&m.unit), "wait descriptor"));
	assert_int_equal(head(), 0);
}

static void complaints(void **state)
{
	(void)state;
	queue_start(&m, false);
	submit(&m, 15, 0); /* stops */
	write64(&m, REG_IQA, m.queue);
	assert_non_null(strstr(model_take_complaint(&m.unit), "IQA"));
	command(&m, 26, false);
	assert_non_null(strstr(model_take_complaint(&m.unit), "not empty"));
}

/* ---- waits ---- */

static void wait_by_interrupt(void **state)
{
	(void)state;
	write32(&m, REG_IEDATA, 0x77);
	write32(&m, REG_IEADDR, 0xFEE02000);
	write32(&m, REG_IECTL, 0);
	queue_start(&m, true);
	submit(&m, 5 | 1 << 4, 0);
	assert_int_equal(read32(&m, REG_ICS), 1);
	assert_int_equal(m.message_count, 1);
	assert_int_equal(m.messages[0].address, 0xFEE02000);
	assert_int_equal(m.messages[0].data, 0x77);
	submit(&m, 5 | 1 << 4, 0); /* IWC still set: no new event */
	assert_int_equal(m.message_count, 1);
	write32(&m, REG_ICS, 1);
	assert_int_equal(read32(&m, REG_ICS), 0);
	submit(&m, 5 | 1 << 4, 0);
	assert_int_equal(m.message_count, 2);
	/* Masked: pending, and served before it went out. */
	write32(&m, REG_ICS, 1);
	write32(&m, REG_IECTL, 1u << 31);
	submit(&m, 5 | 1 << 4, 0);
	assert_int_equal(read32(&m, REG_IECTL), UINT32_C(3) << 30);
	write32(&m, REG_ICS, 0); /* clears nothing */
	assert_int_equal(read32(&m, REG_IECTL), UINT32_C(3) << 30);
	write32(&m, REG_ICS, 1);
	assert_int_equal(read32(&m, REG_IECTL), 1u << 31);
	/* Masked, then unmasked. */
	submit(&m, 5 | 1 << 4, 0);
	write32(&m, REG_IECTL, 0);
	assert_int_equal(m.message_count, 3);
}

static void wait_kinds(void **state)
{
	(void)state;
	queue_start(&m, true);
	*word_at(&m, m.wait) = 0x1111111122222222;
	submit(&m, 5 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | UINT64_C(0x33333333) << 32, m.wait | 4);
	assert_int_equal(*word_at(&m, m.wait), 0x3333333322222222);
	assert_int_equal(read32(&m, REG_ICS), 1);
	submit(&m, 5 | 1 << 6, 0); /* a fence alone */
	assert_false(has_error());
	/* Bits of the address above HAW are ignored. */
	submit(&m, 5 | 1 << 5 | UINT64_C(0x44444444) << 32, m.wait | B(60));
	assert_int_equal(*word_at(&m, m.wait), 0x3333333344444444);
	assert_null(model_take_complaint(&m.unit));
	submit(&m, 5 | 1 << 5, 0x70000000);
	assert_non_null(strstr(model_take_complaint(&m.unit), "not memory"));
	assert_false(has_error());
}

/* ---- device TLBs ---- */

static void device_tlb_requests(void **state)
{
	(void)state;
	set_root(&m, 0, TTM_SCALABLE);
	queue_start(&m, true);
	submit(&m, 3 | UINT64_C(0x1234) << 32, B(63) | 0x5000 | 1);
	assert_int_equal(m.devtlb[0].sid, 0x1234);
	assert_false(m.devtlb[0].has_pasid);
	assert_true(m.devtlb[0].size);
	assert_int_equal(m.devtlb[0].address, B(63) | 0x5000);
	submit(&m, 8 | UINT64_C(0x4321) << 16 | UINT64_C(0xABCDE) << 32, 0x6000 | 1 << 11 | 1);
	assert_int_equal(m.devtlb[1].sid, 0x4321);
	assert_int_equal(m.devtlb[1].pasid, 0xABCDE);
	assert_true(m.devtlb[1].has_pasid && m.devtlb[1].size && m.devtlb[1].global);
	assert_int_equal(m.devtlb[1].address, 0x6000);
	/* Nobody attached: done at once. */
	m.unit.host.devtlb = NULL;
	m.unit.host.page_response = NULL;
	submit(&m, 3, 0);
	submit(&m, 9, 0);
	assert_true(wait_done(&m));
}

/* A device that answers an invalidation by writing registers does not confuse the queue. */
static void page_responses(void **state)
{
	(void)state;
	set_root(&m, 0, TTM_SCALABLE);
	queue_start(&m, true);
	submit(&m, 9 | 1 << 4 | 15 << 12 | UINT64_C(0x4321) << 16 | UINT64_C(0xABCDE) << 32,
	       0x1A5 << 3 | 4);
	assert_int_equal(m.response_count, 1);
	assert_int_equal(m.responses[0].sid, 0x4321);
	assert_true(m.responses[0].has_pasid && m.responses[0].by_software);
	assert_int_equal(m.responses[0].pasid, 0xABCDE);
	assert_int_equal(m.responses[0].group, 0x1A5);
	assert_int_equal(m.responses[0].code, 15);
	submit(&m, 9, 0);
	assert_false(m.responses[1].has_pasid);
	assert_int_equal(m.responses[1].code, 0);
}

static enum model_devtlb_answer eager_device(void *context, const struct model_devtlb_request *r)
{
	struct machine *machine = context;

	(void)r;
	write32(machine, REG_FSTS, 1 << 4);
	write64(machine, REG_IQT, machine->tail);
	return MODEL_DEVTLB_DONE;
}

static void queue_is_not_reentered(void **state)
{
	(void)state;
	queue_start(&m, true);
	m.unit.host.devtlb = eager_device;
	queue_put(&m, 3, 0, 0, 0);
	queue_put(&m, 3, 0, 0, 0);
	assert_true(wait_done(&m));
	assert_int_equal(m.unit.counts.descriptors, 3);
}

static void device_tlb_timeout(void **state)
{
	(void)state;
	queue_start(&m, true);
	m.devtlb_answer = MODEL_DEVTLB_TIMEOUT;
	queue_put(&m, 3 | UINT64_C(0x1234) << 32, 0, 0, 0);
	queue_put(&m, 3 | UINT64_C(0x5678) << 32, 0, 0, 0);
	assert_false(wait_done(&m)); /* aborted, not completed */
	assert_int_equal(read32(&m, REG_FSTS), 1 << 6);
	assert_int_equal(read64(&m, REG_IQERCD), UINT64_C(0x1234) << 32);
	m.devtlb_answer = MODEL_DEVTLB_DONE;
	assert_false(wait_done(&m)); /* nothing is fetched while ITE is set */
	write32(&m, REG_FSTS, 1 << 6);
	assert_int_equal(head(), m.tail);
	assert_true(wait_done(&m));
	/* Noticed without anybody waiting. */
	m.devtlb_answer = MODEL_DEVTLB_TIMEOUT;
	submit(&m, 3 | UINT64_C(0x1111) << 32, 0);
	assert_int_equal(read32(&m, REG_FSTS), 1 << 6);
}

static void bad_completion(void **state)
{
	struct model_config config = everything();

	(void)state;
	queue_start(&m, true);
	m.devtlb_answer = MODEL_DEVTLB_BAD_COMPLETION;
	queue_put(&m, 3 | UINT64_C(0x1234) << 32, 0, 0, 0);
	assert_true(wait_done(&m)); /* the queue goes on */
	assert_int_equal(read32(&m, REG_FSTS), 1 << 5);
	assert_int_equal(read64(&m, REG_IQERCD), UINT64_C(0x1234) << 48);
	model_stray_completion(&m.unit, 0x9999); /* the first one stays on record */
	assert_int_equal(read64(&m, REG_IQERCD), UINT64_C(0x1234) << 48);
	write32(&m, REG_FSTS, 1 << 5);
	assert_int_equal(read32(&m, REG_FSTS), 0);
	config.ecap &= ~B(2);
	start(config);
	model_stray_completion(&m.unit, 1);
	assert_int_equal(read32(&m, REG_FSTS), 0);
}

/* ---- deferring hardware ---- */

static void deferred(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	config.defers_invalidations = true;
	start(config);
	legacy_scene(&m, 4);
	queue_start(&m, true);
	assert_true(can(&m, &r, m.page));
	*word_at(&m, m.entries[1]) = 0x900003;
	submit(&m, 2 | 1 << 4, 0);
	assert_true(can(&m, &r, m.page)); /* fetched, but who says it is done? */
	assert_true(wait_done(&m));
	assert_true(can(&m, &r, 0x900000));
	/* More than it holds back; and a device TLB descriptor needs what is ahead of it. */
	for (unsigned int i = 0; i < 100; i++)
		submit(&m, 1 | 1 << 4, 0);
	*word_at(&m, m.entries[1]) = 0xA00003;
	submit(&m, 2 | 1 << 4, 0);
	assert_true(can(&m, &r, 0x900000));
	submit(&m, 3, 0);
	assert_true(can(&m, &r, 0xA00000));
}

/* After the wait there is nothing left to be done. */
static void wait_means_done(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	legacy_scene(&m, 4);
	queue_start(&m, true);
	assert_true(can(&m, &r, m.page));
	*word_at(&m, m.entries[1]) = 0x900003;
	queue_put(&m, 2 | 1 << 4, 0, 0, 0);
	assert_true(wait_done(&m));
	assert_true(can(&m, &r, 0x900000));
}

int run_queue(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(runs_in_both_widths, setup),
		cmocka_unit_test_setup(wraps, setup),
		cmocka_unit_test_setup(many_at_once, setup),
		cmocka_unit_test_setup(larger_queue, setup),
		cmocka_unit_test_setup(enable_takes_up, setup),
		cmocka_unit_test_setup(complaints, setup),
		cmocka_unit_test_setup(wait_by_interrupt, setup),
		cmocka_unit_test_setup(wait_kinds, setup),
		cmocka_unit_test_setup(device_tlb_requests, setup),
		cmocka_unit_test_setup(page_responses, setup),
		cmocka_unit_test_setup(queue_is_not_reentered, setup),
		cmocka_unit_test_setup(device_tlb_timeout, setup),
		cmocka_unit_test_setup(bad_completion, setup),
		cmocka_unit_test_setup(deferred, setup),
		cmocka_unit_test_setup(wait_means_done, setup),
	};

	return cmocka_run_group_tests_name("model queue", tests, NULL, NULL);
}
