/* SPDX-License-Identifier: MIT */
/*
 * What an operating system would make of the units of this machine, for the person who builds it: the
 * plan, and every difference between units that the plan has to get around.
 */
#pragma once

#include "iommu/bringup/bringup.h"

/* A plan for all units, everything wanted and nothing required. False: refused. */
bool platform_verdict_plan(struct bringup_plan *plan);

/* Lines "# platform: ..." */
void platform_verdict_print(const struct bringup_plan *plan);
