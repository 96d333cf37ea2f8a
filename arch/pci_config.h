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
	uint64_t avoided[4]; /* a bit for each bus that is not read through the window */
};

/* Reads what ACPI's MCFG names, and touches none of it. Needs acpi_init() before. */
void pci_windows_read(print_sink *report);

/*
 * Maps the windows, tells which of their buses must be avoided (see pci_enumerate()), and adds ports
 * CF8/CFC where segment 0 has no window that answers.
 */
void pci_windows_check(const struct address_map *avoid, print_sink *report);
unsigned pci_window_count(void);
const struct pci_window *pci_window_get(unsigned index);
