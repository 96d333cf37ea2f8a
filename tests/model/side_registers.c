/* SPDX-License-Identifier: MIT */
/*
 * "Memory Type Registers", "Enhanced Command Registers" and "RDT Configuration Register": kept as software
 * writes them. No data depends on a memory type here. There are no enhanced commands (all of ECCAP reads 0)
 * and no performance counters (PERFCAP reads 0), so each command ends as an undefined one.
 */
#include "tests/model/internal.h"

enum { MTRR_RANGES = (REG_MTRR_PHYSMASK9 + 8 - REG_MTRR_PHYSBASE0) / 16 };

/* A register that is there, and the bits of it that software writes. */
struct side_register {
	uint64_t *value;
	uint64_t write;
	bool is_command;
};

static bool is_fixed_range(uint32_t base)
{
	return base >= REG_MTRR_FIX64K_00000 && base <= REG_MTRR_FIX4K_F8000;
}

/* Bits of a memory type range register; those above the host address width are reserved. */
static uint64_t mtrr_write(const struct model_unit *unit, uint32_t base)
{
	uint64_t address = ~beyond_host_width(unit);

	if (base == REG_MTRRDEF)
		return FIELD_MASK(MTRRDEF_E) | FIELD_MASK(MTRRDEF_FE) | FIELD_MASK(MTRRDEF_TYPE);
	if (is_fixed_range(base))
		return UINT64_MAX;
	if (base < REG_MTRR_PHYSBASE0)
		return 0;
	return (base - REG_MTRR_PHYSBASE0) % 16 == 0
		       ? (FIELD_MASK(MTRR_PHYSBASE_PHYSBASE) & address) |
				 FIELD_MASK(MTRR_PHYSBASE_TYPE)
		       : (FIELD_MASK(MTRR_PHYSMASK_PHYSMASK) & address) |
				 FIELD_MASK(MTRR_PHYSMASK_V);
}

static struct side_register enhanced(struct model_unit *unit, uint32_t base)
{
	switch (base) {
	case REG_ECMD:
		return (struct side_register){ &unit->ecmd, UINT64_MAX, true };
	case REG_ECEO:
		return (struct side_register){ &unit->ecmd_operand, UINT64_MAX, false };
	default:
		return (struct side_register){ &unit->ecrsp, 0, false };
	}
}

/* value is NULL if nothing is there. */
static struct side_register find(struct model_unit *unit, uint32_t offset)
{
	uint32_t base = offset & ~7u;

	if (is_fixed_range(base) && defect(unit, MEMORY_TYPES_SHARED))
		base = REG_MTRR_FIX64K_00000;
	if (ecap(unit, ECAP_MTS) && base >= REG_MTRRCAP && base <= REG_MTRR_PHYSMASK9)
		return (struct side_register){ &unit->mtrr[(base - REG_MTRRCAP) / 8],
					       mtrr_write(unit, base), false };
	if (cap(unit, CAP_ECMDS) && base >= REG_ECMD && base <= REG_ECRSP)
		return enhanced(unit, base);
	if (ecap(unit, ECAP_RDTS) && base == REG_RDTC)
		return (struct side_register){ &unit->rdtc,
					       FIELD_MASK(RDTC_CLOS) | FIELD_MASK(RDTC_RMID),
					       false };
	return (struct side_register){ NULL, 0, false };
}

bool mu_side_read(struct model_unit *unit, uint32_t offset, uint32_t *value)
{
	const uint64_t *at = find(unit, offset).value;
	uint64_t shown;

	if (at == NULL)
		return false;
	shown = *at;
	if ((offset & ~7u) == REG_MTRRCAP)
		shown = FIELD_MASK(MTRRCAP_WC) | FIELD_MASK(MTRRCAP_FIX) |
			reg_put(MTRRCAP_VCNT, MTRR_RANGES);
	*value = half_of(shown, offset);
	return true;
}

bool mu_side_write(struct model_unit *unit, uint32_t offset, uint32_t value)
{
	struct side_register at = find(unit, offset);

	if (at.value == NULL)
		return false;
	mu_merge_half(at.value, offset, value & half_of(at.write, offset));
	if (at.is_command && !is_high_half(offset))
		unit->ecrsp = reg_put(ECRSP_SC, ECMD_STATUS_UNDEFINED);
	return true;
}
