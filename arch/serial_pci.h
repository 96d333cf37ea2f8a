/* SPDX-License-Identifier: MIT */
/* UARTs that are PCI functions: on a card, or on a virtual machine without COM1. */
#pragma once

#include <stdint.h>

/*
 * The I/O port of the first one, opened for access; 0 if there is none. `address` is its bus << 8 | devfn. Uses
 * ports CF8/CFC, before anything is known of the PCI tree.
 */
uint16_t serial_pci_find(uint16_t *address);
