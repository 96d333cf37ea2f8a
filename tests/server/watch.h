/* SPDX-License-Identifier: MIT */
/*
 * What software does with one unit, as seen from outside: accesses, what was latched and when, in which
 * order, descriptors by kind, virtual commands, and the rules it broke. Changes nothing.
 */
#pragma once

#include "tests/model/unit.h"

enum { WATCH_STEPS = 128, WATCH_KINDS = 16, WATCH_TEXTS = 32, WATCH_INVALIDATIONS = 64 };

/* Something that changed in a unit's status. */
struct watch_step {
	const char *what;  /* "SRTP" */
	unsigned int mode; /* RTADDR.TTM at that time */
	uint64_t access;   /* how many accesses there were before */
	double seconds;	   /* since the server started */
};

struct watch_text {
	const char *text;
	uint64_t count;
};

/* Of the IOTLB: what the unit was told to forget. */
struct watch_range {
	uint64_t address;
	uint64_t bytes; /* 0: more than pages */
};

struct watch {
	struct watch_step steps[WATCH_STEPS];
	unsigned int step_count;		     /* may be more than are kept */
	unsigned int latch_count, translation_count; /* SRTP, and TE turned on */
	unsigned int last_mode;			     /* latched; meaningless without a latch */
	uint64_t first_latch_access;
	double first_latch_seconds;
	uint64_t descriptors[WATCH_KINDS];     /* by enum descriptor_type; 0: no type of the book */
	uint64_t commands, allocations, frees; /* virtual commands, and what they did */
	uint32_t pasid_peak;		       /* most that were out at a time */
	uint64_t named[MODEL_PASID_WORDS(
		MODEL_PASID_LIMIT)]; /* PASIDs in invalidations of the PASID cache */
	uint64_t requests;	     /* of devices */
	uint64_t invalidations;	     /* of the IOTLB, by descriptors and by its register */
	struct watch_range
		ranges[WATCH_INVALIDATIONS]; /* the last ones; number n is at n modulo that */
	uint64_t iva;			     /* as it was written */
	uint64_t dwords; /* accessed: however wide an access was when it left the processor */
	struct watch_text complaints[WATCH_TEXTS], errors[WATCH_TEXTS];

	/* as the unit was before this access */
	uint32_t gsts;
	uint32_t live_count;
};

/* Around each register access; `offset` and `value` of a write, as the bus has them. */
void watch_before(struct watch *watch, const struct model_unit *unit, unsigned int bytes);
void watch_read(struct watch *watch, struct model_unit *unit);
void watch_write(struct watch *watch, struct model_unit *unit, uint32_t offset, unsigned int bytes,
		 uint64_t value);

/* Before a write of IQT: the descriptors that it hands over. */
void watch_descriptors(struct watch *watch, const struct model_unit *unit, uint64_t tail);

/* How many PASIDs invalidations of the PASID cache have named. */
unsigned int watch_named_count(const struct watch *watch);

/* After a request of a device, and whenever else the unit was at work. */
void watch_texts(struct watch *watch, struct model_unit *unit);

/* The machine was reset. */
void watch_reset(struct watch *watch, const struct model_unit *unit);

double watch_seconds(void);
