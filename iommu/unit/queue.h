/* SPDX-License-Identifier: MIT */
/*
 * The invalidation queue: a ring of descriptors in memory, IQT written by software, IQH advanced
 * by the unit ("Queued Invalidation Interface").
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "iommu/spec/tables.h"
#include "iommu/unit/status.h"

struct unit;

struct queue {
	bool on;
	bool wide;		/* 256-bit descriptors (IQA.DW) */
	unsigned int size_log2; /* IQA.QS: 2^QS pages */
	uint8_t *ring;
	uint32_t tail_bytes;
	uint32_t sequence;
	/* Where wait descriptors report. Never on a stack: a late write must hit nobody else. */
	volatile uint32_t status;
};

/*
 * Allocates a ring of 2^size_log2 pages (0..7) and turns queued invalidation on. wide needs
 * ECAP.SMTS or ECAP.ADMS.
 */
enum status queue_enable(struct unit *unit, bool wide, unsigned int size_log2) MUST_USE;

/* Drains the queue with a wait descriptor, turns queued invalidation off and frees the ring. */
enum status queue_disable(struct unit *unit) MUST_USE;

/*
 * The same without draining, for a queue that does not answer any more: off, errors cleared, ring
 * freed. Fails, and keeps the ring, only where GSTS.QIES stays set.
 */
enum status queue_abandon(struct unit *unit) MUST_USE;

/* The unit was reset, and the queue is gone with all else: frees the ring, and tells the unit nothing. */
void queue_forget(struct unit *unit);

/* Width of a descriptor and size of the ring, as enabled. */
uint32_t queue_descriptor_bytes(const struct queue *queue);
uint32_t queue_ring_bytes(const struct queue *queue);

/* Puts descriptors into the ring as they are, unchecked, and moves the tail once. */
void queue_submit(struct unit *unit, const struct descriptor *descriptors, unsigned int count);

/*
 * Submits a wait descriptor and waits for its status write. STATUS_REFUSED when the unit reports
 * IQE, ICE or ITE instead; the error is left standing for the caller to look at.
 */
enum status queue_wait(struct unit *unit) MUST_USE;

/* Submits one descriptor and waits until it is done. */
enum status queue_run(struct unit *unit, struct descriptor descriptor) MUST_USE;

/*
 * Submits up to QUEUE_TURN_MAX descriptors at once, each of which is done before the next one begins (a wait with
 * FN between them), and waits until all are.
 */
enum { QUEUE_TURN_MAX = 3 };
enum status queue_run_in_turn(struct unit *unit, const struct descriptor *descriptors,
			      unsigned int count) MUST_USE;

/* The same as queue_run(), and page requests that came before it was done are in their queue (PD; needs ECAP.PDS). */
enum status queue_run_and_drain(struct unit *unit, struct descriptor descriptor) MUST_USE;

/*
 * After an error: replaces the descriptor at the head by a harmless one, clears IQE, ICE and ITE
 * and lets the unit go on.
 */
enum status queue_recover(struct unit *unit) MUST_USE;

/* A wait descriptor that writes `data` to the queue's own status word. */
struct descriptor queue_wait_descriptor(struct unit *unit, uint32_t data);
