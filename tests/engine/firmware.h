/* SPDX-License-Identifier: MIT */
/*
 * How firmware handed the machine over, told before anything is changed: what units, devices and the DMAR table say,
 * and a proof by transfer whether a device's DMA reaches memory.
 */
#pragma once

/*
 * Each agent with a buffer reads a page of ours through its unit as that was found. Nothing is written: firmware's
 * tables may lead elsewhere.
 */
void firmware_try_dma(void);

/* When units are at rest: what those reads brought, and all the rest, a line each. */
void firmware_report(void);
