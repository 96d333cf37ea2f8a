/* SPDX-License-Identifier: MIT */
/*
 * Protected memory regions, where the unit has them: the registers keep what is written down to
 * the granularity the unit chose, and PRS follows EPM. No region is ever set around memory in use.
 *
 * They are what keeps DMA out of a loader's memory before any table exists, and they work without
 * one: what they block leaves no fault record, so that a region somebody forgot shows as a device
 * that does nothing. Software therefore waits for PRS after each change of EPM, and looks here
 * first when DMA is lost without a trace. How many low bits of base and limit exist is the unit's
 * choice, found by writing ones; a limit's missing bits count as ones. A limit below the base is
 * an empty region: so we can turn protection on and protect nothing.
 */
#include "tests/engine/platform.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/suites/suites.h"

#define PMEN_PRS_BIT ((uint32_t)FIELD_MASK(PMEN_PRS))
#define PMEN_EPM_BIT ((uint32_t)FIELD_MASK(PMEN_EPM))

/* While protection is on, its registers must not be touched. */
static bool is_off(struct test_run *run)
{
	if (unit_read32(run->unit, REG_PMEN) & (PMEN_PRS_BIT | PMEN_EPM_BIT)) {
		test_skip(run, "protected memory of unit %u is on", run->unit->index);
		return false;
	}
	return true;
}

/* The address bits judged: all 32, or those below the host address width. */
static uint64_t address_bits(unsigned int bits)
{
	unsigned int width = bits == 32 ? 32 : platform.dmar.host_address_bits;

	return (UINT64_C(1) << width) - 1;
}

/*
 * Written with ones, a register shows which of its bits exist: all from some bit N + 1 up. What is
 * written to them stays.
 */
struct protected_register {
	uint32_t offset;
	unsigned int bits;
};

LINKED_RUN(run_keeps_address, struct protected_register, reg)
{
	const uint32_t offset = reg->offset;
	const unsigned int bits = reg->bits;
	struct unit *unit = run->unit;
	uint64_t before, exist, lost = 0;
	char text[120];

	if (!is_off(run))
		return;
	before = unit_read(unit, offset, bits);
	unit_write(unit, offset, bits, UINT64_MAX);
	exist = unit_read(unit, offset, bits) & address_bits(bits);
	if (!exist || (exist | (exist - 1)) != address_bits(bits))
		test_fail(run, "after ones it reads neither all ones nor ones above zeros");
	for (unsigned int bit = 0; bit < bits; bit++) {
		uint64_t one = exist & UINT64_C(1) << bit;

		unit_write(unit, offset, bits, one);
		lost |= (unit_read(unit, offset, bits) ^ one) & exist;
		unit_write(unit, offset, bits, exist & ~one);
		lost |= (unit_read(unit, offset, bits) ^ (exist & ~one)) & exist;
	}
	unit_write(unit, offset, bits, before);
	bit_ranges_format(text, sizeof(text), &lost, 1);
	if (lost)
		test_fail(run, "bits %s do not keep what is written", text);
}

/* A limit below the base turns a region off, so enabling protection protects nothing. */
static void status_follows(struct test_run *run)
{
	static const struct {
		uint32_t base, limit;
		unsigned int bits;
		enum capability capability;
	} regions[2] = {
		{ REG_PLMBASE, REG_PLMLIMIT, 32, CAPABILITY_PLMR },
		{ REG_PHMBASE, REG_PHMLIMIT, 64, CAPABILITY_PHMR },
	};
	struct unit *unit = run->unit;
	uint64_t base[2] = { 0 }, limit[2] = { 0 };

	if (!caps_has(&unit->caps, CAPABILITY_PLMR) && !caps_has(&unit->caps, CAPABILITY_PHMR)) {
		test_skip(run, "unit %u lacks CAP.PLMR (bit 5) and CAP.PHMR (bit 6)", unit->index);
		return;
	}
	if (!is_off(run))
		return;
	for (unsigned int i = 0; i < 2; i++) {
		if (!caps_has(&unit->caps, regions[i].capability))
			continue;
		base[i] = unit_read(unit, regions[i].base, regions[i].bits);
		limit[i] = unit_read(unit, regions[i].limit, regions[i].bits);
		unit_write(unit, regions[i].base, regions[i].bits, address_bits(regions[i].bits));
		unit_write(unit, regions[i].limit, regions[i].bits, 0);
	}
	for (unsigned int round = 0; round < 2; round++) {
		unit_write32(unit, REG_PMEN, PMEN_EPM_BIT);
		if (unit_wait32(unit, "PMEN", REG_PMEN, PMEN_PRS_BIT, PMEN_PRS_BIT) != STATUS_OK)
			test_fail(run, "PRS does not follow EPM on");
		EXPECT_EQ(run, unit_read32(unit, REG_PMEN) & PMEN_EPM_BIT, PMEN_EPM_BIT);
		unit_write32(unit, REG_PMEN, 0);
		if (unit_wait32(unit, "PMEN", REG_PMEN, PMEN_PRS_BIT, 0) != STATUS_OK)
			test_fail(run, "PRS does not follow EPM off");
	}
	for (unsigned int i = 0; i < 2; i++) {
		if (!caps_has(&unit->caps, regions[i].capability))
			continue;
		unit_write(unit, regions[i].base, regions[i].bits, base[i]);
		unit_write(unit, regions[i].limit, regions[i].bits, limit[i]);
	}
}

/* What is read-only stays as it is, whatever is written. */
static void expect_read_only(struct test_run *run, uint32_t offset, unsigned int bits)
{
	struct unit *unit = run->unit;
	const uint64_t before = unit_read(unit, offset, bits);

	unit_write(unit, offset, bits, ~before);
	EXPECT_EQ(run, unit_read(unit, offset, bits), before);
	unit_write(unit, offset, bits, before);
}

static void enable_is_read_only(struct test_run *run)
{
	expect_read_only(run, REG_PMEN, 32);
}

static void low_is_read_only(struct test_run *run)
{
	expect_read_only(run, REG_PLMBASE, 32);
	expect_read_only(run, REG_PLMLIMIT, 32);
}

static void high_is_read_only(struct test_run *run)
{
	expect_read_only(run, REG_PHMBASE, 64);
	expect_read_only(run, REG_PHMLIMIT, 64);
}

#define PROTECTED_TEST(name, what, title_in_spec, needed, ...)                     \
	{                                                                          \
		.id = "protected." name, .title = (what), .spec = (title_in_spec), \
		.flags = TEST_WITHOUT_AGENT, .needs = (needed), .run = __VA_ARGS__ \
	}

static const struct test tests[] = {
	PROTECTED_TEST("low-base", "PLMBASE keeps the base of the low region",
		       "Protected Low-Memory Base Register", NEED(PLMR),
		       LINKED(run_keeps_address, .offset = REG_PLMBASE, .bits = 32)),
	PROTECTED_TEST("low-limit", "PLMLIMIT keeps the limit of the low region",
		       "Protected Low-Memory Limit Register", NEED(PLMR),
		       LINKED(run_keeps_address, .offset = REG_PLMLIMIT, .bits = 32)),
	PROTECTED_TEST("high-base", "PHMBASE keeps the base of the high region",
		       "Protected High-Memory Base Register", NEED(PHMR),
		       LINKED(run_keeps_address, .offset = REG_PHMBASE, .bits = 64)),
	PROTECTED_TEST("high-limit", "PHMLIMIT keeps the limit of the high region",
		       "Protected High-Memory Limit Register", NEED(PHMR),
		       LINKED(run_keeps_address, .offset = REG_PHMLIMIT, .bits = 64)),
	PROTECTED_TEST("status", "PRS follows EPM, with both regions empty",
		       "Protected Memory Enable Register", 0, status_follows),
	{ .id = "protected.absent",
	  .title = "PMEN is read-only without a protected region",
	  .spec = "Protected Memory Enable Register",
	  .flags = TEST_WITHOUT_AGENT,
	  .needs_absent = NEED(PLMR) | NEED(PHMR),
	  .run = enable_is_read_only },
	{ .id = "protected.low-absent",
	  .title = "PLMBASE and PLMLIMIT are read-only without a low region",
	  .spec = "Protected Low-Memory Base Register",
	  .flags = TEST_WITHOUT_AGENT,
	  .needs_absent = NEED(PLMR),
	  .run = low_is_read_only },
	{ .id = "protected.high-absent",
	  .title = "PHMBASE and PHMLIMIT are read-only without a high region",
	  .spec = "Protected High-Memory Base Register",
	  .flags = TEST_WITHOUT_AGENT,
	  .needs_absent = NEED(PHMR),
	  .run = high_is_read_only },
};

const struct suite suite_protected_memory = SUITE("protected memory", tests);
