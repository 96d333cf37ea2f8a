/* SPDX-License-Identifier: MIT */
/*
 * A line on the console for everything software tells a unit or learns from it: root tables,
 * descriptors, faults. Off unless asked for (`trace`), so that the log of an emulator can be laid
 * beside ours.
 */
#pragma once

#include <stdbool.h>

extern bool trace_is_on;

/* "# trace " and the text, and a newline. Does nothing while tracing is off. */
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
