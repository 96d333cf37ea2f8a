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

/* An invalidation of everything says least: where it does as well, what was to be invalidated does not matter. */
static void forget_all(struct theatre *theatre, struct fuzz_case *fuzz, uint32_t mask,
		       struct mismatch *mismatch)
{
	for (unsigned int i = 0; i < mismatch->step; i++) {
		const struct step before = fuzz->steps[i];

		if (!(mask >> i & 1) ||
		    (before.kind != STEP_INVALIDATE && before.kind != STEP_DESCRIPTOR))
			continue;
		fuzz->steps[i] = (struct step){ .kind = STEP_INVALIDATE, .what = FORGET_ALL };
		if (!is_as_before(theatre, fuzz, mask, mismatch))
			fuzz->steps[i] = before;
	}
}

/* Whether it is still shown with that step instead. */
static bool try_step(struct theatre *theatre, struct fuzz_case *fuzz, uint32_t mask, unsigned int i,
		     const struct step *plain, struct mismatch *mismatch)
{
	const struct step before = fuzz->steps[i];

	if (!memcmp(plain, &before, sizeof(before)))
		return true;
	fuzz->steps[i] = *plain;
	if (is_as_before(theatre, fuzz, mask, mismatch))
		return true;
	fuzz->steps[i] = before;
	return false;
}

/* A request of an endpoint: what nobody needs of it is left out, a part at a time. */
static void plain_parts(struct theatre *theatre, struct fuzz_case *fuzz, uint32_t mask,
			unsigned int i, struct mismatch *mismatch)
{
	for (unsigned int part = 0; part < 5; part++) {
		struct step plain = fuzz->steps[i];
		struct model_request *request = &plain.request;

		if (part == 0)
			request->execute = request->privileged = request->no_write = false;
		else if (part == 1)
			request->wants_read = request->wants_write = request->last_in_group = false;
		else if (part == 2)
			request->group = 0, request->data = 0;
		else if (part == 3)
			request->address &= ~(uint64_t)(PAGE_BYTES - 1);
		else
			plain.index = 0;
		(void)try_step(theatre, fuzz, mask, i, &plain, mismatch);
	}
}

static void plain_steps(struct theatre *theatre, struct fuzz_case *fuzz, uint32_t mask,
			struct mismatch *mismatch)
{
	for (unsigned int i = 0; i <= mismatch->step; i++) {
		struct step *step = &fuzz->steps[i];

		if (!(mask >> i & 1))
			continue;
		if (step->kind == STEP_REQUEST)
			plain_parts(theatre, fuzz, mask, i, mismatch);
		if (step->kind == STEP_WRITE)
			drop_bits_of(theatre, fuzz, mask, &step->value, mismatch);
	}
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
	return drop_steps(theatre, fuzz, UINT32_MAX >> (32 - plain.count), mismatch);
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
	plain_steps(theatre, fuzz, mask, mismatch);
	forget_all(theatre, fuzz, mask, mismatch);
	plain_request(theatre, fuzz, mask, mismatch);
	mask = drop_steps(theatre, fuzz, mask, mismatch); /* a plain request may need less */
	return without_history(theatre, fuzz, mask, mismatch);
}
