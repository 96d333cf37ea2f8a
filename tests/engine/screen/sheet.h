/* SPDX-License-Identifier: MIT */
/* Lines for a screen, as wide as that is; where they go is decided when all of them are known. */
#pragma once

#include <stdint.h>

#include "arch/framebuffer.h"
#include "arch/print.h"

enum { SHEET_LINES = 24, SHEET_COLUMNS = 160 };

struct sheet {
	uint32_t columns; /* at most SHEET_COLUMNS */
	uint32_t count;
	struct {
		enum ink ink;
		char text[SHEET_COLUMNS + 1];
	} lines[SHEET_LINES];
};

/* An empty one for this screen. */
void sheet_begin(struct sheet *sheet);

/* One line; what is too wide ends in dots. Lines beyond the last are dropped. */
PRINT_FORMAT(3, 4) void sheet_add(struct sheet *sheet, enum ink ink, const char *format, ...);

/* As many lines as the text takes, broken between words, all but the first one indented; at most `most`. */
PRINT_FORMAT(4, 5)
void sheet_add_wrapped(struct sheet *sheet, enum ink ink, uint32_t most, const char *format, ...);

/* Draws it from that row of the screen on. */
void sheet_draw(const struct sheet *sheet, uint32_t row);
