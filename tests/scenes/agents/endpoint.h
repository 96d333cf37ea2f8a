/* SPDX-License-Identifier: MIT */
/*
 * The device behind a modelled unit: a DMA agent that can put on the bus whatever the bus can carry.
 * Beside load and store, which every agent has, it issues raw requests, answers invalidations of its
 * device TLB and listens to page responses.
 */
#pragma once

#include "tests/model/unit.h"
#include "tests/scenes/agent.h"

struct modelled;

struct endpoint {
	struct modelled *behind;
	uint16_t sid;
	bool is_bus_master;
	uint8_t buffer[AGENT_BUFFER_BYTES];

	/* How the device TLB answers, and what it was asked: the last request and their number. */
	enum model_devtlb_answer devtlb_answer;
	unsigned int devtlb_count;
	struct model_devtlb_request devtlb;

	/* The last page response and their number. */
	unsigned int response_count;
	struct model_page_response response;
};

/* The device at `sid` of `segment`, at rest: bus mastering off, a buffer of zeros. */
void endpoint_init(struct endpoint *endpoint, struct modelled *behind, uint16_t segment,
		   uint16_t sid, struct agent *agent);

/* The endpoint that this agent is, NULL if it is a device of another kind. */
struct endpoint *endpoint_of(const struct agent *agent);
