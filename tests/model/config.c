/* SPDX-License-Identifier: MIT */
/*
 * Which units can be modelled: "Capability Register", "Extended Capability Register", "Virtual
 * Command Capability Register". What is lawful is said in iommu/spec; here is what the model lacks.
 */
#include "iommu/spec/caps_rules.h"
#include "tests/model/internal.h"

/* Bits of a capability that promise something the model does not do (yet). */
static const struct {
	bool extended;
	struct field field;
	const char *text;
} not_modelled[] = {
	{ false, FIELD(CAP_AFL), "CAP.AFL: the advanced fault log is not modelled" },
	{ true, FIELD(ECAP_HPTS), "ECAP.HPTS: host permission tables are not modelled" },
	{ true, FIELD(ECAP_HPT1GPS), "ECAP.HPT1GPS: host permission tables are not modelled" },
	{ true, FIELD(ECAP_SMS), "ECAP.SMS: stop markers are not modelled" },
};

/* CAP.SAGAW and CAP.SSLPS are sets. */
#define SAGAW_KNOWN (1u << SAGAW_3_LEVEL | 1u << SAGAW_4_LEVEL | 1u << SAGAW_5_LEVEL)
#define LARGE_BOTH  (1u << SSLPS_2M | 1u << SSLPS_1G)

static uint64_t in(uint64_t value, struct field field)
{
	return bits_of_value(value, field);
}

static bool overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

/*
 * Registers that lie at fixed offsets where a capability says so: memory type ranges, enhanced commands with
 * the counters that they are for, RDT.
 */
static bool meets_optional(const struct model_config *c, uint64_t at, uint64_t bytes)
{
	if (reg_get(c->ecap, ECAP_MTS) &&
	    overlap(at, bytes, REG_MTRRCAP, REG_MTRR_PHYSMASK9 + 8 - REG_MTRRCAP))
		return true;
	if (reg_get(c->cap, CAP_ECMDS) && overlap(at, bytes, REG_ECMD, REG_ECRSP + 8 - REG_ECMD))
		return true;
	return reg_get(c->ecap, ECAP_RDTS) && overlap(at, bytes, REG_RDTC, 8);
}

/* The registers that lie at fixed offsets: 000h-0EFh, optional ones, and the virtual command block. */
static const char *placement_error(const struct model_config *c)
{
	uint64_t records = reg_get(c->cap, CAP_FRO) * REGISTER_BLOCK_BYTES;
	uint64_t record_bytes = (reg_get(c->cap, CAP_NFR) + 1) * FRCD_BYTES;
	uint64_t iotlb = reg_get(c->ecap, ECAP_IRO) * REGISTER_BLOCK_BYTES;
	uint64_t vcmd_bytes = REG_VCCAP + 8 - REG_VCMD;

	if (overlap(records, record_bytes, 0, REG_PEUADDR + 4))
		return "CAP.FRO: fault recording registers overlap the fixed registers";
	if (overlap(iotlb, IOTLB_BLOCK_BYTES, 0, REG_PEUADDR + 4))
		return "ECAP.IRO: IOTLB registers overlap the fixed registers";
	if (overlap(records, record_bytes, iotlb, IOTLB_BLOCK_BYTES))
		return "CAP.FRO and ECAP.IRO: fault recording and IOTLB registers overlap";
	if (meets_optional(c, records, record_bytes) || meets_optional(c, iotlb, IOTLB_BLOCK_BYTES))
		return "CAP.FRO or ECAP.IRO: registers overlap those of ECAP.MTS, CAP.ECMDS or "
		       "ECAP.RDTS";
	if (c->vcmd_layout != MODEL_VCMD_NONE &&
	    (overlap(records, record_bytes, REG_VCMD, vcmd_bytes) ||
	     overlap(iotlb, IOTLB_BLOCK_BYTES, REG_VCMD, vcmd_bytes)))
		return "CAP.FRO or ECAP.IRO: registers overlap the virtual command block";
	return NULL;
}

static const char *pool_error(const struct model_config *c)
{
	if (c->vcmd_layout == MODEL_VCMD_NONE)
		return NULL;
	if (c->pasids == NULL || c->pasids->used == NULL)
		return "virtual commands need a PASID pool (pasids)";
	if (c->pasids->first == 0)
		return "the PASID pool begins with PASID 0, which is never handed out";
	if (c->pasids->count == 0 || c->pasids->first + c->pasids->count > MODEL_PASID_LIMIT)
		return "the PASID pool is empty or reaches beyond 2^20";
	return NULL;
}

/* What the specification forbids: the one list of iommu/spec, which the tests of a unit go by, too. */
static const char *illegal_triple(const struct model_config *c)
{
	const struct caps caps = { c->version, c->cap, c->ecap };
	const struct caps_rule *broken = caps_first_broken(&caps);

	if (broken)
		return broken->text;
	if (!caps_cover_host(&caps, c->host_address_bits))
		return "MGAW + 1 is the host address width or more";
	return NULL;
}

static const char *illegal_vcs(const struct model_config *c)
{
	if (reg_get(c->ecap, ECAP_VCS) && c->vcmd_layout == MODEL_VCMD_NONE)
		return "ECAP.VCS without virtual command registers";
	if (!reg_get(c->ecap, ECAP_VCS) && c->vcmd_layout != MODEL_VCMD_NONE)
		return "virtual command registers without ECAP.VCS";
	return NULL;
}

static const char *illegal_vccap(const struct model_config *c)
{
	uint64_t known = FIELD_MASK(VCCAP_NS) | FIELD_MASK(VCCAP_PAS) | FIELD_MASK(VCCAP_FPS);
	uint64_t pasids = FIELD_MASK(VCCAP_PAS) | FIELD_MASK(VCCAP_FPS);

	if (c->vcmd_layout == MODEL_VCMD_DRAFT)
		known = pasids = FIELD_MASK(DRAFT_VCCAP_PAS);
	if (c->vccap & ~known)
		return "VCCAP: a reserved bit is set";
	if (c->vccap & pasids && !reg_get(c->ecap, ECAP_PASID))
		return "VCCAP offers PASIDs without ECAP.PASID";
	return NULL;
}

static const char *missing_feature(const struct model_config *c)
{
	for (unsigned int i = 0; i < sizeof(not_modelled) / sizeof(not_modelled[0]); i++)
		if (in(not_modelled[i].extended ? c->ecap : c->cap, not_modelled[i].field))
			return not_modelled[i].text;
	return NULL;
}

const char *model_config_error(const struct model_config *c)
{
	const char *error;

	if (c->host_address_bits < 32 || c->host_address_bits > 52)
		return "host_address_bits must be 32 to 52";
	error = missing_feature(c);
	if (error == NULL)
		error = placement_error(c);
	if (error == NULL)
		error = pool_error(c);
	if (error != NULL || c->allow_illegal)
		return error;
	error = illegal_triple(c);
	if (error == NULL)
		error = illegal_vcs(c);
	if (error == NULL)
		error = illegal_vccap(c);
	return error;
}

struct model_config model_config_qemu_7_2(void)
{
	return (struct model_config){
		.version = (uint32_t)reg_put(VER_MAX, 1),
		.cap = reg_put(CAP_ND, 6) | reg_put(CAP_CM, 1) |
		       reg_put(CAP_SAGAW, 1 << SAGAW_3_LEVEL | 1 << SAGAW_4_LEVEL) |
		       reg_put(CAP_MGAW, 47) | reg_put(CAP_FRO, 34) |
		       reg_put(CAP_SSLPS, LARGE_BOTH) | reg_put(CAP_PSI, 1) |
		       reg_put(CAP_MAMV, 18) | reg_put(CAP_DWD, 1) | reg_put(CAP_DRD, 1),
		.ecap = reg_put(ECAP_QI, 1) | reg_put(ECAP_IR, 1) | reg_put(ECAP_PT, 1) |
			reg_put(ECAP_IRO, 15) | reg_put(ECAP_MHMV, 15) | reg_put(ECAP_SRS, 1) |
			reg_put(ECAP_SMTS, 1) | reg_put(ECAP_SSTS, 1),
		.host_address_bits = 48,
		.merges_faults = true,
	};
}

struct model_config model_config_everything(void)
{
	return (struct model_config){
		.version = (uint32_t)reg_put(VER_MAX, 5),
		.cap = reg_put(CAP_ND, 6) | reg_put(CAP_PLMR, 1) | reg_put(CAP_PHMR, 1) |
		       reg_put(CAP_SAGAW, SAGAW_KNOWN) | reg_put(CAP_MGAW, 56) |
		       reg_put(CAP_ZLR, 1) | reg_put(CAP_FRO, 36) | reg_put(CAP_FS1GP, 1) |
		       reg_put(CAP_PI, 1) | reg_put(CAP_FS5LP, 1) | reg_put(CAP_SSLPS, LARGE_BOTH) |
		       reg_put(CAP_PSI, 1) | reg_put(CAP_NFR, 7) | reg_put(CAP_MAMV, 18) |
		       reg_put(CAP_DWD, 1) | reg_put(CAP_DRD, 1) | reg_put(CAP_ECMDS, 1) |
		       reg_put(CAP_ESIRTPS, 1) | reg_put(CAP_ESRTPS, 1),
		.ecap = reg_put(ECAP_C, 1) | reg_put(ECAP_QI, 1) | reg_put(ECAP_DT, 1) |
			reg_put(ECAP_IR, 1) | reg_put(ECAP_EIM, 1) | reg_put(ECAP_PT, 1) |
			reg_put(ECAP_SC, 1) | reg_put(ECAP_IRO, 34) | reg_put(ECAP_MHMV, 15) |
			reg_put(ECAP_MTS, 1) | reg_put(ECAP_TDXCS, 1) | reg_put(ECAP_PMS, 1) |
			reg_put(ECAP_RDTS, 1) | reg_put(ECAP_PRS, 1) | reg_put(ECAP_SRS, 1) |
			reg_put(ECAP_NWFS, 1) | reg_put(ECAP_PSS, 19) | reg_put(ECAP_PASID, 1) |
			reg_put(ECAP_DIT, 1) | reg_put(ECAP_PDS, 1) | reg_put(ECAP_SMTS, 1) |
			reg_put(ECAP_VCS, 1) | reg_put(ECAP_SSADS, 1) | reg_put(ECAP_SSTS, 1) |
			reg_put(ECAP_SMPWCS, 1) | reg_put(ECAP_FSTS, 1) | reg_put(ECAP_NEST, 1) |
			reg_put(ECAP_EAFS, 1) | reg_put(ECAP_RPS, 1) | reg_put(ECAP_ADMS, 1) |
			reg_put(ECAP_RPRIVS, 1) | reg_put(ECAP_PTRS, 1) | reg_put(ECAP_SSIRWS, 1),
		.host_address_bits = 52,
		.vcmd_layout = MODEL_VCMD_3_3,
		.vccap = reg_put(VCCAP_NS, 1) | reg_put(VCCAP_PAS, 1) | reg_put(VCCAP_FPS, 1),
		.merges_faults = true,
	};
}
