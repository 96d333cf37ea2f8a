/* SPDX-License-Identifier: MIT */
#include "tests/scenes/scene_test.h"

#include "arch/string.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/observation.h"

static const struct outcome lands = LANDS;

/*
 * As if the tables had been so from the start: everything goes, but for a paging entry the IOTLB is
 * all that can hold it.
 */
static enum status invalidate_after(struct unit *unit, enum place place)
{
	switch (place) {
	case AT_NOWHERE:
	case AT_ROOT:
	case AT_CONTEXT:
	case AT_PASID_DIR:
	case AT_PASID:
		return invalidate_all(unit);
	default: /* a paging entry */
		return invalidate_whole_iotlb(unit);
	}
}

/* After pokes at several places the one closest to the root decides. */
bool scene_test_invalidate(struct test_run *run, const struct poke *pokes, unsigned int count)
{
	enum place first = count ? pokes[0].at : AT_NOWHERE;

	for (unsigned int i = 1; i < count; i++)
		if (pokes[i].at < first)
			first = pokes[i].at;
	if (invalidate_after(run->unit, first) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

bool scene_test_is_possible(struct test_run *run, const struct scene *scene)
{
	const char *obstacle = scene_obstacle(scene, &run->unit->caps);

	if (obstacle)
		test_skip(run, "unit %u: %s", run->unit->index, obstacle);
	return !obstacle;
}

/* No test uses this stage any more, this one or the next. */
static bool give_up(struct test_run *run)
{
	if (stage_strike(&run->stage))
		return true;
	test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	return false;
}

static bool is_changeable(const struct stage *stage, const struct scene *scene)
{
	return stage->scene.mode == scene->mode &&
	       stage->scene.is_without_queue == scene->is_without_queue;
}

static bool set_up(struct test_run *run, const struct scene *scene)
{
	struct stage *stage = &run->stage;
	bool is_set;

	if (!scene_test_is_possible(run, scene))
		return false;
	if (stage->is_up && !is_changeable(stage, scene) && !give_up(run))
		return false;
	is_set = stage->is_up
			 ? stage_change(stage, scene, run->agent)
			 : stage_build(stage, scene, run->unit, run->agent) && stage_raise(stage);
	if (!is_set) {
		test_fail(run, "cannot set the scene: %s", unit_failure(run->unit));
		give_up(run);
		return false;
	}
	fault_clear(run->unit);
	return true;
}

/* The DMA that must land before anything is broken: the same transfer, as the scene means it. */
static struct dma plain_twin(const struct dma *dma)
{
	return (struct dma){ .is_read = dma->is_read, .offset = dma->offset, .bytes = dma->bytes };
}

static bool is_plain(const struct dma *dma)
{
	return dma->place == DMA_WINDOW && dma->kind == REQUEST_UNTRANSLATED &&
	       !dma->without_pasid && !dma->privileged && !dma->pasid && !dma->is_execute &&
	       !dma->is_zero_length && !dma->flip;
}

/* An address the agent would cut down to another one is not for it. */
static bool is_drivable(struct test_run *run, const struct dma *dma)
{
	uint64_t address = dma_address(&run->stage, dma).value;

	if (!(address & ~run->agent->limits.address_mask))
		return true;
	test_skip(run, "%s cannot drive address %llx", run->agent->name,
		  (unsigned long long)address);
	return false;
}

/* The tables as they are, unbroken: the DMA must land. Else nobody uses them any more. */
static bool prove(struct test_run *run, const struct dma *proof, const char *label)
{
	struct observation seen;

	observation_make(run, proof, &seen);
	observation_finish(run, proof, &seen);
	if (observation_judge(run, proof, &lands, &seen, label))
		return true;
	give_up(run);
	return false;
}

/* The stage of the test before serves, if it is the same scene for the same agent. */
static bool is_usable(const struct test_run *run, const struct scene *scene)
{
	const struct stage *stage = &run->stage;
	struct scene own;

	if (!stage->is_up || !stage->is_sound || stage->agent != run->agent)
		return false;
	own = scene_resolved(scene, &stage->unit->caps);
	return scene_is_same(&stage->scene, &own);
}

bool scene_test_open(struct test_run *run, const struct scene *scene, const struct dma *dma)
{
	const struct dma proof = plain_twin(dma);

	run->stage.canaries.kind = CANARIES_UNKNOWN;
	if (is_usable(run, scene))
		return is_drivable(run, &proof) && is_drivable(run, dma) &&
		       prove(run, &proof,
			     "before anything is broken, on the stage of the test before");
	if (!set_up(run, scene) || !is_drivable(run, &proof) || !is_drivable(run, dma))
		return false;
	if (!dma_arm(&run->stage)) {
		test_fail(run, "%s did not finish a transfer", run->agent->name);
		return false;
	}
	run->stage.is_sound = true;
	return prove(run, &proof, "before anything is broken");
}

/* `first`, which may be NULL, must land in the broken scene, so that caches know it. */
static bool try_after(struct test_run *run, const struct poke *pokes, const struct dma *first,
		      const struct dma *dma, const struct outcome *expect, const char *label)
{
	uint64_t words[POKES_MAX];
	struct observation seen, before;
	unsigned int count = 0;
	bool is_done;

	run->stage.is_sound = false;
	for (; count < POKES_MAX && pokes[count].at != AT_NOWHERE; count++)
		words[count] = stage_poke(&run->stage, &pokes[count]);
	is_done = scene_test_invalidate(run, pokes, count);
	if (is_done && first)
		observation_make(run, first, &before);
	if (is_done)
		observation_make(run, dma, &seen);
	for (unsigned int i = count; i-- > 0;)
		stage_unpoke(&run->stage, &pokes[i], words[i]);
	if (!scene_test_invalidate(run, pokes, count) || !is_done)
		return false;
	observation_finish(run, first && first->is_read ? first : dma,
			   first && first->is_read ? &before : &seen);
	run->stage.is_sound = true;
	return (!first || observation_judge(run, first, &lands, &before, "the first one")) &&
	       observation_judge(run, dma, expect, &seen, label);
}

bool scene_test_try(struct test_run *run, const struct poke *pokes, const struct dma *dma,
		    const struct outcome *expect, const char *label)
{
	return try_after(run, pokes, NULL, dma, expect, label);
}

bool scene_test_write(struct test_run *run, unsigned int page, const struct outcome *expect,
		      const char *label)
{
	struct dma dma = { .offset = page * PAGE_BYTES };
	struct observation seen;

	observation_make(run, &dma, &seen);
	return observation_judge(run, &dma, expect, &seen, label);
}

void scene_test_run(struct test_run *run)
{
	const struct test *test = run->test;

	if (!scene_test_open(run, &run->scene, &test->dma))
		return;
	if (test->poke[0].at == AT_NOWHERE && !test->after && is_plain(&test->dma) &&
	    test->expect.kind == OUTCOME_LANDS)
		return; /* the proof was the test */
	try_after(run, test->poke, test->after, &test->dma, &test->expect, NULL);
}
