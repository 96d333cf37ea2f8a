/* SPDX-License-Identifier: MIT */
/*
 * What selects a mutant. sites.c puts this before each source: at every place where mutants could be, the source asks
 * whether it is one of those. The places passed are what a test's time is measured in.
 */
#pragma once

#include <stdbool.h>

/* Of 1 and up; 0: none. */
extern unsigned int mutant_number;

/* When so many places were passed, mutant_is_reached() is asked instead: it notes the place, or ends the process. */
extern unsigned long mutant_steps_left;
bool mutant_is_reached(unsigned int first, unsigned int last);

#define mutant_is_in(first, last)                                          \
	(mutant_steps_left-- ? mutant_number - (first) <= (last) - (first) \
			     : mutant_is_reached(first, last))
