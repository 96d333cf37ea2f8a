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

/* A named field or any bit of so many: of which one bit, all, or any turn over. */
void stimuli_turn_over(uint64_t *flips, enum entry_kind kind, unsigned int bits,
		       struct random *random);

/* That of the agent's requests with PASID; RID_PASID where the scene has none. */
uint32_t stimuli_own_pasid(const struct theatre *theatre);

/* That, or the twin's. */
uint32_t stimuli_random_pasid(const struct theatre *theatre, struct random *random);

/* Mostly the agent's, else a neighbour's: another function, another bus, the upper half. */
uint16_t stimuli_random_sid(const struct theatre *theatre, struct random *random);

/* Of any type, defined or not: half of them as they should be; in the others one or two things are not. */
void stimuli_make_descriptor(struct step *step, const struct theatre *theatre,
			     struct random *random, unsigned int type);

/* An entry that leads to one of our vectors, or where a descriptor on the board says; or not quite. */
void stimuli_make_entry(struct step *step, const struct theatre *theatre, struct random *random);

/* Bits of the posted interrupt descriptor itself. */
void stimuli_make_posted(struct step *step, const struct theatre *theatre, struct random *random);

void stimuli_make_interrupt(struct step *step, const struct theatre *theatre,
			    struct random *random);

/* A case about the interrupt entry cache. Needs the queue. */
void stimuli_reuse_entry(struct fuzz_case *fuzz, const struct theatre *theatre,
			 struct random *random);

/* The first steps of a case: a protected range around a page of ours; or pages forgotten by way of registers. */
void stimuli_protect(struct fuzz_case *fuzz, const struct theatre *theatre, struct random *random);
void stimuli_forget_by_registers(struct fuzz_case *fuzz, const struct theatre *theatre,
				 struct random *random);

void stimuli_make_write(struct step *step, const struct theatre *theatre, struct random *random);
void stimuli_write_again(struct step *step, const struct step *before,
			 const struct theatre *theatre, struct random *random);

bool stimuli_has_command(const struct theatre *theatre, enum command command);

/* Off and on again, empty. */
enum status stimuli_restart_queue(struct unit *unit);
