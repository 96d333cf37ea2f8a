/* SPDX-License-Identifier: MIT */
/*
 * "Protected Memory Range Registers": regions that no device reaches, whatever translation says.
 */
#include "tests/model/internal.h"

/* Regions begin and end with pages. */
static bool is_in_region(const struct model_unit *unit, uint64_t page, uint64_t base,
			 uint64_t limit)
{
	/* The bits that the registers do not have count as ones. */
	if (!defect(unit, PROTECTION_ENDS_EARLY))
		limit |= (UINT64_C(1) << MU_PMR_SHIFT) - 1;
	return page >= base && page <= limit;
}

bool mu_is_protected(const struct model_unit *unit, uint64_t phys)
{
	uint64_t page = page_of(phys);

	if (mu_fixed_get(unit, REG_PMEN) == 0)
		return false;
	if (unit->gsts & FIELD_MASK(GSTS_TES) && defect(unit, PROTECTION_OFF_WITH_TE))
		return false;
	if (cap(unit, CAP_PLMR) && is_in_region(unit, page, mu_fixed_get(unit, REG_PLMBASE),
						mu_fixed_get(unit, REG_PLMLIMIT)))
		return true;
	return cap(unit, CAP_PHMR) && is_in_region(unit, page, mu_fixed_get64(unit, REG_PHMBASE),
						   mu_fixed_get64(unit, REG_PHMLIMIT));
}
