/* SPDX-License-Identifier: MIT */
/* Text files as editors write them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Copies a file's text into `out`, without a byte order mark: 8-bit characters as they are, 16-bit ones (which need
 * the mark, in either byte order) as ASCII, with ? for what is none. Returns how many characters the text has;
 * only the first `room` of them are copied.
 */
size_t text_decode(const void *file, size_t bytes, char *out, size_t room);

/* A sum that hardly two texts share (FNV-1a). tests/judge/Mark.pm makes the same. */
uint32_t text_sum(const void *text, size_t bytes);
