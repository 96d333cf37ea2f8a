/* SPDX-License-Identifier: MIT */
/* Entries of the interrupt table, and interrupts that go through them. */
#include "tests/fuzz/stimuli_steps.h"

#include "arch/apic.h"

static void make_good_entry(struct step *step, const struct theatre *theatre, struct random *random)
{
	const uint64_t posted = phys_of(theatre->shadow->board).value + BOARD_POSTED;
	const bool posts =
		caps_has(&theatre->stage->unit->caps, CAPABILITY_PI) && random_one_in(random, 3);
	const struct irte entry =
		interrupt_entry(theatre->vectors[random_below(random, SENT_VECTORS)], apic_id(),
				theatre->is_extended, theatre->stage->agent->sid);

	step->kind = STEP_ENTRY;
	step->index = STIMULI_INDEX + random_below(random, 3);
	step->q[0] = entry.q[0];
	step->q[1] = entry.q[1];
	if (posts) {
		step->q[0] = FIELD_MASK(IRTE_P) | FIELD_MASK(IRTE_IM) |
			     reg_put(IRTE_VV, random_below(random, 256)) |
			     reg_put(IRTE_PDAL, (uint32_t)posted >> 6);
		field_set(step->q, IRTE_PDAH, posted >> 32);
	}
	field_set(step->q, IRTE_SVT, random_below(random, 3));
	field_set(step->q, IRTE_SQ, random_below(random, 4));
	field_set(step->q, IRTE_SID, stimuli_random_sid(theatre, random));
	if (field_get(step->q, IRTE_SVT) == SVT_BUS)
		field_set(step->q, IRTE_SID,
			  (theatre->stage->agent->sid & 0xff00) +
				  (theatre->stage->agent->sid >> 8) + random_below(random, 2) +
				  (random_one_in(random, 4) ? 0x100u : 0));
}

void stimuli_make_entry(struct step *step, const struct theatre *theatre, struct random *random)
{
	make_good_entry(step, theatre, random);
	if (random_one_in(random, 2))
		stimuli_turn_over(step->flips, ENTRY_INTERRUPT, 128, random);
	/* FPD says something only beside what is wrong. */
	if (random_one_in(random, 6))
		step->flips[0] ^= FIELD_MASK(IRTE_FPD);
}

void stimuli_make_posted(struct step *step, const struct theatre *theatre, struct random *random)
{
	uint64_t flips[8] = { 0 };

	(void)theatre;
	step->kind = STEP_ENTRY;
	step->index = STIMULI_POSTED;
	stimuli_turn_over(flips, ENTRY_POSTED, 512, random);
	for (unsigned int i = 0; i < 4; i++)
		step->flips[i] = flips[4 + i];
}

void stimuli_make_interrupt(struct step *step, const struct theatre *theatre, struct random *random)
{
	const unsigned int index = STIMULI_INDEX + random_below(random, 3);
	const bool has_subhandle = random_one_in(random, 3);
	const unsigned int subhandle = has_subhandle ? random_below(random, 3) : 0;
	struct interrupt_message message = interrupt_message((uint16_t)(index - subhandle),
							     has_subhandle, (uint16_t)subhandle);

	step->kind = STEP_INTERRUPT;
	step->bytes = 4;
	if (random_one_in(random, 6))
		message = (struct interrupt_message){ apic_msi_address(),
						      apic_msi_data(theatre->vectors[0]) };
	if (random_one_in(random, 4))
		message.address ^= UINT64_C(1) << (2 + random_below(random, 18));
	if (random_one_in(random, 6))
		message.data ^= 1u << random_below(random, is_modelled(theatre) ? 32 : 16);
	step->at_address = message.address;
	step->value = message.data;
	step->index = theatre->endpoint && random_one_in(random, 4) ? random_below(random, 4) : 0;
}

/* ---- caches ---- */

static struct step forgetting(const struct theatre *theatre, unsigned int index,
			      struct random *random)
{
	const unsigned int most = (unsigned int)reg_get(unit_of(theatre)->caps.ecap, ECAP_MHMV);
	const unsigned int mask = random_below(random, most + 1);
	struct step step = { .kind = STEP_DESCRIPTOR, .index = INV_IEC };

	if (random_one_in(random, 4))
		return (struct step){ .kind = STEP_COMMAND,
				      .command = random_one_in(random, 2) ? COMMAND_INTERRUPTS
									  : COMMAND_REMAPPING };
	step.q[0] = reg_put(INV_TYPE_LOW, INV_IEC);
	field_set(step.q, INV_IEC_G, !random_one_in(random, 6));
	if (!field_get(step.q, INV_IEC_G))
		return step;
	field_set(step.q, INV_IEC_IM, mask);
	field_set(step.q, INV_IEC_IIDX, index & ~((1u << mask) - 1));
	return step;
}

/* Used, then changed; something is forgotten; and used again. */
void stimuli_reuse_entry(struct fuzz_case *fuzz, const struct theatre *theatre,
			 struct random *random)
{
	struct step *steps = fuzz->steps;
	const unsigned int index = STIMULI_INDEX + random_below(random, 3);
	const struct interrupt_message message = interrupt_message((uint16_t)index, false, 0);

	for (unsigned int i = 0; i < 2; i++) {
		steps[3 * i] = (struct step){ 0 };
		make_good_entry(&steps[3 * i], theatre, random);
		steps[3 * i].index = index;
		field_set(steps[3 * i].q, IRTE_SVT, 0);
		steps[1 + 3 * i] = (struct step){ .kind = STEP_INTERRUPT,
						  .at_address = message.address,
						  .value = message.data,
						  .bytes = 4 };
	}
	steps[5] = steps[4];
	steps[4] = forgetting(theatre, index, random);
	fuzz->count = 6;
}
