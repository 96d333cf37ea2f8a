/* SPDX-License-Identifier: MIT */
/*
 * A case: a scene whose tables translate, and a few steps that break, mend, invalidate and ask. All of it follows
 * from a seed, the number of the case and what the unit offers, so a case can be repeated alone.
 */
#pragma once

#include "tests/fuzz/entry_fields.h"
#include "tests/scenes/dma.h"
#include "tests/scenes/scene.h"

enum { CASE_STEPS_MAX = 16, CASES_PER_SCENE = 32 };

enum step_kind {
	STEP_POKE,	 /* bits of an entry turn over in memory */
	STEP_INVALIDATE, /* something is invalidated: enough, too little, or something else */
	STEP_DMA,
	STEP_OFF_AND_ON, /* TE off and on again */
	STEP_LATCH,	 /* the same root table is latched again */
};

/* What an invalidation names: the agent and its domain, or a neighbour of theirs. */
enum invalidation {
	FORGET_ALL,
	FORGET_CONTEXTS,
	FORGET_CONTEXTS_OF_DOMAIN,
	FORGET_CONTEXT,
	FORGET_PASIDS,
	FORGET_PASIDS_OF_DOMAIN,
	FORGET_PASID,
	FORGET_PAGES,
	FORGET_PAGES_OF_DOMAIN,
	FORGET_PAGE,
	FORGET_PAGES_OF_PASID,
	FORGET_PAGE_OF_PASID,
	INVALIDATIONS,
};

struct step {
	enum step_kind kind;

	/* STEP_POKE */
	enum place at;
	unsigned int word;  /* of the entry */
	uint64_t turn_over; /* bits of that word */

	/* STEP_INVALIDATE */
	enum invalidation what;
	bool is_neighbour;	   /* of somebody else */
	unsigned int address_mask; /* AM */
	bool leaf_only;		   /* IH */

	/* STEP_DMA */
	struct dma dma;
};

struct fuzz_case {
	unsigned int count;
	struct step steps[CASE_STEPS_MAX];
};

/* What kind of tables the cases of a run are about. */
struct case_subject {
	enum scene_mode mode;
	enum scene_stage stage;
};

/* The scene of cases number * CASES_PER_SCENE on. */
struct scene case_scene(const struct case_subject *subject, const struct unit *unit,
			const struct agent *agent, uint64_t seed, unsigned int number);

/* The steps of a case, for a scene that stands. */
void case_make(struct fuzz_case *fuzz, const struct stage *stage, uint64_t seed,
	       unsigned int number);

/* What kind of entry is there. */
enum entry_kind case_entry_kind(const struct stage *stage, enum place at);

/* This stage has such an entry. */
bool case_has_place(const struct stage *stage, enum place at);
