/* SPDX-License-Identifier: MIT */
/*
 * The named deviations: switching them on, and naming them.
 */
#include "tests/model/internal.h"

static const struct {
	const char *name;
	const char *meaning;
} texts[] = {
	{ "NONE", "the unit follows the book" },
#define DEFECT(name, meaning) { #name, meaning },
#include "tests/model/defects.def"
};

void model_set_defect(struct model_unit *unit, enum model_defect defect)
{
	if (defect != MODEL_DEFECT_NONE && defect < MODEL_DEFECT_END)
		unit->defects[defect / 64] |= UINT64_C(1) << (defect % 64);
}

void model_clear_defects(struct model_unit *unit)
{
	memset(unit->defects, 0, sizeof(unit->defects));
}

const char *model_defect_name(unsigned int defect)
{
	return defect < MODEL_DEFECT_END ? texts[defect].name : "unknown";
}

const char *model_defect_meaning(unsigned int defect)
{
	return defect < MODEL_DEFECT_END ? texts[defect].meaning : "no such defect";
}
