/* SPDX-License-Identifier: MIT */
/* The part of bringup_plan() that is about PASIDs. */
#pragma once

#include "iommu/bringup/bringup.h"

/* Whether SVA is on, how wide PASIDs are, and where they come from. False: refused. */
bool bringup_choose_pasids(struct bringup_plan *plan, const struct survey *surveys);
