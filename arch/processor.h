/* SPDX-License-Identifier: MIT */
/* What kind of processor runs this, and how many others there are. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Both need apic_init() and acpi_init(). */

/* For the log: "xAPIC id 0, 4 levels of paging, 40 bits of address; 3 others, with ids up to 3, left alone". */
const char *processor_text(void);

/*
 * Does ACPI list another processor with that APIC id, and as enabled? Nothing may be sent to it: it waits for whoever parked it.
 * One that is not enabled is not there.
 */
bool processor_is_other(uint32_t id);
