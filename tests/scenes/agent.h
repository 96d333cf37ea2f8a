/* SPDX-License-Identifier: MIT */
/*
 * A DMA agent: a device that makes a unit translate. `load` moves memory into it, `store` moves something
 * of its own out to memory, both at addresses the unit translates. What it can do is data; a test takes
 * the cheapest agent that can do the job (tests/engine/agents.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/addr.h"
#include "iommu/unit/unit.h"

enum { AGENTS_MAX = 320, AGENT_BUFFER_BYTES = 4096, AGENT_MAILBOX_PAGES_MAX = 130 };

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
	AGENT_BUFFER = 1 << 9,	   /* a buffer: it reads any bytes, and writes what was put there */
	AGENT_INTERRUPT = 1 << 10, /* interrupt requests, their address and data ours to choose */
	AGENT_READ = 1 << 11,	   /* reads that show from which page they came */
	AGENT_ALONE = 1 << 12,	   /* a write is the only request: nothing is fetched before it */
	AGENT_FEATURE_COUNT = 13,
};

/* What a read without AGENT_BUFFER brought, if not the mark of a page. */
enum { AGENT_CAME_NOTHING = 0, AGENT_CAME_STRANGE = 0xff };

struct agent_limits {
	unsigned int features; /* enum agent_feature; those by place are in none */
	unsigned int transfer_max_bytes;
	unsigned int granule_bytes;	  /* transfers have multiples of it, and begin there, too */
	unsigned int write_granule_bytes; /* writes begin at multiples of it; 0: of granule_bytes */
	unsigned int read_granule_bytes;  /* reads do; 0: as writes */
	uint64_t address_mask;		  /* address bits it can drive; the others read as 0 */
	unsigned int transfer_us;	  /* what one takes; 0: it is done when it was told */
	unsigned int mailbox_pages;	  /* that a stage maps for it at least; 0: 1 */
	const uint8_t *writes; /* without AGENT_BUFFER: the first of its bytes, as many as fit */
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
	struct agent_limits limits;

	/*
	 * Of the last transfer. Without AGENT_ALONE: the command was not fetched, so this read was the only request.
	 * Without AGENT_BUFFER: the mark of the page that was read.
	 */
	bool is_fetch_blocked;
	unsigned int silent_count; /* transfers of which its device never told the end */
	iova_t fetch;
	unsigned int came;

	/*
	 * Ends what firmware used it for and makes it ready for `load` and `store`; called once, while its unit is off. Why
	 * it is of no use, or NULL. May be NULL.
	 */
	const char *(*prepare)(struct agent *agent);
	/* From now on the mailbox is there, where `at` leads the agent. May be NULL. */
	void (*settle)(struct agent *agent, iova_t at, uint8_t *mailbox);
	/* Puts a mark, 1 to 254, into a page, which a read of the page brings. Without AGENT_BUFFER. */
	void (*mark)(uint8_t *page, unsigned int mark);
	/*
	 * One transfer between `bytes` of the buffer at `offset` and memory at `address`. Returns
	 * false if the device did not finish in time. Says nothing about faults: the unit does.
	 * Without AGENT_BUFFER `offset` is not looked at. `load` needs AGENT_READ.
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
	/* Sends an interrupt request. False if it did not finish. NULL without AGENT_INTERRUPT. */
	bool (*interrupt)(struct agent *agent, const struct agent_interrupt *request);
	void (*set_bus_master)(struct agent *agent, bool on);
	/* Returns when the messages that its unit has sent are here; NULL: they come as the bus brings them. */
	void (*deliver)(void);
	bool is_by_hand; /* what it delivers are edges of plain interrupts, and nothing else comes */
	void *device;
};

/* The agent has all of these features. */
static inline bool agent_can(const struct agent *agent, unsigned int features)
{
	unsigned int own = agent->limits.features;

	if (agent->sid >> 8)
		own |= AGENT_OTHER_BUS;
	if (agent->sid & 0x80)
		own |= AGENT_UPPER_DEVFN;
	return (own & features) == features;
}

/* Its writes begin at multiples of it. */
static inline unsigned int agent_write_granule_bytes(const struct agent *agent)
{
	const struct agent_limits *limits = &agent->limits;

	return limits->write_granule_bytes ? limits->write_granule_bytes : limits->granule_bytes;
}

/* A transfer of so many bytes, at that offset from the start of a page, is within its limits. */
static inline bool agent_fits(const struct agent *agent, unsigned int offset, unsigned int bytes,
			      bool is_read)
{
	const struct agent_limits *limits = &agent->limits;
	const unsigned int begins = is_read && limits->read_granule_bytes
					    ? limits->read_granule_bytes
					    : agent_write_granule_bytes(agent);

	return bytes <= limits->transfer_max_bytes && !(bytes % limits->granule_bytes) &&
	       !(offset % begins);
}
