/* SPDX-License-Identifier: MIT */
/*
 * Known deviations. The expectation of a test is always the specification. A profile says what a
 * given unit does instead, exactly and part by part: an observation is known if each of its parts
 * is, and one part that is not known is a failure whatever stands beside it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iommu/spec/caps.h"

/* A heading (why alone), or one way to deviate that the reason of the heading above explains. */
struct known_deviation {
	const char *why;
	const char *first; /* "7.2": the first version seen to do so */
	const char *last;  /* the last one, or KNOWN_OPEN: as far as we know it still does */
	uint64_t needs;	   /* NEED(...): deviates only on units that have all of these */
	uint64_t unless;   /* NEED(...): and none of these */
	const char *part;  /* what the "differs" line says, see part.h */
	const char *tests; /* their ids, a comma between them, or KNOWN_ANY_TEST */
	bool is_optional;  /* an option of the unit that no register shows decides */
};

#define KNOWN_OPEN "OPEN"

/* Of a part that is about no test, but about what each of them needs; the entry must be optional. */
#define KNOWN_ANY_TEST "*"

/* All that is known of the units of one emulator. */
struct known_list {
	const char *name;
	const char *const *versions; /* that were compared with the specification, oldest first */
	unsigned int version_count;
	const struct known_deviation *deviations;
	unsigned int count;
};

extern const struct known_list known_qemu;

/* The unit that a test was about. */
struct known_unit {
	const struct caps *caps; /* NULL: it was about none, and entries with conditions are out */
	unsigned int host_address_bits;
};

/*
 * Chooses a profile: "qemu-10.0" are the deviations whose range of versions holds 10.0; "none" or
 * NULL is none. For a version that was never compared the nearest older one stands in, known_note()
 * says so. Lines `known ID = OBSERVED` of the text file that came with the kernel add to it. False,
 * with words in `error`, if the name is none, or a line is broken.
 */
bool known_choose(const char *profile, const char *module_text, char *error, size_t error_bytes);

/* The name of the profile, as it was asked for. */
const char *known_profile(void);

/* In words, whose deviations stand in for those of the version asked for; "" if its own do. */
const char *known_note(void);

/* Is each part of the observation known for this test on such a unit? Then `why` gets the reasons. */
bool known_explains(const char *id, const struct known_unit *unit, const char *observed, char *why,
		    size_t why_bytes);

/* Is any deviation expected of this test on such a unit? */
bool known_has(const char *id, const struct known_unit *unit);

/*
 * An id of a line of the text file for which `exists` is false, or NULL. It is cut to `bytes` of
 * `id`.
 */
bool known_find_bad_id(bool (*exists)(const char *id), char *id, size_t bytes);

/*
 * Prints every deviation of the list as a line for each test: first and last version, needs and
 * conditions that exclude it, test, `spec_of` that test, part and reason, a tab between them. False
 * if an entry is about no test (`spec_of` is NULL), or is not sound; `error` names it.
 */
bool known_print(const char *(*spec_of)(const char *id), char *error, size_t error_bytes);
