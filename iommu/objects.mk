# SPDX-License-Identifier: MIT
# One name per line, sorted.
IOMMU_OBJS := \
	iommu/bringup/commit.c \
	iommu/bringup/decide.c \
	iommu/bringup/describe.c \
	iommu/bringup/firmware.c \
	iommu/bringup/plan.c \
	iommu/bringup/plan_features.c \
	iommu/bringup/plan_pasids.c \
	iommu/bringup/plan_width.c \
	iommu/bringup/progress.c \
	iommu/bringup/register_pasids.c \
	iommu/bringup/steps.c \
	iommu/bringup/survey.c \
	iommu/bringup/tables.c \
	iommu/bringup/transition.c \
	iommu/bringup/undo.c \
	iommu/dmar/dmar.c \
	iommu/dmar/dmar_bases.c \
	iommu/dmar/dmar_lookup.c \
	iommu/dmar/dmar_rules.c \
	iommu/dmar/dmar_scope.c \
	iommu/spec/caps.c \
	iommu/spec/caps_rules.c \
	iommu/spec/fault_reason.c \
	iommu/structures/context.c \
	iommu/structures/entry.c \
	iommu/structures/interrupt_table.c \
	iommu/structures/pasid_table.c \
	iommu/structures/publish.c \
	iommu/structures/paging.c \
	iommu/structures/table_page.c \
	iommu/structures/translation.c \
	iommu/unit/device_tlb.c \
	iommu/unit/fault.c \
	iommu/unit/invalidate.c \
	iommu/unit/page_request.c \
	iommu/unit/queue.c \
	iommu/unit/trace.c \
	iommu/unit/unit.c \
	iommu/vcmd/pasid_space.c \
	iommu/vcmd/vcmd.c \
	iommu/vcmd/vcmd_probe.c \
	iommu/vcmd/vcmd_rules.c
