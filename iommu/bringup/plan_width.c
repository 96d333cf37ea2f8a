/* SPDX-License-Identifier: MIT */
/*
 * The part of the plan that is about the second stage: how deep tables are, how wide addresses, and
 * how many domains there are ("Capability Register": SAGAW, MGAW, ND).
 *
 * Tables belong to a device, hence to one unit: each unit walks its own deepest. A depth that all of
 * them have is needed only for one address space behind several units, and whether there is one is
 * an answer of its own.
 */
#include "iommu/bringup/decide.h"

#define SAGAW_USABLE (1u << SAGAW_3_LEVEL | 1u << SAGAW_4_LEVEL | 1u << SAGAW_5_LEVEL)

unsigned int bringup_depths(const struct caps *caps)
{
	return (unsigned int)reg_get(caps->cap, CAP_SAGAW) & SAGAW_USABLE;
}

/* The first of the units before `unit` with which it has no depth in common. */
static unsigned int first_unlike(const struct bringup_plan *plan, unsigned int unit)
{
	const unsigned int own = bringup_depths(&plan->units[unit].caps);

	for (unsigned int i = 0; i < unit; i++)
		if (plan->units[i].translates && !(bringup_depths(&plan->units[i].caps) & own))
			return i;
	return BRINGUP_NO_UNIT;
}

static void find_shared_depth(struct bringup_plan *plan)
{
	unsigned int common = SAGAW_USABLE;

	for (unsigned int i = 0; i < plan->unit_count && common; i++) {
		if (!plan->units[i].translates)
			continue;
		common &= bringup_depths(&plan->units[i].caps);
		if (common)
			continue;
		plan->depth_unit = i;
		plan->depth_with_unit = first_unlike(plan, i);
	}
	for (plan->format.levels = common ? 5 : 0;
	     common && !(common >> (plan->format.levels - 2) & 1);)
		plan->format.levels--;
}

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int second_stage_bits(const struct bringup_plan *plan, unsigned int unit)
{
	return caps_second_stage_bits(&plan->units[unit].caps);
}

static void find_width(struct bringup_plan *plan)
{
	unsigned int least = UINT32_MAX, best = 0;

	for (unsigned int i = 0; i < plan->unit_count; i++) {
		if (!plan->units[i].translates)
			continue;
		plan->format.unit_levels[i] = (uint8_t)caps_best_levels(&plan->units[i].caps);
		least = smaller(least, second_stage_bits(plan, i));
		if (second_stage_bits(plan, i) > best)
			best = second_stage_bits(plan, i);
	}
	plan->address_bits = best ? least : 0;
	for (unsigned int i = 0; i < plan->unit_count; i++)
		bringup_note(plan, i, BRINGUP_NOTE_NARROWEST,
			     plan->units[i].translates && least < best &&
				     second_stage_bits(plan, i) == least);
}

/* The first that is narrower than others; if all are alike, the first. */
static unsigned int narrowest_unit(const struct bringup_plan *plan)
{
	unsigned int first_used = 0;

	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (bringup_unit_has_note(plan, i, BRINGUP_NOTE_NARROWEST))
			return i;
	while (!plan->units[first_used].translates)
		first_used++;
	return first_used;
}

/* Domain 0 tags what a unit with CAP.CM caches of not-present entries. */
static bool choose_domains(struct bringup_plan *plan)
{
	plan->domain_end = UINT32_MAX;
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		const struct caps *caps = &plan->units[i].caps;

		if (!plan->units[i].translates)
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

bool bringup_choose_width(struct bringup_plan *plan)
{
	if (!plan->has_translation)
		return true;
	find_shared_depth(plan);
	find_width(plan);
	if (plan->address_bits < plan->request.address_bits)
		return bringup_refuse(plan, BRINGUP_REASON_TOO_NARROW, narrowest_unit(plan),
				      "has %u bits where %u are needed", plan->address_bits,
				      plan->request.address_bits);
	return choose_domains(plan);
}
