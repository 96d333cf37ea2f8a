/* SPDX-License-Identifier: MIT */
/*
 * The parts of an observation. "64-bit: bits 12-47 stay 0; IQE" has two: one of words with a list of
 * numbers in them, which is an observation for each number, and one of plain words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PART_NUMBERS = 1024 }; /* numbers of a list are below this */

struct part {
	const char *text;
	size_t bytes;
	size_t list_at; /* where the numbers stand: after the first "bits ", "types " or "values " */
	size_t list_bytes; /* 0: plain words */
};

/* A set of numbers. */
struct part_numbers {
	uint64_t words[PART_NUMBERS / 64];
};

/*
 * Takes the part at *at, which ends at "; " or at the end, and moves *at behind it. False at the end
 * of the text.
 */
bool part_take(const char **at, struct part *part);

/* The same words, apart from the list; * in the known one stands for any hexadecimal digit. */
bool part_is_alike(const struct part *known, const struct part *seen);

/*
 * The numbers of a list. A list is "5,10-11"; in a list of known ones a bound may also be HAW or
 * HAW+n, where HAW is the host address width in bits, and "12-<HAW" ends below it. A range that ends
 * before it starts is empty.
 */
void part_expand(const struct part *part, unsigned int host_address_bits,
		 struct part_numbers *numbers);

/* True if a text names HAW where no list can be read: whoever wrote it mistyped. */
bool part_is_broken(const struct part *part);
