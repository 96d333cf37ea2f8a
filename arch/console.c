/* SPDX-License-Identifier: MIT */
#include "arch/console.h"

#include "arch/acpi.h"
#include "arch/framebuffer.h"
#include "arch/log.h"
#include "arch/paging.h"
#include "arch/print.h"
#include "arch/screen.h"
#include "arch/serial.h"
#include "arch/serial_pci.h"
#include "arch/string.h"

/* ACPI Serial Port Console Redirection table: interface type, then a generic address. */
#define SPCR_TYPE      36
#define SPCR_SPACE     40
#define SPCR_BYTES_MIN 52

/* ACPI Debug Port Table 2: where its devices are; a device's length, number of addresses, kind and where those are. */
#define DBG2_DEVICES	  36
#define DBG2_DEVICE_COUNT 40
#define DBG2_BYTES_MIN	  44
#define DEVICE_LENGTH	  1
#define DEVICE_ADDRESSES  3
#define DEVICE_TYPE	  12
#define DEVICE_SUBTYPE	  14
#define DEVICE_ADDRESS_AT 18
#define DEVICE_BYTES_MIN  22
#define DEVICE_IS_SERIAL  0x8000

/* A generic address: space, width of a register, address. */
#define ADDRESS_BIT_WIDTH 1
#define ADDRESS_VALUE	  4
#define ADDRESS_BYTES	  12

enum { SPACE_MEMORY = 0, SPACE_IO = 1 };
enum { TYPE_16550 = 0, TYPE_16450 = 1, TYPE_16550_GENERAL = 0x12 };

static bool started;
static char serial_text[100];
static uint32_t crc;
static bool is_silent;
static enum ink ink = INK_PLAIN;

static uint32_t crc32_update(uint32_t sum, const void *data, size_t bytes)
{
	static const uint32_t of_nibble[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const uint8_t *at = data;

	sum = ~sum;
	for (; bytes; bytes--) {
		sum ^= *at++;
		sum = sum >> 4 ^ of_nibble[sum & 15];
		sum = sum >> 4 ^ of_nibble[sum & 15];
	}
	return ~sum;
}

static bool try_memory(uint64_t base, unsigned stride_bytes)
{
	return paging_map_mmio(base, 8 * stride_bytes) && serial_init_mmio(base, stride_bytes);
}

static bool is_16550(uint32_t type)
{
	return type == TYPE_16550 || type == TYPE_16450 || type == TYPE_16550_GENERAL;
}

/* A UART at a generic address, which that table names. */
static bool try_address(const uint8_t *generic, const char *table)
{
	uint64_t address;

	memcpy(&address, generic + ADDRESS_VALUE, sizeof(address));
	if (!address)
		return false;
	print_to(serial_text, sizeof(serial_text), "%s %llx, as %s says",
		 *generic == SPACE_IO ? "port" : "memory", (unsigned long long)address, table);
	if (*generic == SPACE_IO)
		return address <= 0xfff8 && serial_init_port((uint16_t)address);
	return *generic == SPACE_MEMORY &&
	       try_memory(address, generic[ADDRESS_BIT_WIDTH] == 32 ? 4 : 1);
}

static bool try_spcr(void)
{
	const struct acpi_header *header = acpi_find("SPCR", 0);
	const uint8_t *table = (const uint8_t *)header;

	if (!header || header->length < SPCR_BYTES_MIN || !acpi_has_good_checksum(header))
		return false;
	return is_16550(table[SPCR_TYPE]) && try_address(table + SPCR_SPACE, "SPCR");
}

static uint32_t read_bytes(const uint8_t *from, size_t bytes)
{
	uint32_t value = 0;

	memcpy(&value, from, bytes);
	return value;
}

/* One device of DBG2, of which so many bytes are in the table. */
static bool try_debug_device(const uint8_t *device, uint32_t bytes)
{
	const uint32_t at = read_bytes(device + DEVICE_ADDRESS_AT, 2);

	return device[DEVICE_ADDRESSES] &&
	       read_bytes(device + DEVICE_TYPE, 2) == DEVICE_IS_SERIAL &&
	       is_16550(read_bytes(device + DEVICE_SUBTYPE, 2)) && at + ADDRESS_BYTES <= bytes &&
	       try_address(device + at, "DBG2");
}

/* Where nothing else is: a port that is meant for a debugger, as small machines have as their only one. */
static bool try_dbg2(void)
{
	const struct acpi_header *header = acpi_find("DBG2", 0);
	const uint8_t *table = (const uint8_t *)header;
	uint32_t at, left, length;

	if (!header || header->length < DBG2_BYTES_MIN || !acpi_has_good_checksum(header))
		return false;
	at = read_bytes(table + DBG2_DEVICES, 4);
	for (left = read_bytes(table + DBG2_DEVICE_COUNT, 4); left; left--) {
		if (at > header->length || header->length - at < DEVICE_BYTES_MIN)
			return false;
		length = read_bytes(table + at + DEVICE_LENGTH, 2);
		if (length < DEVICE_BYTES_MIN || length > header->length - at)
			return false;
		if (try_debug_device(table + at, length))
			return true;
		at += length;
	}
	return false;
}

static bool try_pci(void)
{
	uint16_t address, port = serial_pci_find(&address);

	if (!port || !serial_init_port(port))
		return false;
	print_to(serial_text, sizeof(serial_text), "PCI %02x:%02x.%u (port %x), no COM port",
		 address >> 8, address >> 3 & 0x1f, address & 7u, port);
	return true;
}

/* Where nobody names a port: the usual places. */
static bool find_port(void)
{
	static const uint16_t ports[] = { SERIAL_COM1, SERIAL_COM2, SERIAL_COM3, SERIAL_COM4 };

	for (unsigned int i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		print_to(serial_text, sizeof(serial_text), "COM%u (port %x)%s", i + 1, ports[i],
			 i ? ", none before" : "");
		if (serial_init_port(ports[i]))
			return true;
	}
	if (try_pci() || try_dbg2())
		return true;
	print_to(serial_text, sizeof(serial_text),
		 "none: no UART at 3f8, 2f8, 3e8 or 2e8, on PCI or in DBG2");
	return false;
}

/* A log at another port than was asked for beats none. */
static bool choose_port(uint16_t serial_port)
{
	bool is_found;
	size_t used;

	if (!serial_port)
		return try_spcr() || find_port();
	print_to(serial_text, sizeof(serial_text), "port %x, as serial= says", serial_port);
	if (serial_init_port(serial_port))
		return true;
	is_found = try_spcr() || find_port();
	used = strlen(serial_text);
	print_to(serial_text + used, sizeof(serial_text) - used, "; none at %x, as serial= says",
		 serial_port);
	return is_found;
}

const char *console_serial(void)
{
	return serial_text;
}

void console_init(const struct boot_info *boot, uint16_t serial_port)
{
	started = true;
	framebuffer_init(&boot->framebuffer);
	if (!choose_port(serial_port))
		return;
	/* Firmware and boot menus leave the cursor somewhere in a line. Not part of the log. */
	if (strcmp(boot->route, "pvh"))
		serial_write("\n", 1);
}

void console_write(const char *text, size_t bytes)
{
	if (!started) {
		started = true;
		serial_init_port(SERIAL_COM1);
	}
	if (is_silent)
		return;
	crc = crc32_update(crc, text, bytes);
	serial_write(text, bytes);
	log_write(text, bytes);
	if (ink)
		screen_write(text, bytes, ink);
}

void console_set_ink(enum ink next)
{
	ink = next;
}

void console_be_silent(uint32_t sum)
{
	crc = sum;
	is_silent = true;
}

void console_speak(void)
{
	is_silent = false;
}

uint32_t console_crc32(void)
{
	return crc;
}
