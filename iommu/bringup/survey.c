/* SPDX-License-Identifier: MIT */
/* The first look at all units: reads only. */
#include "iommu/bringup/bringup.h"

static struct caps read_caps(struct unit *unit)
{
	return (struct caps){
		.ver = unit_read32(unit, REG_VER),
		.cap = unit_read64(unit, REG_CAP),
		.ecap = unit_read64(unit, REG_ECAP),
	};
}

static bool is_same_caps(const struct caps *a, const struct caps *b)
{
	return a->ver == b->ver && a->cap == b->cap && a->ecap == b->ecap;
}

/* As it is now: since unit_probe() somebody may have brought the unit to rest. */
static struct unit_entry_state read_state(struct unit *unit)
{
	const bool has_queue = caps_has(&unit->caps, CAPABILITY_QI);
	const bool remaps_interrupts = caps_has(&unit->caps, CAPABILITY_IR);

	return (struct unit_entry_state){
		.gsts = unit_read32(unit, REG_GSTS),
		.fsts = unit_read32(unit, REG_FSTS),
		.fectl = unit_read32(unit, REG_FECTL),
		.pmen = unit_read32(unit, REG_PMEN),
		.rtaddr = unit_read64(unit, REG_RTADDR),
		.iqa = has_queue ? unit_read64(unit, REG_IQA) : 0,
		.irta = remaps_interrupts ? unit_read64(unit, REG_IRTA) : 0,
	};
}

/*
 * Where the registers do not tell the layout because nothing is offered in either, it does not
 * matter which one it is: VCCAP lies at E30 in one and at E00 in the other.
 */
static void look_at_vcmd(struct unit *unit, enum options_vcmd layout, struct survey *survey)
{
	struct vcmd vcmd;
	enum vcmd_error error = vcmd_probe(unit, layout, &vcmd);

	if (error == VCMD_OK) {
		survey->vcmd_layout = vcmd.layout;
		survey->vcmd_is_busy = vcmd.unanswered;
		survey->vcmd_allocates = vcmd_can_alloc(&vcmd);
		survey->vcmd_frees = vcmd_can_free(&vcmd);
	} else {
		survey->vcmd_offers_nothing = unit_read64(unit, REG_VCCAP) == 0 &&
					      unit_read64(unit, REG_DRAFT_VCCAP) == 0;
	}
	unit->failure[0] = 0; /* nothing has failed */
}

static void survey_unit(struct unit *unit, enum options_vcmd layout, struct survey *survey)
{
	*survey = (struct survey){
		.index = unit->index,
		.base = unit->base,
		.caps = read_caps(unit),
	};
	survey->caps_again = read_caps(unit);
	survey->is_absent =
		(survey->caps.ver == 0 && survey->caps.cap == 0) || survey->caps.ver == UINT32_MAX;
	if (survey->is_absent)
		return;
	if (!is_same_caps(&survey->caps, &unit->caps)) /* what every other layer goes by */
		survey->caps_again = unit->caps;
	survey->entry = read_state(unit);
	if (caps_has(&survey->caps, CAPABILITY_VCS))
		look_at_vcmd(unit, layout, survey);
}

void bringup_survey(struct unit *units, unsigned int count, enum options_vcmd layout,
		    struct survey *surveys)
{
	for (unsigned int i = 0; i < count; i++)
		survey_unit(&units[i], layout, &surveys[i]);
}
