/* SPDX-License-Identifier: MIT */
/*
 * One DMA of a test, and where its data went. The verdict comes from the canary pages, never from
 * what the device says.
 */
#pragma once

#include "tests/scenes/scene.h"

/* Where the agent reaches, relative to the stage's window. */
enum dma_place {
	DMA_WINDOW,	     /* the mapped pages */
	DMA_UNMAPPED,	     /* the page after the window, which the tables do not map */
	DMA_TOO_WIDE,	     /* just above the address width of the tables */
	DMA_HOLE_END,	     /* the last page between the canonical halves of a first stage */
	DMA_LAST_MAPPABLE,   /* the last page below that width, which is not mapped */
	DMA_INTERRUPT_RANGE, /* FEE0_0000h */
	DMA_ABOVE_HOST,	     /* just above the host address width */
};

/* What kind of request it is; only the first two move data. */
enum dma_kind {
	REQUEST_UNTRANSLATED,
	REQUEST_TRANSLATED, /* straight to target 0, as if the agent had asked for its address before */
	REQUEST_TRANSLATION,
	REQUEST_PAGE,
};

/* All zero is a write of a few bytes to the first mapped page, with the PASID of the scene if it has one. */
struct dma {
	bool is_read;
	bool is_atomic;	     /* a write that swaps: needs AGENT_ATOMIC */
	bool is_execute;     /* needs AGENT_EXECUTE */
	bool is_zero_length; /* a read of no byte, judged by faults alone: needs AGENT_ZERO_LENGTH */
	enum dma_kind kind;
	bool without_pasid;
	bool privileged;
	uint32_t pasid; /* not 0: this one instead of the scene's */
	enum dma_place place;
	unsigned int offset; /* bytes from the start of the window, 0 .. 2 * 4096 - 1 */
	unsigned int bytes;  /* 0: 4, or as few as the agent can; up to DMA_MAX_BYTES */
	uint64_t flip;	     /* in the window: address bits that are the other way round */
};

enum { DMA_MAX_BYTES = 1024 };

enum landing {
	DMA_LANDED,	  /* exactly the bytes the tables say */
	DMA_NOWHERE,	  /* nothing changed; a read brought nothing of ours */
	DMA_UNTRANSLATED, /* the bystander at the same physical address was hit */
	DMA_ASTRAY,	  /* anything else */
	DMA_STUCK,	  /* the agent did not finish */
};

const char *landing_name(enum landing landing);

/* The address a DMA goes to, and all that goes with it over the bus. */
iova_t dma_address(const struct stage *stage, const struct dma *dma);
struct dma_address dma_bus_address(const struct stage *stage, const struct dma *dma);

/* Loads the agent's buffer with the pattern that writes carry. The tables must translate. */
bool dma_arm(struct stage *stage);
/* The same while the unit's translation is off. */
bool dma_arm_untranslated(struct stage *stage) MUST_USE;

/* The agent writes, or asks (it "lands" if the answer is positive); judged at once. */
enum landing dma_write(struct stage *stage, const struct dma *dma);

/*
 * The agent reads. What it got is looked at later with dma_read_result(), when the tables translate
 * again. False: the agent did not finish.
 */
bool dma_read(struct stage *stage, const struct dma *dma);
enum landing dma_read_result(struct stage *stage, const struct dma *dma);

/*
 * The agent writes a few bytes to page `page` of the window (0 or 1). Which canary shows them, and it
 * alone; CANARY_COUNT if none does. For tests that move a mapping from page to page.
 */
enum canary dma_hit(struct stage *stage, unsigned int page);

/* The same for any such write to the start of a page. */
enum canary dma_hit_by(struct stage *stage, const struct dma *dma);

/* Another agent behind the same unit, which is to make transfers of its own, gets the stage's mailbox, too. */
void dma_lend_mailbox(const struct stage *stage, struct agent *other);

/* What writes of the stage's agent carry, from the first byte on. */
const uint8_t *dma_written(const struct stage *stage);

/* No canary has changed since dma_reset_canaries(). */
bool dma_canaries_are_untouched(const struct stage *stage);

/*
 * For who knows better than a scene where data is due: the agent writes, and nobody judges (false: it did not
 * finish). Then whether the canaries show those bytes at `offset` of that page and nothing else; bytes 0: nothing
 * at all.
 */
bool dma_send(struct stage *stage, const struct dma *dma);
bool dma_shows(struct stage *stage, enum canary page, unsigned int offset, unsigned int bytes);

/* What dma_read() brought, to the mailbox; the tables must translate. Then whether it is from there. */
bool dma_fetch(struct stage *stage, const struct dma *dma);
bool dma_brought(const struct stage *stage, enum canary page, unsigned int offset,
		 unsigned int bytes);

/* Pages of the stage as they were before any DMA. */
void dma_reset_canaries(struct stage *stage);
