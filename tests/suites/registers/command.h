/* SPDX-License-Identifier: MIT */
/* For tests of commands: a unit at work in the mode that it is best at, and a write that shows what came of a command. */
#pragma once

#include "tests/test.h"

/* Opens scene_best(). False after test_fail() or test_skip(). */
bool command_open_scene(struct test_run *run);

/* Where a write to the window goes now, and how many faults it leaves. */
void command_expect_write(struct test_run *run, enum landing wanted, unsigned int faults,
			  const char *when);

/* An interrupt table in which nothing is present, in the mode that this unit requires. */
enum status command_latch_interrupt_table(struct unit *unit) MUST_USE;
