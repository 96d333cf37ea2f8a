/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/stimuli_steps.h"

#include "arch/apic.h"
#include "tests/scenes/agents/endpoint.h"
#include "tests/units/modelled.h"

/* ---- requests ---- */

static uint64_t request_address(const struct theatre *theatre, struct random *random)
{
	const struct stage *stage = theatre->stage;
	const struct dma dma = { .place = (enum dma_place)random_below(random, DMA_ABOVE_HOST + 1),
				 .bytes = 4 };
	uint64_t address = stage->window.value + random_below(random, 3) * PAGE_BYTES;

	if (random_one_in(random, 6))
		address = dma_address(stage, &dma).value;
	if (random_one_in(random, 6))
		address ^= UINT64_C(1) << (12 + random_below(random, 52));
	return address;
}

static uint32_t request_pasid(const struct theatre *theatre, struct random *random)
{
	const uint32_t own = stimuli_own_pasid(theatre);

	switch (random_below(random, 8)) {
	case 0:
		return own ^ 1u << random_below(random, 20);
	case 1:
		return theatre->stage->scene.rid_pasid;
	default:
		return stimuli_random_pasid(theatre, random);
	}
}

/* A unit that takes page requests in its own time leaves open what is seen of them when: it gets none. */
static enum model_type request_type(const struct theatre *theatre, struct random *random)
{
	const struct modelled *modelled = modelled_of(theatre->stage->unit);
	const bool is_lazy = modelled && modelled->model.config.defers_invalidations;
	const unsigned int choice = random_below(random, is_lazy ? 9 : 10);

	if (theatre->emphasis == ON_PAGES && !is_lazy && choice > 1)
		return MODEL_PAGE_REQUEST;
	return choice < 5   ? MODEL_UNTRANSLATED
	       : choice < 8 ? MODEL_TRANSLATION
	       : choice < 9 ? MODEL_TRANSLATED
			    : MODEL_PAGE_REQUEST;
}

bool stimuli_make_request(struct step *step, const struct theatre *theatre, struct random *random)
{
	static const unsigned int sizes[] = { 0, 1, 4, 4, 8, 64 };
	struct model_request *request = &step->request;

	if (!theatre->endpoint)
		return false;
	step->kind = STEP_REQUEST;
	step->index = random_one_in(random, 6) ? random_below(random, TOPOLOGY_ENDPOINTS) : 0;
	step->keeps_fault = theatre->emphasis == ON_REGISTERS && random_one_in(random, 2);
	if (step->keeps_fault && random_one_in(random, 2))
		step->index = random_below(random, TOPOLOGY_ENDPOINTS);
	*request = (struct model_request){
		.type = request_type(theatre, random),
		.kind = (enum model_kind)random_below(random, 3),
		.has_pasid = theatre->stage->scene.pasid ? !random_one_in(random, 4)
							 : random_one_in(random, 6),
		.address = request_address(theatre, random),
		.bytes = sizes[random_below(random, 6)],
		.data = (uint32_t)random_bits(random) | 0x80,
		.no_write = random_one_in(random, 3),
		.wants_read = random_one_in(random, 2),
		.wants_write = random_one_in(random, 2),
		.last_in_group = random_one_in(random, 2),
		.group = (uint16_t)random_below(random, 512),
	};
	if (request->has_pasid) {
		request->pasid = request_pasid(theatre, random) & (MODEL_PASID_LIMIT - 1);
		request->privileged = random_one_in(random, 4);
		request->execute = random_one_in(random, 4);
	}
	if (!request->bytes)
		request->kind = MODEL_READ;
	request->address += random_one_in(random, 2) ? 0 : random_below(random, 64) * 64;
	return true;
}

/* ---- any ---- */

static unsigned int random_type(const struct theatre *theatre, struct random *random)
{
	if (theatre->emphasis == ON_INTERRUPTS && !random_one_in(random, 4))
		return INV_IEC;
	if (theatre->emphasis == ON_PAGES && !random_one_in(random, 4))
		return random_one_in(random, 2) ? INV_PGRESP : INV_WAIT;
	if (random_one_in(random, 3))
		return INV_WAIT;
	return random_one_in(random, 12) ? random_below(random, 128) : random_below(random, 11);
}

bool stimuli_has_command(const struct theatre *theatre, enum command command)
{
	const struct caps *caps = &theatre->stage->unit->caps;

	switch (command) {
	case COMMAND_INTERRUPTS:
	case COMMAND_REMAPPING:
	case COMMAND_COMPATIBLE:
		return theatre->has_interrupts;
	case COMMAND_QUEUE:
		return theatre->stage->unit->queue.on;
	case COMMAND_REMAPPING_OFF:
		return theatre->has_interrupts && is_modelled(theatre);
	case COMMAND_RESET:
		return is_modelled(theatre);
	case COMMAND_RESERVED_MODE:
	case COMMAND_ABORT_MODE:
	case COMMAND_LEGACY_MODE:
	case COMMAND_IO_RIGHTS:
		return is_modelled(theatre) && caps_has(caps, CAPABILITY_SMTS);
	default:
		return true;
	}
}

static void make_command(struct step *step, const struct theatre *theatre, struct random *random)
{
	step->kind = STEP_COMMAND;
	do
		step->command = (enum command)random_below(random, COMMANDS);
	while (!stimuli_has_command(theatre, step->command));
}

/* Out of 32, in the order of the kinds below. */
static const struct weights {
	unsigned int descriptor, write, entry, interrupt, request, dma, invalidation, command;
} weights[] = {
	[ON_TABLES] = { .request = 32 },
	[ON_QUEUE] = { 17, 6, 0, 0, 4, 3, 1, 1 },
	[ON_REGISTERS] = { 3, 13, 0, 0, 8, 2, 2, 4 },
	[ON_INTERRUPTS] = { 6, 2, 8, 13, 1, 0, 0, 2 },
	[ON_PAGES] = { 4, 9, 0, 0, 17, 0, 1, 1 },
	[ON_COMMANDS] = { 0, 31, 0, 0, 0, 0, 0, 1 },
};

static void make_any(struct step *step, const struct theatre *theatre, struct random *random)
{
	const struct weights *of = &weights[theatre->emphasis];
	unsigned int choice = random_below(random, 32);

	*step = (struct step){ .kind = STEP_DMA };
	if (choice < of->descriptor && theatre->stage->unit->queue.on)
		stimuli_make_descriptor(step, theatre, random, random_type(theatre, random));
	else if ((choice -= of->descriptor) < of->write)
		stimuli_make_write(step, theatre, random);
	else if ((choice -= of->write) < of->entry)
		(random_one_in(random, 5) && caps_has(&theatre->stage->unit->caps, CAPABILITY_PI)
			 ? stimuli_make_posted
			 : stimuli_make_entry)(step, theatre, random);
	else if ((choice -= of->entry) < of->interrupt)
		stimuli_make_interrupt(step, theatre, random);
	else if ((choice -= of->interrupt) < of->request &&
		 stimuli_make_request(step, theatre, random))
		return;
	else if ((choice - of->request) < of->dma || choice < of->request)
		case_make_dma(step, theatre->stage, random);
	else if ((choice -= of->request + of->dma) < of->invalidation) {
		step->kind = STEP_INVALIDATE;
		case_make_invalidation(step, random);
	} else
		make_command(step, theatre, random);
	if (step->kind == STEP_DMA && theatre->emphasis == ON_INTERRUPTS)
		stimuli_make_interrupt(step, theatre,
				       random); /* what a DMA ends with would be remapped, too */
}

/* What was written is written once more, or the other half of it. */
static bool make_again(struct step *step, const struct step *before, const struct theatre *theatre,
		       struct random *random)
{
	if (before->kind != STEP_WRITE || !random_one_in(random, 4))
		return false;
	stimuli_write_again(step, before, theatre, random);
	return true;
}

void stimuli_make_all(struct fuzz_case *fuzz, const struct theatre *theatre, struct random *random)
{
	unsigned int last = 1 + random_below(random, CASE_STEPS_MAX);

	fuzz->count = 0;
	if (theatre->emphasis == ON_INTERRUPTS && random_one_in(random, 3)) {
		stimuli_reuse_entry(fuzz, theatre, random);
		return;
	}
	if (theatre->emphasis == ON_REGISTERS && is_modelled(theatre) && random_one_in(random, 4))
		(random_one_in(random, 2) ? stimuli_protect
					  : stimuli_forget_by_registers)(fuzz, theatre, random);
	last = last > fuzz->count ? last : fuzz->count;
	for (unsigned int i = fuzz->count; i < last; i++, fuzz->count++)
		if (!i || !make_again(&fuzz->steps[i], &fuzz->steps[i - 1], theatre, random))
			make_any(&fuzz->steps[i], theatre, random);
}

void stimuli_words(const struct step *step, uint64_t q[4])
{
	for (unsigned int i = 0; i < 4; i++)
		q[i] = step->q[i] ^ step->flips[i];
}
