/* SPDX-License-Identifier: MIT */
/*
 * A plan put into the registers of all units, and taken back whole if anything fails.
 *
 * The PASID allocator comes first. Registering it writes to the virtual command block only: a
 * PASID is allocated, judged and given back. No register of remapping (GCMD, RTADDR, IQA, FECTL
 * ...) of any unit is written before the allocator of every unit is registered and proven. A refused
 * plan writes nothing at all.
 */
#pragma once

#include "iommu/bringup/bringup.h"
#include "iommu/vcmd/pasid_space.h"

/* S(name, words): the steps of a commit, in order. */
#define BRINGUP_STEPS(S)                                                 \
	S(CHECK, "check the plan against the units")                     \
	S(REGISTER, "register the PASID allocator")                      \
	S(REST, "bring the unit to rest")                                \
	S(QUEUE, "turn the invalidation queue on")                       \
	S(ROOT, "latch the root table")                                  \
	S(INVALIDATE, "invalidate all caches")                           \
	S(INTERRUPTS, "latch the interrupt table and turn remapping on") \
	S(ENABLE, "turn translation on")                                 \
	S(PROTECTED, "turn protected memory off")                        \
	S(DONE, "done")

#define BRINGUP_STEP_ENUM_(name, words) BRINGUP_STEP_##name,
enum bringup_step { BRINGUP_STEPS(BRINGUP_STEP_ENUM_) BRINGUP_STEP_COUNT };
#undef BRINGUP_STEP_ENUM_

const char *bringup_step_words(enum bringup_step step);

/* Registers as they were before the first write to a unit. */
struct bringup_snapshot {
	bool is_taken;
	uint32_t gsts, fectl, iectl, pmen;
	uint64_t rtaddr, iqa, iqt, irta;
};

/* How a commit ended; reason OK and step DONE if well. */
struct bringup_result {
	enum bringup_reason reason;
	enum bringup_step step;
	unsigned int unit; /* BRINGUP_NO_UNIT: none in particular */
	char words[240];   /* what the unit said: register, mask, last value */
	bool is_undone;	   /* everything is as it was found; else the next two say where not */
	unsigned int undo_unit;
	char undo_words[240];
};

/* What a commit needs, from the caller, and keeps. Zero it, fill the first part. */
struct bringup {
	struct unit *units;
	const struct bringup_plan *plan;
	const struct tables *tables; /* made for plan->format */
	/* plan->pasids other than NONE: initialised for plan->pasid_bits, or already in use. */
	struct pasid_space *pasids;
	/* plan->interrupt_remapping: 2^(s + 1) entries of 16 bytes, aligned to 4 KiB. */
	phys_t interrupt_table;
	unsigned int interrupt_table_s;

	struct vcmd vcmd[BRINGUP_UNITS_MAX];
	bool is_registered[BRINGUP_UNITS_MAX];
	struct bringup_snapshot found[BRINGUP_UNITS_MAX];
	enum bringup_reason step_reason; /* of the step that runs, should it fail */
	struct bringup_result result;
};

/*
 * Programs every unit: first all of them up to, and only then with translation on. Each step is
 * checked by status and read-back. False: refused or failed; translation is then as it was found
 * (a unit found translating is put back onto the root it had) or off, every register that can be
 * restored is, the allocator is unregistered, and result says where it failed. Not restorable:
 * recorded faults, which are cleared; GSTS.RTPS and IRTPS, which stay set; IQH and IQT of a queue
 * found on, which start again at 0. Where is_undone is false, tables and queues must stay in memory:
 * the unit named may still use them.
 *
 * What no register tells: a unit found translating in the mode it is to have that does not latch the
 * new root. Only DMA shows that.
 */
bool bringup_commit(struct bringup *bringup);

/*
 * Ends a committed bring-up: every unit is brought to rest and the allocator unregistered, for
 * which no PASID may be live. False, with words in result, where a unit does not follow.
 */
bool bringup_release(struct bringup *bringup);

/* "failed at unit 1 (fed92000), step "latch the root table": RTADDR ...; all undone" */
int bringup_result_describe(const struct bringup *bringup, char *text, size_t bytes);

/* ---- the pieces, for those who put them together in another way ---- */

/*
 * Registers every source of the plan with the space and proves it; false, with words in result and
 * everything given back, where it cannot be had. Unregistering fails while PASIDs are live.
 */
bool bringup_register_pasids(struct bringup *bringup);
bool bringup_unregister_pasids(struct bringup *bringup);

/*
 * One step of one unit, CHECK or REST to PROTECTED; STATUS_OK where the plan asks nothing of it.
 * On failure result is filled. REST takes the snapshot.
 */
enum status bringup_run_step(struct bringup *bringup, enum bringup_step step,
			     unsigned int unit) MUST_USE;

/* Puts one unit back to what its snapshot says. */
enum status bringup_undo_unit(struct bringup *bringup, unsigned int unit) MUST_USE;
