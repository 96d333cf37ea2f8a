/* SPDX-License-Identifier: MIT */
/* One comparator of the High Precision Event Timer: a wire to an I/O APIC's pin that we can pull. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Takes a comparator that reaches one of the first `pin_count` pins from 10 on; those below are the ISA
 * bus's and ACPI's. False if ACPI lists no HPET, or none reaches. hpet_release() puts everything back.
 */
bool hpet_take(unsigned int pin_count, unsigned int *pin);

/* Raises the wire, until hpet_lower(), which an interrupt's handler may call. False if it does not rise. */
bool hpet_raise(void);
void hpet_lower(void);
void hpet_release(void);
