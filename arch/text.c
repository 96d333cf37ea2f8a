/* SPDX-License-Identifier: MIT */
#include "arch/text.h"

#include <stdbool.h>
#include <stdint.h>

#include "arch/string.h"

static const uint8_t mark_utf8[] = { 0xef, 0xbb, 0xbf };
static const uint8_t mark_little[] = { 0xff, 0xfe };
static const uint8_t mark_big[] = { 0xfe, 0xff };

static bool starts_with(const uint8_t *file, size_t bytes, const uint8_t *mark, size_t mark_bytes)
{
	return bytes >= mark_bytes && !memcmp(file, mark, mark_bytes);
}

/* `high` is where the upper half of each character stands: 0 or 1. */
static size_t narrow(const uint8_t *pairs, size_t bytes, unsigned high, char *out, size_t room)
{
	size_t count = bytes / 2;

	for (size_t i = 0; i < count && i < room; i++) {
		uint8_t low = pairs[2 * i + 1 - high];

		out[i] = pairs[2 * i + high] || low > '~' ? '?' : (char)low;
	}
	return count;
}

size_t text_decode(const void *file, size_t bytes, char *out, size_t room)
{
	const uint8_t *at = file;

	if (starts_with(at, bytes, mark_little, sizeof(mark_little)))
		return narrow(at + 2, bytes - 2, 1, out, room);
	if (starts_with(at, bytes, mark_big, sizeof(mark_big)))
		return narrow(at + 2, bytes - 2, 0, out, room);
	if (starts_with(at, bytes, mark_utf8, sizeof(mark_utf8))) {
		at += sizeof(mark_utf8);
		bytes -= sizeof(mark_utf8);
	}
	memcpy(out, at, bytes < room ? bytes : room);
	return bytes;
}

uint32_t text_sum(const void *text, size_t bytes)
{
	const uint8_t *at = text;
	uint32_t sum = 2166136261u;

	for (; bytes; bytes--)
		sum = (sum ^ *at++) * 16777619u;
	return sum;
}
