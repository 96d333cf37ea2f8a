/* SPDX-License-Identifier: MIT */
/*
 * Invalidation of the translation caches: through the queue when it is on, else through the
 * registers. Every call returns after the unit has done the work, or with a status.
 */
#pragma once

#include "iommu/unit/unit.h"

/* One request each; unused fields are 0. */
struct context_invalidation {
	enum invalidate_granularity granularity;
	uint16_t did;
	uint16_t sid;
	uint8_t function_mask; /* FM: 0 exact, 1..3 leave out that many low bits of the function */
};

struct iotlb_invalidation {
	enum invalidate_granularity granularity;
	uint16_t did;
	iova_t address;	      /* aligned to 2^address_mask pages */
	uint8_t address_mask; /* AM, up to CAP.MAMV */
	bool leaf_only;	      /* IH */
};

struct pasid_invalidation {
	uint8_t granularity; /* enum pc_granularity or enum piotlb_granularity */
	uint16_t did;
	uint32_t pasid;
	iova_t address; /* PIOTLB_PAGES only */
	uint8_t address_mask;
	bool leaf_only;
};

struct interrupt_invalidation {
	bool is_selective; /* not all entries: those whose index is `index`, but for `mask` low bits */
	uint16_t index;
	uint8_t mask; /* IM, up to ECAP.MHMV */
};

/* "Context-cache Invalidate Descriptor" or "Context Command Register" */
enum status invalidate_context_cache(struct unit *unit, struct context_invalidation what) MUST_USE;

/* "IOTLB Invalidate" or "IOTLB Invalidate Register" */
enum status invalidate_iotlb(struct unit *unit, struct iotlb_invalidation what) MUST_USE;

/* "PASID-cache Invalidate Descriptor"; queue only */
enum status invalidate_pasid_cache(struct unit *unit, struct pasid_invalidation what) MUST_USE;

/* "PASID-based IOTLB Invalidate Descriptor"; queue only */
enum status invalidate_pasid_iotlb(struct unit *unit, struct pasid_invalidation what) MUST_USE;

/* "Interrupt Entry Cache Invalidate Descriptor"; queue only */
enum status invalidate_interrupts(struct unit *unit, struct interrupt_invalidation what) MUST_USE;

/*
 * Everything, in the order the specification wants: context cache, PASID cache (in scalable mode,
 * which the width of the queue tells), IOTLB.
 */
enum status invalidate_all(struct unit *unit) MUST_USE;

/* The whole IOTLB: enough after a change of a paging entry. */
enum status invalidate_whole_iotlb(struct unit *unit) MUST_USE;

/* The descriptors themselves, for those who submit them in another way. */
struct descriptor descriptor_context_cache(struct context_invalidation what);
struct descriptor descriptor_iotlb(const struct unit *unit, struct iotlb_invalidation what);
struct descriptor descriptor_pasid_cache(struct pasid_invalidation what);
struct descriptor descriptor_pasid_iotlb(struct pasid_invalidation what);

/*
 * Through the registers, whatever the state of the queue; `granted` receives CAIG or IAIG. Legal
 * only in legacy mode with the queue off and VER major below 6.
 */
enum status invalidate_context_by_register(struct unit *unit, struct context_invalidation what,
					   enum invalidate_granularity *granted) MUST_USE;
enum status invalidate_iotlb_by_register(struct unit *unit, struct iotlb_invalidation what,
					 enum invalidate_granularity *granted) MUST_USE;
