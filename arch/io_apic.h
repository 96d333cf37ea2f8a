/* SPDX-License-Identifier: MIT */
/* The I/O APICs that ACPI lists: where a wire becomes an interrupt message. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* As ACPI's MADT has it. */
struct io_apic_listing {
	uint8_t id; /* the DMAR table names it by that, too */
	uint32_t address;
	uint32_t first_wire; /* the global number of its pin 0 */
};

/* Number `index` of the MADT, from 0. False if there are not so many. */
bool io_apic_listed(unsigned int index, struct io_apic_listing *listing);

struct io_apic {
	volatile uint8_t *registers;
	struct io_apic_listing listing;
	unsigned int pin_count; /* 1..240 */
};

/* Number `index` of the MADT, from 0. False if there are not so many, or nothing answers there. */
bool io_apic_find(unsigned int index, struct io_apic *io_apic);

/* The redirection entry of a pin, 64 bits; written with the mask set until both halves are there. */
uint64_t io_apic_read(const struct io_apic *io_apic, unsigned int pin);
void io_apic_write(const struct io_apic *io_apic, unsigned int pin, uint64_t entry);

#define IO_APIC_IS_LEVEL  (1u << 15)
#define IO_APIC_IS_MASKED (1u << 16)
