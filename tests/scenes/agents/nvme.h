/* SPDX-License-Identifier: MIT */
/*
 * An NVMe controller as a DMA agent. It gets an admin queue of ours and nothing else: the fetch of a command reads
 * memory through the unit, Get Log Page (the firmware slots, which never change) writes it. No namespace is touched, no
 * feature set, and the controller is left reset.
 *
 * It cannot write before it has fetched the command that says so. Where that fetch is blocked, a controller
 * gives up (CSTS.CFS) or falls silent; either way it is reset before it is used again.
 */
#pragma once

#include "tests/scenes/agent.h"

/*
 * Fills in the nth NVMe controller found on any bus; nothing of it is written. False if there is none, or with
 * `complaint` set to why one that exists cannot be used.
 */
bool nvme_find(struct agent *agent, unsigned int nth, const char **complaint);
