/* SPDX-License-Identifier: MIT */
/* Platforms and requests that cannot be met, and units that lie: a named refusal, in time, each. */
#pragma once

#include "arch/options.h"

unsigned int bad_input_count(const struct options *options);
bool bad_input_has(const char *pattern);
void bad_input_run(const struct options *options);
