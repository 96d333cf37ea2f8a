/* SPDX-License-Identifier: MIT */
/*
 * The part of the plan that is about PASIDs: one width, one source, for the whole platform ("Virtual
 * Command Interface"); and about SVA, which is PASIDs whose tables are a processor's own.
 */
#include "iommu/bringup/plan_pasids.h"

#include "iommu/bringup/decide.h"

/* Directories of the smallest size hold PASIDs of so many bits (PDTS 0). */
#define SMALLEST_DIRECTORY_BITS 13u

PRINT_FORMAT(4, 5)
static bool give_up_pasids(struct bringup_plan *plan, enum bringup_reason reason, unsigned int unit,
			   const char *format, ...)
{
	char because[sizeof(plan->sva_off_because)];
	va_list args;

	va_start(args, format);
	print_format(because, sizeof(because), format, args);
	va_end(args);
	if (plan->request.pasids == BRINGUP_REQUIRED)
		return bringup_refuse(plan, reason, unit, "%s", because);
	plan->pasids = PASIDS_NONE;
	plan->sva_off_unit = unit;
	print_to(plan->sva_off_because, sizeof(plan->sva_off_because), "%s", because);
	return true;
}

/* ---- the width ---- */

static void choose_pasid_width(struct bringup_plan *plan)
{
	unsigned int least = PASID_SPACE_BITS_MAX, most = 0;

	for (unsigned int i = 0; i < plan->unit_count; i++) {
		const unsigned int bits = caps_pasid_bits(&plan->units[i].caps);

		if (!plan->units[i].translates)
			continue;
		least = bits < least ? bits : least;
		most = bits > most ? bits : most;
	}
	for (unsigned int i = 0; i < plan->unit_count; i++)
		bringup_note(plan, i, BRINGUP_NOTE_FEWEST_PASIDS,
			     plan->units[i].translates && least < most &&
				     caps_pasid_bits(&plan->units[i].caps) == least);
	if (plan->request.pasid_bits && plan->request.pasid_bits < least)
		least = plan->request.pasid_bits;
	plan->pasid_bits = least;
	plan->format.pdts = least > SMALLEST_DIRECTORY_BITS ? least - SMALLEST_DIRECTORY_BITS : 0;
}

/* ---- the source ---- */

static bool has_vcmd(const struct bringup_plan *plan, unsigned int unit)
{
	return plan->units[unit].translates && caps_has(&plan->units[unit].caps, CAPABILITY_VCS);
}

static void note_source(struct bringup_plan *plan, const struct survey *survey, unsigned int unit)
{
	plan->layouts[unit] = survey->vcmd_layout;
	bringup_note(plan, unit, BRINGUP_NOTE_VCMD_DRAFT,
		     survey->vcmd_layout == &vcmd_layout_draft);
	bringup_note(plan, unit, BRINGUP_NOTE_VCMD_WITHOUT_PASIDS, !survey->vcmd_allocates);
	bringup_note(plan, unit, BRINGUP_NOTE_VCMD_SOURCE, survey->vcmd_allocates);
	if (!survey->vcmd_allocates)
		return;
	if (!plan->vcmd_unit_count++)
		plan->vcmd_unit = unit;
	plan->pasids = PASIDS_VCMD;
}

/* Lawful, and of no use to who must give back what he had: the first that takes none back. */
static unsigned int first_keeping(const struct bringup_plan *plan, const struct survey *surveys)
{
	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (has_vcmd(plan, i) && surveys[i].vcmd_allocates && !surveys[i].vcmd_frees)
			return i;
	return BRINGUP_NO_UNIT;
}

/* A unit that hands out PASIDs must be asked for them, and there is one set of them only. */
static bool check_source(struct bringup_plan *plan, const struct survey *survey, unsigned int unit)
{
	if (!survey->vcmd_layout && !survey->vcmd_offers_nothing)
		return bringup_refuse(plan, BRINGUP_REASON_VCMD_NO_LAYOUT, unit,
				      "has ECAP.VCS (bit 44) and registers that do not tell");
	if (!survey->vcmd_allocates)
		return true;
	if (survey->vcmd_is_busy)
		return bringup_refuse(plan, BRINGUP_REASON_VCMD_BUSY, unit,
				      "shows VCRSP.IP (bit 0)");
	if (unit != plan->vcmd_unit && plan->request.backing == BACKING_PRIVATE) {
		plan->refusal.with_unit = plan->vcmd_unit;
		return bringup_refuse(plan, BRINGUP_REASON_PRIVATE_PASIDS, unit,
				      "hands out PASIDs (VCCAP.PAS) beside those");
	}
	return true;
}

/* What makes PASIDs be given up is looked for first: then nothing that is about them can refuse. */
static bool choose_source(struct bringup_plan *plan, const struct survey *surveys)
{
	unsigned int keeping;

	plan->pasids = PASIDS_DEFAULT;
	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (has_vcmd(plan, i))
			note_source(plan, &surveys[i], i);
	keeping = first_keeping(plan, surveys);
	if (keeping != BRINGUP_NO_UNIT)
		return give_up_pasids(plan, BRINGUP_REASON_VCMD_CANNOT_FREE, keeping,
				      "lacks VCCAP.FPS (bit 2)");
	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (has_vcmd(plan, i) && !check_source(plan, &surveys[i], i))
			return false;
	if (plan->pasids == PASIDS_VCMD && plan->request.default_pasids_live)
		return bringup_refuse(plan, BRINGUP_REASON_DEFAULT_PASIDS_LIVE, plan->vcmd_unit,
				      "hands out PASIDs, while %u of our own are live",
				      plan->request.default_pasids_live);
	if (!plan->request.has_no_pasid_memory)
		return true;
	if (plan->pasids == PASIDS_VCMD)
		return bringup_refuse(plan, BRINGUP_REASON_NO_PASID_MEMORY, plan->vcmd_unit,
				      "hands out PASIDs");
	return give_up_pasids(plan, BRINGUP_REASON_NO_PASID_MEMORY, BRINGUP_NO_UNIT,
			      "no memory for the PASID allocator");
}

static void drop_pasids(struct bringup_plan *plan)
{
	plan->pasids = PASIDS_NONE;
	plan->pasid_bits = 0;
	plan->format.pdts = 0;
	plan->vcmd_unit = BRINGUP_NO_UNIT;
	plan->vcmd_unit_count = 0;
}

static bool hand_out_pasids(struct bringup_plan *plan, const struct survey *surveys)
{
	unsigned int unit;

	if (plan->request.pasids == BRINGUP_OFF)
		return true;
	if (!plan->has_translation)
		return give_up_pasids(plan, BRINGUP_REASON_NO_TRANSLATION, BRINGUP_NO_UNIT,
				      "no unit translates");
	if (!plan->format.scalable)
		return give_up_pasids(plan, BRINGUP_REASON_PASIDS_NEED_SCALABLE_MODE,
				      plan->legacy_unit, "%s",
				      plan->legacy_because[0] ? plan->legacy_because
							      : "legacy mode is asked for");
	unit = bringup_first_lacking(plan, NEED(PASID));
	if (unit != BRINGUP_NO_UNIT)
		return give_up_pasids(plan, BRINGUP_REASON_PASIDS_LACKING, unit,
				      "lacks ECAP.PASID (bit %u)", caps_bit(CAPABILITY_PASID));
	choose_pasid_width(plan);
	return choose_source(plan, surveys);
}

/* ---- SVA ---- */

/*
 * A process's tables are those of its processor: of the first stage, kept in its caches, and of its
 * depth and page sizes. A walk that is not snooped would need a flush wherever the process's system
 * changes an entry, which nobody does for it (Linux 7.3 refuses such units, too).
 */
static void choose_sva(struct bringup_plan *plan)
{
	const uint64_t needs = NEED(FSTS) | NEED(SMPWCS) |
			       (plan->request.processor_has_5_levels ? NEED(FS5LP) : 0) |
			       (plan->request.processor_has_1g_pages ? NEED(FS1GP) : 0);
	const unsigned int unit = bringup_first_lacking(plan, needs);

	plan->sva = unit == BRINGUP_NO_UNIT;
	if (plan->sva)
		return;
	plan->sva_off_unit = unit;
	bringup_say_missing(caps_missing(&plan->units[unit].caps, needs), plan->sva_off_because,
			    sizeof(plan->sva_off_because));
}

bool bringup_choose_pasids(struct bringup_plan *plan, const struct survey *surveys)
{
	const bool is_fine = hand_out_pasids(plan, surveys);

	if (is_fine && plan->pasids == PASIDS_NONE)
		drop_pasids(plan);
	else if (is_fine)
		choose_sva(plan);
	return is_fine;
}
