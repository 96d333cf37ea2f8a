/* SPDX-License-Identifier: MIT */
/* Which of the two register layouts of virtual commands a unit has. */
#include "arch/print.h"
#include "iommu/vcmd/vcmd.h"

/* No draft defines a status beyond two bits, nor operand B. */
const struct vcmd_layout vcmd_layout_draft = {
	.name = "draft",
	.vccap = REG_DRAFT_VCCAP,
	.vcmd = REG_DRAFT_VCMD,
	.vcrsp = REG_DRAFT_VCRSP,
	.can_alloc = FIELD_MASK(DRAFT_VCCAP_PAS),
	.can_free = FIELD_MASK(DRAFT_VCCAP_PAS),
	.vccap_reserved = ~FIELD_MASK(DRAFT_VCCAP_PAS),
	.command = { DRAFT_VCMD_CMD },
	.operand = { DRAFT_VCMD_OP },
	.operand_pasid = { DRAFT_VCMD_OP_PASID },
	.in_progress = { DRAFT_VCRSP_IP },
	.status = { DRAFT_VCRSP_SC },
	.result = { DRAFT_VCRSP_RSLT },
	.result_pasid = { DRAFT_VCRSP_RSLT_PASID },
	.undefined_command = VCMD_STATUS_UNDEFINED,
	.no_pasid = VCMD_STATUS_DRAFT_REFUSED,
	.invalid_pasid = VCMD_STATUS_DRAFT_REFUSED,
};

const struct vcmd_layout vcmd_layout_3_3 = {
	.name = "3.3",
	.vccap = REG_VCCAP,
	.vcmd = REG_VCMD,
	.vcrsp = REG_VCRSP,
	.vcmdeo = REG_VCMDEO,
	.can_null = FIELD_MASK(VCCAP_NS),
	.can_alloc = FIELD_MASK(VCCAP_PAS),
	.can_free = FIELD_MASK(VCCAP_FPS),
	.vccap_reserved = ~(FIELD_MASK(VCCAP_NS) | FIELD_MASK(VCCAP_PAS) | FIELD_MASK(VCCAP_FPS)),
	.command = { VCMD_CMD },
	.operand = { VCMD_OP },
	.operand_pasid = { VCMD_OP_PASID },
	.in_progress = { VCRSP_IP },
	.status = { VCRSP_SC },
	.result = { VCRSP_RSLT },
	.result_pasid = { VCRSP_RSLT_PASID },
	.undefined_command = VCMD_STATUS_UNDEFINED,
	.no_pasid = VCMD_STATUS_REFUSED,
	.invalid_pasid = VCMD_STATUS_REFUSED,
};

struct block {
	uint64_t e00, e10, e20, e30;
};

/*
 * What a revision 3.3 unit that offers no command shows in VCRSP once it was sent one: "undefined
 * command", or that it is still at it.
 */
static bool could_be_refusal(uint64_t e10)
{
	const uint64_t refused =
		bits_placed(vcmd_layout_3_3.status, vcmd_layout_3_3.undefined_command);

	return e10 == refused || reg_get(e10, VCRSP_IP);
}

/*
 * E30 is VCCAP in revision 3.3 and reserved in the drafts. E00 is VCCAP in the drafts and VCMD,
 * which can be read back, in revision 3.3: a lone value there decides only if E10 and E20 agree.
 */
static const struct vcmd_layout *layout_from(const struct block *block)
{
	if (block->e30 == UINT64_MAX || block->e20 == UINT64_MAX || block->e10 == UINT64_MAX)
		return NULL;
	if (block->e30 & ~vcmd_layout_3_3.vccap_reserved)
		return &vcmd_layout_3_3;
	if (block->e30 || !block->e00 || block->e00 & vcmd_layout_draft.vccap_reserved)
		return NULL;
	if (block->e20 || !could_be_refusal(block->e10))
		return &vcmd_layout_draft;
	return NULL;
}

static const struct vcmd_layout *layout_for(enum options_vcmd choice,
					    const struct vcmd_layout *evidence)
{
	switch (choice) {
	case VCMD_DRAFT:
		return &vcmd_layout_draft;
	case VCMD_33:
		return &vcmd_layout_3_3;
	default:
		return evidence;
	}
}

static void report_choice(struct vcmd *vcmd, enum options_vcmd choice, const struct block *block)
{
	const char *const evidence = vcmd->evidence ? vcmd->evidence->name : "undecided";
	const char *const layout = vcmd->layout ? vcmd->layout->name : "undecided";
	char forced[48] = "";

	if (choice != VCMD_AUTO)
		print_to(forced, sizeof(forced), " (forced; registers say %s)", evidence);
	print_to(vcmd->report, sizeof(vcmd->report),
		 "VCMD layout %s%s: e30 reads %llx, e00 %llx, e10 %llx, e20 %llx%s", layout, forced,
		 (unsigned long long)block->e30, (unsigned long long)block->e00,
		 (unsigned long long)block->e10, (unsigned long long)block->e20,
		 vcmd->unanswered ? "; a command is in progress" : "");
}

static bool overlaps_vccap(uint32_t offset, uint32_t bytes)
{
	return offset < REG_VCCAP + 8 && REG_VCCAP < offset + bytes;
}

/* Without ECAP.VCS, other registers may lie where VCCAP would be. */
static bool vccap_may_be_other_register(const struct caps *caps)
{
	return caps_has(caps, CAPABILITY_PMS) ||
	       overlaps_vccap(caps_fault_record_offset_bytes(caps),
			      caps_fault_record_count(caps) * FRCD_BYTES) ||
	       overlaps_vccap(caps_iotlb_offset_bytes(caps), REG_IOTLB_IN_BLOCK + 8);
}

static enum vcmd_error probe_without_vcs(struct vcmd *vcmd)
{
	const struct caps *caps = &vcmd->unit->caps;

	if (!vccap_may_be_other_register(caps))
		vcmd->vccap = unit_read64(vcmd->unit, REG_VCCAP);
	print_to(vcmd->report, sizeof(vcmd->report),
		 "no virtual commands: ECAP.VCS (bit %u) is clear", caps_bit(CAPABILITY_VCS));
	unit_fail(vcmd->unit, STATUS_UNSUPPORTED,
		  "no virtual commands: ECAP (%03x) reads %016llx, VCS (mask %016llx) is clear",
		  REG_ECAP, (unsigned long long)caps->ecap,
		  (unsigned long long)FIELD_MASK(ECAP_VCS));
	return VCMD_ERROR_UNSUPPORTED;
}

enum vcmd_error vcmd_probe(struct unit *unit, enum options_vcmd choice, struct vcmd *vcmd)
{
	struct block block;

	*vcmd = (struct vcmd){ .unit = unit,
			       .pasid_end = UINT32_C(1) << caps_pasid_bits(&unit->caps) };
	if (!caps_has(&unit->caps, CAPABILITY_VCS))
		return probe_without_vcs(vcmd);

	block = (struct block){
		.e00 = unit_read64(unit, REG_VCMD),
		.e10 = unit_read64(unit, REG_VCRSP),
		.e20 = unit_read64(unit, REG_DRAFT_VCRSP),
		.e30 = unit_read64(unit, REG_VCCAP),
	};
	vcmd->evidence = layout_from(&block);
	vcmd->layout = layout_for(choice, vcmd->evidence);
	vcmd->vccap = block.e30;
	if (vcmd->layout) {
		const bool is_draft = vcmd->layout == &vcmd_layout_draft;

		vcmd->vccap = is_draft ? block.e00 : block.e30;
		vcmd->unanswered =
			bits_of_value(is_draft ? block.e20 : block.e10, vcmd->layout->in_progress);
	}
	report_choice(vcmd, choice, &block);
	if (vcmd->layout)
		return VCMD_OK;
	unit_fail(unit, STATUS_UNSUPPORTED, "%s", vcmd->report);
	return VCMD_ERROR_NO_LAYOUT;
}

static bool offers(const struct vcmd *vcmd, uint64_t mask)
{
	return vcmd->layout && vcmd->vccap & mask;
}

bool vcmd_can_null(const struct vcmd *vcmd)
{
	return offers(vcmd, vcmd->layout ? vcmd->layout->can_null : 0);
}

bool vcmd_can_alloc(const struct vcmd *vcmd)
{
	return offers(vcmd, vcmd->layout ? vcmd->layout->can_alloc : 0);
}

bool vcmd_can_free(const struct vcmd *vcmd)
{
	return offers(vcmd, vcmd->layout ? vcmd->layout->can_free : 0);
}
