/* SPDX-License-Identifier: MIT */
#include "iommu/unit/device_tlb.h"

#include "iommu/unit/queue.h"

enum { SMALLEST_SHIFT = 12, EVERYTHING_SHIFT = 64, PFSID_LOW_BITS = 4 };

/*
 * A range larger than a page is told by S and the lowest bit of the address that is 0: all below it
 * are ones, and none of them counts.
 */
static uint64_t encode_range(struct device_tlb_invalidation what)
{
	uint64_t below;

	if (what.size_shift <= SMALLEST_SHIFT)
		return what.address.value;
	below = UINT64_MAX >> (EVERYTHING_SHIFT + 1 - what.size_shift);
	return (what.address.value & ~below & ~(below + 1)) |
	       (below >> SMALLEST_SHIFT << SMALLEST_SHIFT);
}

/* Each function of ours is a physical one, so PFSID repeats the source-id. */
static struct descriptor without_pasid(const struct unit *unit, struct device_tlb_invalidation what)
{
	struct descriptor d = { { INV_DEVTLB } };

	field_set(d.q, INV_DEVTLB_SID, what.sid);
	field_set(d.q, INV_DEVTLB_S, what.size_shift > SMALLEST_SHIFT);
	field_set_address(d.q, INV_DEVTLB_ADDR, encode_range(what));
	if (!caps_has(&unit->caps, CAPABILITY_DIT))
		return d;
	field_set(d.q, INV_DEVTLB_PFSID_LOW, what.sid % (1u << PFSID_LOW_BITS));
	field_set(d.q, INV_DEVTLB_PFSID_HIGH, what.sid >> PFSID_LOW_BITS);
	return d;
}

static struct descriptor with_pasid(const struct unit *unit, struct device_tlb_invalidation what)
{
	struct descriptor d = { { INV_PDEVTLB } };

	field_set(d.q, INV_PDEVTLB_SID, what.sid);
	field_set(d.q, INV_PDEVTLB_PASID, what.pasid);
	field_set(d.q, INV_PDEVTLB_GI, what.all_pasids);
	field_set(d.q, INV_PDEVTLB_S, what.size_shift > SMALLEST_SHIFT);
	field_set_address(d.q, INV_PDEVTLB_ADDR, encode_range(what));
	if (!caps_has(&unit->caps, CAPABILITY_DIT))
		return d;
	field_set(d.q, INV_PDEVTLB_PFSID_LOW, what.sid % (1u << PFSID_LOW_BITS));
	field_set(d.q, INV_PDEVTLB_PFSID_HIGH, what.sid >> PFSID_LOW_BITS);
	return d;
}

struct descriptor descriptor_device_tlb(const struct unit *unit,
					struct device_tlb_invalidation what)
{
	return what.has_pasid ? with_pasid(unit, what) : without_pasid(unit, what);
}

struct device_tlb_invalidation device_tlb_whole(uint16_t sid)
{
	return (struct device_tlb_invalidation){ .sid = sid, .size_shift = EVERYTHING_SHIFT };
}

enum status invalidate_device_tlb(struct unit *unit, struct device_tlb_invalidation what)
{
	if (!unit->queue.on)
		return unit_fail(unit, STATUS_UNSUPPORTED,
				 "device-TLB invalidation needs the queue, which is off");
	return queue_run(unit, descriptor_device_tlb(unit, what));
}
