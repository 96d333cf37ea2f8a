/* SPDX-License-Identifier: MIT */
/*
 * The decision: mode, width, features. One function per question, in the order in which an answer
 * can rule out the rest. No register is touched, nothing is allocated.
 */
#include "iommu/bringup/bringup.h"

#include "arch/print.h"
#include "iommu/bringup/decide.h"
#include "iommu/bringup/plan_pasids.h"

static bool all_have(const struct bringup_plan *plan, uint64_t needs)
{
	return bringup_first_lacking(plan, needs) == BRINGUP_NO_UNIT;
}

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

/* ---- the mode ---- */

/* Scalable mode is for all units or for none. */
static bool choose_mode(struct bringup_plan *plan)
{
	const uint64_t needs = NEED(QI) | NEED(SMTS) | NEED(SSTS);
	const unsigned int unit = bringup_first_lacking(plan, needs);
	uint64_t missing;

	plan->legacy_unit = BRINGUP_NO_UNIT;
	if (plan->request.mode == BRINGUP_LEGACY)
		return true;
	plan->format.scalable = unit == BRINGUP_NO_UNIT;
	if (plan->format.scalable)
		return true;
	missing = caps_missing(&plan->units[unit].caps, needs);
	if (plan->request.mode == BRINGUP_SCALABLE)
		return bringup_refuse_missing(plan, BRINGUP_REASON_NO_SCALABLE_MODE, unit, missing);
	plan->legacy_unit = unit;
	bringup_say_missing(missing, plan->legacy_because, sizeof(plan->legacy_because));
	return true;
}

static bool check_invalidation(struct bringup_plan *plan)
{
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		struct bringup_unit_plan *unit = &plan->units[i];
		const bool has_queue = caps_has(&unit->caps, CAPABILITY_QI);

		if (!unit->is_used)
			continue;
		if (!has_queue && caps_major(&unit->caps) >= 6)
			return bringup_refuse_missing(plan, BRINGUP_REASON_NO_INVALIDATION, i,
						      NEED(QI));
		unit->queue = !has_queue	      ? BRINGUP_QUEUE_NONE
			      : plan->format.scalable ? BRINGUP_QUEUE_256
						      : BRINGUP_QUEUE_128;
		bringup_note(plan, i, BRINGUP_NOTE_NO_QUEUE, !has_queue);
		bringup_note(plan, i, BRINGUP_NOTE_SCALABLE_UNUSED,
			     !plan->format.scalable && caps_has(&unit->caps, CAPABILITY_SMTS));
	}
	return true;
}

/* ---- the width ---- */

#define SAGAW_USABLE (1u << SAGAW_3_LEVEL | 1u << SAGAW_4_LEVEL | 1u << SAGAW_5_LEVEL)

static unsigned int depths(const struct caps *caps)
{
	return (unsigned int)reg_get(caps->cap, CAP_SAGAW) & SAGAW_USABLE;
}

/* The unit that leaves no common depth, and, if there is one, the unit it alone disagrees with. */
static bool refuse_depths(struct bringup_plan *plan, unsigned int unit)
{
	const unsigned int own = depths(&plan->units[unit].caps);

	for (unsigned int i = 0; i < unit; i++) {
		if (!plan->units[i].is_used || (depths(&plan->units[i].caps) & own))
			continue;
		plan->refusal.with_unit = i;
		return bringup_refuse(plan, BRINGUP_REASON_NO_COMMON_WIDTH, unit,
				      "has CAP.SAGAW (bits 12:8) %02x against %02x", own,
				      depths(&plan->units[i].caps));
	}
	return bringup_refuse(plan, BRINGUP_REASON_NO_COMMON_WIDTH, unit,
			      "has CAP.SAGAW (bits 12:8) %02x", own);
}

static bool find_common_depths(struct bringup_plan *plan, unsigned int *common)
{
	*common = SAGAW_USABLE;
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		if (!plan->units[i].is_used)
			continue;
		if (!depths(&plan->units[i].caps))
			return bringup_refuse(plan, BRINGUP_REASON_NO_TRANSLATION, i,
					      "has no table depth (CAP.SAGAW, bits 12:8, is 0)");
		*common &= depths(&plan->units[i].caps);
		if (!*common)
			return refuse_depths(plan, i);
	}
	return true;
}

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static void find_width(struct bringup_plan *plan, unsigned int common)
{
	struct tables_format *format = &plan->format;
	unsigned int best = 0;

	for (format->levels = 5; !(common >> (format->levels - 2) & 1);)
		format->levels--;
	plan->address_bits = 12 + 9 * format->levels;
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		const struct caps *caps = &plan->units[i].caps;

		if (!plan->units[i].is_used)
			continue;
		format->unit_levels[i] = (uint8_t)caps_best_levels(caps);
		plan->address_bits = smaller(plan->address_bits, caps_guest_address_bits(caps));
		if (caps_second_stage_bits(caps) > best)
			best = caps_second_stage_bits(caps);
	}
	for (unsigned int i = 0; i < plan->unit_count; i++)
		bringup_note(plan, i, BRINGUP_NOTE_NARROWEST,
			     plan->units[i].is_used &&
				     caps_second_stage_bits(&plan->units[i].caps) < best &&
				     caps_second_stage_bits(&plan->units[i].caps) <=
					     plan->address_bits);
}

/* The first that is narrower than others; if all are alike, the first. */
static unsigned int narrowest_unit(const struct bringup_plan *plan)
{
	unsigned int first_used = 0;

	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (bringup_unit_has_note(plan, i, BRINGUP_NOTE_NARROWEST))
			return i;
	while (!plan->units[first_used].is_used)
		first_used++;
	return first_used;
}

static bool choose_width(struct bringup_plan *plan)
{
	unsigned int common;

	if (!find_common_depths(plan, &common))
		return false;
	find_width(plan, common);
	if (plan->address_bits < plan->request.address_bits)
		return bringup_refuse(plan, BRINGUP_REASON_TOO_NARROW, narrowest_unit(plan),
				      "has %u bits where %u are needed", plan->address_bits,
				      plan->request.address_bits);
	return true;
}

/* Domain 0 tags what a unit with CAP.CM caches of not-present entries. */
static bool choose_domains(struct bringup_plan *plan)
{
	plan->domain_end = UINT32_MAX;
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		const struct caps *caps = &plan->units[i].caps;

		if (!plan->units[i].is_used)
			continue;
		if (!caps_domain_count(caps))
			return bringup_refuse(plan, BRINGUP_REASON_NO_DOMAINS, i,
					      "has CAP.ND (bits 2:0) 7");
		if (caps_domain_count(caps) < plan->domain_end)
			plan->domain_end = caps_domain_count(caps);
		if (caps_has(caps, CAPABILITY_CM))
			plan->first_domain = 1;
	}
	return true;
}

/* ---- features: all units or none ---- */

static void choose_coherency(struct bringup_plan *plan)
{
	const enum capability paging = plan->format.scalable ? CAPABILITY_SMPWCS : CAPABILITY_C;

	plan->format.structures_snooped = all_have(plan, NEED(C));
	plan->format.paging_snooped = all_have(plan, UINT64_C(1) << paging);
	plan->snoop_control = all_have(plan, NEED(SC));
	plan->has_2m_pages = all_have(plan, NEED(SSLPS2M));
	plan->has_1g_pages = all_have(plan, NEED(SSLPS1G));
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		const struct caps *caps = &plan->units[i].caps;

		if (!plan->units[i].is_used)
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

/* What a wish comes to; false: refused. Units in the way are noted. */
static bool grant(struct bringup_plan *plan, enum bringup_wish wish, uint64_t needs,
		  enum bringup_reason reason, enum bringup_note note, bool *granted)
{
	const unsigned int unit = bringup_first_lacking(plan, needs);

	*granted = wish != BRINGUP_OFF && unit == BRINGUP_NO_UNIT;
	if (wish == BRINGUP_OFF || *granted)
		return true;
	if (wish == BRINGUP_REQUIRED)
		return bringup_refuse_missing(plan, reason, unit,
					      caps_missing(&plan->units[unit].caps, needs));
	for (unsigned int i = 0; i < plan->unit_count; i++)
		bringup_note(plan, i, note,
			     plan->units[i].is_used && caps_missing(&plan->units[i].caps, needs));
	return true;
}

/*
 * The interrupt entry cache is invalidated through the queue only. A unit that takes interrupts in
 * the extended form only makes that form a need of all.
 */
static uint64_t interrupt_needs(const struct bringup_plan *plan)
{
	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (plan->units[i].is_used && caps_has(&plan->units[i].caps, CAPABILITY_EIMER))
			return NEED(QI) | NEED(IR) | NEED(EIM);
	return NEED(QI) | NEED(IR);
}

static bool choose_features(struct bringup_plan *plan)
{
	choose_coherency(plan);
	if (!grant(plan, plan->request.pass_through, NEED(PT), BRINGUP_REASON_NO_PASS_THROUGH,
		   BRINGUP_NOTE_NO_PASS_THROUGH, &plan->pass_through) ||
	    !grant(plan, plan->request.interrupt_remapping, interrupt_needs(plan),
		   BRINGUP_REASON_NO_INTERRUPT_REMAPPING, BRINGUP_NOTE_NO_INTERRUPT_REMAPPING,
		   &plan->interrupt_remapping))
		return false;
	plan->extended_interrupts = plan->interrupt_remapping && all_have(plan, NEED(EIM));
	for (unsigned int i = 0; i < plan->unit_count; i++)
		bringup_note(plan, i, BRINGUP_NOTE_INTERRUPTS_BLOCKED,
			     plan->units[i].is_used && !plan->interrupt_remapping &&
				     caps_has(&plan->units[i].caps, CAPABILITY_IRREQ));
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
	return choose_mode(plan) && check_invalidation(plan) && choose_width(plan) &&
	       choose_domains(plan) && choose_features(plan) &&
	       bringup_choose_pasids(plan, surveys);
}
