/* SPDX-License-Identifier: MIT */
/* Exceptions and interrupts: what arrives, who handles it, and how a failing function is left. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* As vectors.asm pushes it. Handlers may change registers, rip and rflags. */
struct trap_frame {
	uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t vector, error_code;
	uint64_t rip, cs, rflags, rsp, ss;
};

#define TRAP_WATCHDOG_VECTOR 0x100 /* trap_report.vector of a function that ran too long */

struct trap_report {
	unsigned vector; /* exception number, or TRAP_WATCHDOG_VECTOR */
	uint64_t error_code;
	uint64_t rip;
	uint64_t cr2;	  /* page faults only, else 0 */
	const char *name; /* "page fault (#PF)", "watchdog", ... */
};

/* Loads the IDT with all 256 vectors. */
void trap_init(uint64_t image_load_offset);

/*
 * Runs fn(arg). Returns true if it came back by itself, and false if it raised an exception or ran
 * for longer than `limit_us` (0: no limit); `report` then says what happened. Guards nest; the inner
 * one catches, the outer one's time limit stands still meanwhile. A function that turns interrupts
 * off and then loops is beyond the watchdog's reach. What fn had in hand when it was cut short
 * (memory, device state) is the caller's to clean up. See time.h about -icount.
 */
bool trap_guard(void (*fn)(void *), void *arg, uint64_t limit_us, struct trap_report *report);

/* How far code of the program lies from its link address: rip - trap_load_offset() fits the ELF. */
uint64_t trap_load_offset(void);

/*
 * Offers every page fault to `handler` first. It may change the frame and returns true to resume,
 * false to let the fault count as an exception. Interrupts are on if they were where the fault
 * happened. NULL removes it.
 */
typedef bool trap_page_fault_handler(struct trap_frame *frame, uint64_t address);
void trap_set_page_fault_handler(trap_page_fault_handler *handler);

/*
 * Interrupt vectors for MSIs: alloc gives one of 30h to DFh, or 0 if none is left. The handler runs
 * with interrupts off, beyond the watchdog's reach; end of interrupt is signalled after it. NULL
 * removes it.
 */
typedef void trap_interrupt_handler(void *arg);
uint8_t trap_vector_alloc(void);

/* The same for a device that keeps it: trap_vector_free_all() leaves it alone. */
uint8_t trap_vector_alloc_for_ever(void);
void trap_vector_free(uint8_t vector);

/* Takes all of them back, handlers too: for when whoever had them was cut short. */
void trap_vector_free_all(void);
void trap_set_interrupt_handler(uint8_t vector, trap_interrupt_handler *handler, void *arg);

/* Interrupts that came on vectors nobody had set up, so far. */
uint64_t trap_stray_count(void);
