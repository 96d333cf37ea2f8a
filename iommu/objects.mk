# SPDX-License-Identifier: MIT
# One name per line, sorted.
IOMMU_OBJS := \
	iommu/bringup_commit.c \
	iommu/bringup_describe.c \
	iommu/bringup_pasids.c \
	iommu/bringup_plan.c \
	iommu/bringup_plan_pasids.c \
	iommu/bringup_steps.c \
	iommu/bringup_survey.c \
	iommu/bringup_tables.c \
	iommu/bringup_undo.c \
	iommu/dmar/dmar.c \
	iommu/dmar/dmar_lookup.c \
	iommu/dmar/dmar_rules.c \
	iommu/spec/caps.c \
	iommu/spec/caps_rules.c \
	iommu/spec/fault_reason.c \
	iommu/structures/context.c \
	iommu/structures/entry.c \
	iommu/structures/pasid_table.c \
	iommu/structures/publish.c \
	iommu/structures/second_stage.c \
	iommu/structures/translation.c \
	iommu/transition.c \
	iommu/unit/fault.c \
	iommu/unit/invalidate.c \
	iommu/unit/queue.c \
	iommu/unit/trace.c \
	iommu/unit/unit.c \
	iommu/vcmd/pasid_space.c \
	iommu/vcmd/vcmd.c \
	iommu/vcmd/vcmd_probe.c \
	iommu/vcmd/vcmd_rules.c
