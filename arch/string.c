/* SPDX-License-Identifier: MIT */
#include "arch/string.h"

#include <stdint.h>

void *STRING_NAME(memcpy)(void *restrict to, const void *restrict from, size_t bytes)
{
	void *at = to;
	size_t words = bytes / 8;

	bytes %= 8;
	asm volatile("rep movsq" : "+D"(at), "+S"(from), "+c"(words) : : "memory");
	asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(bytes) : : "memory");
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

void *STRING_NAME(memset)(void *to, int value, size_t bytes)
{
	void *at = to;
	size_t words = bytes / 8;
	uint64_t pattern = (uint8_t)value * UINT64_C(0x0101010101010101);

	bytes %= 8;
	asm volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(pattern) : "memory");
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
