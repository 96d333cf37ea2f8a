/* SPDX-License-Identifier: MIT */
/*
 * bringup_plan() keeps the rules of docs/DESIGN.md on every platform of two units.
 *
 * Arbitrary: VER, CAP, ECAP and the other registers of both units, whether a second reading of them is
 * the same, whether they answer, what their virtual commands can do, and the whole request.
 * Assumed: nothing but that an enum and a bool have one of their values. The capacity of a plan, 64 units, is
 * made 2 (proofs.list), which is quicker and changes no code but the refusal of too many.
 * Asserted: what obeys() and refuses_well() say, besides all that CBMC checks of itself (no access
 * outside, no overflow of a shift); panic() and field_overflow() are never reached (stubs.c).
 * Bound: two units are enough for each rule of "all units" and of "one unit and another". Loops are over
 * units (2) or over capabilities (fewer than 65); one that went on would fail an assertion of its own.
 * Text is not made: the stubs leave any text behind.
 */
#include <assert.h>

#include "tests/host/proofs/platform.h"

/* What one unit must be for the plan that it is part of. */
static void obeys(const struct bringup_plan *plan, const struct survey *survey, unsigned int i)
{
	const bool translates = plan->units[i].translates;
	const bool is_first = plan->format.unit_stage[i] == FIRST_STAGE;
	const unsigned int levels = plan->format.unit_levels[i];

	assert(plan->units[i].is_used == !survey->is_absent);
	assert(!survey->is_absent || (!translates && plan->request.leaves_out_absent));
	assert(plan->format.has_no_tables[i] == !translates);
	assert(translates || survey->is_absent || plan->request.leaves_untranslated);
	if (!survey->is_absent && plan->interrupt_remapping)
		assert(has(survey, CAPABILITY_QI) && has(survey, CAPABILITY_IR));
	if (!survey->is_absent && plan->extended_interrupts)
		assert(has(survey, CAPABILITY_EIM) && plan->interrupt_remapping);
	if (!translates)
		return;
	if (plan->format.scalable)
		assert(has(survey, CAPABILITY_SMTS) && has(survey, CAPABILITY_QI) &&
		       plan->units[i].queue == BRINGUP_QUEUE_256);
	else
		assert(!is_first && plan->units[i].queue != BRINGUP_QUEUE_256);
	if (is_first)
		assert(caps_has_first_stage_levels(&survey->caps, levels) &&
		       plan->address_bits <= caps_first_stage_bits(&survey->caps));
	else
		assert(caps_has_levels(&survey->caps, levels) &&
		       (!plan->format.scalable || has(survey, CAPABILITY_SSTS)) &&
		       plan->address_bits <= caps_second_stage_bits(&survey->caps));
	assert(plan->address_bits >= plan->request.address_bits);
	assert(!plan->pass_through || has(survey, CAPABILITY_PT));
	assert(!plan->format.structures_snooped || has(survey, CAPABILITY_C));
	assert(!plan->format.paging_snooped ||
	       has(survey, plan->format.scalable ? CAPABILITY_SMPWCS : CAPABILITY_C));
	assert(plan->domain_end <= caps_domain_count(&survey->caps));
	assert(plan->first_domain || !has(survey, CAPABILITY_CM));
	if (plan->pasids != PASIDS_NONE)
		assert(plan->format.scalable && has(survey, CAPABILITY_PASID) &&
		       plan->pasid_bits <= caps_pasid_bits(&survey->caps));
	if (plan->pasids != PASIDS_VCMD && plan->pasids != PASIDS_NONE)
		assert(!has(survey, CAPABILITY_VCS) || !survey->vcmd_allocates);
	if (plan->sva)
		assert(has(survey, CAPABILITY_FSTS) && has(survey, CAPABILITY_PASID) &&
		       has(survey, CAPABILITY_SMPWCS));
}

/* What holds for the platform. */
static void obeys_as_a_whole(const struct bringup_plan *plan)
{
	const struct bringup_request *request = &plan->request;

	assert(plan->refusal.reason == BRINGUP_REASON_OK);
	assert(request->mode != BRINGUP_SCALABLE || plan->format.scalable);
	assert(request->mode != BRINGUP_LEGACY || !plan->format.scalable);
	assert(request->pasids != BRINGUP_REQUIRED || plan->pasids != PASIDS_NONE);
	assert(request->pasids != BRINGUP_OFF || plan->pasids == PASIDS_NONE);
	assert(request->pass_through != BRINGUP_REQUIRED || plan->pass_through);
	assert(request->pass_through != BRINGUP_OFF || !plan->pass_through);
	assert(request->interrupt_remapping != BRINGUP_REQUIRED || plan->interrupt_remapping);
	assert(request->interrupt_remapping != BRINGUP_OFF || !plan->interrupt_remapping);
	assert(!plan->interrupt_remapping || !request->firmware.denies_interrupt_remapping);
	assert(!plan->extended_interrupts || !request->firmware.opts_out_of_x2apic);
	assert(!plan->sva || plan->pasids != PASIDS_NONE);
	assert((plan->pasids == PASIDS_VCMD) == (plan->vcmd_unit != BRINGUP_NO_UNIT));
}

/* Those reasons are about one unit, which must be one that answers, or that is absent. */
static bool is_about_a_unit(enum bringup_reason reason)
{
	switch (reason) {
	case BRINGUP_REASON_NO_UNITS:
	case BRINGUP_REASON_NO_TRANSLATION:
	case BRINGUP_REASON_INTERRUPT_REMAPPING_DENIED:
	case BRINGUP_REASON_PASIDS_NEED_SCALABLE_MODE:
	case BRINGUP_REASON_NO_PASID_MEMORY:
		return false;
	default:
		return true;
	}
}

static void refuses_well(const struct bringup_plan *plan, const struct survey *surveys)
{
	const struct bringup_refusal *refusal = &plan->refusal;

	assert(refusal->reason > BRINGUP_REASON_OK && refusal->reason < BRINGUP_REASON_VCMD_SILENT);
	assert(refusal->unit < UNITS ||
	       (refusal->unit == BRINGUP_NO_UNIT && !is_about_a_unit(refusal->reason)));
	if (refusal->unit < UNITS)
		assert(surveys[refusal->unit].is_absent ==
		       (refusal->reason == BRINGUP_REASON_ABSENT));
}

int main(void)
{
	static struct bringup_plan plan;
	static struct survey surveys[UNITS];
	const struct bringup_request request = any_request();

	for (unsigned int i = 0; i < UNITS; i++)
		surveys[i] = any_unit(i);
	show(surveys);
	if (!bringup_plan(surveys, UNITS, &request, &plan)) {
		refuses_well(&plan, surveys);
		return 0;
	}
	obeys_as_a_whole(&plan);
	for (unsigned int i = 0; i < UNITS; i++)
		obeys(&plan, &surveys[i], i);
}
