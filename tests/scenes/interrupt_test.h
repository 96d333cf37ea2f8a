/* SPDX-License-Identifier: MIT */
/*
 * What tests of interrupt remapping share: a unit that remaps through a table with one entry, two
 * receivers on this processor, and what came of a request that an agent sent.
 */
#pragma once

#include "iommu/structures/interrupt_table.h"
#include "tests/test.h"

enum {
	INTERRUPT_TEST_S = 7,	     /* the table has 256 entries */
	INTERRUPT_TEST_INDEX = 0x2b, /* the one that is present */
	INTERRUPT_RECEIVERS = 2,
};

struct interrupt_test {
	struct interrupt_table table;
	bool is_extended; /* IRTA.EIME */
	uint8_t vector[INTERRUPT_RECEIVERS];
	struct irte last;			/* entry published */
	const struct posted_descriptor *posted; /* where it posts to, if it does */
	void (*on_arrival)(void); /* what a source needs before the interrupt ends; NULL: nothing */
};

/*
 * Opens: queue on, the table latched, its entry leading to receiver 0, interrupt remapping on,
 * translation off, the agent a bus master. run->fixture is a struct interrupt_test.
 */
extern const struct fixture interrupt_test_fixture;

/* An entry that leads requests of the test's agent to a receiver. */
struct irte interrupt_test_entry(const struct test_run *run, unsigned int receiver);

/* Publishes an entry; false after test_fail(). */
bool interrupt_test_publish(struct test_run *run, uint16_t index, const struct irte *entry);

/* Puts another table in the place of the fixture's while remapping is on; false after test_fail(). */
bool interrupt_test_load(struct test_run *run, const struct interrupt_table *table, bool extended);

/* The request for an entry of the table, without a subhandle. */
struct interrupt_message interrupt_test_request(uint16_t index);

/*
 * A request that reaches this processor at `vector` where no table is used, and has an index where one is: its
 * destination, shifted. That is beyond a table of INTERRUPT_TEST_S where our APIC id is 2 or more.
 */
struct interrupt_message interrupt_both_formats(uint8_t vector);
uint16_t interrupt_index_of(struct interrupt_message message);

/* How a request is sent, and what must come of it. */
struct interrupt_due {
	unsigned int receiver;
	uint8_t reason; /* not 0: it is blocked with this fault */
	uint16_t index; /* that the record names; not looked at where the reason leaves it open */
	bool is_unrecorded;   /* blocked, and FPD keeps it from being recorded */
	bool is_elsewhere;    /* sent to somebody else, without a fault */
	uint8_t other_reason; /* not 0: this one will do, too, where two rules are broken */
	bool is_level;
	bool is_dma; /* the request is sent as DMA */
	bool is_8_bytes;
	bool is_compatible; /* as it was sent, through no entry */
};

/*
 * The agent sends the request; what came must be what is due. `label`, which may be NULL, begins each
 * complaint, each told once. True if the interrupt went where it should, whatever was recorded.
 */
bool interrupt_test_expect(struct test_run *run, struct interrupt_message message,
			   struct interrupt_due due, const char *label);

/* What came of a request, for sweeps: NULL if it is as due, else words without addresses. */
const char *interrupt_test_differs(struct test_run *run, struct interrupt_message message,
				   struct interrupt_due due);

/* A test ir.NAME with the fixture, on units that have `more` beside interrupt remapping and the queue. */
#define IR_TEST_ON(more, name, what, title_in_spec, ...)                                   \
	{                                                                                  \
		.id = "ir." name, .title = (what), .spec = (title_in_spec),                \
		.needs = NEED(IR) | NEED(QI) | (more), .fixture = &interrupt_test_fixture, \
		.agent_features = AGENT_INTERRUPT, .run = __VA_ARGS__                      \
	}
#define IR_TEST(...) IR_TEST_ON(0, __VA_ARGS__)
