/* SPDX-License-Identifier: MIT */
/*
 * Page requests of devices: the queue that the unit fills and software empties ("Recoverable Fault
 * Reporting"), what stands in it, and the answer, which goes through the invalidation queue.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "iommu/spec/tables.h"
#include "iommu/unit/status.h"

struct unit;

struct page_queue {
	bool on;
	unsigned int size_log2; /* PQA.PQS: 2^PQS pages */
	uint8_t *ring;
	uint32_t head_bytes;
};

/* "Page Request Descriptor" */
struct page_request {
	uint8_t type; /* enum prq_type: other types say nothing of the rest */
	uint16_t rid;
	bool has_pasid;
	uint32_t pasid; /* as it stands there; it means nothing without has_pasid */
	bool execute;
	bool privileged;
	bool read;
	bool write;
	bool is_last;	/* LPIG: an answer is due, after all of the group was looked at */
	uint16_t group; /* PRGI; it means nothing if neither read nor write is set */
	uint64_t address;
};

/* "Page Group Response Descriptor": rid, PASID and group are those of the request. */
struct page_response {
	uint16_t rid;
	bool has_pasid;
	uint32_t pasid;
	uint16_t group;
	uint8_t code; /* enum page_response_code */
};

/*
 * Allocates a ring of 2^size_log2 pages (0..7) and shows it to the unit. Due before PRE is set in any
 * context entry. The event stays as it is.
 */
enum status page_queue_enable(struct unit *unit, unsigned int size_log2) MUST_USE;

/* Takes the ring away. Due after PRE was cleared everywhere, and what was under way drained. */
void page_queue_disable(struct unit *unit);

/* How many requests fill the ring: one less than there is room for. */
uint32_t page_queue_capacity(const struct page_queue *queue);

/* The oldest request, which leaves the queue. False if there is none. */
bool page_queue_take(struct unit *unit, struct page_request *request);

/* Whatever is in the queue leaves it unread: of a device that is gone, say. */
void page_queue_discard(struct unit *unit);

/*
 * "Software Steps to Drain Page Requests & Responses": what the device with this source-id has sent is
 * in the queue, and what was answered has come there. Needs the invalidation queue, ECAP.DT and
 * ECAP.PDS; PRS.PRO must be clear. STATUS_REFUSED if the queue ran over meanwhile: requests were lost,
 * and the unit may have answered them itself, so this must be done again once PRO is cleared.
 */
enum status page_queue_drain(struct unit *unit, uint16_t sid) MUST_USE;

/* The descriptor that answers. */
struct descriptor descriptor_page_response(struct page_response what);
