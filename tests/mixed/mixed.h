/* SPDX-License-Identifier: MIT */
/*
 * The word mixed: instead of the tests, every way of bringing a platform up on every kind of
 * platform, judged by what DMA does.
 */
#pragma once

#include "arch/options.h"

/* Reports all results that the options select, plan line included. */
void mixed_run(const struct options *options);

/* The first pattern of tests= or skip= that matches no result of mixed_run(), copied to `pattern`. */
bool mixed_find_bad_pattern(const struct options *options, char *pattern, size_t bytes);
