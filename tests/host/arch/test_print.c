/* SPDX-License-Identifier: MIT */
/* arch/print.c against the C library's vsnprintf, on random formats; and what console output does. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/console.h"
#include "arch/print.h"

#define ROUNDS	   20000
#define TEXT_BYTES 512

static char console_text[4096];
static size_t console_bytes;

/* In place of the console. */
void console_write(const char *text, size_t bytes)
{
	assert_true(console_bytes + bytes < sizeof(console_text));
	memcpy(console_text + console_bytes, text, bytes);
	console_bytes += bytes;
	console_text[console_bytes] = '\0';
}

/* Formats with both, into rooms of the same size, and compares text and length. */
static void compare(size_t room, const char *format, ...)
{
	char ours[TEXT_BYTES], theirs[TEXT_BYTES];
	va_list args, again;
	int our_length, their_length;

	memset(ours, '~', sizeof(ours));
	memset(theirs, '~', sizeof(theirs));
	va_start(args, format);
	va_copy(again, args);
	our_length = print_format(ours, room, format, args);
	their_length = vsnprintf(theirs, room, format, again);
	va_end(again);
	va_end(args);
	if (our_length != their_length || memcmp(ours, theirs, sizeof(ours)))
		fail_msg("format '%s', room %zu: ours '%.*s' (%d), theirs '%.*s' (%d)", format,
			 room, (int)room, ours, our_length, (int)room, theirs, their_length);
}

static uint64_t random_value(void)
{
	static const uint64_t corners[] = { 0,		1,	    9,	       10,	 127,
					    128,	255,	    256,       32767,	 32768,
					    65535,	65536,	    INT_MAX,   UINT_MAX, INT64_MAX,
					    1ull << 63, UINT64_MAX, 0xdeadbeef };
	const uint64_t value = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand();

	if (rand() % 2)
		return corners[(size_t)rand() % (sizeof(corners) / sizeof(corners[0]))];
	return value >> rand() % 64;
}

static char *append_width(char *at, unsigned most)
{
	return at + sprintf(at, "%u", (unsigned)rand() % most);
}

/* A random conversion; `stars` counts the `*` in it. */
static void make_conversion(char *format, char conversion, const char *length, unsigned *stars)
{
	char *at = format;
	unsigned flags = (unsigned)rand() % 4;

	*stars = 0;
	*at++ = '<';
	*at++ = '%';
	while (flags--)
		*at++ = "-0+ #"[rand() % 5];
	if (rand() % 4 == 0) {
		*at++ = '*';
		++*stars;
	} else if (rand() % 2) {
		at = append_width(at, 30);
	}
	if (rand() % 3 == 0) {
		*at++ = '.';
		if (rand() % 4)
			at = append_width(at, 30);
	}
	sprintf(at, "%s%c>", length, conversion);
}

static void compare_number(void)
{
	static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z", "j", "t" };
	const char conversion = "diuxX"[rand() % 5];
	const unsigned length = (unsigned)rand() % 8;
	const uint64_t value = random_value();
	const size_t room = rand() % 4 ? TEXT_BYTES : (size_t)rand() % 20;
	const int star = rand() % 40 - 20;
	char format[64];
	unsigned stars;

	make_conversion(format, conversion, lengths[length], &stars);
	if (stars && length > 2)
		compare(room, format, star, value);
	else if (stars)
		compare(room, format, star, (int)value);
	else if (length > 2)
		compare(room, format, value);
	else
		compare(room, format, (int)value);
}

static void test_numbers(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < ROUNDS; i++)
		compare_number();
}

/* glibc prints "+" before a pointer and zeros where told; flags for it are undefined, so none. */
static void test_texts(void **state)
{
	static const char *const texts[] = { "", "a", "hello", "a longer text, with % and \xff" };
	unsigned i, stars;
	char format[64];

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		const size_t room = rand() % 4 ? TEXT_BYTES : (size_t)rand() % 20;
		char *at;

		make_conversion(format, 's', "", &stars);
		for (at = format; *at; at++) {
			if (*at == '+' || *at == ' ' || *at == '#' ||
			    (*at == '0' && at[-1] != '.' && (at[-1] < '0' || at[-1] > '9')))
				*at = '-';
		}
		if (stars)
			compare(room, format, rand() % 40 - 20, texts[rand() % 4]);
		else
			compare(room, format, texts[rand() % 4]);
	}
}

static void test_others(void **state)
{
	int object;

	(void)state;
	compare(TEXT_BYTES, "%p|%20p|%-20p|", (void *)&object, (void *)&object, (void *)&object);
	compare(TEXT_BYTES, "%p|%10p|%-10p|", NULL, NULL, NULL);
	compare(TEXT_BYTES, "%c|%3c|%-3c|%c", 'a', 'b', 'c', 0);
	compare(TEXT_BYTES, "100%% %s %d%%", "sure", 99);
	compare(TEXT_BYTES, "%s|%.3s|%10s", NULL, NULL, NULL);
	compare(TEXT_BYTES, "%.*d|%.*s", -1, 5, -1, "abc");
	compare(0, "nothing fits %d", 5);
	compare(1, "only the end fits %d", 5);
	compare(TEXT_BYTES, "%d %s %llx %zu", -1, "mixed", 0xfed90000ull, (size_t)17);
}

/* What is no conversion of ours stands as it is, so that the mistake shows. */
static void test_unknown(void **state)
{
	const char *format = "[%y] [%lf] [%5";
	char text[64];

	(void)state;
	assert_int_equal(print_to(text, sizeof(text), format, 0), 14);
	assert_string_equal(text, format);
}

/* Longer than the buffer that print() works with. */
static void test_console(void **state)
{
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	console_bytes = 0;
	print("<%s|%5d>", text, 42);
	assert_int_equal(console_bytes, 1 + 999 + 1 + 5 + 1);
	assert_memory_equal(console_text + 1, text, 999);
	assert_string_equal(console_text + 1000, "|   42>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_others),	cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_console),
	};

	return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
