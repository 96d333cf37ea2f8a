/* SPDX-License-Identifier: MIT */
/* What the parts of bringup_commit() share, and nobody else uses. */
#pragma once

#include "iommu/bringup/commit.h"

/* Records where and why a commit ended; the first failure stays. */
void bringup_fail(struct bringup *bringup, enum bringup_step step, unsigned int unit,
		  enum bringup_reason reason, const char *words);

/* Remembers the registers of a unit; reads only. */
void bringup_take_snapshot(struct bringup *bringup, unsigned int unit);
