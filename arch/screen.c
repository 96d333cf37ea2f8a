/* SPDX-License-Identifier: MIT */
#include "arch/screen.h"

#define STATUS_CHARACTERS 160

static uint32_t column, row;

/* Those that text may take: all but the last. */
static uint32_t text_rows(void)
{
	return framebuffer_rows() - 1;
}

static void clear_row(uint32_t which)
{
	framebuffer_draw_row(which, "", 0, INK_PLAIN);
}

/* Keeps the row after the current one empty: that is where the oldest text begins. */
static void next_row(void)
{
	column = 0;
	row = (row + 1) % text_rows();
	clear_row(row);
	clear_row((row + 1) % text_rows());
}

void screen_write(const char *text, size_t bytes, enum ink ink)
{
	for (; framebuffer_rows() && bytes; bytes--, text++) {
		if (*text == '\n') {
			next_row();
			continue;
		}
		if (column == framebuffer_columns())
			next_row();
		framebuffer_put(column++, row, *text, ink);
	}
}

void screen_set_status(const char *text)
{
	static char shown[STATUS_CHARACTERS];
	uint32_t i;

	for (i = 0; i < framebuffer_columns() && i < STATUS_CHARACTERS; i++) {
		const char c = *text ? *text++ : ' ';

		if (shown[i] != c)
			framebuffer_put(i, framebuffer_rows() - 1, c, INK_YELLOW);
		shown[i] = c;
	}
}
