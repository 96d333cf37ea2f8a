/* SPDX-License-Identifier: MIT */
/* How many address bits an agent drives, found out by trying. */
#pragma once

#include "tests/scenes/agent.h"

/*
 * The bits that the agent keeps of an address: all, or those below the lowest one it drops (at least
 * the 28 that QEMU's edu has without dma_mask). The agent must be a bus master and its unit at rest:
 * it reads, from where nothing of ours is, and writes into a page of ours. 0: no memory, or the agent
 * did not finish.
 */
uint64_t agent_measure_address_mask(struct agent *agent);
