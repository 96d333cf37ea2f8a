/* SPDX-License-Identifier: MIT */
/* Registers of a unit beside those of its shadow. */
#include "arch/time.h"
#include "tests/engine/platform.h"
#include "tests/fuzz/register_list.h"
#include "tests/fuzz/registers.h"

/* Fields that say something only while a status bit is set. */
static uint64_t bits_valid(struct shadow *shadow, const struct named_register *reg)
{
	uint64_t status, bits = UINT64_MAX;

	if (!shadow_register(shadow, REG_FSTS, 4, &status))
		return 0;
	if (reg->offset == REG_FSTS && !(status & FIELD_MASK(FSTS_PPF)))
		bits &= ~FIELD_MASK(FSTS_FRI);
	if (reg->offset == REG_RTADDR && !caps_has(&shadow->unit->caps, CAPABILITY_SMTS))
		bits &= ~FIELD_MASK(RTADDR_TTM); /* a field of scalable mode */
	if (reg->offset != REG_IQERCD)
		return bits;
	if (!(status & FIELD_MASK(FSTS_IQE)))
		bits &= ~FIELD_MASK(IQERCD_IQEI);
	if (!(status & FIELD_MASK(FSTS_ITE)))
		bits &= ~FIELD_MASK(IQERCD_ITESID);
	if (!(status & FIELD_MASK(FSTS_ICE)))
		bits &= ~FIELD_MASK(IQERCD_ICESID);
	return bits;
}

/* Address bits from the host address width on need not be there. */
static uint64_t bits_decided(struct shadow *shadow, const struct named_register *reg)
{
	const struct unit *unit = shadow->unit;
	uint64_t bits = 0;
	const struct register_fields *fields = register_list_fields(reg);

	if (unit_is_modelled(unit))
		return bits_valid(shadow, reg);
	for (unsigned int i = 0; i < fields->count; i++)
		bits |= field_mask(fields->first[i].field);
	if (reg->bytes == 8)
		bits &= (UINT64_C(1) << platform.dmar.host_address_bits) - 1;
	if (reg->offset == REG_FSTS)
		bits &= ~FIELD_MASK(FSTS_FRI); /* faults may be merged */
	if (reg->offset == REG_IRTA && !caps_has(&unit->caps, CAPABILITY_EIM))
		bits &= ~FIELD_MASK(IRTA_EIME);
	if (reg->offset == REG_RTADDR)
		bits &= FIELD_MASK(RTADDR_RTA);
	return bits;
}

static struct register_difference describe(const struct named_register *reg, uint64_t seen,
					   uint64_t due, uint64_t bits)
{
	struct register_difference difference = { .name = reg->name, .is_wide = true };
	const struct register_fields *fields = register_list_fields(reg);

	for (unsigned int i = 0; i < fields->count; i++) {
		const struct field field = fields->first[i].field;

		if ((seen ^ due) & bits & field_mask(field)) {
			difference.name = fields->first[i].name;
			difference.is_wide = field.hi - field.lo >= 4;
			difference.seen = (unsigned int)bits_read(&seen, field);
			difference.due = (unsigned int)bits_read(&due, field);
			break;
		}
	}
	return difference;
}

/*
 * Reads a register until all `bits` are as they are due, or nobody believes in it any more: those that were awaited
 * to the end once are not awaited again.
 */
static uint64_t await(struct shadow *shadow, const struct named_register *reg, uint64_t due,
		      uint64_t bits)
{
	const uint32_t offset = register_offset(shadow->unit, reg);
	uint64_t *const given_up = &shadow->given_up[reg - register_list];
	struct deadline deadline = deadline_after_us(UNIT_DEADLINE_US);
	uint64_t seen, missing;

	for (;;) {
		seen = unit_read(shadow->unit, offset, 8 * reg->bytes);
		missing = (seen ^ due) & bits & ~*given_up;
		if (!missing || unit_is_modelled(shadow->unit))
			return seen;
		if (deadline_passed(&deadline))
			break;
	}
	*given_up |= missing;
	return seen;
}

static struct register_difference compare(struct shadow *shadow, const struct named_register *reg)
{
	const struct register_difference none = { 0 };
	const uint64_t bits = bits_decided(shadow, reg);
	const uint32_t offset = register_offset(shadow->unit, reg);
	uint64_t seen, due;

	if (!shadow_register(shadow, offset, reg->bytes, &due))
		return none;
	seen = await(shadow, reg, due, bits);
	return (seen ^ due) & bits ? describe(reg, seen, due, bits) : none;
}

/* What is in a record counts while its F is set. */
static bool is_same_record(struct shadow *shadow, uint32_t offset)
{
	const uint64_t is_used = UINT64_C(1) << FIELD_LOW_BIT(FRCD_F) % 64;
	const uint64_t seen[] = { unit_read64(shadow->unit, offset),
				  unit_read64(shadow->unit, offset + 8) };
	uint64_t due[2];

	if (!shadow_register(shadow, offset, 8, &due[0]) ||
	    !shadow_register(shadow, offset + 8, 8, &due[1]))
		return true;
	if (!((seen[1] | due[1]) & is_used))
		return true;
	return seen[0] == due[0] && seen[1] == due[1];
}

static struct register_difference compare_records(struct shadow *shadow)
{
	const struct register_difference none = { 0 };
	const struct caps *caps = &shadow->unit->caps;
	const uint32_t first = caps_fault_record_offset_bytes(caps);

	for (unsigned int i = 0; i < caps_fault_record_count(caps); i++)
		if (!is_same_record(shadow, first + i * FRCD_BYTES))
			return (struct register_difference){ .name = "FRCD", .is_wide = true };
	return none;
}

/* Of many alike a write of one may have hit another. */
static bool is_near(const struct unit *unit, const struct named_register *reg, uint32_t offset)
{
	if (reg->kind & RARE)
		return offset >= REG_MTRRCAP && offset <= REG_MTRR_PHYSMASK9;
	return (offset & ~7u) == (register_offset(unit, reg) & ~7u);
}

/* Where registers of these names could be, others may be, which have no name here. */
static bool is_other(const struct unit *unit, const struct named_register *reg)
{
	const uint32_t records = caps_fault_record_offset_bytes(&unit->caps);
	const uint32_t block = caps_iotlb_offset_bytes(&unit->caps);

	return !register_is_there(unit, reg) &&
	       (reg->offset - records < caps_fault_record_count(&unit->caps) * FRCD_BYTES ||
		reg->offset - block < REG_IOTLB_IN_BLOCK + 8u);
}

static bool is_asked(const struct shadow *shadow, const struct named_register *reg, uint32_t offset,
		     enum registers_asked asked)
{
	const struct unit *unit = shadow->unit;

	if ((reg->needs & NEED(VCS) && !shadow->has_commands) || is_other(unit, reg))
		return false;
	if (!unit_is_modelled(unit) && (!(reg->kind & ON_REAL) || !register_is_there(unit, reg)))
		return false;
	if (asked == REGISTERS_EVERY || is_near(unit, reg, offset))
		return true;
	return register_is_there(unit, reg) &&
	       (reg->kind & MOVES || (asked == REGISTERS_THERE && !(reg->kind & RARE)));
}

struct register_difference registers_compare(struct shadow *shadow, uint32_t offset,
					     enum registers_asked asked)
{
	struct register_difference difference = { 0 };

	for (unsigned int i = 0; i < register_list_count && !difference.name; i++)
		if (is_asked(shadow, &register_list[i], offset, asked))
			difference = compare(shadow, &register_list[i]);
	if (!difference.name && asked != REGISTERS_MOVING && unit_is_modelled(shadow->unit))
		difference = compare_records(shadow);
	return difference;
}
