/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/shrink.h"

#include "arch/string.h"

static bool is_as_before(struct theatre *theatre, const struct fuzz_case *fuzz, uint32_t mask,
			 struct mismatch *mismatch)
{
	struct mismatch now = act(theatre, fuzz, mask);

	if (!now.is_any || now.is_ill || strcmp(now.text, mismatch->text) != 0)
		return false;
	*mismatch = now;
	return true;
}

/* One poke takes the other one back: they go together, or not at all. */
static bool do_undo(const struct step *a, const struct step *b)
{
	return a->kind == STEP_POKE && b->kind == STEP_POKE && a->at == b->at &&
	       a->index == b->index && a->word == b->word && a->turn_over == b->turn_over;
}

static uint32_t drop_steps(struct theatre *theatre, const struct fuzz_case *fuzz, uint32_t mask,
			   struct mismatch *mismatch)
{
	for (unsigned int i = 0; i < fuzz->count; i++)
		for (unsigned int j = i; j < fuzz->count; j++) {
			const uint32_t pair = UINT32_C(1) << i | UINT32_C(1) << j;

			if ((i == j || do_undo(&fuzz->steps[i], &fuzz->steps[j])) &&
			    (mask & pair) == pair &&
			    is_as_before(theatre, fuzz, mask & ~pair, mismatch))
				mask &= ~pair;
		}
	return mask;
}

static void drop_bits_of(struct theatre *theatre, const struct fuzz_case *fuzz, uint32_t mask,
			 uint64_t *bits, struct mismatch *mismatch)
{
	for (uint64_t left = *bits; left; left &= left - 1) {
		const uint64_t before = *bits;

		*bits &= ~(left & -left);
		if (!is_as_before(theatre, fuzz, mask, mismatch))
			*bits = before;
	}
}

/* A poke without any bit is none. */
static uint32_t drop_bits(struct theatre *theatre, struct fuzz_case *fuzz, uint32_t mask,
			  struct mismatch *mismatch)
{
	for (unsigned int i = 0; i < fuzz->count; i++) {
		struct step *step = &fuzz->steps[i];

		if (!(mask >> i & 1))
			continue;
		if (step->kind == STEP_POKE)
			drop_bits_of(theatre, fuzz, mask, &step->turn_over, mismatch);
		if (step->kind == STEP_POKE && !step->turn_over)
			mask &= ~(UINT32_C(1) << i);
		for (unsigned int word = 0; word < 4; word++)
			drop_bits_of(theatre, fuzz, mask, &step->flips[word], mismatch);
	}
	return mask;
}

/* What should have been reported, and a write that lands instead, are one thing; the latter says more. */
static bool shows_more_as_write(struct theatre *theatre, const struct fuzz_case *fuzz,
				uint32_t mask, struct mismatch *mismatch)
{
	const struct mismatch now = act(theatre, fuzz, mask);

	if (!now.is_any || now.is_ill || now.reason != mismatch->reason)
		return false;
	*mismatch = now;
	return true;
}

/* The plainest request that still shows it. */
static void plain_request(struct theatre *theatre, struct fuzz_case *fuzz, uint32_t mask,
			  struct mismatch *mismatch)
{
	struct step *step = &fuzz->steps[mismatch->step];
	const struct dma before = step->dma;

	if (step->kind != STEP_DMA)
		return;
	step->dma = (struct dma){ .bytes = 4 };
	if (is_as_before(theatre, fuzz, mask, mismatch) ||
	    shows_more_as_write(theatre, fuzz, mask, mismatch))
		return;
	step->dma.is_read = true;
	if (!is_as_before(theatre, fuzz, mask, mismatch))
		step->dma = before;
}

/* Without a history: what is broken, all of it published, and the request. */
static uint32_t without_history(struct theatre *theatre, struct fuzz_case *fuzz, uint32_t mask,
				struct mismatch *mismatch)
{
	struct fuzz_case plain = { 0 };

	for (unsigned int i = 0; i < fuzz->count && plain.count < CASE_STEPS_MAX - 2; i++)
		if (mask >> i & 1 && fuzz->steps[i].kind == STEP_POKE)
			plain.steps[plain.count++] = fuzz->steps[i];
	plain.steps[plain.count++] = (struct step){ .kind = STEP_INVALIDATE, .what = FORGET_ALL };
	plain.steps[plain.count++] = fuzz->steps[mismatch->step];
	if (!is_as_before(theatre, &plain, UINT32_MAX, mismatch))
		return mask;
	*fuzz = plain;
	return UINT32_MAX;
}

uint32_t shrink(struct theatre *theatre, struct fuzz_case *fuzz, uint32_t mask,
		struct mismatch *mismatch)
{
	uint32_t before;

	mask &= (UINT32_C(2) << mismatch->step) - 1;
	do {
		before = mask;
		mask = drop_steps(theatre, fuzz, mask, mismatch);
	} while (mask != before);
	mask = drop_bits(theatre, fuzz, mask, mismatch);
	plain_request(theatre, fuzz, mask, mismatch);
	mask = drop_steps(theatre, fuzz, mask, mismatch); /* a plain request may need less */
	return without_history(theatre, fuzz, mask, mismatch);
}
