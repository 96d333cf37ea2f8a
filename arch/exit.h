/* SPDX-License-Identifier: MIT */
/* The end of the run. */
#pragma once

#include <stdint.h>

/* Written to QEMU's isa-debug-exit, which makes QEMU leave with 2 * value + 1: see exit.def. */
enum exit_code {
#define EXIT(name, status, qemu_status, words) EXIT_##name = ((qemu_status)-1) / 2,
#include "arch/exit.def"
#undef EXIT
};

/* "PASS", "COULD NOT RUN"...: what the verdict line says. */
const char *exit_words(enum exit_code code);

/*
 * What is done before the machine goes dark: `farewell` returns when whoever sits there has seen enough. Without one,
 * whatever is on a screen stays until a key.
 */
void exit_set_farewell(void (*farewell)(enum exit_code code));

/* How long a screen stays without a key: a minute where the machine is a program's, 0 (for ever) where it is none's. */
uint64_t exit_patience_us(void);

/* isa-debug-exit, else ACPI power-off (after the farewell), else halt. */
_Noreturn void exit_machine(enum exit_code code);
