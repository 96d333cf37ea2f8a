/* SPDX-License-Identifier: MIT */
/* The endpoints of the unit server as DMA agents: behind units that are outside this machine. */
#pragma once

#include "tests/scenes/agent.h"

/*
 * Finds the server's function and maps its registers, if this machine has one. To be called before a
 * unit's registers are read: from then on the function may hide.
 */
void outside_open(void);

/* Units outside were found, and how to use what is behind them. */
bool outside_is_here(void);

/* Fills in endpoint number `nth`; false after the last one, or without a server. No complaint is made. */
bool outside_find(struct agent *agent, unsigned int nth, const char **complaint);
