/* SPDX-License-Identifier: MIT */
/*
 * From one translation mode to another while the platform runs ("Set Root Table Pointer
 * Operation"): every table is made anew in the other format, and every unit goes through each step
 * before any unit goes on to the next.
 *
 * Where CAP.ESRTPS is clear, the mode may change only while translation is off, and DMA passes
 * untranslated meanwhile: that is why devices are quiesced first. Units with ESRTPS go on
 * translating, and flush their caches themselves.
 */
#pragma once

#include "iommu/bringup/bringup.h"
#include "iommu/unit/unit.h"

/* S(name, words): in order. BUILD, QUIESCE, RESUME and RETIRE are for the platform as a whole. */
#define TRANSITION_STEPS(S)                                                       \
	S(BUILD, "build all tables in the new format")                            \
	S(QUIESCE, "stop devices")                                                \
	S(DRAIN, "drain what is in flight")                                       \
	S(DISABLE, "turn translation off where the mode cannot change under way") \
	S(QUEUE_OFF, "turn the invalidation queue off")                           \
	S(LATCH, "latch the new root table with its mode")                        \
	S(QUEUE_ON, "turn the queue on with descriptors of the new mode's width") \
	S(CONTEXT_CACHE, "invalidate the context cache")                          \
	S(PASID_CACHE, "invalidate the PASID cache")                              \
	S(IOTLB, "invalidate the IOTLB")                                          \
	S(ENABLE, "turn translation on")                                          \
	S(RESUME, "let devices go on")                                            \
	S(RETIRE, "free the old tables")

#define TRANSITION_STEP_ENUM_(name, words) TRANSITION_##name,
enum transition_step { TRANSITION_STEPS(TRANSITION_STEP_ENUM_) TRANSITION_STEP_COUNT };
#undef TRANSITION_STEP_ENUM_

const char *transition_step_words(enum transition_step step);
bool transition_step_is_per_unit(enum transition_step step);

/* Zero it, fill the first part. */
struct transition {
	struct unit *units;
	unsigned int unit_count;
	const bool *is_used; /* per unit, false for those that do not translate; NULL: all do */
	struct tables *old;  /* in use now; RETIRE frees them, but for TTM_ABORT */
	struct tables *next; /* BUILD fills them; in use afterwards. NULL for TTM_ABORT */
	enum ttm to;
	struct tables_format format; /* of the new tables, as a plan has it */
	const struct bringup_device *devices;
	unsigned int device_count;
	/* Stops and restarts all bus masters; NULL: there is nothing to stop. False: it failed. */
	bool (*quiesce)(void *context);
	bool (*resume)(void *context);
	void *context;

	/* Kept: where each unit came from (transition_check() looks), and how it ended. */
	struct {
		uint64_t rtaddr;
		bool was_translating, had_queue, had_wide_queue;
	} from[BRINGUP_UNITS_MAX];
	bool is_stopped;
	enum transition_step failed_step; /* TRANSITION_STEP_COUNT: none */
	unsigned int failed_unit;	  /* BRINGUP_NO_UNIT: none in particular */
	bool is_back; /* after a failure: every unit is in the old mode, on the old tables */
};

/*
 * Checks what can be checked beforehand, then runs every step. STATUS_UNSUPPORTED, with nothing
 * touched, where a unit lacks what the new mode needs (words in its unit_failure()). On a later
 * failure all units go back to the old tables; a unit that does not is left with translation off.
 */
enum status transition_run(struct transition *transition) MUST_USE;

/*
 * Looks where every unit is, and whether it can go where it shall: STATUS_UNSUPPORTED if one cannot,
 * *unit is then the first. Reads only. Those who run the steps themselves call it before.
 */
enum status transition_check(struct transition *transition, unsigned int *unit) MUST_USE;

/*
 * One step, of one unit (ignored by steps for the platform). Those who run the steps themselves may
 * leave some out: each does its own work and no other's.
 */
enum status transition_run_step(struct transition *transition, enum transition_step step,
				unsigned int unit) MUST_USE;
