/* SPDX-License-Identifier: MIT */
/*
 * How drivers have brought platforms up, right and wrong: each strategy is an order of steps, and
 * what it does when the PASID allocator cannot be registered.
 */
#pragma once

#include <stdbool.h>

/* The steps of a historical driver (driver.h). */
enum driver_step {
	STEP_NONE,
	STEP_LOOK,     /* can the units do scalable mode? */
	STEP_REGISTER, /* the unit's VCMD as the source of PASIDs */
	STEP_LATCH,    /* queue on, root table latched in the mode the flag says */
	STEP_FORMAT,   /* decide in which format the tables will be */
	STEP_PASIDS,   /* processes ask for PASIDs */
};

enum { STRATEGY_STEPS_MAX = 6 };

/* What a driver does when it cannot register the allocator of a unit. */
enum reaction {
	REACT_SCALABLE_OFF, /* clear its own flag "scalable mode" */
	REACT_SVA_OFF,	    /* go on without PASIDs for processes */
	REACT_RETURN_ERROR,
};

/* What a change from scalable to legacy mode leaves out. */
enum omission {
	OMIT_NOTHING,
	OMIT_DRAIN,
	OMIT_DISABLE,
	OMIT_ROOT,
	OMIT_CONTEXT,
	OMIT_LATCH,
	OMIT_CONTEXT_CACHE,
	OMIT_PASID_CACHE,
	OMIT_IOTLB,
};

struct strategy {
	const char *name;
	const char *what; /* a line of the legend */
	bool is_planned;  /* iommu/bringup decides and commits */
	bool is_per_unit; /* all steps for one unit, then for the next */
	enum driver_step order[STRATEGY_STEPS_MAX];
	enum reaction reaction;
	bool goes_down; /* brought up in scalable mode by plan, then taken to legacy mode */
	enum omission omission;
};

/* Every strategy has a bit in sets of them. */
enum strategy_index {
	PLAN_FIRST,
	LATE_DISABLE,
	PER_UNIT_LOOP,
	SVA_OFF,
	FALL_BACK_EARLY,
	ABORT_EARLY,
	DOWNGRADE,
	DOWN_NO_DRAIN,
	DOWN_NO_DISABLE,
	DOWN_NO_ROOT,
	DOWN_NO_CONTEXT,
	DOWN_NO_LATCH,
	DOWN_NO_CONTEXT_CACHE,
	DOWN_NO_PASID_CACHE,
	DOWN_NO_IOTLB,
	STRATEGY_COUNT,
};

extern const struct strategy strategies[STRATEGY_COUNT];
