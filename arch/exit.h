/* SPDX-License-Identifier: MIT */
/* The end of the run. */
#pragma once

/* Written to QEMU's isa-debug-exit, which makes QEMU leave with 2 * value + 1: see exit.def. */
enum exit_code {
#define EXIT(name, status, qemu_status, words) EXIT_##name = ((qemu_status)-1) / 2,
#include "arch/exit.def"
#undef EXIT
};

/* "PASS", "COULD NOT RUN"...: what the verdict line says. */
const char *exit_words(enum exit_code code);

/* isa-debug-exit, else ACPI power-off (a minute later if the verdict is on a screen), else halt. */
_Noreturn void exit_machine(enum exit_code code);
