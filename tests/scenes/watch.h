/* SPDX-License-Identifier: MIT */
/*
 * DMA while the driver is at work: behind every register write the agent writes once, so that a unit
 * which lapses between two steps cannot hide.
 */
#pragma once

#include "tests/test.h"

/*
 * From now on a write to the window's first page must land, and translation must be on, behind every
 * write of a register of run->unit. The first breach fails the test, with the offset of the register.
 */
void watch_begin(struct test_run *run);

/* No longer. The test fails if there was nothing to watch: no register was written. */
void watch_end(struct test_run *run);
