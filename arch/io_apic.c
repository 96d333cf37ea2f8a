/* SPDX-License-Identifier: MIT */
#include "arch/io_apic.h"

#include "arch/madt.h"
#include "arch/mmio.h"
#include "arch/paging.h"
#include "arch/string.h"

/* An entry of the MADT. */
enum {
	ENTRY_BYTES_MIN = 12,
	ENTRY_ID = 2,
	ENTRY_ADDRESS = 4,
	ENTRY_FIRST_WIRE = 8,
};

/* Two registers in memory lead to the others. */
enum { SELECT = 0x00, WINDOW = 0x10, REGISTERS_BYTES = 0x20 };
enum { REG_VERSION = 1, REG_ENTRIES = 0x10 };

#define VERSION_LAST_PIN(value) ((value) >> 16 & 0xff)
#define PINS_MAX		240u /* the select register has 8 bits */

static uint32_t read(const struct io_apic *io_apic, uint32_t reg)
{
	mmio_write32(io_apic->registers + SELECT, reg);
	return mmio_read32(io_apic->registers + WINDOW);
}

static void write(const struct io_apic *io_apic, uint32_t reg, uint32_t value)
{
	mmio_write32(io_apic->registers + SELECT, reg);
	mmio_write32(io_apic->registers + WINDOW, value);
}

bool io_apic_listed(unsigned int index, struct io_apic_listing *listing)
{
	const uint8_t *entry = madt_entry(MADT_IO_APIC, ENTRY_BYTES_MIN, index);

	if (!entry)
		return false;
	listing->id = entry[ENTRY_ID];
	memcpy(&listing->address, entry + ENTRY_ADDRESS, sizeof(listing->address));
	memcpy(&listing->first_wire, entry + ENTRY_FIRST_WIRE, sizeof(listing->first_wire));
	return true;
}

bool io_apic_find(unsigned int index, struct io_apic *io_apic)
{
	struct io_apic_listing *listing = &io_apic->listing;
	uint32_t version;

	if (!io_apic_listed(index, listing) || !listing->address ||
	    !paging_map_mmio(listing->address, REGISTERS_BYTES))
		return false;
	io_apic->registers = (volatile uint8_t *)(uintptr_t)listing->address;
	version = read(io_apic, REG_VERSION);
	io_apic->pin_count = VERSION_LAST_PIN(version) + 1;
	return version != 0 && version != UINT32_MAX && io_apic->pin_count <= PINS_MAX;
}

uint64_t io_apic_read(const struct io_apic *io_apic, unsigned int pin)
{
	const uint32_t reg = REG_ENTRIES + 2 * pin;

	return read(io_apic, reg) | (uint64_t)read(io_apic, reg + 1) << 32;
}

void io_apic_write(const struct io_apic *io_apic, unsigned int pin, uint64_t entry)
{
	const uint32_t reg = REG_ENTRIES + 2 * pin;

	write(io_apic, reg, IO_APIC_IS_MASKED); /* edge: forgets a level that nobody has ended */
	write(io_apic, reg + 1, (uint32_t)(entry >> 32));
	write(io_apic, reg, (uint32_t)entry);
}
