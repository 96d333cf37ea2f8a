/* SPDX-License-Identifier: MIT */
/*
 * Where strategies are run on rigs: the large objects, which exist once, the guard around each run,
 * and the names of results, which must stay.
 */
#pragma once

#include "arch/options.h"
#include "tests/mixed/outcome.h"

enum { WORKSHOP_NAME_BYTES = 56 };

/* To be called before all else, and after it; false: no memory. */
bool workshop_open(void);
void workshop_close(void);

/*
 * Sets the rig up, runs the strategy, judges, takes it down. NULL, or what went wrong with the test
 * itself: then *verdict means nothing.
 */
const char *workshop_run(const struct rig_plan *plan, const struct strategy *strategy,
			 struct verdict *verdict);

/* The same for a plan of iommu/bringup by the request. */
const char *workshop_run_request(const struct rig_plan *plan, const struct bringup_request *request,
				 struct verdict *verdict);

/* What was run last: how it ended, what it cost. Its memory is gone. */
const struct driver *workshop_driver(void);

/* Register writes before a decision, in all plans so far, and how many plans that were. */
uint64_t workshop_early_writes(unsigned int *decisions);

/* Is a result of this name asked for? */
bool workshop_is_selected(const struct options *options, const char *name);

/* "mixed.FIRST.SECOND", to the end of the run. */
const char *workshop_keep_name(const char *first, const char *second);
