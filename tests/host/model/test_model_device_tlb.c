/* SPDX-License-Identifier: MIT */
/*
 * Translation requests and translated requests, the interrupt range, accessed and dirty flags.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

static struct model_answer ask(const struct model_request *r)
{
	struct model_answer answer;

	model_translate(&m.unit, r, &answer);
	return answer;
}

/* ---- device TLB ---- */

static void translation_requests(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA + 0x123);
	struct model_answer answer;

	(void)state;
	for (unsigned int scalable = 0; scalable < 2; scalable++) {
		start(everything());
		if (scalable)
			scalable_scene(&m, 4);
		else
			legacy_scene(&m, 4);
		if (!scalable)
			*word_at(&m, m.context) |= 1 << 2;
		r.type = MODEL_TRANSLATION;
		r.no_write = false;
		answer = ask(&r);
		assert_true(answer.ok && answer.read && answer.write && !answer.snooped);
		assert_int_equal(answer.phys, m.page);
		assert_int_equal(answer.page_shift, 12);
		assert_false(answer.from_iotlb);
		answer = ask(&r);
		assert_true(answer.from_iotlb);
		r.no_write = true; /* NWFS = 1: honoured */
		answer = ask(&r);
		assert_true(answer.ok && answer.read && !answer.write);
		/* A large snooped page. */
		map(&m, m.top, 4, UINT64_C(1) << 33, 0x40000000, 3, 1 | 1 << 11);
		r.address = (UINT64_C(1) << 33) + 0x7654321;
		answer = ask(&r);
		assert_true(answer.ok && answer.read && !answer.write && answer.snooped);
		assert_int_equal(answer.phys, 0x40000000);
		assert_int_equal(answer.page_shift, 30);
		/* Nothing mapped: success without permissions, and no fault. */
		r.address = IOVA + 0x5000;
		answer = ask(&r);
		assert_true(answer.ok && !answer.read && !answer.write);
		assert_int_equal(answer.completion, MODEL_SUCCESS);
		assert_false(has_fault(&m, 0));
		/* Special conditions S.1 and S.2. */
		r.address = 0xFEE00000;
		r.no_write = false;
		answer = ask(&r);
		assert_true(answer.ok && !answer.read && answer.write && answer.untranslated_only);
		r.no_write = true;
		answer = ask(&r);
		assert_true(answer.ok && !answer.read && !answer.write &&
			    !answer.untranslated_only);
		r.address = IOVA + 0x123;
		clear_faults(&m);
	}
}

/* PRIV repeats what was asked for, granted or not; EXE and G are never set. */
static void translation_attributes(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);
	struct model_answer answer;

	(void)state;
	scalable_scene(&m, 4);
	copy_pasid(&m, 9);
	r.type = MODEL_TRANSLATION;
	r.has_pasid = true;
	r.pasid = 9;
	answer = ask(&r);
	assert_true(answer.ok && answer.read && !answer.privileged);
	assert_false(answer.execute || answer.global);
	r.privileged = true; /* SRE = 0 */
	answer = ask(&r);
	assert_true(answer.ok && !answer.read && !answer.write && answer.privileged);
}

static void translation_of_pass_through(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, 0x123456789);
	struct model_answer answer;

	(void)state;
	r.type = MODEL_TRANSLATION;
	for (unsigned int sizes = 0; sizes <= 3; sizes++) {
		static const uint8_t shift[] = { 12, 21, 0, 30 };

		if (sizes == 2)
			continue;
		config.cap = (config.cap & ~(UINT64_C(0xF) << 34)) | (uint64_t)sizes << 34;
		start(config);
		scalable_scene(&m, 4);
		*word_at(&m, m.pasid_table) = 4 << 6 | 1;
		word_at(&m, m.pasid_table)[1] |= 1 << 24; /* PGSNP */
		answer = ask(&r);
		assert_true(answer.ok && answer.read && answer.write && answer.snooped);
		assert_int_equal(answer.page_shift, shift[sizes]);
		assert_int_equal(answer.phys, 0x123456789 >> shift[sizes] << shift[sizes]);
	}
}

/* A large page that reaches into the interrupt range cannot be handed out. */
static void translation_reaching_interrupts(void **state)
{
	struct model_request r = request(MODEL_READ, 0);
	struct model_answer answer;

	(void)state;
	scalable_scene(&m, 4);
	map(&m, m.top, 4, 0, 0xC0000000, 3, 3);
	assert_true(can(&m, &r, 0xC0000000));
	r.type = MODEL_TRANSLATION;
	r.address = 0x3000;
	answer = ask(&r);
	assert_false(answer.ok);
	assert_int_equal(answer.completion, MODEL_ABORTED);
	assert_int_equal(answer.reason, 0x87);
	assert_true(has_fault(&m, 0));
}

static void translated_requests(void **state)
{
	struct model_request r = request(MODEL_WRITE, 0x777000);

	(void)state;
	r.type = MODEL_TRANSLATED;
	legacy_scene(&m, 4);
	*word_at(&m, m.context) |= 1 << 2;
	assert_true(can(&m, &r, r.address));
	r.address = UINT64_C(1) << 52;
	assert_int_equal(reason_of(&m, &r), 0x04);
	r.address = 0xFEE00000;
	assert_int_equal(reason_of(&m, &r), 0x0E);
	start(everything());
	scalable_scene(&m, 4);
	r.address = 0x777000;
	*word_at(&m, m.directory) = 0; /* not looked at */
	assert_true(can(&m, &r, r.address));
	r.address = UINT64_C(1) << 52;
	assert_int_equal(reason_of(&m, &r), 0x83);
	r.address = 0xFEE00000;
	assert_int_equal(reason_of(&m, &r), 0x87);
	/* With PASID: only where EPTR says so. */
	r.address = 0x777000;
	r.has_pasid = true;
	r.pasid = 3;
	assert_int_equal(reason_of(&m, &r), 0x49);
	*word_at(&m, m.context) |= 1 << 6;
	set_root(&m, m.root, TTM_SCALABLE);
	assert_true(can(&m, &r, r.address));
}

static void translated_without_support(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_WRITE, 0x777000);
	struct model_answer answer;

	(void)state;
	config.ecap &= ~(UINT64_C(1) << 56);
	start(config);
	scalable_scene(&m, 4);
	r.type = MODEL_TRANSLATED;
	r.has_pasid = true;
	answer = ask(&r);
	assert_false(answer.ok);
	assert_int_equal(answer.completion, MODEL_UNSUPPORTED);
	assert_false(has_fault(&m, 0));
}

/* TES = 0: untranslated requests pass, everything else is unsupported without a fault. */
static void remapping_off(void **state)
{
	struct model_request r = request(MODEL_WRITE, 0x777000);

	(void)state;
	r.has_pasid = true;
	assert_true(can(&m, &r, r.address));
	r.type = MODEL_TRANSLATION;
	assert_false(ask(&r).ok);
	r.type = MODEL_TRANSLATED;
	assert_false(ask(&r).ok);
	r.type = MODEL_PAGE_REQUEST;
	assert_false(ask(&r).ok);
	assert_int_equal(m.response_count, 0);
	r = request(MODEL_READ, 0xFEE00000);
	assert_false(ask(&r).ok);
	assert_int_equal(read32(&m, REG_FSTS), 0);
}

/* ---- interrupt range ---- */

static void interrupt_range(void **state)
{
	struct model_request r = request(MODEL_WRITE, 0xFEE01004);
	struct model_answer answer;

	(void)state;
	scalable_scene(&m, 4);
	map(&m, m.top, 4, 0xFEE01000, m.page, 1, 3); /* must not matter */
	r.bytes = 4;
	r.data = 0x41;
	answer = ask(&r);
	assert_true(answer.ok);
	assert_int_equal(answer.completion, MODEL_INTERRUPT);
	assert_int_equal(m.message_count, 1);
	assert_int_equal(m.messages[0].address, 0xFEE01004);
	assert_int_equal(m.messages[0].data, 0x41);
	assert_false(has_fault(&m, 0));
	/* Everything else there is refused. */
	r.bytes = 8;
	assert_int_equal(reason_of(&m, &r), 0x29);
	clear_faults(&m);
	r.bytes = 4;
	r.address = 0xFEE01006;
	assert_int_equal(reason_of(&m, &r), 0x29);
	r.kind = MODEL_READ;
	r.address = 0xFEEFFFF8;
	assert_int_equal(reason_of(&m, &r), 0x29);
	r.kind = MODEL_ATOMIC;
	assert_int_equal(reason_of(&m, &r), 0x29);
	r.kind = MODEL_READ;
	r.bytes = 0;
	answer = ask(&r);
	assert_true(answer.ok);
	assert_int_equal(answer.completion, MODEL_DISCARDED);
	assert_int_equal(m.message_count, 1);
	/* With a PASID it is an address like any other. */
	r = request(MODEL_WRITE, 0xFEE01004);
	r.bytes = 4;
	r.has_pasid = true;
	r.pasid = 9;
	copy_pasid(&m, 9);
	assert_true(can(&m, &r, m.page + 4));
	*word_at(&m, pasid_entry_of(&m, 9)) = 4 << 6 | 1;
	set_root(&m, m.root, TTM_SCALABLE);
	assert_int_equal(reason_of(&m, &r), 0x87);
}

/* ---- accessed and dirty flags ---- */

static void flags_start(void)
{
	start(everything());
	scalable_scene(&m, 4);
	*word_at(&m, m.pasid_table) |= 1 << 9;	  /* SSADE */
	word_at(&m, m.pasid_table)[1] |= 1 << 23; /* PWSNP */
}

/* NWFS = 0: NW is ignored, in the answer and for the flags. */
static void no_write_unsupported(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA);
	struct model_answer answer;

	(void)state;
	config.ecap &= ~(UINT64_C(1) << 33);
	start(config);
	scalable_scene(&m, 4);
	*word_at(&m, m.pasid_table) |= 1 << 9;
	word_at(&m, m.pasid_table)[1] |= 1 << 23;
	r.type = MODEL_TRANSLATION;
	r.no_write = true;
	answer = ask(&r);
	assert_true(answer.read && answer.write);
	assert_int_equal(*word_at(&m, m.entries[1]) & 0x300, 0x300);
	r.address = 0xFEE00000;
	assert_true(ask(&r).write);
}

static void accessed_and_dirty(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	flags_start();
	assert_true(can(&m, &r, m.page));
	for (unsigned int level = 1; level <= 4; level++)
		assert_int_equal(*word_at(&m, m.entries[level]) & 0x300, 0x100);
	r.kind = MODEL_WRITE; /* the cached translation must not swallow D */
	assert_true(can(&m, &r, m.page));
	assert_int_equal(*word_at(&m, m.entries[1]) & 0x300, 0x300);
	assert_int_equal(*word_at(&m, m.entries[2]) & 0x300, 0x100);
	assert_true(can(&m, &r, m.page));
	assert_true(ask(&r).from_iotlb);
	/* An atomic operation writes, too. */
	flags_start();
	r.kind = MODEL_ATOMIC;
	assert_true(can(&m, &r, m.page));
	assert_int_equal(*word_at(&m, m.entries[1]) & 0x300, 0x300);
	/* SSADE = 0: nothing is touched. */
	start(everything());
	scalable_scene(&m, 4);
	assert_true(can(&m, &r, m.page));
	assert_int_equal(*word_at(&m, m.entries[1]) & 0x300, 0);
	/* A write that faults leaves no D. */
	flags_start();
	*word_at(&m, m.entries[1]) &= ~UINT64_C(2);
	assert_int_equal(reason_of(&m, &r), 0x85);
	assert_int_equal(*word_at(&m, m.entries[1]) & 0x200, 0);
}

/* A translation request counts as a write unless NW says otherwise. */
static void flags_of_translation_requests(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	flags_start();
	r.type = MODEL_TRANSLATION;
	r.no_write = true;
	assert_true(ask(&r).read);
	assert_int_equal(*word_at(&m, m.entries[1]) & 0x300, 0x100);
	r.no_write = false;
	assert_true(ask(&r).write);
	assert_int_equal(*word_at(&m, m.entries[1]) & 0x300, 0x300);
}

int run_device_tlb(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(translation_requests, setup),
		cmocka_unit_test_setup(translation_attributes, setup),
		cmocka_unit_test_setup(translation_of_pass_through, setup),
		cmocka_unit_test_setup(translation_reaching_interrupts, setup),
		cmocka_unit_test_setup(translated_requests, setup),
		cmocka_unit_test_setup(translated_without_support, setup),
		cmocka_unit_test_setup(remapping_off, setup),
		cmocka_unit_test_setup(interrupt_range, setup),
		cmocka_unit_test_setup(no_write_unsupported, setup),
		cmocka_unit_test_setup(accessed_and_dirty, setup),
		cmocka_unit_test_setup(flags_of_translation_requests, setup),
	};

	return cmocka_run_group_tests_name("model device TLB requests", tests, NULL, NULL);
}
