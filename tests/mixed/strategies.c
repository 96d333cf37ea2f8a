/* SPDX-License-Identifier: MIT */
#include "tests/mixed/strategies.h"

#define DOWN(word, text, step, description)                                                 \
	{                                                                                   \
		.name = "downgrade-without-" word, .short_name = (text), .goes_down = true, \
		.omission = (step), .what = (description)                                   \
	}

const struct strategy strategies[STRATEGY_COUNT] = {
	[PLAN_FIRST] = { .name = "plan-first",
			 .short_name = "plan-first",
			 .what = "looks at all units, decides once for all, writes only then",
			 .is_planned = true },
	[LATE_DISABLE] = { .name = "late-disable",
			   .short_name = "late-disable",
			   .what = "latches scalable mode, then registers VCMD; if that fails, "
				   "clears its own flag",
			   .order = { STEP_LOOK, STEP_LATCH, STEP_REGISTER, STEP_FORMAT,
				      STEP_PASIDS },
			   .reaction = REACT_SCALABLE_OFF },
	[PER_UNIT_LOOP] = { .name = "per-unit-loop",
			    .short_name = "per-unit",
			    .what = "decides and programs one unit after the other",
			    .is_per_unit = true,
			    .order = { STEP_LOOK, STEP_REGISTER, STEP_LATCH, STEP_FORMAT,
				       STEP_PASIDS },
			    .reaction = REACT_SCALABLE_OFF },
	[SVA_OFF] = { .name = "sva-off",
		      .short_name = "sva-off",
		      .what = "as late-disable, but clears only SVA: DMA stays scalable, on PASID "
			      "0",
		      .order = { STEP_LOOK, STEP_LATCH, STEP_REGISTER, STEP_FORMAT, STEP_PASIDS },
		      .reaction = REACT_SVA_OFF },
	[FALL_BACK_EARLY] = { .name = "fall-back-early",
			      .short_name = "fall-back",
			      .what = "registers first; if that fails, legacy mode for all units",
			      .order = { STEP_LOOK, STEP_REGISTER, STEP_LATCH, STEP_FORMAT,
					 STEP_PASIDS },
			      .reaction = REACT_SCALABLE_OFF },
	[ABORT_EARLY] = { .name = "abort-early",
			  .short_name = "abort",
			  .what = "registers first; if that fails, returns an error",
			  .order = { STEP_LOOK, STEP_REGISTER, STEP_LATCH, STEP_FORMAT,
				     STEP_PASIDS },
			  .reaction = REACT_RETURN_ERROR },
	[DOWNGRADE] = { .name = "downgrade-after-boot",
			.short_name = "complete",
			.what = "scalable mode by plan, then to legacy mode with every step",
			.goes_down = true },
	[DOWN_NO_DRAIN] = DOWN("drain", "drain", OMIT_DRAIN, "what is in flight is not drained"),
	[DOWN_NO_DISABLE] = DOWN("te-off", "TE off", OMIT_DISABLE, "translation stays on"),
	[DOWN_NO_ROOT] = DOWN("root", "root", OMIT_ROOT, "the old root table, in the new mode"),
	[DOWN_NO_CONTEXT] = DOWN("context", "context", OMIT_CONTEXT,
				 "a new root table that leads to the old context tables"),
	[DOWN_NO_LATCH] = DOWN("srtp", "SRTP", OMIT_LATCH, "RTADDR is not latched"),
	[DOWN_NO_CONTEXT_CACHE] = DOWN("context-cache", "ctx cache", OMIT_CONTEXT_CACHE,
				       "the context cache is not invalidated"),
	[DOWN_NO_PASID_CACHE] = DOWN("pasid-cache", "PASID c.", OMIT_PASID_CACHE,
				     "the PASID cache is not invalidated"),
	[DOWN_NO_IOTLB] =
		DOWN("iotlb", "IOTLB", OMIT_IOTLB,
		     "the IOTLB is not invalidated, for draining neither: devices are waited for"),
};
