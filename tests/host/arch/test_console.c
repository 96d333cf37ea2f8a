/* SPDX-License-Identifier: MIT */
/*
 * Which UART the log is written to: ACPI's SPCR table goes before the COM ports, these before PCI and DBG2; behind ports or
 * in memory, its registers next to each other or not. One UART is there, and nobody else is written to but to look.
 */
#include <string.h>

#include "arch/acpi.h"
#include "arch/console.h"
#include "arch/cpu.h"
#include "arch/framebuffer.h"
#include "arch/log.h"
#include "arch/mmio.h"
#include "arch/paging.h"
#include "arch/screen.h"
#include "arch/serial_pci.h"
#include "tests/host/check.h"

enum { IO = 1, MEMORY = 0, REGISTERS = 8, SENT_MAX = 64 };
enum { DATA = 0, LINE = 3, MODEM = 4, STATUS = 5, DLAB = 0x80, LOOP = 0x10 };
enum { SPCR_BYTES = 80, DBG2_BYTES = 44 + 38, PCI_ADDRESS = 7 << 3, FULL_UART = 0 };

#define FAR_MEMORY UINT64_C(0xfe030000)

static struct {
	int space;
	uint64_t base;
	unsigned int stride;
	uint8_t registers[REGISTERS];
	uint8_t looped;
	char sent[SENT_MAX];
	unsigned int sent_count;
} uart;

static uint8_t spcr[SPCR_BYTES], dbg2[DBG2_BYTES];
static bool has_spcr, has_dbg2, is_good;
static uint16_t pci_port;

/* ---- the UART ---- */

static bool has_register(int space, uint64_t address, unsigned int *reg)
{
	const uint64_t from = address - uart.base;

	*reg = (unsigned int)(from / uart.stride);
	return space == uart.space && address >= uart.base && from < REGISTERS * uart.stride &&
	       from % uart.stride == 0;
}

static uint8_t read_register(int space, uint64_t address)
{
	unsigned int reg;

	if (!has_register(space, address, &reg))
		return 0xff;
	if (reg == STATUS)
		return 0x60 | (uart.registers[MODEM] & LOOP ? 1 : 0);
	return reg == DATA ? uart.looped : uart.registers[reg];
}

static void write_register(int space, uint64_t address, uint8_t value)
{
	unsigned int reg;

	if (!has_register(space, address, &reg))
		return;
	uart.registers[reg] = value;
	if (reg != DATA || uart.registers[LINE] & DLAB)
		return;
	if (uart.registers[MODEM] & LOOP)
		uart.looped = value;
	else if (uart.sent_count < SENT_MAX - 1)
		uart.sent[uart.sent_count++] = (char)value;
}

uint8_t world_in8(uint16_t port)
{
	return read_register(IO, port);
}

void world_out8(uint16_t port, uint8_t value)
{
	write_register(IO, port, value);
}

uint8_t world_mmio_read8(const volatile void *address)
{
	return read_register(MEMORY, (uintptr_t)address);
}

void world_mmio_write8(volatile void *address, uint8_t value)
{
	write_register(MEMORY, (uintptr_t)address, value);
}

/* ---- around it ---- */

const struct acpi_header *acpi_find(const char signature[4], unsigned index)
{
	if (!index && has_spcr && !memcmp(signature, "SPCR", 4))
		return (const void *)spcr;
	return !index && has_dbg2 && !memcmp(signature, "DBG2", 4) ? (const void *)dbg2 : NULL;
}

bool acpi_has_good_checksum(const struct acpi_header *table)
{
	(void)table;
	return is_good;
}

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	return phys == FAR_MEMORY && bytes >= REGISTERS;
}

uint16_t serial_pci_find(uint16_t *address)
{
	*address = PCI_ADDRESS;
	return pci_port;
}

void framebuffer_init(const struct framebuffer *framebuffer)
{
	(void)framebuffer;
}

void log_write(const char *text, size_t bytes)
{
	(void)text, (void)bytes;
}

void screen_write(const char *text, size_t bytes, enum ink ink)
{
	(void)text, (void)bytes, (void)ink;
}

/* ---- tables ---- */

static void put_address(uint8_t *to, uint8_t space, uint8_t bits, uint64_t address)
{
	to[0] = space;
	to[1] = bits;
	memcpy(to + 4, &address, sizeof(address));
}

static void put(uint8_t *to, uint32_t value, size_t bytes)
{
	memcpy(to, &value, bytes);
}

static void list_spcr(uint8_t type, uint8_t space, uint8_t bits, uint64_t address)
{
	has_spcr = true;
	put(spcr + 4, sizeof(spcr), 4);
	spcr[36] = type;
	put_address(spcr + 40, space, bits, address);
}

/* One serial device with one address, behind the fixed part of it. */
static void list_dbg2(uint8_t space, uint8_t bits, uint64_t address)
{
	has_dbg2 = true;
	put(dbg2 + 4, sizeof(dbg2), 4);
	put(dbg2 + 36, 44, 4);
	put(dbg2 + 40, 1, 4);
	put(dbg2 + 44 + 1, 38, 2);
	dbg2[44 + 3] = 1;
	put(dbg2 + 44 + 12, 0x8000, 2);
	put(dbg2 + 44 + 18, 22, 2);
	put_address(dbg2 + 44 + 22, space, bits, address);
}

static void place(int space, uint64_t base, unsigned int stride)
{
	uart.space = space;
	uart.base = base;
	uart.stride = stride;
}

static int set_up(void **state)
{
	(void)state;
	memset(&uart, 0, sizeof(uart));
	memset(spcr, 0, sizeof(spcr));
	memset(dbg2, 0, sizeof(dbg2));
	has_spcr = has_dbg2 = false;
	is_good = true;
	pci_port = 0;
	return 0;
}

/* What the console says of its choice, and whether what is written comes out there. */
static void expect(uint16_t asked_for, const char *text, bool comes)
{
	static const struct boot_info boot = { .route = "pvh" };

	console_init(&boot, asked_for);
	assert_string_equal(console_serial(), text);
	console_write("seen", 4);
	assert_string_equal(uart.sent, comes ? "seen" : "");
}

/* ---- the cases ---- */

static void com_ports(void **state)
{
	(void)state;
	place(IO, 0x3e8, 1);
	expect(0, "COM3 (port 3e8), none before", true);
	set_up(state);
	place(IO, 0x2e8, 1);
	expect(0x3f8, "COM4 (port 2e8), none before; none at 3f8, as serial= says", true);
}

static void in_memory_by_spcr(void **state)
{
	(void)state;
	place(MEMORY, FAR_MEMORY, 1);
	list_spcr(FULL_UART, MEMORY, 8, FAR_MEMORY);
	expect(0, "memory fe030000, as SPCR says", true);
	set_up(state);
	place(MEMORY, FAR_MEMORY, 4);
	list_spcr(0x12, MEMORY, 32, FAR_MEMORY);
	expect(0, "memory fe030000, as SPCR says", true);
	set_up(state);
	place(MEMORY, FAR_MEMORY, 4); /* its registers are elsewhere than the table says */
	list_spcr(FULL_UART, MEMORY, 8, FAR_MEMORY);
	expect(0, "none: no UART at 3f8, 2f8, 3e8 or 2e8, on PCI or in DBG2", false);
}

static void spcr_goes_first(void **state)
{
	(void)state;
	place(IO, 0x3220, 1);
	list_spcr(FULL_UART, IO, 8, 0x3220);
	expect(0, "port 3220, as SPCR says", true);
	set_up(state);
	place(IO, 0x3f8, 1); /* not of a kind that we know */
	list_spcr(3, MEMORY, 32, FAR_MEMORY);
	expect(0, "COM1 (port 3f8)", true);
	set_up(state);
	place(IO, 0x3f8, 1);
	list_spcr(FULL_UART, MEMORY, 8, FAR_MEMORY); /* nothing answers there */
	expect(0, "COM1 (port 3f8)", true);
	set_up(state);
	place(IO, 0x3f8, 1);
	list_spcr(FULL_UART, IO, 8, 0x3f8);
	is_good = false;
	expect(0, "COM1 (port 3f8)", true);
}

static void in_memory_by_dbg2(void **state)
{
	(void)state;
	place(MEMORY, FAR_MEMORY, 4);
	list_dbg2(MEMORY, 32, FAR_MEMORY);
	expect(0, "memory fe030000, as DBG2 says", true);
	set_up(state);
	place(MEMORY, FAR_MEMORY, 4);
	list_dbg2(MEMORY, 32, FAR_MEMORY);
	put(dbg2 + 44 + 18, 30, 2); /* the address is said to lie beyond the device */
	expect(0, "none: no UART at 3f8, 2f8, 3e8 or 2e8, on PCI or in DBG2", false);
	set_up(state);
	place(IO, 0xc000, 1);
	list_dbg2(IO, 8, 0xc000);
	pci_port = 0xc000;
	expect(0, "PCI 00:07.0 (port c000), no COM port", true);
}

static void none(void **state)
{
	(void)state;
	place(IO, 0x1e8, 1); /* nobody knows of it */
	expect(0, "none: no UART at 3f8, 2f8, 3e8 or 2e8, on PCI or in DBG2", false);
	set_up(state);
	place(IO, 0x1e8, 1);
	expect(0x1e8, "port 1e8, as serial= says", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(com_ports, set_up),
		cmocka_unit_test_setup(in_memory_by_spcr, set_up),
		cmocka_unit_test_setup(spcr_goes_first, set_up),
		cmocka_unit_test_setup(in_memory_by_dbg2, set_up),
		cmocka_unit_test_setup(none, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
