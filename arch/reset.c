/* SPDX-License-Identifier: MIT */
#include "arch/reset.h"

#include "arch/acpi.h"
#include "arch/cpu.h"
#include "arch/paging.h"
#include "arch/serial.h"
#include "arch/string.h"
#include "arch/time.h"

/* Offsets into the FADT, and of its generic address. */
enum {
	FADT_FLAGS = 112,
	FADT_RESET_SPACE = 116,
	FADT_RESET_ADDRESS = 120,
	FADT_RESET_VALUE = 128,
	FADT_RESET_END = 129,
};

#define FADT_HAS_RESET (1u << 10)

enum { SPACE_MEMORY = 0, SPACE_IO = 1 };

/* "Reset Control Register": a hard reset is prepared, then done. */
#define RESET_PORT 0xcf9
#define RESET_HARD 0x02
#define RESET_NOW  0x06

#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_BUSY	 0x02
#define KEYBOARD_RESET	 0xfe

#define WAIT_US 1000000

static void reset_by_fadt(void)
{
	const struct acpi_header *header = acpi_find("FACP", 0);
	const uint8_t *fadt = (const uint8_t *)header;
	volatile uint8_t *place;
	uint32_t flags;
	uint64_t address;

	if (!header || header->length < FADT_RESET_END)
		return;
	memcpy(&flags, fadt + FADT_FLAGS, sizeof(flags));
	memcpy(&address, fadt + FADT_RESET_ADDRESS, sizeof(address));
	if (!(flags & FADT_HAS_RESET) || !address)
		return;
	if (fadt[FADT_RESET_SPACE] == SPACE_IO && address <= UINT16_MAX) {
		cpu_out8((uint16_t)address, fadt[FADT_RESET_VALUE]);
	} else if (fadt[FADT_RESET_SPACE] == SPACE_MEMORY && paging_map_mmio(address, 1)) {
		place = (volatile uint8_t *)(uintptr_t)address;
		*place = fadt[FADT_RESET_VALUE];
	} else {
		return;
	}
	time_delay_us(WAIT_US);
}

static void reset_by_port(void)
{
	cpu_out8(RESET_PORT, RESET_HARD);
	cpu_out8(RESET_PORT, RESET_NOW);
	time_delay_us(WAIT_US);
}

static void reset_by_keyboard(void)
{
	const struct deadline end = deadline_after_us(WAIT_US);

	while (cpu_in8(KEYBOARD_COMMAND) & KEYBOARD_BUSY && !deadline_passed(&end))
		cpu_pause();
	cpu_out8(KEYBOARD_COMMAND, KEYBOARD_RESET);
	time_delay_us(WAIT_US);
}

void machine_reset(void)
{
	serial_drain();
	reset_by_fadt();
	reset_by_port();
	reset_by_keyboard();
}
