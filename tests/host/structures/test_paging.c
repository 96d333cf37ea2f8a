/* SPDX-License-Identifier: MIT */
/* First-stage tables entry by entry, against numbers typed from the book; and PASID entries of them. */
#include "tests/host/check.h"

#include <string.h>

#include "arch/page.h"
#include "iommu/structures/paging.h"
#include "iommu/structures/pasid_table.h"
#include "tests/host/memory.h"

static size_t flushed_bytes;

void cpu_flush(const void *address, size_t bytes);
void cpu_flush(const void *address, size_t bytes)
{
	(void)address;
	flushed_bytes += bytes;
}

enum { MEMORY_PAGES = 64 };

#define TO UINT64_C(0x40000000)

/* Bits of a first-stage entry: P, R/W, U/S, A, D, PS, EA. */
enum { P = 1, RW = 2, US = 4, A = 0x20, D = 0x40, PS = 0x80, EA = 0x400 };

static struct paging table;

static int set_up(void **state)
{
	(void)state;
	return host_memory_open(MEMORY_PAGES);
}

static void create(unsigned int levels, bool snooped)
{
	assert_int_equal(paging_create(&table, FIRST_STAGE, levels, snooped), STATUS_OK);
}

static void destroy(void)
{
	paging_destroy(&table);
	assert_int_equal(page_in_use_count(), 0);
}

static enum status map(uint64_t from, unsigned int shift, enum access_rights rights)
{
	return paging_map(&table, iova(from), phys(TO), shift, rights);
}

static uint64_t entry(uint64_t from, unsigned int level)
{
	return *paging_entry(&table, iova(from), level);
}

/* Each level's index in turn, each size of page, four levels and five. */
static void test_walk(void **state)
{
	static const uint64_t at =
		UINT64_C(0x0003028140404000); /* 3, 5, 10, 2, 4 at levels 5 to 1 */

	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++)
		for (unsigned int leaf = 1; leaf <= 3; leaf++) {
			uint64_t from = levels == 5 ? at : at & 0x00007fffffffffff;
			const uint64_t *words;

			from = from >> (3 + 9 * leaf) << (3 + 9 * leaf);
			create(levels, true);
			assert_int_equal(map(from, 3 + 9 * leaf, ACCESS_BOTH), STATUS_OK);
			words = table.top;
			for (unsigned int level = levels; level > leaf; level--) {
				uint64_t word = words[from >> (3 + 9 * level) & 511];

				assert_int_equal(word & 0xfff, P | RW | US);
				words = (const uint64_t *)(uintptr_t)(word & ~UINT64_C(0xfff));
			}
			assert_int_equal(words[from >> (3 + 9 * leaf) & 511],
					 TO | P | RW | US | (leaf > 1 ? PS : 0));
			paging_unmap(&table, iova(from));
			assert_int_equal(entry(from, leaf), 0);
			destroy();
		}
}

static void test_rights(void **state)
{
	(void)state;
	create(4, true);
	assert_int_equal(map(0x1000, 12, ACCESS_READ), STATUS_OK);
	assert_int_equal(entry(0x1000, 1), TO | P | US);
	assert_int_equal(map(0x2000, 12, ACCESS_BOTH), STATUS_OK);
	assert_int_equal(entry(0x2000, 1), TO | P | RW | US);
	assert_int_equal(map(0x3000, 12, ACCESS_WRITE), STATUS_REFUSED);
	assert_int_equal(map(0x3000, 12, ACCESS_NONE), STATUS_REFUSED);
	assert_int_equal(entry(0x3000, 1), 0);
	destroy();
}

/* Where hardware cannot set flags, they are there from the start, and every store is flushed. */
static void test_not_snooped(void **state)
{
	(void)state;
	create(4, false);
	flushed_bytes = 0;
	assert_int_equal(map(0x200000, 21, ACCESS_BOTH), STATUS_OK);
	assert_int_equal(flushed_bytes, 3 * 8);
	assert_int_equal(entry(0x200000, 2), TO | P | RW | US | A | D | PS | EA);
	for (unsigned int level = 3; level <= 4; level++)
		assert_int_equal(entry(0x200000, level) & 0xfff, P | RW | US | A | EA);
	destroy();
}

/* Both edges of both halves, for each depth: the last address inside, the first one outside. */
static void test_canonical(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++) {
		uint64_t hole = UINT64_C(1) << (levels == 4 ? 47 : 56);

		create(levels, true);
		assert_int_equal(map(hole - 0x1000, 12, ACCESS_BOTH), STATUS_OK);
		assert_int_equal(map(hole, 12, ACCESS_BOTH), STATUS_REFUSED);
		assert_int_equal(map(-hole - 0x1000, 12, ACCESS_BOTH), STATUS_REFUSED);
		assert_int_equal(map(-hole, 12, ACCESS_BOTH), STATUS_OK);
		assert_int_equal(map(UINT64_C(0) - 0x1000, 12, ACCESS_BOTH), STATUS_OK);
		assert_int_equal(entry(hole - 0x1000, levels), table.top[255]);
		assert_int_equal(entry(-hole, levels), table.top[256]);
		assert_int_equal(entry(UINT64_C(0) - 0x1000, levels), table.top[511]);
		destroy();
	}
}

/* The good twin of the above: a second stage has no halves, and an end. */
static void test_second_stage_ends(void **state)
{
	(void)state;
	for (unsigned int levels = 3; levels <= 5; levels++) {
		uint64_t end = UINT64_C(1) << (12 + 9 * levels);

		assert_int_equal(paging_create(&table, SECOND_STAGE, levels, true), STATUS_OK);
		assert_int_equal(map(end / 2, 12, ACCESS_WRITE), STATUS_OK);
		assert_int_equal(entry(end / 2, 1), TO | 2);
		assert_int_equal(map(end - 0x1000, 12, ACCESS_BOTH), STATUS_OK);
		assert_int_equal(map(end, 12, ACCESS_BOTH), STATUS_REFUSED);
		assert_int_equal(map(UINT64_C(0) - 0x1000, 12, ACCESS_BOTH), STATUS_REFUSED);
		destroy();
	}
}

/* What lies beyond the table has no entry in it, and takes none away: not that of the address's low bits. */
static void test_beyond_is_no_entry(void **state)
{
	const iova_t beyond[] = { iova(UINT64_C(1) << 39 | 0x5000),
				  iova(UINT64_C(1) << 63 | 0x5000) };

	(void)state;
	assert_int_equal(paging_create(&table, SECOND_STAGE, 3, true), STATUS_OK);
	assert_int_equal(map(0x5000, 12, ACCESS_BOTH), STATUS_OK);
	for (size_t i = 0; i < 2; i++) {
		assert_null(paging_entry(&table, beyond[i], 3));
		assert_null(paging_entry(&table, beyond[i], 1));
		paging_unmap(&table, beyond[i]);
		assert_int_not_equal(entry(0x5000, 1), 0);
	}
	paging_unmap(&table, iova(0x5000));
	assert_int_equal(entry(0x5000, 1), 0);
	destroy();
}

static void test_in_the_way(void **state)
{
	(void)state;
	create(4, true);
	assert_int_equal(map(0, 21, ACCESS_BOTH), STATUS_OK);
	assert_int_equal(map(0x1000, 12, ACCESS_BOTH), STATUS_REFUSED);
	assert_int_equal(map(0x200000, 12, ACCESS_BOTH), STATUS_OK);
	assert_int_equal(map(0x200000, 21, ACCESS_BOTH), STATUS_REFUSED);
	assert_false(paging_leads_to_table(&table, iova(0), 2));
	assert_true(paging_leads_to_table(&table, iova(0x200000), 2));
	assert_false(paging_leads_to_table(&table, iova(0x200000), 1));
	destroy();
}

/* What the low half of a PASID entry says of a table, word by word ("Scalable-Mode PASID Table Entry"). */
static void test_pasid_entry(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++) {
		struct pasid_entry pasid;

		create(levels, levels == 4);
		pasid = pasid_translated(&table, 0x1234);
		assert_int_equal(pasid.q[0], 1 | 1 << 6);
		assert_int_equal(pasid.q[1], 0x1234 | (levels == 4 ? 1 << 23 : 0));
		assert_int_equal(pasid.q[2], (uintptr_t)table.top | (levels == 5 ? 1 << 2 : 0));
		for (unsigned int i = 3; i < 8; i++)
			assert_int_equal(pasid.q[i], 0);
		destroy();
	}
}

/* A first stage whose pages lie elsewhere for its entries: below a second stage, which finds them all. */
static void test_nested(void **state)
{
	static const uint64_t offset = UINT64_C(1) << 36;
	struct paging host;
	struct pasid_entry pasid;
	uint64_t at;

	(void)state;
	create(5, true);
	table.guest_offset = offset;
	assert_int_equal(map(0x1000, 12, ACCESS_BOTH), STATUS_OK);
	assert_int_equal(map(-UINT64_C(0x1000), 12, ACCESS_BOTH), STATUS_OK);
	assert_int_equal(entry(0x1000, 1), TO | P | RW | US);
	assert_int_equal(paging_create(&host, SECOND_STAGE, 4, true), STATUS_OK);
	assert_int_equal(paging_map_tables(&host, &table, ACCESS_BOTH), STATUS_OK);
	for (unsigned int half = 0; half < 2; half++) {
		iova_t from = iova(half ? -UINT64_C(0x1000) : 0x1000);

		at = paging_pointer(&table);
		for (unsigned int level = 5; level >= 1; level--) {
			uint64_t in_host = *paging_entry(&host, iova(at), 1);
			const uint64_t *page =
				(const uint64_t *)(uintptr_t)(in_host & ~UINT64_C(0xfff));
			const uint64_t *slot = &page[from.value >> (3 + 9 * level) & 511];

			assert_int_equal(in_host & 0xfff, 3);
			assert_int_equal(at, (uintptr_t)page + offset);
			assert_ptr_equal(slot, paging_entry(&table, from, level));
			at = *slot & ~UINT64_C(0xfff);
		}
		assert_int_equal(at, TO);
	}
	pasid = pasid_nested(&table, &host, 7);
	assert_int_equal(pasid.q[0], (uintptr_t)host.top | 3 << 6 | 2 << 2 | 1);
	assert_int_equal(pasid.q[1], 7 | 1 << 23);
	assert_int_equal(pasid.q[2], ((uintptr_t)table.top + offset) | 1 << 2);
	paging_destroy(&host);
	destroy();
}

static void test_no_memory(void **state)
{
	enum status status = STATUS_OK;

	(void)state;
	create(5, true);
	for (uint64_t at = 0; status == STATUS_OK && at < UINT64_C(1) << 47;
	     at += UINT64_C(1) << 39)
		status = map(at, 30, ACCESS_BOTH);
	assert_int_equal(status, STATUS_NO_MEMORY);
	destroy();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_not_snooped),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_second_stage_ends),
		cmocka_unit_test(test_beyond_is_no_entry),
		cmocka_unit_test(test_in_the_way),
		cmocka_unit_test(test_pasid_entry),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
