/* SPDX-License-Identifier: MIT */
/* What tests of the bring-up ask for again and again. */
#pragma once

#include "tests/host/bringup/bringup_world.h"

/* Opens a topology and plans it; a refusal fails the test. Registers are remembered, counts are 0. */
void check_planned(const char *topology, const struct bringup_request *request);

/* Commits; a failure fails the test, with its description. */
void check_committed(void);

/* Releases what was committed, and ends the world. */
void check_released(void);

/* Every device's DMA ends so; behind units that do not translate, at the bystanders. */
void check_landing(enum world_landing expected);

/* The registers of all units, now and again later. */
void check_remember(void);
void check_as_found(void);

/* One unit; what differs is printed. The tail of a queue found on may differ: it starts again at 0. */
bool check_unit_is_as_found(unsigned int unit);
