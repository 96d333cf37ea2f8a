/* SPDX-License-Identifier: MIT */
/* What keeps a test from being made on a unit: what that lacks or has, and what its agents cannot do. */
#pragma once

#include "tests/test.h"

/*
 * A run of that test on that unit, with its scene of that stage, and with the cheapest agent that can do what it asks
 * for. The run is skipped, with words, if it cannot be made.
 */
void obstacles_prepare(struct test_run *run, const struct test *test, struct unit *unit,
		       enum scene_stage stage);
