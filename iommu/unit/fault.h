/* SPDX-License-Identifier: MIT */
/*
 * Faults as the unit recorded them ("Fault Recording Registers").
 */
#pragma once

#include <stddef.h>

#include "iommu/unit/unit.h"

enum fault_type { FAULT_WRITE, FAULT_PAGE_REQUEST, FAULT_READ, FAULT_ATOMIC };

struct fault {
	uint8_t reason;
	enum fault_type type;
	uint8_t address_type; /* AT: 0 untranslated, 1 translation request, 2 translated */
	uint16_t sid;
	bool has_pasid;
	uint32_t pasid; /* PV, also when has_pasid is false: a unit should leave 0 there */
	bool execute;
	bool privileged;
	uint64_t address; /* FI, bits 63:12 of the request's address; bits 11:0 are 0 */
};

struct fault_log {
	unsigned int count; /* records found, also those that did not fit into `faults` */
	bool overflow;	    /* FSTS.PFO */
	uint32_t fsts;	    /* as read before anything was cleared */
	struct fault faults[8];
};

/* Takes a raw record apart ("Fault Recording Registers"). */
struct fault fault_decode(const uint64_t record[2]);

/*
 * Reads every fault record (CAP.NFR + 1 of them) from FSTS.FRI on, clears each, then the overflow
 * bit. Touches no other bit of FSTS.
 */
void fault_collect(struct unit *unit, struct fault_log *log);

/* Throws away whatever is recorded. */
void fault_clear(struct unit *unit);

/* "write", "read", ... */
const char *fault_type_name(enum fault_type type);

/* { reason: 39, label: SRT.2, sid: "00:04.0", type: write, address: 7f000, pasid: none } */
int fault_format(char *text, size_t size, const struct fault *fault);
