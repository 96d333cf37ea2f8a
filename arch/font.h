/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* Eight rows of eight pixels, the leftmost one in bit 7. A box for what is not printable ASCII. */
const uint8_t *font_glyph(char c);
