/* SPDX-License-Identifier: MIT */
/* Fills an address map with what this machine says of itself. */
#pragma once

#include "arch/address_map.h"
#include "arch/boot_info.h"

/*
 * RAM and firmware memory, the first megabyte, the ROM below 4 GiB, interrupt addresses, APICs, HPETs,
 * frame buffer and serial port, and (as claims) the ECAM windows of MCFG. Ranges that the memory map calls
 * reserved are left out: registers of units are commonly in them. Needs acpi_init() and
 * pci_windows_read(). False if there is no memory for the map.
 */
bool machine_map_build(struct address_map *map, const struct boot_info *boot);

/*
 * Adds the BARs of PCI functions that share a byte with [base, base + bytes). That of a function whose
 * class may be a unit's is a claim. Needs pci_enumerate().
 */
void machine_map_add_bars(struct address_map *map, uint64_t base, uint64_t bytes);
