/* SPDX-License-Identifier: MIT */
#include "arch/madt.h"

#include <stddef.h>

#include "arch/acpi.h"

enum { ENTRIES = 44, ENTRY_LENGTH = 1, ENTRY_BYTES_MIN = 2 };

const uint8_t *madt_entry(enum madt_type type, uint8_t bytes_min, unsigned int index)
{
	const struct acpi_header *madt = acpi_find("APIC", 0);
	const uint8_t *bytes = (const uint8_t *)madt;
	uint32_t at = ENTRIES, left;

	while (madt && at < madt->length) {
		left = madt->length - at;
		if (left < ENTRY_BYTES_MIN || bytes[at + ENTRY_LENGTH] < ENTRY_BYTES_MIN ||
		    bytes[at + ENTRY_LENGTH] > left)
			return NULL;
		if (bytes[at] == type && bytes[at + ENTRY_LENGTH] >= bytes_min && !index--)
			return bytes + at;
		at += bytes[at + ENTRY_LENGTH];
	}
	return NULL;
}
