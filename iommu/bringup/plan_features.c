/* SPDX-License-Identifier: MIT */
/*
 * The part of the plan that is about features: all units have one, or none uses it. Those of
 * translation are a matter of units that translate, those of interrupts of every unit in use.
 */
#include "iommu/bringup/decide.h"

static bool all_have(const struct bringup_plan *plan, uint64_t needs)
{
	return bringup_first_lacking(plan, needs) == BRINGUP_NO_UNIT;
}

/* Every first stage has 2 MiB pages ("Capability Register": FS1GP, SSLPS). */
static void choose_large_pages(struct bringup_plan *plan)
{
	plan->has_2m_pages = plan->has_1g_pages = true;
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		const struct caps *caps = &plan->units[i].caps;
		const bool is_first = plan->format.unit_stage[i] == FIRST_STAGE;

		if (!plan->units[i].translates)
			continue;
		if (!is_first && !caps_has(caps, CAPABILITY_SSLPS2M))
			plan->has_2m_pages = false;
		if (!caps_has(caps, is_first ? CAPABILITY_FS1GP : CAPABILITY_SSLPS1G))
			plan->has_1g_pages = false;
	}
}

static void choose_coherency(struct bringup_plan *plan)
{
	const enum capability paging = plan->format.scalable ? CAPABILITY_SMPWCS : CAPABILITY_C;

	plan->format.structures_snooped = all_have(plan, NEED(C));
	plan->format.paging_snooped = all_have(plan, UINT64_C(1) << paging);
	plan->snoop_control = all_have(plan, NEED(SC));
	choose_large_pages(plan);
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		const struct caps *caps = &plan->units[i].caps;

		if (!plan->units[i].translates)
			continue;
		bringup_note(plan, i, BRINGUP_NOTE_WRITE_BUFFER, caps_has(caps, CAPABILITY_RWBF));
		bringup_note(plan, i, BRINGUP_NOTE_CACHING_MODE, caps_has(caps, CAPABILITY_CM));
		bringup_note(plan, i, BRINGUP_NOTE_NOT_COHERENT, !caps_has(caps, CAPABILITY_C));
		bringup_note(plan, i, BRINGUP_NOTE_PAGING_NOT_COHERENT, !caps_has(caps, paging));
		bringup_note(plan, i, BRINGUP_NOTE_NO_SNOOP_CONTROL,
			     !caps_has(caps, CAPABILITY_SC));
		bringup_note(plan, i, BRINGUP_NOTE_ROOT_FLUSHES, caps_has(caps, CAPABILITY_ESRTPS));
	}
}

/* ---- pass-through ---- */

static bool choose_pass_through(struct bringup_plan *plan)
{
	const unsigned int unit = bringup_first_lacking(plan, NEED(PT));
	const enum bringup_wish wish = plan->request.pass_through;

	if (wish == BRINGUP_OFF || !plan->has_translation)
		return true;
	plan->pass_through = unit == BRINGUP_NO_UNIT;
	if (!plan->pass_through && wish == BRINGUP_REQUIRED)
		return bringup_refuse_missing(plan, BRINGUP_REASON_NO_PASS_THROUGH, unit, NEED(PT));
	for (unsigned int i = 0; i < plan->unit_count; i++)
		bringup_note(plan, i, BRINGUP_NOTE_NO_PASS_THROUGH,
			     plan->units[i].translates &&
				     !caps_has(&plan->units[i].caps, CAPABILITY_PT));
	return true;
}

/* ---- interrupts ---- */

/* What a unit in use lacks; 0 for one that is not. */
static uint64_t missing_in(const struct bringup_plan *plan, unsigned int unit, uint64_t needs)
{
	return plan->units[unit].is_used ? caps_missing(&plan->units[unit].caps, needs) : 0;
}

static bool any_requires_extended(const struct bringup_plan *plan)
{
	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (plan->units[i].is_used && caps_has(&plan->units[i].caps, CAPABILITY_EIMER))
			return true;
	return false;
}

/* Why firmware is against it ("DMA Remapping Reporting Structure": Flags); NULL: it is not. */
static const char *objection(const struct bringup_plan *plan)
{
	const struct bringup_firmware *firmware = &plan->request.firmware;

	if (firmware->denies_interrupt_remapping)
		return "DMAR flag INTR_REMAP is clear";
	if (firmware->opts_out_of_x2apic && any_requires_extended(plan))
		return "DMAR flag X2APIC_OPT_OUT is set, and a unit takes no other form "
		       "(ECAP.EIMER)";
	return NULL;
}

/*
 * The interrupt entry cache is invalidated through the queue only. A unit that takes interrupts in
 * the extended form only makes that form a need of all.
 */
static bool grant_interrupts(struct bringup_plan *plan)
{
	const uint64_t needs = NEED(QI) | NEED(IR) | (any_requires_extended(plan) ? NEED(EIM) : 0);
	unsigned int lacking = 0;

	while (lacking < plan->unit_count && !missing_in(plan, lacking, needs))
		lacking++;
	plan->interrupt_remapping = lacking == plan->unit_count;
	if (!plan->interrupt_remapping && plan->request.interrupt_remapping == BRINGUP_REQUIRED)
		return bringup_refuse_missing(plan, BRINGUP_REASON_NO_INTERRUPT_REMAPPING, lacking,
					      missing_in(plan, lacking, needs));
	for (unsigned int i = 0; i < plan->unit_count; i++)
		bringup_note(plan, i, BRINGUP_NOTE_NO_INTERRUPT_REMAPPING,
			     missing_in(plan, i, needs));
	return true;
}

static bool choose_interrupts(struct bringup_plan *plan)
{
	const enum bringup_wish wish = plan->request.interrupt_remapping;
	const char *against = objection(plan);

	if (against && wish == BRINGUP_REQUIRED)
		return bringup_refuse(plan, BRINGUP_REASON_INTERRUPT_REMAPPING_DENIED,
				      BRINGUP_NO_UNIT, "%s", against);
	if (wish != BRINGUP_OFF && !against && !grant_interrupts(plan))
		return false;
	if (wish != BRINGUP_OFF)
		plan->interrupts_off_because = against;
	plan->extended_interrupts =
		plan->interrupt_remapping && !plan->request.firmware.opts_out_of_x2apic;
	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (missing_in(plan, i, NEED(EIM)))
			plan->extended_interrupts = false;
	for (unsigned int i = 0; i < plan->unit_count; i++)
		bringup_note(plan, i, BRINGUP_NOTE_INTERRUPTS_BLOCKED,
			     plan->units[i].is_used && !plan->interrupt_remapping &&
				     caps_has(&plan->units[i].caps, CAPABILITY_IRREQ));
	return true;
}

bool bringup_choose_features(struct bringup_plan *plan)
{
	choose_coherency(plan);
	return choose_pass_through(plan) && choose_interrupts(plan);
}
