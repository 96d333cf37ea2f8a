/* SPDX-License-Identifier: MIT */
#include "arch/serial_pci.h"

#include <stdbool.h>

#include "arch/cpu.h"

#define PORT_ADDRESS 0xcf8
#define PORT_DATA    0xcfc
#define ENABLED	     0x80000000u

enum { REG_ID = 0x00, REG_COMMAND = 0x04, REG_CLASS = 0x08, REG_TYPE = 0x0c, REG_BAR0 = 0x10 };

#define CLASS_SERIAL   0x0700 /* communication controller, serial */
#define PROGIF_16550   0x02   /* and what is compatible with it up to 16950 */
#define PROGIF_16950   0x06
#define TYPE_MULTIPLE  (1u << 23)
#define COMMAND_IO     (1u << 0)
#define COMMAND_KEEPS  0xffffu /* the upper half holds status bits that a one clears */
#define BAR_IO	       (1u << 0)
#define BAR_IO_ADDRESS 0xfffcu

static uint32_t read(uint16_t address, unsigned reg)
{
	cpu_out32(PORT_ADDRESS, ENABLED | (uint32_t)address << 8 | reg);
	return cpu_in32(PORT_DATA);
}

static void open_ports(uint16_t address)
{
	uint32_t command = read(address, REG_COMMAND) & COMMAND_KEEPS;

	cpu_out32(PORT_DATA, command | COMMAND_IO);
}

/* Its I/O port; 0 if it is no UART of that kind. */
static uint16_t port_of(uint16_t address)
{
	const uint32_t class = read(address, REG_CLASS);
	const uint8_t progif = class >> 8 & 0xff;
	const uint32_t bar = read(address, REG_BAR0);

	if (class >> 16 != CLASS_SERIAL || progif < PROGIF_16550 || progif > PROGIF_16950 ||
	    !(bar & BAR_IO))
		return 0;
	return bar & BAR_IO_ADDRESS;
}

uint16_t serial_pci_find(uint16_t *address)
{
	for (uint32_t at = 0; at <= UINT16_MAX; at++) {
		uint16_t port;

		if ((read((uint16_t)at, REG_ID) & 0xffff) == 0xffff) {
			at |= at & 7 ? 0 : 7; /* no function 0, no others */
			continue;
		}
		port = port_of((uint16_t)at);
		if (port) {
			open_ports((uint16_t)at);
			*address = (uint16_t)at;
			return port;
		}
		if (!(at & 7) && !(read((uint16_t)at, REG_TYPE) & TYPE_MULTIPLE))
			at |= 7;
	}
	return 0;
}
