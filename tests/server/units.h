/* SPDX-License-Identifier: MIT */
/*
 * The units that are served: the reference model for each group of words of topo=, guest memory as what
 * it walks, and a queue of the messages it sends. Their registers lie side by side in one range of
 * addresses, each `stride` bytes wide; before them, in as many bytes, lie the endpoints.
 */
#pragma once

#include <stdio.h>

#include "tests/model/unit.h"
#include "tests/server/endpoints.h"
#include "tests/server/guest_memory.h"
#include "tests/server/watch.h"
#include "tests/units/topology.h"

enum { UNITS_SERVED_MAX = 8, MESSAGES_MAX = 64 };

struct message {
	uint64_t address;
	uint32_t data;
};

struct units;

struct served_unit {
	struct model_unit model;
	struct model_pasid_space pool;
	struct watch watch;
	struct units *all;
};

struct units {
	struct topology topology;
	unsigned int count;
	uint32_t stride;
	struct served_unit unit[UNITS_SERVED_MAX];
	struct model_pasid_space shared_pool;
	struct endpoints endpoints;
	struct guest_memory memory;

	/* Sent by a unit, not yet delivered. */
	struct message messages[MESSAGES_MAX];
	unsigned int message_first, message_count;
	uint64_t sent_count, lost_count;
	unsigned int in_flight_count; /* handed to the transport, which has not heard of them yet */
	bool is_by_hand;	      /* no transport takes them: the guest does */

	unsigned int reset_count;
	FILE *log; /* a line for each access; NULL: none */
};

/* False with words in `error` if the words mean nothing or ask for what cannot be outside. */
bool units_make(struct units *units, const char *words, char *error, size_t error_bytes);
void units_free(struct units *units);

/* Endpoints and units: a power of two. The first unit is `stride` bytes behind the start. */
uint32_t units_bytes(const struct units *units);

/* An access of 1 to 8 bytes; true if it is one of a unit's registers, not of an endpoint's. */
bool units_read(struct units *units, uint32_t offset, unsigned int bytes, uint64_t *value);
bool units_write(struct units *units, uint32_t offset, unsigned int bytes, uint64_t value);

/* The machine was reset: units, endpoints, and no PASID is out any more. */
void units_reset(struct units *units);

/* Takes the oldest message; false if there is none. */
bool units_take_message(struct units *units, struct message *message);
