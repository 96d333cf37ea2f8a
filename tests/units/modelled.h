/* SPDX-License-Identifier: MIT */
/*
 * Modelled units in this machine: the reference model behind a hole in the page tables, RAM as its
 * memory, the local APIC as the receiver of its messages, and endpoints as the devices it
 * translates for. The driver cannot tell such a unit from a real one.
 */
#pragma once

#include "arch/addr.h"
#include "iommu/structures/interrupt_table.h"
#include "iommu/unit/unit.h"
#include "tests/model/unit.h"
#include "tests/scenes/agents/endpoint.h"
#include "tests/units/topology.h"

enum { MODELLED_MESSAGES = 16 };

struct modelled {
	struct model_unit model;
	const char *words; /* what topo= says of it, not terminated */
	size_t words_bytes;
	void *earlier_stage[2]; /* queue and tables that were left on; NULL: nothing was */
	struct endpoint endpoints[TOPOLOGY_ENDPOINTS];
	struct agent agents[TOPOLOGY_ENDPOINTS];

	/* Messages the model has sent; they go out when it has returned. */
	struct interrupt_message messages[MODELLED_MESSAGES];
	unsigned int message_first;
	unsigned int message_count;
	struct interrupt_message last_message; /* that went out, to whomever */
	unsigned int sent_message_count;
	unsigned int
		lost_message_count; /* for no processor here, or not an interrupt we can raise */
};

/*
 * Builds every unit of the topology and opens its registers, at an address where nothing is mapped.
 * Needs PCI enumerated and everything mapped that will ever be. False, with words in `error`, if
 * memory or address space does not suffice. Once, or again after modelled_dismiss().
 */
bool modelled_build(const struct topology *topology, char *error, size_t error_bytes);

/* Takes all of them away: nobody may use them, nor anything that was found through them, any more. */
void modelled_dismiss(void);

/*
 * What is built now, one unit, stays for good, out of reach of the functions around this one; what is
 * built next stands beside it. For a unit that is looked at as if it were real.
 */
void modelled_keep(void);

/* The DMAR table that reports them, NULL before modelled_build(). */
const void *modelled_table(size_t *bytes);

/* The modelled unit behind a unit that was found, NULL if that is real. */
struct modelled *modelled_of(const struct unit *unit);

/* As after power-on: registers, caches, messages, and no PASID in use. Its defects are gone, too. */
void modelled_power_cycle(struct modelled *modelled);

/* Endpoint number `nth` of all, unit by unit; NULL after the last one. */
const struct agent *modelled_endpoint(unsigned int nth);

/* Sends what the model has to send; to be called whenever it returns, and never from within it. */
void modelled_deliver(struct modelled *modelled);

/* "Programming": an edge-triggered message in compatibility or extended form, for us alone. */
bool modelled_is_for_this_processor(uint64_t address, uint32_t data);

/*
 * What our own software did that the specification leaves undefined, as the model noticed it since
 * the last call: one text, each text once in a run; NULL if there is nothing new.
 */
const char *modelled_new_complaint(const struct unit *unit);
