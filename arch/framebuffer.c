/* SPDX-License-Identifier: MIT */
#include "arch/framebuffer.h"

#include "arch/font.h"
#include "arch/paging.h"

#define CELL_WIDTH  8 /* pixels, before scaling */
#define CELL_HEIGHT 16
#define INK	    0x00d0d0d0u
#define PAPER	    0x00000000u

static volatile uint32_t *pixels;
static uint32_t pitch_pixels, columns, rows, column, row;

static void fill_rows(uint32_t first_pixel_row, uint32_t count)
{
	uint32_t x, y;

	for (y = first_pixel_row; y < first_pixel_row + count; y++) {
		for (x = 0; x < columns * CELL_WIDTH; x++)
			pixels[y * pitch_pixels + x] = PAPER;
	}
}

/* Each row of the glyph takes two rows of pixels. */
static void draw(uint32_t at_column, uint32_t at_row, const uint8_t *glyph)
{
	volatile uint32_t *line =
		pixels + at_row * CELL_HEIGHT * pitch_pixels + at_column * CELL_WIDTH;
	uint32_t x, y;

	for (y = 0; y < CELL_HEIGHT; y++, line += pitch_pixels) {
		for (x = 0; x < CELL_WIDTH; x++)
			line[x] = glyph[y / 2] >> (CELL_WIDTH - 1 - x) & 1 ? INK : PAPER;
	}
}

/* Keeps the line after the current one empty: that is where the oldest text begins. */
static void next_row(void)
{
	column = 0;
	row = (row + 1) % rows;
	fill_rows(row * CELL_HEIGHT, CELL_HEIGHT);
	fill_rows((row + 1) % rows * CELL_HEIGHT, CELL_HEIGHT);
}

void framebuffer_init(const struct framebuffer *fb)
{
	if (!fb->base || fb->width < CELL_WIDTH || fb->height < 2 * CELL_HEIGHT ||
	    fb->pitch_bytes / 4 < fb->width ||
	    !paging_map_mmio(fb->base, (uint64_t)fb->height * fb->pitch_bytes))
		return;
	pixels = (volatile uint32_t *)(uintptr_t)fb->base;
	pitch_pixels = fb->pitch_bytes / 4;
	columns = fb->width / CELL_WIDTH;
	rows = fb->height / CELL_HEIGHT;
	column = 0;
	row = 0;
	fill_rows(0, rows * CELL_HEIGHT);
}

bool framebuffer_is_present(void)
{
	return pixels;
}

void framebuffer_write(const char *text, size_t bytes)
{
	for (; pixels && bytes; bytes--, text++) {
		if (*text == '\n') {
			next_row();
			continue;
		}
		if (column == columns)
			next_row();
		draw(column++, row, font_glyph(*text));
	}
}
