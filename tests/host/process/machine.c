/* SPDX-License-Identifier: MIT */
/* What little else there is of a machine: a processor, a clock, a local interrupt controller, a console. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "arch/apic.h"
#include "arch/console.h"
#include "arch/cpu.h"
#include "arch/exit.h"
#include "arch/keyboard.h"
#include "arch/page.h"
#include "arch/pci_config.h"
#include "arch/processor.h"
#include "arch/reset.h"
#include "arch/reset_mark.h"
#include "arch/time.h"
#include "tests/host/process/process.h"

enum { STACK_BYTES = 1024 * 1024, ADDRESS_BITS = 46 };

/* ---- processor ---- */

struct cpuid cpu_id(uint32_t leaf, uint32_t subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid){ .ecx = CPUID_1_ECX_HYPERVISOR, .edx = CPUID_1_EDX_CLFLUSH };
}

unsigned cpu_physical_bits(void)
{
	return ADDRESS_BITS;
}

const char *processor_text(void)
{
	return "a process";
}

bool processor_is_other(uint32_t id)
{
	(void)id;
	return false;
}

/* What walks tables here reads what the process has written. */
void cpu_flush(const void *address, size_t bytes)
{
	(void)address;
	(void)bytes;
	cpu_fence();
}

bool apic_is_present(void)
{
	return true;
}

bool apic_is_x2apic(void)
{
	return false;
}

uint32_t apic_id(void)
{
	return 0;
}

uint32_t apic_logical_id(void)
{
	return 1;
}

bool apic_is_level(uint8_t vector)
{
	(void)vector;
	return false;
}

void apic_raise(uint8_t vector)
{
	process_interrupt(vector);
}

uint64_t apic_msi_address(void)
{
	return UINT64_C(0xfee00000);
}

uint32_t apic_msi_data(uint8_t vector)
{
	return vector;
}

/* ---- clock: in microseconds, the same in every run ---- */

enum { LOOK_US = 10 }; /* that the clock is looked at takes so long */

static uint64_t now_us, watchdog_end_us;

static uint64_t advance(uint64_t us)
{
	now_us += us;
	if (watchdog_end_us && now_us >= watchdog_end_us) {
		watchdog_end_us = 0;
		process_bark();
	}
	return now_us;
}

const char *time_source(void)
{
	return "a process's own clock";
}

uint64_t time_tsc_hz(void)
{
	return 1000000;
}

uint64_t time_now_us(void)
{
	return advance(LOOK_US);
}

struct deadline deadline_after_us(uint64_t us)
{
	return (struct deadline){ now_us + us };
}

bool deadline_passed(const struct deadline *deadline)
{
	return advance(LOOK_US) >= deadline->end_tsc;
}

void time_delay_us(uint64_t us)
{
	advance(us);
}

void time_idle_us(uint64_t us)
{
	advance(us);
}

/* Interrupts come while the processor runs, so what has not come does not come. */
void time_idle_until(const volatile bool *flag, uint64_t us)
{
	if (!*flag)
		advance(us);
}

uint64_t time_watchdog_set(uint64_t us)
{
	const uint64_t left_us = watchdog_end_us > now_us ? watchdog_end_us - now_us : 0;

	watchdog_end_us = us ? now_us + us : 0;
	return left_us;
}

/* ---- console ---- */

bool process_is_loud;

const char *console_serial(void)
{
	return "none";
}

void console_write(const char *text, size_t bytes)
{
	if (process_is_loud)
		fwrite(text, 1, bytes, stderr);
}

void console_set_ink(enum ink ink)
{
	(void)ink;
}

void console_be_silent(uint32_t sum)
{
	(void)sum;
}

void console_speak(void)
{
}

uint32_t console_crc32(void)
{
	return 0;
}

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

static int status_of(enum exit_code code)
{
	switch (code) {
#define EXIT(name, status, qemu_status, words) \
	case EXIT_##name:                      \
		return status;
#include "arch/exit.def"
#undef EXIT
	}
	return EXIT_FAILURE;
}

void exit_machine(enum exit_code code)
{
	fflush(stderr);
	_exit(status_of(code));
}

void exit_set_farewell(void (*farewell)(enum exit_code code))
{
	(void)farewell;
}

/* ---- what is not there ---- */

uint64_t exit_patience_us(void)
{
	return 1;
}

void keyboard_open(void)
{
}

enum key keyboard_wait(uint64_t limit_us)
{
	(void)limit_us;
	return KEY_NONE;
}

void machine_reset(void)
{
}

bool reset_mark_set(void)
{
	return false;
}

bool reset_mark_take(void)
{
	return false;
}

void pci_windows_read(print_sink *report)
{
	(void)report;
}

void pci_windows_check(const struct address_map *avoid, print_sink *report)
{
	(void)avoid;
	(void)report;
}

unsigned pci_window_count(void)
{
	return 0;
}

const struct pci_window *pci_window_get(unsigned index)
{
	(void)index;
	return NULL;
}

uint8_t pci_read8(const struct pci_device *device, unsigned offset)
{
	(void)device;
	(void)offset;
	return UINT8_MAX;
}

uint16_t pci_read16(const struct pci_device *device, unsigned offset)
{
	(void)device;
	(void)offset;
	return UINT16_MAX;
}

uint32_t pci_read32(const struct pci_device *device, unsigned offset)
{
	(void)device;
	(void)offset;
	return UINT32_MAX;
}

void pci_write16(const struct pci_device *device, unsigned offset, uint16_t value)
{
	(void)device;
	(void)offset;
	(void)value;
}

void pci_write32(const struct pci_device *device, unsigned offset, uint32_t value)
{
	(void)device;
	(void)offset;
	(void)value;
}

/* ---- start ---- */

static uint8_t stack[STACK_BYTES] __attribute__((aligned(4096)));
static struct boot_info boot = { .route = "process", .command_line = "", .module_text = "" };
static int (*start_body)(const struct boot_info *boot);

static void run_body(void)
{
	exit(start_body(&boot));
}

int process_start(int (*body)(const struct boot_info *boot), const char *words)
{
	static ucontext_t outside, inside;

	if (!process_make_memory(&boot)) {
		perror("memory at a fixed address");
		return EXIT_FAILURE;
	}
	boot.command_line = words;
	boot.command_line_bytes = strlen(words);
	page_init(&boot);
	process_catch_exceptions();
	start_body = body;
	getcontext(&inside);
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = sizeof(stack);
	inside.uc_link = &outside;
	makecontext(&inside, run_body, 0);
	swapcontext(&outside, &inside);
	return EXIT_FAILURE;
}
