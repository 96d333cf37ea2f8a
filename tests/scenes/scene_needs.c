/* SPDX-License-Identifier: MIT */
/* What a scene asks of a unit. */
#include "tests/scenes/scene.h"

uint64_t scene_needs(enum scene_stage stage)
{
	static const uint64_t needs[] = {
		[STAGE_SECOND] = NEED(SSTS),	 [STAGE_FIRST] = NEED(FSTS),
		[STAGE_NESTED] = NEED(NEST),	 [EACH_STAGE] = 0,
		[EACH_FIRST_STAGE] = NEED(FSTS), [EITHER_STAGE] = 0,
	};

	return needs[stage];
}

bool scene_has_stage(enum scene_stage stage, const struct caps *caps)
{
	if (stage == STAGE_OF_UNIT)
		return caps_has(caps, CAPABILITY_SSTS) || caps_has(caps, CAPABILITY_FSTS);
	return !caps_missing(caps, scene_needs(stage));
}

struct scene scene_best(const struct caps *caps)
{
	bool is_scalable = caps_has(caps, CAPABILITY_SMTS) && scene_has_stage(STAGE_OF_UNIT, caps);

	return (struct scene){ .mode = is_scalable ? SCENE_SCALABLE : SCENE_LEGACY };
}

struct scene scene_resolved(const struct scene *scene, const struct caps *caps)
{
	struct scene resolved = *scene;
	bool is_first = scene->mode == SCENE_SCALABLE && !caps_has(caps, CAPABILITY_SSTS) &&
			caps_has(caps, CAPABILITY_FSTS);

	if (scene->stage == STAGE_OF_UNIT)
		resolved.stage = is_first ? STAGE_FIRST : STAGE_SECOND;
	return resolved;
}

bool scene_is_same(const struct scene *a, const struct scene *b)
{
	return a->mode == b->mode && a->stage == b->stage && a->pass_through == b->pass_through &&
	       a->levels == b->levels && a->host_levels == b->host_levels &&
	       a->page_shift == b->page_shift && a->is_at_top == b->is_at_top &&
	       a->is_upper == b->is_upper && a->rid_pasid == b->rid_pasid && a->pasid == b->pasid &&
	       a->pdts == b->pdts && a->did == b->did && a->is_without_queue == b->is_without_queue;
}

static bool needs_tables(const struct scene *scene)
{
	return scene->mode == SCENE_LEGACY ||
	       (scene->mode == SCENE_SCALABLE && !scene->pass_through) || scene->pasid;
}

bool scene_is_first_stage(const struct scene *scene)
{
	return scene->stage == STAGE_FIRST || scene->stage == STAGE_NESTED;
}

const char *scene_obstacle(const struct scene *scene, const struct caps *caps)
{
	struct scene own = scene_resolved(scene, caps);

	if (needs_tables(&own) && own.mode == SCENE_SCALABLE && !scene_has_stage(own.stage, caps))
		return "no ECAP.SSTS (bit 46) and no ECAP.FSTS (bit 47)";
	if (needs_tables(&own) && own.stage != STAGE_FIRST && !caps_best_levels(caps))
		return "CAP.SAGAW names no second-stage tables";
	if (scene->pasid >> caps_pasid_bits(caps))
		return "ECAP.PSS is too small for the PASID of this test";
	return NULL;
}
