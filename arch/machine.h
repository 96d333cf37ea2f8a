/* SPDX-License-Identifier: MIT */
/* From "some boot loader jumped to us" to a machine in a known state. */
#pragma once

#include "arch/boot_info.h"

/*
 * The last step of every boot route. Takes the processor over (stack, GDT, IDT, page tables,
 * interrupt controllers masked), starts allocator, console, time and interrupts, in that order,
 * and calls kernel_main() with interrupts on. `boot` must stay valid for ever. Tells the console
 * nothing, so that the kernel's first line is the first line of the log.
 */
_Noreturn void machine_start(const struct boot_info *boot);
