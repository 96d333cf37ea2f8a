/* SPDX-License-Identifier: MIT */
/*
 * Units that are ill (tests/scenes/vcmd_ailment.h): which tests met which ailment, and which one told
 * it. No ailment that a test met goes without a failure.
 */
#pragma once

#include "tests/test.h"

/* Forgets all of it: a run begins. */
void ailments_forget(void);

/* The test has run: what an earlier one left to it to tell is told now, if it was not. */
void ailments_settle(struct test_run *run);

/* A remark for each ailment of each unit: who told it, how many tests were skipped for it. */
void ailments_print(void);
