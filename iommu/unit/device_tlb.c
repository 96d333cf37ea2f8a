/* SPDX-License-Identifier: MIT */
#include "iommu/unit/device_tlb.h"

#include "iommu/unit/unit.h"

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

/* ---- the devices behind a unit that may keep translations ---- */

static struct device_tlb *find_device_tlb(struct device_tlbs *known, uint16_t sid)
{
	for (unsigned int i = 0; i < known->count; i++)
		if (known->devices[i].sid == sid)
			return &known->devices[i];
	return NULL;
}

bool device_tlb_is_known(const struct unit *unit, uint16_t sid)
{
	for (unsigned int i = 0; i < unit->device_tlbs.count; i++)
		if (unit->device_tlbs.devices[i].sid == sid)
			return true;
	return false;
}

enum status device_tlb_add(struct unit *unit, struct device_tlb device)
{
	struct device_tlbs *known = &unit->device_tlbs;
	struct device_tlb *old = find_device_tlb(known, device.sid);

	if (!unit->queue.on || !caps_has(&unit->caps, CAPABILITY_DT))
		return unit_fail(unit, STATUS_UNSUPPORTED,
				 "device TLBs need ECAP.DT and the queue");
	if (!old && known->count == DEVICE_TLBS_MAX)
		return unit_fail(unit, STATUS_NO_MEMORY, "more than %d devices with a TLB",
				 DEVICE_TLBS_MAX);
	if (!old)
		old = &known->devices[known->count++];
	*old = device;
	return STATUS_OK;
}

void device_tlb_remove(struct unit *unit, uint16_t sid)
{
	struct device_tlbs *known = &unit->device_tlbs;
	struct device_tlb *old = find_device_tlb(known, sid);

	if (old)
		*old = known->devices[--known->count];
}

void device_tlb_remove_all(struct unit *unit)
{
	unit->device_tlbs.count = 0;
}

/* What one device keeps of a range: without PASID, with one, or both. */
static enum status forget(struct unit *unit, const struct device_tlb *device, iova_t from,
			  unsigned int size_shift, const uint32_t *pasid)
{
	struct device_tlb_invalidation what = {
		.sid = device->sid,
		.address = from,
		.size_shift = size_shift,
	};
	enum status status = STATUS_OK;

	if (!pasid || *pasid == device->rid_pasid)
		status = invalidate_device_tlb(unit, what);
	if (status != STATUS_OK || !device->has_pasids || (pasid && *pasid == device->rid_pasid))
		return status;
	what.has_pasid = true;
	what.all_pasids = !pasid;
	what.pasid = pasid ? *pasid : 0;
	return invalidate_device_tlb(unit, what);
}

enum status device_tlb_forget_range(struct unit *unit, iova_t from, unsigned int size_shift,
				    const uint32_t *pasid)
{
	enum status status = STATUS_OK;

	for (unsigned int i = 0; i < unit->device_tlbs.count && status == STATUS_OK; i++)
		status = forget(unit, &unit->device_tlbs.devices[i], from, size_shift, pasid);
	return status;
}

enum status device_tlb_forget_pasid(struct unit *unit, uint32_t pasid)
{
	return device_tlb_forget_range(unit, iova(0), EVERYTHING_SHIFT, &pasid);
}

enum status device_tlb_forget_device(struct unit *unit, uint16_t sid)
{
	const struct device_tlb *device = find_device_tlb(&unit->device_tlbs, sid);

	return device ? forget(unit, device, iova(0), EVERYTHING_SHIFT, NULL) : STATUS_OK;
}
