/* SPDX-License-Identifier: MIT */
/* The I/O APICs that ACPI lists: where a wire becomes an interrupt message. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct io_apic {
	volatile uint8_t *registers;
	uint8_t id;		/* as MADT and DMAR table name it */
	uint32_t first_wire;	/* the global number of its pin 0 */
	unsigned int pin_count; /* 1..240 */
};

/* Number `index` of the MADT, from 0. False if there are not so many, or nothing answers there. */
bool io_apic_find(unsigned int index, struct io_apic *io_apic);

/* The redirection entry of a pin, 64 bits; written with the mask set until both halves are there. */
uint64_t io_apic_read(const struct io_apic *io_apic, unsigned int pin);
void io_apic_write(const struct io_apic *io_apic, unsigned int pin, uint64_t entry);

#define IO_APIC_IS_LEVEL  (1u << 15)
#define IO_APIC_IS_MASKED (1u << 16)
