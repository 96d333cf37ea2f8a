/* SPDX-License-Identifier: MIT */
/*
 * Places of a source where it can be made wrong, each with the texts that would stand there instead. All
 * of them are written into one source, a switch selects one while the program runs.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum site_kind {
	SITE_EXPRESSION, /* becomes (mutant_is(1) ? (text) : (...)) */
	SITE_STATEMENT,	 /* becomes { if (mutant_is(1)) { text } else { ... } } */
	SITE_INSERTION,	 /* nothing is replaced: if (mutant_is(1)) { text } */
};

/* Takes the bytes of a source, and keeps them. `name` is that of the file. */
void sites_open(const char *name, char *text, unsigned int bytes);

/*
 * Adds one text for [begin, end); `rule` says in a word or two what was done. The text is copied. Ignored if
 * it is the text that stands there.
 */
void sites_add(enum site_kind kind, unsigned int begin, unsigned int end, const char *function,
	       const char *rule, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The bytes of [begin, end), in one of a few buffers. */
const char *sites_text(unsigned int begin, unsigned int end);
char sites_byte(unsigned int at);

/*
 * Writes the source with its switches, and a line for each mutant: number, file:line, function, rule, what
 * stands there, what would. `number` is the first one's; returns the one after the last.
 */
unsigned int sites_write(FILE *source, FILE *list, unsigned int number);
