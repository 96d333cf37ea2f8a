/* SPDX-License-Identifier: MIT */
/* arch/page.c on real memory at fixed addresses, against a plain list of what is handed out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "arch/page.h"
#include "arch/panic.h"

#define BASE	   0x10000000ull /* two pools of 256 pages, 64 unusable pages between */
#define POOL_BYTES (256ull * PAGE_BYTES)
#define GAP_BYTES  (64ull * PAGE_BYTES)
#define SECOND	   (BASE + POOL_BYTES + GAP_BYTES)
#define HELD_MAX   700

static jmp_buf panicked;

/* In place of the kernel's: a broken invariant comes back to the test that broke it. */
void panic(const char *format, ...)
{
	(void)format;
	longjmp(panicked, 1);
}

#define ASSERT_PANICS(call)                           \
	do {                                          \
		if (!setjmp(panicked)) {              \
			call;                         \
			fail_msg("no panic: " #call); \
		}                                     \
	} while (0)

/* Overlapping, unaligned and odd ranges, as firmware has them. */
static const struct boot_info boot = {
	.image_base = BASE + 5 * PAGE_BYTES + 100,
	.image_bytes = 3 * PAGE_BYTES,
	.range_count = 6,
	.ranges = {
		{ 0, 0xa0000, MEMORY_USABLE },
		{ SECOND, POOL_BYTES, MEMORY_USABLE },
		{ BASE, POOL_BYTES, MEMORY_USABLE },
		{ SECOND + 10, 20, MEMORY_RESERVED },
		{ BASE + 16 * PAGE_BYTES, PAGE_BYTES, MEMORY_USABLE },
		{ UINT64_MAX - 5, 100, MEMORY_KEPT },
	},
};

/* 4 image pages (it starts and ends within one), 1 reserved page, 1 page of bitmaps. */
#define PAGES_EXPECTED (512 - 4 - 1 - 1)

static bool is_ours(uint64_t address)
{
	if (address >= BASE + 5 * PAGE_BYTES && address < BASE + 9 * PAGE_BYTES)
		return false;
	return (address >= BASE && address < BASE + POOL_BYTES) ||
	       (address > SECOND && address < SECOND + POOL_BYTES);
}

static int make_memory(void **state)
{
	const size_t bytes = 2 * POOL_BYTES + GAP_BYTES;
	void *at = mmap((void *)BASE, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	(void)state;
	return at != (void *)BASE;
}

static int start(void **state)
{
	(void)state;
	memset((void *)BASE, 0xa5, POOL_BYTES);
	memset((void *)SECOND, 0xa5, POOL_BYTES);
	page_init(&boot);
	return 0;
}

static void expect_zero(const void *page, size_t pages)
{
	const uint8_t *bytes = page;
	size_t i;

	for (i = 0; i < pages * PAGE_BYTES; i++)
		assert_int_equal(bytes[i], 0);
}

static void test_exhaustion(void **state)
{
	static void *held[HELD_MAX];
	size_t count = 0, failed, i;

	(void)state;
	assert_int_equal(page_total_count(), PAGES_EXPECTED);
	while ((held[count] = page_alloc())) {
		assert_true(is_ours((uintptr_t)held[count]));
		assert_true(count == 0 || held[count] > held[count - 1]);
		expect_zero(held[count], 1);
		memset(held[count++], 0x5a, PAGE_BYTES);
	}
	assert_int_equal(count, PAGES_EXPECTED);
	assert_int_equal(page_in_use_count(), PAGES_EXPECTED);
	failed = page_failed_count();
	assert_null(page_alloc());
	assert_null(page_alloc_for_ever());
	assert_null(page_alloc_contiguous(1, 1));
	assert_int_equal(page_failed_count(), failed + 3);
	for (i = 0; i < count; i++)
		page_free(held[i]);
	assert_int_equal(page_in_use_count(), 0);
	assert_ptr_equal(page_alloc(), held[0]);
	expect_zero(held[0], 1);
}

static void test_contiguous(void **state)
{
	uint8_t *first;

	(void)state;
	first = page_alloc_contiguous(64, 64);
	assert_non_null(first);
	assert_int_equal((uintptr_t)first % (64 * PAGE_BYTES), 0);
	expect_zero(first, 64);
	assert_int_equal(page_in_use_count(), 64);
	assert_null(page_alloc_contiguous(300, 1)); /* neither pool holds that many in a row */
	page_free(first + 3 * PAGE_BYTES);
	assert_ptr_equal(page_alloc_contiguous(1, 1), (void *)(BASE));
	page_free_contiguous(first + 4 * PAGE_BYTES, 60);
	assert_int_equal(page_in_use_count(), 4);
}

static void test_panics(void **state)
{
	uint8_t *page = page_alloc(), *kept = page_alloc_for_ever();

	(void)state;
	assert_int_equal(page_in_use_count(), 1);
	ASSERT_PANICS(page_free(page + 8));
	ASSERT_PANICS(page_free(kept));
	ASSERT_PANICS(page_free((void *)(BASE + 5 * PAGE_BYTES)));
	ASSERT_PANICS(page_free((void *)(BASE + POOL_BYTES)));
	ASSERT_PANICS(page_free((void *)0x1000));
	page_free(page);
	ASSERT_PANICS(page_free(page));
	ASSERT_PANICS((void)page_alloc_contiguous(0, 1));
	ASSERT_PANICS((void)page_alloc_contiguous(1, 3));
	page_free(NULL);
	page_free_contiguous(NULL, 5);
	assert_int_equal(page_in_use_count(), 0);
}

/* Each block held is filled with its own mark, so that handing a page out twice shows. */
static void test_random(void **state)
{
	static struct {
		uint64_t *at;
		size_t pages;
		uint64_t mark;
	} held[HELD_MAX];
	size_t count = 0, in_use = 0, i, j;

	(void)state;
	for (i = 0; i < 20000; i++) {
		if (count < HELD_MAX && rand() % 2) {
			const size_t pages = rand() % 3 ? 1 : 1 + (size_t)rand() % 20;
			uint64_t *at = pages == 1
					       ? page_alloc()
					       : page_alloc_contiguous(pages, 1ull << rand() % 4);

			if (!at)
				continue;
			held[count].at = at;
			held[count].pages = pages;
			held[count].mark = i;
			for (j = 0; j < pages; j++)
				at[j * (PAGE_BYTES / 8)] = i;
			count++;
			in_use += pages;
		} else if (count) {
			const size_t pick = (size_t)rand() % count;

			for (j = 0; j < held[pick].pages; j++)
				assert_int_equal(held[pick].at[j * (PAGE_BYTES / 8)],
						 held[pick].mark);
			page_free_contiguous(held[pick].at, held[pick].pages);
			in_use -= held[pick].pages;
			held[pick] = held[--count];
		}
		assert_int_equal(page_in_use_count(), in_use);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_exhaustion, start),
		cmocka_unit_test_setup(test_contiguous, start),
		cmocka_unit_test_setup(test_panics, start),
		cmocka_unit_test_setup(test_random, start),
	};

	return cmocka_run_group_tests_name("page", tests, make_memory, NULL);
}
