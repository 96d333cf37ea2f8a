/* SPDX-License-Identifier: MIT */
/*
 * A case made: its steps on the unit, each request compared with what the shadow says is due. Afterwards the tables are
 * whole again and nothing is cached, so that no case depends on one before.
 */
#pragma once

#include "tests/fuzz/case.h"
#include "tests/fuzz/compare.h"
#include "tests/fuzz/shadow.h"

enum { ENTRY_WORDS_MAX = 8, ACT_PLACES = AT_HOST_TOP + 1, TOUCHED_MAX = 128 };

/* A scene that stands, and how its entries are when they are whole. */
struct theatre {
	struct stage *stage;
	struct shadow *shadow;
	uint64_t *words[ACT_PLACES]; /* NULL: no such entry */
	bool is_snooped[ACT_PLACES];
	uint64_t whole[ACT_PLACES][ENTRY_WORDS_MAX];
	/* Other words that a request of this case may set flags in, as they were. */
	struct {
		uint64_t *word, value;
	} touched[TOUCHED_MAX];
	unsigned int touched_count;
};

/* For a scene that was just raised; fills the agent's buffer. False: unit or agent do not answer. */
bool theatre_open(struct theatre *theatre, struct stage *stage, struct shadow *shadow);

/* Makes the steps whose bit is set in `mask`. */
struct mismatch act(struct theatre *theatre, const struct fuzz_case *fuzz, uint32_t mask);
