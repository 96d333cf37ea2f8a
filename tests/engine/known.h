/* SPDX-License-Identifier: MIT */
/*
 * Known deviations. The expectation of a test is always the specification. A profile says what a
 * given unit does instead, exactly: only that very observation is "known", anything else fails.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iommu/spec/caps.h"

struct known_deviation {
	const char *id;	      /* of the test */
	uint64_t needs;	      /* NEED(...): deviates only on units that have all of these */
	uint64_t unless;      /* NEED(...): and none of these */
	const char *observed; /* what the test's "differs" line says, to the letter */
	const char *why;
};

/*
 * Chooses a built-in profile by name; "none" or NULL is none. Lines `known ID = OBSERVED` of the
 * boot module's text add to it. False, with words in `error`, if there is no such profile or a line
 * is broken.
 */
bool known_choose(const char *profile, const char *module_text, char *error, size_t error_bytes);

/* The deviation recorded for a test on such a unit (NULL: no unit), or NULL. */
const struct known_deviation *known_find(const char *id, const struct caps *caps,
					 const char *observed);

/* True if any deviation at all is recorded for this test on such a unit. */
bool known_has(const char *id, const struct caps *caps);

/* Name of the profile chosen. */
const char *known_profile(void);

struct known_profile {
	const char *name;
	const struct known_deviation *deviations;
	unsigned int count;
};

extern const struct known_profile known_qemu_7_2;
