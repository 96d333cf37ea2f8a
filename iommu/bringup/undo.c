/* SPDX-License-Identifier: MIT */
/*
 * A unit put back to what it was before a commit touched it. Each part is tried whatever became of
 * the ones before it; in the end the registers are compared.
 */
#include "iommu/bringup/undo.h"

#include "iommu/unit/invalidate.h"

#define LEVELS ((uint32_t)(FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES) | FIELD_MASK(GSTS_IRES)))

static bool has_queue(const struct unit *unit)
{
	return caps_has(&unit->caps, CAPABILITY_QI);
}

static bool has_interrupts(const struct unit *unit)
{
	return caps_has(&unit->caps, CAPABILITY_IR);
}

void bringup_take_snapshot(struct bringup *b, unsigned int unit)
{
	struct unit *u = &b->units[unit];
	const uint64_t reads = u->read_count;

	b->found[unit] = (struct bringup_snapshot){
		.is_taken = true,
		.gsts = unit_read32(u, REG_GSTS),
		.fectl = unit_read32(u, REG_FECTL),
		.pmen = unit_read32(u, REG_PMEN),
		.rtaddr = unit_read64(u, REG_RTADDR),
	};
	if (has_queue(u)) {
		b->found[unit].iectl = unit_read32(u, REG_IECTL);
		b->found[unit].iqa = unit_read64(u, REG_IQA);
		b->found[unit].iqt = unit_read64(u, REG_IQT);
	}
	if (has_interrupts(u))
		b->found[unit].irta = unit_read64(u, REG_IRTA);
	b->found_reads += u->read_count - reads;
}

/* ---- parts ---- */

static enum status undo_protected(struct unit *unit, const struct bringup_snapshot *found)
{
	if (!reg_get(found->pmen, PMEN_EPM) || reg_get(unit_read32(unit, REG_PMEN), PMEN_EPM))
		return STATUS_OK;
	unit_write32(unit, REG_PMEN, (uint32_t)FIELD_MASK(PMEN_EPM));
	return unit_wait32(unit, "PMEN", REG_PMEN, (uint32_t)FIELD_MASK(PMEN_PRS),
			   (uint32_t)FIELD_MASK(PMEN_PRS));
}

/* Written even if GSTS does not show it on: a unit may follow later than it shows. */
static enum status stop_translation(struct unit *unit)
{
	return unit_set_translation(unit, false);
}

static enum status undo_interrupt_table(struct unit *unit, const struct bringup_snapshot *found)
{
	enum status status = STATUS_OK;

	if (!has_interrupts(unit) || unit_read64(unit, REG_IRTA) == found->irta)
		return STATUS_OK;
	if (reg_get(unit_read32(unit, REG_GSTS), GSTS_IRES))
		status = unit_set_interrupt_remapping(unit, false);
	if (status != STATUS_OK)
		return status;
	return unit_latch_irt(unit, phys(field_get_address(&found->irta, IRTA_IRTA)),
			      (unsigned int)reg_get(found->irta, IRTA_S),
			      reg_get(found->irta, IRTA_EIME));
}

static enum status stop_queue(struct unit *unit)
{
	if (!unit->queue.on || queue_disable(unit) == STATUS_OK)
		return STATUS_OK;
	return queue_abandon(unit);
}

/* RTADDR as it was, with TTM and SSIRWE, and latched, so that nothing of ours can come back. */
static enum status latch_found(struct unit *unit, const struct bringup_snapshot *found)
{
	const uint64_t without_mode = found->rtaddr & ~FIELD_MASK(RTADDR_TTM);

	return unit_latch_root(unit, phys(without_mode),
			       (enum ttm)reg_get(found->rtaddr, RTADDR_TTM));
}

/* Nothing that was cached of our tables may live on under those of the earlier stage. */
static enum status forget_ours(struct unit *unit, const struct bringup_snapshot *found)
{
	const bool wide = reg_get(found->rtaddr, RTADDR_TTM) != TTM_LEGACY;
	enum status status;

	if (caps_has(&unit->caps, CAPABILITY_ESRTPS))
		return STATUS_OK;
	if (unit->queue.on) /* it could not be stopped */
		return STATUS_TIMEOUT;
	status = has_queue(unit) ? queue_enable(unit, wide, 0) : STATUS_OK;
	if (status == STATUS_OK)
		status = invalidate_all(unit);
	return status == STATUS_OK ? stop_queue(unit) : status;
}

static enum status undo_root(struct unit *unit, const struct bringup_snapshot *found)
{
	const bool was_changed = unit_read64(unit, REG_RTADDR) != found->rtaddr;
	const bool was_translating = reg_get(found->gsts, GSTS_TES);
	enum status status = STATUS_OK;

	if (was_changed || was_translating)
		status = latch_found(unit, found);
	if (status == STATUS_OK && was_changed && was_translating)
		status = forget_ours(unit, found);
	return status == STATUS_OK && was_translating ? unit_set_translation(unit, true) : status;
}

/* Still translating on the tables of the earlier stage: then it stays so, without a gap. */
static bool is_untouched(struct unit *unit, const struct bringup_snapshot *found)
{
	return reg_get(found->gsts, GSTS_TES) && unit_translation_is_on(unit) &&
	       unit_read64(unit, REG_RTADDR) == found->rtaddr;
}

static enum status undo_queue(struct unit *unit, const struct bringup_snapshot *found)
{
	const bool was_on = reg_get(found->gsts, GSTS_QIES);

	if (!has_queue(unit))
		return STATUS_OK;
	if (was_on && reg_get(unit_read32(unit, REG_GSTS), GSTS_QIES) && !unit->queue.on)
		return STATUS_OK; /* never went off */
	unit_write64(unit, REG_IQT, was_on ? 0 : found->iqt);
	if (unit_read64(unit, REG_IQA) != found->iqa)
		unit_write64(unit, REG_IQA, found->iqa);
	return was_on ? unit_set_queued_invalidation(unit, true) : STATUS_OK;
}

static enum status undo_interrupts(struct unit *unit, const struct bringup_snapshot *found)
{
	const bool was_on = has_interrupts(unit) && reg_get(found->gsts, GSTS_IRES);
	const bool is_on = reg_get(unit_read32(unit, REG_GSTS), GSTS_IRES);

	return was_on == is_on ? STATUS_OK : unit_set_interrupt_remapping(unit, was_on);
}

static void undo_events(struct unit *unit, const struct bringup_snapshot *found)
{
	const uint32_t mask = (uint32_t)FIELD_MASK(EVENT_CTL_IM);

	unit_write32(unit, REG_FECTL, found->fectl & mask);
	if (has_queue(unit))
		unit_write32(unit, REG_IECTL, found->iectl & mask);
}

/* ---- did it work? ---- */

static enum status differs(struct unit *unit, const char *name, uint64_t seen, uint64_t wanted)
{
	return unit_fail(unit, STATUS_REFUSED, "%s reads %llx, was found as %llx", name,
			 (unsigned long long)seen, (unsigned long long)wanted);
}

static enum status compare(struct bringup *b, unsigned int unit)
{
	const struct bringup_snapshot found = b->found[unit];
	const uint32_t event = (uint32_t)FIELD_MASK(EVENT_CTL_IM);
	struct bringup_snapshot now;

	bringup_take_snapshot(b, unit);
	now = b->found[unit];
	b->found[unit] = found;
	if (now.rtaddr != found.rtaddr)
		return differs(&b->units[unit], "RTADDR", now.rtaddr, found.rtaddr);
	if (now.iqa != found.iqa)
		return differs(&b->units[unit], "IQA", now.iqa, found.iqa);
	if (now.irta != found.irta)
		return differs(&b->units[unit], "IRTA", now.irta, found.irta);
	if ((now.gsts ^ found.gsts) & LEVELS)
		return differs(&b->units[unit], "GSTS", now.gsts, found.gsts);
	if ((now.fectl ^ found.fectl) & event)
		return differs(&b->units[unit], "FECTL", now.fectl, found.fectl);
	if ((now.iectl ^ found.iectl) & event)
		return differs(&b->units[unit], "IECTL", now.iectl, found.iectl);
	if (now.pmen != found.pmen)
		return differs(&b->units[unit], "PMEN", now.pmen, found.pmen);
	return STATUS_OK;
}

static enum status worse(enum status before, enum status now)
{
	return before == STATUS_OK ? now : before;
}

enum status bringup_undo_unit(struct bringup *b, unsigned int unit)
{
	const struct bringup_snapshot *found = &b->found[unit];
	struct unit *u = &b->units[unit];
	enum status status;

	if (!found->is_taken)
		return STATUS_OK;
	status = undo_protected(u, found);
	if (!is_untouched(u, found)) {
		status = worse(status, stop_translation(u));
		status = worse(status, undo_interrupt_table(u, found));
		status = worse(status, stop_queue(u));
		status = worse(status, undo_root(u, found));
	}
	status = worse(status, undo_queue(u, found));
	status = worse(status, undo_interrupts(u, found));
	undo_events(u, found);
	return worse(status, compare(b, unit));
}
