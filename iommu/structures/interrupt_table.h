/* SPDX-License-Identifier: MIT */
/*
 * The interrupt remapping table, and the messages that name its entries ("Interrupt Remapping Table Entry
 * (IRTE) for Remapped Interrupts", "Interrupt Requests in Remappable Format").
 */
#pragma once

#include "iommu/spec/tables.h"
#include "iommu/unit/unit.h"

struct interrupt_table {
	struct irte *entries; /* 2^(s + 1) of them, none present */
	unsigned int s;	      /* IRTA.S */
	bool snooped;
};

/* An empty table of 2^(s + 1) entries, s 0..15. STATUS_NO_MEMORY. */
enum status interrupt_table_create(struct interrupt_table *table, const struct unit *unit,
				   unsigned int s) MUST_USE;

/* Frees it; nothing to do for one that was never created. No unit may use it any more. */
void interrupt_table_destroy(struct interrupt_table *table);

/*
 * Latches the table (IRTA, SIRTP) and empties the interrupt entry cache where that is software's to do (no
 * CAP.ESIRTPS); needs the queue then. `extended`: IRTA.EIME, needs ECAP.EIM; not while IRES is set to another.
 */
enum status interrupt_table_load(struct unit *unit, const struct interrupt_table *table,
				 bool extended) MUST_USE;

/*
 * A present entry: `vector` (16..255), fixed and edge-triggered, to the processor whose APIC id is
 * `destination` (0..255 unless `extended`), for requests of source-id `sid` alone.
 */
struct irte interrupt_entry(uint8_t vector, uint32_t destination, bool extended, uint16_t sid);

/*
 * Replaces the entry at `index`, which is in the table: written, flushed where the fetch does not snoop
 * (ECAP.C), fenced, and the entry cache invalidated for it; needs the queue.
 */
enum status publish_interrupt(struct unit *unit, struct interrupt_table *table, uint16_t index,
			      const struct irte *value) MUST_USE;

/* A DWORD write that is an interrupt request. */
struct interrupt_message {
	uint64_t address;
	uint32_t data;
};

/* The request for the entry at `handle`; with `has_subhandle`, for the one at handle + subhandle. */
struct interrupt_message interrupt_message(uint16_t handle, bool has_subhandle, uint16_t subhandle);
