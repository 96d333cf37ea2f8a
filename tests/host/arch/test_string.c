/* SPDX-License-Identifier: MIT */
/* arch/string.c against the C library, on random buffers. Built with STRING_PREFIX. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/string.h"

#define ROUNDS 20000
#define BYTES  64

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

/* Few different letters, so that matches and equal prefixes are frequent. */
static void fill(char *text, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		text[i] = (char)("ab\xff"[rand() % 3]);
}

static void fill_string(char *text, size_t most)
{
	const size_t bytes = (size_t)rand() % most;

	fill(text, bytes);
	text[bytes] = '\0';
}

static void test_memory(void **state)
{
	char ours[BYTES], theirs[BYTES], other[BYTES];
	unsigned i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		const size_t bytes = (size_t)rand() % (BYTES / 2);
		const size_t to = (size_t)rand() % (BYTES / 2), from = (size_t)rand() % (BYTES / 2);

		fill(ours, BYTES);
		memcpy(theirs, ours, BYTES);
		fill(other, BYTES);
		assert_ptr_equal(own_memmove(ours + to, ours + from, bytes), ours + to);
		memmove(theirs + to, theirs + from, bytes);
		assert_memory_equal(ours, theirs, BYTES);
		assert_ptr_equal(own_memcpy(ours + to, other + from, bytes), ours + to);
		memcpy(theirs + to, other + from, bytes);
		assert_memory_equal(ours, theirs, BYTES);
		assert_int_equal(sign(own_memcmp(ours, other, bytes)),
				 sign(memcmp(ours, other, bytes)));
		assert_ptr_equal(own_memchr(ours, 'b', bytes), memchr(ours, 'b', bytes));
		assert_ptr_equal(own_memset(ours + to, (int)from, bytes), ours + to);
		memset(theirs + to, (int)from, bytes);
		assert_memory_equal(ours, theirs, BYTES);
	}
}

static void test_strings(void **state)
{
	char a[BYTES], b[8];
	unsigned i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		const size_t most = (size_t)rand() % 12;
		const int letter = "ab\xff\0c"[rand() % 5];

		fill_string(a, i % 2 ? 8 : BYTES);
		fill_string(b, sizeof(b));
		assert_int_equal(own_strlen(a), strlen(a));
		assert_int_equal(own_strnlen(a, most), strnlen(a, most));
		assert_int_equal(sign(own_strcmp(a, b)), sign(strcmp(a, b)));
		assert_int_equal(sign(own_strncmp(a, b, most)), sign(strncmp(a, b, most)));
		assert_ptr_equal(own_strchr(a, letter), strchr(a, letter));
		assert_ptr_equal(own_strstr(a, b), strstr(a, b));
		assert_int_equal(own_strspn(a, b), strspn(a, b));
		assert_int_equal(own_strcspn(a, b), strcspn(a, b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
