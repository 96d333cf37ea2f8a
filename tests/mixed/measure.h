/* SPDX-License-Identifier: MIT */
/* What a bring-up costs in register accesses, from 1 to 64 units, and before its decision. */
#pragma once

#include "arch/options.h"

unsigned int measure_count(const struct options *options);
bool measure_has(const char *pattern);
void measure_run(const struct options *options);
