/* SPDX-License-Identifier: MIT */
/* What the frame buffer shows while the run goes on: text from the top on, and how far the run is in the last row. */
#pragma once

#include "arch/framebuffer.h"

/* Above the last row; at its end it goes on at the top, over the oldest text. Nothing without a frame buffer. */
void screen_write(const char *text, size_t bytes, enum ink ink);

/* The last row; only what differs is drawn, since pixels are slow. */
void screen_set_status(const char *text);
