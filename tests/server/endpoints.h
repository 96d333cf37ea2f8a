/* SPDX-License-Identifier: MIT */
/*
 * Devices behind the units: each makes its unit translate. A device is a block of registers of 32 bits
 * that any driver can use: say what to send, write GO, read the result. It has a buffer of 4 KiB that
 * reads fill and writes empty.
 */
#pragma once

#include "tests/model/unit.h"
#include "tests/server/endpoint_registers.h"

struct units;

/* What a device asked of its unit, and what came of it. */
struct request_seen {
	uint64_t address;
	uint32_t bytes;
	bool is_write, is_ok;
	uint64_t faults;	/* that the unit recorded for it */
	uint64_t invalidations; /* of the IOTLB, that the unit was told until then */
};

enum { ENDPOINT_DEVICES_MAX = 8, REQUESTS_SEEN = 64 };

struct endpoint {
	unsigned int unit;
	uint16_t sid;
	uint32_t registers[ENDPOINT_BYTES / 4];
	uint8_t buffer[ENDPOINT_BUFFER_BYTES];
	uint32_t message_count; /* invalidations and responses that came here */
	struct request_seen seen[REQUESTS_SEEN];
	unsigned int seen_count; /* may be more than are kept */
};

struct endpoints {
	struct units *units;
	unsigned int count, device_count; /* those with a function of their own come last */
	struct endpoint endpoint[ENDPOINTS_MAX + ENDPOINT_DEVICES_MAX];
};

void endpoints_make(struct endpoints *endpoints, struct units *units);
void endpoints_reset(struct endpoints *endpoints);

/* One more, under this unit, for a function of its own: 8 of them at most, and not in the page of the others. */
struct endpoint *endpoints_make_device(struct endpoints *endpoints, unsigned int unit,
				       uint16_t sid);
void endpoint_reset(struct endpoint *endpoint);

/* Offsets within the endpoint's block. */
uint64_t endpoint_read(struct endpoints *endpoints, struct endpoint *endpoint, uint32_t offset,
		       unsigned int bytes);
void endpoint_write(struct endpoints *endpoints, struct endpoint *endpoint, uint32_t offset,
		    unsigned int bytes, uint64_t value);

/* Offsets from the first endpoint's first register on; what is no register reads 0. */
uint64_t endpoints_read(struct endpoints *endpoints, uint32_t offset, unsigned int bytes);
void endpoints_write(struct endpoints *endpoints, uint32_t offset, unsigned int bytes,
		     uint64_t value);

/* What a unit asks of the device with that source-id. */
enum model_devtlb_answer endpoints_answer_devtlb(struct endpoints *endpoints,
						 const struct model_devtlb_request *request);
void endpoints_take_response(struct endpoints *endpoints,
			     const struct model_page_response *response);
