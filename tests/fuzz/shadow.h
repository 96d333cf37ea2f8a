/* SPDX-License-Identifier: MIT */
/*
 * The shadow of a unit: the reference model with the unit's own capabilities, fed with the same register
 * writes and reading the same memory, so that it knows what is due for any tables and any request.
 *
 * What caches hold is the unit's own affair within limits, so there are several of them: from one that caches
 * all it may to one that caches nothing. Where all agree, the unit must agree with them. Where they do not, any
 * will do, and so will much that lies between; nothing is due then, until everything was invalidated.
 */
#pragma once

#include "iommu/unit/fault.h"
#include "tests/fuzz/sent.h"
#include "tests/model/unit.h"
#include "tests/scenes/scene.h"

enum {
	SHADOW_SIDES = 7,
	SHADOW_JOURNAL = 64,
	SHADOW_BOARD_BYTES = 3 * 4096,
	SHADOW_REGISTERS = 80,
};

#define SHADOW_NOWHERE UINT64_MAX

/* What the model wrote; memory is the unit's to write. */
struct shadow_write {
	uint64_t at, value;
	unsigned int bytes;
};

struct shadow_side {
	struct model_unit model;
	struct shadow_write journal[SHADOW_JOURNAL];
	unsigned int write_count;
	bool has_strayed; /* it looked for memory where there is none */
	struct sent sent;
	uint8_t board[SHADOW_BOARD_BYTES]; /* as it would be if this model alone wrote there */
};

struct shadow {
	struct unit *unit;
	const struct stage *stage;		  /* whose tables these are; NULL: none yet */
	const struct interrupt_table *interrupts; /* NULL: none */
	/*
	 * Memory that the unit writes to of its own: status words, page requests, posted interrupts. SHADOW_BOARD_BYTES
	 * of it; NULL: none.
	 */
	uint8_t *board;
	bool is_blind; /* too much to look at: nobody is told of writes until it is opened again */
	bool sees_all; /* tables are anywhere in memory: whose they are nobody says */
	bool has_commands; /* a modelled unit's PASIDs come as they would from one like it */
	struct model_pasid_space pasids; /* of the plain side, the one that has commands */
	struct shadow_side *sides[SHADOW_SIDES];
	bool has_diverged; /* caches have left more than one outcome open since all was invalidated */
	/* Of registers, by their places in register_list: bits that were awaited to the end, and did not come. */
	uint64_t given_up[SHADOW_REGISTERS];
};

/* What is due. */
struct prediction {
	bool is_open;	 /* more than one outcome will do */
	bool is_unknown; /* it leads where no memory is, and nobody knows what is there */
	bool lands;
	uint64_t phys[SHADOW_SIDES]; /* all the same, unless it is open; or SHADOW_NOWHERE */
	uint8_t reason;		     /* why it is blocked; 0: it is not */
	bool is_recorded;
	struct fault fault;
	struct model_answer answer; /* to a request that asks */
	struct sent sent;	    /* because of it */
	bool are_flags_due;	    /* else they may be set, too */
	unsigned int flag_count;
	struct shadow_write flags[SHADOW_JOURNAL]; /* accessed and dirty, in entries */
};

/*
 * Begins to watch a unit that is at rest, as after a reset. NULL, or why that cannot be. One unit at a time.
 */
const char *shadow_open(struct shadow *shadow, struct unit *unit);

/* Memory for the models, which stays until shadow_close(); shadow_open() does it, too. False: there is none. */
bool shadow_prepare(struct shadow *shadow);

/* Nobody is watched any more; the memory stays. */
void shadow_leave(struct shadow *shadow);

/* Nobody is watched any more. Nothing to do for one that was not opened. */
void shadow_close(struct shadow *shadow);

/* What this request must bring about, to be asked before the unit sees it. */
struct prediction shadow_predict(struct shadow *shadow, const struct model_request *request);

/* The same, but the faults that it leaves stay in the models' registers. */
struct prediction shadow_pass(struct shadow *shadow, const struct model_request *request);

/* The same completion with the same attributes, as far as a device sees them. */
bool shadow_is_same_answer(const struct model_answer *a, const struct model_answer *b);

/*
 * The unit may have looked ahead, and now hold in its caches what this request would leave there: to be told before
 * an entry is changed, so that only an invalidation makes the change count.
 */
void shadow_look_ahead(struct shadow *shadow, const struct model_request *request);

/* A request that it was asked about was not made: what the unit would have kept of it nobody knows. */
void shadow_lose(struct shadow *shadow);

/*
 * Who watches whole tests (sees_all) is not told of changes before they are made: the sides that look ahead would be
 * like the others, and are left out.
 */
bool shadow_needs_side(const struct shadow *shadow, unsigned int which);

/* One side of several that agree, or would if caches were empty. */
struct shadow_side *shadow_plain_side(struct shadow *shadow);

/*
 * A register as all sides have it; false if it is open which. Reading some registers has effects, which the unit is to
 * see, too.
 */
bool shadow_register(struct shadow *shadow, uint32_t offset, unsigned int bytes, uint64_t *value);

/* All sides have the same on the board, and have sent the same since shadow_clear_sent(). */
bool shadow_is_of_one_mind(const struct shadow *shadow);
void shadow_clear_sent(struct shadow *shadow);

/* The board is as it was given, for all of them. */
void shadow_wipe_board(struct shadow *shadow);

/* What our software did that the book leaves undefined since this was last asked; NULL: nothing. */
const char *shadow_complaint(struct shadow *shadow);

/* The reset of the machine: the models go through it as the unit does. */
void shadow_reset(struct shadow *shadow);

/* No PASID is out any more. */
void shadow_recall_pasids(struct shadow *shadow);

/* Clears what the models have recorded, which need not be what the unit has. */
void shadow_clear_faults(struct shadow *shadow);

/* All caches of the unit were invalidated. */
void shadow_agree(struct shadow *shadow);
