/* SPDX-License-Identifier: MIT */
/*
 * Caches of the model in legacy mode against every invalidation granularity, by register and by
 * queue: what was cached stays stale before, is fresh after, and what was not named survives.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

/* ---- legacy: translations ---- */

static uint64_t other_page;

/* IOVA and NEXT mapped, both cached; SID_2 shares the domain, its own translation cached too. */
static void legacy_start(void)
{
	struct model_request r = request(MODEL_READ, IOVA);

	start(keeping());
	legacy_scene(&m, 4);
	copy_context(&m, SID_2);
	other_page = page_new(&m);
	map(&m, m.top, 4, NEXT, other_page, 1, 3);
	map(&m, m.top, 4, IOVA, m.page, 1, 3);
	if (by_queue)
		queue_start(&m, true);
	assert_true(can(&m, &r, m.page));
	r.address = NEXT;
	assert_true(can(&m, &r, other_page));
	r.sid = SID_2;
	assert_true(can(&m, &r, other_page));
}

static void remap_both(uint64_t to)
{
	map(&m, m.top, 4, NEXT, to + 4096, 1, 3);
	map(&m, m.top, 4, IOVA, to, 1, 3);
}

static void iotlb_granularities(bool queue)
{
	/* granularity, did, address; is IOVA fresh, is NEXT fresh */
	static const struct {
		uint64_t granularity;
		uint16_t did;
		uint64_t address;
		bool iova, next;
	} cases[] = {
		{ GLOBAL, 0, 0, true, true },
		{ DOMAIN, DID, 0, true, true },
		{ DOMAIN, DID_2, 0, false, false },
		{ DOMAIN, DID | B(8), 0, false, false }, /* domain-ids have 16 bits */
		{ SPECIFIC, DID, IOVA, true, false },
		{ SPECIFIC, DID | B(8), IOVA, false, false },
		{ SPECIFIC, DID, NEXT, false, true },
		{ SPECIFIC, DID_2, IOVA, false, false },
		{ SPECIFIC, DID, IOVA | 9, true, true },
		{ SPECIFIC, DID, (IOVA & ~UINT64_C(0x3FFF)) | 2, true, true },
		{ SPECIFIC, DID, (IOVA & ~UINT64_C(0x3FFF)) | 1, true, false },
		{ SPECIFIC, DID, 0, false, false },
		{ SPECIFIC, DID, IOVA | 1 << 6, true, false }, /* IH: leaves only */
		{ SPECIFIC, DID, IOVA | B(60), true, false },  /* bits above MGAW are ignored */
	};

	by_queue = queue;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct model_request r = request(MODEL_READ, IOVA);

		legacy_start();
		remap_both(0x500000);
		assert_true(can(&m, &r, m.page)); /* stale */
		host_invalidate_iotlb(&m, cases[i].granularity, cases[i].did, cases[i].address);
		assert_true(can(&m, &r, cases[i].iova ? 0x500000 : m.page));
		r.address = NEXT;
		assert_true(can(&m, &r, cases[i].next ? 0x501000 : other_page));
		r.sid = SID_2;
		assert_true(can(&m, &r, cases[i].next ? 0x501000 : other_page));
		assert_null(model_take_complaint(&m.unit));
	}
}

static void iotlb_by_register(void **state)
{
	(void)state;
	iotlb_granularities(false);
}

static void iotlb_by_queue(void **state)
{
	(void)state;
	iotlb_granularities(true);
}

/* AM = 0 on a large page refreshes the one piece that was named. */
static void large_page_in_pieces(void **state)
{
	struct model_request r = request(MODEL_READ, B(33));

	(void)state;
	by_queue = false;
	legacy_start();
	map(&m, m.top, 4, B(33), 0x40000000, 2, 3);
	assert_true(can(&m, &r, 0x40000000));
	r.address += 0x1000;
	assert_true(can(&m, &r, 0x40001000));
	map(&m, m.top, 4, B(33), 0x80000000, 2, 3);
	host_invalidate_iotlb(&m, SPECIFIC, DID, B(33));
	assert_true(can(&m, &r, 0x40001000));
	r.address -= 0x1000;
	assert_true(can(&m, &r, 0x80000000));
	host_invalidate_iotlb(&m, SPECIFIC, DID, B(33) | 9);
	r.address += 0x1000;
	assert_true(can(&m, &r, 0x80001000));
}

/* ---- paging-structure caches ---- */

static void paging_structures(void **state)
{
	static const struct {
		uint64_t granularity;
		uint64_t address;
		bool fresh;
	} cases[] = {
		{ SPECIFIC, IOVA, true },
		{ SPECIFIC, IOVA | B(6), false }, /* IH = 1 keeps them */
		{ DOMAIN, 0, true },
		{ GLOBAL, 0, true },
	};

	(void)state;
	for (unsigned int i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct model_request r = request(MODEL_READ, IOVA);

		by_queue = i % 2;
		legacy_start();
		new_last_level(&m, 0x600000);
		/* Another page of the same 2 MiB: the old table is still in use. */
		r.address = NEXT + 0x1000;
		assert_int_equal(reason_of(&m, &r), 0x06);
		clear_faults(&m);
		r.address = IOVA;
		host_invalidate_iotlb(&m, cases[i / 2].granularity, DID, cases[i / 2].address);
		assert_true(can(&m, &r, cases[i / 2].fresh ? 0x600000 : m.page));
	}
}

/* Shared by every device of the domain, separate between domains. */
static void paging_tags(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	by_queue = false;
	legacy_start();
	new_last_level(&m, 0x600000);
	r.sid = SID_2; /* IOVA was never translated for it: the domain's tables are cached */
	assert_true(can(&m, &r, m.page));
	word_at(&m, context_of(&m, SID_UPPER))[0] = m.top | 1;
	word_at(&m, context_of(&m, SID_UPPER))[1] = 2 | DID_2 << 8;
	r.sid = SID_UPPER;
	assert_true(can(&m, &r, 0x600000));
}

/* Invalidating any page under a cached table makes it go, and only that one. */
static void paging_ranges(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);
	uint64_t reads;

	(void)state;
	by_queue = false;
	legacy_start();
	reads = m.unit.counts.table_reads;
	r.address = NEXT + 0x1000;
	reason_of(&m, &r);
	assert_int_equal(m.unit.counts.table_reads, reads + 1);	   /* the leaf alone */
	host_invalidate_iotlb(&m, SPECIFIC, DID, IOVA + 0x100000); /* elsewhere in the same 2 MiB */
	reads = m.unit.counts.table_reads;
	reason_of(&m, &r);
	assert_int_equal(m.unit.counts.table_reads, reads + 4);
	host_invalidate_iotlb(&m, SPECIFIC, DID, IOVA + 0x200000); /* the next 2 MiB: same PDPE */
	reads = m.unit.counts.table_reads;
	reason_of(&m, &r);
	assert_int_equal(m.unit.counts.table_reads, reads + 1);
}

/* ---- context cache ---- */

/* Both devices' contexts are cached; then both entries move to other tables. */
static void contexts_move(void)
{
	uint64_t top = page_new(&m);

	map(&m, top, 4, IOVA, 0x700000, 1, 3);
	for (unsigned int i = 0; i < 2; i++)
		*word_at(&m, context_of(&m, i ? SID_2 : SID)) = top | 1;
}

static void context_granularities(bool queue)
{
	static const struct {
		uint64_t granularity;
		uint16_t did, sid;
		uint64_t mask;
		bool first, second;
	} cases[] = {
		{ GLOBAL, 0, 0, 0, true, true },
		{ DOMAIN, DID, 0, 0, true, true },
		{ DOMAIN, DID_2, 0, 0, false, false },
		{ SPECIFIC, DID, SID, 0, true, false },
		{ SPECIFIC, DID, SID_2, 0, false, true },
		{ SPECIFIC, DID_2, SID, 0, false, false },
		{ SPECIFIC, DID, SID | B(8), 0, false,
		  false }, /* the same function of another bus */
		{ SPECIFIC, DID, SID | B(8) | 7, 3, false, false },
		{ SPECIFIC, DID, SID | 4, 0, false, false },
		{ SPECIFIC, DID, SID | 4, 1, true, false },
		{ SPECIFIC, DID, SID | 6, 1, false, false },
		{ SPECIFIC, DID, SID | 6, 2, true, false },
		{ SPECIFIC, DID, SID | 7, 2, false, false },
		{ SPECIFIC, DID, SID | 7, 3, true, false },
	};

	by_queue = queue;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct model_request r = request(MODEL_READ, IOVA);

		legacy_start();
		contexts_move();
		host_invalidate_iotlb(&m, GLOBAL, 0, 0);
		assert_true(can(&m, &r, m.page)); /* stale */
		host_invalidate_context(&m, cases[i].granularity, cases[i].did, cases[i].sid,
					cases[i].mask);
		host_invalidate_iotlb(&m, GLOBAL, 0, 0);
		assert_true(can(&m, &r, cases[i].first ? 0x700000 : m.page));
		host_invalidate_iotlb(&m, GLOBAL, 0, 0);
		r.sid = SID_2;
		assert_true(can(&m, &r, cases[i].second ? 0x700000 : m.page));
	}
}

static void context_by_register(void **state)
{
	(void)state;
	context_granularities(false);
}

static void context_by_queue(void **state)
{
	(void)state;
	context_granularities(true);
}

/* A function that is not the cached one has its own entry. */
static void context_tags(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	by_queue = false;
	legacy_start();
	r.sid = SID + 1;
	assert_int_equal(reason_of(&m, &r), 0x02);
}

/* Root table moved, context cache kept: the old tables are still in use (ESRTPS = 0). */
static void root_change_needs_everything(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	by_queue = false;
	legacy_start();
	set_root(&m, page_new(&m), TTM_LEGACY);
	assert_true(can(&m, &r, m.page));
	host_invalidate_context(&m, GLOBAL, 0, 0, 0);
	assert_true(can(&m, &r, m.page)); /* the translation itself is cached */
	host_invalidate_iotlb(&m, GLOBAL, 0, 0);
	assert_int_equal(reason_of(&m, &r), 0x01);
}

/* ---- room ---- */

static void full_cache(void **state)
{
	static struct model_cached small[3];
	struct model_config config = keeping();
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	config.cache = small;
	config.cache_count = 3;
	start(config);
	legacy_scene(&m, 4);
	assert_true(can(&m, &r, m.page));
	assert_int_equal(model_cached_count(&m.unit), 3);
	assert_int_equal(m.unit.counts.cache_full, 2); /* of context, 3 tables, translation */
	assert_true(can(&m, &r, m.page));
}

int run_caches(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(iotlb_by_register, setup),
		cmocka_unit_test_setup(iotlb_by_queue, setup),
		cmocka_unit_test_setup(large_page_in_pieces, setup),
		cmocka_unit_test_setup(paging_structures, setup),
		cmocka_unit_test_setup(paging_tags, setup),
		cmocka_unit_test_setup(paging_ranges, setup),
		cmocka_unit_test_setup(context_by_register, setup),
		cmocka_unit_test_setup(context_by_queue, setup),
		cmocka_unit_test_setup(context_tags, setup),
		cmocka_unit_test_setup(root_change_needs_everything, setup),
		cmocka_unit_test_setup(full_cache, setup),
	};

	return cmocka_run_group_tests_name("model caches", tests, NULL, NULL);
}
