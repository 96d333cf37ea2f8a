/* SPDX-License-Identifier: MIT */
/*
 * What software must not do, where the book leaves open what comes of it: told, for whoever wrote that software. A
 * unit does the same with and without what is here.
 */
#include "tests/model/internal.h"

void mu_complain(struct model_unit *unit, const char *text)
{
	if (unit->complaint == NULL)
		unit->complaint = text;
}

const char *model_take_complaint(struct model_unit *unit)
{
	const char *text = unit->complaint;

	unit->complaint = NULL;
	return text;
}

static bool is_new_table_mode(const struct model_unit *unit, uint64_t rtaddr)
{
	return reg_get(rtaddr, RTADDR_TTM) != unit->ttm ||
	       (reg_get(rtaddr, RTADDR_SSIRWE) != 0) != unit->io_bits;
}

void mu_watch_root_pointer(struct model_unit *unit, uint64_t rtaddr)
{
	if (unit->gsts & FIELD_MASK(GSTS_TES) && !cap(unit, CAP_ESRTPS) &&
	    is_new_table_mode(unit, rtaddr))
		mu_complain(unit, "TTM or SSIRWE changed while TES = 1 on a unit without ESRTPS");
	unit->root_is_fresh = true;
	unit->owed = 0;
	if (!cap(unit, CAP_ESRTPS))
		unit->owed = MU_OWED_CONTEXTS | MU_OWED_IOTLB |
			     (reg_get(rtaddr, RTADDR_TTM) == TTM_SCALABLE ? MU_OWED_PASIDS : 0);
}

void mu_watch_translation(struct model_unit *unit, bool enable)
{
	if (enable && !unit->root_is_fresh)
		mu_complain(unit, "translation enabled without SRTP before");
	if (enable && unit->owed)
		mu_complain(unit,
			    "translation enabled before all caches were invalidated after SRTP");
	if (!enable)
		unit->root_is_fresh = false;
}

void mu_watch_global_invalidation(struct model_unit *unit, enum mu_owed what)
{
	unit->owed &= (uint8_t)~what;
}

void mu_watch_commands(struct model_unit *unit, uint32_t commands)
{
	if (unit->gsts_countdown != 0)
		mu_complain(unit, "GCMD written while a command is still pending");
	if (commands & (commands - 1))
		mu_complain(unit, "more than one command in one write of GCMD");
}

void mu_watch_descriptor(struct model_unit *unit, unsigned int type)
{
	unit->counts.descriptors++;
	unit->last_was_wait = type == INV_WAIT;
}

void mu_watch_queue_disable(struct model_unit *unit)
{
	if (mu_fixed_get(unit, REG_IQH) != mu_fixed_get(unit, REG_IQT))
		mu_complain(unit, "queued invalidation disabled while the queue is not empty");
	else if (unit->counts.descriptors != 0 && !unit->last_was_wait)
		mu_complain(unit,
			    "queued invalidation disabled without a wait descriptor at the end");
}

void mu_watch_write(struct model_unit *unit, uint32_t offset)
{
	if (offset == REG_IQA && mu_fixed_get(unit, REG_IQH) != mu_fixed_get(unit, REG_IQT) &&
	    unit->gsts & FIELD_MASK(GSTS_QIES))
		mu_complain(unit, "IQA written while the invalidation queue is not empty");
	if (offset >= REG_PLMBASE && offset < REG_IQH &&
	    mu_fixed_get(unit, REG_PMEN) & mask32(PMEN_PRS))
		mu_complain(unit, "protected memory range written while protection is enabled");
}

void mu_watch_rid_pasid(struct model_unit *unit, uint32_t pasid)
{
	if (pasid != 0 && mu_vcmd_withholds(unit, pasid))
		mu_complain(unit, "RID_PASID is a PASID that VCMD did not give");
}
