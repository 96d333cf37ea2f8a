/* SPDX-License-Identifier: MIT */
/*
 * The steps of a commit for one unit, each checked by what the unit shows afterwards ("Global Status
 * Register", "Root Table Address Register", "Invalidation Queue Address Register").
 */
#include "iommu/bringup/steps.h"

#include "iommu/bringup/undo.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"

/* ---- read-back ---- */

static uint64_t check32(struct bringup *b, unsigned int unit, uint32_t offset)
{
	b->check_reads++;
	return unit_read32(&b->units[unit], offset);
}

static uint64_t check64(struct bringup *b, unsigned int unit, uint32_t offset)
{
	b->check_reads++;
	return unit_read64(&b->units[unit], offset);
}

static enum status not_kept(struct bringup *b, unsigned int unit, enum bringup_reason reason,
			    const char *name, uint64_t seen, uint64_t mask, uint64_t wanted)
{
	b->step_reason = reason;
	return unit_fail(&b->units[unit], STATUS_REFUSED, "%s reads %llx; bits %llx should be %llx",
			 name, (unsigned long long)seen, (unsigned long long)mask,
			 (unsigned long long)wanted);
}

static enum status expect64(struct bringup *b, unsigned int unit, const char *name, uint32_t offset,
			    uint64_t mask, uint64_t wanted)
{
	const uint64_t seen = check64(b, unit, offset);

	if ((seen & mask) == wanted)
		return STATUS_OK;
	return not_kept(b, unit, BRINGUP_REASON_REGISTER_NOT_KEPT, name, seen, mask, wanted);
}

static enum status expect32(struct bringup *b, unsigned int unit, enum bringup_reason reason,
			    const char *name, uint32_t offset, uint64_t mask, uint64_t wanted)
{
	const uint64_t seen = check32(b, unit, offset);

	return (seen & mask) == wanted ? STATUS_OK
				       : not_kept(b, unit, reason, name, seen, mask, wanted);
}

/* ---- steps ---- */

static enum status step_check(struct bringup *b, unsigned int unit)
{
	struct unit *u = &b->units[unit];
	const struct bringup_unit_plan *planned = &b->plan->units[unit];
	const uint32_t ver = (uint32_t)check32(b, unit, REG_VER);
	const uint64_t cap = check64(b, unit, REG_CAP), ecap = check64(b, unit, REG_ECAP);

	if (ver != planned->caps.ver || cap != planned->caps.cap || ecap != planned->caps.ecap) {
		b->step_reason = BRINGUP_REASON_CAPS_CHANGE;
		return unit_fail(u, STATUS_REFUSED,
				 "VER %x CAP %llx ECAP %llx; planned for %x %llx %llx", ver,
				 (unsigned long long)cap, (unsigned long long)ecap,
				 planned->caps.ver, (unsigned long long)planned->caps.cap,
				 (unsigned long long)planned->caps.ecap);
	}
	b->step_reason = BRINGUP_REASON_NO_TABLES;
	if (planned->translates && (!b->tables->roots[unit].entries ||
				    b->tables->format.scalable != b->plan->format.scalable))
		return unit_fail(u, STATUS_REFUSED, "no root table of the planned format");
	if (b->plan->interrupt_remapping && !b->interrupt_table.value)
		return unit_fail(u, STATUS_REFUSED, "no interrupt remapping table");
	if (u->queue.on)
		return unit_fail(u, STATUS_REFUSED, "the unit is in use: its queue is ours");
	return STATUS_OK;
}

static enum status step_rest(struct bringup *b, unsigned int unit)
{
	const uint64_t on = FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES) | FIELD_MASK(GSTS_IRES);
	enum status status;

	bringup_take_snapshot(b, unit);
	status = translation_rest(&b->units[unit]);
	if (status == STATUS_OK)
		status = expect32(b, unit, BRINGUP_REASON_STATUS_NOT_KEPT, "GSTS", REG_GSTS, on, 0);
	if (status == STATUS_OK)
		status = expect32(b, unit, BRINGUP_REASON_REGISTER_NOT_KEPT, "FECTL", REG_FECTL,
				  FIELD_MASK(EVENT_CTL_IM), FIELD_MASK(EVENT_CTL_IM));
	return status;
}

/* Some emulators keep IQA.DW without showing it: that 256-bit descriptors work shows later. */
static enum status step_queue(struct bringup *b, unsigned int unit)
{
	const enum bringup_queue width = b->plan->units[unit].queue;
	struct unit *u = &b->units[unit];
	enum status status;

	if (width == BRINGUP_QUEUE_NONE)
		return STATUS_OK;
	status = queue_enable(u, width == BRINGUP_QUEUE_256, 0);
	if (status != STATUS_OK)
		return status;
	return expect64(b, unit, "IQA", REG_IQA, FIELD_MASK(IQA_IQA) | FIELD_MASK(IQA_QS),
			phys_of(u->queue.ring).value);
}

static enum status step_root(struct bringup *b, unsigned int unit)
{
	const enum ttm ttm = b->plan->format.scalable ? TTM_SCALABLE : TTM_LEGACY;
	const phys_t root = phys_of(b->tables->roots[unit].entries);
	struct unit *u = &b->units[unit];
	enum status status = unit_flush_write_buffer(u);
	uint64_t seen;

	if (status == STATUS_OK)
		status = unit_latch_root(u, root, ttm);
	if (status != STATUS_OK)
		return status;
	seen = check64(b, unit, REG_RTADDR);
	if (reg_get(seen, RTADDR_TTM) != ttm)
		return not_kept(b, unit, BRINGUP_REASON_MODE_NOT_KEPT, "RTADDR", seen,
				FIELD_MASK(RTADDR_TTM), reg_put(RTADDR_TTM, ttm));
	if ((seen & FIELD_MASK(RTADDR_RTA)) != root.value)
		return not_kept(b, unit, BRINGUP_REASON_REGISTER_NOT_KEPT, "RTADDR", seen,
				FIELD_MASK(RTADDR_RTA), root.value);
	return STATUS_OK;
}

/*
 * Where latching the root flushed everything, one descriptor of the mode is run all the same: it is
 * refused if the unit latched another mode than it shows, and if the queue is dead.
 */
static enum status step_invalidate(struct bringup *b, unsigned int unit)
{
	struct context_invalidation contexts = { .granularity = GRANULARITY_GLOBAL };
	struct pasid_invalidation pasids = { .granularity = PC_GLOBAL };
	struct unit *u = &b->units[unit];

	if (!caps_has(&u->caps, CAPABILITY_ESRTPS))
		return invalidate_all(u);
	return b->plan->format.scalable ? invalidate_pasid_cache(u, pasids)
					: invalidate_context_cache(u, contexts);
}

static enum status step_interrupts(struct bringup *b, unsigned int unit)
{
	const struct interrupt_invalidation all = { 0 };
	struct unit *u = &b->units[unit];
	enum status status;

	if (!b->plan->interrupt_remapping)
		return STATUS_OK;
	status = unit_latch_irt(u, b->interrupt_table, b->interrupt_table_s,
				b->plan->extended_interrupts);
	if (status == STATUS_OK)
		status = expect64(b, unit, "IRTA", REG_IRTA, FIELD_MASK(IRTA_IRTA),
				  b->interrupt_table.value);
	if (status == STATUS_OK && !caps_has(&u->caps, CAPABILITY_ESIRTPS))
		status = invalidate_interrupts(u, all);
	return status == STATUS_OK ? unit_set_interrupt_remapping(u, true) : status;
}

static enum status step_enable(struct bringup *b, unsigned int unit)
{
	uint64_t on = FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_RTPS);
	enum status status = unit_set_translation(&b->units[unit], true);

	if (status != STATUS_OK)
		return status;
	if (b->units[unit].queue.on)
		on |= FIELD_MASK(GSTS_QIES);
	if (b->plan->interrupt_remapping)
		on |= FIELD_MASK(GSTS_IRES);
	return expect32(b, unit, BRINGUP_REASON_STATUS_NOT_KEPT, "GSTS", REG_GSTS, on, on);
}

/* From here on the tables protect what an earlier stage had protected by ranges. */
static enum status step_protected(struct bringup *b, unsigned int unit)
{
	struct unit *u = &b->units[unit];

	if (!reg_get(b->found[unit].pmen, PMEN_EPM))
		return STATUS_OK;
	unit_write32(u, REG_PMEN, 0);
	return unit_wait32(u, "PMEN", REG_PMEN, (uint32_t)FIELD_MASK(PMEN_PRS), 0);
}

static enum status (*const steps[])(struct bringup *b, unsigned int unit) = {
	[BRINGUP_STEP_CHECK] = step_check,	     [BRINGUP_STEP_REST] = step_rest,
	[BRINGUP_STEP_QUEUE] = step_queue,	     [BRINGUP_STEP_ROOT] = step_root,
	[BRINGUP_STEP_INVALIDATE] = step_invalidate, [BRINGUP_STEP_INTERRUPTS] = step_interrupts,
	[BRINGUP_STEP_ENABLE] = step_enable,	     [BRINGUP_STEP_PROTECTED] = step_protected,
};

/* A unit that does not translate has a queue and interrupts all the same. */
static bool is_due(const struct bringup_unit_plan *planned, enum bringup_step step)
{
	switch (step) {
	case BRINGUP_STEP_ROOT:
	case BRINGUP_STEP_INVALIDATE:
	case BRINGUP_STEP_ENABLE:
	case BRINGUP_STEP_PROTECTED:
		return planned->translates;
	default:
		return planned->is_used;
	}
}

enum status bringup_run_step(struct bringup *b, enum bringup_step step, unsigned int unit)
{
	enum status status;

	if (!is_due(&b->plan->units[unit], step))
		return STATUS_OK;
	b->step_reason = BRINGUP_REASON_STEP_FAILED;
	status = steps[step](b, unit);
	if (status != STATUS_OK)
		bringup_fail(b, step, unit, b->step_reason, unit_failure(&b->units[unit]));
	return status;
}
