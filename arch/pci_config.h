/* SPDX-License-Identifier: MIT */
/* Where the configuration space of a bus is: an ECAM window, or ports CF8/CFC. */
#pragma once

#include "arch/pci.h"
#include "arch/print.h"

#define PCI_CONFIG_BYTES 256u  /* of a function, through ports */
#define PCI_ECAM_BYTES	 4096u /* of a function, in a window */

struct pci_window {
	uint64_t ecam; /* address of bus 0 of the segment, 0: ports CF8/CFC */
	uint16_t segment;
	uint8_t first_bus;
	uint8_t last_bus;
};

/* Reads ACPI's MCFG and maps what it names. Needs acpi_init() before. */
void pci_windows_find(print_sink *report);
unsigned pci_window_count(void);
const struct pci_window *pci_window_get(unsigned index);
