/* SPDX-License-Identifier: MIT */
/*
 * First-stage translation of the model: every fault condition of it, pages of each size and depth,
 * access rights, and the flags that a walk leaves behind.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

/* Bits of a first-stage entry. */
enum { P = 1, RW = 2, US = 4, A = 0x20, D = 0x40, PS = 0x80, EA = 0x400 };

static uint64_t *entry(unsigned int level)
{
	return word_at(&m, m.entries[level]);
}

static uint64_t *pasid_word(unsigned int word)
{
	return word_at(&m, m.pasid_table) + word;
}

/* ---- fault conditions ---- */

enum { PE0 = 10, PE1, PE2 }; /* words of the PASID entry; below: the paging entry of that level */

struct first_case {
	uint8_t reason;
	unsigned int levels, place;
	uint64_t clear, set;
	uint64_t cap_clear, ecap_clear;
	uint64_t address; /* 0: IOVA */
};

static const struct first_case cases[] = {
	{ 0x5B, 4, PE2, 0, 1 << 2, B(60), 0, 0 }, /* FSPM: 5 levels without FS5LP, then reserved */
	{ 0x5B, 4, PE2, 0, 2 << 2, 0, 0, 0 },
	{ 0x5B, 4, PE2, 0, 3 << 2, 0, 0, 0 },
	{ 0x5A, 4, PE0, 0, 0, 0, B(47), 0 }, /* FSPTPTR without FSTS */
	{ 0x73, 4, PE2, POINTER, NOWHERE, 0, 0, 0 },
	{ 0x73, 5, PE2, POINTER, NOWHERE, 0, 0, 0 },
	{ 0x70, 5, 5, POINTER, NOWHERE, 0, 0, 0 },
	{ 0x70, 4, 4, POINTER, NOWHERE, 0, 0, 0 },
	{ 0x70, 4, 3, POINTER, NOWHERE, 0, 0, 0 },
	{ 0x70, 4, 2, POINTER, NOWHERE, 0, 0, 0 },
	{ 0x71, 5, 5, P, 0, 0, 0, 0 },
	{ 0x71, 4, 4, P, PS, 0, 0, 0 }, /* nothing else is looked at */
	{ 0x71, 4, 3, P, 0, 0, 0, 0 },
	{ 0x71, 4, 2, P, 0, 0, 0, 0 },
	{ 0x71, 4, 1, P, 0, 0, 0, 0 },
	{ 0x72, 5, 5, 0, PS, 0, 0, 0 },
	{ 0x72, 4, 4, 0, PS, 0, 0, 0 },
	{ 0x72, 4, 3, POINTER, PS, B(56), 0, 0 }, /* 1 GiB pages without FS1GP */
	{ 0x72, 4, 3, POINTER, PS | B(13), 0, 0, 0 },
	{ 0x72, 4, 3, POINTER, PS | B(29), 0, 0, 0 },
	{ 0x72, 4, 2, POINTER, PS | B(13), 0, 0, 0 },
	{ 0x72, 4, 2, POINTER, PS | B(20), 0, 0, 0 },
	{ 0x80, 4, 0, 0, 0, 0, 0, B(47) },
	{ 0x80, 4, 0, 0, 0, 0, 0, -B(47) - 0x1000 },
	{ 0x80, 4, 0, 0, 0, 0, 0, B(63) },
	{ 0x80, 5, 0, 0, 0, 0, 0, B(56) },
	{ 0x80, 5, 0, 0, 0, 0, 0, -B(56) - 0x1000 },
	{ 0x81, 5, 5, US, 0, 0, 0, 0 },
	{ 0x81, 4, 4, US, 0, 0, 0, 0 },
	{ 0x81, 4, 2, US, 0, 0, 0, 0 },
	{ 0x81, 4, 1, US, 0, 0, 0, 0 },
	{ 0x85, 5, 5, RW, 0, 0, 0, 0 },
	{ 0x85, 4, 3, RW, 0, 0, 0, 0 },
	{ 0x85, 4, 1, RW, 0, 0, 0, 0 },
	{ 0x87, 4, 1, POINTER, 0xFEE00000, 0, 0, 0 },
	{ 0x87, 4, 2, POINTER, PS | 0xFEE00000, 0, 0, 0x40201000 }, /* FEE01000h */
	{ 0x90, 4, PE1, B(23), 0, 0, 0, 0 },
	{ 0x90, 4, PE1, B(23), 0, 0, B(48) | B(45) | B(34), 0 },
};

static void broken_scene(const struct first_case *c)
{
	struct model_config config = everything();

	config.cap &= ~c->cap_clear;
	config.ecap &= ~c->ecap_clear;
	start(config);
	first_stage_scene(&m, c->levels);
	if (c->place >= PE0)
		*pasid_word(c->place - PE0) = (*pasid_word(c->place - PE0) & ~c->clear) | c->set;
	else if (c->place)
		*entry(c->place) = (*entry(c->place) & ~c->clear) | c->set;
}

/* What stays of an address in a record: everything below the largest AGAW, which is 57 bits here. */
static uint64_t recorded(uint64_t address)
{
	return address & (B(57) - 1) & ~UINT64_C(0xFFF);
}

static void check_untranslated(const struct first_case *c)
{
	struct model_request r = request(MODEL_WRITE, c->address ? c->address : IOVA);
	struct model_answer answer;

	broken_scene(c);
	assert_false(model_translate(&m.unit, &r, &answer));
	if (answer.reason != c->reason)
		fail_msg("reason %02x, expected %02x (place %u set %llx)", answer.reason, c->reason,
			 c->place, (unsigned long long)c->set);
	assert_int_equal(fault_low(&m, 0), recorded(r.address));
	assert_int_equal(fault_high(&m, 0), B(63) | (uint64_t)c->reason << 32 | SID);
	assert_false(has_fault(&m, 1));
	/* Again, whatever is cached by now; then with FPD in the PASID entry. */
	clear_faults(&m);
	assert_int_equal(reason_of(&m, &r), c->reason);
	broken_scene(c);
	*pasid_word(0) |= 2;
	assert_int_equal(reason_of(&m, &r), c->reason);
	assert_int_equal(read32(&m, REG_FSTS), 0);
}

/* A translation request is told that there is nothing, and nobody else is; but for two conditions. */
static void check_translation(const struct first_case *c)
{
	struct model_request r = request(MODEL_READ, c->address ? c->address : IOVA);
	struct model_answer answer;
	bool is_error = c->reason == 0x5A || c->reason == 0x5B || c->reason == 0x87;

	broken_scene(c);
	r.type = MODEL_TRANSLATION;
	model_translate(&m.unit, &r, &answer);
	if (c->reason == 0x85) { /* "Success with effective permission" */
		assert_true(answer.ok && answer.read && !answer.write);
		return;
	}
	assert_int_equal(answer.reason, c->reason);
	assert_int_equal(answer.ok, !is_error);
	assert_int_equal(answer.completion, is_error ? MODEL_ABORTED : MODEL_SUCCESS);
	assert_false(answer.read || answer.write);
	assert_int_equal(has_fault(&m, 0), is_error);
}

static void fault_rows(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_untranslated(&cases[i]);
		check_translation(&cases[i]);
	}
}

/* HAW 46: address bits above it are reserved at every level, and in FSPTPTR. */
static void above_host_width(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	for (unsigned int level = 1; level <= 6; level++) {
		struct model_config config = everything();

		config.host_address_bits = 46;
		start(config);
		first_stage_scene(&m, 5);
		*(level == 6 ? pasid_word(2) : entry(level)) |= B(46);
		assert_int_equal(reason_of(&m, &r), level == 6 ? 0x5A : 0x72);
		*(level == 6 ? pasid_word(2) : entry(level)) ^= B(46) | B(45);
		assert_int_not_equal(reason_of(&m, &r), level == 6 ? 0x5A : 0x72);
	}
}

/* Bits that hardware ignores may be set: G, AVL, EA without EAFE, PAT, XD of old, 62:52; D above leaves. */
static void ignored_bits(void **state)
{
	const uint64_t everywhere =
		B(63) | B(62) | B(52) | B(11) | B(10) | B(9) | B(8) | B(4) | B(3);
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	start(everything());
	first_stage_scene(&m, 5);
	for (unsigned int level = 1; level <= 5; level++)
		*entry(level) |= everywhere | (level > 1 ? D : PS);
	assert_true(can(&m, &r, m.page));
	start(everything());
	first_stage_scene(&m, 4);
	*entry(2) = 0x200000 | P | RW | US | PS | B(12) | everywhere;
	assert_true(can(&m, &r, 0x201000));
	start(everything());
	first_stage_scene(&m, 4);
	*pasid_word(2) |= 3 << 5; /* what was NXE and SMEP */
	assert_true(can(&m, &r, m.page));
}

/* ---- the walk ---- */

static void pages(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++)
		for (unsigned int leaf = 1; leaf <= 3; leaf++)
			for (unsigned int half = 0; half < 2; half++) {
				uint64_t low =
					UINT64_C(0x28140FFF000) | (levels == 5 ? 3 * B(48) : 0);
				uint64_t at = half ? low - B(12 + 9 * levels - 1) : low;
				uint64_t size = B(3 + 9 * leaf);
				struct model_request r = request(MODEL_WRITE, at);

				start(everything());
				first_stage_scene(&m, levels);
				map(&m, m.top, levels, at, 5 * B(30), leaf, P | RW | US);
				assert_true(can(&m, &r, 5 * B(30) + at % size));
				r.address = at ^ 0x800000000; /* its own bit at level 4 */
				assert_int_equal(reason_of(&m, &r), 0x71);
				r.type = MODEL_TRANSLATION;
				r.address = at;
				{
					struct model_answer answer;

					assert_true(model_translate(&m.unit, &r, &answer));
					assert_int_equal(answer.page_shift, 3 + 9 * leaf);
					assert_int_equal(answer.phys, 5 * B(30));
					assert_true(answer.read && answer.write);
				}
			}
}

/* A table that leads to itself is walked as deep as it has levels, and no deeper. */
static void loop(void **state)
{
	struct model_request r = request(MODEL_READ, 0);

	(void)state;
	start(everything());
	first_stage_scene(&m, 4);
	*word_at(&m, m.top) = m.top | P | RW | US;
	assert_true(can(&m, &r, m.top));
}

/* ---- access rights ---- */

/* "First-Stage Translation: Access Rights", said once more. */
static uint8_t due(bool is_write, bool privileged, bool us, bool rw, bool wpe)
{
	if (!privileged && !us)
		return 0x81;
	if (is_write && !rw && (!privileged || wpe))
		return 0x85;
	return 0;
}

static void rights(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		bool is_write = i & 1, privileged = i & 2, us = i & 4, rw = i & 8, wpe = i & 16;
		unsigned int level = i & 32 ? 3 : 1;
		struct model_request r = request(is_write ? MODEL_WRITE : MODEL_READ, IOVA);

		start(everything());
		first_stage_scene(&m, 4);
		copy_pasid(&m, 9);
		word_at(&m, pasid_entry_of(&m, 9))[2] |= 1 | (wpe ? 1 << 4 : 0); /* SRE, WPE */
		*entry(level) &= ~(uint64_t)((us ? 0 : US) | (rw ? 0 : RW));
		r.has_pasid = true;
		r.pasid = 9;
		r.privileged = privileged;
		if (!us && !privileged && !rw && is_write)
			continue; /* which of two conditions comes first is open */
		assert_int_equal(reason_of(&m, &r), due(is_write, privileged, us, rw, wpe));
		/* And through what is cached, the other way round. */
		r.privileged = !privileged;
		if (!us && privileged && !rw && is_write)
			continue;
		assert_int_equal(reason_of(&m, &r), due(is_write, !privileged, us, rw, wpe));
	}
}

/* Without SRE supervisor requests end at the PASID entry; RID_PRIV makes one of a request without PASID. */
static void supervisor(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	for (unsigned int sre = 0; sre < 2; sre++) {
		start(everything());
		first_stage_scene(&m, 4);
		*entry(1) &= ~(uint64_t)US;
		word_at(&m, m.context)[1] |= 1 << 20;
		*pasid_word(2) |= sre;
		assert_int_equal(reason_of(&m, &r), sre ? 0 : 0x5D);
	}
}

/* ---- flags ---- */

static void accessed_and_dirty(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	for (unsigned int eafe = 0; eafe < 2; eafe++) {
		uint64_t visited = A | (eafe ? EA : 0);

		r.kind = MODEL_READ;
		start(everything());
		first_stage_scene(&m, 5);
		*pasid_word(2) |= eafe << 7;
		assert_true(can(&m, &r, m.page));
		for (unsigned int level = 1; level <= 5; level++)
			assert_int_equal(*entry(level) & (A | D | EA), visited);
		/* The translation is cached; a write must find the leaf all the same. */
		r.kind = MODEL_WRITE;
		assert_true(can(&m, &r, m.page));
		assert_int_equal(*entry(1) & (A | D | EA), visited | D);
		for (unsigned int level = 2; level <= 5; level++)
			assert_int_equal(*entry(level) & (A | D | EA), visited);
		/* Now D is known to be set: the tables are not looked at again. */
		*entry(1) = 0;
		assert_true(can(&m, &r, m.page));
	}
	/* A write from the start; a write that is refused leaves no D. */
	start(everything());
	first_stage_scene(&m, 4);
	assert_true(can(&m, &r, m.page));
	assert_int_equal(*entry(1) & (A | D), A | D);
	start(everything());
	first_stage_scene(&m, 4);
	*entry(1) &= ~(uint64_t)RW;
	assert_int_equal(reason_of(&m, &r), 0x85);
	assert_int_equal(*entry(1) & D, 0);
	/* A page of any size has a D. */
	start(everything());
	first_stage_scene(&m, 4);
	map(&m, m.top, 4, IOVA, 5 * B(30), 2, P | RW | US);
	assert_int_equal(reason_of(&m, &r), 0);
	assert_int_equal(*entry(2) & (A | D), A | D);
}

/* Where the walk is not snooped, flags must be there already: each one that is needed, and no other. */
static void flags_without_snooping(void **state)
{
	struct model_request read = request(MODEL_READ, IOVA);
	struct model_request write = request(MODEL_WRITE, IOVA);

	(void)state;
	for (unsigned int missing = 0; missing <= 4; missing++)
		for (unsigned int eafe = 0; eafe < 2; eafe++) {
			start(everything());
			first_stage_scene(&m, 4);
			*pasid_word(1) &= ~B(23);
			*pasid_word(2) |= eafe << 7;
			for (unsigned int level = 1; level <= 4; level++)
				if (level != missing)
					*entry(level) |= A | (eafe ? EA : 0);
			assert_int_equal(reason_of(&m, &read), missing ? 0x90 : 0);
			if (missing)
				continue;
			assert_int_equal(reason_of(&m, &write), 0x90);
			*entry(1) |= D;
			assert_int_equal(reason_of(&m, &write), 0);
		}
	/* EA alone is missing. */
	start(everything());
	first_stage_scene(&m, 4);
	*pasid_word(1) &= ~B(23);
	*pasid_word(2) |= 1 << 7;
	for (unsigned int level = 1; level <= 4; level++)
		*entry(level) |= A;
	assert_int_equal(reason_of(&m, &read), 0x90);
}

/* A flag that cannot be written: reported to software even if a translation request met it. */
static void flags_that_fail(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);
	struct model_answer answer;

	(void)state;
	for (unsigned int level = 1; level <= 4; level++) {
		start(everything());
		first_stage_scene(&m, 4);
		page_protect(&m, m.entries[level]);
		r.type = MODEL_UNTRANSLATED;
		assert_int_equal(reason_of(&m, &r), 0x91);
		clear_faults(&m);
		r.type = MODEL_TRANSLATION;
		assert_true(model_translate(&m.unit, &r, &answer));
		assert_false(answer.read || answer.write);
		assert_int_equal(fault_high(&m, 1),
				 B(63) | B(62) | B(60) | (uint64_t)0x91 << 32 | SID);
	}
	/* The good twin: nothing needs to be written. */
	start(everything());
	first_stage_scene(&m, 4);
	page_protect(&m, m.entries[1]);
	*entry(1) |= A | D;
	r.type = MODEL_UNTRANSLATED;
	assert_true(can(&m, &r, m.page));
}

/* "Handling of Translation Requests": as a read and a write, or as a read with NW. */
static void translation_requests(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);
	struct model_answer answer;

	(void)state;
	r.type = MODEL_TRANSLATION;
	for (unsigned int no_write = 0; no_write < 2; no_write++) {
		start(everything());
		first_stage_scene(&m, 4);
		*pasid_word(1) |= no_write << 24; /* PGSNP is the N bit */
		r.no_write = no_write;
		assert_true(model_translate(&m.unit, &r, &answer));
		assert_int_equal(answer.phys, m.page);
		assert_true(answer.read);
		assert_int_equal(answer.write, !no_write);
		assert_int_equal(answer.snooped, no_write);
		assert_int_equal(*entry(1) & (A | D), no_write ? A : A | D);
	}
}

int run_first_stage(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fault_rows),
		cmocka_unit_test(above_host_width),
		cmocka_unit_test(ignored_bits),
		cmocka_unit_test(pages),
		cmocka_unit_test(loop),
		cmocka_unit_test(rights),
		cmocka_unit_test(supervisor),
		cmocka_unit_test(accessed_and_dirty),
		cmocka_unit_test(flags_without_snooping),
		cmocka_unit_test(flags_that_fail),
		cmocka_unit_test(translation_requests),
	};

	return cmocka_run_group_tests_name("model first stage", tests, NULL, NULL);
}
