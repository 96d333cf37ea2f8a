/* SPDX-License-Identifier: MIT */
#include "iommu/bringup/commit.h"

#include "arch/print.h"
#include "iommu/bringup/undo.h"
#include "iommu/structures/translation.h"

void bringup_fail(struct bringup *b, enum bringup_step step, unsigned int unit,
		  enum bringup_reason reason, const char *words)
{
	if (b->result.reason)
		return;
	b->result.reason = reason;
	b->result.step = step;
	b->result.unit = unit;
	print_to(b->result.words, sizeof(b->result.words), "%s", words);
}

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
	b->result =
		(struct bringup_result){ .unit = BRINGUP_NO_UNIT, .undo_unit = BRINGUP_NO_UNIT };
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

int bringup_result_describe(const struct bringup *b, char *text, size_t bytes)
{
	const struct bringup_result *result = &b->result;
	char unit[40] = "", undone[200] = "all undone";

	if (!result->reason)
		return print_to(text, bytes, "done");
	if (result->unit != BRINGUP_NO_UNIT)
		print_to(unit, sizeof(unit), "unit %u (%llx), ", result->unit,
			 (unsigned long long)b->plan->units[result->unit].base.value);
	if (!result->is_undone && result->undo_unit != BRINGUP_NO_UNIT)
		print_to(undone, sizeof(undone), "not all undone: unit %u: %s", result->undo_unit,
			 result->undo_words);
	else if (!result->is_undone)
		print_to(undone, sizeof(undone), "not all undone: %s", result->undo_words);
	return print_to(text, bytes, "failed: %sstep \"%s\": %s%s%s; %s", unit,
			bringup_step_words(result->step), bringup_reason_words(result->reason),
			result->words[0] ? ": " : "", result->words, undone);
}
