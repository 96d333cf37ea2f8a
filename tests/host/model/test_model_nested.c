/* SPDX-License-Identifier: MIT */
/*
 * Nested translation of the model: each step of the first stage goes through the second, with the
 * rights and the faults of either; and what the second stage's own flags show of it.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

enum { A = 0x20, D = 0x40, PS = 0x80, A_2 = 0x100, D_2 = 0x200 };

static uint64_t *first(unsigned int level)
{
	return word_at(&m, m.entries[level]);
}

/* The second-stage leaf for the table of that level; 0: for the page. */
static uint64_t *second(unsigned int level)
{
	return word_at(&m, m.second[level]);
}

static uint64_t *pasid_word(unsigned int word)
{
	return word_at(&m, m.pasid_table) + word;
}

static void nested_start(unsigned int levels)
{
	start(everything());
	nested_scene(&m, levels);
}

static void good(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++)
		for (unsigned int kind = MODEL_READ; kind <= MODEL_ATOMIC; kind++) {
			struct model_request r = request((enum model_kind)kind, IOVA + 8);

			nested_start(levels);
			assert_true(can(&m, &r, m.page + 8));
			assert_true(can(&m, &r, m.page + 8));
			/* The second stage alone knows where the page lies. */
			nested_start(levels);
			*second(0) = (*second(0) & ~POINTER) | 0x800000;
			assert_true(can(&m, &r, 0x800008));
		}
}

/* Each table and the page, made unreachable in the second stage in each way it can be. */
static void second_stage_faults(void **state)
{
	static const struct {
		uint64_t clear, set;
		uint8_t of_top, of_table, of_page; /* a write's; of a page that is read only 85h */
	} ways[] = {
		{ 3, 0, 0x79, 0x79, 0x79 },
		{ 0, B(62), 0x7A, 0x7A, 0x7A },
		{ 1, 0, 0x75, 0x76, 0 },    /* no read: of no interest to a write */
		{ 2, 0, 0x77, 0x77, 0x85 }, /* no write: flags cannot be set */
	};
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	for (unsigned int w = 0; w < sizeof(ways) / sizeof(ways[0]); w++)
		for (unsigned int level = 0; level <= 5; level++) {
			uint8_t due = level == 0   ? ways[w].of_page
				      : level == 5 ? ways[w].of_top
						   : ways[w].of_table;

			nested_start(5);
			*second(level) = (*second(level) & ~ways[w].clear) | ways[w].set;
			assert_int_equal(reason_of(&m, &r), due);
			if (due == 0)
				continue;
			assert_int_equal(fault_low(&m, 0), IOVA);
			assert_int_equal(fault_high(&m, 0), B(63) | (uint64_t)due << 32 | SID);
			/* Good twin: put right and invalidated, all is well. */
			clear_faults(&m);
			*second(level) = (*second(level) & ~ways[w].set) | ways[w].clear;
			queue_start(&m, true);
			submit(&m, 2 | DOMAIN << 4 | (uint64_t)DID << 16, 0);
			assert_int_equal(reason_of(&m, &r), 0);
		}
}

/* With its flags set beforehand a table need not be written, only read. */
static void rights_for_flags(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	nested_start(4);
	for (unsigned int level = 1; level <= 4; level++) {
		*first(level) |= A | D;
		*second(level) &= ~UINT64_C(2);
	}
	assert_int_equal(reason_of(&m, &r), 0);
	/* The walk is cached: D, which is missing now, still needs the right to write. */
	nested_start(4);
	for (unsigned int level = 1; level <= 4; level++) {
		*first(level) |= A;
		*second(level) &= ~UINT64_C(2);
	}
	r.kind = MODEL_READ;
	assert_int_equal(reason_of(&m, &r), 0);
	r.kind = MODEL_WRITE;
	assert_int_equal(reason_of(&m, &r), 0x77);
	/* With SSADE, reading a table takes both rights. */
	nested_start(4);
	*pasid_word(0) |= 1 << 9;
	for (unsigned int level = 1; level <= 4; level++)
		*first(level) |= A | D;
	assert_int_equal(reason_of(&m, &r), 0);
	nested_start(4);
	*pasid_word(0) |= 1 << 9;
	for (unsigned int level = 1; level <= 4; level++)
		*first(level) |= A | D;
	*second(2) &= ~UINT64_C(2);
	assert_int_equal(reason_of(&m, &r), 0x76);
}

static void page_rights(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 32; i++) {
		bool fs_write = i & 1, ss_read = i & 2, ss_write = i & 4;
		enum model_kind kind = (enum model_kind)(i >> 3);
		struct model_request r;
		uint8_t due = 0;

		if (kind > MODEL_ATOMIC)
			break;
		r = request(kind, IOVA);
		nested_start(4);
		*first(1) &= ~(uint64_t)(fs_write ? 0 : 2);
		*second(0) &= ~(uint64_t)((ss_read ? 0 : 1) | (ss_write ? 0 : 2));
		if (kind != MODEL_READ && !fs_write)
			due = 0x85;
		else if (!ss_read && !ss_write)
			due = 0x79;
		else if (kind != MODEL_READ && !ss_write)
			due = 0x85;
		else if (kind != MODEL_WRITE && !ss_read)
			due = 0x86;
		assert_int_equal(reason_of(&m, &r), due);
		assert_int_equal(reason_of(&m, &r), due);
	}
}

/* Addresses beyond min(MGAW, AW): in FSPTPTR, and in an entry of each level. */
static void beyond_second_stage(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	for (unsigned int level = 1; level <= 6; level++)
		for (unsigned int by_mgaw = 0; by_mgaw < 2; by_mgaw++) {
			struct model_config config = everything();
			uint64_t *word;

			if (by_mgaw)
				config.cap = (config.cap & ~(UINT64_C(0x3F) << 16)) | 44u << 16;
			start(config);
			nested_scene(&m, 5);
			word = level == 6 ? pasid_word(2) : first(level);
			*word |= by_mgaw ? B(45) : B(48);
			assert_int_equal(reason_of(&m, &r), level == 6 ? 0x5B : 0x74);
			/* One bit less is an address like any other, with nothing there. */
			*word ^= by_mgaw ? B(45) | B(44) : B(48) | B(47);
			assert_int_equal(reason_of(&m, &r), 0x79);
		}
}

static void first_stage_faults(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	nested_start(4);
	*first(2) &= ~UINT64_C(1);
	assert_int_equal(reason_of(&m, &r), 0x71);
	nested_start(4);
	*first(4) |= PS;
	assert_int_equal(reason_of(&m, &r), 0x72);
	nested_start(4);
	*first(1) &= ~UINT64_C(4);
	assert_int_equal(reason_of(&m, &r), 0x81);
	nested_start(4);
	r.address |= B(50);
	assert_int_equal(reason_of(&m, &r), 0x80);
	r.address = IOVA;
	/* The tables are not where memory is: top, then another. */
	nested_start(4);
	*second(4) = NOWHERE | 3;
	assert_int_equal(reason_of(&m, &r), 0x73);
	nested_start(4);
	*second(2) = NOWHERE | 3;
	assert_int_equal(reason_of(&m, &r), 0x70);
	nested_start(4);
	*second(0) = 0xFEE00000 | 3;
	assert_int_equal(reason_of(&m, &r), 0x87);
	/* FEEx_xxxxh on the way, but not at its end, is an address like any other. */
	nested_start(4);
	*first(1) = 0xFEE00000 | 7;
	map(&m, *pasid_word(0) & POINTER, 4, 0xFEE00000, m.page, 1, 3);
	assert_int_equal(reason_of(&m, &r), 0);
	nested_start(4);
	*pasid_word(0) = (*pasid_word(0) & ~(UINT64_C(7) << 2)) | 4 << 2;
	assert_int_equal(reason_of(&m, &r), 0x5B);
}

/* SSADE: A wherever the second stage was walked; D where a page of it was written, by whomever. */
static void second_stage_flags(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	nested_start(4);
	*pasid_word(0) |= 1 << 9;
	assert_int_equal(reason_of(&m, &r), 0);
	for (unsigned int level = 0; level <= 4; level++)
		assert_int_equal(*second(level) & (A_2 | D_2), level ? A_2 | D_2 : A_2);
	r.kind = MODEL_WRITE;
	assert_int_equal(reason_of(&m, &r), 0);
	assert_int_equal(*second(0) & (A_2 | D_2), A_2 | D_2);
	assert_int_equal(*first(1) & (A | D), A | D);
	/* Without SSADE, none. */
	nested_start(4);
	assert_int_equal(reason_of(&m, &r), 0);
	for (unsigned int level = 0; level <= 4; level++)
		assert_int_equal(*second(level) & (A_2 | D_2), 0);
	assert_int_equal(*first(1) & (A | D), A | D);
	/* The second stage's flags need a snooped walk, too. */
	nested_start(4);
	*pasid_word(0) |= 1 << 9;
	*pasid_word(1) &= ~B(23);
	for (unsigned int level = 1; level <= 4; level++)
		*first(level) |= A | D;
	assert_int_equal(reason_of(&m, &r), 0x7C);
}

/* A page counts as small as the smaller one of the two that lead to it. */
static void sizes(void **state)
{
	(void)state;
	for (unsigned int fs = 1; fs <= 3; fs++)
		for (unsigned int ss = 1; ss <= 3; ss++) {
			uint64_t at = UINT64_C(7) << 39 | 0x12345000;
			uint64_t guest = UINT64_C(9) << 39;
			struct model_request r = request(MODEL_READ, at);
			uint64_t top, in_guest, within = B(3 + 9 * ss) - 1;
			struct model_answer answer;

			start(everything());
			nested_scene(&m, 4);
			top = *pasid_word(0) & POINTER;
			in_guest = guest + at % B(3 + 9 * fs);
			/* The first stage's own tables for this address lie in the second stage, too. */
			map(&m, m.top, 4, at, guest, fs, 7);
			{
				uint64_t places[5];

				for (unsigned int level = fs; level <= 4; level++)
					places[level] = m.entries[level];
				for (unsigned int level = fs + 1; level <= 4; level++)
					*word_at(&m, places[level]) += GUEST;
				for (unsigned int level = fs; level < 4; level++)
					map(&m, top, 4, (places[level] & ~UINT64_C(0xFFF)) + GUEST,
					    places[level] & ~UINT64_C(0xFFF), 1, 3);
			}
			map(&m, top, 4, in_guest, 5 * B(30), ss, 3);
			assert_true(can(&m, &r, 5 * B(30) + (in_guest & within)));
			r.type = MODEL_TRANSLATION;
			assert_true(model_translate(&m.unit, &r, &answer));
			assert_int_equal(answer.page_shift, 3 + 9 * (fs < ss ? fs : ss));
		}
}

/* ---- caches ---- */

/* What is changed where, what is invalidated, and whether it shows. */
static void cached(void **state)
{
	static const struct {
		uint64_t q0, q1;
		bool page,
			table; /* the page's second-stage leaf; that of the last first-stage table */
	} cases[] = {
		{ 2 | GLOBAL << 4, 0, true, true },
		{ 2 | DOMAIN << 4 | DID << 16, 0, true, true },
		{ 2 | DOMAIN << 4 | DID_2 << 16, 0, false, false },
		/* page-selective: by domain, for an address of the second stage says nothing of them */
		{ 2 | SPECIFIC << 4 | DID << 16, 0x7000, true, true },
		{ 2 | SPECIFIC << 4 | DID_2 << 16, 0x7000, false, false },
		{ 6 | 2 << 4 | DID << 16, 0, true, true },
		{ 6 | 2 << 4 | DID << 16 | B(32), 0, false, false },
		{ 6 | 3 << 4 | DID << 16, IOVA, true, true },
		{ 6 | 3 << 4 | DID << 16, IOVA | B(6), true, false }, /* IH */
		{ 6 | 3 << 4 | DID << 16, NEXT | B(6), false, false },
		{ 6 | 3 << 4 | DID << 16, (IOVA & ~UINT64_C(0x1FFF)) | 1, true,
		  true }, /* AM: two pages */
		{ 6 | 3 << 4 | DID << 16, IOVA + B(21), false, false },
	};
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (unsigned int table = 0; table < 2; table++) {
			bool fresh = table ? cases[i].table : cases[i].page;
			uint64_t other;

			start(keeping());
			nested_scene(&m, 4);
			queue_start(&m, true);
			other = page_new(&m);
			*word_at(&m, other + (IOVA >> 12) % 512 * 8) = (m.page + GUEST) | 7;
			assert_true(can(&m, &r, m.page));
			if (table) {
				*second(1) = other | 3;
				*second(0) = 0x800000 | 3;
				*first(1) = 0; /* the old table leads nowhere by now */
			} else {
				*second(0) = 0x800000 | 3;
			}
			assert_true(can(&m, &r, m.page));
			submit(&m, cases[i].q0, cases[i].q1);
			if (fresh)
				assert_true(can(&m, &r, 0x800000));
			else if (table && cases[i].page)
				assert_int_equal(reason_of(&m, &r), 0x71);
			else
				assert_true(can(&m, &r, m.page));
		}
}

int run_nested(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(second_stage_faults),
		cmocka_unit_test(rights_for_flags),
		cmocka_unit_test(page_rights),
		cmocka_unit_test(beyond_second_stage),
		cmocka_unit_test(first_stage_faults),
		cmocka_unit_test(second_stage_flags),
		cmocka_unit_test(sizes),
		cmocka_unit_test(cached),
	};

	return cmocka_run_group_tests_name("model nested translation", tests, NULL, NULL);
}
