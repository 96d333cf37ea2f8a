/* SPDX-License-Identifier: MIT */
/*
 * Memory type range registers: as many as MTRRCAP says, and each holds its own. MTRRs are off (MTRRDEF.E is 0), so no type counts
 * while they are written to.
 */
#include "tests/engine/platform.h"
#include "tests/suites/suites.h"

enum { FIXED_COUNT = 11 };

/* UC, WC, WT, WP, WB: the types that there are. */
static const uint8_t types[] = { 0, 1, 4, 5, 6 };

/* A register, and what it holds in turn `turn`: no two the same. */
struct range_register {
	uint32_t offset;
	uint64_t value;
};

/* Eight types, one a byte. */
static uint64_t eight_types(unsigned int first)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 8; i++)
		value |= (uint64_t)types[(first + i * (1 + first / 5)) % sizeof(types)] << 8 * i;
	return value;
}

static struct range_register fixed_range(unsigned int i, unsigned int turn)
{
	return (struct range_register){ REG_MTRR_FIX64K_00000 + 8 * i, eight_types(i + turn) };
}

/* Of the bits HAW-1:12 a pattern, and V in every second register. */
static struct range_register variable_range(unsigned int i, unsigned int turn)
{
	const uint64_t width = (UINT64_C(1) << platform.dmar.host_address_bits) - 1;
	const uint64_t address = (i + 1) * 0x9e3779b97f4a7c15 ^ (turn ? UINT64_MAX : 0);
	const bool is_mask = i % 2;
	uint64_t value = address & width & FIELD_MASK(MTRR_PHYSBASE_PHYSBASE);

	if (is_mask)
		value |= reg_put(MTRR_PHYSMASK_V, (i / 2 + turn) % 2);
	else
		value |= reg_put(MTRR_PHYSBASE_TYPE, types[(i / 2 + turn) % sizeof(types)]);
	return (struct range_register){ REG_MTRR_PHYSBASE0 + 8 * i, value };
}

static struct range_register range(unsigned int i, unsigned int fixed_count, unsigned int turn)
{
	return i < fixed_count ? fixed_range(i, turn) : variable_range(i - fixed_count, turn);
}

static void try_all(struct test_run *run, unsigned int fixed_count, unsigned int count)
{
	struct unit *unit = run->unit;

	for (unsigned int turn = 0; turn < 2; turn++) {
		for (unsigned int i = 0; i < count; i++)
			unit_write64(unit, range(i, fixed_count, turn).offset,
				     range(i, fixed_count, turn).value);
		for (unsigned int i = 0; i < count; i++) {
			const struct range_register at = range(i, fixed_count, turn);
			const uint64_t read = unit_read64(unit, at.offset);

			if (read != at.value)
				test_fail(run, "%x reads %llx, not %llx", at.offset,
					  (unsigned long long)read, (unsigned long long)at.value);
		}
	}
}

static void run_ranges(struct test_run *run)
{
	struct unit *unit = run->unit;
	const uint64_t cap = unit_read64(unit, REG_MTRRCAP);
	const unsigned int fixed_count = reg_get(cap, MTRRCAP_FIX) ? FIXED_COUNT : 0;
	const unsigned int count = fixed_count + 2 * (unsigned int)reg_get(cap, MTRRCAP_VCNT);
	uint64_t before[FIXED_COUNT + 20];

	if (reg_get(cap, MTRRCAP_VCNT) > 10) {
		test_fail(run, "MTRRCAP.VCNT is %u, and there are 10 pairs at most",
			  (unsigned int)reg_get(cap, MTRRCAP_VCNT));
		return;
	}
	if (reg_get(unit_read64(unit, REG_MTRRDEF), MTRRDEF_E)) {
		test_skip(run, "memory type ranges of unit %u are on", unit->index);
		return;
	}
	for (unsigned int i = 0; i < count; i++)
		before[i] = unit_read64(unit, range(i, fixed_count, 0).offset);
	try_all(run, fixed_count, count);
	for (unsigned int i = 0; i < count; i++)
		unit_write64(unit, range(i, fixed_count, 0).offset, before[i]);
}

/* The default type, with and without the enables beside it. */
static void run_default(struct test_run *run)
{
	struct unit *unit = run->unit;
	const uint64_t before = unit_read64(unit, REG_MTRRDEF);

	if (reg_get(before, MTRRDEF_E)) {
		test_skip(run, "memory type ranges of unit %u are on", unit->index);
		return;
	}
	for (unsigned int i = 0; i < sizeof(types); i++)
		for (uint64_t fixed = 0; fixed < 2; fixed++) {
			const uint64_t value =
				reg_put(MTRRDEF_TYPE, types[i]) | reg_put(MTRRDEF_FE, fixed);

			unit_write64(unit, REG_MTRRDEF, value);
			EXPECT_EQ(run, unit_read64(unit, REG_MTRRDEF), value);
		}
	unit_write64(unit, REG_MTRRDEF, before);
}

static const struct test tests[] = {
	{ .id = "reg.mtrr-ranges",
	  .title = "as many memory type ranges as MTRRCAP says, and each holds its own",
	  .spec = "Variable-Range MTRRs",
	  .needs = NEED(MTS),
	  .flags = TEST_WITHOUT_AGENT,
	  .run = run_ranges },
	{ .id = "reg.mtrr-default",
	  .title = "MTRRDEF keeps each default type",
	  .spec = "MTRR Default Type Register",
	  .needs = NEED(MTS),
	  .flags = TEST_WITHOUT_AGENT,
	  .run = run_default },
};

const struct suite suite_memory_types = SUITE("memory types", tests);
