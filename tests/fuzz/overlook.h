/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * From here on the shadow watches every test of a real unit, not the random cases alone: each transfer and interrupt of
 * an agent, and the registers that move by themselves. A difference that no profile knows fails the test, with both
 * sides. Before the first test; false if there is no memory for it.
 */
bool overlook_start(void);
