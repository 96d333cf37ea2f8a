/* SPDX-License-Identifier: MIT */
#include "arch/exit.h"

#include <assert.h>

#include "arch/acpi.h"
#include "arch/cpu.h"
#include "arch/framebuffer.h"
#include "arch/keyboard.h"
#include "arch/serial.h"
#include "arch/time.h"

#define DEBUG_EXIT_PORT 0xf4
#define PATIENCE_US	(UINT64_C(60) * 1000000)

#define EXIT(name, status, qemu_status, words) \
	static_assert((qemu_status) % 2 && (qemu_status) > 1, "isa-debug-exit: 2 * value + 1");
#include "arch/exit.def"
#undef EXIT

static void stay_until_key(enum exit_code code);
static void (*farewell)(enum exit_code code) = stay_until_key;

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

void exit_set_farewell(void (*next)(enum exit_code code))
{
	farewell = next;
}

uint64_t exit_patience_us(void)
{
	return cpu_id(1, 0).ecx & CPUID_1_ECX_HYPERVISOR ? PATIENCE_US : 0;
}

static void stay_until_key(enum exit_code code)
{
	(void)code;
	if (!framebuffer_rows())
		return;
	keyboard_open();
	keyboard_wait(exit_patience_us());
}

/* A farewell that ends here again, by an exception, is not said twice. */
static void say_farewell(enum exit_code code)
{
	void (*const ours)(enum exit_code) = farewell;

	farewell = stay_until_key;
	ours(code);
}

void exit_machine(enum exit_code code)
{
	serial_drain();
	cpu_out8(DEBUG_EXIT_PORT, (uint8_t)code);
	time_watchdog_set(0);
	say_farewell(code);
	acpi_power_off();
	cpu_stop();
}
