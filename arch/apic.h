/* SPDX-License-Identifier: MIT */
/* The local interrupt controller: xAPIC, or x2APIC where the firmware left that mode on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define APIC_TIMER_VECTOR    0xe0
#define APIC_SPURIOUS_VECTOR 0xff

/*
 * Masks both 8259 PICs and every local interrupt source, then turns the local APIC on: as x2APIC if it is
 * one already, or if that is wanted and the processor has it, for good.
 */
void apic_init(bool wants_x2apic);
bool apic_is_present(void);
uint32_t apic_id(void);
bool apic_is_x2apic(void);
bool apic_was_x2apic(void); /* before apic_init() */

/*
 * The destination by which a message in logical mode reaches this processor and no other: bit 0 of the
 * flat model on an xAPIC, what hardware derives from the id on an x2APIC.
 */
uint32_t apic_logical_id(void);

/* The message that was last taken on this vector was level-triggered. */
bool apic_is_level(uint8_t vector);

/* Signals the end of the interrupt in service. */
void apic_end_interrupt(void);

/* Signals it for every interrupt in service: a handler was left without returning. */
void apic_end_all_interrupts(void);

/* One-shot timer in its own ticks (bus clock / 16); 0 stops it. */
void apic_timer_set(uint32_t ticks);
uint32_t apic_timer_read(void);

/* Interrupts this processor with `vector` (16 or more), as a message to it would. */
void apic_raise(uint8_t vector);

/* Message address and data that raise `vector` on this processor (fixed, edge, physical). */
uint64_t apic_msi_address(void);
uint32_t apic_msi_data(uint8_t vector);
