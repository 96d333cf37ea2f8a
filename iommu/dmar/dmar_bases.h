/* SPDX-License-Identifier: MIT */
/*
 * Can there be a unit where a DRHD says? A base that cannot be one is neither read nor written: it
 * may be memory, or another device.
 */
#pragma once

#include "arch/address_map.h"
#include "iommu/dmar/dmar.h"

enum dmar_base_standing {
	BASE_FREE,    /* nothing else is known to be there */
	BASE_CLAIMED, /* something else says it is there, too: `reason` says what */
	BASE_REFUSED, /* no unit can be there: `reason` says why */
};

enum { DMAR_REASON_BYTES = 96 };

/*
 * Judges [base, base + bytes), registers of the unit with this number in the table: its base must not be 0 or
 * unaligned, all of it must lie within the host address width and the processor's, clear of what the
 * map knows for certain. `bytes`: at least a page.
 */
enum dmar_base_standing dmar_judge_base(const struct dmar *dmar, unsigned int number,
					uint64_t bytes, const struct address_map *map,
					char reason[DMAR_REASON_BYTES]);

/* Marks a unit as one that is not to be touched, and keeps why as a breach of DRHD_BASE. */
void dmar_refuse_unit(struct dmar *dmar, unsigned int number, const char *reason);
