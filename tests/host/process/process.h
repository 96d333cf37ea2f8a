/* SPDX-License-Identifier: MIT */
/*
 * The kernel's machine as a process of the build machine: memory at fixed addresses, holes that raise a signal, a
 * clock that only moves when it is looked at, no ACPI tables, no PCI. Everything above arch/ is the kernel's
 * own object files; modelled units cannot tell where they are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/boot_info.h"

/*
 * Makes the machine, then calls `body` on a stack that lies in the image, as the kernel's does; `words` are the
 * command line. Ends with its result.
 */
int process_start(int (*body)(const struct boot_info *boot), const char *words);

/* What the kernel prints goes to stderr, or nowhere (as at the start). */
extern bool process_is_loud;

/* ---- between the files of this folder ---- */

/* Memory: page_init() gets it by these. */
bool process_make_memory(struct boot_info *boot);

/* Signals become exceptions. */
void process_catch_exceptions(void);

/* An interrupt: at once, or when the one that is being handled has ended. */
void process_interrupt(uint8_t vector);

/* Leaves the innermost guard as its watchdog does; returns if there is none. */
void process_bark(void);
