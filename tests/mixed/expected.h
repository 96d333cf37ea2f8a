/* SPDX-License-Identifier: MIT */
/* What each strategy must come to on each topology by the specification, and why. */
#pragma once

#include "tests/mixed/outcome.h"
#include "tests/mixed/topologies.h"

enum rule_breach { BREAKS_NONE, BREAKS_SOME, BREAKS_MAYBE };

struct expectation {
	unsigned int strategies; /* bit n: enum strategy_index n */
	unsigned int all, none;	 /* traits a topology must have, and must not have */
	unsigned int
		outcomes; /* bit n: enum outcome n; more than one where the book leaves it open */
	uint8_t reason;	  /* MIXED_BLOCKED: the fault that a modelled unit records; 0: any */
	enum rule_breach breach; /* does the driver break a rule whose breach is undefined? */
	const char *why;
	const char *change; /* what its author must change; NULL: nothing */
};

/* The first that fits; never NULL. */
const struct expectation *expectation_of(const struct mixed_topology *topology,
					 enum strategy_index strategy);

/* Does the verdict meet it? On units that are not modelled the fault reason is not compared. */
bool expectation_is_met(const struct expectation *expectation, const struct verdict *verdict,
			bool compares_reason);

/* "BLOCKED (SCT.2)" or "BLOCKED or LEAKED" */
const char *expectation_words(const struct expectation *expectation, char *text, size_t bytes);
