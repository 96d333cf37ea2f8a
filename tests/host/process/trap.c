/* SPDX-License-Identifier: MIT */
/* Exceptions are signals, interrupts are calls; guards are left by a jump. */
#define _GNU_SOURCE
#include "arch/trap.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "arch/cpu.h"
#include "arch/exit.h"
#include "arch/print.h"
#include "arch/time.h"
#include "tests/host/process/process.h"

enum { VECTORS = 256, FIRST_VECTOR = 0x30, LAST_VECTOR = 0xdf, PAGE_FAULT = 14 };

struct guard {
	struct guard *outer;
	struct trap_report *report;
	sigjmp_buf context;
	bool is_in_interrupt;
};

static struct guard *innermost;
static bool is_in_interrupt;
static trap_page_fault_handler *page_fault_handler;
static struct {
	trap_interrupt_handler *handler;
	void *arg;
	bool is_taken, is_kept, is_pending;
} interrupts[VECTORS];
static uint64_t stray_count;

/* ---- guards ---- */

bool trap_guard(void (*fn)(void *), void *arg, uint64_t limit_us, struct trap_report *report)
{
	struct guard guard = {
		.outer = innermost,
		.report = report,
		.is_in_interrupt = is_in_interrupt,
	};
	const uint64_t outer_left_us = time_watchdog_set(0);
	volatile bool has_finished = false;

	*report = (struct trap_report){ .name = "none" };
	innermost = &guard;
	if (!sigsetjmp(guard.context, 0)) {
		time_watchdog_set(limit_us);
		fn(arg);
		has_finished = true;
	}
	time_watchdog_set(0);
	is_in_interrupt = guard.is_in_interrupt;
	innermost = guard.outer;
	time_watchdog_set(outer_left_us);
	return has_finished;
}

static void leave(const struct trap_report *report)
{
	*innermost->report = *report;
	siglongjmp(innermost->context, 1);
}

void process_bark(void)
{
	const struct trap_report report = { .vector = TRAP_WATCHDOG_VECTOR, .name = "watchdog" };

	if (innermost)
		leave(&report);
}

/* ---- exceptions ---- */

/* Where a frame keeps a register, and which one of the signal's that is. */
static const struct {
	size_t place;
	int name;
} registers[] = {
#define PLACE(register, name)                               \
	{                                                   \
		offsetof(struct trap_frame, register), name \
	}
	PLACE(rax, REG_RAX), PLACE(rcx, REG_RCX), PLACE(rdx, REG_RDX), PLACE(rbx, REG_RBX),
	PLACE(rsp, REG_RSP), PLACE(rbp, REG_RBP), PLACE(rsi, REG_RSI), PLACE(rdi, REG_RDI),
	PLACE(r8, REG_R8),   PLACE(r9, REG_R9),	  PLACE(r10, REG_R10), PLACE(r11, REG_R11),
	PLACE(r12, REG_R12), PLACE(r13, REG_R13), PLACE(r14, REG_R14), PLACE(r15, REG_R15),
	PLACE(rip, REG_RIP),
#undef PLACE
};

static bool is_handled(greg_t *from, uint64_t address)
{
	struct trap_frame frame = { .vector = PAGE_FAULT, .rflags = RFLAGS_IF };

	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		memcpy((char *)&frame + registers[i].place, &from[registers[i].name], 8);
	if (!page_fault_handler(&frame, address))
		return false;
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		memcpy(&from[registers[i].name], (char *)&frame + registers[i].place, 8);
	return true;
}

static void take_signal(int number, siginfo_t *info, void *context)
{
	greg_t *from = ((ucontext_t *)context)->uc_mcontext.gregs;
	const bool is_page_fault = number == SIGSEGV && from[REG_TRAPNO] == PAGE_FAULT;
	const struct trap_report report = {
		.vector = (unsigned int)from[REG_TRAPNO],
		.error_code = (uint64_t)from[REG_ERR],
		.rip = (uint64_t)from[REG_RIP],
		.cr2 = is_page_fault ? (uint64_t)from[REG_CR2] : 0,
		.name = is_page_fault ? "page fault (#PF)" : "exception",
	};

	(void)info;
	if (is_page_fault && page_fault_handler && is_handled(from, report.cr2))
		return;
	if (innermost)
		leave(&report);
	print("\n# %s at %llx, address %llx\n", report.name, (unsigned long long)report.rip,
	      (unsigned long long)report.cr2);
	exit_machine(EXIT_CRASH);
}

/* A handler may well meet another hole. */
void process_catch_exceptions(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	struct sigaction action = { .sa_sigaction = take_signal,
				    .sa_flags = SA_SIGINFO | SA_NODEFER };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

void trap_set_page_fault_handler(trap_page_fault_handler *handler)
{
	page_fault_handler = handler;
}

uint64_t trap_load_offset(void)
{
	return 0;
}

/* ---- interrupts ---- */

static bool take_pending(void)
{
	for (unsigned int vector = 0; vector < VECTORS; vector++) {
		if (!interrupts[vector].is_pending)
			continue;
		interrupts[vector].is_pending = false;
		if (interrupts[vector].handler)
			interrupts[vector].handler(interrupts[vector].arg);
		else
			stray_count++;
		return true;
	}
	return false;
}

void process_interrupt(uint8_t vector)
{
	interrupts[vector].is_pending = true;
	if (is_in_interrupt)
		return;
	is_in_interrupt = true;
	while (take_pending())
		;
	is_in_interrupt = false;
}

uint8_t trap_vector_alloc(void)
{
	for (unsigned int vector = FIRST_VECTOR; vector <= LAST_VECTOR; vector++)
		if (!interrupts[vector].is_taken) {
			interrupts[vector].is_taken = true;
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

void trap_vector_free(uint8_t vector)
{
	trap_set_interrupt_handler(vector, NULL, NULL);
	interrupts[vector].is_taken = false;
}

void trap_vector_free_all(void)
{
	for (unsigned int vector = FIRST_VECTOR; vector <= LAST_VECTOR; vector++)
		if (!interrupts[vector].is_kept)
			trap_vector_free((uint8_t)vector);
}

void trap_set_interrupt_handler(uint8_t vector, trap_interrupt_handler *handler, void *arg)
{
	interrupts[vector].handler = handler;
	interrupts[vector].arg = arg;
}

uint64_t trap_stray_count(void)
{
	return stray_count;
}
