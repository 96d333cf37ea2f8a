/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/registers.h"
#include "tests/fuzz/stimuli.h"

#include "arch/apic.h"
#include "tests/scenes/agents/endpoint.h"
#include "tests/units/modelled.h"

static bool is_modelled(const struct theatre *theatre)
{
	return theatre->stage->unit->source == UNIT_MODEL;
}

/* ---- bits that are turned over ---- */

/* A named field or any bit of so many: of which one bit, all, or any turn over. */
static void turn_over(uint64_t *flips, enum entry_kind kind, unsigned int bits,
		      struct random *random)
{
	struct field field = entry_random_field(kind, random);
	uint64_t some = random_bits(random);

	if (random_one_in(random, 3) || field.lo >= bits)
		field.hi = field.lo = (uint16_t)random_below(random, bits);
	if (random_one_in(random, 2))
		some = UINT64_C(1) << some % (field.hi - field.lo + 1u);
	flips[field_word(field)] ^= (some & field_max(field)) << field_shift(field);
}

/* ---- descriptors ---- */

static uint64_t random_address(const struct theatre *theatre, unsigned int mask)
{
	return theatre->stage->window.value & ~((UINT64_C(1) << (12 + mask)) - 1);
}

static uint16_t random_domain(const struct theatre *theatre, struct random *random)
{
	return (uint16_t)(theatre->stage->did - random_one_in(random, 5));
}

static uint32_t own_pasid(const struct theatre *theatre)
{
	const struct scene *scene = &theatre->stage->scene;

	return scene->pasid ? scene->pasid : scene->rid_pasid;
}

/* Mostly the agent's, else a neighbour's: another function, another bus, the upper half. */
static uint16_t random_sid(const struct theatre *theatre, struct random *random)
{
	static const uint16_t others[] = { 0x1, 0x3, 0x80, 0x100, 0x8 };

	if (!random_one_in(random, 4))
		return theatre->stage->agent->sid;
	return theatre->stage->agent->sid ^ others[random_below(random, 5)];
}

static unsigned int random_mask(const struct theatre *theatre, struct random *random)
{
	unsigned int most = caps_max_address_mask(&theatre->stage->unit->caps);

	most = most < 9 ? most : 9;
	return random_one_in(random, 2) ? 0 : random_below(random, most + 1);
}

static void make_iotlb(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	const unsigned int mask = random_mask(theatre, random);
	const bool has_pages = caps_has(&theatre->stage->unit->caps, CAPABILITY_PSI);

	field_set(q, INV_IOTLB_G, 1 + random_below(random, has_pages ? 3 : 2));
	field_set(q, INV_IOTLB_DW, random_one_in(random, 2));
	field_set(q, INV_IOTLB_DR, random_one_in(random, 2));
	field_set(q, INV_IOTLB_DID, random_domain(theatre, random));
	if (field_get(q, INV_IOTLB_G) != GRANULARITY_SPECIFIC)
		return;
	field_set(q, INV_IOTLB_AM, mask);
	field_set(q, INV_IOTLB_IH, random_one_in(random, 3));
	field_set_address(q, INV_IOTLB_ADDR, random_address(theatre, mask));
}

static void make_pasid_iotlb(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	const unsigned int mask = random_mask(theatre, random);

	field_set(q, INV_PIOTLB_G, PIOTLB_PASID + random_below(random, 2));
	field_set(q, INV_PIOTLB_DID, random_domain(theatre, random));
	field_set(q, INV_PIOTLB_PASID, own_pasid(theatre));
	if (field_get(q, INV_PIOTLB_G) != PIOTLB_PAGES)
		return;
	field_set(q, INV_PIOTLB_AM, mask);
	field_set(q, INV_PIOTLB_IH, random_one_in(random, 3));
	field_set_address(q, INV_PIOTLB_ADDR, random_address(theatre, mask));
}

static void make_interrupt_entry(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	const unsigned int most = (unsigned int)reg_get(theatre->stage->unit->caps.ecap, ECAP_MHMV);
	const unsigned int mask = random_one_in(random, 2) ? 0 : random_below(random, most + 1);

	field_set(q, INV_IEC_G, !random_one_in(random, 4));
	if (!field_get(q, INV_IEC_G))
		return;
	field_set(q, INV_IEC_IM, mask);
	field_set(q, INV_IEC_IIDX, (STIMULI_INDEX + random_below(random, 3)) & ~((1u << mask) - 1));
}

static void make_wait(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	const bool drains = caps_has(&theatre->stage->unit->caps, CAPABILITY_PDS);

	/* QEMU 7.2 ends with a failed assertion where both are set: whoever is ended so sees no other case. */
	field_set(q, INV_WAIT_SW, !random_one_in(random, 3));
	field_set(q, INV_WAIT_IF,
		  (is_modelled(theatre) || !field_get(q, INV_WAIT_SW)) && random_one_in(random, 2));
	field_set(q, INV_WAIT_FN, random_one_in(random, 2));
	field_set(q, INV_WAIT_PD, drains && random_one_in(random, 3));
	field_set(q, INV_WAIT_DATA, (uint32_t)random_bits(random));
	field_set_address(q, INV_WAIT_ADDR,
			  phys_of(theatre->shadow->board).value +
				  4 * random_below(random, BOARD_STATUS_BYTES / 4));
}

static void make_device_tlb(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	field_set(q, INV_DEVTLB_MIP, random_below(random, 32));
	field_set(q, INV_DEVTLB_SID, random_sid(theatre, random));
	field_set(q, INV_DEVTLB_S, random_one_in(random, 2));
	field_set(q, INV_DEVTLB_ADDR,
		  random_bits(random) >> random_below(random, 52) &
			  field_max(FIELD(INV_DEVTLB_ADDR)));
}

static void make_pasid_device_tlb(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	field_set(q, INV_PDEVTLB_MIP, random_below(random, 32));
	field_set(q, INV_PDEVTLB_SID, random_sid(theatre, random));
	field_set(q, INV_PDEVTLB_PASID, random_bits(random) >> random_below(random, 20) & 0xfffff);
	field_set(q, INV_PDEVTLB_GI, random_one_in(random, 3));
	field_set(q, INV_PDEVTLB_S, random_one_in(random, 2));
	field_set(q, INV_PDEVTLB_ADDR,
		  random_bits(random) >> random_below(random, 52) &
			  field_max(FIELD(INV_PDEVTLB_ADDR)));
}

static void make_response(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	static const uint8_t codes[] = { 0, 1, 15 };

	field_set(q, INV_PGRESP_PP, random_one_in(random, 2));
	field_set(q, INV_PGRESP_RC, codes[random_below(random, 3)]);
	field_set(q, INV_PGRESP_RID, random_sid(theatre, random));
	field_set(q, INV_PGRESP_PASID,
		  field_get(q, INV_PGRESP_PP) ? random_bits(random) & 0xfffff : 0);
	field_set(q, INV_PGRESP_PRGI, random_below(random, 512));
}

static void make_context(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	field_set(q, INV_CC_G, 1 + random_below(random, 3));
	field_set(q, INV_CC_DID, random_domain(theatre, random));
	field_set(q, INV_CC_SID, random_sid(theatre, random));
	field_set(q, INV_CC_FM, random_below(random, 4));
}

static void make_pasid_cache(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	static const uint8_t granularities[] = { PC_DOMAIN, PC_PASID, PC_GLOBAL };

	field_set(q, INV_PC_G, granularities[random_below(random, 3)]);
	field_set(q, INV_PC_DID, random_domain(theatre, random));
	field_set(q, INV_PC_PASID, own_pasid(theatre));
}

static void make_body(uint64_t *q, unsigned int type, const struct theatre *theatre,
		      struct random *random)
{
	static void (*const bodies[])(uint64_t *, const struct theatre *, struct random *) = {
		[INV_CC] = make_context,	[INV_IOTLB] = make_iotlb,
		[INV_DEVTLB] = make_device_tlb, [INV_IEC] = make_interrupt_entry,
		[INV_WAIT] = make_wait,		[INV_PIOTLB] = make_pasid_iotlb,
		[INV_PC] = make_pasid_cache,	[INV_PDEVTLB] = make_pasid_device_tlb,
		[INV_PGRESP] = make_response,
	};

	if (type < sizeof(bodies) / sizeof(bodies[0]) && bodies[type])
		bodies[type](q, theatre, random);
}

/* Half of them as they should be; in the others one or two things are not. */
static void make_descriptor(struct step *step, const struct theatre *theatre, struct random *random,
			    unsigned int type)
{
	const unsigned int bits = theatre->stage->unit->queue.wide ? 256 : 128;
	enum entry_kind kind = (enum entry_kind)(ENTRY_DESCRIPTOR + type);

	step->kind = STEP_DESCRIPTOR;
	/* Of several that are fetched at once, a real unit does not tell which one stopped it. */
	step->is_held = is_modelled(theatre) && random_one_in(random, 6);
	step->index = type;
	make_body(step->q, type, theatre, random);
	step->q[0] |= reg_put(INV_TYPE_LOW, type & 15) | reg_put(INV_TYPE_HIGH, type >> 4);
	if (!random_one_in(random, 3))
		return;
	if (type < INV_CC || type > INV_HPT)
		kind = (enum entry_kind)(ENTRY_DESCRIPTOR + (int)INV_CC);
	for (unsigned int i = 0; i <= random_one_in(random, 4); i++)
		turn_over(step->flips, kind, bits, random);
}

void stimuli_make_invalidation(struct step *step, const struct theatre *theatre,
			       struct random *random)
{
	static const uint8_t types[] = { INV_CC, INV_IOTLB, INV_PIOTLB, INV_PC };
	const bool is_wide = theatre->stage->unit->queue.wide;
	const unsigned int type = types[random_below(random, is_wide ? 4 : 2)];

	step->kind = STEP_DESCRIPTOR;
	step->index = type;
	make_body(step->q, type, theatre, random);
	step->q[0] |= reg_put(INV_TYPE_LOW, type);
}

static unsigned int random_type(const struct theatre *theatre, struct random *random)
{
	if (theatre->emphasis == ON_INTERRUPTS && !random_one_in(random, 4))
		return INV_IEC;
	if (random_one_in(random, 3))
		return INV_WAIT;
	return random_one_in(random, 12) ? random_below(random, 128) : random_below(random, 11);
}

/* ---- interrupts ---- */

/* An entry that leads to one of our vectors, or where a descriptor on the board says. */
static void make_entry(struct step *step, const struct theatre *theatre, struct random *random)
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
	field_set(step->q, IRTE_SID, random_sid(theatre, random));
	if (field_get(step->q, IRTE_SVT) == SVT_BUS)
		field_set(step->q, IRTE_SID,
			  (theatre->stage->agent->sid & 0xff00) +
				  (theatre->stage->agent->sid >> 8) + random_below(random, 2) +
				  (random_one_in(random, 4) ? 0x100u : 0));
	if (random_one_in(random, 2))
		turn_over(step->flips, ENTRY_INTERRUPT, 128, random);
}

/* Bits of the posted interrupt descriptor itself. */
static void make_posted(struct step *step, const struct theatre *theatre, struct random *random)
{
	uint64_t flips[8] = { 0 };

	(void)theatre;
	step->kind = STEP_ENTRY;
	step->index = STIMULI_POSTED;
	turn_over(flips, ENTRY_POSTED, 512, random);
	for (unsigned int i = 0; i < 4; i++)
		step->flips[i] = flips[4 + i];
}

static void make_interrupt(struct step *step, const struct theatre *theatre, struct random *random)
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
	const uint32_t own = own_pasid(theatre);

	switch (random_below(random, 8)) {
	case 0:
		return own ^ 1u << random_below(random, 20);
	case 1:
		return theatre->stage->scene.rid_pasid;
	default:
		return own;
	}
}

/* A unit that takes page requests in its own time leaves open what is seen of them when: it gets none. */
static enum model_type request_type(const struct theatre *theatre, struct random *random)
{
	const struct modelled *modelled = modelled_of(theatre->stage->unit);
	const bool is_lazy = modelled && modelled->model.config.defers_invalidations;
	const unsigned int choice = random_below(random, is_lazy ? 9 : 10);

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

static void make_write(struct step *step, const struct theatre *theatre, struct random *random)
{
	const struct register_write write = registers_random_write(
		theatre->stage->unit, phys_of(theatre->stage->canary[0]), random);

	step->kind = STEP_WRITE;
	step->at_address = write.offset;
	step->bytes = write.bytes;
	step->value = write.value;
}

static bool has_command(const struct theatre *theatre, enum command command)
{
	const struct caps *caps = &theatre->stage->unit->caps;

	switch (command) {
	case COMMAND_INTERRUPTS:
	case COMMAND_REMAPPING:
	case COMMAND_COMPATIBLE:
		return theatre->has_interrupts;
	case COMMAND_QUEUE:
		return theatre->stage->unit->queue.on;
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
	while (!has_command(theatre, step->command));
}

/* Out of 32, in the order of the kinds below. */
static const struct weights {
	unsigned int descriptor, write, entry, interrupt, request, dma, invalidation, command;
} weights[] = {
	[ON_TABLES] = { .request = 32 },
	[ON_QUEUE] = { 17, 6, 0, 0, 4, 3, 1, 1 },
	[ON_REGISTERS] = { 3, 13, 0, 0, 8, 2, 2, 4 },
	[ON_INTERRUPTS] = { 6, 2, 8, 13, 1, 0, 0, 2 },
};

void stimuli_make(struct step *step, const struct theatre *theatre, struct random *random)
{
	const struct weights *of = &weights[theatre->emphasis];
	unsigned int choice = random_below(random, 32);

	*step = (struct step){ .kind = STEP_DMA };
	if (choice < of->descriptor && theatre->stage->unit->queue.on)
		make_descriptor(step, theatre, random, random_type(theatre, random));
	else if ((choice -= of->descriptor) < of->write)
		make_write(step, theatre, random);
	else if ((choice -= of->write) < of->entry)
		(random_one_in(random, 5) && caps_has(&theatre->stage->unit->caps, CAPABILITY_PI)
			 ? make_posted
			 : make_entry)(step, theatre, random);
	else if ((choice -= of->entry) < of->interrupt)
		make_interrupt(step, theatre, random);
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
		make_interrupt(step, theatre,
			       random); /* what a DMA ends with would be remapped, too */
}

void stimuli_words(const struct step *step, uint64_t q[4])
{
	for (unsigned int i = 0; i < 4; i++)
		q[i] = step->q[i] ^ step->flips[i];
}
