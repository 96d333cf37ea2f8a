/* SPDX-License-Identifier: MIT */
/* What the parts of bringup_plan() share, and nobody else uses. */
#pragma once

#include "arch/print.h"
#include "iommu/bringup/bringup.h"

/* Refuses the plan; the words are about the unit and follow its name: "lacks ...". Returns false. */
PRINT_FORMAT(4, 5)
bool bringup_refuse(struct bringup_plan *plan, enum bringup_reason reason, unsigned int unit,
		    const char *format, ...);

/* The same for a set of capabilities made with NEED(). */
bool bringup_refuse_missing(struct bringup_plan *plan, enum bringup_reason reason,
			    unsigned int unit, uint64_t missing);

/* Notes something of a unit if it is so. */
void bringup_note(struct bringup_plan *plan, unsigned int unit, enum bringup_note note, bool is_so);

/* The first unit in use that lacks any of the capabilities; BRINGUP_NO_UNIT: none does. */
unsigned int bringup_first_lacking(const struct bringup_plan *plan, uint64_t needs);

/* Whether SVA is on, how wide PASIDs are, and where they come from. False: refused. */
bool bringup_choose_pasids(struct bringup_plan *plan, const struct survey *surveys);
