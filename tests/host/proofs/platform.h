/* SPDX-License-Identifier: MIT */
/* Any platform of a few units and any request, for the proofs of the plan. */
#pragma once

#include "iommu/bringup/bringup.h"
#include "iommu/bringup/decide.h"

enum { UNITS = BRINGUP_UNITS_MAX }; /* proofs.list makes it that of the proof */

struct survey nondet_survey(void);
unsigned int nondet_value(void);

static bool any_bool(void)
{
	return nondet_value() & 1;
}

static unsigned int any_below(unsigned int end)
{
	const unsigned int value = nondet_value();

	__CPROVER_assume(value < end);
	return value;
}

static const struct vcmd_layout *any_layout(void)
{
	if (any_bool())
		return NULL;
	return any_bool() ? &vcmd_layout_draft : &vcmd_layout_3_3;
}

static bool has(const struct survey *survey, enum capability which)
{
	return caps_has(&survey->caps, which);
}

static struct survey any_unit(unsigned int index)
{
	struct survey survey = nondet_survey();

	survey.index = index;
	survey.is_absent = any_bool();
	survey.vcmd_layout = any_layout();
	survey.vcmd_is_busy = any_bool();
	survey.vcmd_offers_nothing = any_bool();
	survey.vcmd_allocates = any_bool();
	survey.vcmd_frees = any_bool();
	return survey;
}

static struct bringup_request any_request(void)
{
	return (struct bringup_request){
		.mode = any_below(BRINGUP_LEGACY + 1),
		.pasids = any_below(BRINGUP_REQUIRED + 1),
		.pass_through = any_below(BRINGUP_REQUIRED + 1),
		.interrupt_remapping = any_below(BRINGUP_REQUIRED + 1),
		.address_bits = nondet_value(),
		.prefers_second_stage = any_bool(),
		.pasid_bits = nondet_value(),
		.backing = any_below(BACKING_PRIVATE + 1),
		.default_pasids_live = nondet_value(),
		.has_no_pasid_memory = any_bool(),
		.leaves_out_absent = any_bool(),
		.leaves_untranslated = any_bool(),
		.processor_has_5_levels = any_bool(),
		.processor_has_1g_pages = any_bool(),
		.firmware = { any_bool(), any_bool(), any_bool() },
	};
}

static void show(const struct survey *surveys)
{
	__CPROVER_output("topo=sm+cap=", surveys[0].caps.cap);
	__CPROVER_output("+ecap=", surveys[0].caps.ecap);
	for (unsigned int i = 1; i < UNITS; i++) {
		__CPROVER_output(",sm+cap=", surveys[i].caps.cap);
		__CPROVER_output("+ecap=", surveys[i].caps.ecap);
	}
}
