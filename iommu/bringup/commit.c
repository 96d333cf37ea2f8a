/* SPDX-License-Identifier: MIT */
#include "iommu/bringup/commit.h"

#include "arch/print.h"
#include "iommu/bringup/register_pasids.h"
#include "iommu/bringup/steps.h"
#include "iommu/bringup/undo.h"
#include "iommu/structures/translation.h"

static bool run_for_all(struct bringup *b, enum bringup_step step)
{
	for (unsigned int i = 0; i < b->plan->unit_count; i++)
		if (bringup_run_step(b, step, i) != STATUS_OK)
			return false;
	return true;
}

/* Everything that DMA does not notice, on every unit, before the first one translates. */
static bool prepare_units(struct bringup *b)
{
	for (unsigned int i = 0; i < b->plan->unit_count; i++)
		for (enum bringup_step step = BRINGUP_STEP_REST; step < BRINGUP_STEP_ENABLE; step++)
			if (bringup_run_step(b, step, i) != STATUS_OK)
				return false;
	return true;
}

static void undo(struct bringup *b)
{
	b->result.is_undone = true;
	for (unsigned int i = b->plan->unit_count; i-- > 0;) {
		if (bringup_undo_unit(b, i) == STATUS_OK || !b->result.is_undone)
			continue;
		b->result.is_undone = false;
		b->result.undo_unit = i;
		print_to(b->result.undo_words, sizeof(b->result.undo_words), "%s",
			 unit_failure(&b->units[i]));
	}
	if (bringup_unregister_pasids(b) || !b->result.is_undone)
		return;
	b->result.is_undone = false;
	b->result.undo_unit = BRINGUP_NO_UNIT;
	print_to(b->result.undo_words, sizeof(b->result.undo_words),
		 "PASIDs are live: the allocator stays registered");
}

bool bringup_commit(struct bringup *b)
{
	b->result = (struct bringup_result){
		.unit = BRINGUP_NO_UNIT,
		.undo_unit = BRINGUP_NO_UNIT,
		.has_pasids = b->plan->pasids != PASIDS_NONE,
		.pasids_off_unit = BRINGUP_NO_UNIT,
	};
	for (unsigned int i = 0; i < BRINGUP_UNITS_MAX; i++)
		b->found[i].is_taken = false;
	if (b->plan->refusal.reason) {
		bringup_fail(b, BRINGUP_STEP_CHECK, b->plan->refusal.unit, b->plan->refusal.reason,
			     b->plan->refusal.what);
		b->result.is_undone = true;
		return false;
	}
	if (run_for_all(b, BRINGUP_STEP_CHECK) && bringup_register_pasids(b) && prepare_units(b) &&
	    run_for_all(b, BRINGUP_STEP_ENABLE) && run_for_all(b, BRINGUP_STEP_PROTECTED)) {
		b->result.step = BRINGUP_STEP_DONE;
		return true;
	}
	undo(b);
	return false;
}

bool bringup_release(struct bringup *b)
{
	b->result =
		(struct bringup_result){ .unit = BRINGUP_NO_UNIT, .undo_unit = BRINGUP_NO_UNIT };
	for (unsigned int i = 0; i < b->plan->unit_count; i++)
		if (b->plan->units[i].is_used && translation_rest(&b->units[i]) != STATUS_OK)
			bringup_fail(b, BRINGUP_STEP_REST, i, BRINGUP_REASON_STEP_FAILED,
				     unit_failure(&b->units[i]));
	if (!bringup_unregister_pasids(b))
		bringup_fail(b, BRINGUP_STEP_REGISTER, BRINGUP_NO_UNIT,
			     BRINGUP_REASON_ALLOCATOR_REFUSED, "PASIDs are live");
	return b->result.reason == BRINGUP_REASON_OK;
}
