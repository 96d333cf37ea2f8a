/* SPDX-License-Identifier: MIT */
/*
 * Formatted text. Conversions d i u x X c s p %, flags 0 - + space #, width, precision (also *),
 * lengths hh h l ll z j t; results are those of the C library. Anything else prints as it stands.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#define PRINT_FORMAT(string, first) __attribute__((format(printf, string, first)))

/* As vsnprintf: always terminates if size > 0, returns the length it would have taken. */
PRINT_FORMAT(3, 0) int print_format(char *out, size_t size, const char *format, va_list args);
PRINT_FORMAT(3, 4) int print_to(char *out, size_t size, const char *format, ...);

/* To the console, of any length. */
PRINT_FORMAT(1, 2) void print(const char *format, ...);
PRINT_FORMAT(1, 0) void print_args(const char *format, va_list args);

/* To whoever listens, if anybody does: one sentence per call, without newline, of at most 159 characters. */
typedef void print_sink(const char *message);
PRINT_FORMAT(2, 3) void print_report(print_sink *sink, const char *format, ...);
