/* SPDX-License-Identifier: MIT */
/* Taking a commit back, one unit at a time. */
#pragma once

#include "iommu/bringup/progress.h"

/* Remembers the registers of a unit; reads only. */
void bringup_take_snapshot(struct bringup *bringup, unsigned int unit);

/* Puts one unit back to what its snapshot says. */
enum status bringup_undo_unit(struct bringup *bringup, unsigned int unit) MUST_USE;
