/* SPDX-License-Identifier: MIT */
/* QEMU's "edu" device as a DMA agent. */
#pragma once

#include "tests/scenes/agent.h"

/*
 * Fills in the nth edu found on any bus. False if there is none, or with `complaint` set to why one
 * that exists cannot be used.
 */
bool edu_find(struct agent *agent, unsigned int nth, const char **complaint);
