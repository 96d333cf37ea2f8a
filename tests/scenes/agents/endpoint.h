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

	/* Which of the two came last: the number of the message among those that came here. */
	unsigned int message_count;
	unsigned int devtlb_at;
	unsigned int response_at;

	/* Sent by the device when it is next asked to forget, ahead of its completion; NULL: nothing. */
	const struct model_request *in_flight;
	struct model_answer in_flight_answer;
};

/* Whatever the bus can carry: inside the guest, and outside. */
extern const struct agent_limits endpoint_limits;

/* The device at `sid` of `segment`, at rest: bus mastering off, a buffer of zeros. */
void endpoint_init(struct endpoint *endpoint, struct modelled *behind, uint16_t segment,
		   uint16_t sid, struct agent *agent);

/* The endpoint that this agent is, NULL if it is a device of another kind. */
struct endpoint *endpoint_of(const struct agent *agent);

/*
 * One request of any type (translation, translated, page request, atomic, zero-length read) within
 * one page; the source-id is filled in. Nothing reaches the unit while bus mastering is off: false
 * then, with an answer of zeros. Otherwise what model_translate() says; no data moves.
 */
bool endpoint_send(struct endpoint *endpoint, const struct model_request *request,
		   struct model_answer *answer);
