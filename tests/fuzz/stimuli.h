/* SPDX-License-Identifier: MIT */
/* Steps of cases beside tables, invalidations and plain DMA: made by chance, and made on the unit. */
#pragma once

#include "tests/fuzz/act.h"

/* Steps of any kind that the theatre's emphasis asks for. */
void stimuli_make_all(struct fuzz_case *fuzz, const struct theatre *theatre, struct random *random);

/* For an endpoint that can say any request; false where the agent is none. */
bool stimuli_make_request(struct step *step, const struct theatre *theatre, struct random *random);

/* A descriptor that invalidates, as it should be. */
void stimuli_make_invalidation(struct step *step, const struct theatre *theatre,
			       struct random *random);

/* The entry or descriptor as it is written. */
void stimuli_words(const struct step *step, uint64_t q[4]);

/* Makes such a step and compares what came of it. False: the unit does not answer. */
bool stimuli_act(struct theatre *theatre, const struct step *step, unsigned int number,
		 struct mismatch *mismatch);

/* What these steps leave behind goes: errors of the queue, registers, the interrupt table, the board. */
bool stimuli_restore(struct theatre *theatre);

/* Before the first case of a scene, and after the last. */
bool stimuli_open(struct theatre *theatre);
void stimuli_close(struct theatre *theatre);
