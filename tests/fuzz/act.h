/* SPDX-License-Identifier: MIT */
/*
 * A case made: its steps on the unit, each request compared with what the shadow says is due. Afterwards the tables are
 * whole again and nothing is cached, so that no case depends on one before.
 */
#pragma once

#include "tests/fuzz/case.h"
#include "tests/fuzz/compare.h"
#include "tests/fuzz/registers.h"
#include "tests/fuzz/shadow.h"

/* The board: status words, one posted interrupt descriptor, and the page request queue in pages of its own. */
enum { BOARD_STATUS_BYTES = 256, BOARD_POSTED = 1024, BOARD_PAGES = 4096 };

/* Entries of the interrupt table that are used, three from there; its S; and what stands for the posted descriptor. */
enum { STIMULI_INDEX = 0x12b, STIMULI_TABLE = 9, STIMULI_POSTED = 0x1000 };

struct endpoint;

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

	/* Beside tables. */
	enum case_emphasis emphasis;
	struct endpoint
		*endpoint; /* the first of the unit; NULL: the agent is another kind of device */
	uint8_t vectors[SENT_VECTORS];
	uint64_t *contexts[4]; /* of the endpoints beside the agent; NULL: none */
	bool has_vectors;
	bool has_interrupts, is_extended; /* remapping is on, in extended mode */
	struct interrupt_table interrupts;
	struct registers_kept kept;
	bool is_board_used;
	bool has_other_mode; /* of tables, than the scene's */
	bool was_reset;
	bool is_lost; /* from here on the book says nothing, until the end of the case */
};

/* For a scene that was just raised; fills the agent's buffer. False: unit or agent do not answer. */
bool theatre_open(struct theatre *theatre, struct stage *stage, struct shadow *shadow,
		  enum case_emphasis emphasis);

/* Before the scene is struck. */
void theatre_close(struct theatre *theatre);

/* What flags of entries a request may set, so that they are put back. False: too many. */
bool theatre_remember(struct theatre *theatre, const struct prediction *due);

/* What act() may take, by the watchdog of the test. */
#define ACT_LIMIT_US (UINT64_C(60) * 1000000)

/* Makes the steps whose bit is set in `mask`. */
struct mismatch act(struct theatre *theatre, const struct fuzz_case *fuzz, uint32_t mask);
