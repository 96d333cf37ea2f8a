/* SPDX-License-Identifier: MIT */
#include "arch/machine.h"

#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/console.h"
#include "arch/cpu.h"
#include "arch/framebuffer.h"
#include "arch/log.h"
#include "arch/options.h"
#include "arch/page.h"
#include "arch/paging.h"
#include "arch/time.h"
#include "arch/trap.h"

#define STACK_BYTES (128 * 1024)

/* Below the stack lies one page without memory, so that an overflow is an exception. */
static struct {
	uint8_t guard[PAGE_BYTES];
	uint8_t space[STACK_BYTES];
} stack __attribute__((aligned(PAGE_BYTES)));

/* Few of the options matter here; the kernel reads them again and reports mistakes. */
static const struct options *read_early_options(const struct boot_info *boot)
{
	static struct options options;
	char error[8];

	(void)options_parse(boot->command_line, &options, error, sizeof(error));
	return &options;
}

/* Who has neither a screen nor asks for a file has the log on the serial line. */
static void keep_log(const struct boot_info *boot)
{
	void *room;

	if (boot->log_room)
		log_init(boot->log_room, boot->log_room_bytes);
	if (boot->log_room || !framebuffer_rows())
		return;
	room = page_alloc_uncleared(LOG_BYTES / PAGE_BYTES, 1);
	if (room)
		log_init(room, LOG_BYTES);
}

/* Runs on our own stack. */
_Noreturn static void machine_continue(const struct boot_info *boot)
{
	const struct options *options;

	cpu_load_segments();
	trap_init(boot->load_offset);
	page_init(boot);
	paging_init(boot);
	cpu_load_control_registers();
	paging_make_hole((uintptr_t)stack.guard, 1);
	acpi_init(boot->rsdp, NULL);
	options = read_early_options(boot);
	console_init(boot, options->serial_port);
	keep_log(boot);
	apic_init(options->x2apic);
	time_init();
	cpu_interrupts_on();
	kernel_main(boot);
}

void machine_start(const struct boot_info *boot)
{
	cpu_interrupts_off();
	asm volatile("movq %0, %%rsp\n\t"
		     "xorl %%ebp, %%ebp\n\t"
		     "movq %1, %%rdi\n\t"
		     "call *%2"
		     :
		     : "r"(stack.space + STACK_BYTES), "r"(boot), "r"(machine_continue)
		     : "memory", "rdi");
	__builtin_unreachable();
}
