/* SPDX-License-Identifier: MIT */
/* What a request brought about, beside what the shadow says is due. */
#pragma once

#include "tests/fuzz/shadow.h"
#include "tests/scenes/dma.h"

/* Where and how the unit differs from what is due. */
struct mismatch {
	bool is_any;
	unsigned int step;
	uint8_t reason;		/* that is due */
	char text[160];		/* "lands for 5B", "reason 05 for 79, PP 1 for 0" */
	bool is_blocked_as_due; /* and only the reason is another, or not recorded */
	bool takes_steps; /* which steps it takes is part of it; else the text alone names the condition */
	bool is_ill; /* the unit does not answer: nothing can be compared any more */
};

/* The last read of a case, which is looked at when the tables are whole again. */
struct last_read {
	bool is_any;
	unsigned int step;
	struct dma dma;
	bool lands;
	uint8_t reason;
	uint64_t phys;
};

/* Keeps the first text of a case. */
void mismatch_note(struct mismatch *mismatch, unsigned int step, const char *text);

/* Whatever is due, nothing of ours is hit: it is to be blocked, or to land on a canary. */
bool compare_is_safe(const struct stage *stage, const struct dma *dma,
		     const struct prediction *due);

/* Collects the faults. What a read brought is seen later. */
void compare_outcome(struct stage *stage, const struct dma *dma, unsigned int step,
		     const struct prediction *due, struct mismatch *mismatch);

/* The parts of it for requests that move no data. */
void compare_fault(struct stage *stage, const struct fault_log *log, const struct prediction *due,
		   unsigned int step, struct mismatch *mismatch);
bool compare_flags(const struct prediction *due);

/* Needs tables that translate, and uses them; fills the agent's buffer again. */
void compare_read(struct stage *stage, const struct last_read *last, struct mismatch *mismatch);
