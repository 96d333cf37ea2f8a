/* SPDX-License-Identifier: MIT */
#include "iommu/bringup/progress.h"

#include "arch/print.h"

#define STEP_WORDS_(name, words) words,
static const char *const step_words[] = { BRINGUP_STEPS(STEP_WORDS_) };
#undef STEP_WORDS_

const char *bringup_step_words(enum bringup_step step)
{
	return (unsigned int)step < BRINGUP_STEP_COUNT ? step_words[step] : "unknown";
}

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

static int describe_success(const struct bringup *b, char *text, size_t bytes)
{
	const struct bringup_result *result = &b->result;

	if (!result->pasids_off_because[0])
		return print_to(text, bytes, "done");
	return print_to(text, bytes, "done, no PASIDs (unit %u (%llx): %s)",
			result->pasids_off_unit,
			(unsigned long long)b->plan->units[result->pasids_off_unit].base.value,
			result->pasids_off_because);
}

int bringup_result_describe(const struct bringup *b, char *text, size_t bytes)
{
	const struct bringup_result *result = &b->result;
	char unit[40] = "", undone[200] = "all undone";

	if (!result->reason)
		return describe_success(b, text, bytes);
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
