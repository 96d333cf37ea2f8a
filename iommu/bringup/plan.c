/* SPDX-License-Identifier: MIT */
/*
 * The decision: mode, width, features. One function per question, in the order in which an answer
 * can rule out the rest. No register is touched, nothing is allocated.
 */
#include "iommu/bringup/bringup.h"

#include "arch/print.h"
#include "iommu/bringup/decide.h"
#include "iommu/bringup/plan_pasids.h"

/* ---- which units there are ---- */

static bool is_steady(const struct survey *survey)
{
	return survey->caps.ver == survey->caps_again.ver &&
	       survey->caps.cap == survey->caps_again.cap &&
	       survey->caps.ecap == survey->caps_again.ecap;
}

static bool refuse_unsteady(struct bringup_plan *plan, const struct survey *survey,
			    unsigned int unit)
{
	uint64_t cap = survey->caps.cap ^ survey->caps_again.cap;
	uint64_t ecap = survey->caps.ecap ^ survey->caps_again.ecap;

	return bringup_refuse(plan, BRINGUP_REASON_CAPS_CHANGE, unit,
			      "reads VER %x, then %x; CAP bits %llx and ECAP bits %llx differ",
			      survey->caps.ver, survey->caps_again.ver, (unsigned long long)cap,
			      (unsigned long long)ecap);
}

static bool take_unit(struct bringup_plan *plan, const struct survey *survey, unsigned int unit)
{
	struct bringup_unit_plan *planned = &plan->units[unit];

	planned->base = survey->base;
	planned->caps = survey->caps;
	planned->is_used = !survey->is_absent;
	bringup_note(plan, unit, BRINGUP_NOTE_ABSENT, survey->is_absent);
	if (survey->is_absent && !plan->request.leaves_out_absent)
		return bringup_refuse(plan, BRINGUP_REASON_ABSENT, unit, "reads VER %08x",
				      survey->caps.ver);
	if (!survey->is_absent && !is_steady(survey))
		return refuse_unsteady(plan, survey, unit);
	return true;
}

static bool take_units(struct bringup_plan *plan, const struct survey *surveys)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < plan->unit_count; i++) {
		if (!take_unit(plan, &surveys[i], i))
			return false;
		used += plan->units[i].is_used;
	}
	if (!used)
		return bringup_refuse(plan, BRINGUP_REASON_NO_UNITS, BRINGUP_NO_UNIT, "%s",
				      plan->unit_count ? "none of them answers" : "");
	return true;
}

/* ---- what they can do ---- */

static bool can_translate(const struct bringup_plan *plan, unsigned int unit, bool scalable)
{
	const struct caps *caps = &plan->units[unit].caps;

	if (!plan->units[unit].is_used || (scalable && caps_missing(caps, NEED(QI) | NEED(SMTS))))
		return false;
	return bringup_depths(caps, scalable, SECOND_STAGE) ||
	       bringup_depths(caps, scalable, FIRST_STAGE);
}

/* ---- the mode ---- */

/* What keeps a unit from scalable mode: the mode itself or, where it has that, both stages of it. */
static uint64_t missing_for_scalable(const struct caps *caps)
{
	const uint64_t missing = caps_missing(caps, NEED(QI) | NEED(SMTS));

	return missing ? missing : caps_missing(caps, NEED(SSTS) | NEED(FSTS));
}

/* The first unit that translates in legacy mode only; BRINGUP_NO_UNIT: none does. */
static unsigned int first_legacy_unit(const struct bringup_plan *plan)
{
	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (can_translate(plan, i, false) && !can_translate(plan, i, true))
			return i;
	return BRINGUP_NO_UNIT;
}

static bool some_can_translate(const struct bringup_plan *plan, bool scalable)
{
	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (can_translate(plan, i, scalable))
			return true;
	return false;
}

/*
 * Scalable mode is for all units or for none. It is chosen where every unit that translates can do it,
 * whatever the stage: the units need not agree about that, since tables belong to devices.
 */
static bool choose_mode(struct bringup_plan *plan)
{
	const unsigned int unit = first_legacy_unit(plan);
	uint64_t missing;

	if (plan->request.mode == BRINGUP_LEGACY)
		return true;
	plan->format.scalable = unit == BRINGUP_NO_UNIT && some_can_translate(plan, true);
	if (unit == BRINGUP_NO_UNIT)
		return true;
	missing = missing_for_scalable(&plan->units[unit].caps);
	if (plan->request.mode == BRINGUP_SCALABLE)
		return bringup_refuse_missing(plan, BRINGUP_REASON_NO_SCALABLE_MODE, unit, missing);
	plan->legacy_unit = unit;
	bringup_say_missing(missing, plan->legacy_because, sizeof(plan->legacy_because));
	return true;
}

/* ---- which of them translate ---- */

/* What cannot be had where nothing translates. */
static bool asks_for_translation(const struct bringup_request *request)
{
	return request->mode == BRINGUP_SCALABLE || request->pasids == BRINGUP_REQUIRED ||
	       request->pass_through == BRINGUP_REQUIRED || request->address_bits;
}

/*
 * A unit without a stage that the mode uses is there for interrupts or for pass-through. Its GCMD.TE
 * may be without effect (an emulator told to leave translation out shows the same bits), so it is
 * left alone.
 */
static bool take_translation(struct bringup_plan *plan)
{
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		struct bringup_unit_plan *unit = &plan->units[i];

		unit->translates = can_translate(plan, i, plan->format.scalable);
		plan->format.has_no_tables[i] = !unit->translates;
		plan->has_translation |= unit->translates;
		if (!unit->is_used || unit->translates)
			continue;
		if (!plan->request.leaves_untranslated)
			return bringup_refuse(plan, BRINGUP_REASON_NO_TRANSLATION, i,
					      "has no table depth (CAP.SAGAW, bits 12:8, is 0)");
		bringup_note(plan, i, BRINGUP_NOTE_UNTRANSLATED, true);
	}
	if (!plan->has_translation && asks_for_translation(&plan->request))
		return bringup_refuse(plan, BRINGUP_REASON_NO_TRANSLATION, BRINGUP_NO_UNIT,
				      "no unit has a table depth (CAP.SAGAW)");
	return true;
}

static void note_found(struct bringup_plan *plan, const struct survey *survey, unsigned int unit)
{
	const uint32_t gsts = survey->entry.gsts;

	bringup_note(plan, unit, BRINGUP_NOTE_FOUND_TRANSLATING, reg_get(gsts, GSTS_TES));
	bringup_note(plan, unit, BRINGUP_NOTE_FOUND_SCALABLE,
		     reg_get(survey->entry.rtaddr, RTADDR_TTM) == TTM_SCALABLE);
	bringup_note(plan, unit, BRINGUP_NOTE_FOUND_QUEUE, reg_get(gsts, GSTS_QIES));
	bringup_note(plan, unit, BRINGUP_NOTE_FOUND_INTERRUPTS, reg_get(gsts, GSTS_IRES));
	bringup_note(plan, unit, BRINGUP_NOTE_FOUND_PROTECTED,
		     reg_get(survey->entry.pmen, PMEN_EPM));
}

/* ---- how they are told ---- */

static enum bringup_queue queue_for(const struct bringup_plan *plan,
				    const struct bringup_unit_plan *unit)
{
	if (!caps_has(&unit->caps, CAPABILITY_QI))
		return BRINGUP_QUEUE_NONE;
	return plan->format.scalable && unit->translates ? BRINGUP_QUEUE_256 : BRINGUP_QUEUE_128;
}

static bool check_invalidation(struct bringup_plan *plan)
{
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		struct bringup_unit_plan *unit = &plan->units[i];
		const bool has_queue = caps_has(&unit->caps, CAPABILITY_QI);

		if (!unit->is_used)
			continue;
		if (!has_queue && unit->translates && caps_major(&unit->caps) >= 6)
			return bringup_refuse_missing(plan, BRINGUP_REASON_NO_INVALIDATION, i,
						      NEED(QI));
		unit->queue = queue_for(plan, unit);
		bringup_note(plan, i, BRINGUP_NOTE_NO_QUEUE, unit->translates && !has_queue);
		bringup_note(plan, i, BRINGUP_NOTE_SCALABLE_UNUSED,
			     unit->translates && !plan->format.scalable &&
				     caps_has(&unit->caps, CAPABILITY_SMTS));
	}
	return true;
}

bool bringup_plan(const struct survey *surveys, unsigned int count,
		  const struct bringup_request *request, struct bringup_plan *plan)
{
	*plan = (struct bringup_plan){
		.refusal = { .unit = BRINGUP_NO_UNIT, .with_unit = BRINGUP_NO_UNIT },
		.request = *request,
		.unit_count = count,
		.vcmd_unit = BRINGUP_NO_UNIT,
		.sva_off_unit = BRINGUP_NO_UNIT,
		.legacy_unit = BRINGUP_NO_UNIT,
		.depth_unit = BRINGUP_NO_UNIT,
		.depth_with_unit = BRINGUP_NO_UNIT,
	};
	if (count > BRINGUP_UNITS_MAX) {
		plan->unit_count = 0;
		return bringup_refuse(plan, BRINGUP_REASON_TOO_MANY_UNITS, BRINGUP_NO_UNIT,
				      "%u units", count);
	}
	if (!take_units(plan, surveys))
		return false;
	for (unsigned int i = 0; i < count; i++)
		if (plan->units[i].is_used)
			note_found(plan, &surveys[i], i);
	return choose_mode(plan) && take_translation(plan) && check_invalidation(plan) &&
	       bringup_choose_width(plan) && bringup_choose_features(plan) &&
	       bringup_choose_pasids(plan, surveys);
}
