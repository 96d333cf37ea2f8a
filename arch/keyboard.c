/* SPDX-License-Identifier: MIT */
#include "arch/keyboard.h"

#include <stdbool.h>

#include "arch/cpu.h"
#include "arch/time.h"

#define PORT_DATA   0x60
#define PORT_STATUS 0x64 /* read: status; write: command */

#define STATUS_HAS_DATA	  0x01
#define STATUS_BUSY	  0x02
#define STATUS_FROM_MOUSE 0x20
#define STATUS_ABSENT	  0xff

#define COMMAND_READ_SETTINGS  0x20
#define COMMAND_WRITE_SETTINGS 0x60
#define COMMAND_KEYBOARD_ON    0xae
#define SETTINGS_INTERRUPTS    0x03
#define SETTINGS_KEYBOARD_OFF  0x10
#define SETTINGS_TRANSLATE     0x40 /* codes of set 1, whatever set the keyboard sends */
#define KEYBOARD_SCAN	       0xf4

#define CODE_EXTENDED 0xe0
#define CODE_RELEASE  0x80
#define CODE_SHIFT    0x2a /* after CODE_EXTENDED: comes with other keys */

#define BYTES_MOST 64
#define WAIT_US	   100000
#define POLL_US	   20000

static bool is_there, is_extended;

static bool wait_status(uint8_t bits, uint8_t wanted)
{
	const struct deadline end = deadline_after_us(WAIT_US);

	while ((cpu_in8(PORT_STATUS) & bits) != wanted) {
		if (deadline_passed(&end))
			return false;
		cpu_pause();
	}
	return true;
}

static void send(uint16_t port, uint8_t value)
{
	if (wait_status(STATUS_BUSY, 0))
		cpu_out8(port, value);
}

/* False if more comes than anybody typed: then it is no controller. */
static bool drain(void)
{
	for (unsigned i = 0; i < BYTES_MOST; i++) {
		if (!(cpu_in8(PORT_STATUS) & STATUS_HAS_DATA))
			return true;
		cpu_in8(PORT_DATA);
	}
	return false;
}

/* Firmware may have left the keyboard off, or its codes untranslated. */
static void set_up(void)
{
	uint8_t settings;

	send(PORT_STATUS, COMMAND_KEYBOARD_ON);
	send(PORT_STATUS, COMMAND_READ_SETTINGS);
	if (!wait_status(STATUS_HAS_DATA, STATUS_HAS_DATA))
		return;
	settings = cpu_in8(PORT_DATA);
	settings &= (uint8_t) ~(SETTINGS_INTERRUPTS | SETTINGS_KEYBOARD_OFF);
	send(PORT_STATUS, COMMAND_WRITE_SETTINGS);
	send(PORT_DATA, settings | SETTINGS_TRANSLATE);
	send(PORT_DATA, KEYBOARD_SCAN);
}

void keyboard_open(void)
{
	is_extended = false;
	is_there = cpu_in8(PORT_STATUS) != STATUS_ABSENT && drain();
	if (is_there)
		set_up();
}

static enum key key_of(uint8_t code)
{
	switch (code) {
	case 0x48:
		return KEY_UP;
	case 0x50:
		return KEY_DOWN;
	case 0x49:
		return KEY_PAGE_UP;
	case 0x51:
		return KEY_PAGE_DOWN;
	case 0x47:
		return KEY_HOME;
	case 0x4f:
		return KEY_END;
	case 0x10:
		return KEY_QUIT;
	default:
		return KEY_OTHER;
	}
}

/* What a byte of the keyboard brings to its end. */
static enum key take_code(uint8_t code)
{
	const bool was_extended = is_extended;

	is_extended = code == CODE_EXTENDED;
	if (is_extended || code & CODE_RELEASE || (was_extended && code == CODE_SHIFT))
		return KEY_NONE;
	return was_extended && key_of(code) == KEY_QUIT ? KEY_OTHER : key_of(code);
}

static enum key take(void)
{
	enum key key = KEY_NONE;

	for (unsigned i = 0; i < BYTES_MOST && !key; i++) {
		const uint8_t status = cpu_in8(PORT_STATUS);
		uint8_t code;

		if (!(status & STATUS_HAS_DATA))
			return KEY_NONE;
		code = cpu_in8(PORT_DATA);
		if (!(status & STATUS_FROM_MOUSE))
			key = take_code(code);
	}
	return key;
}

enum key keyboard_wait(uint64_t limit_us)
{
	const uint64_t from_us = time_now_us();
	enum key key = KEY_NONE;

	while (!key && (!limit_us || time_now_us() - from_us < limit_us)) {
		key = is_there ? take() : KEY_NONE;
		if (!key)
			time_idle_us(POLL_US);
	}
	return key;
}
