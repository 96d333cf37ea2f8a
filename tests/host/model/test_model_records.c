/* SPDX-License-Identifier: MIT */
/*
 * Fault conditions that depend on the request, and recording itself: several records, overflow,
 * merging, events.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

/* ---- conditions that depend on the request ---- */

struct request_case {
	enum model_type type;
	bool has_pasid;
	uint32_t pasid;
	uint64_t context_clear, context_set;
	uint32_t rid;
	uint8_t reason;
};

static const struct request_case request_cases[] = {
	{ MODEL_TRANSLATION, false, 0, B(2) | B(4), 0, 0, 0x44 },
	{ MODEL_TRANSLATED, false, 0, B(2) | B(4), 0, 0, 0x44 },
	{ MODEL_TRANSLATION, true, 9, B(2) | B(4), 0, 0, 0x44 },
	{ MODEL_UNTRANSLATED, true, 9, B(3), 0, 0, 0x45 },
	{ MODEL_TRANSLATION, true, 9, B(3), 0, 0, 0x45 },
	{ MODEL_UNTRANSLATED, true, 9, B(3), B(6), 0, 0x45 }, /* SCT.4.3 is not for these */
	{ MODEL_TRANSLATION, true, 9, B(3), B(6), 0, 0x45 },
	{ MODEL_TRANSLATED, true, 9, B(3), B(6), 0, 0x43 },
	{ MODEL_UNTRANSLATED, true, 8192, 0, 0, 0, 0x46 },
	{ MODEL_TRANSLATION, true, 8192, 0, 0, 0, 0x46 },
	{ MODEL_TRANSLATED, true, 8192, 0, B(6), 0, 0x46 },
	{ MODEL_UNTRANSLATED, true, 16383, 0, 1 << 9, 0, 0 }, /* PDTS 1 reaches that far */
	{ MODEL_UNTRANSLATED, true, 16384, 0, 1 << 9, 0, 0x46 },
	{ MODEL_UNTRANSLATED, true, 0, 0, 0, 0, 0x48 },
	{ MODEL_UNTRANSLATED, true, 5, 0, 0, 5, 0x48 },
	{ MODEL_TRANSLATION, true, 5, 0, 0, 5, 0x48 },
	{ MODEL_TRANSLATED, true, 5, 0, B(6), 5, 0x48 },
	{ MODEL_TRANSLATED, true, 9, 0, 0, 0, 0x49 },
};

static void request_rows(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(request_cases) / sizeof(request_cases[0]); i++) {
		const struct request_case *c = &request_cases[i];
		struct model_request r = request(MODEL_READ, IOVA);
		uint64_t *context;

		start(everything());
		page_add(&m, 0x200000); /* room behind the directory for PDTS 1 */
		scalable_scene(&m, 4);
		copy_pasid(&m, 9);
		copy_pasid(&m, 5);
		context = word_at(&m, m.context);
		context[0] = (context[0] & ~c->context_clear) | c->context_set;
		context[1] = c->rid;
		r.type = c->type;
		r.has_pasid = c->has_pasid;
		r.pasid = c->pasid;
		if (c->reason == 0) {
			assert_int_not_equal(reason_of(&m, &r), 0x46);
			continue;
		}
		assert_int_equal(reason_of(&m, &r), c->reason);
		assert_true(has_fault(&m, 0));
		assert_int_equal(fault_high(&m, 0) >> 60 & 3, c->type);
		assert_int_equal(fault_high(&m, 0) >> 31 & 1, c->has_pasid);
		assert_int_equal(fault_high(&m, 0) >> 40 & 0xFFFFF, c->has_pasid ? c->pasid : 0);
	}
}

static void pasid_size(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	config.ecap &= ~(UINT64_C(0x1F) << 35);
	config.ecap |= UINT64_C(7) << 35; /* 8-bit PASIDs */
	start(config);
	scalable_scene(&m, 4);
	copy_pasid(&m, 255);
	copy_pasid(&m, 256);
	r.has_pasid = true;
	r.pasid = 255;
	assert_true(can(&m, &r, m.page));
	r.pasid = 256;
	assert_int_equal(reason_of(&m, &r), 0x89);
	r.type = MODEL_TRANSLATION;
	assert_int_equal(reason_of(&m, &r), 0x89);
}

/* Privilege and execution: part of the record of a request with PASID. */
static void privilege_and_execute(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA);
	struct model_answer answer;

	(void)state;
	scalable_scene(&m, 4);
	copy_pasid(&m, 9);
	r.has_pasid = true;
	r.pasid = 9;
	r.privileged = true;
	assert_int_equal(reason_of(&m, &r), 0x5D);
	assert_int_equal(fault_high(&m, 0), B(63) | B(62) | UINT64_C(9) << 40 |
						    UINT64_C(0x5D) << 32 | B(31) | B(29) | SID);
	clear_faults(&m);
	r.type = MODEL_TRANSLATION; /* recoverable: not told to software */
	model_translate(&m.unit, &r, &answer);
	assert_true(answer.ok && !answer.read);
	assert_false(has_fault(&m, 1));
	r.type = MODEL_UNTRANSLATED;
	r.privileged = false;
	r.execute = true;
	assert_int_equal(reason_of(&m, &r), 0x5C);
	assert_int_equal(fault_high(&m, 1) >> 29 & 7, 6); /* PP and EXE */
	/* Major version 8: a condition of its own, before the tables. */
	config.version = 0x80;
	start(config);
	scalable_scene(&m, 4);
	*word_at(&m, m.root) = 0;
	assert_int_equal(reason_of(&m, &r), 0x34);
	r.type = MODEL_TRANSLATION;
	model_translate(&m.unit, &r, &answer);
	assert_int_equal(answer.completion, MODEL_UNSUPPORTED);
}

/* Legacy mode knows no PASIDs, and TT says which requests may come. */
static void legacy_requests(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	legacy_scene(&m, 4);
	r.has_pasid = true;
	r.pasid = 3;
	assert_int_equal(reason_of(&m, &r), 0x31);
	assert_int_equal(fault_high(&m, 0) & B(31), B(31));
	write64(&m, REG_RTADDR, m.root | B(7));
	command(&m, 30, true);
	assert_int_equal(reason_of(&m, &r), 0x31); /* not 30h */
	set_root(&m, m.root, TTM_LEGACY);
	r.has_pasid = false;
	for (unsigned int tt = 0; tt <= 2; tt++) {
		static const uint8_t translation[] = { 0x0D, 0, 0x0D };

		*word_at(&m, m.context) &= ~UINT64_C(0xC);
		*word_at(&m, m.context) |= tt << 2;
		set_root(&m, m.root, TTM_LEGACY);
		r.type = MODEL_TRANSLATION;
		assert_int_equal(reason_of(&m, &r), translation[tt]);
		r.type = MODEL_TRANSLATED;
		assert_int_equal(reason_of(&m, &r), translation[tt]);
	}
	/* DT = 0: TT = 01 is not supported. */
	{
		struct model_config config = everything();

		config.ecap &= ~(B(2) | B(29) | B(33) | B(41) | B(42) | B(56));
		start(config);
		legacy_scene(&m, 4);
		*word_at(&m, m.context) |= 1 << 2;
		r.type = MODEL_TRANSLATION;
		assert_int_equal(reason_of(&m, &r), 0x03);
		/* AT is RsvdZ without device TLBs. */
		assert_int_equal(fault_high(&m, 0), B(63) | B(62) | UINT64_C(3) << 32 | SID);
	}
}

/* Flags that cannot be written. */
static void flag_update_fails(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	scalable_scene(&m, 4);
	*word_at(&m, m.pasid_table) |= B(9);
	word_at(&m, m.pasid_table)[1] |= B(23);
	page_protect(&m, m.entries[3] & ~UINT64_C(0xFFF));
	assert_int_equal(reason_of(&m, &r), 0x7D);
	/* Set beforehand: nothing to update, no fault. */
	*word_at(&m, m.entries[3]) |= 0x300;
	assert_true(can(&m, &r, m.page));
	/* D alone is missing and the walk is not snooped. */
	start(everything());
	scalable_scene(&m, 4);
	*word_at(&m, m.pasid_table) |= B(9);
	for (unsigned int level = 1; level <= 4; level++)
		*word_at(&m, m.entries[level]) |= 0x100;
	r.kind = MODEL_READ;
	assert_true(can(&m, &r, m.page));
	r.kind = MODEL_WRITE;
	assert_int_equal(reason_of(&m, &r), 0x7C);
}

/* Without ECAP.PASID the record says nothing of PASIDs; FI ends at the widest tables. */
static void narrow_records(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA | B(50) | B(45) | B(40));

	(void)state;
	config.ecap &= ~(B(40) | B(56));
	config.cap &= ~(B(10) | B(11)); /* 39 bits only */
	start(config);
	legacy_scene(&m, 3);
	r.has_pasid = true;
	r.pasid = 7;
	assert_int_equal(reason_of(&m, &r), 0x31);
	assert_int_equal(fault_high(&m, 0), B(63) | B(62) | UINT64_C(0x31) << 32 | SID);
	assert_int_equal(fault_low(&m, 0), IOVA);
	config.cap |= B(10);
	start(config);
	legacy_scene(&m, 4);
	assert_int_equal(reason_of(&m, &r), 0x31);
	assert_int_equal(fault_low(&m, 0), IOVA | B(45) | B(40));
	config.cap |= B(11);
	start(config);
	legacy_scene(&m, 4);
	assert_int_equal(reason_of(&m, &r), 0x31);
	assert_int_equal(fault_low(&m, 0), IOVA | B(50) | B(45) | B(40));
}

/* ---- recording ---- */

static void fault_from(uint16_t sid)
{
	struct model_request r = request(MODEL_WRITE, IOVA + 0x1000);

	r.sid = sid;
	assert_int_not_equal(reason_of(&m, &r), 0);
}

static void records_in_order(void **state)
{
	(void)state;
	legacy_scene(&m, 4);
	for (uint16_t i = 0; i < 8; i++) {
		fault_from((uint16_t)(0x100 + i));
		assert_true(has_fault(&m, i));
		assert_int_equal(fault_high(&m, i) & 0xFFFF, 0x100 + i);
	}
	assert_int_equal(read32(&m, REG_FSTS), 2);
	/* The ninth has no place. */
	fault_from(0x200);
	assert_int_equal(read32(&m, REG_FSTS), 3);
	assert_int_equal(fault_high(&m, 0) & 0xFFFF, 0x100);
	/* While PFO is set nothing is recorded, even where there is room. */
	write32(&m, 0x240 + 12, 1u << 31);
	fault_from(0x201);
	assert_false(has_fault(&m, 0));
	write32(&m, REG_FSTS, 1);
	assert_int_equal(read32(&m, REG_FSTS) & 1, 0);
	fault_from(0x202);
	assert_int_equal(fault_high(&m, 0) & 0xFFFF, 0x202);
	assert_int_equal(m.unit.counts.faults_lost, 2);
}

static void fault_index(void **state)
{
	(void)state;
	legacy_scene(&m, 4);
	fault_from(0x100);
	fault_from(0x101);
	clear_faults(&m);
	assert_int_equal(read32(&m, REG_FSTS), 0);
	fault_from(0x102); /* goes on where it was, and FRI says so */
	assert_true(has_fault(&m, 2));
	assert_int_equal(read32(&m, REG_FSTS), 2 << 8 | 2);
	fault_from(0x103);
	assert_int_equal(read32(&m, REG_FSTS), 2 << 8 | 2);
	/* PPF falls with the last F. */
	write32(&m, 0x240 + 2 * 16 + 12, 1u << 31);
	assert_int_equal(read32(&m, REG_FSTS) & 2, 2);
	write32(&m, 0x240 + 3 * 16 + 12, 1u << 31);
	assert_int_equal(read32(&m, REG_FSTS) & 2, 0);
	/* Only F is writable, only by a 1, only in its own dword. */
	fault_from(0x104);
	write32(&m, 0x240 + 4 * 16 + 12, 0x7FFFFFFF);
	write32(&m, 0x240 + 4 * 16 + 8, 0xFFFFFFFF);
	write32(&m, 0x240 + 4 * 16, 0xFFFFFFFF);
	assert_true(has_fault(&m, 4));
	write64(&m, 0x240 + 4 * 16 + 8, B(63));
	assert_false(has_fault(&m, 4));
	assert_int_equal(fault_high(&m, 4) & 0xFFFF, 0x104);
	/* Both kinds of remapping off: from the beginning again. */
	command(&m, 31, false);
	command(&m, 31, true);
	fault_from(0x105);
	assert_true(has_fault(&m, 0));
}

static void same_source(void **state)
{
	struct model_config config = everything();

	(void)state;
	legacy_scene(&m, 4);
	fault_from(SID);
	fault_from(SID);
	assert_false(has_fault(&m, 1));
	fault_from(SID_2);
	fault_from(SID);
	assert_true(has_fault(&m, 1));
	assert_false(has_fault(&m, 2));
	config.merges_faults = false;
	start(config);
	legacy_scene(&m, 4);
	fault_from(SID);
	fault_from(SID);
	assert_true(has_fault(&m, 1));
}

/* Each bit of FSTS is cleared by its own 1: after PFO the queue's error is still there. */
static void overflow_beside_queue_error(void **state)
{
	(void)state;
	legacy_scene(&m, 4);
	queue_start(&m, true);
	submit(&m, 15, 0);
	word_at(&m, m.queue)[0] = 5; /* would run, if it were fetched now */
	for (uint16_t i = 0; i < 9; i++)
		fault_from((uint16_t)(0x100 + i));
	assert_int_equal(read32(&m, REG_FSTS) & 0xFF, 1 << 4 | 2 | 1);
	write32(&m, REG_FSTS, 1);
	assert_int_equal(read32(&m, REG_FSTS) & 0xFF, 1 << 4 | 2);
	assert_int_equal(read64(&m, REG_IQH), 0);
	write32(&m, REG_FSTS, 1 << 4);
	assert_int_equal(read32(&m, REG_FSTS) & 0xFF, 2);
	assert_int_equal(read64(&m, REG_IQH), m.tail);
}

/* ---- events ---- */

static void event_setup(bool masked)
{
	legacy_scene(&m, 4);
	write32(&m, REG_FEDATA, 0x55);
	write32(&m, REG_FEADDR, 0xFEE03000);
	write32(&m, REG_FEUADDR, 0x100);
	write32(&m, REG_FECTL, masked ? 1u << 31 : 0);
}

static void fault_events(void **state)
{
	(void)state;
	event_setup(false);
	fault_from(SID);
	assert_int_equal(m.message_count, 1);
	assert_int_equal(m.messages[0].address, 0x100FEE03000);
	assert_int_equal(m.messages[0].data, 0x55);
	assert_int_equal(read32(&m, REG_FECTL), 0);
	/* As long as something is pending there is no second message. */
	fault_from(SID_2);
	assert_int_equal(m.message_count, 1);
	clear_faults(&m);
	fault_from(SID);
	assert_int_equal(m.message_count, 2);
}

static void masked_fault_events(void **state)
{
	(void)state;
	event_setup(true);
	fault_from(SID);
	assert_int_equal(m.message_count, 0);
	assert_int_equal(read32(&m, REG_FECTL), UINT32_C(3) << 30); /* IM, IP */
	write32(&m, REG_FECTL, 0);				    /* unmasking lets it out */
	assert_int_equal(m.message_count, 1);
	assert_int_equal(read32(&m, REG_FECTL), 0);
	/* Serviced while masked: IP falls, nothing is sent later. */
	clear_faults(&m);
	write32(&m, REG_FECTL, 1u << 31);
	fault_from(SID);
	assert_int_equal(read32(&m, REG_FECTL), UINT32_C(3) << 30);
	clear_faults(&m);
	assert_int_equal(read32(&m, REG_FECTL), 1u << 31);
	write32(&m, REG_FECTL, 0);
	assert_int_equal(m.message_count, 1);
}

/* IP stays until the last condition is served, whichever that is. */
static void part_served_fault_events(void **state)
{
	const uint32_t masked = 1u << 31, pending = 1u << 30, queue_error = 1 << 4;

	(void)state;
	event_setup(true);
	queue_start(&m, true);
	submit(&m, 15, 0);
	fault_from(SID);
	assert_int_equal(read32(&m, REG_FECTL), masked | pending);
	clear_faults(&m);
	assert_int_equal(read32(&m, REG_FSTS), queue_error);
	assert_int_equal(read32(&m, REG_FECTL), masked | pending);
	fault_from(SID);
	write32(&m, REG_FSTS, queue_error);
	assert_int_equal(read32(&m, REG_FECTL), masked | pending);
}

int run_records(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(request_rows, setup),
		cmocka_unit_test_setup(pasid_size, setup),
		cmocka_unit_test_setup(privilege_and_execute, setup),
		cmocka_unit_test_setup(legacy_requests, setup),
		cmocka_unit_test_setup(flag_update_fails, setup),
		cmocka_unit_test_setup(narrow_records, setup),
		cmocka_unit_test_setup(records_in_order, setup),
		cmocka_unit_test_setup(fault_index, setup),
		cmocka_unit_test_setup(same_source, setup),
		cmocka_unit_test_setup(overflow_beside_queue_error, setup),
		cmocka_unit_test_setup(fault_events, setup),
		cmocka_unit_test_setup(masked_fault_events, setup),
		cmocka_unit_test_setup(part_served_fault_events, setup),
	};

	return cmocka_run_group_tests_name("model fault records", tests, NULL, NULL);
}
