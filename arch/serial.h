/* SPDX-License-Identifier: MIT */
/* A 16550 UART behind I/O ports or memory, 115200 baud, 8N1. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_COM1 0x3f8
#define SERIAL_COM2 0x2f8
#define SERIAL_COM3 0x3e8
#define SERIAL_COM4 0x2e8

/* Looks for a UART by its scratch register and loop-back; false (and silence) if none answers. */
bool serial_init_port(uint16_t port);

/* The same in memory, registers `stride_bytes` apart. The range must be mapped. */
bool serial_init_mmio(uint64_t base, unsigned stride_bytes);

/* Drops the text if there is no UART, or if it stops taking characters. */
void serial_write(const char *text, size_t bytes);

/* Waits until the last character has left the UART. */
void serial_drain(void);
