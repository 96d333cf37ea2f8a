/* SPDX-License-Identifier: MIT */
/* ACPI tables: found from the root pointer, checked, listed. Nothing in them is trusted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/print.h"

#define ACPI_TABLES_MAX 1024

/* The header every table starts with. Only `length` bytes from here belong to the table. */
struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));

/*
 * Reads the root pointer at `rsdp` (0: the boot loader knew none; it is searched for), the RSDT or XSDT it names, and every table listed there. Faults
 * go to `report` (may be NULL), naming table and address; a faulty entry is left out, the rest is kept. May be called again.
 * Returns false if no table list could be read at all.
 */
bool acpi_init(uint64_t rsdp, print_sink *report);

/*
 * The table number `index` (from 0) with this signature, or NULL. A table with a wrong checksum is
 * returned too: ask acpi_has_good_checksum(). Its length is at least that of the header and all of
 * it can be read.
 */
const struct acpi_header *acpi_find(const char signature[4], unsigned index);
bool acpi_has_good_checksum(const struct acpi_header *table);

/* All tables in the order of the list. */
unsigned acpi_count(void);
const struct acpi_header *acpi_get(unsigned index);

/* PM timer I/O port of the FADT, 0 if there is none. */
uint16_t acpi_pm_timer_port(void);

/* Enters S5. Returns if the machine does not say how, or stays on for a second. */
void acpi_power_off(void);
