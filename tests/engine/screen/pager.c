/* SPDX-License-Identifier: MIT */
#include "tests/engine/screen/pager.h"

#include "arch/exit.h"
#include "arch/framebuffer.h"
#include "arch/log.h"
#include "arch/print.h"
#include "arch/string.h"

/* The log as rows of the screen: long lines take several. All rows but the screen's last are for it. */
struct view {
	const char *log;
	size_t bytes;
	uint32_t height, row_count, top;
};

/* So many bytes from `at` are one row, its newline not counted. */
static size_t row_bytes(const struct view *view, size_t at)
{
	const size_t left = view->bytes - at;
	const size_t room = left < framebuffer_columns() ? left : framebuffer_columns();
	const char *end = memchr(view->log + at, '\n', room);

	return end ? (size_t)(end - view->log) - at : room;
}

static size_t next_row(const struct view *view, size_t at)
{
	at += row_bytes(view, at);
	return at < view->bytes && view->log[at] == '\n' ? at + 1 : at;
}

static enum ink ink_of(const char *row, size_t bytes)
{
	if (bytes >= 6 && !memcmp(row, "not ok", 6))
		return INK_RED;
	return bytes && *row == '#' ? INK_DIM : INK_PLAIN;
}

static void draw_status(const struct view *view)
{
	const uint32_t last = view->top + view->height;
	char text[200], cut[60] = "";

	if (log_lost_bytes())
		print_to(cut, sizeof(cut), ", %zu more bytes found no room here", log_lost_bytes());
	print_to(text, sizeof(text), "rows %u to %u of %u%s; Page Up/Down, Home, End, q: off",
		 view->row_count ? view->top + 1 : 0,
		 last < view->row_count ? last : view->row_count, view->row_count, cut);
	framebuffer_draw_row(view->height, text, strlen(text), INK_YELLOW);
}

static void draw(const struct view *view)
{
	size_t at = 0;

	for (uint32_t row = 0; row < view->top; row++)
		at = next_row(view, at);
	for (uint32_t row = 0; row < view->height; row++) {
		const size_t bytes = at < view->bytes ? row_bytes(view, at) : 0;

		framebuffer_draw_row(row, view->log + at, bytes, ink_of(view->log + at, bytes));
		at = at < view->bytes ? next_row(view, at) : at;
	}
	draw_status(view);
}

static uint32_t last_top(const struct view *view)
{
	return view->row_count > view->height ? view->row_count - view->height : 0;
}

static void move(struct view *view, enum key key)
{
	const uint32_t page = view->height > 1 ? view->height - 1 : 1; /* one row stays */
	const uint32_t step = key == KEY_UP || key == KEY_DOWN ? 1 : page;

	switch (key) {
	case KEY_HOME:
		view->top = 0;
		break;
	case KEY_END:
		view->top = last_top(view);
		break;
	case KEY_UP:
	case KEY_PAGE_UP:
		view->top -= step < view->top ? step : view->top;
		break;
	case KEY_DOWN:
	case KEY_PAGE_DOWN:
		view->top += step < last_top(view) - view->top ? step : last_top(view) - view->top;
		break;
	default:
		break;
	}
}

void pager_walk(enum key key)
{
	struct view view = { .height = framebuffer_rows() - 1 };

	view.log = log_text(&view.bytes);
	for (size_t at = 0; at < view.bytes; at = next_row(&view, at))
		view.row_count++;
	view.top = last_top(&view);
	while (key != KEY_QUIT && key != KEY_NONE) {
		move(&view, key);
		draw(&view);
		key = keyboard_wait(exit_patience_us());
	}
}
