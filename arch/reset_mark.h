/* SPDX-License-Identifier: MIT */
/*
 * A mark that outlives a reset even where memory does not: that the machine was reset by us. It lies in the alarm of the
 * real-time clock, which nothing reads while that alarm is off, and which no checksum of firmware covers.
 */
#pragma once

#include <stdbool.h>

/* False where there is no such clock, or its alarm is in use: then there is no mark either. */
bool reset_mark_set(void);

/* Was there a mark? It is gone afterwards. */
bool reset_mark_take(void);
