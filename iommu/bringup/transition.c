/* SPDX-License-Identifier: MIT */
#include "iommu/bringup/transition.h"

#include "iommu/unit/invalidate.h"

#define STEP_WORDS_(name, words) words,
static const char *const step_words[] = { TRANSITION_STEPS(STEP_WORDS_) };
#undef STEP_WORDS_

const char *transition_step_words(enum transition_step step)
{
	return (unsigned int)step < TRANSITION_STEP_COUNT ? step_words[step] : "unknown";
}

bool transition_step_is_per_unit(enum transition_step step)
{
	return step >= TRANSITION_DRAIN && step <= TRANSITION_ENABLE;
}

static bool is_used(const struct transition *t, unsigned int unit)
{
	return !t->is_used || t->is_used[unit];
}

/* Without ESRTPS the mode is fixed while translation is on ("Root Table Address Register": TTM). */
static bool must_stop(const struct transition *t, unsigned int unit, enum ttm to)
{
	return !caps_has(&t->units[unit].caps, CAPABILITY_ESRTPS) &&
	       reg_get(t->from[unit].rtaddr, RTADDR_TTM) != to;
}

/* Scalable and abort-DMA mode take 256-bit descriptors only, and legacy mode has no use for them. */
static bool wants_wide_queue(enum ttm mode)
{
	return mode != TTM_LEGACY;
}

/* ---- before anything is touched ---- */

static uint64_t needs_of(const struct transition *t, unsigned int unit)
{
	switch (t->to) {
	case TTM_SCALABLE:
		return NEED(QI) | NEED(SMTS) |
		       (tables_stage_of(&t->format, unit) == FIRST_STAGE ? NEED(FSTS) : NEED(SSTS));
	case TTM_ABORT:
		return NEED(QI) | NEED(ADMS);
	default:
		return 0;
	}
}

/* Legacy mode has the second stage only. */
static bool has_tables(const struct transition *t, unsigned int unit)
{
	const struct caps *caps = &t->units[unit].caps;
	const unsigned int levels = tables_levels_of(&t->format, unit);

	if (tables_stage_of(&t->format, unit) == SECOND_STAGE)
		return caps_has_levels(caps, levels);
	return t->to == TTM_SCALABLE && caps_has_first_stage_levels(caps, levels);
}

static enum status check_unit(struct transition *t, unsigned int unit)
{
	struct unit *u = &t->units[unit];
	const uint64_t missing = caps_missing(&u->caps, needs_of(t, unit));
	char names[80];

	t->from[unit].rtaddr = unit_read64(u, REG_RTADDR);
	t->from[unit].was_translating = unit_translation_is_on(u);
	t->from[unit].had_queue = u->queue.on;
	t->from[unit].had_wide_queue = u->queue.wide;
	if (missing) {
		caps_format_missing(missing, names, sizeof(names));
		return unit_fail(u, STATUS_UNSUPPORTED, "unit %u lacks %s", u->index, names);
	}
	if (t->to != TTM_ABORT && !has_tables(t, unit))
		return unit_fail(u, STATUS_UNSUPPORTED, "unit %u has no tables of %u levels",
				 u->index, tables_levels_of(&t->format, unit));
	return STATUS_OK;
}

enum status transition_check(struct transition *t, unsigned int *unit)
{
	enum status status = STATUS_OK;

	for (unsigned int i = 0; i < t->unit_count && status == STATUS_OK; i++) {
		*unit = i;
		if (is_used(t, i))
			status = check_unit(t, i);
	}
	return status;
}

/* ---- steps for the platform ---- */

static enum status step_build(struct transition *t)
{
	if (t->to == TTM_ABORT)
		return STATUS_OK;
	return tables_build(t->next, &t->format, t->unit_count, t->devices, t->device_count);
}

static enum status call(bool (*hook)(void *context), void *context)
{
	return !hook || hook(context) ? STATUS_OK : STATUS_TIMEOUT;
}

static enum status step_quiesce(struct transition *t)
{
	t->is_stopped = true;
	return call(t->quiesce, t->context);
}

static enum status step_resume(struct transition *t)
{
	t->is_stopped = false;
	return call(t->resume, t->context);
}

/* In abort-DMA mode RTADDR still points to the old tables; the way back replaces them. */
static enum status step_retire(struct transition *t)
{
	if (t->to != TTM_ABORT)
		tables_destroy(t->old);
	return STATUS_OK;
}

/* ---- steps for one unit ---- */

/* An IOTLB invalidation with DR and DW completes after all requests before it have. */
static enum status step_drain(struct transition *t, unsigned int unit)
{
	struct iotlb_invalidation all = { .granularity = GRANULARITY_GLOBAL };

	return invalidate_iotlb(&t->units[unit], all);
}

static enum status step_disable(struct transition *t, unsigned int unit)
{
	struct unit *u = &t->units[unit];

	if (!must_stop(t, unit, t->to) || !unit_translation_is_on(u))
		return STATUS_OK;
	return unit_set_translation(u, false);
}

static enum status step_queue_off(struct transition *t, unsigned int unit)
{
	struct unit *u = &t->units[unit];

	if (!u->queue.on || u->queue.wide == wants_wide_queue(t->to))
		return STATUS_OK;
	return queue_disable(u);
}

static enum status verify_root(struct unit *unit, uint64_t wanted)
{
	const uint64_t seen = unit_read64(unit, REG_RTADDR);

	if (seen == wanted)
		return STATUS_OK;
	return unit_fail(unit, STATUS_REFUSED, "RTADDR reads %llx after %llx was written",
			 (unsigned long long)seen, (unsigned long long)wanted);
}

static enum status step_latch(struct transition *t, unsigned int unit)
{
	const struct tables *tables = t->to == TTM_ABORT ? t->old : t->next;
	const phys_t root = phys_of(tables->roots[unit].entries);
	struct unit *u = &t->units[unit];
	enum status status = unit_flush_write_buffer(u);

	if (status == STATUS_OK)
		status = unit_latch_root(u, root, t->to);
	if (status != STATUS_OK)
		return status;
	return verify_root(u, root.value | reg_put(RTADDR_TTM, t->to));
}

static enum status step_queue_on(struct transition *t, unsigned int unit)
{
	struct unit *u = &t->units[unit];

	if (u->queue.on || !caps_has(&u->caps, CAPABILITY_QI))
		return STATUS_OK;
	return queue_enable(u, wants_wide_queue(t->to), 0);
}

static bool flushes_itself(const struct transition *t, unsigned int unit)
{
	return caps_has(&t->units[unit].caps, CAPABILITY_ESRTPS);
}

/*
 * GSTS cannot show that a root was latched again, but the queue can: a 128-bit descriptor is refused
 * outside of legacy mode, and a PASID-cache descriptor within it. So one of the two steps is run on
 * units that flush by themselves, too.
 */
static enum status step_context_cache(struct transition *t, unsigned int unit)
{
	struct context_invalidation all = { .granularity = GRANULARITY_GLOBAL };

	if (flushes_itself(t, unit) && t->to != TTM_LEGACY)
		return STATUS_OK;
	return invalidate_context_cache(&t->units[unit], all);
}

static enum status step_pasid_cache(struct transition *t, unsigned int unit)
{
	struct pasid_invalidation all = { .granularity = PC_GLOBAL };

	if (t->to == TTM_LEGACY)
		return STATUS_OK;
	return invalidate_pasid_cache(&t->units[unit], all);
}

static enum status step_iotlb(struct transition *t, unsigned int unit)
{
	struct iotlb_invalidation all = { .granularity = GRANULARITY_GLOBAL };

	return flushes_itself(t, unit) ? STATUS_OK : invalidate_iotlb(&t->units[unit], all);
}

static enum status step_enable(struct transition *t, unsigned int unit)
{
	struct unit *u = &t->units[unit];

	return unit_translation_is_on(u) ? STATUS_OK : unit_set_translation(u, true);
}

static enum status (*const platform_steps[])(struct transition *t) = {
	[TRANSITION_BUILD] = step_build,
	[TRANSITION_QUIESCE] = step_quiesce,
	[TRANSITION_RESUME] = step_resume,
	[TRANSITION_RETIRE] = step_retire,
};

static enum status (*const unit_steps[])(struct transition *t, unsigned int unit) = {
	[TRANSITION_DRAIN] = step_drain,
	[TRANSITION_DISABLE] = step_disable,
	[TRANSITION_QUEUE_OFF] = step_queue_off,
	[TRANSITION_LATCH] = step_latch,
	[TRANSITION_QUEUE_ON] = step_queue_on,
	[TRANSITION_CONTEXT_CACHE] = step_context_cache,
	[TRANSITION_PASID_CACHE] = step_pasid_cache,
	[TRANSITION_IOTLB] = step_iotlb,
	[TRANSITION_ENABLE] = step_enable,
};

enum status transition_run_step(struct transition *t, enum transition_step step, unsigned int unit)
{
	if (!transition_step_is_per_unit(step))
		return platform_steps[step](t);
	return is_used(t, unit) ? unit_steps[step](t, unit) : STATUS_OK;
}

/* ---- back ---- */

static enum status stop_queue(struct unit *unit)
{
	return queue_disable(unit) == STATUS_OK ? STATUS_OK : queue_abandon(unit);
}

static enum status restore_queue(struct transition *t, unsigned int unit)
{
	struct unit *u = &t->units[unit];
	const bool wide = t->from[unit].had_wide_queue;
	enum status status = STATUS_OK;

	if (u->queue.on && (!t->from[unit].had_queue || u->queue.wide != wide))
		status = stop_queue(u);
	if (status == STATUS_OK && !u->queue.on && t->from[unit].had_queue)
		status = queue_enable(u, wide, 0);
	return status;
}

/* The same way in the other direction: the old tables are still there. */
static enum status go_back(struct transition *t, unsigned int unit)
{
	const uint64_t rtaddr = t->from[unit].rtaddr;
	const enum ttm ttm = (enum ttm)reg_get(rtaddr, RTADDR_TTM);
	struct unit *u = &t->units[unit];
	enum status status = STATUS_OK;

	if (unit_read64(u, REG_RTADDR) == rtaddr &&
	    unit_translation_is_on(u) == t->from[unit].was_translating)
		return restore_queue(t, unit);
	if (must_stop(t, unit, t->to))
		status = unit_set_translation(u, false);
	if (status == STATUS_OK && u->queue.on && u->queue.wide != t->from[unit].had_wide_queue)
		status = stop_queue(u);
	if (status == STATUS_OK)
		status = unit_latch_root(u, phys(rtaddr & ~FIELD_MASK(RTADDR_TTM)), ttm);
	if (status == STATUS_OK)
		status = restore_queue(t, unit);
	if (status == STATUS_OK && !flushes_itself(t, unit))
		status = invalidate_all(u);
	return status == STATUS_OK ? verify_root(u, rtaddr) : status;
}

/* Puts a unit that is somewhere on its way back onto the old tables. */
static enum status undo_unit(struct transition *t, unsigned int unit)
{
	struct unit *u = &t->units[unit];
	enum status status;

	if (!is_used(t, unit))
		return STATUS_OK;
	status = go_back(t, unit);
	if (status == STATUS_OK && t->from[unit].was_translating != unit_translation_is_on(u))
		status = unit_set_translation(u, t->from[unit].was_translating);
	if (status != STATUS_OK && unit_set_translation(u, false) != STATUS_OK)
		return STATUS_TIMEOUT;
	return status;
}

static void undo(struct transition *t)
{
	t->is_back = true;
	for (unsigned int i = t->unit_count; i-- > 0;)
		if (undo_unit(t, i) != STATUS_OK)
			t->is_back = false;
	if (t->is_back && t->next)
		tables_destroy(t->next);
	if (t->is_back && t->is_stopped)
		step_resume(t);
}

/* ---- all of it ---- */

static enum status run_step(struct transition *t, enum transition_step step)
{
	const bool per_unit = transition_step_is_per_unit(step);
	const unsigned int times = per_unit ? t->unit_count : 1;
	enum status status = STATUS_OK;

	for (unsigned int i = 0; i < times && status == STATUS_OK; i++) {
		t->failed_unit = per_unit ? i : BRINGUP_NO_UNIT;
		status = transition_run_step(t, step, i);
	}
	return status;
}

enum status transition_run(struct transition *t)
{
	enum status status;

	t->failed_step = TRANSITION_BUILD;
	status = transition_check(t, &t->failed_unit);
	t->is_back = true;
	if (status != STATUS_OK)
		return status;
	for (enum transition_step step = 0; step < TRANSITION_STEP_COUNT; step++) {
		t->failed_step = step;
		status = run_step(t, step);
		if (status == STATUS_OK)
			continue;
		undo(t);
		return status;
	}
	t->failed_step = TRANSITION_STEP_COUNT;
	t->failed_unit = BRINGUP_NO_UNIT;
	t->is_back = false;
	return STATUS_OK;
}
