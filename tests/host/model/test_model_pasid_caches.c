/* SPDX-License-Identifier: MIT */
/*
 * Caches of the model in scalable mode against every invalidation granularity; and what caching
 * mode (CM) keeps.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

/* ---- scalable mode ---- */

static uint64_t other_page; /* of PASID 9 */

static void invalidate_pasid_cache(uint64_t granularity, uint16_t did, uint32_t pasid)
{
	submit(&m, 7 | granularity << 4 | (uint64_t)did << 16 | (uint64_t)pasid << 32, 0);
}

static void invalidate_pasid_iotlb(uint64_t granularity, uint16_t did, uint32_t pasid,
				   uint64_t address)
{
	submit(&m, 6 | granularity << 4 | (uint64_t)did << 16 | (uint64_t)pasid << 32, address);
}

/* SID with RID_PASID 0 and with PASID 9; both cached. PASID 9 has a domain of its own. */
static void scalable_start(void)
{
	struct model_request r = request(MODEL_READ, IOVA);
	uint64_t other;

	start(keeping());
	scalable_scene(&m, 4);
	other = page_new(&m);
	other_page = page_new(&m);
	map(&m, other, 4, IOVA, other_page, 1, 3);
	map(&m, m.top, 4, IOVA, m.page, 1, 3);
	copy_pasid(&m, 9);
	*word_at(&m, pasid_entry_of(&m, 9)) = other | 2 << 6 | 2 << 2 | 1;
	word_at(&m, pasid_entry_of(&m, 9))[1] = DID_2;
	copy_context(&m, SID_2);
	queue_start(&m, true);
	assert_true(can(&m, &r, m.page));
	r.has_pasid = true;
	r.pasid = 9;
	assert_true(can(&m, &r, other_page));
	by_queue = true;
}

/* Every domain's leaf goes elsewhere. */
static void remap_all(void)
{
	uint64_t entry = *word_at(&m, pasid_entry_of(&m, 9));

	map(&m, entry & ~UINT64_C(0xFFF), 4, IOVA, 0x801000, 1, 3);
	map(&m, m.top, 4, IOVA, 0x800000, 1, 3);
}

static void check_both(bool first_fresh, bool second_fresh)
{
	struct model_request r = request(MODEL_READ, IOVA);

	assert_true(can(&m, &r, first_fresh ? 0x800000 : m.page));
	r.has_pasid = true;
	r.pasid = 9;
	assert_true(can(&m, &r, second_fresh ? 0x801000 : other_page));
}

static void scalable_iotlb(void **state)
{
	static const struct {
		uint64_t granularity;
		uint16_t did;
		uint64_t address;
		bool first, second;
	} cases[] = {
		{ GLOBAL, 0, 0, true, true },		{ DOMAIN, DID, 0, true, false },
		{ DOMAIN, DID_2, 0, false, true },	{ SPECIFIC, DID, IOVA, true, false },
		{ SPECIFIC, DID_2, IOVA, false, true }, { SPECIFIC, DID, NEXT, false, false },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scalable_start();
		remap_all();
		check_both(false, false);
		host_invalidate_iotlb(&m, cases[i].granularity, cases[i].did, cases[i].address);
		check_both(cases[i].first, cases[i].second);
	}
}

/* PASID-selective takes translations of any type; page-selective none without a first stage. */
static void scalable_pasid_iotlb(void **state)
{
	static const struct {
		uint64_t granularity;
		uint16_t did;
		uint32_t pasid;
		bool first, second;
	} cases[] = {
		{ 2, DID, 0, true, false }, /* an entry without PASID carries RID_PASID */
		{ 2, DID_2, 9, false, true },  { 2, DID, 9, false, false },
		{ 2, DID_2, 0, false, false }, { 3, DID, 0, false, false },
		{ 3, DID_2, 9, false, false },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scalable_start();
		remap_all();
		invalidate_pasid_iotlb(cases[i].granularity, cases[i].did, cases[i].pasid, IOVA);
		check_both(cases[i].first, cases[i].second);
	}
	/* Second-stage paging structures are not its business. */
	scalable_start();
	{
		struct model_request r = request(MODEL_READ, IOVA);

		new_last_level(&m, 0x800000);
		invalidate_pasid_iotlb(2, DID, 0, 0);
		assert_true(can(&m, &r, m.page));
	}
}

/* Pass-through is cached like a translation. */
static void pass_through_is_cached(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	scalable_start();
	*word_at(&m, m.pasid_table) = 4 << 6 | 1;
	invalidate_pasid_cache(3, 0, 0);
	host_invalidate_iotlb(&m, GLOBAL, 0, 0);
	assert_true(can(&m, &r, IOVA));
	*word_at(&m, m.pasid_table) = m.top | 2 << 6 | 2 << 2 | 1;
	invalidate_pasid_cache(3, 0, 0);
	assert_true(can(&m, &r, IOVA));
	host_invalidate_iotlb(&m, SPECIFIC, DID, NEXT);
	assert_true(can(&m, &r, IOVA));
	host_invalidate_iotlb(&m, SPECIFIC, DID, IOVA);
	assert_true(can(&m, &r, m.page));
}

static void pasid_cache_granularities(void **state)
{
	static const struct {
		uint64_t granularity;
		uint16_t did;
		uint32_t pasid;
		bool first, second;
	} cases[] = {
		{ 3, 0, 0, true, true },       { 0, DID, 0, true, false },
		{ 0, DID_2, 9, false, true },  { 1, DID, 0, true, false },
		{ 1, DID_2, 9, false, true },  { 1, DID, 9, false, false },
		{ 1, DID_2, 0, false, false },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t first, second;

		scalable_start();
		first = page_new(&m);
		map(&m, first, 4, IOVA, 0x800000, 1, 3);
		second = page_new(&m);
		map(&m, second, 4, IOVA, 0x801000, 1, 3);
		*word_at(&m, m.pasid_table) = first | 2 << 6 | 2 << 2 | 1;
		*word_at(&m, pasid_entry_of(&m, 9)) = second | 2 << 6 | 2 << 2 | 1;
		host_invalidate_iotlb(&m, GLOBAL, 0, 0);
		check_both(false, false); /* stale */
		invalidate_pasid_cache(cases[i].granularity, cases[i].did, cases[i].pasid);
		host_invalidate_iotlb(&m, GLOBAL, 0, 0);
		check_both(cases[i].first, cases[i].second);
	}
}

/* In scalable mode the context cache has no domain: domain acts as global, device ignores DID. */
static void scalable_contexts(void **state)
{
	static const struct {
		uint64_t granularity;
		uint16_t sid;
		bool fresh;
	} cases[] = { { GLOBAL, 0, true },
		      { DOMAIN, 0, true },
		      { SPECIFIC, SID, true },
		      { SPECIFIC, SID_2, false } };

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct model_request r = request(MODEL_READ, IOVA);

		scalable_start();
		*word_at(&m, m.context) &= ~B(0);
		invalidate_pasid_cache(3, 0, 0);
		host_invalidate_iotlb(&m, GLOBAL, 0, 0);
		assert_true(can(&m, &r, m.page)); /* the context is still cached */
		host_invalidate_context(&m, cases[i].granularity, DID_2, cases[i].sid, 0);
		invalidate_pasid_cache(3, 0, 0);
		host_invalidate_iotlb(&m, GLOBAL, 0, 0);
		assert_int_equal(reason_of(&m, &r), cases[i].fresh ? 0x41 : 0);
	}
}

static void scalable_tags(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	scalable_start();
	remap_all();
	/* The same page for another device, for another PASID: their own entries. */
	r.sid = SID_2;
	r.has_pasid = true;
	r.pasid = 9;
	*word_at(&m, m.directory) = 0; /* PASID cache is tagged by source too */
	assert_int_equal(reason_of(&m, &r), 0x51);
	r.sid = SID;
	r.pasid = 10;
	assert_int_equal(reason_of(&m, &r), 0x51);
	r.pasid = 9;
	assert_true(can(&m, &r, other_page));
	/* With PASID 0 is not without PASID. */
	r.pasid = 0;
	assert_int_equal(reason_of(&m, &r), 0x48);
}

/* ---- caching mode ---- */

/* CM = 0: what faulted is looked at again at once. */
static void faults_not_kept(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);
	uint64_t saved;

	(void)state;
	start(keeping());
	legacy_scene(&m, 4);
	saved = *word_at(&m, m.context);
	*word_at(&m, m.context) = 0;
	assert_int_equal(reason_of(&m, &r), 0x02);
	*word_at(&m, m.context) = saved;
	*word_at(&m, m.entries[4]) &= ~UINT64_C(3);
	assert_int_equal(reason_of(&m, &r), 0x05);
	*word_at(&m, m.entries[4]) |= 3;
	*word_at(&m, m.entries[1]) = m.page | 1;
	assert_int_equal(reason_of(&m, &r), 0x05);
	*word_at(&m, m.entries[1]) = m.page | 3;
	assert_true(can(&m, &r, m.page));
	start(keeping());
	scalable_scene(&m, 4);
	saved = *word_at(&m, m.pasid_table);
	*word_at(&m, m.pasid_table) = 0;
	assert_int_equal(reason_of(&m, &r), 0x59);
	*word_at(&m, m.pasid_table) = saved;
	assert_true(can(&m, &r, m.page));
	/* A permission that was cached is not: read, then an upgrade, then a write. */
	*word_at(&m, m.entries[1]) = m.page | 1;
	set_root(&m, m.root, TTM_SCALABLE);
	r.sid = SID_2;
	copy_context(&m, SID_2);
	r.kind = MODEL_READ;
	assert_true(can(&m, &r, m.page));
	*word_at(&m, m.entries[1]) = m.page | 3;
	r.kind = MODEL_WRITE;
	assert_int_equal(reason_of(&m, &r), 0x85);
}

static struct model_config caching(void)
{
	struct model_config config = keeping();

	config.cap |= B(7);
	return config;
}

/* CM = 1: nothing is seen before the invalidation that names it. */
static void faulty_contexts_kept(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);
	uint64_t saved;

	(void)state;
	by_queue = false;
	start(caching());
	legacy_scene(&m, 4);
	saved = *word_at(&m, m.context);
	*word_at(&m, m.context) = 0;
	assert_int_equal(reason_of(&m, &r), 0x02);
	*word_at(&m, m.context) = saved;
	assert_int_equal(reason_of(&m, &r), 0x02);
	host_invalidate_context(&m, SPECIFIC, DID, SID, 0); /* tagged with domain 0 instead */
	assert_int_equal(reason_of(&m, &r), 0x02);
	host_invalidate_context(&m, SPECIFIC, 0, SID, 0);
	assert_true(can(&m, &r, m.page));
	/* Root entries count as well. */
	r.sid = 0x300;
	assert_int_equal(reason_of(&m, &r), 0x01);
	*word_at(&m, m.root + 3 * 16) = *word_at(&m, m.root);
	assert_int_equal(reason_of(&m, &r), 0x01);
	host_invalidate_context(&m, GLOBAL, 0, 0, 0);
	assert_int_equal(reason_of(&m, &r), 0x02);
	/* An access error left nothing to keep. */
	r.sid = 0x400;
	*word_at(&m, m.root + 4 * 16) = 0x70000001;
	assert_int_equal(reason_of(&m, &r), 0x09);
	*word_at(&m, m.root + 4 * 16) = 0;
	assert_int_equal(reason_of(&m, &r), 0x01);
}

static void faulty_pasids_kept(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);
	uint64_t saved;

	(void)state;
	by_queue = true;
	start(caching());
	scalable_scene(&m, 4);
	queue_start(&m, true);
	saved = *word_at(&m, m.pasid_table);
	*word_at(&m, m.pasid_table) = 0;
	assert_int_equal(reason_of(&m, &r), 0x59);
	*word_at(&m, m.pasid_table) = saved;
	assert_int_equal(reason_of(&m, &r), 0x59);
	invalidate_pasid_cache(1, DID, 0);
	assert_int_equal(reason_of(&m, &r), 0x59);
	invalidate_pasid_cache(1, 0, 0); /* domain 0 names what would fault */
	assert_true(can(&m, &r, m.page));
	r.sid = SID_UPPER;
	assert_int_equal(reason_of(&m, &r), 0x39);
	copy_context(&m, SID_UPPER);
	assert_int_equal(reason_of(&m, &r), 0x39);
	host_invalidate_context(&m, SPECIFIC, 0, SID_UPPER, 0);
	assert_true(can(&m, &r, m.page));
	/* An entry that is wrong for some requests only is kept as well. */
	r.sid = SID_2;
	copy_context(&m, SID_2);
	*word_at(&m, context_of(&m, SID_2)) ^= B(3) | B(6);
	assert_int_equal(reason_of(&m, &r), 0x43);
	copy_context(&m, SID_2);
	assert_int_equal(reason_of(&m, &r), 0x43);
}

static void faulty_translations_kept(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);
	static const uint64_t bad[] = { 0, B(62) | 3 };
	static const uint8_t reasons[] = { 0x79, 0x7A };

	(void)state;
	by_queue = true;
	for (unsigned int i = 0; i < 2; i++) {
		start(caching());
		scalable_scene(&m, 4);
		queue_start(&m, true);
		*word_at(&m, m.entries[1]) = bad[i];
		assert_int_equal(reason_of(&m, &r), reasons[i]);
		*word_at(&m, m.entries[1]) = m.page | 3;
		assert_int_equal(reason_of(&m, &r), reasons[i]);
		host_invalidate_iotlb(&m, SPECIFIC, DID, NEXT);
		assert_int_equal(reason_of(&m, &r), reasons[i]);
		host_invalidate_iotlb(&m, SPECIFIC, DID, IOVA);
		assert_true(can(&m, &r, m.page));
	}
	/* A missing PML4E cannot be a leaf: it is kept as a paging structure, so IH = 1 keeps it. */
	*word_at(&m, m.entries[4]) &= ~UINT64_C(3);
	host_invalidate_iotlb(&m, GLOBAL, 0, 0);
	assert_int_equal(reason_of(&m, &r), 0x79);
	*word_at(&m, m.entries[4]) |= 3;
	host_invalidate_iotlb(&m, SPECIFIC, DID, IOVA | B(6));
	assert_int_equal(reason_of(&m, &r), 0x79);
	host_invalidate_iotlb(&m, SPECIFIC, DID, IOVA);
	assert_true(can(&m, &r, m.page));
	/* A missing PDE may be: IH = 1 is enough after a large page was put there. */
	*word_at(&m, m.entries[2]) = 0;
	host_invalidate_iotlb(&m, GLOBAL, 0, 0);
	assert_int_equal(reason_of(&m, &r), 0x79);
	*word_at(&m, m.entries[2]) = 0x40000000 | B(7) | 3;
	host_invalidate_iotlb(&m, SPECIFIC, DID, (IOVA & ~UINT64_C(0x1FFFFF)) | 9 | B(6));
	assert_true(can(&m, &r, 0x40001000));
}

int run_pasid_caches(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(scalable_iotlb, setup),
		cmocka_unit_test_setup(scalable_pasid_iotlb, setup),
		cmocka_unit_test_setup(pass_through_is_cached, setup),
		cmocka_unit_test_setup(pasid_cache_granularities, setup),
		cmocka_unit_test_setup(scalable_contexts, setup),
		cmocka_unit_test_setup(scalable_tags, setup),
		cmocka_unit_test_setup(faults_not_kept, setup),
		cmocka_unit_test_setup(faulty_contexts_kept, setup),
		cmocka_unit_test_setup(faulty_pasids_kept, setup),
		cmocka_unit_test_setup(faulty_translations_kept, setup),
	};

	return cmocka_run_group_tests_name("model caches in scalable mode", tests, NULL, NULL);
}
