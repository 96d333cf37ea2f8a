/* SPDX-License-Identifier: MIT */
/* ACPI specification, "Finding the RSDP on IA-PC Systems". */
#include "arch/acpi_root.h"

#include <stddef.h>

#include "arch/paging.h"
#include "arch/string.h"

#define EBDA_SEGMENT 0x40eu /* of the BIOS data area */
#define EBDA_LOWEST  0x80000u
#define EBDA_END     0xa0000u
#define EBDA_BYTES   1024u
#define ROM_FIRST    0xe0000u
#define ROM_BYTES    0x20000u
#define STEP_BYTES   16u
#define SUMMED_BYTES 20u

static bool is_root(const uint8_t *at)
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < SUMMED_BYTES; i++)
		sum = (uint8_t)(sum + at[i]);
	return !sum && !memcmp(at, "RSD PTR ", 8);
}

static const void *search(uint64_t first, uint64_t bytes, uint64_t *address)
{
	const uint8_t *area = paging_map_legacy(first, bytes);

	for (uint64_t at = 0; area && at + SUMMED_BYTES <= bytes; at += STEP_BYTES) {
		if (!is_root(area + at))
			continue;
		*address = first + at;
		return area + at;
	}
	return NULL;
}

static uint32_t ebda(void)
{
	const void *segment = paging_map_legacy(EBDA_SEGMENT, sizeof(uint16_t));
	uint16_t value = 0;

	if (segment)
		memcpy(&value, segment, sizeof(value));
	return (uint32_t)value << 4;
}

const void *acpi_search_root(uint64_t *address)
{
	uint32_t first = ebda();
	const void *root = NULL;

	if (first >= EBDA_LOWEST && first <= EBDA_END - EBDA_BYTES)
		root = search(first, EBDA_BYTES, address);
	return root ? root : search(ROM_FIRST, ROM_BYTES, address);
}
