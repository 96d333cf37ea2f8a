/* SPDX-License-Identifier: MIT */
/* What the capability bits around virtual commands amount to, legal or not. */
#include "iommu/vcmd/vcmd.h"

static bool has_ecap(const struct vcmd *vcmd, enum capability which)
{
	return caps_has(&vcmd->unit->caps, which);
}

static bool has_vccap_without_vcs(const struct vcmd *vcmd)
{
	return !has_ecap(vcmd, CAPABILITY_VCS) && vcmd->vccap;
}

static bool offers_pasids_without_pasid(const struct vcmd *vcmd)
{
	return (vcmd_can_alloc(vcmd) || vcmd_can_free(vcmd)) && !has_ecap(vcmd, CAPABILITY_PASID);
}

static bool has_reserved_bits(const struct vcmd *vcmd)
{
	return vcmd->layout && vcmd->vccap & vcmd->layout->vccap_reserved;
}

static bool has_vcs_without_smts(const struct vcmd *vcmd)
{
	return has_ecap(vcmd, CAPABILITY_VCS) && !has_ecap(vcmd, CAPABILITY_SMTS);
}

static bool has_vcs_without_alloc(const struct vcmd *vcmd)
{
	return vcmd->layout && !vcmd_can_alloc(vcmd);
}

static bool cannot_give_back(const struct vcmd *vcmd)
{
	return vcmd_can_alloc(vcmd) && !vcmd_can_free(vcmd);
}

static bool can_only_give_back(const struct vcmd *vcmd)
{
	return vcmd_can_free(vcmd) && !vcmd_can_alloc(vcmd);
}

static bool is_hidden_from_linux(const struct vcmd *vcmd)
{
	return vcmd->layout == &vcmd_layout_3_3 && vcmd_can_alloc(vcmd) && !vcmd_can_null(vcmd);
}

static bool misleads_linux(const struct vcmd *vcmd)
{
	return vcmd->layout == &vcmd_layout_3_3 && vcmd_can_null(vcmd) && !vcmd_can_alloc(vcmd);
}

static bool is_draft(const struct vcmd *vcmd)
{
	return vcmd->layout == &vcmd_layout_draft;
}

static bool offers_pasids_without_cm(const struct vcmd *vcmd)
{
	return vcmd_can_alloc(vcmd) && !has_ecap(vcmd, CAPABILITY_CM);
}

#define SPEC_VCCAP "Virtual Command Capability Register"

#define RULE(name, ...) [VCMD_RULE_##name] = { __VA_ARGS__ }

static const struct vcmd_rule rules[] = {
	RULE(VCCAP_NEEDS_VCS, "vcmd.vccap-needs-vcs", true, SPEC_VCCAP,
	     "VCCAP (e30) is not 0 although ECAP.VCS (bit 44) is clear: software will not look at "
	     "it",
	     has_vccap_without_vcs),
	RULE(PAS_NEEDS_PASID, "vcmd.pas-needs-pasid", true, SPEC_VCCAP,
	     "VCCAP offers to allocate or free PASIDs although ECAP.PASID (bit 40) is clear",
	     offers_pasids_without_pasid),
	RULE(VCCAP_RESERVED, "vcmd.vccap-reserved", true, SPEC_VCCAP, "VCCAP has reserved bits set",
	     has_reserved_bits),
	RULE(VCS_WITHOUT_SMTS, "vcmd.vcs-without-smts", false, "Extended Capability Register",
	     "ECAP.VCS (bit 44) without ECAP.SMTS (bit 43): there are no PASIDs to ask for",
	     has_vcs_without_smts),
	RULE(VCS_WITHOUT_PAS, "vcmd.vcs-without-pas", false, SPEC_VCCAP,
	     "ECAP.VCS (bit 44) without VCCAP.PAS: software picks its own PASIDs",
	     has_vcs_without_alloc),
	RULE(PAS_WITHOUT_FPS, "vcmd.pas-without-fps", false, SPEC_VCCAP,
	     "VCCAP.PAS without VCCAP.FPS: PASIDs are given, and cannot be given back",
	     cannot_give_back),
	RULE(FPS_WITHOUT_PAS, "vcmd.fps-without-pas", false, SPEC_VCCAP,
	     "VCCAP.FPS without VCCAP.PAS: PASIDs can be given back, and are never given",
	     can_only_give_back),
	RULE(PAS_HIDDEN_FROM_LINUX, "vcmd.pas-hidden-from-linux", false, SPEC_VCCAP,
	     "VCCAP.PAS (bit 1) without NS (bit 0): Linux 5.15 to 6.3 looks for PAS in bit 0, does "
	     "not see this VCMD, and uses PASIDs that the VMM never gave it",
	     is_hidden_from_linux),
	RULE(NS_MISLEADS_LINUX, "vcmd.ns-misleads-linux", false, SPEC_VCCAP,
	     "VCCAP.NS (bit 0) without PAS (bit 1): Linux 5.15 to 6.3 looks for PAS in bit 0, asks "
	     "for PASIDs, and is told \"undefined command\"",
	     misleads_linux),
	RULE(DRAFT_HIDDEN_FROM_LINUX, "vcmd.draft-hidden-from-linux", false,
	     "Virtual Command Registers, before revision 3.3",
	     "draft layout: Linux from 5.15 on looks at e30 and sees no VCMD; 5.8 to 5.14 sees it",
	     is_draft),
	RULE(PAS_WITHOUT_CM, "vcmd.pas-without-cm", false, "Capability Register",
	     "VCCAP offers PASIDs, CAP.CM (bit 7) is clear: Linux 5.8 to 6.3 asks with CM only",
	     offers_pasids_without_cm),
};

const struct vcmd_rule *vcmd_rules(unsigned int *count)
{
	*count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}
