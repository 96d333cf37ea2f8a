/* SPDX-License-Identifier: MIT */
/*
 * What a run looked at and what it did not, by areas of tests and by reasons for skipping: what a PASS does not promise.
 * Plain data, so that it can outlive a reset of the machine.
 */
#pragma once

#include <stdbool.h>

enum { TALLY_AREAS_MAX = 40, TALLY_REASONS_MAX = 64, TALLY_TEXT_BYTES = 56 };

struct tally_count {
	char text[TALLY_TEXT_BYTES];
	unsigned int done, skipped;
};

struct tally {
	struct tally_count areas[TALLY_AREAS_MAX];
	struct tally_count reasons[TALLY_REASONS_MAX];
	unsigned int other_reasons; /* skipped for reasons that found no room */
};

/* One result of test `id`; `reason` why it was skipped, NULL if it was not. */
void tally_add(struct tally *tally, const char *id, const char *reason);

/* At most ten lines. */
void tally_print(const struct tally *tally);
