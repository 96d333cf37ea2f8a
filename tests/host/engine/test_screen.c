/* SPDX-License-Identifier: MIT */
/*
 * What a screen shows: a frame buffer that is memory, read back with the font. Screens of 80 x 25 characters and up, both orders
 * of colours, more failures than there is room for, and a log that is walked through by keys.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/console.h"
#include "arch/cpu.h"
#include "arch/exit.h"
#include "arch/font.h"
#include "arch/keyboard.h"
#include "arch/log.h"
#include "arch/paging.h"
#include "arch/screen.h"
#include "arch/version.h"
#include "tests/engine/screen/last_page.h"
#include "tests/engine/screen/pager.h"
#include "tests/engine/tap.h"
#include "tests/host/check.h"

enum { WIDTH_MOST = 2048, HEIGHT_MOST = 1200, PAD = 32, KEYS_MOST = 12 };
enum { GREEN = 0x50e050, RED = 0xff6060, RED_LOW = 0x6060ff };

const char version_text[] = "0.1";

static uint32_t pixels[HEIGHT_MOST][WIDTH_MOST + PAD];
static uint32_t cell; /* pixels of a character's width */
static struct tap_memory told;
static const char *serial;
static char text_of_row[WIDTH_MOST / 8 + 1];

/* ---- what the screen stands on ---- */

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	return phys && bytes;
}

void console_write(const char *text, size_t bytes)
{
	(void)text, (void)bytes;
}

void cpu_flush(const void *address, size_t bytes)
{
	(void)address, (void)bytes;
}

const char *console_serial(void)
{
	return serial;
}

const struct tap_memory *tap_told(void)
{
	return &told;
}

const char *exit_words(enum exit_code code)
{
	return code == EXIT_PASS ? "PASS" : code == EXIT_FAIL ? "FAIL" : "CRASH";
}

uint64_t exit_patience_us(void)
{
	return 1;
}

/* The keys that come, and what the last row says before each. */
static enum key keys[KEYS_MOST];
static char status_before[KEYS_MOST][200];
static unsigned int key_count;

static const char *row_text(uint32_t row);

enum key keyboard_wait(uint64_t limit_us)
{
	(void)limit_us;
	strcpy(status_before[key_count], row_text(framebuffer_rows() - 1));
	return keys[key_count++];
}

/* ---- reading ---- */

static char read_cell(uint32_t column, uint32_t row)
{
	for (char c = ' '; c <= '~'; c++) {
		uint32_t differing = 0;

		for (uint32_t y = 0; y < 2 * cell; y++)
			for (uint32_t x = 0; x < cell; x++) {
				const bool is_dot =
					font_glyph(c)[y * 8 / cell / 2] >> (7 - x * 8 / cell) & 1;

				differing +=
					is_dot != !!pixels[row * 2 * cell + y][column * cell + x];
			}
		if (!differing)
			return c;
	}
	return '\1';
}

static const char *row_text(uint32_t row)
{
	uint32_t end = 0;

	for (uint32_t column = 0; column < framebuffer_columns(); column++) {
		text_of_row[column] = read_cell(column, row);
		if (text_of_row[column] != ' ')
			end = column + 1;
	}
	text_of_row[end] = '\0';
	return text_of_row;
}

/* The row that begins so; it must be there, once. */
static uint32_t row_of(const char *head)
{
	uint32_t found = UINT32_MAX;

	for (uint32_t row = 0; row < framebuffer_rows(); row++) {
		if (strncmp(row_text(row), head, strlen(head)))
			continue;
		assert_int_equal(found, UINT32_MAX);
		found = row;
	}
	if (found == UINT32_MAX)
		fail_msg("no row begins: %s", head);
	return found;
}

static uint32_t colour_of_row(uint32_t row)
{
	for (uint32_t y = 0; y < 2 * cell; y++)
		for (uint32_t x = 0; x < framebuffer_columns() * cell; x++)
			if (pixels[row * 2 * cell + y][x])
				return pixels[row * 2 * cell + y][x];
	return 0;
}

static void open_screen(uint32_t width, uint32_t height, uint32_t columns, uint32_t rows)
{
	memset(pixels, 0xee, sizeof(pixels));
	framebuffer_init(&(struct framebuffer){ .base = (uintptr_t)pixels,
						.width = width,
						.height = height,
						.pitch_bytes = sizeof(pixels[0]) });
	assert_int_equal(framebuffer_columns(), columns);
	assert_int_equal(framebuffer_rows(), rows);
	cell = width / columns;
}

static void write_log(const char *text)
{
	static char room[20000] __attribute__((aligned(8)));

	log_init(room, sizeof(room));
	log_write(text, strlen(text));
}

static void fail_tests(unsigned int count)
{
	told.count[TAP_FAIL] = count;
	for (unsigned int i = 0; i < count && i < TAP_FAILED_IDS_MAX; i++) {
		told.failed[i].unit = i ? (int)i : -1;
		sprintf(told.failed[i].id, "area.test-%u", i);
		memset(told.failed[i].differs, 'x', i * 9);
	}
}

static int set_up(void **state)
{
	(void)state;
	told = (struct tap_memory){ .planned = 40, .reported = 40, .count = { [TAP_PASS] = 7 } };
	strcpy(told.tally.areas[0].text, "cap");
	told.tally.areas[0].done = 1;
	strcpy(told.tally.areas[1].text, "prq");
	serial = "COM1 (port 3f8)";
	write_log("# vtdcheck\n# platform: plan of an operating system: legacy mode\n");
	key_count = 0;
	return 0;
}

/* ---- the cases ---- */

static void every_cell_is_a_character(void)
{
	for (uint32_t row = 0; row < framebuffer_rows(); row++)
		assert_null(strchr(row_text(row), '\1'));
}

static void test_page_on_screens_of_any_size(void **state)
{
	static const uint32_t sizes[][4] = {
		{ 640, 400, 80, 25 },	 { 800, 600, 100, 37 },	  { 1024, 768, 128, 48 },
		{ 1920, 1080, 120, 33 }, { 2048, 1200, 128, 37 },
	};

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		fail_tests(3);
		open_screen(sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3]);
		last_page_draw(EXIT_FAIL, "a key");
		every_cell_is_a_character();
		assert_int_equal(colour_of_row(row_of("FAIL")), RED);
		row_of("7 passed, 3 failed, 0 known deviations, 0 skipped");
		row_of("  area.test-0:");
		assert_int_equal(colour_of_row(row_of("  area.test-2 [unit 2]: xxxxx")), RED);
		assert_string_equal(row_text(row_of("Not tested:")), "Not tested: prq");
		row_of("Plan of an operating system: legacy mode");
		row_of("Log: COM1 (port 3f8)");
		row_of("Next: docs/TESTS.md ");
		assert_string_equal(row_text(sizes[i][3] - 1), "a key");
		assert_int_equal(pixels[sizes[i][1] - 1][sizes[i][0]], 0xeeeeeeee);
	}
}

static void test_more_failures_than_rows(void **state)
{
	(void)state;
	fail_tests(50);
	open_screen(640, 400, 80, 25);
	last_page_draw(EXIT_FAIL, "a key");
	every_cell_is_a_character();
	row_of("  area.test-0:");
	row_of("  and 39 more");
	row_of("Next: ");
	assert_string_equal(row_text(24), "a key");
}

/* As many as the run remembers. */
static void test_more_failures_than_are_remembered(void **state)
{
	(void)state;
	fail_tests(50);
	open_screen(1024, 768, 128, 48);
	last_page_draw(EXIT_FAIL, "a key");
	row_of("  area.test-15 [unit 15]: xxx");
	row_of("  and 34 more");
}

static void test_what_is_too_long_ends_in_dots(void **state)
{
	const char *row;

	(void)state;
	fail_tests(1);
	memset(told.failed[0].differs, 'y', TAP_DIFFERS_BYTES - 1);
	open_screen(640, 400, 80, 25);
	last_page_draw(EXIT_FAIL, "a key");
	row = row_text(row_of("  area.test-0: yyyy"));
	assert_int_equal(strlen(row), 80);
	assert_string_equal(row + 76, "y...");
}

static void test_pass_is_green_in_either_order(void **state)
{
	(void)state;
	open_screen(640, 400, 80, 25);
	last_page_draw(EXIT_PASS, "a key");
	assert_int_equal(colour_of_row(row_of("PASS")), GREEN);
	framebuffer_init(&(struct framebuffer){ .base = (uintptr_t)pixels,
						.width = 640,
						.height = 400,
						.pitch_bytes = sizeof(pixels[0]),
						.is_red_low = true });
	last_page_draw(EXIT_FAIL, "a key");
	assert_int_equal(colour_of_row(row_of("FAIL")), RED_LOW);
}

static void test_a_crash_says_why(void **state)
{
	(void)state;
	told.reported = 12;
	write_log("ok 1 - a.b\n\n# panic: no more of it (in a.c)\n");
	open_screen(640, 400, 80, 25);
	last_page_draw(EXIT_CRASH, "a key");
	row_of("no more of it (in a.c)");
	row_of("The run ended before its time: 12 of 40 results");
}

static void test_text_leaves_the_status_alone(void **state)
{
	(void)state;
	open_screen(640, 64, 80, 4);
	screen_set_status("3 of 4");
	screen_write("1\n2\n3\n4\n", 8, INK_PLAIN);
	assert_string_equal(row_text(3), "3 of 4");
	screen_set_status("4");
	assert_string_equal(row_text(3), "4");
}

/* 3 columns more than there are make two rows of each of 30 lines. */
static void test_pager(void **state)
{
	static const enum key typed[] = { KEY_PAGE_DOWN, KEY_DOWN, KEY_UP,    KEY_PAGE_UP,
					  KEY_END,	 KEY_UP,   KEY_OTHER, KEY_QUIT };
	static const char *const due[] = { "rows 1 to 24 of 60",  "rows 24 to 47 of 60",
					   "rows 25 to 48 of 60", "rows 24 to 47 of 60",
					   "rows 1 to 24 of 60",  "rows 37 to 60 of 60",
					   "rows 36 to 59 of 60", "rows 36 to 59 of 60" };
	char text[30 * 84 + 1] = "";

	(void)state;
	for (unsigned int i = 0; i < 30; i++)
		sprintf(text + strlen(text), "%-80s%02u%c\n", i ? "ok" : "not ok", i, '!');
	write_log(text);
	memcpy(keys, typed, sizeof(typed));
	open_screen(640, 400, 80, 25);
	pager_walk(KEY_HOME);
	assert_int_equal(key_count, 8);
	for (unsigned int i = 0; i < 8; i++)
		assert_memory_equal(status_before[i], due[i], strlen(due[i]));
	assert_string_equal(row_text(0), "17!");
}

static void test_pager_says_what_is_cut(void **state)
{
	static char room[24 + 40] __attribute__((aligned(8)));

	(void)state;
	log_init(room, sizeof(room));
	log_write("123456789012345678901234567890", 30);
	log_write("1234567890abcdefghij", 20);
	keys[0] = KEY_QUIT;
	open_screen(1024, 768, 128, 48);
	pager_walk(KEY_HOME);
	assert_string_equal(row_text(0), "1234567890123456789012345678901234567890");
	assert_non_null(strstr(status_before[0], "of 1, 10 more bytes found no room here;"));
}

/* What a reset leaves of a log is believed only as it was sealed. */
static void test_a_log_is_found_again(void **state)
{
	static char room[200] __attribute__((aligned(8)));
	size_t bytes;

	(void)state;
	log_init(room, sizeof(room));
	log_write("ok 1\n", 5);
	assert_null(log_find(room, sizeof(room), &bytes));
	log_seal();
	assert_memory_equal(log_find(room, sizeof(room), &bytes), "ok 1\n", 5);
	assert_int_equal(bytes, 5);
	for (unsigned int i = 0; i < 24 + 5; i++) {
		room[i] ^= 4;
		assert_null(log_find(room, sizeof(room), &bytes));
		room[i] ^= 4;
	}
	assert_non_null(log_find(room, sizeof(room), &bytes));
	assert_null(log_find(room, 28, &bytes));
	log_forget(room);
	assert_null(log_find(room, sizeof(room), &bytes));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(test_##name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(page_on_screens_of_any_size),
		TEST(more_failures_than_rows),
		TEST(more_failures_than_are_remembered),
		TEST(what_is_too_long_ends_in_dots),
		TEST(pass_is_green_in_either_order),
		TEST(a_crash_says_why),
		TEST(text_leaves_the_status_alone),
		TEST(pager),
		TEST(pager_says_what_is_cut),
		TEST(a_log_is_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
