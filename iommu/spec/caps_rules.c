/* SPDX-License-Identifier: MIT */
/*
 * What the specification says about VER, CAP and ECAP as a whole: "Capability Register" and
 * "Extended Capability Register", bit by bit from the top. Only what it states as a must is here;
 * recommendations (ZLR, MAMV of 9 or 18, snoop control) are not.
 *
 * Older units are good hardware too. Rules that revision 3.0 brought along with scalable mode are
 * not held against a unit of revision 2 (ECAP.ECS set), nor the bits that are reserved today and had
 * a meaning then.
 *
 * The tests of a unit and the reference model go by this one list.
 */
#include "iommu/spec/caps_rules.h"

/* A unit of revision 2: it offers extended mode, the predecessor of scalable mode. */
static bool has_extended_mode(const struct caps *caps)
{
	return caps_has(caps, CAPABILITY_ECS) && !caps_has(caps, CAPABILITY_SMTS);
}

/*
 * Certainly built after revision 3.0, which freed the bits of extended mode and of caching hints.
 * Units of major version 1 to 5 were built to older revisions as well.
 */
static bool is_recent(const struct caps *caps)
{
	return caps_has(caps, CAPABILITY_SMTS) || caps_major(caps) >= 6;
}

/* What revision 3.0 introduced: a unit of revision 2 cannot have it. */
#define SCALABLE_ERA (NEED(SMTS) | NEED(FSTS) | NEED(SMPWCS))

static bool lacks(const struct caps *caps, enum capability which, uint64_t needs)
{
	if ((needs & SCALABLE_ERA) && has_extended_mode(caps))
		return false;
	if (which == CAPABILITY_FS1GP && !caps_has(caps, CAPABILITY_SMTS))
		return false; /* a note */
	return caps_has(caps, which) && caps_missing(caps, needs);
}

#define IMPLICATION_FUNCTION(reg, name, id, needs, text)      \
	static bool name##_lacks(const struct caps *caps)     \
	{                                                     \
		return lacks(caps, CAPABILITY_##name, needs); \
	}
CAPS_IMPLICATIONS(IMPLICATION_FUNCTION)

static bool ver_reserved(const struct caps *caps)
{
	return caps->ver & ~(uint32_t)(FIELD_MASK(VER_MAX) | FIELD_MASK(VER_MIN));
}

/* Reserved fields have no name; these are their bits. */
#define CAP_RESERVED   (FIELD_MASK(15, 13) | FIELD_MASK(38, 38) | FIELD_MASK(58, 57))
#define CAP_DEPRECATED FIELD_MASK(23, 23)
#define ECAP_RESERVED  (FIELD_MASK(19, 18) | FIELD_MASK(54, 54) | FIELD_MASK(63, 63))
#define ECAP_DEPRECATED \
	(FIELD_MASK(5, 5) | FIELD_MASK(24, 24) | FIELD_MASK(28, 27) | FIELD_MASK(32, 32))

static bool cap_reserved(const struct caps *caps)
{
	return caps->cap & CAP_RESERVED;
}

static bool ecap_reserved(const struct caps *caps)
{
	return caps->ecap & ECAP_RESERVED;
}

static bool cap_deprecated(const struct caps *caps)
{
	return is_recent(caps) && (caps->cap & CAP_DEPRECATED);
}

static bool ecap_deprecated(const struct caps *caps)
{
	return is_recent(caps) && (caps->ecap & ECAP_DEPRECATED);
}

static bool draining_absent(const struct caps *caps)
{
	return caps_major(caps) >= 2 && caps_missing(caps, NEED(DWD) | NEED(DRD));
}

/* Valid sets are none, 2 MiB, and 2 MiB with 1 GiB. */
static bool sslps_invalid(const struct caps *caps)
{
	uint64_t sizes = reg_get(caps->cap, CAP_SSLPS);

	return sizes != 0 && sizes != 1 && sizes != 3;
}

static bool mgaw_zero(const struct caps *caps)
{
	return reg_get(caps->cap, CAP_MGAW) == 0;
}

static bool sagaw_reserved(const struct caps *caps)
{
	uint64_t defined = 1u << SAGAW_3_LEVEL | 1u << SAGAW_4_LEVEL | 1u << SAGAW_5_LEVEL;

	return reg_get(caps->cap, CAP_SAGAW) & ~defined;
}

static bool sagaw_without_ssts(const struct caps *caps)
{
	return caps_major(caps) >= 6 && !caps_has(caps, CAPABILITY_SSTS) &&
	       reg_get(caps->cap, CAP_SAGAW) != 0;
}

static bool rwbf_with_smts(const struct caps *caps)
{
	return caps_has(caps, CAPABILITY_SMTS) && caps_has(caps, CAPABILITY_RWBF);
}

static bool nd_reserved(const struct caps *caps)
{
	return caps_domain_count(caps) == 0;
}

static bool pss_without_smts(const struct caps *caps)
{
	return !caps_has(caps, CAPABILITY_SMTS) && !has_extended_mode(caps) &&
	       reg_get(caps->ecap, ECAP_PSS) != 0;
}

static bool fs1gp_without_smts(const struct caps *caps)
{
	return !caps_has(caps, CAPABILITY_SMTS) && !has_extended_mode(caps) &&
	       caps_has(caps, CAPABILITY_FS1GP);
}

static bool pss_too_large(const struct caps *caps)
{
	return reg_get(caps->ecap, ECAP_PSS) > 19;
}

/* A unit of major version 1 to 5 may be older than revision 4.0. */
static bool afl_set(const struct caps *caps)
{
	return caps_major(caps) >= 6 && caps_has(caps, CAPABILITY_AFL);
}

static bool ers_set(const struct caps *caps)
{
	return is_recent(caps) && caps_has(caps, CAPABILITY_ERS);
}

static bool mhmv_without_ir(const struct caps *caps)
{
	return !caps_has(caps, CAPABILITY_IR) && caps_max_handle_mask(caps) != 0;
}

/* Registers at fixed offsets, [first, end), in use where the unit has all of `needs`. */
static const struct {
	uint16_t first;
	uint16_t end;
	uint64_t needs;
} fixed_registers[] = {
	{ REG_VER, REG_FEUADDR + 4, 0 },
	{ REG_PMEN, REG_PMEN + 4, NEED(PLMR) },
	{ REG_PMEN, REG_PMEN + 4, NEED(PHMR) },
	{ REG_PLMBASE, REG_PLMLIMIT + 4, NEED(PLMR) },
	{ REG_PHMBASE, REG_PHMLIMIT + 8, NEED(PHMR) },
	{ REG_IQH, REG_IQERCD + 8, NEED(QI) },
	{ REG_IRTA, REG_IRTA + 8, NEED(IR) },
	{ REG_PQH, REG_PEUADDR + 4, NEED(PRS) },
	{ REG_ECMD, REG_ECRSP + 8, NEED(ECMDS) },
	{ REG_VCMD, REG_VCCAP + 8, NEED(VCS) },
};

static bool hits_fixed_registers(const struct caps *caps, uint32_t first, uint32_t end)
{
	for (size_t i = 0; i < sizeof(fixed_registers) / sizeof(fixed_registers[0]); i++)
		if (!caps_missing(caps, fixed_registers[i].needs) &&
		    first < fixed_registers[i].end && fixed_registers[i].first < end)
			return true;
	return false;
}

static uint32_t fault_records_end(const struct caps *caps)
{
	return caps_fault_record_offset_bytes(caps) + caps_fault_record_count(caps) * FRCD_BYTES;
}

static bool fro_overlaps(const struct caps *caps)
{
	return hits_fixed_registers(caps, caps_fault_record_offset_bytes(caps),
				    fault_records_end(caps));
}

/* From major version 6 on there is no register-based invalidation, so IRO may say anything. */
static bool has_iotlb_registers(const struct caps *caps)
{
	return caps_major(caps) < 6;
}

static bool iro_overlaps(const struct caps *caps)
{
	uint32_t first = caps_iotlb_offset_bytes(caps);

	return has_iotlb_registers(caps) &&
	       hits_fixed_registers(caps, first, first + IOTLB_BLOCK_BYTES);
}

static bool fro_iro_overlap(const struct caps *caps)
{
	uint32_t iotlb = caps_iotlb_offset_bytes(caps);

	return has_iotlb_registers(caps) && iotlb < fault_records_end(caps) &&
	       caps_fault_record_offset_bytes(caps) < iotlb + IOTLB_BLOCK_BYTES;
}

#define OTHER_RULE(id, spec, text, function) { id, spec, text, false, function },
#define NOTE_RULE(id, spec, text, function)  { id, spec, text, true, function },
#define IMPLICATION_RULE(reg, name, id, needs, text) \
	{ "cap." id, reg##_TITLE #name, text, false, name##_lacks },

static const struct caps_rule rules[] = { CAPS_OTHER_RULES(OTHER_RULE) CAPS_IMPLICATIONS(
	IMPLICATION_RULE) CAPS_NOTES(NOTE_RULE) };

const struct caps_rule *caps_rules(unsigned int *count)
{
	*count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}

const struct caps_rule *caps_first_broken(const struct caps *caps)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!rules[i].is_note && rules[i].broken(caps))
			return &rules[i];
	return NULL;
}

bool caps_cover_host(const struct caps *caps, unsigned int host_address_bits)
{
	return caps_guest_address_bits(caps) >= host_address_bits;
}
