/* SPDX-License-Identifier: MIT */
/*
 * print_to() beside the C library's snprintf(): the same text, the same length, whatever the
 * conversion, the value and the room. Only conversions that the C standard defines are made.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { ROOM_MOST = 400 };

/* The input, taken byte by byte; zeros when it is used up. */
struct input {
	const uint8_t *data;
	size_t bytes;
};

static unsigned int take(struct input *in, unsigned int below)
{
	if (in->bytes == 0)
		return 0;
	in->bytes--;
	return *in->data++ % below;
}

static uint64_t take_value(struct input *in)
{
	static const uint64_t edges[] = { 0,	      1,	  0x7f,	     0x80,
					  0xff,	      0x7fff,	  0x8000,    0x7fffffff,
					  0x80000000, 0xffffffff, INT64_MAX, (uint64_t)INT64_MIN,
					  UINT64_MAX };
	uint64_t value = 0;

	if (take(in, 2))
		return edges[take(in, sizeof(edges) / sizeof(edges[0]))];
	for (unsigned int i = take(in, 9); i > 0; i--)
		value = value << 8 | take(in, 256);
	return value;
}

/* One conversion, and the format that asks for it. */
struct conversion {
	char format[64];
	char letter;
	unsigned int length; /* index into the length modifiers */
	bool has_star_width, has_star_precision;
	int width, precision;
};

static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z", "j", "t" };

static void add(struct conversion *c, const char *text)
{
	strncat(c->format, text, sizeof(c->format) - strlen(c->format) - 1);
}

static void add_number(struct conversion *c, bool star, int value)
{
	char text[20];

	snprintf(text, sizeof(text), "%d", value);
	add(c, star ? "*" : text);
}

/* Flags that the standard defines for the conversion. */
static void add_flags(struct conversion *c, struct input *in)
{
	const char *allowed = strchr("di", c->letter)	? "-0+ "
			      : c->letter == 'u'	? "-0"
			      : strchr("xX", c->letter) ? "-0#"
							: "-";

	for (unsigned int i = take(in, 4); i > 0; i--) {
		char flag[2] = { allowed[take(in, (unsigned int)strlen(allowed))], 0 };

		add(c, flag);
	}
}

static struct conversion take_conversion(struct input *in, const char *letters)
{
	struct conversion c = { .letter = letters[take(in, (unsigned int)strlen(letters))] };
	char letter[2] = { c.letter, 0 };

	add(&c, take(in, 2) ? "a%" : "%");
	add_flags(&c, in);
	c.width = (int)take(in, 256);
	c.precision = (int)take(in, 256) - 8;
	if (take(in, 2)) {
		c.has_star_width = take(in, 2);
		if (c.has_star_width && take(in, 2))
			c.width = -c.width;
		if (c.width || c.has_star_width)
			add_number(&c, c.has_star_width, c.width);
	}
	if (strchr("diuxXs", c.letter) && take(in, 2)) {
		c.has_star_precision = take(in, 2);
		add(&c, ".");
		if (c.has_star_precision || c.precision >= 0)
			add_number(&c, c.has_star_precision, c.precision);
	}
	if (strchr("diuxX", c.letter)) {
		c.length = take(in, sizeof(lengths) / sizeof(lengths[0]));
		add(&c, lengths[c.length]);
	}
	add(&c, letter);
	add(&c, take(in, 2) ? "%%b" : "");
	return c;
}

static void complain(const char *format, size_t room, const char *ours, int our_length,
		     const char *theirs, int their_length)
{
	fprintf(stderr, "format '%s', room %zu\nours   %d '%s'\ntheirs %d '%s'\n", format, room,
		our_length, room ? ours : "", their_length, room ? theirs : "");
	abort();
}

static char theirs[ROOM_MOST];
static int their_length;
static char *ours;
static int our_length;

/* Both with the same arguments; ours into memory that ends where its room ends. */
#define PRINT_BOTH(room, ...)                                       \
	do {                                                        \
		their_length = snprintf(theirs, room, __VA_ARGS__); \
		our_length = print_to(ours, room, __VA_ARGS__);     \
	} while (0)

/* The star arguments come first, in order. */
#define PRINT_WITH_STARS(c, room, value)                                                  \
	do {                                                                              \
		if ((c)->has_star_width && (c)->has_star_precision)                       \
			PRINT_BOTH(room, (c)->format, (c)->width, (c)->precision, value); \
		else if ((c)->has_star_width)                                             \
			PRINT_BOTH(room, (c)->format, (c)->width, value);                 \
		else if ((c)->has_star_precision)                                         \
			PRINT_BOTH(room, (c)->format, (c)->precision, value);             \
		else                                                                      \
			PRINT_BOTH(room, (c)->format, value);                             \
	} while (0)

static void print_conversion(const struct conversion *c, struct input *in, size_t room)
{
	uint64_t value = take_value(in);
	char text[80];

	memset(text, (int)('A' + value % 26), sizeof(text));
	text[value % sizeof(text)] = '\0';
	if (c->letter == 's')
		PRINT_WITH_STARS(c, room, value == UINT64_MAX ? NULL : text);
	else if (c->letter == 'p')
		PRINT_WITH_STARS(c, room, (void *)(uintptr_t)value);
	else if (c->letter == 'c' || c->length <= 2)
		PRINT_WITH_STARS(c, room, (int)value);
	else
		PRINT_WITH_STARS(c, room, (long)value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct input in = { data, bytes };
	size_t room = take(&in, 4) ? ROOM_MOST : take(&in, 256);
	struct conversion c = take_conversion(&in, "diuxXscp");

	ours = malloc(room ? room : 1);
	memset(theirs, '?', sizeof(theirs));
	memset(ours, '?', room ? room : 1);
	print_conversion(&c, &in, room);
	if (our_length != their_length || memcmp(ours, theirs, room) != 0 ||
	    (!room && *ours != '?'))
		complain(c.format, room, ours, our_length, theirs, their_length);
	free(ours);
	return 0;
}
