/*
 * What the specification says about VER, CAP and ECAP as a whole: "Capability Register" and
 * "Extended Capability Register", bit by bit from the top. Only what it states as a must is here;
 * recommendations (ZLR, MAMV of 9 or 18, snoop control) are not.
 *
 * Older units are good hardware too. Rules that revision 3.0 brought along with scalable mode are
 * not held against a unit of revision 2 (ECAP.ECS set), nor the bits that are reserved today and had
 * a meaning then.
 */
#include "iommu/caps.h"

#define CAP_TITLE  "Capability Register: "
#define ECAP_TITLE "Extended Capability Register: "

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
	return caps_has(caps, which) && caps_missing(caps, needs);
}

/* I(register, name, id, needs, text): "hardware reporting NEEDS as clear also reports NAME as clear" */
#define IMPLICATIONS(I)                                                                         \
	I(CAP, FS5LP, "fs5lp-needs-fsts", NEED(FSTS), "FS5LP needs ECAP.FSTS")                  \
	I(CAP, PI, "pi-needs-ir", NEED(IR), "PI needs ECAP.IR")                                 \
	I(CAP, FS1GP, "fs1gp-needs-fsts", NEED(FSTS), "FS1GP needs ECAP.FSTS")                  \
	I(ECAP, IRREQ, "irreq-needs-ir", NEED(IR), "IRREQ needs IR")                            \
	I(ECAP, EIMER, "eimer-needs-eim", NEED(EIM), "EIMER needs EIM")                         \
	I(ECAP, HPT1GPS, "hpt1gps-needs-hpts", NEED(HPTS), "HPT1GPS needs HPTS")                \
	I(ECAP, SMS, "sms-needs-prs", NEED(PRS), "SMS needs PRS")                               \
	I(ECAP, SSIRWS, "ssirws-needs-ssts", NEED(SSTS), "SSIRWS needs SSTS")                   \
	I(ECAP, PTRS, "ptrs-needs-dt-pasid", NEED(DT) | NEED(PASID), "PTRS needs DT and PASID") \
	I(ECAP, HPTS, "hpts-needs-smts-dt", NEED(SMTS) | NEED(DT), "HPTS needs SMTS and DT")    \
	I(ECAP, RPRIVS, "rprivs-needs-srs", NEED(SRS), "RPRIVS needs SRS")                      \
	I(ECAP, PMS, "pms-needs-ecmds", NEED(ECMDS), "PMS needs CAP.ECMDS")                     \
	I(ECAP, RPS, "rps-needs-smts", NEED(SMTS), "RPS needs SMTS")                            \
	I(ECAP, SMPWCS, "smpwcs-needs-smts", NEED(SMTS), "SMPWCS needs SMTS")                   \
	I(ECAP, FSTS, "fsts-needs-smts", NEED(SMTS), "FSTS needs SMTS")                         \
	I(ECAP, SSADS, "ssads-needs-smpwcs", NEED(SMPWCS), "SSADS needs SMPWCS")                \
	I(ECAP, SMTS, "smts-needs-qi", NEED(QI), "SMTS needs QI")                               \
	I(ECAP, PDS, "pds-needs-dt", NEED(DT), "PDS needs DT")                                  \
	I(ECAP, DIT, "dit-needs-dt", NEED(DT), "DIT needs DT")                                  \
	I(ECAP, PASID, "pasid-needs-smts", NEED(SMTS), "PASID needs SMTS")                      \
	I(ECAP, EAFS, "eafs-needs-fsts-smpwcs", NEED(FSTS) | NEED(SMPWCS),                      \
	  "EAFS needs FSTS and SMPWCS")                                                         \
	I(ECAP, NWFS, "nwfs-needs-dt", NEED(DT), "NWFS needs DT")                               \
	I(ECAP, SRS, "srs-needs-smts", NEED(SMTS), "SRS needs SMTS")                            \
	I(ECAP, PRS, "prs-needs-dt-smts", NEED(DT) | NEED(SMTS), "PRS needs DT and SMTS")       \
	I(ECAP, NEST, "nest-needs-both-stages", NEED(SMTS) | NEED(FSTS) | NEED(SSTS),           \
	  "NEST needs SMTS, FSTS and SSTS")                                                     \
	I(ECAP, MTS, "mts-needs-smts", NEED(SMTS), "MTS needs SMTS")                            \
	I(ECAP, EIM, "eim-needs-ir", NEED(IR), "EIM needs IR")                                  \
	I(ECAP, IR, "ir-needs-qi", NEED(QI), "IR needs QI")                                     \
	I(ECAP, DT, "dt-needs-qi", NEED(QI), "DT needs QI")

#define IMPLICATION_FUNCTION(reg, name, id, needs, text)      \
	static bool name##_lacks(const struct caps *caps)     \
	{                                                     \
		return lacks(caps, CAPABILITY_##name, needs); \
	}
IMPLICATIONS(IMPLICATION_FUNCTION)

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

#define IMPLICATION_RULE(reg, name, id, needs, text) \
	{ "cap." id, reg##_TITLE #name, text, name##_lacks },

static const struct caps_rule rules[] = {
	{ "cap.ver-reserved", "Version Register", "reserved bits of VER are 0", ver_reserved },
	{ "cap.reserved", CAP_TITLE "Reserved", "reserved bits of CAP are 0 (15:13, 38, 58:57)",
	  cap_reserved },
	{ "cap.deprecated", CAP_TITLE "DEP", "the deprecated bit 23 of CAP is 0", cap_deprecated },
	{ "cap.ecap-reserved", ECAP_TITLE "Reserved", "reserved bits of ECAP are 0 (19:18, 54, 63)",
	  ecap_reserved },
	{ "cap.ecap-deprecated", ECAP_TITLE "DEP",
	  "the deprecated bits of ECAP are 0 (5, 24, 28:27, 32)", ecap_deprecated },
	{ "cap.drains", CAP_TITLE "DRD, DWD", "DRD and DWD are 1 from major version 2 on",
	  draining_absent },
	{ "cap.sslps", CAP_TITLE "SSLPS", "SSLPS is 0000, 0001 or 0011", sslps_invalid },
	{ "cap.mgaw", CAP_TITLE "MGAW", "MGAW is not 0", mgaw_zero },
	{ "cap.sagaw", CAP_TITLE "SAGAW", "reserved bits of SAGAW (0 and 4) are 0",
	  sagaw_reserved },
	{ "cap.sagaw-needs-ssts", CAP_TITLE "SAGAW",
	  "SAGAW is 0 without ECAP.SSTS from major version 6 on", sagaw_without_ssts },
	{ "cap.rwbf-excludes-smts", CAP_TITLE "RWBF", "RWBF is 0 with ECAP.SMTS", rwbf_with_smts },
	{ "cap.nd", CAP_TITLE "ND", "ND is not the reserved 7", nd_reserved },
	{ "cap.fro", CAP_TITLE "FRO", "fault records lie at unused offsets", fro_overlaps },
	{ "cap.iro", ECAP_TITLE "IRO", "IVA and IOTLB lie at unused offsets", iro_overlaps },
	{ "cap.fro-iro", CAP_TITLE "FRO", "fault records and IOTLB do not overlap",
	  fro_iro_overlap },
	{ "cap.pss-needs-smts", ECAP_TITLE "PSS", "PSS is 0 without SMTS", pss_without_smts },
	{ "cap.ers", ECAP_TITLE "ERS", "ERS is 0", ers_set },
	{ "cap.mhmv-needs-ir", ECAP_TITLE "MHMV", "MHMV is 0 without IR", mhmv_without_ir },
	IMPLICATIONS(IMPLICATION_RULE)
};

const struct caps_rule *caps_rules(unsigned int *count)
{
	*count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}
