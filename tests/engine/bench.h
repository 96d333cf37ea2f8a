/* SPDX-License-Identifier: MIT */
/*
 * What operations cost, a result for each, with a line "# bench" before it: counts first, since each access to a register is an exit
 * of a virtual machine, times after them.
 */
#pragma once

#include "arch/options.h"

/* Every unit at rest before, and at rest after. */
void bench_run(const struct options *options);
