/* SPDX-License-Identifier: MIT */
/* Descriptors for the queue, good and broken. */
#include "tests/fuzz/scenery.h"
#include "tests/fuzz/stimuli_steps.h"

/* ---- bits that are turned over ---- */

void stimuli_turn_over(uint64_t *flips, enum entry_kind kind, unsigned int bits,
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

uint32_t stimuli_own_pasid(const struct theatre *theatre)
{
	const struct scene *scene = &theatre->stage->scene;

	return scene->pasid ? scene->pasid : scene->rid_pasid;
}

uint32_t stimuli_random_pasid(const struct theatre *theatre, struct random *random)
{
	const uint32_t twin = scenery_twin(theatre->stage);

	return twin && random_one_in(random, 4) ? twin : stimuli_own_pasid(theatre);
}

uint16_t stimuli_random_sid(const struct theatre *theatre, struct random *random)
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
	field_set(q, INV_PIOTLB_PASID, stimuli_random_pasid(theatre, random));
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
	field_set(q, INV_DEVTLB_SID, stimuli_random_sid(theatre, random));
	field_set(q, INV_DEVTLB_S, random_one_in(random, 2));
	field_set(q, INV_DEVTLB_ADDR,
		  random_bits(random) >> random_below(random, 52) &
			  field_max(FIELD(INV_DEVTLB_ADDR)));
}

static void make_pasid_device_tlb(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	field_set(q, INV_PDEVTLB_MIP, random_below(random, 32));
	field_set(q, INV_PDEVTLB_SID, stimuli_random_sid(theatre, random));
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
	field_set(q, INV_PGRESP_RID, stimuli_random_sid(theatre, random));
	field_set(q, INV_PGRESP_PASID,
		  field_get(q, INV_PGRESP_PP) ? random_bits(random) & 0xfffff : 0);
	field_set(q, INV_PGRESP_PRGI, random_below(random, 512));
}

static void make_context(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	field_set(q, INV_CC_G, 1 + random_below(random, 3));
	field_set(q, INV_CC_DID, random_domain(theatre, random));
	field_set(q, INV_CC_SID, stimuli_random_sid(theatre, random));
	field_set(q, INV_CC_FM, random_below(random, 4));
}

static void make_pasid_cache(uint64_t *q, const struct theatre *theatre, struct random *random)
{
	static const uint8_t granularities[] = { PC_DOMAIN, PC_PASID, PC_GLOBAL };

	field_set(q, INV_PC_G, granularities[random_below(random, 3)]);
	field_set(q, INV_PC_DID, random_domain(theatre, random));
	field_set(q, INV_PC_PASID, stimuli_random_pasid(theatre, random));
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

void stimuli_make_descriptor(struct step *step, const struct theatre *theatre,
			     struct random *random, unsigned int type)
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
		stimuli_turn_over(step->flips, kind, bits, random);
	step->flips[0] &=
		~(FIELD_MASK(INV_TYPE_LOW) | FIELD_MASK(INV_TYPE_HIGH)); /* chosen before */
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
