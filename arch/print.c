/* SPDX-License-Identifier: MIT */
#include "arch/print.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/console.h"

/* Where characters go: into `out` as far as it reaches, or, with `flush`, on to someone else. */
struct sink {
	char *out;
	size_t size;
	size_t used;
	size_t total;
	void (*flush)(const char *text, size_t bytes);
};

enum length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG };

/* One conversion, taken apart. */
struct spec {
	bool left, zero, plus, space, alternate;
	bool has_precision;
	int width;
	int precision;
	enum length length;
	char conversion;
};

/* What a conversion prints, before it is padded. */
struct body {
	const char *prefix; /* sign or 0x */
	size_t prefix_bytes;
	size_t zeros_count;
	const char *text;
	size_t text_bytes;
};

static void put(struct sink *sink, char c)
{
	sink->total++;
	if (sink->flush && sink->used == sink->size) {
		sink->flush(sink->out, sink->used);
		sink->used = 0;
	}
	if (sink->used < sink->size)
		sink->out[sink->used++] = c;
}

static void put_many(struct sink *sink, char c, size_t count)
{
	while (count--)
		put(sink, c);
}

static void put_text(struct sink *sink, const char *text, size_t bytes)
{
	while (bytes--)
		put(sink, *text++);
}

static void put_body(struct sink *sink, const struct spec *spec, struct body body)
{
	const size_t bytes = body.prefix_bytes + body.zeros_count + body.text_bytes;
	size_t pad = (size_t)spec->width > bytes ? (size_t)spec->width - bytes : 0;

	if (spec->zero) {
		body.zeros_count += pad;
		pad = 0;
	}
	if (!spec->left)
		put_many(sink, ' ', pad);
	put_text(sink, body.prefix, body.prefix_bytes);
	put_many(sink, '0', body.zeros_count);
	put_text(sink, body.text, body.text_bytes);
	if (spec->left)
		put_many(sink, ' ', pad);
}

static void put_number(struct sink *sink, struct spec *spec, uint64_t value, unsigned base,
		       const char *prefix, size_t prefix_bytes)
{
	const char *digits = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[20];
	size_t at = sizeof(text);
	struct body body = { .prefix = prefix, .prefix_bytes = prefix_bytes };

	for (; value; value /= base)
		text[--at] = digits[value % base];
	body.text = text + at;
	body.text_bytes = sizeof(text) - at;
	if (!spec->has_precision)
		spec->precision = 1;
	else
		spec->zero = false;
	if ((size_t)spec->precision > body.text_bytes)
		body.zeros_count = (size_t)spec->precision - body.text_bytes;
	put_body(sink, spec, body);
}

static void put_signed(struct sink *sink, struct spec *spec, int64_t value)
{
	const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	put_number(sink, spec, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, sign,
		   *sign ? 1 : 0);
}

static void put_hex(struct sink *sink, struct spec *spec, uint64_t value)
{
	const bool prefixed = spec->alternate && value;

	put_number(sink, spec, value, 16, spec->conversion == 'X' ? "0X" : "0x", prefixed ? 2 : 0);
}

static void put_pointer(struct sink *sink, struct spec *spec, const void *pointer)
{
	if (!pointer) {
		spec->zero = false;
		put_body(sink, spec, (struct body){ .text = "(nil)", .text_bytes = 5 });
		return;
	}
	spec->alternate = true;
	put_hex(sink, spec, (uintptr_t)pointer);
}

static void put_string(struct sink *sink, struct spec *spec, const char *text)
{
	struct body body = { .text = text ? text : "(null)" };

	if (!text && spec->has_precision && spec->precision < 6)
		spec->precision = 0;
	while (!spec->has_precision || body.text_bytes < (size_t)spec->precision) {
		if (!body.text[body.text_bytes])
			break;
		body.text_bytes++;
	}
	spec->zero = false;
	put_body(sink, spec, body);
}

static int64_t take_signed(enum length length, va_list *args)
{
	switch (length) {
	case LENGTH_CHAR:
		return (signed char)va_arg(*args, int);
	case LENGTH_SHORT:
		return (short)va_arg(*args, int);
	case LENGTH_INT:
		return va_arg(*args, int);
	default:
		return va_arg(*args, long);
	}
}

static uint64_t take_unsigned(enum length length, va_list *args)
{
	switch (length) {
	case LENGTH_CHAR:
		return (unsigned char)va_arg(*args, unsigned);
	case LENGTH_SHORT:
		return (unsigned short)va_arg(*args, unsigned);
	case LENGTH_INT:
		return va_arg(*args, unsigned);
	default:
		return va_arg(*args, unsigned long);
	}
}

/* A decimal number, or INT_MAX if it does not fit. */
static int parse_number(const char **format)
{
	int value = 0;

	for (; **format >= '0' && **format <= '9'; ++*format) {
		const int digit = **format - '0';

		value = value > (INT_MAX - digit) / 10 ? INT_MAX : value * 10 + digit;
	}
	return value;
}

static void parse_flags(const char **format, struct spec *spec)
{
	for (;; ++*format) {
		switch (**format) {
		case '-':
			spec->left = true;
			break;
		case '0':
			spec->zero = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		default:
			return;
		}
	}
}

static void parse_width(const char **format, struct spec *spec, va_list *args)
{
	if (**format != '*') {
		spec->width = parse_number(format);
		return;
	}
	++*format;
	spec->width = va_arg(*args, int);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
	}
}

static void parse_precision(const char **format, struct spec *spec, va_list *args)
{
	if (**format != '.')
		return;
	++*format;
	if (**format != '*') {
		spec->precision = parse_number(format);
		spec->has_precision = true;
		return;
	}
	++*format;
	spec->precision = va_arg(*args, int);
	spec->has_precision = spec->precision >= 0;
}

static void parse_length(const char **format, struct spec *spec)
{
	const char first = **format;

	spec->length = LENGTH_INT;
	if (first == 'h' || first == 'l') {
		++*format;
		spec->length = first == 'h' ? LENGTH_SHORT : LENGTH_LONG;
		if (**format != first)
			return;
		++*format;
		if (first == 'h')
			spec->length = LENGTH_CHAR;
	} else if (first == 'z' || first == 'j' || first == 't') {
		++*format;
		spec->length = LENGTH_LONG;
	}
}

/* Returns false if the conversion is none of ours. */
static bool convert(struct sink *sink, struct spec *spec, va_list *args)
{
	char c;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		put_signed(sink, spec, take_signed(spec->length, args));
		return true;
	case 'u':
		put_number(sink, spec, take_unsigned(spec->length, args), 10, "", 0);
		return true;
	case 'x':
	case 'X':
		put_hex(sink, spec, take_unsigned(spec->length, args));
		return true;
	case 'c':
		c = (char)va_arg(*args, int);
		spec->zero = false;
		put_body(sink, spec, (struct body){ .text = &c, .text_bytes = 1 });
		return true;
	case 's':
		put_string(sink, spec, va_arg(*args, const char *));
		return true;
	case 'p':
		put_pointer(sink, spec, va_arg(*args, const void *));
		return true;
	case '%':
		put(sink, '%');
		return true;
	default:
		return false;
	}
}

static void format_all(struct sink *sink, const char *format, va_list *args)
{
	while (*format) {
		struct spec spec = { 0 };
		const char *start = format;

		if (*format++ != '%') {
			put(sink, *start);
			continue;
		}
		parse_flags(&format, &spec);
		parse_width(&format, &spec, args);
		parse_precision(&format, &spec, args);
		parse_length(&format, &spec);
		spec.zero = spec.zero && !spec.left;
		spec.conversion = *format;
		if (*format && convert(sink, &spec, args))
			format++;
		else
			put_text(sink, start, (size_t)(format - start));
	}
}

int print_format(char *out, size_t size, const char *format, va_list args)
{
	struct sink sink = { .out = out, .size = size ? size - 1 : 0 };
	va_list copy;

	va_copy(copy, args);
	format_all(&sink, format, &copy);
	va_end(copy);
	if (size)
		out[sink.used] = '\0';
	return sink.total > INT_MAX ? INT_MAX : (int)sink.total;
}

int print_to(char *out, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = print_format(out, size, format, args);
	va_end(args);
	return length;
}

void print_args(const char *format, va_list args)
{
	char buffer[128];
	struct sink sink = { .out = buffer, .size = sizeof(buffer), .flush = console_write };
	va_list copy;

	va_copy(copy, args);
	format_all(&sink, format, &copy);
	va_end(copy);
	console_write(buffer, sink.used);
}

void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_args(format, args);
	va_end(args);
}

void print_report(print_sink *sink, const char *format, ...)
{
	char message[160];
	va_list args;

	if (!sink)
		return;
	va_start(args, format);
	print_format(message, sizeof(message), format, args);
	va_end(args);
	sink(message);
}
