/* SPDX-License-Identifier: MIT */
/* The end of the run. */
#pragma once

/*
 * Written to QEMU's isa-debug-exit (port F4h), which makes QEMU leave with 2 * value + 1. Apart from
 * QEMU's own 0 and 1: those always mean that there was no verdict.
 */
enum exit_code {
	EXIT_PASS = 0x10,	    /* QEMU ends with 33 */
	EXIT_FAIL = 0x11,	    /* 35 */
	EXIT_COULD_NOT_RUN = 0x12,  /* 37: bad option, no way to test */
	EXIT_NOTHING_TESTED = 0x13, /* 39 */
	EXIT_CRASH = 0x14,	    /* 41: panic, or an exception that no guard caught */
};

/* isa-debug-exit, else ACPI power-off (a minute later if the verdict is on a screen), else halt. */
_Noreturn void exit_machine(enum exit_code code);
