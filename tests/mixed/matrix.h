/* SPDX-License-Identifier: MIT */
/* Every strategy on every topology: one result per pair, and the table of all. */
#pragma once

#include "arch/options.h"

/* How many results matrix_run() will report, by tests= and skip=. */
unsigned int matrix_count(const struct options *options);

/* Does the pattern match the name of any pair? */
bool matrix_has(const char *pattern);

void matrix_run(const struct options *options);

/* Legend and table of what was run. */
void matrix_print(void);
