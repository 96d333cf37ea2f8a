/* SPDX-License-Identifier: MIT */
/* One DMA behind a unit of a rig, and where it went: told by the pages and the fault record. */
#pragma once

#include "tests/mixed/rig.h"

enum hit_kind {
	HIT_NOTHING,   /* no page changed, or nothing of ours was read; a fault was recorded */
	HIT_VANISHED,  /* the same, and no fault */
	HIT_TARGET,    /* the page its window leads to */
	HIT_MOVED,     /* the page its window leads to after a change of mode */
	HIT_BYSTANDER, /* the page at the physical address: nobody translated */
	HIT_OTHER,     /* some other page, or for a read memory that is no page of the rig */
	HIT_STUCK,     /* the device did not finish */
};

struct hit {
	enum hit_kind kind;
	uint8_t reason; /* HIT_NOTHING: the fault reason recorded */
};

/* How a request looks on the bus. */
struct probe {
	const struct slot *slot;
	bool has_pasid;
	uint32_t pasid;
	iova_t address; /* 0: the slot's window */
	bool is_read;	/* endpoints only */
};

/* Pages are whole again afterwards, and faults cleared. */
struct hit probe(struct rig *rig, const struct probe *probe);

/* Can what its device read be looked at? */
bool probe_can_read(const struct slot *slot);

/* "lands", "blocked (SCT.2)", "untranslated", ... */
const char *hit_words(const struct hit *hit, char *text, size_t bytes);
