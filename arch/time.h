/* SPDX-License-Identifier: MIT */
/* Time in microseconds, from a time stamp counter whose rate was measured at start. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct deadline {
	uint64_t end_tsc;
};

/*
 * Measures the rate of the time stamp counter against the first reference that works: CPUID leaf
 * 15h, ACPI PM timer, PIT channel 2, CPUID leaf 16h. Needs acpi_init() before.
 */
void time_init(void);

/* Name of the reference used ("ACPI PM timer", ...) and the rate found. */
const char *time_source(void);
uint64_t time_tsc_hz(void);

/* Microseconds since time_init(). */
uint64_t time_now_us(void);

/*
 * Deadlines count the processor's own time. Under QEMU's -icount shift=10 that is about one
 * microsecond per instruction, so be generous: a wait of 1000 us is some 1000 instructions there.
 */
struct deadline deadline_after_us(uint64_t us);
bool deadline_passed(const struct deadline *deadline);

/* Spins for at least `us`. */
void time_delay_us(uint64_t us);

/*
 * Halts the processor for about `us` (interrupts are on meanwhile, and restored after). QEMU with
 * -icount sleep=off jumps over halted time, so this is the way to wait for a slow device. Spins if
 * there is no local APIC timer.
 */
void time_idle_us(uint64_t us);

/* The same, but an interrupt handler that sets `flag` ends it earlier. */
void time_idle_until(const volatile bool *flag, uint64_t us);

/*
 * The watchdog of trap_guard(), which owns it: it expires `us` from now, or never for 0. Returns the
 * microseconds that the watchdog set before had left, 0 if there was none.
 */
uint64_t time_watchdog_set(uint64_t us);

/* Called for every interrupt of the timer. Returns true if the watchdog expired, once. */
bool time_timer_interrupt(void);
