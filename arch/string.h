/* SPDX-License-Identifier: MIT */
/*
 * The parts of the C library's string.h that are needed here. Host tests define STRING_PREFIX, so
 * that these functions can stand beside the library's.
 */
#pragma once

#include <stddef.h>

#ifdef STRING_PREFIX
#define STRING_JOIN2(a, b) a##b
#define STRING_JOIN(a, b)  STRING_JOIN2(a, b)
#define STRING_NAME(name)  STRING_JOIN(STRING_PREFIX, name)
#else
#define STRING_NAME(name) name
#endif

void *STRING_NAME(memcpy)(void *restrict to, const void *restrict from, size_t bytes);
void *STRING_NAME(memmove)(void *to, const void *from, size_t bytes);
void *STRING_NAME(memset)(void *to, int value, size_t bytes);
int STRING_NAME(memcmp)(const void *a, const void *b, size_t bytes);
void *STRING_NAME(memchr)(const void *text, int c, size_t bytes);
size_t STRING_NAME(strlen)(const char *text);
size_t STRING_NAME(strnlen)(const char *text, size_t most);
int STRING_NAME(strcmp)(const char *a, const char *b);
int STRING_NAME(strncmp)(const char *a, const char *b, size_t most);
char *STRING_NAME(strchr)(const char *text, int c);
char *STRING_NAME(strstr)(const char *text, const char *part);
size_t STRING_NAME(strspn)(const char *text, const char *set);
size_t STRING_NAME(strcspn)(const char *text, const char *set);
