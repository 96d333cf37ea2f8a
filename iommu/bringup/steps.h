/* SPDX-License-Identifier: MIT */
/* The steps of a commit, one unit at a time. */
#pragma once

#include "iommu/bringup/progress.h"

/*
 * One step of one unit, CHECK or REST to PROTECTED; STATUS_OK where the plan asks nothing of it.
 * On failure result is filled. REST takes the snapshot.
 */
enum status bringup_run_step(struct bringup *bringup, enum bringup_step step,
			     unsigned int unit) MUST_USE;
