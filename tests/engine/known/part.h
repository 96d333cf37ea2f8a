/* SPDX-License-Identifier: MIT */
/*
 * The parts of an observation. "64-bit: bits 12-47 stay 0; bits 2,3: reason 05 for 79, PP 1 for 0" has
 * three: "; " and ", " divide them, and what stands before ": " belongs to each part up to the next
 * "; ". A part is words, or words with a list of numbers in them, which is an observation for each
 * number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PART_NUMBERS = 1024 }; /* numbers of a list are below this */

/* Words, perhaps around a list. */
struct piece {
	const char *text;
	size_t bytes;
	size_t list_at; /* where the numbers stand: after the first "bits ", "types " or "values " */
	size_t list_bytes; /* 0: plain words */
};

/* At most one of the two has a list. */
struct part {
	struct piece head; /* up to ": " and with it; often empty */
	struct piece tail;
};

/* Where we are in an observation; start with { .at = text }. */
struct part_reader {
	const char *at;
	struct piece head;
	bool is_inside; /* the next part has the head of the last one */
};

/* A set of numbers. */
struct part_numbers {
	uint64_t words[PART_NUMBERS / 64];
};

/* Takes the next part; false at the end of the text. */
bool part_take(struct part_reader *reader, struct part *part);

/* Is there a list of numbers in it? */
bool part_has_list(const struct part *part);

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
