/* SPDX-License-Identifier: MIT */
/*
 * How firmware handed the machine over, told before anything is changed: what units, devices and the DMAR table say,
 * and a proof by transfer whether a device's DMA reaches memory.
 */
#pragma once

#include "tests/scenes/agent.h"

/*
 * Each agent with a buffer reads a page of ours, and one that firmware reserved for DMA, through its unit as that was
 * found. Nothing is written: firmware's tables may lead elsewhere.
 */
void firmware_try_dma(void);

/* When units are at rest: what those reads brought, and all the rest, a line each. */
void firmware_report(void);

/* A device that firmware left a bus master and that read a page of ours; NULL if none is known to. After the report. */
const struct agent *firmware_find_open(void);
