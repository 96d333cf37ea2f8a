/* SPDX-License-Identifier: MIT */
/* What the parts of a commit share: the steps, what was found before them, and how it ended. */
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
	bool has_pasids; /* as planned, unless the commit had to do without */
	unsigned int pasids_off_unit;
	char pasids_off_because[96]; /* "": the commit did not give it up */
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
	uint64_t found_reads;		 /* of registers, for `found` */
	uint64_t
		check_reads; /* of registers, that do nothing but look whether all is as it should be */
	struct bringup_result result;
};

/* Records where and why a commit ended; the first failure stays. */
void bringup_fail(struct bringup *bringup, enum bringup_step step, unsigned int unit,
		  enum bringup_reason reason, const char *words);

/* "failed at unit 1 (fed92000), step "latch the root table": RTADDR ...; all undone" */
int bringup_result_describe(const struct bringup *bringup, char *text, size_t bytes);
