/* SPDX-License-Identifier: MIT */
#include "arch/framebuffer.h"

#include "arch/font.h"
#include "arch/paging.h"

#define GLYPH_PIXELS	8
#define COLUMNS_WANTED	120 /* a screen with room for twice as many gets larger characters */
#define PIXELS_A_COLUMN GLYPH_PIXELS
#define PIXELS_A_ROW	(2 * GLYPH_PIXELS)
#define PAPER		0x00000000u

static volatile uint32_t *pixels;
static uint32_t pitch_pixels, scale, columns, rows;
static bool is_red_low;

/* 8 bits each of red, green and blue, from the top. */
static const uint32_t colours[] = {
	[INK_NONE] = PAPER,	[INK_PLAIN] = 0xd0d0d0,	 [INK_DIM] = 0x808080,
	[INK_GREEN] = 0x50e050, [INK_YELLOW] = 0xf0d040, [INK_RED] = 0xff6060,
};

static uint32_t colour_of(enum ink ink)
{
	const uint32_t rgb = colours[ink];

	return is_red_low ? (rgb & 0x00ff00) | rgb >> 16 | (rgb & 0xff) << 16 : rgb;
}

void framebuffer_init(const struct framebuffer *fb)
{
	if (!fb->base || fb->width < PIXELS_A_COLUMN || fb->height < 2 * PIXELS_A_ROW ||
	    fb->pitch_bytes / 4 < fb->width ||
	    !paging_map_mmio(fb->base, (uint64_t)fb->height * fb->pitch_bytes))
		return;
	pixels = (volatile uint32_t *)(uintptr_t)fb->base;
	pitch_pixels = fb->pitch_bytes / 4;
	is_red_low = fb->is_red_low;
	scale = fb->width / (COLUMNS_WANTED * PIXELS_A_COLUMN);
	if (!scale || fb->height < 2 * PIXELS_A_ROW * scale)
		scale = 1;
	columns = fb->width / (PIXELS_A_COLUMN * scale);
	rows = fb->height / (PIXELS_A_ROW * scale);
	for (uint32_t row = 0; row < rows; row++)
		framebuffer_draw_row(row, "", 0, INK_PLAIN);
}

uint32_t framebuffer_columns(void)
{
	return columns;
}

uint32_t framebuffer_rows(void)
{
	return rows;
}

/* Each row of the glyph takes two rows of pixels, or as many times more as the screen is large. */
void framebuffer_put(uint32_t column, uint32_t row, char c, enum ink ink)
{
	const uint32_t width = PIXELS_A_COLUMN * scale, height = PIXELS_A_ROW * scale;
	const uint32_t colour = colour_of(ink);
	const uint8_t *glyph = font_glyph(c);
	volatile uint32_t *line;
	uint32_t x, y;

	if (column >= columns || row >= rows)
		return;
	line = pixels + (size_t)row * height * pitch_pixels + column * width;
	for (y = 0; y < height; y++, line += pitch_pixels) {
		const uint8_t bits = glyph[y / (2 * scale)];

		for (x = 0; x < width; x++)
			line[x] = bits >> (GLYPH_PIXELS - 1 - x / scale) & 1 ? colour : PAPER;
	}
}

void framebuffer_draw_row(uint32_t row, const char *text, size_t bytes, enum ink ink)
{
	for (uint32_t column = 0; column < columns; column++)
		framebuffer_put(column, row, column < bytes ? text[column] : ' ', ink);
}
