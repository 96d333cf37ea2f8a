/* SPDX-License-Identifier: MIT */
/* What the parts of bringup_plan() share, and nobody else uses. */
#pragma once

#include "arch/print.h"
#include "iommu/bringup/bringup.h"

/* Refuses the plan; the words are about the unit and follow its name: "lacks ...". Returns false. */
PRINT_FORMAT(4, 5)
bool bringup_refuse(struct bringup_plan *plan, enum bringup_reason reason, unsigned int unit,
		    const char *format, ...);

/* "lacks ECAP.SMTS (bit 43)", for a set of capabilities made with NEED(). */
void bringup_say_missing(uint64_t missing, char *text, size_t bytes);

/* Refuses with those words. */
bool bringup_refuse_missing(struct bringup_plan *plan, enum bringup_reason reason,
			    unsigned int unit, uint64_t missing);

/* Notes something of a unit if it is so. */
void bringup_note(struct bringup_plan *plan, unsigned int unit, enum bringup_note note, bool is_so);

/* The first unit that translates and lacks any of the capabilities; BRINGUP_NO_UNIT: none does. */
unsigned int bringup_first_lacking(const struct bringup_plan *plan, uint64_t needs);

/*
 * The depths of a stage's tables that a unit walks in a mode, bit n for n + 2 levels as in CAP.SAGAW;
 * 0: it has no such stage. Legacy mode has the second stage only.
 */
unsigned int bringup_depths(const struct caps *caps, bool scalable, enum paging_stage stage);

/* The parts of the plan, in their order; false: refused. */
bool bringup_choose_width(struct bringup_plan *plan);
bool bringup_choose_features(struct bringup_plan *plan);
