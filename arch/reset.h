/* SPDX-License-Identifier: MIT */
/* The machine starts again, as after its reset button. */
#pragma once

/*
 * In every way that the machine may know, one after the other: the reset register of the FADT, port CF9h, the keyboard
 * controller. Needs acpi_init() before. Returns if none of them does it within a second each.
 */
void machine_reset(void);
