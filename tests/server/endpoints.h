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

struct endpoint {
	unsigned int unit;
	uint16_t sid;
	uint32_t registers[ENDPOINT_BYTES / 4];
	uint8_t buffer[ENDPOINT_BUFFER_BYTES];
	uint32_t message_count; /* invalidations and responses that came here */
};

struct endpoints {
	struct units *units;
	unsigned int count;
	struct endpoint endpoint[ENDPOINTS_MAX];
};

void endpoints_make(struct endpoints *endpoints, struct units *units);
void endpoints_reset(struct endpoints *endpoints);

/* Offsets from the first endpoint's first register on; what is no register reads 0. */
uint64_t endpoints_read(struct endpoints *endpoints, uint32_t offset, unsigned int bytes);
void endpoints_write(struct endpoints *endpoints, uint32_t offset, unsigned int bytes,
		     uint64_t value);

/* What a unit asks of the device with that source-id. */
enum model_devtlb_answer endpoints_answer_devtlb(struct endpoints *endpoints,
						 const struct model_devtlb_request *request);
void endpoints_take_response(struct endpoints *endpoints,
			     const struct model_page_response *response);
