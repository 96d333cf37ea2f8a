/* SPDX-License-Identifier: MIT */
/*
 * "Protected Memory Range Registers": regions that no device reaches, whatever translation says.
 */
#include "tests/model/internal.h"

static bool is_in_region(const struct model_unit *unit, uint64_t first, uint64_t last,
			 uint64_t base, uint64_t limit)
{
	/* The bits that the registers do not have count as ones. */
	if (!defect(unit, PROTECTION_ENDS_EARLY))
		limit |= (UINT64_C(1) << MU_PMR_SHIFT) - 1;
	return base <= limit && first <= limit && last >= base;
}

bool mu_is_protected(const struct model_unit *unit, uint64_t phys, unsigned int bytes)
{
	uint64_t last = phys + (bytes != 0 ? bytes - 1 : 0);

	if (!(mu_fixed_get(unit, REG_PMEN) & FIELD_MASK(PMEN_EPM)))
		return false;
	if (unit->gsts & FIELD_MASK(GSTS_TES) && defect(unit, PROTECTION_OFF_WITH_TE))
		return false;
	if (cap(unit, CAP_PLMR) && is_in_region(unit, phys, last, mu_fixed_get(unit, REG_PLMBASE),
						mu_fixed_get(unit, REG_PLMLIMIT)))
		return true;
	return cap(unit, CAP_PHMR) &&
	       is_in_region(unit, phys, last, mu_fixed_get64(unit, REG_PHMBASE),
			    mu_fixed_get64(unit, REG_PHMLIMIT));
}
