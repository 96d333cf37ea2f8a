/* SPDX-License-Identifier: MIT */
/* What must hold for plan-first on any platform, asked on platforms drawn by chance. */
#pragma once

#include "arch/options.h"

unsigned int properties_count(const struct options *options);
bool properties_has(const char *pattern);
void properties_run(const struct options *options);
