/* SPDX-License-Identifier: MIT */
#include "arch/exit.h"

#include <assert.h>
#include <stdbool.h>

#include "arch/acpi.h"
#include "arch/cpu.h"
#include "arch/framebuffer.h"
#include "arch/serial.h"
#include "arch/time.h"

#define DEBUG_EXIT_PORT	  0xf4
#define SECONDS_TO_READ	  60
#define KEYBOARD_DATA	  0x60
#define KEYBOARD_STATUS	  0x64
#define KEYBOARD_HAS_DATA 0x01

#define EXIT(name, status, qemu_status, words) \
	static_assert((qemu_status) % 2 && (qemu_status) > 1, "isa-debug-exit: 2 * value + 1");
#include "arch/exit.def"
#undef EXIT

const char *exit_words(enum exit_code code)
{
	switch (code) {
#define EXIT(name, status, qemu_status, words) \
	case EXIT_##name:                      \
		return words;
#include "arch/exit.def"
#undef EXIT
	}
	return "?";
}

/* A machine without keyboard controller reads all ones. */
static bool has_key(void)
{
	const uint8_t status = cpu_in8(KEYBOARD_STATUS);

	return status != 0xff && (status & KEYBOARD_HAS_DATA);
}

/* The screen goes dark with the machine. Not part of the log: serial listeners do not see it. */
static void let_the_screen_be_read(void)
{
	static const char text[] = "\n(off in 60 seconds, or now at a key)\n";
	unsigned tenths;

	framebuffer_write(text, sizeof(text) - 1);
	for (tenths = 0; tenths < 16 && has_key(); tenths++)
		cpu_in8(KEYBOARD_DATA); /* what was typed before */
	for (tenths = 0; tenths < SECONDS_TO_READ * 10 && !has_key(); tenths++)
		time_idle_us(100000);
}

void exit_machine(enum exit_code code)
{
	serial_drain();
	cpu_out8(DEBUG_EXIT_PORT, (uint8_t)code);
	time_watchdog_set(0);
	if (framebuffer_is_present())
		let_the_screen_be_read();
	acpi_power_off();
	cpu_stop();
}
