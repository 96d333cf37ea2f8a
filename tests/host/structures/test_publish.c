/* SPDX-License-Identifier: MIT */
/*
 * What publishing an entry invalidates, for every row of "Guidance to Software for Invalidations" that
 * is about a PASID entry or a paging entry; and that the entry is in memory before.
 */
#include "tests/host/check.h"

#include <stdio.h>
#include <string.h>

#include "arch/page.h"
#include "iommu/structures/context.h"
#include "iommu/structures/publish.h"
#include "iommu/unit/device_tlb.h"
#include "iommu/unit/invalidate.h"
#include "tests/host/memory.h"

enum { MEMORY_PAGES = 64, DID = 5, DID_2 = 6, PASID = 9 };

#define BASE HOST_MEMORY_BASE
#define FROM UINT64_C(0x40201000)

static struct unit unit;
static const uint64_t *watched; /* the word that is changed, and what it must be by then */
static uint64_t due;
static char calls[300]; /* what was invalidated: "pc 1 5.9, piotlb 2 5.9 0+0" */

void cpu_flush(const void *address, size_t bytes);
void cpu_flush(const void *address, size_t bytes)
{
	(void)address;
	(void)bytes;
}

static enum status note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static enum status note(const char *format, ...)
{
	size_t used = strlen(calls);
	va_list args;

	assert_int_equal(*watched, due);
	va_start(args, format);
	if (used)
		used += (size_t)snprintf(calls + used, sizeof(calls) - used, ", ");
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

enum status invalidate_context_cache(struct unit *on, struct context_invalidation what)
{
	(void)on;
	return note("cc %u %u.%x", what.granularity, what.did, what.sid);
}

enum status invalidate_pasid_cache(struct unit *on, struct pasid_invalidation what)
{
	(void)on;
	return note("pc %u %u.%u", what.granularity, what.did, what.pasid);
}

enum status invalidate_iotlb(struct unit *on, struct iotlb_invalidation what)
{
	(void)on;
	return note("iotlb %u %u %llx+%u%s", what.granularity, what.did,
		    (unsigned long long)what.address.value, what.address_mask,
		    what.leaf_only ? " ih" : "");
}

enum status invalidate_pasid_iotlb(struct unit *on, struct pasid_invalidation what)
{
	(void)on;
	return note("piotlb %u %u.%u %llx+%u%s", what.granularity, what.did, what.pasid,
		    (unsigned long long)what.address.value, what.address_mask,
		    what.leaf_only ? " ih" : "");
}

enum status queue_run(struct unit *on, struct descriptor d)
{
	(void)on;
	return note("dtlb %llx %llx", (unsigned long long)d.q[0], (unsigned long long)d.q[1]);
}

static int set_up(void **state)
{
	(void)state;
	if (host_memory_open(MEMORY_PAGES) != 0)
		return -1;
	unit.caps.cap = reg_put(CAP_PSI, 1) | reg_put(CAP_MAMV, 9);
	return 0;
}

/* ---- PASID entries ---- */

/* Q(PGTT, DID, SSPTPTR): an entry, all its fields of the first two words. */
#define Q(pgtt, did, table)                                                                  \
	{                                                                                    \
		{                                                                            \
			(pgtt) ? (uint64_t)(table) << 12 | (pgtt) << 6 | 2 << 2 | 1 : 0, did \
		}                                                                            \
	}

#define PASID_ALONE  "pc 1 5.9, piotlb 2 5.9 0+0"
#define WHOLE_DOMAIN "pc 1 5.9, iotlb 2 5 0+0"

static void test_pasid(void **state)
{
	static const struct {
		struct pasid_entry old, value;
		const char *due;
	} cases[] = {
		/* P 1 to 0: by the type that was */
		{ Q(PGTT_FIRST_STAGE, DID, 0), Q(0, DID, 0), PASID_ALONE },
		{ Q(PGTT_PASS_THROUGH, DID, 0), Q(0, DID, 0), PASID_ALONE },
		{ Q(PGTT_SECOND_STAGE, DID, 1), Q(0, DID, 0), WHOLE_DOMAIN },
		{ Q(PGTT_NESTED, DID, 1), Q(0, DID, 0), WHOLE_DOMAIN },
		/* other fields: the PASID alone, in the domain that was */
		{ Q(PGTT_FIRST_STAGE, DID, 0), Q(PGTT_FIRST_STAGE, DID_2, 0), PASID_ALONE },
		{ Q(PGTT_FIRST_STAGE, DID, 0), Q(PGTT_SECOND_STAGE, DID_2, 1), PASID_ALONE },
		{ Q(PGTT_SECOND_STAGE, DID, 1), Q(PGTT_SECOND_STAGE, DID_2, 2), PASID_ALONE },
		{ Q(PGTT_SECOND_STAGE, DID, 1), Q(PGTT_NESTED, DID, 1), PASID_ALONE },
		{ Q(PGTT_PASS_THROUGH, DID, 0), Q(PGTT_SECOND_STAGE, DID_2, 1), PASID_ALONE },
		/* the domain is used again, for other tables */
		{ Q(PGTT_SECOND_STAGE, DID, 1), Q(PGTT_SECOND_STAGE, DID, 2), WHOLE_DOMAIN },
		{ Q(PGTT_NESTED, DID, 1), Q(PGTT_NESTED, DID, 2), WHOLE_DOMAIN },
		/* what was not present is cached, if at all, in domain 0 */
		{ Q(0, 0, 0), Q(PGTT_FIRST_STAGE, DID, 0), "pc 1 0.9, piotlb 2 0.9 0+0" },
		{ Q(0, DID, 0), Q(PGTT_SECOND_STAGE, DID, 1), "pc 1 0.9, piotlb 2 0.9 0+0" },
	};
	struct pasid_table table;

	(void)state;
	assert_int_equal(pasid_table_create(&table, 0, true), STATUS_OK);
	watched = pasid_table_entry(&table, PASID)->q;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		calls[0] = 0;
		due = cases[i].value.q[0];
		assert_int_equal(
			publish_pasid(&unit, &table, PASID, &cases[i].value, &cases[i].old),
			STATUS_OK);
		assert_string_equal(calls, cases[i].due);
	}
	pasid_table_destroy(&table);
}

/* SSADE 0 to 1 takes the domain, 1 to 0 does not. */
static void test_ssade(void **state)
{
	struct pasid_entry without = Q(PGTT_SECOND_STAGE, DID, 1);
	struct pasid_entry with = without;
	struct pasid_table table;

	(void)state;
	with.q[0] |= 1 << 9;
	assert_int_equal(pasid_table_create(&table, 0, true), STATUS_OK);
	watched = pasid_table_entry(&table, PASID)->q;
	for (unsigned int off = 0; off < 2; off++) {
		calls[0] = 0;
		due = off ? without.q[0] : with.q[0];
		assert_int_equal(publish_pasid(&unit, &table, PASID, off ? &without : &with,
					       off ? &with : &without),
				 STATUS_OK);
		assert_string_equal(calls, off ? PASID_ALONE : WHOLE_DOMAIN);
	}
	pasid_table_destroy(&table);
}

/* ---- paging entries ---- */

static void publish(struct paging *table, unsigned int level, const char *wanted)
{
	calls[0] = 0;
	watched = paging_entry(table, iova(FROM), level);
	due = *watched ^ 0x20;
	assert_int_equal(publish_entry(&unit, table, iova(FROM), level, due, DID, PASID),
			 STATUS_OK);
	assert_string_equal(calls, wanted);
}

static void test_paging(void **state)
{
	static const struct {
		enum paging_stage stage;
		unsigned int shift, level;
		const char *due;
	} cases[] = {
		{ FIRST_STAGE, 12, 1, "piotlb 3 5.9 40201000+0 ih" },
		{ FIRST_STAGE, 12, 2, "piotlb 3 5.9 40200000+9" },
		{ FIRST_STAGE, 12, 3, "piotlb 3 5.9 40000000+18" },
		{ FIRST_STAGE, 12, 4, "piotlb 3 5.9 0+27" },
		{ FIRST_STAGE, 21, 2, "piotlb 3 5.9 40200000+9 ih" },
		{ FIRST_STAGE, 30, 3, "piotlb 3 5.9 40000000+18 ih" },
		{ SECOND_STAGE, 12, 1, "iotlb 3 5 40201000+0 ih" },
		{ SECOND_STAGE, 12, 2, "iotlb 3 5 40200000+9" },
		{ SECOND_STAGE, 21, 2, "iotlb 3 5 40200000+9 ih" },
		{ SECOND_STAGE, 30, 3, "iotlb 2 5 0+0" }, /* more than CAP.MAMV */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t from = FROM >> cases[i].shift << cases[i].shift;
		struct paging table;

		assert_int_equal(paging_create(&table, cases[i].stage, 4, true), STATUS_OK);
		assert_int_equal(
			paging_map(&table, iova(from), phys(0), cases[i].shift, ACCESS_BOTH),
			STATUS_OK);
		publish(&table, cases[i].level, cases[i].due);
		assert_int_equal(
			publish_entry(&unit, &table, iova(UINT64_C(1) << 40), 1, 0, DID, PASID),
			STATUS_REFUSED);
		paging_destroy(&table);
	}
}

/* Without CAP.PSI a second stage goes by domains; a first stage has its pages all the same. */
static void test_without_psi(void **state)
{
	struct paging table;

	(void)state;
	unit.caps.cap = 0;
	for (unsigned int first = 0; first < 2; first++) {
		assert_int_equal(paging_create(&table, first ? FIRST_STAGE : SECOND_STAGE, 4, true),
				 STATUS_OK);
		assert_int_equal(paging_map(&table, iova(FROM), phys(0), 12, ACCESS_BOTH),
				 STATUS_OK);
		publish(&table, 1, first ? "piotlb 3 5.9 40201000+0 ih" : "iotlb 2 5 0+0");
		paging_destroy(&table);
	}
}

/* ---- devices that keep translations ---- */

static void test_device_tlb_descriptor(void **state)
{
	static const struct {
		struct device_tlb_invalidation what;
		uint64_t q[2];
	} cases[] = {
		{ { .sid = 0x1234, .address = { 0x5000 }, .size_shift = 12 },
		  { 3 | UINT64_C(0x1234) << 32, 0x5000 } },
		{ { .sid = 0x1234, .address = { 0x6000 }, .size_shift = 13 },
		  { 3 | UINT64_C(0x1234) << 32, 0x6000 | 1 } },
		{ { .address = { 0x200000 }, .size_shift = 21 }, { 3, 0x2ff000 | 1 } },
		{ { .address = { 0 }, .size_shift = 64 }, { 3, 0x7ffffffffffff000 | 1 } },
		{ { .has_pasid = true, .sid = 0x1234, .pasid = 0xabcde, .size_shift = 12 },
		  { 8 | UINT64_C(0x1234) << 16 | UINT64_C(0xabcde) << 32, 0 } },
		{ { .has_pasid = true, .all_pasids = true, .size_shift = 64 },
		  { 8, 0x7ffffffffffff000 | 1 << 11 | 1 } },
	};
	struct descriptor d;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		d = descriptor_device_tlb(&unit, cases[i].what);
		assert_int_equal(d.q[0], cases[i].q[0]);
		assert_int_equal(d.q[1], cases[i].q[1]);
	}
	unit.caps.ecap = reg_put(ECAP_DIT, 1); /* PFSID repeats the source-id */
	d = descriptor_device_tlb(&unit, cases[0].what);
	assert_int_equal(d.q[0], 3 | UINT64_C(0x1234) << 32 | 4 << 12 | UINT64_C(0x123) << 52);
	d = descriptor_device_tlb(&unit, cases[4].what);
	assert_int_equal(d.q[0], cases[4].q[0] | 4 << 12 | UINT64_C(0x123) << 52);
	unit.caps.ecap = 0;
}

static void allow_device_tlbs(void)
{
	unit.caps.cap = reg_put(CAP_PSI, 1) | reg_put(CAP_MAMV, 9);
	unit.caps.ecap = reg_put(ECAP_DT, 1);
	unit.queue.on = true;
	assert_int_equal(device_tlb_add(&unit, (struct device_tlb){ .sid = 1, .rid_pasid = 7 }),
			 STATUS_OK);
	assert_int_equal(device_tlb_add(&unit, (struct device_tlb){ .sid = 2, .has_pasids = true }),
			 STATUS_OK);
}

static void test_device_tlb_pages(void **state)
{
	struct paging table;

	(void)state;
	allow_device_tlbs();
	for (unsigned int first = 0; first < 2; first++) {
		assert_int_equal(paging_create(&table, first ? FIRST_STAGE : SECOND_STAGE, 4, true),
				 STATUS_OK);
		assert_int_equal(paging_map(&table, iova(FROM), phys(0), 12, ACCESS_BOTH),
				 STATUS_OK);
		publish(&table, 2,
			first ? "piotlb 3 5.9 40200000+9, dtlb 900020008 402ff800"
			      : "iotlb 3 5 40200000+9, dtlb 100000003 402ff001, "
				"dtlb 200000003 402ff001, dtlb 20008 402ff801");
		paging_destroy(&table);
	}
	device_tlb_remove_all(&unit);
}

static void test_device_tlb_pasid(void **state)
{
	const struct pasid_entry old = Q(PGTT_FIRST_STAGE, DID, 0), gone = Q(0, DID, 0);
	struct pasid_table table;

	(void)state;
	allow_device_tlbs();
	assert_int_equal(pasid_table_create(&table, 0, true), STATUS_OK);
	watched = pasid_table_entry(&table, PASID)->q;
	due = gone.q[0];
	calls[0] = 0;
	assert_int_equal(publish_pasid(&unit, &table, PASID, &gone, &old), STATUS_OK);
	assert_string_equal(calls, PASID_ALONE ", dtlb 900020008 7ffffffffffff800");
	calls[0] = 0;
	watched = pasid_table_entry(&table, 7)->q;
	assert_int_equal(publish_pasid(&unit, &table, 7, &gone, &old), STATUS_OK);
	assert_string_equal(calls, "pc 1 5.7, piotlb 2 5.7 0+0, dtlb 100000003 7ffffffffffff001, "
				   "dtlb 700020008 7ffffffffffff800");
	calls[0] = 0;
	due = old.q[0];
	assert_int_equal(publish_pasid(&unit, &table, 7, &old, &gone), STATUS_OK);
	assert_string_equal(calls, "pc 1 0.7, piotlb 2 0.7 0+0");
	pasid_table_destroy(&table);
	device_tlb_remove_all(&unit);
}

/* TT 01b: known from then on, told of each change, and of the last, after which it is unknown. */
static void test_device_tlb_context(void **state)
{
	static const uint64_t values[][2] = { { 1 | 1 << 2 }, { 3 | 1 << 2 }, { 1 }, { 3 } };
	const char *told = ", dtlb 800000003 7ffffffffffff001";
	struct root_table root;

	(void)state;
	assert_int_equal(root_table_create(&root, false, true), STATUS_OK);
	watched = root_table_context(&root, 8);
	for (unsigned int i = 0; i < 4; i++) {
		calls[0] = 0;
		due = values[i][0];
		assert_int_equal(publish_context(&unit, &root, 8, values[i], DID), STATUS_OK);
		assert_int_equal(strncmp(calls, "cc 3 5.8, iotlb 2 5 0+0", 23), 0);
		assert_string_equal(calls + 23, i == 1 || i == 2 ? told : "");
		assert_int_equal(device_tlb_is_known(&unit, 8), i < 2);
	}
	unit.queue.on = false;
	assert_int_equal(publish_context(&unit, &root, 8, values[0], DID), STATUS_UNSUPPORTED);
	root_table_destroy(&root);
}

static void test_device_tlb_room(void **state)
{
	(void)state;
	unit.queue.on = true;
	for (uint16_t sid = 0; sid < DEVICE_TLBS_MAX; sid++)
		assert_int_equal(device_tlb_add(&unit, (struct device_tlb){ .sid = sid }),
				 STATUS_OK);
	assert_int_equal(device_tlb_add(&unit, (struct device_tlb){ .sid = 5 }), STATUS_OK);
	assert_int_equal(device_tlb_add(&unit, (struct device_tlb){ .sid = DEVICE_TLBS_MAX }),
			 STATUS_NO_MEMORY);
	device_tlb_remove(&unit, 5);
	assert_false(device_tlb_is_known(&unit, 5));
	assert_true(device_tlb_is_known(&unit, DEVICE_TLBS_MAX - 1));
	assert_int_equal(device_tlb_add(&unit, (struct device_tlb){ .sid = DEVICE_TLBS_MAX }),
			 STATUS_OK);
	device_tlb_remove_all(&unit);
	unit.queue.on = false;
	unit.caps.ecap = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pasid),
		cmocka_unit_test(test_ssade),
		cmocka_unit_test(test_paging),
		cmocka_unit_test(test_device_tlb_descriptor),
		cmocka_unit_test(test_device_tlb_pages),
		cmocka_unit_test(test_device_tlb_pasid),
		cmocka_unit_test(test_device_tlb_context),
		cmocka_unit_test(test_device_tlb_room),
		cmocka_unit_test(test_without_psi),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
