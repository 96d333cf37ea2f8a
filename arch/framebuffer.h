/* SPDX-License-Identifier: MIT */
/* Characters on the firmware's linear frame buffer: cells of 8 by 16 pixels, larger ones where pixels are small. */
#pragma once

#include <stddef.h>

#include "arch/boot_info.h"

/* INK_NONE: not on the screen at all. */
enum ink { INK_NONE, INK_PLAIN, INK_DIM, INK_GREEN, INK_YELLOW, INK_RED };

/* Maps and clears it. Does nothing if there is none, or none that holds two rows of one character. */
void framebuffer_init(const struct framebuffer *fb);

/* In characters; 0 where there is no frame buffer. */
uint32_t framebuffer_columns(void);
uint32_t framebuffer_rows(void);

/* One character; outside of the screen it goes nowhere. */
void framebuffer_put(uint32_t column, uint32_t row, char c, enum ink ink);

/* A row with this text, cut where the screen ends, and nothing after it. */
void framebuffer_draw_row(uint32_t row, const char *text, size_t bytes, enum ink ink);
