/* SPDX-License-Identifier: MIT */
/*
 * The part of the plan that is about tables: through which stage each unit translates, how deep its
 * tables are, how wide addresses, and how many domains there are ("Capability Register": SAGAW, FS5LP,
 * MGAW, ND).
 *
 * Tables belong to a device, hence to one unit: each unit walks its own deepest, in its own stage. A
 * stage and a depth that all of them have are needed only for one address space behind several
 * units, and whether there is such a pair is an answer of its own.
 *
 * Where a unit has both stages, scalable mode uses the first one unless the caller prefers the second,
 * as Linux 7.3 does for each domain by its flags. Linux never goes by the width; here the caller says
 * how many address bits he needs, and a stage that has too few gives way to the other, be it a first one, of
 * which only the lower canonical half is used, or a second one of few levels.
 */
#include "iommu/bringup/decide.h"

#define SAGAW_USABLE (1u << SAGAW_3_LEVEL | 1u << SAGAW_4_LEVEL | 1u << SAGAW_5_LEVEL)

unsigned int bringup_depths(const struct caps *caps, bool scalable, enum paging_stage stage)
{
	if (stage == SECOND_STAGE)
		return scalable && !caps_has(caps, CAPABILITY_SSTS)
			       ? 0
			       : (unsigned int)reg_get(caps->cap, CAP_SAGAW) & SAGAW_USABLE;
	if (!scalable || !caps_has(caps, CAPABILITY_FSTS))
		return 0;
	return 1u << SAGAW_4_LEVEL | (caps_has(caps, CAPABILITY_FS5LP) ? 1u << SAGAW_5_LEVEL : 0);
}

static unsigned int most_levels(unsigned int depths)
{
	unsigned int levels = 5;

	while (levels && !(depths << 2 >> levels & 1))
		levels--;
	return levels;
}

/* Of both stages: the one that is preferred, unless it is too narrow and the other is not. */
static bool first_gives_way(const struct bringup_plan *plan, const struct caps *caps)
{
	const unsigned int bits = plan->request.address_bits;
	const bool first_will_do = caps_first_stage_bits(caps) >= bits;
	const bool second_will_do = caps_second_stage_bits(caps) >= bits;

	return !first_will_do || (plan->request.prefers_second_stage && second_will_do);
}

/* Those that this plan may use. */
static unsigned int depths_of(const struct bringup_plan *plan, unsigned int unit,
			      enum paging_stage stage)
{
	const struct caps *caps = &plan->units[unit].caps;
	const bool scalable = plan->format.scalable;

	if (stage == FIRST_STAGE && bringup_depths(caps, scalable, SECOND_STAGE) &&
	    first_gives_way(plan, caps))
		return 0;
	return bringup_depths(caps, scalable, stage);
}

static bool are_unlike(const struct bringup_plan *plan, unsigned int a, unsigned int b)
{
	return !(depths_of(plan, a, FIRST_STAGE) & depths_of(plan, b, FIRST_STAGE)) &&
	       !(depths_of(plan, a, SECOND_STAGE) & depths_of(plan, b, SECOND_STAGE));
}

/* The first of the units before `unit` with which it has no stage of one depth in common. */
static unsigned int first_unlike(const struct bringup_plan *plan, unsigned int unit)
{
	for (unsigned int i = 0; i < unit; i++)
		if (plan->units[i].translates && are_unlike(plan, i, unit))
			return i;
	return BRINGUP_NO_UNIT;
}

static void find_shared_depth(struct bringup_plan *plan)
{
	unsigned int first = SAGAW_USABLE, second = SAGAW_USABLE;

	for (unsigned int i = 0; i < plan->unit_count && (first | second); i++) {
		if (!plan->units[i].translates)
			continue;
		first &= depths_of(plan, i, FIRST_STAGE);
		second &= depths_of(plan, i, SECOND_STAGE);
		if (first | second)
			continue;
		plan->depth_unit = i;
		plan->depth_with_unit = first_unlike(plan, i);
	}
	plan->format.stage = first ? FIRST_STAGE : SECOND_STAGE;
	plan->format.levels = most_levels(first ? first : second);
}

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* How wide addresses are behind a unit. */
static unsigned int width_of(const struct bringup_plan *plan, unsigned int unit)
{
	const struct caps *caps = &plan->units[unit].caps;

	return plan->format.unit_stage[unit] == FIRST_STAGE ? caps_first_stage_bits(caps)
							    : caps_second_stage_bits(caps);
}

static void choose_stage(struct bringup_plan *plan, unsigned int unit)
{
	const unsigned int first = depths_of(plan, unit, FIRST_STAGE);
	const unsigned int second = depths_of(plan, unit, SECOND_STAGE);

	plan->format.unit_stage[unit] = first ? FIRST_STAGE : SECOND_STAGE;
	plan->format.unit_levels[unit] = (uint8_t)most_levels(first ? first : second);
	plan->format.pass_through_levels[unit] = (uint8_t)most_levels(second);
}

static void find_width(struct bringup_plan *plan)
{
	unsigned int least = UINT32_MAX, best = 0;

	for (unsigned int i = 0; i < plan->unit_count; i++) {
		if (!plan->units[i].translates)
			continue;
		choose_stage(plan, i);
		least = smaller(least, width_of(plan, i));
		if (width_of(plan, i) > best)
			best = width_of(plan, i);
	}
	plan->address_bits = best ? least : 0;
	for (unsigned int i = 0; i < plan->unit_count; i++)
		bringup_note(plan, i, BRINGUP_NOTE_NARROWEST,
			     plan->units[i].translates && least < best &&
				     width_of(plan, i) == least);
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
