/* SPDX-License-Identifier: MIT */
/*
 * QEMU's "iommu-testdev" (from 11.1 on) as a DMA agent: a write is done when it was told, so it costs no timer.
 * It reads back past the unit, so nothing can be asked of its reads.
 */
#pragma once

#include "tests/scenes/agent.h"

/*
 * Fills in the nth iommu-testdev found on any bus. False if there is none, or with `complaint` set to why one that
 * exists cannot be used.
 */
bool testdev_find(struct agent *agent, unsigned int nth, const char **complaint);
