/* SPDX-License-Identifier: MIT */
/* Where ACPI's root pointer is on machines without UEFI, if the boot loader does not tell. */
#pragma once

#include <stdint.h>

/*
 * Searches the first KiB of the EBDA, then E0000h to FFFFFh, at every 16 bytes, for a root pointer whose first
 * 20 bytes sum to zero. Returns where to read it, and its address; NULL if there is none.
 */
const void *acpi_search_root(uint64_t *address);
