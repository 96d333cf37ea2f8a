/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/compare.h"

#include "arch/print.h"
#include "arch/string.h"
#include "tests/scenes/difference.h"

void mismatch_note(struct mismatch *mismatch, unsigned int step, const char *text)
{
	if (mismatch->is_any)
		return;
	mismatch->is_any = true;
	mismatch->step = step;
	mismatch->takes_steps = true;
	print_to(mismatch->text, sizeof(mismatch->text), "%s", text);
}

/* The canary page at this address; CANARY_COUNT: it is none of ours. */
static enum canary canary_at(const struct stage *stage, uint64_t phys, unsigned int bytes)
{
	for (unsigned int i = 0; i < CANARY_COUNT; i++)
		if (stage->canary[i] &&
		    phys - phys_of(stage->canary[i]).value <= PAGE_BYTES - bytes)
			return (enum canary)i;
	return CANARY_COUNT;
}

bool compare_is_safe(const struct stage *stage, const struct dma *dma, const struct prediction *due)
{
	if (due->is_unknown)
		return false;
	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		if (due->phys[i] != SHADOW_NOWHERE &&
		    canary_at(stage, due->phys[i], dma->bytes) == CANARY_COUNT)
			return false;
	for (unsigned int i = 0; i < due->flag_count; i++)
		if (canary_at(stage, due->flags[i].at, due->flags[i].bytes) != CANARY_COUNT)
			return false; /* a canary is taken for a table */
	return !(dma_address(stage, dma).value & ~stage->agent->limits.address_mask);
}

/* ---- writes, and what was recorded ---- */

static bool lands_as_due(struct stage *stage, const struct dma *dma, const struct prediction *due)
{
	enum canary canary = canary_at(stage, due->phys[0], dma->bytes);

	return dma_shows(stage, canary, (unsigned int)(due->phys[0] % PAGE_BYTES), dma->bytes);
}

/* Of a word that was written twice the last one counts. */
static bool is_written_later(const struct prediction *due, unsigned int number)
{
	for (unsigned int i = number + 1; i < due->flag_count; i++)
		if (due->flags[i].at == due->flags[number].at)
			return true;
	return false;
}

/* Whether a request that is blocked leaves flags behind is the unit's choice. */
bool compare_flags(const struct prediction *due)
{
	for (unsigned int i = 0; due->are_flags_due && i < due->flag_count; i++)
		if (!is_written_later(due, i) && memcmp(phys_pointer(phys(due->flags[i].at)),
							&due->flags[i].value, due->flags[i].bytes))
			return false;
	return true;
}

/* Address bits above the largest AGAW, which FI need not have. */
static uint64_t open_address_bits(const struct stage *stage)
{
	const unsigned int levels = caps_best_levels(&stage->unit->caps);

	return levels ? ~UINT64_C(0) << (12 + 9 * levels) : ~UINT64_C(0);
}

static void compare_record(const struct stage *stage, const struct fault *seen,
			   const struct prediction *due, struct difference *difference)
{
	const uint64_t open = open_address_bits(stage);
	struct fault wanted = due->fault;

	wanted.address = (wanted.address & ~open) | (seen->address & open);
	difference_of_faults(difference, seen, &wanted);
}

void compare_fault(struct stage *stage, const struct fault_log *log, const struct prediction *due,
		   unsigned int step, struct mismatch *mismatch)
{
	struct difference difference = { "" };

	if (log->count > 1)
		difference_add(&difference, "more than one fault");
	else if (log->count && !due->is_recorded)
		difference_add(&difference, "recorded");
	else if (!log->count && due->is_recorded)
		difference_add(&difference, "%02X is not recorded", due->reason);
	else if (log->count)
		compare_record(stage, &log->faults[0], due, &difference);
	if (difference.text[0])
		mismatch_note(mismatch, step, difference.text);
}

/* Where it goes, whether a fault is recorded, and which. */
static struct difference differences(struct stage *stage, const struct dma *dma, bool lands,
				     const struct fault_log *log, const struct prediction *due)
{
	struct difference difference = { "" };

	if (lands && !due->lands)
		difference_add(&difference, "lands for %02X", due->reason);
	else if (!lands && due->lands && log->count)
		difference_add(&difference, "%02X for lands", log->faults[0].reason);
	else if (!lands && due->lands)
		difference_add(&difference, "blocked for lands");
	else if (log->count > 1)
		difference_add(&difference, "more than one fault");
	else if (log->count && !due->is_recorded)
		difference_add(&difference, "recorded");
	else if (!log->count && due->is_recorded)
		difference_add(&difference, "%02X is not recorded", due->reason);
	else if (log->count)
		compare_record(stage, &log->faults[0], due, &difference);
	else if (due->lands && !dma->is_read && !lands_as_due(stage, dma, due))
		difference_add(&difference, "astray");
	else if (!compare_flags(due))
		difference_add(&difference, "flags not set");
	return difference;
}

void compare_outcome(struct stage *stage, const struct dma *dma, unsigned int step,
		     const struct prediction *due, struct mismatch *mismatch)
{
	bool lands = !dma_shows(stage, CANARY_TARGET_0, 0, 0);
	struct difference difference;
	struct fault_log log;

	fault_collect(stage->unit, &log);
	if (due->is_open)
		return;
	if (dma->is_read)
		lands = due->lands && !log.count;
	difference = differences(stage, dma, lands, &log, due);
	if (!difference.text[0])
		return;
	mismatch_note(mismatch, step, difference.text);
	mismatch->reason = due->reason;
	mismatch->is_blocked_as_due = !lands && !due->lands && due->is_recorded;
	mismatch->takes_steps = !(log.count && due->is_recorded);
}

/* ---- reads ---- */

/* The canary that the agent's buffer is from, at this offset of a page; CANARY_COUNT: none. */
static enum canary origin(const struct stage *stage, unsigned int offset, unsigned int bytes)
{
	for (unsigned int i = 0; i < CANARY_COUNT; i++)
		if (stage->canary[i] && dma_brought(stage, (enum canary)i, offset, bytes))
			return (enum canary)i;
	return CANARY_COUNT;
}

static bool brings_what_is_due(const struct stage *stage, const struct last_read *last)
{
	const unsigned int bytes = last->dma.bytes;

	if (!last->lands)
		return origin(stage, last->dma.offset % PAGE_BYTES, bytes) == CANARY_COUNT;
	return origin(stage, (unsigned int)(last->phys % PAGE_BYTES), bytes) ==
	       canary_at(stage, last->phys, bytes);
}

/* Fewer bytes than these may be anybody's. */
enum { TELLING_BYTES = 4 };

void compare_read(struct stage *stage, const struct last_read *last, struct mismatch *mismatch)
{
	char text[40];

	if (last->dma.bytes < TELLING_BYTES)
		return;
	if (!dma_fetch(stage, &last->dma)) {
		mismatch_note(mismatch, last->step, "the agent does not finish");
		mismatch->is_ill = true;
		return;
	}
	print_to(text, sizeof(text),
		 last->lands ? "a read brings something else" : "lands for %02X", last->reason);
	if (!brings_what_is_due(stage, last)) {
		mismatch_note(mismatch, last->step, text);
		mismatch->reason = last->reason;
	}
	mismatch->is_ill |= !dma_arm(stage);
}
