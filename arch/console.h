/* SPDX-License-Identifier: MIT */
/* Where text goes: serial port, the log in memory and, where there is one, the frame buffer. */
#pragma once

#include "arch/boot_info.h"
#include "arch/framebuffer.h"

/*
 * Chooses the serial port: `serial_port` if not 0, else the one ACPI's SPCR table names, else COM1, COM2, or a UART
 * on PCI.
 * Text written before goes to COM1. Needs acpi_init() before.
 */
void console_init(const struct boot_info *boot, uint16_t serial_port);

/* Which port it is, and who says so; or that there is none. */
const char *console_serial(void);

void console_write(const char *text, size_t bytes);

/* How the screen shows what is written from here on, if at all (INK_NONE); everywhere else it is the same. */
void console_set_ink(enum ink next);

/*
 * A run that goes on after a reset says nothing until it is where it was: silent from here on, and as if `sum` were the
 * CRC of what was written. console_speak() ends that; it does nothing where nobody is silent.
 */
void console_be_silent(uint32_t sum);
void console_speak(void);

/* CRC-32 (IEEE 802.3, as `crc32` of zlib) of everything written so far. */
uint32_t console_crc32(void);
