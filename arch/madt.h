/* SPDX-License-Identifier: MIT */
/* ACPI's list of interrupt controllers (MADT): what kinds of entries there are, and where they stand. */
#pragma once

#include <stdint.h>

enum madt_type { MADT_LOCAL_APIC = 0, MADT_IO_APIC = 1, MADT_LOCAL_X2APIC = 9 };

/*
 * The entry number `index` (from 0) of this type that has at least so many bytes, with its type and length; NULL if there is
 * none. All its bytes are in the table.
 */
const uint8_t *madt_entry(enum madt_type type, uint8_t bytes_min, unsigned int index);
