/* SPDX-License-Identifier: MIT */
/*
 * A case: a scene whose tables translate, and a few steps that break, mend, invalidate and ask. All of it follows
 * from a seed, the number of the case and what the unit offers, so a case can be repeated alone.
 */
#pragma once

#include "tests/fuzz/entry_fields.h"
#include "tests/model/unit.h"
#include "tests/scenes/dma.h"
#include "tests/scenes/scene.h"

enum { CASE_STEPS_MAX = 16, CASES_PER_SCENE = 32 };

enum step_kind {
	STEP_POKE,	 /* bits of an entry turn over in memory */
	STEP_INVALIDATE, /* something is invalidated: enough, too little, or something else */
	STEP_DMA,
	STEP_OFF_AND_ON, /* TE off and on again */
	STEP_LATCH,	 /* the same root table is latched again */
	STEP_REQUEST,	 /* of any type, from an endpoint that can say it */
	STEP_WRITE,	 /* of a register */
	STEP_DESCRIPTOR, /* into the queue, good or broken */
	STEP_ENTRY,	 /* of the interrupt table, in memory */
	STEP_INTERRUPT,
	STEP_COMMAND, /* one of enum command */
};

/* Beside TE: each leaves things as they were, or turns over what it names. */
enum command {
	COMMAND_ROOT,	       /* SRTP alone, nothing is invalidated */
	COMMAND_INTERRUPTS,    /* SIRTP alone */
	COMMAND_REMAPPING,     /* IRE off and on */
	COMMAND_REMAPPING_OFF, /* IRE off */
	COMMAND_QUEUE,	       /* QIE off and on */
	COMMAND_COMPATIBLE,    /* CFI to the other side */
	COMMAND_RESERVED_MODE, /* a root table of mode 10b, and TE on */
	COMMAND_ABORT_MODE,
	COMMAND_LEGACY_MODE,
	COMMAND_IO_RIGHTS, /* SSIRWE */
	COMMAND_RESET,	   /* of the machine, which leaves the unit off until the case ends */
	COMMANDS,
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

	/* STEP_REQUEST */
	struct model_request request;
	bool keeps_fault; /* the record stays where it is */

	/* STEP_DESCRIPTOR, STEP_ENTRY: as it would be whole, and bits of it that are turned over */
	uint64_t q[4], flips[4];
	bool is_held; /* the tail stays, so that this one waits for the next */
	unsigned int index;

	/* STEP_WRITE, STEP_INTERRUPT */
	uint64_t at_address, value;
	unsigned int bytes;

	/* STEP_COMMAND */
	enum command command;
};

struct fuzz_case {
	unsigned int count;
	struct step steps[CASE_STEPS_MAX];
};

enum case_emphasis {
	ON_TABLES,
	ON_QUEUE,
	ON_REGISTERS,
	ON_INTERRUPTS,
	ON_PAGES,    /* page requests, their queue and their event */
	ON_COMMANDS, /* virtual and enhanced ones */
};

/* What the cases of a run are about. */
struct case_subject {
	enum scene_mode mode; /* SCENE_NONE: the best that the unit has */
	enum scene_stage stage;
	enum case_emphasis emphasis;
};

/* The scene of cases number * CASES_PER_SCENE on. */
struct scene case_scene(const struct case_subject *subject, const struct unit *unit,
			const struct agent *agent, uint64_t seed, unsigned int number);

/* Where the leaf could lead that matters: interrupts, nowhere, another page of ours. */
enum target { TO_INTERRUPTS, TO_NOWHERE, TO_GAP, TARGETS };

struct theatre;

/* So many levels of tables: 3, 4 or 5. */
bool case_has_levels(const struct caps *caps, enum scene_stage stage, unsigned int levels);

/* The steps of a case, for a scene that stands. */
void case_make(struct fuzz_case *fuzz, const struct theatre *theatre, uint64_t seed,
	       unsigned int number);

/* Part of a case of any kind: a request of the agent. */
void case_make_dma(struct step *step, const struct stage *stage, struct random *random);
void case_make_invalidation(struct step *step, struct random *random);

/* The bits of the leaf that lead it there. */
uint64_t case_lead(const struct theatre *theatre, enum target target);
void case_make_poke(struct step *step, const struct theatre *theatre, struct random *random);

/* The request that a case ends with. */
void case_make_last(struct step *step, const struct theatre *theatre, struct random *random);

/* What kind of entry is there. */
enum entry_kind case_entry_kind(const struct stage *stage, enum place at);

/* This stage has such an entry. */
bool case_has_place(const struct stage *stage, enum place at);
