/* SPDX-License-Identifier: MIT */
/*
 * Which units can be modelled: "Capability Register", "Extended Capability Register", "Virtual
 * Command Capability Register". Every rule of the form "implementations reporting X as Clear also
 * report Y as Clear" is one line here.
 */
#include "tests/model/internal.h"

/* Bits of a capability that promise something the model does not do (yet). */
static const struct {
	bool extended;
	struct field field;
	const char *text;
} not_modelled[] = {
	{ true, FIELD(ECAP_FSTS), "ECAP.FSTS: first-stage translation is not modelled yet" },
	{ true, FIELD(ECAP_NEST), "ECAP.NEST: nested translation is not modelled yet" },
	{ true, FIELD(ECAP_EAFS), "ECAP.EAFS: extended accessed flags are not modelled yet" },
	{ false, FIELD(CAP_FS1GP), "CAP.FS1GP: first-stage translation is not modelled yet" },
	{ false, FIELD(CAP_FS5LP), "CAP.FS5LP: first-stage translation is not modelled yet" },
	{ true, FIELD(ECAP_MTS), "ECAP.MTS: memory types are not modelled" },
	{ true, FIELD(ECAP_TDXIO), "ECAP.TDXCS is not modelled" },
	{ true, FIELD(ECAP_PMS), "ECAP.PMS: performance monitoring is not modelled" },
	{ true, FIELD(ECAP_HPTS), "ECAP.HPTS: host permission tables are not modelled" },
	{ true, FIELD(ECAP_HPT1GPS), "ECAP.HPT1GPS: host permission tables are not modelled" },
	{ true, FIELD(ECAP_SMS), "ECAP.SMS: stop markers are not modelled" },
	{ true, FIELD(ECAP_RDTS), "ECAP.RDTS is not modelled" },
	{ false, FIELD(CAP_PI), "CAP.PI: posted interrupts are not modelled" },
	{ false, FIELD(CAP_ECMDS), "CAP.ECMDS: enhanced commands are not modelled" },
};

/* "... as Clear also report this field as Clear" */
static const struct {
	struct field field;
	struct field needs;
	const char *text;
} dependencies[] = {
	{ FIELD(ECAP_DT), FIELD(ECAP_QI), "ECAP.DT without ECAP.QI" },
	{ FIELD(ECAP_IR), FIELD(ECAP_QI), "ECAP.IR without ECAP.QI" },
	{ FIELD(ECAP_EIM), FIELD(ECAP_IR), "ECAP.EIM without ECAP.IR" },
	{ FIELD(ECAP_MHMV), FIELD(ECAP_IR), "ECAP.MHMV without ECAP.IR" },
	{ FIELD(ECAP_IRREQ), FIELD(ECAP_IR), "ECAP.IRREQ without ECAP.IR" },
	{ FIELD(ECAP_EIMER), FIELD(ECAP_EIM), "ECAP.EIMER without ECAP.EIM" },
	{ FIELD(ECAP_SMTS), FIELD(ECAP_QI), "ECAP.SMTS without ECAP.QI" },
	{ FIELD(ECAP_PRS), FIELD(ECAP_DT), "ECAP.PRS without ECAP.DT" },
	{ FIELD(ECAP_PRS), FIELD(ECAP_SMTS), "ECAP.PRS without ECAP.SMTS" },
	{ FIELD(ECAP_SRS), FIELD(ECAP_SMTS), "ECAP.SRS without ECAP.SMTS" },
	{ FIELD(ECAP_NWFS), FIELD(ECAP_DT), "ECAP.NWFS without ECAP.DT" },
	{ FIELD(ECAP_PSS), FIELD(ECAP_SMTS), "ECAP.PSS without ECAP.SMTS" },
	{ FIELD(ECAP_PASID), FIELD(ECAP_SMTS), "ECAP.PASID without ECAP.SMTS" },
	{ FIELD(ECAP_DIT), FIELD(ECAP_DT), "ECAP.DIT without ECAP.DT" },
	{ FIELD(ECAP_PDS), FIELD(ECAP_DT), "ECAP.PDS without ECAP.DT" },
	{ FIELD(ECAP_SMPWCS), FIELD(ECAP_SMTS), "ECAP.SMPWCS without ECAP.SMTS" },
	{ FIELD(ECAP_SSADS), FIELD(ECAP_SMPWCS), "ECAP.SSADS without ECAP.SMPWCS" },
	{ FIELD(ECAP_RPS), FIELD(ECAP_SMTS), "ECAP.RPS without ECAP.SMTS" },
	{ FIELD(ECAP_RPRIVS), FIELD(ECAP_SRS), "ECAP.RPRIVS without ECAP.SRS" },
	{ FIELD(ECAP_PTRS), FIELD(ECAP_DT), "ECAP.PTRS without ECAP.DT" },
	{ FIELD(ECAP_PTRS), FIELD(ECAP_PASID), "ECAP.PTRS without ECAP.PASID" },
	{ FIELD(ECAP_SSIRWS), FIELD(ECAP_SSTS), "ECAP.SSIRWS without ECAP.SSTS" },
};

/* RsvdZ and deprecated bits of the two registers; most have no name. */
#define CAP_MUST_BE_0                                                                        \
	(FIELD_MASK(58, 57) | FIELD_MASK(38, 38) | FIELD_MASK(23, 23) | FIELD_MASK(15, 13) | \
	 FIELD_MASK(CAP_AFL))
#define ECAP_MUST_BE_0                                                                         \
	(FIELD_MASK(63, 63) | FIELD_MASK(54, 54) | FIELD_MASK(32, 32) | FIELD_MASK(ECAP_ERS) | \
	 FIELD_MASK(28, 27) | FIELD_MASK(ECAP_ECS) | FIELD_MASK(19, 18) | FIELD_MASK(5, 5))

/* CAP.SAGAW and CAP.SSLPS are sets. */
#define SAGAW_KNOWN (1u << SAGAW_3_LEVEL | 1u << SAGAW_4_LEVEL | 1u << SAGAW_5_LEVEL)
#define LARGE_2M    (1u << SSLPS_2M)
#define LARGE_BOTH  (1u << SSLPS_2M | 1u << SSLPS_1G)

static uint64_t in(uint64_t value, struct field field)
{
	return bits_of_value(value, field);
}

static bool overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

/* The registers that lie at fixed offsets: 000h-0EFh, MTRRs, and the virtual command block. */
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
	if (c->vcmd_layout != MODEL_VCMD_NONE &&
	    (overlap(records, record_bytes, REG_VCMD, vcmd_bytes) ||
	     overlap(iotlb, IOTLB_BLOCK_BYTES, REG_VCMD, vcmd_bytes)))
		return "CAP.FRO or ECAP.IRO: registers overlap the virtual command block";
	return NULL;
}

static const char *vcmd_error(const struct model_config *c)
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

static const char *illegal_cap(const struct model_config *c)
{
	uint64_t large = reg_get(c->cap, CAP_SSLPS);

	if (c->cap & CAP_MUST_BE_0)
		return "CAP: a reserved bit is set";
	if (reg_get(c->cap, CAP_ND) == field_max(FIELD(CAP_ND)))
		return "CAP.ND = 7 is reserved";
	if (reg_get(c->cap, CAP_SAGAW) & ~SAGAW_KNOWN)
		return "CAP.SAGAW: bits 0 and 4 are reserved";
	if (large != 0 && large != LARGE_2M && large != LARGE_BOTH)
		return "CAP.SSLPS: only 0, 1 and 3 are valid";
	if (reg_get(c->cap, CAP_MGAW) + 1 < c->host_address_bits)
		return "CAP.MGAW is less than the host address width";
	if (reg_get(c->version, VER_MAX) >= 2 &&
	    ~c->cap & (FIELD_MASK(CAP_DWD) | FIELD_MASK(CAP_DRD)))
		return "CAP.DWD and CAP.DRD must be 1 from major version 2 on";
	return NULL;
}

static const char *illegal_ecap(const struct model_config *c)
{
	if (c->ecap & ECAP_MUST_BE_0)
		return "ECAP: a reserved bit is set";
	for (unsigned int i = 0; i < sizeof(dependencies) / sizeof(dependencies[0]); i++)
		if (in(c->ecap, dependencies[i].field) != 0 &&
		    in(c->ecap, dependencies[i].needs) == 0)
			return dependencies[i].text;
	if (reg_get(c->ecap, ECAP_SMTS) && reg_get(c->cap, CAP_RWBF))
		return "ECAP.SMTS together with CAP.RWBF";
	if (reg_get(c->version, VER_MAX) >= 6 && !reg_get(c->ecap, ECAP_SSTS) &&
	    reg_get(c->cap, CAP_SAGAW))
		return "CAP.SAGAW must be 0 without ECAP.SSTS from major version 6 on";
	if (UINT64_C(2) << reg_get(c->ecap, ECAP_PSS) > MODEL_PASID_LIMIT)
		return "ECAP.PSS: PASIDs have at most 20 bits";
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

const char *model_config_error(const struct model_config *c)
{
	const char *error;

	if (c->host_address_bits < 32 || c->host_address_bits > 52)
		return "host_address_bits must be 32 to 52";
	for (unsigned int i = 0; i < sizeof(not_modelled) / sizeof(not_modelled[0]); i++)
		if (in(not_modelled[i].extended ? c->ecap : c->cap, not_modelled[i].field))
			return not_modelled[i].text;
	error = placement_error(c);
	if (error == NULL)
		error = vcmd_error(c);
	if (error != NULL || c->allow_illegal)
		return error;
	error = illegal_cap(c);
	if (error == NULL)
		error = illegal_ecap(c);
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
		       reg_put(CAP_ZLR, 1) | reg_put(CAP_FRO, 36) | reg_put(CAP_SSLPS, LARGE_BOTH) |
		       reg_put(CAP_PSI, 1) | reg_put(CAP_NFR, 7) | reg_put(CAP_MAMV, 18) |
		       reg_put(CAP_DWD, 1) | reg_put(CAP_DRD, 1) | reg_put(CAP_ESIRTPS, 1) |
		       reg_put(CAP_ESRTPS, 1),
		.ecap = reg_put(ECAP_C, 1) | reg_put(ECAP_QI, 1) | reg_put(ECAP_DT, 1) |
			reg_put(ECAP_IR, 1) | reg_put(ECAP_EIM, 1) | reg_put(ECAP_PT, 1) |
			reg_put(ECAP_SC, 1) | reg_put(ECAP_IRO, 34) | reg_put(ECAP_MHMV, 15) |
			reg_put(ECAP_PRS, 1) | reg_put(ECAP_SRS, 1) | reg_put(ECAP_NWFS, 1) |
			reg_put(ECAP_PSS, 19) | reg_put(ECAP_PASID, 1) | reg_put(ECAP_DIT, 1) |
			reg_put(ECAP_PDS, 1) | reg_put(ECAP_SMTS, 1) | reg_put(ECAP_VCS, 1) |
			reg_put(ECAP_SSADS, 1) | reg_put(ECAP_SSTS, 1) | reg_put(ECAP_SMPWCS, 1) |
			reg_put(ECAP_RPS, 1) | reg_put(ECAP_ADMS, 1) | reg_put(ECAP_RPRIVS, 1) |
			reg_put(ECAP_PTRS, 1) | reg_put(ECAP_SSIRWS, 1),
		.host_address_bits = 52,
		.vcmd_layout = MODEL_VCMD_3_3,
		.vccap = reg_put(VCCAP_NS, 1) | reg_put(VCCAP_PAS, 1) | reg_put(VCCAP_FPS, 1),
		.merges_faults = true,
	};
}
