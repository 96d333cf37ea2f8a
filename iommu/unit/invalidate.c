/* SPDX-License-Identifier: MIT */
#include "iommu/unit/invalidate.h"

struct descriptor descriptor_context_cache(struct context_invalidation what)
{
	struct descriptor d = { { INV_CC } };

	field_set(d.q, INV_CC_G, what.granularity);
	field_set(d.q, INV_CC_DID, what.did);
	field_set(d.q, INV_CC_SID, what.sid);
	field_set(d.q, INV_CC_FM, what.function_mask);
	return d;
}

struct descriptor descriptor_iotlb(const struct unit *unit, struct iotlb_invalidation what)
{
	struct descriptor d = { { INV_IOTLB } };

	field_set(d.q, INV_IOTLB_G, what.granularity);
	field_set(d.q, INV_IOTLB_DW, caps_has(&unit->caps, CAPABILITY_DWD));
	field_set(d.q, INV_IOTLB_DR, caps_has(&unit->caps, CAPABILITY_DRD));
	field_set(d.q, INV_IOTLB_DID, what.did);
	field_set(d.q, INV_IOTLB_AM, what.address_mask);
	field_set(d.q, INV_IOTLB_IH, what.leaf_only);
	field_set_address(d.q, INV_IOTLB_ADDR, what.address.value);
	return d;
}

struct descriptor descriptor_pasid_cache(struct pasid_invalidation what)
{
	struct descriptor d = { { INV_PC } };

	field_set(d.q, INV_PC_G, what.granularity);
	field_set(d.q, INV_PC_DID, what.did);
	field_set(d.q, INV_PC_PASID, what.pasid);
	return d;
}

struct descriptor descriptor_pasid_iotlb(struct pasid_invalidation what)
{
	struct descriptor d = { { INV_PIOTLB } };

	field_set(d.q, INV_PIOTLB_G, what.granularity);
	field_set(d.q, INV_PIOTLB_DID, what.did);
	field_set(d.q, INV_PIOTLB_PASID, what.pasid);
	field_set(d.q, INV_PIOTLB_AM, what.address_mask);
	field_set(d.q, INV_PIOTLB_IH, what.leaf_only);
	field_set_address(d.q, INV_PIOTLB_ADDR, what.address.value);
	return d;
}

static struct descriptor descriptor_interrupts(struct interrupt_invalidation what)
{
	struct descriptor d = { { INV_IEC } };

	field_set(d.q, INV_IEC_G, what.is_selective);
	field_set(d.q, INV_IEC_IM, what.mask);
	field_set(d.q, INV_IEC_IIDX, what.index);
	return d;
}

static enum status refused(struct unit *unit, const char *name, uint64_t value)
{
	return unit_fail(unit, STATUS_REFUSED, "%s reads %016llx: the unit did not invalidate",
			 name, (unsigned long long)value);
}

enum status invalidate_context_by_register(struct unit *unit, struct context_invalidation what,
					   enum invalidate_granularity *granted)
{
	enum status status;
	uint64_t result;

	unit_write64(unit, REG_CCMD,
		     reg_put(CCMD_ICC, 1) | reg_put(CCMD_CIRG, what.granularity) |
			     reg_put(CCMD_FM, what.function_mask) | reg_put(CCMD_SID, what.sid) |
			     reg_put(CCMD_DID, what.did));
	status = unit_wait64(unit, "CCMD", REG_CCMD, FIELD_MASK(CCMD_ICC), 0);
	if (status != STATUS_OK)
		return status;
	result = unit_read64(unit, REG_CCMD);
	*granted = (enum invalidate_granularity)reg_get(result, CCMD_CAIG);
	return *granted == GRANULARITY_NONE ? refused(unit, "CCMD", result) : STATUS_OK;
}

enum status invalidate_iotlb_by_register(struct unit *unit, struct iotlb_invalidation what,
					 enum invalidate_granularity *granted)
{
	uint32_t block = caps_iotlb_offset_bytes(&unit->caps);
	enum status status;
	uint64_t result;

	if (what.granularity == GRANULARITY_SPECIFIC)
		unit_write64(unit, block + REG_IVA_IN_BLOCK,
			     what.address.value | reg_put(IVA_AM, what.address_mask) |
				     reg_put(IVA_IH, what.leaf_only));
	unit_write64(unit, block + REG_IOTLB_IN_BLOCK,
		     reg_put(IOTLB_IVT, 1) | reg_put(IOTLB_IIRG, what.granularity) |
			     reg_put(IOTLB_DID, what.did) |
			     reg_put(IOTLB_DW, caps_has(&unit->caps, CAPABILITY_DWD)) |
			     reg_put(IOTLB_DR, caps_has(&unit->caps, CAPABILITY_DRD)));
	status = unit_wait64(unit, "IOTLB", block + REG_IOTLB_IN_BLOCK, FIELD_MASK(IOTLB_IVT), 0);
	if (status != STATUS_OK)
		return status;
	result = unit_read64(unit, block + REG_IOTLB_IN_BLOCK);
	*granted = (enum invalidate_granularity)reg_get(result, IOTLB_IAIG);
	return *granted == GRANULARITY_NONE ? refused(unit, "IOTLB", result) : STATUS_OK;
}

enum status invalidate_context_cache(struct unit *unit, struct context_invalidation what)
{
	enum invalidate_granularity granted;

	if (unit->queue.on)
		return queue_run(unit, descriptor_context_cache(what));
	return invalidate_context_by_register(unit, what, &granted);
}

enum status invalidate_iotlb(struct unit *unit, struct iotlb_invalidation what)
{
	enum invalidate_granularity granted;

	if (unit->queue.on)
		return queue_run(unit, descriptor_iotlb(unit, what));
	return invalidate_iotlb_by_register(unit, what, &granted);
}

static enum status queue_only(struct unit *unit, const char *name, struct descriptor descriptor)
{
	if (!unit->queue.on)
		return unit_fail(unit, STATUS_UNSUPPORTED,
				 "%s invalidation needs the queue, which is off", name);
	return queue_run(unit, descriptor);
}

enum status invalidate_pasid_cache(struct unit *unit, struct pasid_invalidation what)
{
	return queue_only(unit, "PASID-cache", descriptor_pasid_cache(what));
}

enum status invalidate_pasid_iotlb(struct unit *unit, struct pasid_invalidation what)
{
	return queue_only(unit, "PASID-based IOTLB", descriptor_pasid_iotlb(what));
}

enum status invalidate_interrupts(struct unit *unit, struct interrupt_invalidation what)
{
	return queue_only(unit, "interrupt entry cache", descriptor_interrupts(what));
}

enum status invalidate_whole_iotlb(struct unit *unit)
{
	struct iotlb_invalidation iotlb = { .granularity = GRANULARITY_GLOBAL };

	return invalidate_iotlb(unit, iotlb);
}

enum status invalidate_all(struct unit *unit)
{
	struct context_invalidation contexts = { .granularity = GRANULARITY_GLOBAL };
	struct pasid_invalidation pasids = { .granularity = PC_GLOBAL };
	struct iotlb_invalidation pages = { .granularity = GRANULARITY_GLOBAL };
	struct descriptor all[QUEUE_TURN_MAX];
	unsigned int count = 0;
	enum status status;

	if (!unit->queue.on) {
		status = invalidate_context_cache(unit, contexts);
		return status == STATUS_OK ? invalidate_whole_iotlb(unit) : status;
	}
	all[count++] = descriptor_context_cache(contexts);
	if (unit->queue.wide)
		all[count++] = descriptor_pasid_cache(pasids);
	all[count++] = descriptor_iotlb(unit, pages);
	return queue_run_in_turn(unit, all, count);
}
