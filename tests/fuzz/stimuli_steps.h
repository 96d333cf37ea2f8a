/* SPDX-License-Identifier: MIT */
/* What the steps of stimuli.c and what goes on around them share. */
#pragma once

#include "iommu/spec/tables.h"
#include "tests/fuzz/stimuli.h"

#define QUEUE_ERRORS \
	((uint32_t)(FIELD_MASK(FSTS_IQE) | FIELD_MASK(FSTS_ICE) | FIELD_MASK(FSTS_ITE)))

static inline struct unit *unit_of(const struct theatre *theatre)
{
	return theatre->stage->unit;
}

static inline bool is_modelled(const struct theatre *theatre)
{
	return unit_of(theatre)->source == UNIT_MODEL;
}

static inline enum ttm own_mode(const struct theatre *theatre)
{
	return theatre->stage->scene.mode == SCENE_SCALABLE ? TTM_SCALABLE : TTM_LEGACY;
}

static inline uint64_t *posted_words(const struct theatre *theatre)
{
	return (uint64_t *)(theatre->shadow->board + BOARD_POSTED);
}

/* Off and on again, empty. */
enum status stimuli_restart_queue(struct unit *unit);
