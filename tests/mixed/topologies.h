/* SPDX-License-Identifier: MIT */
/* The platforms of the matrix, and what is particular about each. */
#pragma once

#include "tests/mixed/rig.h"

/* What expectations rest on (expected.c): typed by hand, not read from the units. */
enum trait {
	HAS_SCALABLE_UNIT = 1 << 0,
	HAS_LEGACY_UNIT = 1 << 1, /* lacks ECAP.SMTS */
	SECOND_LACKS_SSTS = 1 << 2,
	VCMD_FAILS = 1 << 3, /* the allocator cannot be registered, and a request shows it */
	VCMD_LIES = 1 << 4,  /* offers what is no PASID of its own */
	VCMD_DRAFT_ONLY = 1 << 5,
	VCMD_PRIVATE = 1 << 6,	/* each unit has a set of PASIDs of its own */
	VCMD_ON_FIRST = 1 << 7, /* of two, as far as a driver sees */
	VCMD_ON_SECOND = 1 << 8,
	FAILS_ON_SECOND = 1 << 9, /* VCMD_FAILS, while the first unit's allocator is fine */
	FEW_PASIDS_ON_SECOND = 1 << 10,
	NO_COMMON_WIDTH = 1 << 11,
	WALKS_NOT_SNOOPED = 1 << 12, /* the second unit lacks ECAP.SMPWCS */
	SECOND_CACHES_NEW = 1 << 13, /* CAP.CM */
	SECOND_LACKS_PT = 1 << 14,
	SECOND_LACKS_SC = 1 << 15,
	HAS_ABSENT_UNIT = 1 << 16,
	HAS_STRAY_DEVICE = 1 << 17,
	ALL_ESRTPS = 1 << 18,
	KEEPS_CACHES = 1 << 19, /* deviates: translation off does not flush */
	FOUND_ON = 1 << 20,	/* an earlier stage left something on */
	GOES_DOWN = 1 << 21,	/* the strategies that go from scalable to legacy mode are run */
	SECOND_LACKS_FSTS = 1 << 24, /* which is all that the first has */
	SECOND_LACKS_ESRTPS = 1 << 23,
	NEEDS_REAL_SCALABLE = 1 << 22, /* of the real unit: with second stage, without ESRTPS */
};

struct mixed_topology {
	const char *name; /* part of the results' names */
	struct rig_plan plan;
	unsigned int traits;
};

extern const struct mixed_topology mixed_topologies[];
extern const unsigned int mixed_topology_count;
