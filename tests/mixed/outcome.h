/* SPDX-License-Identifier: MIT */
/*
 * What came of a strategy on a rig, judged by where DMA went behind every unit, and never by what
 * the driver believes.
 */
#pragma once

#include "tests/mixed/driver.h"
#include "tests/mixed/probe.h"

/* From harmless to harmful: the worst that was seen counts. */
enum outcome {
	MIXED_OK,	   /* every device reaches what was mapped for it, and nothing else */
	MIXED_REFUSED,	   /* an error was returned, and every register is as it was found */
	MIXED_BLOCKED,	   /* a device does not reach what was mapped for it */
	MIXED_SPLIT,	   /* units in different modes, or PASIDs that a unit's VMM never gave */
	MIXED_MISDIRECTED, /* DMA ends in memory of somebody else */
	MIXED_LEAKED,	   /* DMA untranslated, or into memory that was taken away */
	MIXED_OUTCOMES,
};

struct verdict {
	enum outcome outcome;
	unsigned int unit; /* RIG_NO_UNIT: none in particular */
	uint8_t reason;	   /* MIXED_BLOCKED: the fault recorded */
	bool broke_rules;  /* the model noticed something that the specification leaves undefined */
	char words[200];   /* what was seen, or why it was refused */
};

/* "OK", "REFUSED", ... */
const char *outcome_name(enum outcome outcome);

/* How the rig is before anybody touches it. */
struct before {
	uint32_t registers[RIG_UNITS_MAX][0x100 / 4];
	enum hit_kind hit[RIG_UNITS_MAX]; /* of SLOT_PLAIN */
};

void outcome_look_before(struct rig *rig, struct before *before);

void outcome_judge(struct driver *driver, const struct before *before, struct verdict *verdict);
