/* SPDX-License-Identifier: MIT */
#include "arch/trap.h"

#include <stddef.h>

#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/exit.h"
#include "arch/print.h"
#include "arch/time.h"

#define EXCEPTIONS     32
#define VECTORS	       256
#define FIRST_VECTOR   0x30
#define LAST_VECTOR    0xdf
#define STUB_BYTES     16
#define GATE_INTERRUPT 0x8e /* present, ring 0, interrupts off on entry */
#define MSR_MCG_STATUS 0x17a
#define PAGE_FAULT     14
#define MACHINE_CHECK  18

/* vectors.asm */
struct trap_context {
	uint64_t rbx, rbp, r12, r13, r14, r15, rsp, rip;
};

extern const uint8_t trap_stubs[];
__attribute__((returns_twice)) int trap_save_context(struct trap_context *context);
void trap_dispatch(struct trap_frame *frame);

struct guard {
	struct guard *outer;
	struct trap_report *report;
	struct trap_context context;
	uint64_t rflags;
	unsigned interrupt_depth;
};

struct gate {
	uint16_t offset_low, selector;
	uint8_t stack, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

static struct gate idt[VECTORS] __attribute__((aligned(16)));
static struct guard *innermost;
static unsigned interrupt_depth;
static trap_page_fault_handler *page_fault_handler;
static struct {
	trap_interrupt_handler *handler;
	void *arg;
	bool taken;
	bool is_kept; /* for ever */
} interrupts[VECTORS];
static uint64_t stray_count;
static uint64_t load_offset;

static const char *const exception_names[EXCEPTIONS] = {
	[0] = "divide error (#DE)",
	[1] = "debug (#DB)",
	[2] = "non-maskable interrupt",
	[3] = "breakpoint (#BP)",
	[4] = "overflow (#OF)",
	[5] = "bound range (#BR)",
	[6] = "invalid opcode (#UD)",
	[7] = "device not available (#NM)",
	[8] = "double fault (#DF)",
	[10] = "invalid TSS (#TS)",
	[11] = "segment not present (#NP)",
	[12] = "stack fault (#SS)",
	[13] = "general protection (#GP)",
	[14] = "page fault (#PF)",
	[16] = "x87 error (#MF)",
	[17] = "alignment check (#AC)",
	[18] = "machine check (#MC)",
	[19] = "SIMD error (#XM)",
	[20] = "virtualization exception (#VE)",
	[21] = "control protection (#CP)",
	[29] = "VMM communication (#VC)",
	[30] = "security exception (#SX)",
};

static const char *name_of(uint64_t vector)
{
	if (vector == TRAP_WATCHDOG_VECTOR)
		return "watchdog";
	if (vector < EXCEPTIONS && exception_names[vector])
		return exception_names[vector];
	return "reserved exception";
}

static void gate_set(unsigned vector, uint8_t stack)
{
	uint64_t offset = (uintptr_t)trap_stubs + vector * STUB_BYTES;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)offset,
		.selector = CPU_CODE_SELECTOR,
		.stack = stack,
		.type = GATE_INTERRUPT,
		.offset_middle = (uint16_t)(offset >> 16),
		.offset_high = (uint32_t)(offset >> 32),
	};
}

void trap_init(uint64_t image_load_offset)
{
	const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (uintptr_t)idt };
	unsigned vector;

	load_offset = image_load_offset;
	for (vector = 0; vector < VECTORS; vector++)
		gate_set(vector, 0);
	gate_set(2, 2);
	gate_set(8, 1);
	gate_set(MACHINE_CHECK, 3);
	asm volatile("lidt %0" : : "m"(idtr));
}

bool trap_guard(void (*fn)(void *), void *arg, uint64_t limit_us, struct trap_report *report)
{
	struct guard guard = {
		.outer = innermost,
		.report = report,
		.interrupt_depth = interrupt_depth,
	};
	const uint64_t outer_left_us = time_watchdog_set(0);
	const bool interrupts_on = cpu_interrupts_save();
	volatile bool finished = false;

	guard.rflags = interrupts_on ? RFLAGS_IF : 0;
	*report = (struct trap_report){ .name = "none" };
	innermost = &guard;
	if (!trap_save_context(&guard.context)) {
		cpu_interrupts_restore(interrupts_on);
		time_watchdog_set(limit_us);
		fn(arg);
		finished = true;
	}
	time_watchdog_set(0);
	innermost = guard.outer;
	time_watchdog_set(outer_left_us);
	return finished;
}

/* Makes the interrupt return go to the innermost guard instead of where it came from. */
static void leave_to_guard(struct trap_frame *frame, uint64_t vector, uint64_t cr2)
{
	const struct guard *guard = innermost;

	*guard->report = (struct trap_report){
		.vector = (unsigned)vector,
		.error_code = vector == TRAP_WATCHDOG_VECTOR ? 0 : frame->error_code,
		.rip = frame->rip,
		.cr2 = cr2,
		.name = name_of(vector),
	};
	frame->rbx = guard->context.rbx;
	frame->rbp = guard->context.rbp;
	frame->r12 = guard->context.r12;
	frame->r13 = guard->context.r13;
	frame->r14 = guard->context.r14;
	frame->r15 = guard->context.r15;
	frame->rsp = guard->context.rsp;
	frame->rip = guard->context.rip;
	frame->rax = 1;
	frame->rflags = guard->rflags | 2;
	if (interrupt_depth > guard->interrupt_depth)
		apic_end_all_interrupts();
	interrupt_depth = guard->interrupt_depth;
}

static void dump(const struct trap_frame *f, uint64_t cr2)
{
	const struct {
		const char *name;
		uint64_t value;
	} registers[] = {
		{ "rip", f->rip }, { "rsp", f->rsp },	       { "flags", f->rflags },
		{ "cr2", cr2 },	   { "rax", f->rax },	       { "rbx", f->rbx },
		{ "rcx", f->rcx }, { "rdx", f->rdx },	       { "rsi", f->rsi },
		{ "rdi", f->rdi }, { "rbp", f->rbp },	       { "r8", f->r8 },
		{ "r9", f->r9 },   { "r10", f->r10 },	       { "r11", f->r11 },
		{ "r12", f->r12 }, { "r13", f->r13 },	       { "r14", f->r14 },
		{ "r15", f->r15 }, { "error", f->error_code },
	};
	unsigned i;

	print("\n# exception %u: %s at link address %llx\n", (unsigned)f->vector,
	      name_of(f->vector), (unsigned long long)(f->rip - trap_load_offset()));
	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		print("%s%5s %016llx%s", i % 4 ? " " : "# ", registers[i].name,
		      (unsigned long long)registers[i].value, i % 4 == 3 ? "\n" : "");
}

static bool is_page_fault_handled(struct trap_frame *frame, uint64_t cr2)
{
	bool handled;

	if (!page_fault_handler)
		return false;
	if (frame->rflags & RFLAGS_IF)
		cpu_interrupts_on(); /* the watchdog must reach the handler too */
	handled = page_fault_handler(frame, cr2);
	cpu_interrupts_off();
	return handled;
}

static void take_exception(struct trap_frame *frame)
{
	const uint64_t cr2 = frame->vector == PAGE_FAULT ? cpu_read_cr2() : 0;

	if (frame->vector == PAGE_FAULT && is_page_fault_handled(frame, cr2))
		return;
	if (frame->vector == MACHINE_CHECK)
		cpu_write_msr(MSR_MCG_STATUS, 0);
	if (innermost) {
		leave_to_guard(frame, frame->vector, cr2);
		return;
	}
	dump(frame, cr2);
	exit_machine(EXIT_CRASH);
}

static void take_timer(struct trap_frame *frame)
{
	apic_end_interrupt();
	if (time_timer_interrupt() && innermost)
		leave_to_guard(frame, TRAP_WATCHDOG_VECTOR, 0);
}

static void take_interrupt(uint8_t vector)
{
	interrupt_depth++;
	if (interrupts[vector].handler) {
		interrupts[vector].handler(interrupts[vector].arg);
	} else {
		stray_count++;
	}
	interrupt_depth--;
	apic_end_interrupt();
}

/* Called by vectors.asm with interrupts off. */
void trap_dispatch(struct trap_frame *frame)
{
	if (frame->vector < EXCEPTIONS)
		take_exception(frame);
	else if (frame->vector == APIC_TIMER_VECTOR)
		take_timer(frame);
	else if (frame->vector != APIC_SPURIOUS_VECTOR)
		take_interrupt((uint8_t)frame->vector);
}

void trap_set_page_fault_handler(trap_page_fault_handler *handler)
{
	page_fault_handler = handler;
}

uint8_t trap_vector_alloc(void)
{
	unsigned vector;

	for (vector = FIRST_VECTOR; vector <= LAST_VECTOR; vector++) {
		if (interrupts[vector].taken)
			continue;
		interrupts[vector].taken = true;
		return (uint8_t)vector;
	}
	return 0;
}

uint8_t trap_vector_alloc_for_ever(void)
{
	uint8_t vector = trap_vector_alloc();

	interrupts[vector].is_kept = true;
	return vector;
}

void trap_vector_free_all(void)
{
	for (unsigned vector = FIRST_VECTOR; vector <= LAST_VECTOR; vector++) {
		if (interrupts[vector].is_kept)
			continue;
		interrupts[vector].handler = NULL;
		interrupts[vector].taken = false;
	}
}

void trap_vector_free(uint8_t vector)
{
	trap_set_interrupt_handler(vector, NULL, NULL);
	interrupts[vector].taken = false;
}

void trap_set_interrupt_handler(uint8_t vector, trap_interrupt_handler *handler, void *arg)
{
	const bool on = cpu_interrupts_save();

	interrupts[vector].handler = handler;
	interrupts[vector].arg = arg;
	cpu_interrupts_restore(on);
}

uint64_t trap_load_offset(void)
{
	return load_offset;
}

uint64_t trap_stray_count(void)
{
	return stray_count;
}
