/* SPDX-License-Identifier: MIT */
#include "iommu/structures/translation.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/invalidate.h"

enum status translation_load_root(struct unit *unit, const struct root_table *root)
{
	enum status status;

	if (root->scalable && !(unit->queue.on && unit->queue.wide))
		return unit_fail(unit, STATUS_REFUSED,
				 "scalable mode needs the queue on with 256-bit descriptors");
	status = unit_latch_root(unit, phys_of(root->entries),
				 root->scalable ? TTM_SCALABLE : TTM_LEGACY);
	if (status != STATUS_OK || caps_has(&unit->caps, CAPABILITY_ESRTPS))
		return status;
	return invalidate_all(unit);
}

enum status translation_start(struct unit *unit, const struct root_table *root)
{
	enum status status = unit_flush_write_buffer(unit);

	if (status == STATUS_OK)
		status = translation_load_root(unit, root);
	if (status == STATUS_OK)
		status = unit_set_translation(unit, true);
	return status;
}

/*
 * A queue that we did not turn on belongs to an earlier stage. It may go off only after a wait
 * descriptor: if the unit insists, one is appended to the ring we found.
 */
static enum status silence_foreign_queue(struct unit *unit)
{
	uint64_t iqa = unit_read64(unit, REG_IQA);
	uint64_t base = field_get_address(&iqa, IQA_IQA);
	uint32_t step = reg_get(iqa, IQA_DW) ? 32 : 16;
	uint32_t ring_bytes = PAGE_BYTES << reg_get(iqa, IQA_QS);
	uint64_t tail = unit_read64(unit, REG_IQT) & FIELD_MASK(IQT_QT);
	struct descriptor wait = queue_wait_descriptor(unit, 0);

	if (!page_is_ram(base, ring_bytes) || tail + step > ring_bytes)
		return unit_fail(unit, STATUS_REFUSED,
				 "the queue an earlier stage left on (IQA %llx) is not in RAM",
				 (unsigned long long)iqa);
	for (unsigned int i = 0; i < step / 8; i++)
		((volatile uint64_t *)(uintptr_t)(base + tail))[i] = wait.q[i];
	cpu_fence();
	unit_write64(unit, REG_IQT, (tail + step) % ring_bytes);
	return unit_set_queued_invalidation(unit, false);
}

static enum status rest_queue(struct unit *unit, uint32_t gsts)
{
	enum status status;

	if (unit->queue.on)
		return queue_disable(unit);
	if (!reg_get(gsts, GSTS_QIES))
		return STATUS_OK;
	status = unit_set_queued_invalidation(unit, false);
	return status == STATUS_OK ? status : silence_foreign_queue(unit);
}

enum status translation_rest(struct unit *unit)
{
	uint32_t gsts = unit_read32(unit, REG_GSTS);
	enum status status = STATUS_OK;

	if (reg_get(gsts, GSTS_IRES))
		status = unit_set_interrupt_remapping(unit, false);
	if (status == STATUS_OK && reg_get(gsts, GSTS_TES))
		status = unit_set_translation(unit, false);
	if (status == STATUS_OK)
		status = rest_queue(unit, gsts);
	unit_write32(unit, REG_FECTL, (uint32_t)FIELD_MASK(EVENT_CTL_IM));
	unit_write32(unit, REG_IECTL, (uint32_t)FIELD_MASK(EVENT_CTL_IM));
	fault_clear(unit);
	/* Whoever stops a unit has stopped the devices behind it, and turned their TLBs off, before. */
	device_tlb_remove_all(unit);
	return status;
}
