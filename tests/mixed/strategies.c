/* SPDX-License-Identifier: MIT */
#include "tests/mixed/strategies.h"

#define DOWN(word, step, description)                                                     \
	{                                                                                 \
		.name = "downgrade-without-" word, .goes_down = true, .omission = (step), \
		.what = (description)                                                     \
	}

const struct strategy strategies[STRATEGY_COUNT] = {
	[PLAN_FIRST] = { .name = "plan-first",
			 .what = "looks at all units, decides once for all, writes only then",
			 .is_planned = true },
	[LATE_DISABLE] = { .name = "late-disable",
			   .what = "latches scalable, registers VCMD; if not, clears its flag",
			   .order = { STEP_LOOK, STEP_LATCH, STEP_REGISTER, STEP_FORMAT,
				      STEP_PASIDS },
			   .reaction = REACT_SCALABLE_OFF },
	[PER_UNIT_LOOP] = { .name = "per-unit-loop",
			    .what = "decides and programs one unit after the other",
			    .is_per_unit = true,
			    .order = { STEP_LOOK, STEP_REGISTER, STEP_LATCH, STEP_FORMAT,
				       STEP_PASIDS },
			    .reaction = REACT_SCALABLE_OFF },
	[SVA_OFF] = { .name = "sva-off",
		      .what = "as late-disable, but clears SVA only: DMA stays on PASID 0",
		      .order = { STEP_LOOK, STEP_LATCH, STEP_REGISTER, STEP_FORMAT, STEP_PASIDS },
		      .reaction = REACT_SVA_OFF },
	[FALL_BACK_EARLY] = { .name = "fall-back-early",
			      .what = "registers first; if that fails, legacy mode for all units",
			      .order = { STEP_LOOK, STEP_REGISTER, STEP_LATCH, STEP_FORMAT,
					 STEP_PASIDS },
			      .reaction = REACT_SCALABLE_OFF },
	[ABORT_EARLY] = { .name = "abort-early",
			  .what = "registers first; if that fails, returns an error",
			  .order = { STEP_LOOK, STEP_REGISTER, STEP_LATCH, STEP_FORMAT,
				     STEP_PASIDS },
			  .reaction = REACT_RETURN_ERROR },
	[DOWNGRADE] = { .name = "downgrade-after-boot",
			.what = "scalable by plan, then to legacy with every step",
			.goes_down = true },
	[DOWN_NO_DRAIN] = DOWN("drain", OMIT_DRAIN, "what is in flight is not drained"),
	[DOWN_NO_DISABLE] = DOWN("te-off", OMIT_DISABLE, "translation stays on"),
	[DOWN_NO_ROOT] = DOWN("root", OMIT_ROOT, "the old root table, in the new mode"),
	[DOWN_NO_CONTEXT] =
		DOWN("context", OMIT_CONTEXT, "a new root table, the old context tables"),
	[DOWN_NO_LATCH] = DOWN("srtp", OMIT_LATCH, "RTADDR is not latched"),
	[DOWN_NO_CONTEXT_CACHE] =
		DOWN("context-cache", OMIT_CONTEXT_CACHE, "the context cache is not invalidated"),
	[DOWN_NO_PASID_CACHE] =
		DOWN("pasid-cache", OMIT_PASID_CACHE, "the PASID cache is not invalidated"),
	[DOWN_NO_IOTLB] =
		DOWN("iotlb", OMIT_IOTLB, "no IOTLB invalidation; devices are waited for"),
};
