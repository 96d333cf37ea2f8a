/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/reuse.h"

#include "tests/fuzz/stimuli_steps.h"
#include "tests/scenes/agents/endpoint.h"
#include "tests/units/topology.h"

enum { USES_MAX = 3 };

static void add(struct fuzz_case *fuzz, struct step step)
{
	if (fuzz->count < CASE_STEPS_MAX)
		fuzz->steps[fuzz->count++] = step;
}

/* ---- using ---- */

/* One that whole tables let through, so that it leaves something in caches: of either page, device and PASID. */
static struct step plain_use(const struct theatre *theatre, struct random *random)
{
	const uint64_t offset = random_below(random, WINDOW_PAGES) * PAGE_BYTES;
	struct step step = {
		.kind = STEP_DMA,
		.dma = { .is_read = random_one_in(random, 2),
			 .bytes = 4,
			 .offset = (unsigned int)offset },
	};

	if (!theatre->endpoint)
		return step;
	step.kind = STEP_REQUEST;
	step.index = random_one_in(random, 2) ? random_below(random, TOPOLOGY_ENDPOINTS) : 0;
	step.request = (struct model_request){
		.type = random_one_in(random, 4) ? MODEL_TRANSLATION : MODEL_UNTRANSLATED,
		.kind = random_one_in(random, 3) ? MODEL_WRITE : MODEL_READ,
		.has_pasid = theatre->stage->scene.pasid && !random_one_in(random, 4),
		.address = theatre->stage->window.value + offset,
		.bytes = 4,
	};
	if (!step.request.has_pasid)
		return step;
	step.request.pasid = stimuli_random_pasid(theatre, random);
	step.request.privileged = random_one_in(random, 4);
	return step;
}

static struct step use(const struct theatre *theatre, struct random *random)
{
	struct step step;

	if (!random_one_in(random, 3))
		return plain_use(theatre, random);
	case_make_last(&step, theatre, random);
	return step;
}

/* ---- forgetting ---- */

static void forget_any(struct fuzz_case *fuzz, const struct theatre *theatre, struct random *random)
{
	struct step step = { .kind = STEP_INVALIDATE };

	if (theatre->stage->unit->queue.on && random_one_in(random, 2))
		stimuli_make_invalidation(&step, theatre, random);
	else if (random_one_in(random, 4))
		step.kind = STEP_OFF_AND_ON;
	else if (random_one_in(random, 4))
		step = (struct step){ .kind = STEP_COMMAND, .command = COMMAND_ROOT };
	else
		case_make_invalidation(&step, random);
	add(fuzz, step);
}

static void forget(struct fuzz_case *fuzz, enum invalidation what, struct random *random)
{
	add(fuzz, (struct step){ .kind = STEP_INVALIDATE,
				 .what = what,
				 .is_neighbour = random_one_in(random, 12),
				 .address_mask = random_below(random, 4) });
}

/* Of any device, as one of several functions that the mask takes together. */
static void forget_device(struct fuzz_case *fuzz, const struct theatre *theatre, unsigned int index,
			  struct random *random)
{
	static const uint16_t functions[] = { 0, 4, 6, 7 };
	const unsigned int mask = random_below(random, 4);
	const uint16_t other = (uint16_t)random_bits(random) & functions[mask];
	struct step step = { .kind = STEP_DESCRIPTOR, .index = INV_CC };

	if (!theatre->endpoint || !theatre->stage->unit->queue.on) {
		forget(fuzz, FORGET_CONTEXT, random);
		return;
	}
	step.q[0] = reg_put(INV_TYPE_LOW, INV_CC);
	field_set(step.q, INV_CC_G, GRANULARITY_SPECIFIC);
	field_set(step.q, INV_CC_DID, theatre->stage->did);
	field_set(step.q, INV_CC_SID, theatre->endpoint[index].sid ^ other);
	field_set(step.q, INV_CC_FM, mask);
	add(fuzz, step);
}

static void forget_contexts(struct fuzz_case *fuzz, const struct theatre *theatre,
			    const struct step *poke, struct random *random)
{
	const unsigned int which = poke->at == AT_ROOT ? 0 : random_below(random, 4);

	if (which > 1)
		forget_device(fuzz, theatre, poke->index, random);
	else
		forget(fuzz, which ? FORGET_CONTEXTS_OF_DOMAIN : FORGET_CONTEXTS, random);
}

static void forget_pages(struct fuzz_case *fuzz, const struct theatre *theatre,
			 struct random *random)
{
	static const enum invalidation legacy[] = { FORGET_PAGES, FORGET_PAGES_OF_DOMAIN,
						    FORGET_PAGE },
				       scalable[] = { FORGET_PAGES_OF_DOMAIN, FORGET_PAGE,
						      FORGET_PAGES_OF_PASID, FORGET_PAGE_OF_PASID };
	const bool has_pasids = theatre->stage->scene.mode == SCENE_SCALABLE;

	forget(fuzz,
	       has_pasids ? scalable[random_below(random, 4)] : legacy[random_below(random, 3)],
	       random);
}

/* As the book asks for it after such a change, each in its turn: "Guidance to Software for Invalidations". */
static void forget_changed(struct fuzz_case *fuzz, const struct theatre *theatre,
			   const struct step *poke, struct random *random)
{
	const bool is_context = poke->at == AT_ROOT || poke->at == AT_CONTEXT;
	const bool is_pasid = poke->at == AT_PASID_DIR || poke->at == AT_PASID;

	if (is_context)
		forget_contexts(fuzz, theatre, poke, random);
	if ((is_context && theatre->stage->scene.mode == SCENE_SCALABLE) || is_pasid)
		forget(fuzz, (enum invalidation)(FORGET_PASIDS + (int)random_below(random, 3)),
		       random);
	forget_pages(fuzz, theatre, random);
}

/* "a page request invalidates" what the IOTLB holds of its page, implicitly. */
static void forget_by_page_request(struct fuzz_case *fuzz, const struct step *use)
{
	struct step step = *use;

	step.request.type = MODEL_PAGE_REQUEST;
	step.request.wants_read = step.request.wants_write = true;
	add(fuzz, step);
}

/* ---- the case ---- */

void reuse_make(struct fuzz_case *fuzz, const struct theatre *theatre, struct random *random)
{
	const bool has_pages = caps_has(&theatre->stage->unit->caps, CAPABILITY_PRS);
	struct step uses[USES_MAX], poke, last;
	const unsigned int count = 1 + random_below(random, USES_MAX);

	fuzz->count = 0;
	for (unsigned int i = 0; i < count; i++) {
		uses[i] = use(theatre, random);
		add(fuzz, uses[i]);
	}
	last = uses[random_below(random, count)];
	case_make_poke(&poke, theatre, random);
	if (poke.at == AT_CONTEXT && random_one_in(random, 2))
		poke.index = last.kind == STEP_REQUEST ? last.index : 0;
	add(fuzz, poke);
	if (last.kind == STEP_REQUEST && has_pages && random_one_in(random, 8))
		forget_by_page_request(fuzz, &last);
	else if (random_one_in(random, 2))
		forget_changed(fuzz, theatre, &poke, random);
	else
		forget_any(fuzz, theatre, random);
	if (random_one_in(random, 6))
		case_make_last(&last, theatre, random);
	add(fuzz, last);
}
