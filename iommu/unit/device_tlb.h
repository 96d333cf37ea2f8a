/* SPDX-License-Identifier: MIT */
/*
 * Translations that devices keep themselves ("Handling of Device-TLB Invalidations"): which devices may
 * do so, and how they are made to forget. Through the queue only, and behind the invalidation of the
 * unit's own IOTLB: a device that asks again before that would be given the old translation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/addr.h"
#include "iommu/spec/tables.h"
#include "iommu/unit/status.h"

struct unit;

/* ---- one request ---- */

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

/* ---- the devices behind a unit that may keep translations ---- */

struct device_tlb {
	uint16_t sid;
	bool has_pasids;    /* its requests may have PASIDs */
	uint32_t rid_pasid; /* whose entry those without use */
};

enum { DEVICE_TLBS_MAX = 32 };

struct device_tlbs {
	unsigned int count;
	struct device_tlb devices[DEVICE_TLBS_MAX];
};

bool device_tlb_is_known(const struct unit *unit, uint16_t sid);

/* Due before a context entry allows it; what was known of that source-id is replaced. */
enum status device_tlb_add(struct unit *unit, struct device_tlb device) MUST_USE;
void device_tlb_remove(struct unit *unit, uint16_t sid);
void device_tlb_remove_all(struct unit *unit);

/* That device, if it is known, forgets everything. */
enum status device_tlb_forget_device(struct unit *unit, uint16_t sid) MUST_USE;

/* Each device forgets whatever it keeps for that PASID; for RID_PASID, of its requests without one. */
enum status device_tlb_forget_pasid(struct unit *unit, uint32_t pasid) MUST_USE;

/* The same of 2^size_shift bytes; `pasid` NULL: for any PASID, and without one. */
enum status device_tlb_forget_range(struct unit *unit, iova_t from, unsigned int size_shift,
				    const uint32_t *pasid) MUST_USE;
