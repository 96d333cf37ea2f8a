/* SPDX-License-Identifier: MIT */
/* The end of the run because an invariant of our own is broken. Never for bad input. */
#pragma once

#include "arch/print.h"

/* What was going on, for the message; NULL for nothing special. */
extern const char *panic_context;

/* Prints "# panic: ..." and leaves with EXIT_CRASH. No newline needed. */
PRINT_FORMAT(1, 2) _Noreturn void panic(const char *format, ...);
