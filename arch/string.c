/* SPDX-License-Identifier: MIT */
#include "arch/string.h"

#include <stdint.h>

/*
 * Blocks of 64 bytes go by plain moves: an emulator takes five times as long for each step of a repeated
 * instruction.
 */
enum { BLOCK_BYTES = 64 };

static void copy_blocks(uint64_t *to, const uint64_t *from, size_t blocks)
{
	uint64_t a, b;

	for (; blocks; blocks--, to += 8, from += 8)
		asm volatile("mov (%3), %0; mov 8(%3), %1; mov %0, (%2); mov %1, 8(%2);"
			     "mov 16(%3), %0; mov 24(%3), %1; mov %0, 16(%2); mov %1, 24(%2);"
			     "mov 32(%3), %0; mov 40(%3), %1; mov %0, 32(%2); mov %1, 40(%2);"
			     "mov 48(%3), %0; mov 56(%3), %1; mov %0, 48(%2); mov %1, 56(%2)"
			     : "=&r"(a), "=&r"(b)
			     : "r"(to), "r"(from)
			     : "memory");
}

void *STRING_NAME(memcpy)(void *restrict to, const void *restrict from, size_t bytes)
{
	const size_t done = bytes & ~(size_t)(BLOCK_BYTES - 1);
	void *at = (uint8_t *)to + done;
	const void *rest = (const uint8_t *)from + done;

	copy_blocks(to, from, bytes / BLOCK_BYTES);
	bytes -= done;
	asm volatile("rep movsb" : "+D"(at), "+S"(rest), "+c"(bytes) : : "memory");
	return to;
}

void *STRING_NAME(memmove)(void *to, const void *from, size_t bytes)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if ((uintptr_t)out - (uintptr_t)in >= bytes)
		return STRING_NAME(memcpy)(to, from, bytes);
	for (; bytes; bytes--)
		*(volatile uint8_t *)(out + bytes - 1) = in[bytes - 1];
	return to;
}

static void fill_blocks(uint64_t *to, uint64_t pattern, size_t blocks)
{
	for (; blocks; blocks--, to += 8)
		asm volatile("mov %1, (%0); mov %1, 8(%0); mov %1, 16(%0); mov %1, 24(%0);"
			     "mov %1, 32(%0); mov %1, 40(%0); mov %1, 48(%0); mov %1, 56(%0)"
			     :
			     : "r"(to), "r"(pattern)
			     : "memory");
}

void *STRING_NAME(memset)(void *to, int value, size_t bytes)
{
	const size_t done = bytes & ~(size_t)(BLOCK_BYTES - 1);
	void *at = (uint8_t *)to + done;
	uint64_t pattern = (uint8_t)value * UINT64_C(0x0101010101010101);

	fill_blocks(to, pattern, bytes / BLOCK_BYTES);
	bytes -= done;
	asm volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(pattern) : "memory");
	return to;
}

/* Which bits of eight bytes at any two addresses differ. */
static uint64_t differ_at(const uint8_t *x, const uint8_t *y)
{
	uint64_t a, b;

	__builtin_memcpy(&a, x, sizeof(a));
	__builtin_memcpy(&b, y, sizeof(b));
	return a ^ b;
}

int STRING_NAME(memcmp)(const void *a, const void *b, size_t bytes)
{
	const uint8_t *x = a, *y = b;
	size_t i = 0;

	while (i + 32 <= bytes &&
	       !(differ_at(x + i, y + i) | differ_at(x + i + 8, y + i + 8) |
		 differ_at(x + i + 16, y + i + 16) | differ_at(x + i + 24, y + i + 24)))
		i += 32;
	for (; i < bytes; i++) {
		if (x[i] != y[i])
			return x[i] - y[i];
	}
	return 0;
}

void *STRING_NAME(memchr)(const void *text, int c, size_t bytes)
{
	const uint8_t *at = text;

	for (; bytes; bytes--, at++) {
		if (*at == (uint8_t)c)
			return (void *)(uintptr_t)at;
	}
	return NULL;
}

size_t STRING_NAME(strnlen)(const char *text, size_t most)
{
	size_t i = 0;

	while (i < most && *(const volatile char *)(text + i))
		i++;
	return i;
}

size_t STRING_NAME(strlen)(const char *text)
{
	return STRING_NAME(strnlen)(text, SIZE_MAX);
}

int STRING_NAME(strncmp)(const char *a, const char *b, size_t most)
{
	for (; most; most--, a++, b++) {
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	}
	return 0;
}

int STRING_NAME(strcmp)(const char *a, const char *b)
{
	return STRING_NAME(strncmp)(a, b, SIZE_MAX);
}

char *STRING_NAME(strchr)(const char *text, int c)
{
	for (; *text != (char)c; text++) {
		if (!*text)
			return NULL;
	}
	return (char *)(uintptr_t)text;
}

char *STRING_NAME(strstr)(const char *text, const char *part)
{
	const size_t bytes = STRING_NAME(strlen)(part);

	for (;; text++) {
		if (!STRING_NAME(strncmp)(text, part, bytes))
			return (char *)(uintptr_t)text;
		if (!*text)
			return NULL;
	}
}

size_t STRING_NAME(strspn)(const char *text, const char *set)
{
	size_t i = 0;

	while (text[i] && STRING_NAME(strchr)(set, text[i]))
		i++;
	return i;
}

size_t STRING_NAME(strcspn)(const char *text, const char *set)
{
	size_t i = 0;

	while (text[i] && !STRING_NAME(strchr)(set, text[i]))
		i++;
	return i;
}
