/* SPDX-License-Identifier: MIT */
/*
 * Invalidation of translations that a device keeps itself ("Handling of Device-TLB Invalidations").
 * Through the queue only, and behind the invalidation of the unit's own IOTLB: a device that asks again
 * before that would be given the old translation.
 */
#pragma once

#include "iommu/unit/unit.h"

struct device_tlb_invalidation {
	uint16_t sid;
	bool has_pasid; /* of requests with PASID, else of those without; needs 256-bit descriptors */
	uint32_t pasid;
	bool all_pasids;	 /* GI: whatever `pasid` is */
	iova_t address;		 /* aligned to 2^size_shift bytes */
	unsigned int size_shift; /* 12 to 64, which is everything */
};

/* "Device-TLB Invalidate Descriptor" or "PASID-based-Device-TLB Invalidate Descriptor" */
struct descriptor descriptor_device_tlb(const struct unit *unit,
					struct device_tlb_invalidation what);

/* Whatever the device keeps for its requests without PASID. */
struct device_tlb_invalidation device_tlb_whole(uint16_t sid);

/* Returns when the device has answered: STATUS_REFUSED if the unit gave it up (FSTS.ITE). */
enum status invalidate_device_tlb(struct unit *unit, struct device_tlb_invalidation what) MUST_USE;
