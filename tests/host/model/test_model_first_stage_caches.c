/* SPDX-License-Identifier: MIT */
/*
 * What the model keeps of first-stage tables, under which tags, and which invalidation takes it;
 * what it never keeps; and pages that change their type of translation while they are in use.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

enum { OTHER = 9 }; /* a second PASID, in the domain of the first one */

static uint64_t *entry(unsigned int level)
{
	return word_at(&m, m.entries[level]);
}

static void invalidate(uint64_t q0, uint64_t q1)
{
	submit(&m, q0, q1);
}

/* RID_PASID 0 and PASID 9 through one table, both cached, reads only. */
static void cached_start(struct model_request *by_rid, struct model_request *by_other)
{
	start(keeping());
	first_stage_scene(&m, 4);
	copy_pasid(&m, OTHER);
	queue_start(&m, true);
	*by_rid = *by_other = request(MODEL_READ, IOVA);
	by_other->has_pasid = true;
	by_other->pasid = OTHER;
	assert_true(can(&m, by_rid, m.page));
	assert_true(can(&m, by_other, m.page));
}

/* The leaf goes elsewhere; or the table that holds it is another one, with another leaf. */
static void change(bool is_table)
{
	uint64_t table;

	if (!is_table) {
		*entry(1) = 0x800000 | 7;
		return;
	}
	table = page_new(&m);
	*word_at(&m, table + (IOVA >> 12) % 512 * 8) = 0x800000 | 7;
	*entry(2) = table | 7;
	*entry(1) = 0; /* the old one leads nowhere by now */
}

#define PIOTLB(granularity, did, pasid) \
	(6 | (uint64_t)(granularity) << 4 | (uint64_t)(did) << 16 | (uint64_t)(pasid) << 32)
#define IOTLB(granularity, did) (2 | (uint64_t)(granularity) << 4 | (uint64_t)(did) << 16)

static const struct {
	uint64_t q0, q1;
	bool leaf, table; /* whether such a change shows to RID_PASID's requests */
	bool other;	  /* and whether it does to the other PASID's, whichever it is */
} cases[] = {
	{ PIOTLB(2, DID, 0), 0, true, true, false },
	{ PIOTLB(2, DID, OTHER), 0, false, false, true },
	{ PIOTLB(2, DID_2, 0), 0, false, false, false },
	{ PIOTLB(3, DID, 0), IOVA, true, true, false },
	{ PIOTLB(3, DID, 0), IOVA | B(6), true, false, false }, /* IH: the table above may stay */
	{ PIOTLB(3, DID, OTHER), IOVA, false, false, true },
	{ PIOTLB(3, DID_2, 0), IOVA, false, false, false },
	{ PIOTLB(3, DID, 0), NEXT | B(6), false, false, false },
	{ PIOTLB(3, DID, 0), (IOVA & ~UINT64_C(0x1FFF)) | 1, true, true, false }, /* AM 1 */
	{ PIOTLB(3, DID, 0), (IOVA & ~UINT64_C(0x1FFFFF)) | 9, true, true, false },
	{ PIOTLB(3, DID, 0), 52, true, true, false }, /* AM 52: everything */
	{ PIOTLB(3, DID, 0), IOVA ^ B(21), false, false, false },
	{ PIOTLB(3, DID, 0), IOVA | B(47), false, false, false },
	{ IOTLB(GLOBAL, 0), 0, true, true, true },
	{ IOTLB(DOMAIN, DID), 0, true, true, true },
	{ IOTLB(DOMAIN, DID_2), 0, false, false, false },
	{ IOTLB(SPECIFIC, DID), 0x7000, true, true, true }, /* by domain: no address of theirs */
	{ IOTLB(SPECIFIC, DID), 0x7000 | B(6), true, true, true },
	{ IOTLB(SPECIFIC, DID_2), IOVA, false, false, false },
	{ 7 | 3 << 4, 0, false, false, false }, /* the PASID cache has none of it */
	{ 7 | 1 << 4 | DID << 16, 0, false, false, false },
	{ 1 | GLOBAL << 4, 0, false, false, false }, /* nor has the context cache */
};

static void granularities(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (unsigned int table = 0; table < 2; table++) {
			bool fresh = table ? cases[i].table : cases[i].leaf;
			struct model_request r, other;

			cached_start(&r, &other);
			change(table);
			assert_true(can(&m, &r, m.page));
			assert_true(can(&m, &other, m.page));
			invalidate(cases[i].q0, cases[i].q1);
			assert_true(can(&m, &other, cases[i].other ? 0x800000 : m.page));
			if (fresh)
				assert_true(can(&m, &r, 0x800000));
			else if (table && cases[i].leaf)
				assert_int_equal(reason_of(&m, &r), 0x71); /* the old table */
			else
				assert_true(can(&m, &r, m.page));
		}
}

/* Rights above the leaf are kept with the way there: less of them now, and more. */
static void rights_above(void **state)
{
	struct model_request r, other;

	(void)state;
	cached_start(&r, &other);
	*entry(3) &= ~UINT64_C(4); /* U/S */
	*entry(2) &= ~UINT64_C(2); /* R/W */
	r.address = NEXT;
	assert_int_equal(reason_of(&m, &r), 0x71); /* through the cached way */
	map(&m, m.top, 4, NEXT, 0x900000, 1, 7);
	*entry(3) &= ~UINT64_C(4);
	r.kind = MODEL_WRITE;
	assert_true(can(&m, &r, 0x900000));
	invalidate(PIOTLB(2, DID, 0), 0);
	r.kind = MODEL_READ;
	assert_int_equal(reason_of(&m, &r), 0x81);
}

/* Nothing that ended in a fault is kept, caching mode or not: what is made present counts at once. */
static void no_faults_kept(void **state)
{
	(void)state;
	for (unsigned int cm = 0; cm < 2; cm++)
		for (unsigned int level = 1; level <= 4; level++) {
			struct model_config config = keeping();
			struct model_request r = request(MODEL_READ, IOVA);

			config.cap |= cm << 7;
			start(config);
			first_stage_scene(&m, 4);
			*entry(level) &= ~UINT64_C(1);
			assert_int_equal(reason_of(&m, &r), 0x71);
			*entry(level) |= 1;
			assert_true(can(&m, &r, m.page));
		}
}

/* A live device's entry changes its type; each time the PASID cache and the PASID's IOTLB are told. */
static void types_in_turn(void **state)
{
	static const unsigned int order[][2] = { { 1, 4 }, { 4, 1 }, { 4, 2 },
						 { 2, 4 }, { 1, 2 }, { 2, 1 } };

	(void)state;
	for (unsigned int i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct model_request r = request(MODEL_READ, IOVA);
		uint64_t places[5], second, words[5][3] = { { 0 } };
		uint64_t *pasid;

		start(keeping());
		first_stage_scene(&m, 4);
		queue_start(&m, true);
		second = page_new(&m);
		map(&m, second, 4, IOVA, 0x900000, 1, 3);
		pasid = word_at(&m, m.pasid_table);
		places[1] = m.page;
		places[2] = 0x900000;
		places[4] = IOVA;
		words[1][0] = pasid[0];
		words[1][1] = pasid[1];
		words[1][2] = pasid[2];
		words[2][0] = second | 2 << 6 | 2 << 2 | 1;
		words[2][1] = DID_2 | 1 << 23;
		words[4][0] = 4 << 6 | 1;
		words[4][1] = DID;
		for (unsigned int w = 0; w < 3; w++)
			pasid[w] = words[order[i][0]][w];
		assert_true(can(&m, &r, places[order[i][0]]));
		for (unsigned int w = 0; w < 3; w++)
			pasid[w] = words[order[i][1]][w];
		assert_true(can(&m, &r, places[order[i][0]]));
		/* The IOTLB alone does not do: the entry is cached. */
		invalidate(IOTLB(GLOBAL, 0), 0);
		assert_true(can(&m, &r, places[order[i][0]]));
		invalidate(7 | 1 << 4 | (words[order[i][0]][1] & 0xFFFF) << 16, 0);
		invalidate(PIOTLB(2, words[order[i][0]][1] & 0xFFFF, 0), 0);
		assert_true(can(&m, &r, places[order[i][1]]));
	}
}

/* "Implicit Invalidation on Page Request": the page of this PASID, and no other. */
static void page_request(void **state)
{
	struct model_request r, other, ask = request(MODEL_READ, IOVA);
	struct model_answer answer;

	(void)state;
	cached_start(&r, &other);
	write64(&m, REG_PQA, page_new(&m));
	change(false);
	ask.type = MODEL_PAGE_REQUEST;
	ask.wants_read = ask.last_in_group = true;
	assert_true(model_translate(&m.unit, &ask, &answer));
	assert_true(can(&m, &r, 0x800000));
	assert_true(can(&m, &other, m.page));
}

int run_first_stage_caches(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(granularities),  cmocka_unit_test(rights_above),
		cmocka_unit_test(no_faults_kept), cmocka_unit_test(types_in_turn),
		cmocka_unit_test(page_request),
	};

	return cmocka_run_group_tests_name("model first-stage caches", tests, NULL, NULL);
}
