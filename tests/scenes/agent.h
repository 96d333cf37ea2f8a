/* SPDX-License-Identifier: MIT */
/*
 * A DMA agent: a device that makes a unit translate. It has a buffer of its own; `load` moves memory
 * into it, `store` moves it out to memory, both at addresses the unit translates.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/addr.h"
#include "iommu/unit/unit.h"

enum { AGENTS_MAX = 320, AGENT_BUFFER_BYTES = 4096 };

/* What an agent can put on the bus beside plain requests. */
enum agent_feature {
	AGENT_PASID = 1 << 0,	    /* requests with PASID */
	AGENT_PRIVILEGED = 1 << 1,  /* privileged-mode requests */
	AGENT_TRANSLATION = 1 << 2, /* ATS translation and translated requests */
	AGENT_PAGE_REQUEST = 1 << 3,
	AGENT_ATOMIC = 1 << 4, /* AtomicOp requests: a store that needs read permission, too */
	/* By where it sits; asked with agent_can(). */
	AGENT_OTHER_BUS = 1 << 5,   /* requests from a bus that is not 0 */
	AGENT_UPPER_DEVFN = 1 << 6, /* requests from a devfn of 80h or more */
	AGENT_ZERO_LENGTH = 1 << 7, /* reads of no byte: `load` of 0 bytes */
	AGENT_EXECUTE = 1 << 8,	    /* requests with Execute-Requested */
	AGENT_FEATURE_COUNT = 9,
};

struct dma_address {
	iova_t iova;
	bool has_pasid;
	uint32_t pasid;
	bool privileged;
	bool is_translated; /* the address is physical, from a translation request (AT = 10b) */
	bool is_atomic;
	bool is_execute;
};

/* Requests that move no data. */
enum agent_question { ASK_TRANSLATION, ASK_PAGE };

/* A write of `bytes` (4; 8 is no interrupt, whatever it looks like) to an interrupt address. */
struct agent_interrupt {
	uint64_t address;
	uint64_t data;
	unsigned int bytes;
	bool is_dma; /* as a DMA write, not as the agent's own message, if those are two things */
};

struct agent {
	const char *name; /* "edu" */
	uint16_t segment;
	uint16_t function; /* where it sits: bus 15:8, devfn 7:0 */
	uint16_t sid; /* the source-id of its requests: the same, unless a bridge puts in its own */
	struct unit *unit; /* the one that translates for it */
	unsigned int features;
	unsigned int transfer_max_bytes;
	uint64_t address_mask; /* address bits it can drive; the others read as 0 */

	/*
	 * One transfer between `bytes` of the buffer at `offset` and memory at `address`. Returns
	 * false if the device did not finish in time. Says nothing about faults: the unit does.
	 */
	bool (*load)(struct agent *agent, struct dma_address address, unsigned int offset,
		     unsigned int bytes);
	bool (*store)(struct agent *agent, struct dma_address address, unsigned int offset,
		      unsigned int bytes);
	/*
	 * Asks for a translation to read and write, or for a page. True if the answer is positive. NULL
	 * without AGENT_TRANSLATION and AGENT_PAGE_REQUEST.
	 */
	bool (*ask)(struct agent *agent, enum agent_question question, struct dma_address address);
	/* Sends an interrupt request. False if the agent cannot, or did not finish. */
	bool (*interrupt)(struct agent *agent, const struct agent_interrupt *request);
	void (*set_bus_master)(struct agent *agent, bool on);
	void *device;
};

/* The agent has all of these features. */
static inline bool agent_can(const struct agent *agent, unsigned int features)
{
	unsigned int own = agent->features;

	if (agent->sid >> 8)
		own |= AGENT_OTHER_BUS;
	if (agent->sid & 0x80)
		own |= AGENT_UPPER_DEVFN;
	return (own & features) == features;
}
