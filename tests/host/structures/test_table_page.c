/* SPDX-License-Identifier: MIT */
/* Tables that a unit wrote all over: they are still found, changed and freed as they were built. */
#include "tests/host/check.h"

#include <string.h>

#include "arch/page.h"
#include "iommu/structures/context.h"
#include "iommu/structures/paging.h"
#include "iommu/structures/pasid_table.h"
#include "tests/host/memory.h"

void cpu_flush(const void *address, size_t bytes); /* tables that are snooped need none */
void cpu_flush(const void *address, size_t bytes)
{
	fail_msg("%zu bytes at %p flushed", bytes, address);
}

enum { MEMORY_PAGES = 512 };

#define BASE HOST_MEMORY_BASE

/* Every bit pattern that a store of garbage may leave: present entries that lead anywhere. */
static const uint64_t garbage[] = {
	UINT64_MAX, UINT64_C(0x1173d23698f75003), 0, 3, 0x83, BASE | 3
};

static int set_up(void **state)
{
	(void)state;
	return host_memory_open(MEMORY_PAGES);
}

static void fill(uint64_t *entries, size_t pages, uint64_t word)
{
	for (size_t i = 0; i < pages * PAGE_BYTES / sizeof(word); i++)
		entries[i] = word;
}

static void test_second_stage(void **state)
{
	(void)state;
	for (size_t g = 0; g < sizeof(garbage) / sizeof(garbage[0]); g++) {
		const size_t before = page_in_use_count();
		struct paging table;
		uint64_t *entries[4];

		assert_int_equal(paging_create(&table, SECOND_STAGE, 4, true), STATUS_OK);
		assert_int_equal(paging_map(&table, iova(0), phys(0x1000), 12, ACCESS_BOTH),
				 STATUS_OK);
		assert_int_equal(paging_map(&table, iova(UINT64_C(5) << 39), phys(0x200000), 21,
					    ACCESS_BOTH),
				 STATUS_OK);
		for (unsigned int level = 1; level <= 4; level++)
			entries[level - 1] = paging_entry(&table, iova(0), level);
		for (unsigned int level = 1; level <= 4; level++)
			fill(entries[level - 1], 1, garbage[g]);
		for (unsigned int level = 1; level <= 4; level++)
			assert_ptr_equal(paging_entry(&table, iova(0), level), entries[level - 1]);
		assert_null(paging_entry(&table, iova(UINT64_C(5) << 39), 1));
		assert_int_equal(paging_map(&table, iova(0x3000), phys(0x3000), 12, ACCESS_BOTH),
				 STATUS_OK);
		assert_int_equal(entries[0][3], 0x3003);
		paging_destroy(&table);
		assert_int_equal(page_in_use_count(), before);
	}
}

/* Good twins of the above: what is in the way is refused, and a leaf is no table. */
static void test_second_stage_refuses(void **state)
{
	struct paging table;

	(void)state;
	assert_int_equal(paging_create(&table, SECOND_STAGE, 3, true), STATUS_OK);
	assert_int_equal(paging_map(&table, iova(0), phys(0), 21, ACCESS_BOTH), STATUS_OK);
	assert_int_equal(paging_map(&table, iova(0x1000), phys(0), 12, ACCESS_BOTH),
			 STATUS_REFUSED);
	assert_int_equal(paging_map(&table, iova(0x200000), phys(0), 12, ACCESS_BOTH), STATUS_OK);
	assert_int_equal(paging_map(&table, iova(0x200000), phys(0), 21, ACCESS_BOTH),
			 STATUS_REFUSED);
	paging_destroy(&table);
	assert_int_equal(page_in_use_count(), 0);
}

static void test_root_table(void **state)
{
	(void)state;
	for (size_t g = 0; g < sizeof(garbage) / sizeof(garbage[0]); g++)
		for (unsigned int scalable = 0; scalable < 2; scalable++) {
			struct root_table root;
			uint64_t *low, *high;

			assert_int_equal(root_table_create(&root, scalable, true), STATUS_OK);
			low = root_table_context(&root, 0x8008);
			high = root_table_context(&root, 0x80f8);
			fill(low - 8 % 128 * root_table_context_words(&root), 1, garbage[g]);
			fill(root.entries[0].q, 1, garbage[g]);
			assert_ptr_equal(root_table_context(&root, 0x8008), low);
			assert_ptr_equal(root_table_context(&root, 0x80f8), high);
			assert_non_null(root_table_context(&root, 0x0010));
			root_table_destroy(&root);
			assert_int_equal(page_in_use_count(), 0);
		}
}

static void test_pasid_table(void **state)
{
	(void)state;
	for (size_t g = 0; g < sizeof(garbage) / sizeof(garbage[0]); g++) {
		struct pasid_table table;
		struct pasid_entry *first, *last;

		assert_int_equal(pasid_table_create(&table, 4, true), STATUS_OK);
		first = pasid_table_entry(&table, 0);
		last = pasid_table_entry(&table, (1u << 17) - 1);
		fill(table.directory[0].q, 4, garbage[g]);
		fill(first->q, 1, garbage[g]);
		assert_ptr_equal(pasid_table_entry(&table, 0), first);
		assert_ptr_equal(pasid_table_entry(&table, (1u << 17) - 1), last);
		pasid_table_destroy(&table);
		assert_int_equal(page_in_use_count(), 0);
	}
}

/* Without memory nothing is half built, and what was built goes. */
static void test_no_memory(void **state)
{
	enum status status = STATUS_OK;
	struct paging table;

	(void)state;
	assert_int_equal(paging_create(&table, SECOND_STAGE, 3, true), STATUS_OK);
	for (uint64_t at = 0; status == STATUS_OK && at < UINT64_C(1) << 39; at += 1 << 21)
		status = paging_map(&table, iova(at), phys(0), 12, ACCESS_BOTH);
	assert_int_equal(status, STATUS_NO_MEMORY);
	paging_destroy(&table);
	assert_int_equal(page_in_use_count(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_stage), cmocka_unit_test(test_second_stage_refuses),
		cmocka_unit_test(test_root_table),   cmocka_unit_test(test_pasid_table),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
