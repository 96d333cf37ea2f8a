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
#include "tests/model/unit.h"
#include "tests/scenes/scene.h"

enum { SHADOW_SIDES = 7, SHADOW_JOURNAL = 64 };

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
};

struct shadow {
	struct unit *unit;
	const struct stage *stage; /* whose tables these are; NULL: none yet */
	struct shadow_side *sides[SHADOW_SIDES];
	bool has_diverged; /* caches have left more than one outcome open since all was invalidated */
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
	bool are_flags_due; /* else they may be set, too */
	unsigned int flag_count;
	struct shadow_write flags[SHADOW_JOURNAL]; /* accessed and dirty, in entries */
};

/*
 * Begins to watch a unit that is at rest, as after a reset. NULL, or why that cannot be. One unit at a time.
 */
const char *shadow_open(struct shadow *shadow, struct unit *unit);

/* Nobody is watched any more. Nothing to do for one that was not opened. */
void shadow_close(struct shadow *shadow);

/* What this request must bring about, to be asked before the unit sees it. */
struct prediction shadow_predict(struct shadow *shadow, const struct model_request *request);

/*
 * The unit may have looked ahead, and now hold in its caches what this request would leave there: to be told before
 * an entry is changed, so that only an invalidation makes the change count.
 */
void shadow_look_ahead(struct shadow *shadow, const struct model_request *request);

/* A request that it was asked about was not made: what the unit would have kept of it nobody knows. */
void shadow_lose(struct shadow *shadow);

/* All caches of the unit were invalidated. */
void shadow_agree(struct shadow *shadow);
