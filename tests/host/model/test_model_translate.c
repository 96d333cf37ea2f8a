/* SPDX-License-Identifier: MIT */
/*
 * What gets through the model and where it lands: levels, page sizes, permissions, RID_PASID and
 * PASIDs, pass-through, data transfers.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

static struct model_answer ask(const struct model_request *r)
{
	struct model_answer answer;

	model_translate(&m.unit, r, &answer);
	return answer;
}

/* A leaf of this size at an address whose every index is different, and its last byte. */
static void check_leaf(unsigned int levels, unsigned int leaf)
{
	uint64_t size = UINT64_C(1) << (12 + 9 * (leaf - 1));
	uint64_t iova =
		((UINT64_C(1) << (12 + 9 * levels)) - 1) & ~(size - 1) & ~(UINT64_C(1) << 40);
	uint64_t phys = 5 * size;
	struct model_request r = request(MODEL_WRITE, iova);
	unsigned int record = 0;

	map(&m, m.top, levels, iova, phys, leaf, 3);
	assert_true(can(&m, &r, phys));
	r.address = iova + size - 8;
	assert_true(can(&m, &r, phys + size - 8));
	r.address = iova + size / 2 + 0x1238 % size;
	assert_true(can(&m, &r, phys + size / 2 + 0x1238 % size));
	/* The neighbour below is not mapped. */
	r.address = iova - 8;
	assert_false(can(&m, &r, 0));
	assert_true(has_fault(&m, record));
	clear_faults(&m);
}

static void legacy_levels_and_sizes(void **state)
{
	(void)state;
	for (unsigned int levels = 3; levels <= 5; levels++)
		for (unsigned int leaf = 1; leaf <= 3; leaf++) {
			start(everything());
			legacy_scene(&m, levels);
			check_leaf(levels, leaf);
		}
}

static void scalable_levels_and_sizes(void **state)
{
	(void)state;
	for (unsigned int levels = 3; levels <= 5; levels++)
		for (unsigned int leaf = 1; leaf <= 3; leaf++) {
			start(everything());
			scalable_scene(&m, levels);
			check_leaf(levels, leaf);
		}
}

/* Every device of a bus has its own entry; buses have their own tables. */
static void devices_and_buses(void **state)
{
	static const uint16_t others[] = { SID_2, SID_UPPER, 0x0090, 0x01FF, 0xFFFF, 0x0110 };
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	for (unsigned int scalable = 0; scalable < 2; scalable++) {
		start(everything());
		if (scalable)
			scalable_scene(&m, 4);
		else
			legacy_scene(&m, 4);
		for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
			r.sid = others[i];
			context_of(&m, others[i]);
			assert_int_equal(reason_of(&m, &r), scalable ? 0x41 : 0x02);
			copy_context(&m, others[i]);
			assert_true(can(&m, &r, m.page));
			clear_faults(&m);
		}
	}
}

/* ---- permissions ---- */

struct rights_case {
	uint64_t upper, leaf;
	uint8_t legacy[3], scalable[3]; /* read, write, atomic */
};

static const struct rights_case rights_cases[] = {
	{ 3, 3, { 0, 0, 0 }, { 0, 0, 0 } },
	{ 3, 1, { 0, 0x05, 0x05 }, { 0, 0x85, 0x85 } },
	{ 1, 3, { 0, 0x05, 0x05 }, { 0, 0x85, 0x85 } },
	{ 3, 2, { 0x06, 0, 0x06 }, { 0x86, 0, 0x86 } },
	{ 2, 3, { 0x06, 0, 0x06 }, { 0x86, 0, 0x86 } },
	{ 3, 0, { 0x06, 0x05, 0x05 }, { 0x79, 0x79, 0x79 } },
	{ 0, 3, { 0x06, 0x05, 0x05 }, { 0x79, 0x79, 0x79 } },
	{ 1, 2, { 0x06, 0x05, 0x05 }, { 0x79, 0x79, 0x79 } }, /* both cumulative rights gone */
	{ 2, 1, { 0x06, 0x05, 0x05 }, { 0x79, 0x79, 0x79 } },
};

static void permissions(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(rights_cases) / sizeof(rights_cases[0]); i++)
		for (unsigned int kind = 0; kind < 3; kind++)
			for (unsigned int upper = 2; upper <= 4; upper++)
				for (unsigned int scalable = 0; scalable < 2; scalable++) {
					const struct rights_case *c = &rights_cases[i];
					struct model_request r = request(kind, IOVA);

					start(everything());
					if (scalable)
						scalable_scene(&m, 4);
					else
						legacy_scene(&m, 4);
					*word_at(&m, m.entries[1]) = m.page | c->leaf;
					*word_at(&m, m.entries[upper]) &= ~UINT64_C(3);
					*word_at(&m, m.entries[upper]) |= c->upper;
					assert_int_equal(reason_of(&m, &r),
							 scalable ? c->scalable[kind]
								  : c->legacy[kind]);
				}
}

/* CAP.ZLR: a zero-length read may go to a write-only page. */
static void zero_length_reads(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	r.bytes = 0;
	legacy_scene(&m, 4);
	*word_at(&m, m.entries[1]) = m.page | 2;
	assert_true(can(&m, &r, m.page));
	r.bytes = 1;
	assert_int_equal(reason_of(&m, &r), 0x06);
	r.bytes = 0;
	*word_at(&m, m.entries[1]) = 0;
	r.sid = SID_2; /* not cached for this one */
	copy_context(&m, SID_2);
	assert_int_equal(reason_of(&m, &r), 0x06);
	config.cap &= ~(UINT64_C(1) << 22);
	start(config);
	r.sid = SID;
	scalable_scene(&m, 4);
	*word_at(&m, m.entries[1]) = m.page | 2;
	assert_int_equal(reason_of(&m, &r), 0x86);
}

/* SSIRWE: bits 61 and 62 grant, bits 0 and 1 do not. */
static void io_permission_bits(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	scalable_scene(&m, 4);
	write64(&m, REG_RTADDR, m.root | 1 << 10 | 1 << 7);
	command(&m, 30, true);
	assert_int_equal(reason_of(&m, &r), 0x79);
	for (unsigned int level = 1; level <= 4; level++) {
		*word_at(&m, m.entries[level]) &= ~UINT64_C(3);
		*word_at(&m, m.entries[level]) |= UINT64_C(3) << 61;
	}
	assert_true(can(&m, &r, m.page));
	clear_faults(&m);
	*word_at(&m, m.entries[1]) = m.page | 3 | UINT64_C(1) << 61;
	r.sid = SID_2;
	copy_context(&m, SID_2);
	assert_int_equal(reason_of(&m, &r), 0x85);
}

/* Bits that the book says are ignored do not matter. */
static void ignored_bits(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	legacy_scene(&m, 4);
	for (unsigned int level = 2; level <= 4; level++)
		*word_at(&m, m.entries[level]) |= 0xBFF000000000077C & ~UINT64_C(0x80);
	*word_at(&m, m.entries[1]) |= 0xBFF0000000000FFC;
	word_at(&m, m.context)[1] |= 0x78;
	assert_true(can(&m, &r, m.page));
	start(everything());
	scalable_scene(&m, 4);
	word_at(&m, m.pasid_table)[2] |= 0x60;
	assert_true(can(&m, &r, m.page));
}

/* ---- PASIDs ---- */

static void rid_pasid(void **state)
{
	static const uint32_t values[] = { 0, 5, 70, 8191 };
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		start(config);
		scalable_scene(&m, 4);
		copy_pasid(&m, values[i]);
		if (values[i] != 0)
			word_at(&m, m.pasid_table)[0] = 0;
		word_at(&m, m.context)[1] = values[i];
		assert_true(can(&m, &r, m.page));
	}
	/* RPS = 0: PASID 0, whatever. */
	config.ecap &= ~(UINT64_C(1) << 49);
	start(config);
	scalable_scene(&m, 4);
	assert_true(can(&m, &r, m.page));
}

static void requests_with_pasid(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);
	uint64_t other;

	(void)state;
	scalable_scene(&m, 4);
	copy_pasid(&m, 200);
	other = page_new(&m);
	*word_at(&m, pasid_entry_of(&m, 200)) = (other & ~UINT64_C(0xFFF)) | 2 << 6 | 2 << 2 | 1;
	word_at(&m, pasid_entry_of(&m, 200))[1] = DID_2;
	m.page = page_new(&m);
	map(&m, other, 4, IOVA, m.page, 1, 3);
	r.has_pasid = true;
	r.pasid = 200;
	assert_true(can(&m, &r, m.page));
	/* The highest PASIDs of the smallest and the largest directory. */
	copy_pasid(&m, 8191);
	r.pasid = 8191;
	assert_true(ask(&r).ok);
}

static void largest_directory(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	scalable_scene(&m, 4);
	*word_at(&m, m.context) |= 7 << 9;
	m.next_phys = m.directory + 31 * 4096;
	page_new(&m);
	*word_at(&m, m.directory + 16383 * 8) = m.pasid_table | 1;
	*word_at(&m, m.pasid_table + 63 * 64) = *word_at(&m, m.pasid_table);
	word_at(&m, m.pasid_table + 63 * 64)[1] = DID;
	r.has_pasid = true;
	r.pasid = 0xFFFFF;
	assert_true(can(&m, &r, m.page));
}

/* Supervisor requests need SRE; without a PASID the privilege comes from RID_PRIV. */
static void supervisor_requests(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	scalable_scene(&m, 4);
	word_at(&m, m.context)[1] = 1 << 20 | 1; /* RID_PRIV, RID_PASID 1 */
	copy_pasid(&m, 1);
	r.privileged = true; /* means nothing without a PASID */
	assert_int_equal(reason_of(&m, &r), 0x5D);
	word_at(&m, pasid_entry_of(&m, 1))[2] = 1;
	assert_int_equal(model_cached_count(&m.unit) != 0, true);
	set_root(&m, m.root, TTM_SCALABLE);
	assert_true(can(&m, &r, m.page));
	/* A user's cached translation does not let a supervisor in. */
	r.has_pasid = true;
	r.pasid = 0;
	r.privileged = false;
	assert_true(can(&m, &r, m.page));
	r.privileged = true;
	assert_int_equal(reason_of(&m, &r), 0x5D);
}

/* ---- pass-through ---- */

static void pass_through(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_WRITE, 0x123456780);

	(void)state;
	config.host_address_bits = 40;
	start(config);
	legacy_scene(&m, 4);
	*word_at(&m, m.context) = 2 << 2 | 1 | UINT64_C(0xFFF) << 52; /* pointer is ignored */
	assert_true(can(&m, &r, r.address));
	assert_true(can(&m, &r, r.address)); /* cached */
	r.address = UINT64_C(1) << 40;
	assert_int_equal(reason_of(&m, &r), 0x04);
	r.address = (UINT64_C(1) << 40) - 8;
	assert_true(can(&m, &r, r.address));
	start(config);
	scalable_scene(&m, 4);
	*word_at(&m, m.pasid_table) = 4 << 6 | 1;
	assert_true(can(&m, &r, r.address));
	r.address = UINT64_C(1) << 40;
	assert_int_equal(reason_of(&m, &r), 0x83);
}

/* ---- data ---- */

static void transfers(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA + 4096 - 6);
	uint64_t second;
	uint8_t out[12] = "hello world", in[12] = { 0 };
	uint32_t word = 0x22;

	(void)state;
	legacy_scene(&m, 4);
	second = page_new(&m);
	map(&m, m.top, 4, IOVA + 4096, second, 1, 3);
	r.bytes = 12;
	assert_true(model_dma(&m.unit, &r, out));
	assert_memory_equal((uint8_t *)word_at(&m, second), "world", 6);
	r.kind = MODEL_READ;
	assert_true(model_dma(&m.unit, &r, in));
	assert_memory_equal(in, out, 12);
	/* The second page is gone: the first part has happened. */
	*word_at(&m, m.entries[1]) = 0;
	set_root(&m, m.root, TTM_LEGACY);
	r.kind = MODEL_WRITE;
	assert_false(model_dma(&m.unit, &r, out));
	assert_true(has_fault(&m, 0));
	assert_int_equal(fault_low(&m, 0), IOVA + 4096);
	/* An atomic writes. */
	r = request(MODEL_ATOMIC, IOVA);
	r.bytes = 4;
	assert_true(model_dma(&m.unit, &r, &word));
	assert_int_equal((uint32_t)*word_at(&m, m.page), 0x22);
	/* Zero bytes, an interrupt, unreachable memory, and what is no access at all. */
	r = request(MODEL_READ, IOVA);
	r.bytes = 0;
	assert_true(model_dma(&m.unit, &r, in));
	r = request(MODEL_WRITE, 0xFEE00000);
	r.bytes = 4;
	word = 0x1234;
	assert_true(model_dma(&m.unit, &r, &word));
	assert_int_equal(m.messages[0].data, 0x1234);
	*word_at(&m, m.entries[1]) = UINT64_C(0x7000000) | 3;
	r = request(MODEL_WRITE, IOVA + 4096);
	for (r.kind = MODEL_READ; r.kind <= MODEL_ATOMIC; r.kind++)
		assert_false(model_dma(&m.unit, &r, out));
	r.type = MODEL_TRANSLATION;
	assert_false(model_dma(&m.unit, &r, out));
}

/* A read that faults brings nothing, though memory lies at the raw address. */
static void blocked_read(void **state)
{
	struct model_request r = request(MODEL_READ, 0);
	uint64_t data = 0x5afe;

	(void)state;
	legacy_scene(&m, 4);
	r.address = page_new(&m);
	*word_at(&m, r.address) = 0x5ec2e7;
	r.bytes = sizeof(data);
	assert_false(model_dma(&m.unit, &r, &data));
	assert_true(has_fault(&m, 0));
	assert_int_equal(data, 0x5afe);
}

int run_translate(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(legacy_levels_and_sizes, setup),
		cmocka_unit_test_setup(scalable_levels_and_sizes, setup),
		cmocka_unit_test_setup(devices_and_buses, setup),
		cmocka_unit_test_setup(permissions, setup),
		cmocka_unit_test_setup(zero_length_reads, setup),
		cmocka_unit_test_setup(io_permission_bits, setup),
		cmocka_unit_test_setup(ignored_bits, setup),
		cmocka_unit_test_setup(rid_pasid, setup),
		cmocka_unit_test_setup(requests_with_pasid, setup),
		cmocka_unit_test_setup(largest_directory, setup),
		cmocka_unit_test_setup(supervisor_requests, setup),
		cmocka_unit_test_setup(pass_through, setup),
		cmocka_unit_test_setup(transfers, setup),
		cmocka_unit_test_setup(blocked_read, setup),
	};

	return cmocka_run_group_tests_name("model translation", tests, NULL, NULL);
}
