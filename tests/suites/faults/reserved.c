/* SPDX-License-Identifier: MIT */
#include "tests/suites/faults/reserved.h"

#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/scene_test.h"

/* Bits hi..lo of a 64-bit word. */
static uint64_t bits(unsigned int hi, unsigned int lo)
{
	return (~UINT64_C(0) >> (63 - hi)) & ~UINT64_C(0) << lo;
}

/* The mask of a field if the unit lacks the capability that makes it one. */
static uint64_t unless(const struct caps *caps, enum capability capability, uint64_t mask)
{
	return caps_has(caps, capability) ? 0 : mask;
}

static unsigned int host_address_bits(void)
{
	return platform.dmar.host_address_bits;
}

/* Bits 63:HAW, HAW the platform's host address width. */
static uint64_t above_host_width(void)
{
	return host_address_bits() < 64 ? bits(63, host_address_bits()) : 0;
}

uint64_t reserved_root_low(void)
{
	return bits(11, 1) | above_host_width();
}

/* Domain-id bits above the width that CAP.ND gives; a field of 16 bits at `lo`. */
static uint64_t did_above_width(const struct caps *caps, unsigned int lo)
{
	uint64_t usable = caps_domain_count(caps) - 1;

	return (0xffff & ~usable) << lo;
}

void reserved_context(const struct caps *caps, uint64_t words[2])
{
	words[0] = bits(11, 4) | above_host_width();
	words[1] = bits(7, 7) | bits(63, 24) | did_above_width(caps, 8);
}

void reserved_sm_context(uint64_t words[4])
{
	words[0] = bits(8, 7) | above_host_width();
	words[1] = bits(63, 21);
	words[2] = words[3] = ~UINT64_C(0);
}

void gated_sm_context(const struct caps *caps, uint64_t words[4])
{
	words[0] = unless(caps, CAPABILITY_DT, FIELD_MASK(SMCONTEXT_DTE)) |
		   unless(caps, CAPABILITY_PASID, FIELD_MASK(SMCONTEXT_PASIDE)) |
		   unless(caps, CAPABILITY_PRS, FIELD_MASK(SMCONTEXT_PRE)) |
		   unless(caps, CAPABILITY_HPTS, FIELD_MASK(SMCONTEXT_HPTE)) |
		   unless(caps, CAPABILITY_PTRS, FIELD_MASK(SMCONTEXT_EPTR));
	words[1] = unless(caps, CAPABILITY_RPS, FIELD_MASK(SMCONTEXT_RID_PASID)) |
		   unless(caps, CAPABILITY_RPRIVS, FIELD_MASK(SMCONTEXT_RID_PRIV));
	words[2] = words[3] = 0;
}

uint64_t reserved_pasid_dir(void)
{
	return bits(11, 2) | above_host_width();
}

void reserved_pasid(const struct caps *caps, uint64_t words[8])
{
	words[0] = bits(5, 5) | bits(11, 10) | above_host_width();
	words[1] = bits(22, 16) | bits(31, 27) | did_above_width(caps, 0);
	words[2] = bits(1, 1) | bits(11, 8) | above_host_width();
	words[3] = ~UINT64_C(0);
	words[4] = bits(11, 3) | above_host_width();
	words[5] = bits(63, 16);
	words[6] = words[7] = ~UINT64_C(0);
}

void gated_pasid(const struct caps *caps, uint64_t words[8])
{
	uint64_t below_host_width = ~above_host_width();

	words[0] = unless(caps, CAPABILITY_SSADS, FIELD_MASK(PASID_SSADE)) |
		   unless(caps, CAPABILITY_SSTS, FIELD_MASK(PASID_AW)) |
		   unless(caps, CAPABILITY_SSTS, FIELD_MASK(PASID_SSPTPTR) & below_host_width);
	words[1] = unless(caps, CAPABILITY_SMPWCS, FIELD_MASK(PASID_PWSNP)) |
		   unless(caps, CAPABILITY_SC, FIELD_MASK(PASID_PGSNP)) |
		   unless(caps, CAPABILITY_MTS, FIELD_MASK(PASID_CD)) |
		   unless(caps, CAPABILITY_MTS, FIELD_MASK(PASID_EMTE)) |
		   unless(caps, CAPABILITY_MTS, FIELD_MASK(PASID_PAT));
	words[2] = unless(caps, CAPABILITY_SRS, FIELD_MASK(PASID_SRE)) |
		   unless(caps, CAPABILITY_EAFS, FIELD_MASK(PASID_EAFE)) |
		   unless(caps, CAPABILITY_FSTS, FIELD_MASK(PASID_FSPM)) |
		   unless(caps, CAPABILITY_FSTS, FIELD_MASK(PASID_WPE)) |
		   unless(caps, CAPABILITY_FSTS, FIELD_MASK(PASID_FSPTPTR) & below_host_width);
	words[3] = words[6] = words[7] = 0;
	words[4] = unless(caps, CAPABILITY_HPTS, bits(2, 0) | (bits(63, 12) & below_host_width));
	words[5] = unless(caps, CAPABILITY_HPTS, bits(15, 0));
}

/*
 * Bit 11 (SNP) of a leaf is a field only with ECAP.SC, of other entries never. Bit 62 is one only
 * with SSIRWE, which no scene sets. Bit 7 says "leaf" at levels 2 and 3.
 */
uint64_t reserved_second_stage(const struct stage *stage, unsigned int level)
{
	const struct caps *caps = &stage->unit->caps;
	bool is_leaf = level == stage_leaf_level(stage);
	uint64_t reserved = bits(62, 62);

	if (host_address_bits() < 52)
		reserved |= bits(51, host_address_bits());
	if (!is_leaf)
		reserved |= FIELD_MASK(SS_SNP);
	else
		reserved |= unless(caps, CAPABILITY_SC, FIELD_MASK(SS_SNP));
	if (is_leaf && level > 1)
		reserved |= bits(paging_level_shift(level) - 1, 12);
	if (level > 3)
		reserved |= FIELD_MASK(SS_PS);
	return reserved;
}

uint64_t ignored_second_stage(const struct stage *stage, unsigned int level)
{
	uint64_t ignored = bits(6, 2) | bits(10, 8) | bits(61, 52) | bits(63, 63);

	if (level == 1)
		ignored |= FIELD_MASK(SS_PS);
	if (level == stage_leaf_level(stage) && caps_has(&stage->unit->caps, CAPABILITY_SC))
		ignored |= FIELD_MASK(SS_SNP);
	return ignored;
}

/* PAT is bit 12 of a large page. PS is reserved at levels 4 and 5, at level 3 without CAP.FS1GP. */
uint64_t reserved_first_stage(const struct stage *stage, unsigned int level)
{
	const struct caps *caps = &stage->unit->caps;
	bool is_leaf = level == stage_leaf_level(stage);
	uint64_t reserved = 0;

	if (host_address_bits() < 52)
		reserved |= bits(51, host_address_bits());
	if (is_leaf && level > 1)
		reserved |= bits(paging_level_shift(level) - 1, 13);
	if (level > 3)
		reserved |= FIELD_MASK(FS_PS);
	if (level == 3 && !is_leaf)
		reserved |= unless(caps, CAPABILITY_FS1GP, FIELD_MASK(FS_PS));
	return reserved;
}

uint64_t unsupported_widths(const struct caps *caps)
{
	uint64_t values = 0xff;

	for (unsigned int levels = 3; levels <= 5; levels++)
		if (caps_has_levels(caps, levels))
			values &= ~(UINT64_C(1) << paging_address_width(levels));
	return values;
}

unsigned int reserved_level_of(const struct stage *stage, enum place at)
{
	switch (at) {
	case AT_LEVEL_2:
		return 2;
	case AT_LEVEL_3:
		return 3;
	case AT_TOP:
		return stage->table.levels;
	default:
		return stage_leaf_level(stage);
	}
}

void reserved_second_stage_test(struct test_run *run, enum place at, const struct outcome *expect)
{
	static const uint64_t once_a_field = FIELD_MASK(SS_IW);
	const struct leniency old = { .bits = &once_a_field, .may_land = true, .field = "TM" };
	uint64_t mask = reserved_second_stage(&run->stage, reserved_level_of(&run->stage, at));

	scene_test_each_bit_but(run, at, &mask, 1, expect,
				caps_has(&run->unit->caps, CAPABILITY_SSIRWS) ? NULL : &old);
}

void root_unreachable_test(struct test_run *run)
{
	static const struct dma plain_write;
	struct outcome expect = FAULTS((uint8_t)run->test->arg);
	struct root_table nowhere;

	if (!scene_test_open(run, &run->scene, &plain_write))
		return;
	nowhere = run->stage.root;
	nowhere.entries = phys_pointer(stage_no_memory(&run->stage));
	REQUIRE_OK(run, translation_load_root(run->unit, &nowhere));
	REQUIRE_OK(run, invalidate_all(run->unit));
	scene_test_write(run, 0, &expect, NULL);
}
