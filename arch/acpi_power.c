/* SPDX-License-Identifier: MIT */
/* Power-off: the PM1 control registers of the FADT, and the sleep type that the DSDT names \_S5. */
#include "arch/acpi.h"
#include "arch/cpu.h"
#include "arch/paging.h"
#include "arch/string.h"
#include "arch/time.h"

/* Offsets into the FADT. */
enum {
	FADT_DSDT = 40,
	FADT_SMI_COMMAND = 48,
	FADT_ACPI_ENABLE = 52,
	FADT_PM1A_CONTROL = 64,
	FADT_PM1B_CONTROL = 68,
	FADT_BYTES_MIN = 116,
	FADT_X_DSDT = 140,
	FADT_X_DSDT_END = 148,
};

#define PM1_SCI_ENABLED 0x0001u
#define PM1_SLEEP_TYPE	0x1c00u
#define PM1_SLEEP	0x2000u

/* AML encoding of Name (_S5_, Package () { a, b, ... }). */
#define AML_NAME    0x08
#define AML_ROOT    '\\'
#define AML_PACKAGE 0x12
#define AML_BYTE    0x0a

#define WAIT_US 1000000

static uint32_t fadt_read32(const uint8_t *fadt, unsigned offset)
{
	uint32_t value;

	memcpy(&value, fadt + offset, sizeof(value));
	return value;
}

static const struct acpi_header *find_dsdt(const struct acpi_header *header)
{
	const uint8_t *fadt = (const uint8_t *)header;
	uint64_t address = 0;
	const struct acpi_header *dsdt;

	if (header->length >= FADT_X_DSDT_END)
		memcpy(&address, fadt + FADT_X_DSDT, sizeof(address));
	if (!address)
		address = fadt_read32(fadt, FADT_DSDT);
	dsdt = paging_map_firmware(address, sizeof(*dsdt));
	if (!dsdt || dsdt->length < sizeof(*dsdt))
		return NULL;
	return paging_map_firmware(address, dsdt->length);
}

/* One integer of a package; moves `at` past it. */
static unsigned take_integer(const uint8_t **at)
{
	if (**at == AML_BYTE) {
		*at += 2;
		return (*at)[-1];
	}
	return *(*at)++; /* Zero and One are their own opcodes */
}

/* The two sleep types of \_S5, or false if the bytes at `name` are none. */
static bool parse_s5(const uint8_t *name, unsigned types[2])
{
	const uint8_t *at = name + 4;

	if (memcmp(name, "_S5_", 4) || *at != AML_PACKAGE)
		return false;
	if (name[-1] != AML_NAME && !(name[-1] == AML_ROOT && name[-2] == AML_NAME))
		return false;
	at++;
	at += (*at >> 6) + 1; /* package length: 1 to 4 bytes */
	at++;		      /* number of elements */
	types[0] = take_integer(&at);
	types[1] = take_integer(&at);
	return true;
}

static bool find_s5(const struct acpi_header *dsdt, unsigned types[2])
{
	const uint8_t *aml = (const uint8_t *)dsdt;
	uint32_t i;

	for (i = sizeof(*dsdt) + 2; i + 16 <= dsdt->length; i++) {
		if (parse_s5(aml + i, types))
			return true;
	}
	return false;
}

/* Hands the PM1 registers from the firmware to us, unless that has been done. */
static void acpi_mode_on(const uint8_t *fadt, uint16_t control)
{
	const uint32_t command = fadt_read32(fadt, FADT_SMI_COMMAND);
	const struct deadline end = deadline_after_us(WAIT_US);

	if ((cpu_in16(control) & PM1_SCI_ENABLED) || !command || !fadt[FADT_ACPI_ENABLE])
		return;
	cpu_out8((uint16_t)command, fadt[FADT_ACPI_ENABLE]);
	while (!(cpu_in16(control) & PM1_SCI_ENABLED) && !deadline_passed(&end))
		cpu_pause();
}

static void sleep(uint16_t port, unsigned type)
{
	const unsigned other = cpu_in16(port) & ~(PM1_SLEEP_TYPE | PM1_SLEEP);

	cpu_out16(port, (uint16_t)(other | (type << 10 & PM1_SLEEP_TYPE) | PM1_SLEEP));
}

void acpi_power_off(void)
{
	const struct acpi_header *header = acpi_find("FACP", 0);
	const uint8_t *fadt = (const uint8_t *)header;
	const struct acpi_header *dsdt;
	uint16_t a, b;
	unsigned types[2];

	if (!header || header->length < FADT_BYTES_MIN)
		return;
	dsdt = find_dsdt(header);
	a = (uint16_t)fadt_read32(fadt, FADT_PM1A_CONTROL);
	b = (uint16_t)fadt_read32(fadt, FADT_PM1B_CONTROL);
	if (!a || !dsdt || !find_s5(dsdt, types))
		return;
	acpi_mode_on(fadt, a);
	sleep(a, types[0]);
	if (b)
		sleep(b, types[1]);
	time_delay_us(WAIT_US);
}
