/* SPDX-License-Identifier: MIT */
/* The part of bringup_plan() that is about PASIDs. */
#pragma once

#include "iommu/bringup/bringup.h"

/* Whether PASIDs are handed out, how wide they are, where they come from; and SVA. False: refused. */
bool bringup_choose_pasids(struct bringup_plan *plan, const struct survey *surveys);
