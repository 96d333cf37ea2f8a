/* SPDX-License-Identifier: MIT */
/*
 * bringup_plan() finds a plan exactly where there is one that obeys the rules, so it is not too strict; and decides
 * the same whatever the order of the units.
 *
 * Arbitrary: as in plan.c, two units and a request.
 * Assumed: nothing more.
 * Asserted: the answer is that of there_is_a_plan(), which says of a platform as a whole what every plan needs,
 * and knows of no order in which questions are asked. The one preference in it is that of the mode: scalable
 * where it may be and all units that could translate can, whatever is wanted besides. What is decided is
 * stated the same way: of all units, or of one and its capabilities, so that no order can matter.
 * Bound: as in plan.c.
 */
#include <assert.h>

#include "tests/host/proofs/platform.h"

/* SAGAW: 3, 4 or 5 levels. */
static bool has_second_stage(const struct survey *survey)
{
	return reg_get(survey->caps.cap, CAP_SAGAW) & 0x0e;
}

static bool can(const struct survey *survey, bool scalable)
{
	if (survey->is_absent)
		return false;
	if (!scalable)
		return has_second_stage(survey);
	return has(survey, CAPABILITY_QI) && has(survey, CAPABILITY_SMTS) &&
	       (has(survey, CAPABILITY_FSTS) ||
		(has(survey, CAPABILITY_SSTS) && has_second_stage(survey)));
}

/* Every unit that could translate can do it in scalable mode, and one does. */
static bool is_scalable(const struct survey *surveys, const struct bringup_request *request)
{
	bool all = true, some = false;

	for (unsigned int i = 0; i < UNITS; i++) {
		all = all && (!can(&surveys[i], false) || can(&surveys[i], true));
		some = some || can(&surveys[i], true);
	}
	return all && some && request->mode != BRINGUP_LEGACY;
}

static bool is_wide_enough(const struct survey *survey, bool scalable, unsigned int bits)
{
	const bool first = scalable && has(survey, CAPABILITY_FSTS);
	const bool second = has_second_stage(survey) && (!scalable || has(survey, CAPABILITY_SSTS));

	return (first && caps_first_stage_bits(&survey->caps) >= bits) ||
	       (second && caps_second_stage_bits(&survey->caps) >= bits);
}

/* One unit that translates does what is required of it. */
static bool unit_will_do(const struct survey *survey, const struct bringup_request *request,
			 bool scalable)
{
	return (has(survey, CAPABILITY_QI) || caps_major(&survey->caps) < 6) &&
	       is_wide_enough(survey, scalable, request->address_bits) &&
	       caps_domain_count(&survey->caps) &&
	       (request->pass_through != BRINGUP_REQUIRED || has(survey, CAPABILITY_PT));
}

static bool interrupts_will_do(const struct survey *surveys, const struct bringup_request *request)
{
	bool extended = false, all = true;

	for (unsigned int i = 0; i < UNITS; i++)
		extended =
			extended || (!surveys[i].is_absent && has(&surveys[i], CAPABILITY_EIMER));
	for (unsigned int i = 0; i < UNITS; i++)
		all = all && (surveys[i].is_absent ||
			      (has(&surveys[i], CAPABILITY_QI) && has(&surveys[i], CAPABILITY_IR) &&
			       (!extended || has(&surveys[i], CAPABILITY_EIM))));
	return request->interrupt_remapping != BRINGUP_REQUIRED ||
	       (all && !request->firmware.denies_interrupt_remapping &&
		!(extended && request->firmware.opts_out_of_x2apic));
}

/* PASIDs can be handed out, or need not be. Virtual commands, where they are, must be usable. */
static bool pasids_will_do(const struct survey *surveys, const struct bringup_request *request,
			   bool scalable)
{
	bool can_have = scalable, keeps = false, is_usable = true;
	unsigned int sources = 0;

	for (unsigned int i = 0; i < UNITS; i++) {
		const struct survey *survey = &surveys[i];

		if (!can(survey, scalable))
			continue;
		can_have = can_have && has(survey, CAPABILITY_PASID);
		if (!has(survey, CAPABILITY_VCS))
			continue;
		keeps = keeps || (survey->vcmd_allocates && !survey->vcmd_frees);
		is_usable = is_usable && (survey->vcmd_layout || survey->vcmd_offers_nothing) &&
			    !(survey->vcmd_allocates && survey->vcmd_is_busy);
		sources += survey->vcmd_allocates;
	}
	if (request->pasids == BRINGUP_OFF)
		return true;
	if (!can_have || keeps)
		return request->pasids == BRINGUP_WANTED;
	if (sources)
		return is_usable && !(sources > 1 && request->backing == BACKING_PRIVATE) &&
		       !request->default_pasids_live && !request->has_no_pasid_memory;
	return is_usable && (!request->has_no_pasid_memory || request->pasids == BRINGUP_WANTED);
}

static bool there_is_a_plan(const struct survey *surveys, const struct bringup_request *request)
{
	const bool scalable = is_scalable(surveys, request);
	bool will_do = request->mode != BRINGUP_SCALABLE || scalable;
	unsigned int used = 0, translating = 0;

	for (unsigned int i = 0; i < UNITS; i++) {
		const struct survey *survey = &surveys[i];

		if (survey->is_absent) {
			will_do = will_do && request->leaves_out_absent;
			continue;
		}
		used++;
		will_do = will_do && survey->caps.ver == survey->caps_again.ver &&
			  survey->caps.cap == survey->caps_again.cap &&
			  survey->caps.ecap == survey->caps_again.ecap;
		if (can(survey, scalable)) {
			translating++;
			will_do = will_do && unit_will_do(survey, request, scalable);
		} else {
			will_do = will_do && request->leaves_untranslated;
		}
	}
	if (!translating)
		will_do = will_do && !request->address_bits &&
			  request->pass_through != BRINGUP_REQUIRED;
	return will_do && used && interrupts_will_do(surveys, request) &&
	       pasids_will_do(surveys, request, scalable && translating);
}

/* ---- what is decided ---- */

/* What all units that translate have. */
static bool all_have(const struct survey *surveys, bool scalable, enum capability which)
{
	bool all = true;

	for (unsigned int i = 0; i < UNITS; i++)
		all = all && (!can(&surveys[i], scalable) || has(&surveys[i], which));
	return all;
}

static void units_are_as_due(const struct bringup_plan *plan, const struct survey *surveys)
{
	const bool scalable = is_scalable(surveys, &plan->request);
	uint32_t domains = UINT32_MAX;
	bool has_caching_mode = false, some = false;

	assert(plan->format.scalable == scalable);
	for (unsigned int i = 0; i < UNITS; i++) {
		const struct survey *survey = &surveys[i];

		assert(plan->units[i].translates == can(survey, scalable));
		if (!can(survey, scalable))
			continue;
		some = true;
		has_caching_mode = has_caching_mode || has(survey, CAPABILITY_CM);
		if (caps_domain_count(&survey->caps) < domains)
			domains = caps_domain_count(&survey->caps);
	}
	assert(plan->has_translation == some && plan->first_domain == has_caching_mode);
	assert(!some || plan->domain_end == domains);
}

static void features_are_as_due(const struct bringup_plan *plan, const struct survey *surveys)
{
	const struct bringup_request *request = &plan->request;
	const bool scalable = plan->format.scalable;
	struct bringup_request required = *request;
	bool extended = !request->firmware.opts_out_of_x2apic;

	required.interrupt_remapping = BRINGUP_REQUIRED;
	for (unsigned int i = 0; i < UNITS; i++)
		extended = extended && (surveys[i].is_absent || has(&surveys[i], CAPABILITY_EIM));
	assert(plan->interrupt_remapping == (request->interrupt_remapping != BRINGUP_OFF &&
					     interrupts_will_do(surveys, &required)));
	assert(plan->extended_interrupts == (plan->interrupt_remapping && extended));
	assert(plan->pass_through ==
	       (request->pass_through != BRINGUP_OFF && plan->has_translation &&
		all_have(surveys, scalable, CAPABILITY_PT)));
	assert(plan->snoop_control == all_have(surveys, scalable, CAPABILITY_SC));
	assert(plan->format.structures_snooped == all_have(surveys, scalable, CAPABILITY_C));
	assert(plan->format.paging_snooped ==
	       all_have(surveys, scalable, scalable ? CAPABILITY_SMPWCS : CAPABILITY_C));
}

static void pasids_are_as_due(const struct bringup_plan *plan, const struct survey *surveys)
{
	const struct bringup_request *request = &plan->request;
	const bool scalable = plan->format.scalable;
	struct bringup_request required = *request;
	unsigned int bits =
		request->pasid_bits && request->pasid_bits < 20 ? request->pasid_bits : 20;
	bool has_source = false;

	required.pasids = BRINGUP_REQUIRED;
	for (unsigned int i = 0; i < UNITS; i++) {
		if (!can(&surveys[i], scalable))
			continue;
		has_source = has_source ||
			     (has(&surveys[i], CAPABILITY_VCS) && surveys[i].vcmd_allocates);
		if (caps_pasid_bits(&surveys[i].caps) < bits)
			bits = caps_pasid_bits(&surveys[i].caps);
	}
	if (request->pasids == BRINGUP_OFF ||
	    !pasids_will_do(surveys, &required, scalable && plan->has_translation)) {
		assert(plan->pasids == PASIDS_NONE && !plan->pasid_bits && !plan->sva);
		return;
	}
	assert(plan->pasids == (has_source ? PASIDS_VCMD : PASIDS_DEFAULT));
	assert(plan->pasid_bits == bits);
	assert(plan->sva == (all_have(surveys, scalable, CAPABILITY_FSTS) &&
			     all_have(surveys, scalable, CAPABILITY_SMPWCS) &&
			     (!request->processor_has_5_levels ||
			      all_have(surveys, scalable, CAPABILITY_FS5LP)) &&
			     (!request->processor_has_1g_pages ||
			      all_have(surveys, scalable, CAPABILITY_FS1GP))));
}

int main(void)
{
	static struct bringup_plan plan;
	static struct survey surveys[UNITS];
	const struct bringup_request request = any_request();
	bool is_planned;

	for (unsigned int i = 0; i < UNITS; i++)
		surveys[i] = any_unit(i);
	show(surveys);
	__CPROVER_output(" mode ", request.mode);
	__CPROVER_output(" pasids ", request.pasids);
	__CPROVER_output(" address_bits ", request.address_bits);
	is_planned = bringup_plan(surveys, UNITS, &request, &plan);
	assert(is_planned == there_is_a_plan(surveys, &request));
	if (!is_planned)
		return 0;
	units_are_as_due(&plan, surveys);
	features_are_as_due(&plan, surveys);
	pasids_are_as_due(&plan, surveys);
}
