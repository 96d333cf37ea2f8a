/* SPDX-License-Identifier: MIT */
/*
 * A unit: one remapping engine. This file owns its registers and above all GCMD, which nobody
 * else writes.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/addr.h"
#include "iommu/spec/caps.h"
#include "iommu/spec/regs.h"
#include "iommu/unit/device_tlb.h"
#include "iommu/unit/page_request.h"
#include "iommu/unit/queue.h"
#include "iommu/unit/status.h"

/* Every wait on a unit ends after this long. */
#define UNIT_DEADLINE_US 100000u

enum unit_source { UNIT_REAL, UNIT_MODEL };

/* What an earlier boot stage had left in the registers. */
struct unit_entry_state {
	uint32_t gsts;
	uint32_t fsts;
	uint32_t fectl;
	uint32_t pmen;
	uint64_t rtaddr;
	uint64_t iqa;
	uint64_t irta;
};

struct unit {
	unsigned int index;
	enum unit_source source;
	phys_t base;
	uint16_t segment;
	volatile uint8_t *registers;
	uint32_t register_bytes;
	struct caps caps;
	struct unit_entry_state entry;
	struct queue queue;
	struct page_queue page_queue;
	struct device_tlbs device_tlbs;
	uint64_t
		read_count; /* MMIO accesses since the start: each is an exit of a virtual machine */
	uint64_t write_count;
	uint64_t wide_count;	   /* of them, those of 64 bits */
	uint64_t fault_count;	   /* fault records taken */
	uint64_t descriptor_count; /* descriptors submitted */
	/* Called before and behind every write of a register, by whoever watches the unit; NULL: nobody. */
	void (*before_write)(struct unit *unit, uint32_t offset, unsigned int bytes,
			     uint64_t value);
	void (*after_write)(struct unit *unit, uint32_t offset);
	char failure[200];
};

/*
 * Finds out what answers at `base` and records its capabilities and entry state; writes nothing.
 * STATUS_ABSENT when it reads all zeros or all ones, or (UNIT_REAL) like no unit.
 */
enum status unit_probe(struct unit *unit, unsigned int index, enum unit_source source, phys_t base,
		       uint16_t segment) MUST_USE;

/* Raw register access by byte offset; counted. */
uint32_t unit_read32(struct unit *unit, uint32_t offset);
uint64_t unit_read64(struct unit *unit, uint32_t offset);
void unit_write32(struct unit *unit, uint32_t offset, uint32_t value);
void unit_write64(struct unit *unit, uint32_t offset, uint64_t value);

/* The same where the width comes from a list of registers: 32 or 64 bits. */
static inline uint64_t unit_read(struct unit *unit, uint32_t offset, unsigned int bits)
{
	return bits == 32 ? unit_read32(unit, offset) : unit_read64(unit, offset);
}

static inline void unit_write(struct unit *unit, uint32_t offset, unsigned int bits, uint64_t value)
{
	if (bits == 32)
		unit_write32(unit, offset, (uint32_t)value);
	else
		unit_write64(unit, offset, value);
}

/*
 * Waits until (register & mask) == value; 32-bit registers only. STATUS_TIMEOUT after
 * UNIT_DEADLINE_US, with register name, mask and last value in unit_failure().
 */
enum status unit_wait32(struct unit *unit, const char *name, uint32_t offset, uint32_t mask,
			uint32_t value) MUST_USE;
enum status unit_wait64(struct unit *unit, const char *name, uint32_t offset, uint64_t mask,
			uint64_t value) MUST_USE;

/* Turns one long-lived bit of GCMD on or off and waits for GSTS ("Global Command Register"). */
enum status unit_set_translation(struct unit *unit, bool on) MUST_USE;		    /* TE */
enum status unit_set_queued_invalidation(struct unit *unit, bool on) MUST_USE;	    /* QIE */
enum status unit_set_interrupt_remapping(struct unit *unit, bool on) MUST_USE;	    /* IRE */
enum status unit_set_compatibility_interrupts(struct unit *unit, bool on) MUST_USE; /* CFI */

/*
 * Writes RTADDR and latches it with GCMD.SRTP. Invalidates nothing: translation_load_root() does
 * the whole sequence.
 */
enum status unit_latch_root(struct unit *unit, phys_t root, enum ttm ttm) MUST_USE;

/* Writes IRTA and latches it with GCMD.SIRTP; the table has 2^(s + 1) entries. */
enum status unit_latch_irt(struct unit *unit, phys_t table, unsigned int s, bool eime) MUST_USE;

/* Flushes the write buffer where CAP.RWBF asks for it; else does nothing. */
enum status unit_flush_write_buffer(struct unit *unit) MUST_USE;

bool unit_translation_is_on(struct unit *unit);

/* True where the walk of root, context and PASID structures snoops the caches (ECAP.C). */
bool unit_structures_are_snooped(const struct unit *unit);

/* Remembers why a call failed, and hands the status back: return unit_fail(unit, ...). */
enum status unit_fail(struct unit *unit, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The words of the last failure; never NULL. */
const char *unit_failure(const struct unit *unit);
