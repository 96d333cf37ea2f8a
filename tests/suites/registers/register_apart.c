/* SPDX-License-Identifier: MIT */
/*
 * All registers at once: each holds what was written to it while the others are written to, and what is read only stays.
 *
 * A register alone shows that it keeps bits, not that they are its own. Emulators keep registers in one array of bytes, where a
 * neighbour's width or a wrong offset spills over.
 */
#include "tests/scenes/bit_ranges.h"
#include "tests/suites/registers/register_access.h"
#include "tests/suites/suites.h"

enum { REGISTERS_MAX = 64 };

struct held {
	const struct test *test; /* whose register it is */
	const struct writable_register *reg;
	uint32_t offset;
	uint64_t mask, before, kept;
};

/* A tail is held against the size of a ring that other patterns choose, so both rings' tails have no part in this. */
static bool takes_part(const struct unit *unit, const struct writable_register *reg)
{
	if (reg->offset == REG_CCMD || reg->offset == REG_IOTLB_BLOCK)
		return caps_major(&unit->caps) < 6;
	return reg->offset != REG_IQT;
}

/* Two tests may be about one register, for two of its fields. */
static struct held *find(struct held *held, unsigned int count, uint32_t offset)
{
	for (unsigned int i = 0; i < count; i++)
		if (held[i].offset == offset)
			return &held[i];
	return &held[count];
}

static unsigned int collect(struct unit *unit, struct held *held)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < suite_register_access.count && count < REGISTERS_MAX; i++) {
		const struct test *test = &suite_register_access.tests[i];
		const struct writable_register *reg = register_access_of(test);
		uint32_t offset;
		struct held *at;

		if (!reg || caps_missing(&unit->caps, test->needs) || !takes_part(unit, reg))
			continue;
		offset = reg->offset == REG_IOTLB_BLOCK
				 ? caps_iotlb_offset_bytes(&unit->caps) + REG_IOTLB_IN_BLOCK
				 : reg->offset;
		at = find(held, count, offset);
		if (at == &held[count])
			held[count++] = (struct held){ .test = test, .reg = reg, .offset = offset };
		at->mask |= reg->mask(&unit->caps);
	}
	return count;
}

/* Bits of its own for each register, the same in no two. */
static uint64_t pattern(uint32_t offset)
{
	return (offset + 1) * 0x9e3779b97f4a7c15;
}

/* What differs from what the register held when it alone had been written to. */
static void expect_kept(struct test_run *run, const struct held *held)
{
	const uint64_t changed =
		(unit_read(run->unit, held->offset, held->reg->bits) ^ held->kept) & held->mask;
	char text[120];

	bit_ranges_format(text, sizeof(text), &changed, 1);
	if (changed)
		test_fail(run, "the register of %s changes in bits %s", held->test->id, text);
}

/* Written in the order of the book, or in the opposite one, so that each neighbour has its turn as the later one. */
static void write_all(struct test_run *run, struct held *held, unsigned int count,
		      bool is_backwards)
{
	for (unsigned int i = 0; i < count; i++) {
		struct held *at = &held[is_backwards ? count - 1 - i : i];
		const uint64_t value = is_backwards ? ~pattern(at->offset) : pattern(at->offset);

		unit_write(run->unit, at->offset, at->reg->bits, value & at->mask);
		at->kept = unit_read(run->unit, at->offset, at->reg->bits);
	}
	for (unsigned int i = 0; i < count; i++)
		expect_kept(run, &held[i]);
}

static void run_apart(struct test_run *run)
{
	static struct held held[REGISTERS_MAX];
	struct unit *unit = run->unit;
	const unsigned int count = collect(unit, held);
	const uint32_t gsts = unit_read32(unit, REG_GSTS), fsts = unit_read32(unit, REG_FSTS);

	for (unsigned int i = 0; i < count; i++)
		held[i].before = unit_read(unit, held[i].offset, held[i].reg->bits) & held[i].mask;
	write_all(run, held, count, false);
	write_all(run, held, count, true);
	EXPECT_EQ(run, unit_read32(unit, REG_VER), unit->caps.ver);
	EXPECT_EQ(run, unit_read64(unit, REG_CAP), unit->caps.cap);
	EXPECT_EQ(run, unit_read64(unit, REG_ECAP), unit->caps.ecap);
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), gsts);
	EXPECT_EQ(run, unit_read32(unit, REG_FSTS), fsts);
	for (unsigned int i = 0; i < count; i++)
		unit_write(unit, held[i].offset, held[i].reg->bits, held[i].before);
}

/* Registers that are reserved as a whole without a capability. */
static const struct optional {
	const char *name;
	uint32_t offset;
	unsigned int bits;
	enum capability capability;
} optionals[] = {
#define OPTIONAL(name, bits, needed)                           \
	{                                                      \
#name, REG_##name, (bits), CAPABILITY_##needed \
	}
	OPTIONAL(IQH, 64, QI),	    OPTIONAL(IQT, 64, QI),     OPTIONAL(IQA, 64, QI),
	OPTIONAL(ICS, 32, QI),	    OPTIONAL(IECTL, 32, QI),   OPTIONAL(IEDATA, 32, QI),
	OPTIONAL(IEADDR, 32, QI),   OPTIONAL(IEUADDR, 32, QI), OPTIONAL(IQERCD, 64, QI),
	OPTIONAL(IRTA, 64, IR),	    OPTIONAL(PQH, 64, PRS),    OPTIONAL(PQT, 64, PRS),
	OPTIONAL(PQA, 64, PRS),	    OPTIONAL(PRS, 32, PRS),    OPTIONAL(PECTL, 32, PRS),
	OPTIONAL(PEDATA, 32, PRS),  OPTIONAL(PEADDR, 32, PRS), OPTIONAL(MTRRCAP, 64, MTS),
	OPTIONAL(MTRRDEF, 64, MTS), OPTIONAL(ECMD, 64, ECMDS), OPTIONAL(ECEO, 64, ECMDS),
	OPTIONAL(ECRSP, 64, ECMDS), OPTIONAL(RDTC, 64, RDTS),
#undef OPTIONAL
};

/* Where fault records or IOTLB registers lie, no other register does. */
static bool is_taken(const struct caps *caps, uint32_t offset)
{
	const uint32_t records = caps_fault_record_offset_bytes(caps);
	const uint32_t iotlb = caps_iotlb_offset_bytes(caps);

	return offset - records < caps_fault_record_count(caps) * FRCD_BYTES ||
	       offset - iotlb < IOTLB_BLOCK_BYTES;
}

static void run_absent(struct test_run *run)
{
	struct unit *unit = run->unit;

	for (size_t i = 0; i < sizeof(optionals) / sizeof(optionals[0]); i++) {
		const struct optional *at = &optionals[i];
		uint64_t value;

		if (caps_has(&unit->caps, at->capability) || is_taken(&unit->caps, at->offset))
			continue;
		value = unit_read(unit, at->offset, at->bits);
		if (value)
			test_fail(run, "%s reads %llx", at->name, (unsigned long long)value);
	}
}

static const struct test tests[] = {
	{ .id = "reg.apart",
	  .title = "each register keeps its own value while all others are written",
	  .spec = "Register Descriptions",
	  .flags = TEST_WITHOUT_AGENT,
	  .run = run_apart },
	{ .id = "reg.absent-zero",
	  .title = "registers that come with a capability read 0 without it",
	  .spec = "Register Attributes",
	  .flags = TEST_WITHOUT_AGENT,
	  .run = run_absent },
};

const struct suite suite_register_apart = SUITE("reg apart", tests);
