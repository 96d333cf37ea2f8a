/* SPDX-License-Identifier: MIT */
/* The vocabulary of topo=, a table; topology.c knows the grammar. */
#pragma once

#include "arch/bits.h"
#include "tests/units/topology.h"

struct topology_word {
	const char *name; /* matched whatever the case */
	const char *meaning;
	const char *value_is; /* what must follow the word; NULL: nothing */
	bool is_kind;	      /* stands first */

	/* How + and - act, and how the value is read; NULL: not, or none. */
	void (*set)(const struct topology_word *word, struct topology_unit *unit, bool on);
	/* Moves *at behind the value; returns what is wrong with it, NULL if nothing. */
	const char *(*take_value)(const struct topology_word *word, struct topology_unit *unit,
				  const char **at);

	/* What set and take_value act on: a field of CAP or ECAP, or a member of topology_unit. */
	bool in_ecap;
	struct field field;
	size_t offset;
	uint64_t most;
};

/* Number `nth`, NULL after the last one. */
const struct topology_word *topology_words_get(unsigned int nth);
