/* SPDX-License-Identifier: MIT */
/*
 * A unit with everything on, and what a reset leaves of that. What is known of the unit before its reset is plain data
 * in pages that nobody else gets, because a real unit is reset with the whole machine.
 */
#pragma once

#include "iommu/structures/interrupt_table.h"
#include "tests/scenes/dma.h"

/* Groups of registers that are judged together. */
enum reset_group {
	RESET_CAPABILITIES, /* read the same before and after */
	RESET_STATUS,
	RESET_TABLES,
	RESET_COMMANDS,
	RESET_QUEUE,
	RESET_EVENTS,
	RESET_PROTECTED_MEMORY,
	RESET_PAGE_REQUESTS,
	RESET_MEMORY_TYPES,
};

struct reset_rule {
	const char *name;
	uint32_t offset; /* RESET_IOTLB: the register at ECAP.IRO */
	unsigned int bits;
	uint64_t mask;	 /* bits whose value after a reset is stated */
	uint64_t value;	 /* it */
	uint64_t sticky; /* bits that only a power good reset clears */
	uint64_t needs;	 /* without one of these the register is reserved */
	enum reset_group group;
};

enum { RESET_RULES_MAX = 48, RESET_RECORDS_MAX = 8, RESET_IOTLB = 0xffff };

const struct reset_rule *reset_rules(unsigned int *count);

/* What the registers read at one moment; 0 for those the unit lacks. */
struct reset_registers {
	uint64_t value[RESET_RULES_MAX];
	uint64_t record[RESET_RECORDS_MAX][2];
};

void reset_read_registers(struct unit *unit, struct reset_registers *registers);

/* What is remembered of a unit. */
struct reset_memory {
	bool is_ready; /* all that follows was done */
	bool has_dma, has_interrupts, is_compatible;
	bool has_both_formats; /* an entry is there for interrupt_both_formats(), too */
	uint8_t vector;	       /* what the cached interrupt entry leads to */
	bool is_extended;
	uint64_t agent_mask;
	struct stage stage;
	struct interrupt_table interrupts;
	void *requests; /* the page request queue; NULL: there is none */
	struct reset_registers
		at_entry; /* of this boot: what firmware does to a unit it does again */
	struct reset_registers before;
	char failure[160];
};

/*
 * Everything on that the unit has: tables that translate, a queue whose head has moved, interrupt remapping, events
 * unmasked, protected memory; caches filled by the agent (NULL: there is none), faults recorded, an error of the queue
 * last. False with words in memory->failure.
 */
bool reset_prepare(struct reset_memory *memory, struct unit *unit, struct agent *agent);

/* What was seen of the unit after the reset, in the order in which it was looked at. */
struct reset_seen {
	struct reset_registers registers;
	enum landing untranslated; /* of a write while everything is off */
	unsigned int untranslated_faults;
	bool queue_moves;	       /* though it is off */
	bool is_compatible;	       /* an interrupt in compatibility format arrives */
	bool is_past_table;	       /* and one that has an index, past the table of before */
	enum canary hit[WINDOW_PAGES]; /* with other tables, which no invalidation announced */
	bool hit_old[WINDOW_PAGES];
	unsigned int hit_faults[WINDOW_PAGES];
	bool new_interrupt, old_interrupt; /* with another interrupt table: which arrived */
	enum landing works;
	unsigned int blocked_faults; /* of a write to a page that is not mapped */
	char failure[160];	     /* empty, or what could not be done */
};

/* Looks at a unit after its reset; leaves it at rest. memory->stage must belong to `unit` and `agent`. */
void reset_observe(struct reset_memory *memory, struct unit *unit, struct agent *agent,
		   struct reset_seen *seen);
