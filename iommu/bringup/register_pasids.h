/* SPDX-License-Identifier: MIT */
/* Virtual commands as the platform's source of PASIDs. */
#pragma once

#include "iommu/bringup/progress.h"

/*
 * Registers every source of the plan with the space and proves it; false, with words in result and
 * everything given back, where it cannot be had. Unregistering fails while PASIDs are live.
 */
bool bringup_register_pasids(struct bringup *bringup);
bool bringup_unregister_pasids(struct bringup *bringup);
