/* SPDX-License-Identifier: MIT */
/*
 * Spare tables beside those of a stage, for whatever shall be led there: another device, or the
 * stage's own after a change.
 */
#pragma once

#include "tests/scenes/scene.h"

enum spare_kind {
	SPARE_TABLES,	    /* as the stage has, but the window's first page leads to the gap */
	SPARE_PASS_THROUGH, /* none: addresses are physical ones (needs ECAP.PT) */
};

struct spare {
	uint16_t did;
	enum canary page; /* where the window's first page leads */
	struct paging table;
	struct pasid_table pasids; /* scalable mode */
	uint64_t context[4];	   /* an entry that leads here, in the format of the stage's root */
};

enum { SPARE_DID = 2 };

/* False, with nothing to free, if there is no memory. */
bool spare_create(struct spare *spare, struct stage *stage, enum spare_kind kind);

/* Frees what no unit uses any more; works for one that is all zero, too. */
void spare_destroy(struct spare *spare);
