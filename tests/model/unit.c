/* SPDX-License-Identifier: MIT */
/*
 * A unit as a whole: power-on and warm reset.
 */
#include "tests/model/internal.h"

/* Translation, queue and interrupt remapping go off. Their tables are latched anew before anything asks for them. */
static void reset_status(struct model_unit *unit)
{
	uint32_t before = unit->gsts;

	unit->gsts = unit->gsts_shown = unit->gsts_countdown = 0;
	if (defect(unit, RESET_KEEPS_QUEUE))
		unit->gsts |= before & mask32(GSTS_QIES);
	if (defect(unit, RESET_KEEPS_REMAPPING)) {
		unit->gsts |= before & (mask32(GSTS_IRES) | mask32(GSTS_IRTPS) | mask32(GSTS_CFIS));
	} else if (defect(unit, RESET_STILL_REMAPS)) {
		unit->still_remaps = before & mask32(GSTS_IRES);
	}
	if (defect(unit, RESET_KEEPS_TRANSLATION)) {
		unit->gsts |= before & (mask32(GSTS_TES) | mask32(GSTS_RTPS));
		return;
	}
	unit->ttm = TTM_LEGACY;
	unit->root_is_fresh = false;
}

static void reset_caches(struct model_unit *unit)
{
	uint32_t count = unit->cache_count;

	unit->cache_count = 0;
	if (defect(unit, RESET_KEEPS_CACHES) || defect(unit, RESET_KEEPS_CONTEXTS) ||
	    defect(unit, RESET_KEEPS_INTERRUPTS)) {
		for (uint32_t i = 0; i < count; i++) {
			bool is_context = unit->cache[i].kind == MODEL_CACHED_CONTEXT ||
					  unit->cache[i].kind == MODEL_CACHED_PASID;
			bool is_interrupt = unit->cache[i].kind == MODEL_CACHED_INTERRUPT;

			if (is_interrupt ? defect(unit, RESET_KEEPS_INTERRUPTS)
			    : is_context ? defect(unit, RESET_KEEPS_CONTEXTS)
					 : defect(unit, RESET_KEEPS_CACHES))
				unit->cache[unit->cache_count++] = unit->cache[i];
		}
	}
}

void model_reset(struct model_unit *unit)
{
	mu_registers_reset(unit, true);
	memset(unit->invalidate, 0, sizeof(unit->invalidate));
	reset_status(unit);
	reset_caches(unit);
	unit->last_was_wait = false;
	/* What was under way comes to nothing. */
	unit->deferred_count = unit->page_count = unit->devtlb_timed_out = 0;
	if (!defect(unit, RESET_KEEPS_MEMORY_TYPES))
		memset(unit->mtrr, 0, sizeof(unit->mtrr));
	if (!defect(unit, RESET_KEEPS_ANSWER))
		unit->ecrsp = 0;
	unit->vcmd = unit->vcmd_operand = unit->vcrsp = unit->vcrsp_next = 0;
}

void model_init(struct model_unit *unit, const struct model_config *config,
		const struct model_host *host)
{
	memset(unit, 0, sizeof(*unit));
	unit->config = *config;
	unit->host = *host;
	unit->cache = config->cache != NULL ? config->cache : unit->own_cache;
	unit->cache_size = config->cache != NULL ? config->cache_count : MODEL_CACHE_ENTRIES;
	mu_registers_reset(unit, false);
}
