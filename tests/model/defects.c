/* SPDX-License-Identifier: MIT */
/*
 * The named deviations: switching them on, and naming them; and what only they ask for.
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

bool mu_is_last_page(const struct model_cached_page *page, const struct mu_page_range *range)
{
	uint64_t pages = (UINT64_C(1) << range->address_mask) - 1;

	return range->address_mask != 0 && (page->address >> MU_PAGE_SHIFT & pages) == pages;
}

bool mu_is_overlooked(const struct model_unit *unit, const struct model_cached *entry,
		      enum invalidate_granularity granularity, int *first_source)
{
	if (entry->kind != MODEL_CACHED_PAGE)
		return false;
	if (*first_source < 0) {
		*first_source = entry->page.sid;
		return false;
	}
	if (entry->page.sid != *first_source && defect(unit, IOTLB_TAKES_ONE_SOURCE))
		return true;
	return granularity == GRANULARITY_DOMAIN && defect(unit, IOTLB_DOMAIN_TAKES_ONE_PAGE);
}
