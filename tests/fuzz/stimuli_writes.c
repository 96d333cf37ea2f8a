/* SPDX-License-Identifier: MIT */
/* Steps that write a register. */
#include "tests/fuzz/registers.h"
#include "tests/fuzz/stimuli_steps.h"

#include "tests/units/modelled.h"

/* The granularity of protected ranges. */
#define PROTECTED_BYTES (UINT64_C(1) << 21)

enum { SLOT_BYTES = 32, SMALLEST_BYTES = 4096, SIZES = 2 };

static phys_t some_page(const struct theatre *theatre)
{
	return phys_of(theatre->stage->canary[0]);
}

/* Of the page request queue: near its start, or near an end of it. */
static uint64_t random_slot(struct random *random)
{
	const unsigned int end = (unsigned int)SMALLEST_BYTES << random_below(random, SIZES);

	return SLOT_BYTES * (random_one_in(random, 2)
				     ? random_below(random, 6)
				     : end / SLOT_BYTES - 1 - random_below(random, 3));
}

static struct register_write page_write(const struct theatre *theatre, struct random *random)
{
	const uint64_t queue = phys_of(theatre->shadow->board).value + BOARD_PAGES;

	switch (random_below(random, 6)) {
	case 0:
		return (struct register_write){ REG_PQH, 8, random_slot(random) };
	case 1:
		return (struct register_write){ REG_PQT, 8, random_slot(random) };
	case 2:
		return (struct register_write){
			REG_PQA, 8, queue | reg_put(PQA_PQS, random_below(random, SIZES))
		};
	default:
		return registers_random_write(unit_of(theatre), some_page(theatre), NEED(PRS),
					      random);
	}
}

/* Among few PASIDs, so that one that is out is freed, and one that is not. */
static struct register_write virtual_command(const struct theatre *theatre, struct random *random)
{
	const bool is_draft =
		modelled_of(unit_of(theatre))->model.config.vcmd_layout == MODEL_VCMD_DRAFT;
	uint64_t pasid = random_below(random, 6);
	uint64_t command = random_below(random, 4);

	if (random_one_in(random, 6))
		pasid |= UINT64_C(1) << random_below(random, 20);
	if (random_one_in(random, 2))
		command = VCMD_ALLOC_PASID;
	else if (random_one_in(random, 4))
		command = random_below(random, 256);
	return (struct register_write){ is_draft ? REG_DRAFT_VCMD : REG_VCMD, 8,
					command | (is_draft ? reg_put(DRAFT_VCMD_OP_PASID, pasid)
							    : reg_put(VCMD_OP_PASID, pasid)) };
}

static struct register_write any_write(const struct theatre *theatre, struct random *random)
{
	if (theatre->emphasis == ON_PAGES)
		return page_write(theatre, random);
	if (theatre->emphasis != ON_COMMANDS)
		return registers_random_write(unit_of(theatre), some_page(theatre), 0, random);
	if (random_one_in(random, 4))
		return registers_random_write(unit_of(theatre), some_page(theatre),
					      NEED(VCS) | NEED(ECMDS), random);
	return virtual_command(theatre, random);
}

static void set(struct step *step, struct register_write write)
{
	*step = (struct step){ .kind = STEP_WRITE,
			       .at_address = write.offset,
			       .bytes = write.bytes,
			       .value = write.value };
}

void stimuli_make_write(struct step *step, const struct theatre *theatre, struct random *random)
{
	set(step, any_write(theatre, random));
}

void stimuli_write_again(struct step *step, const struct step *before,
			 const struct theatre *theatre, struct random *random)
{
	set(step, registers_write_again(unit_of(theatre), (uint32_t)before->at_address,
					some_page(theatre), random));
}

/* ---- several that belong together ---- */

static void add(struct fuzz_case *fuzz, struct register_write write)
{
	set(&fuzz->steps[fuzz->count++], write);
}

void stimuli_protect(struct fuzz_case *fuzz, const struct theatre *theatre, struct random *random)
{
	const uint64_t block = some_page(theatre).value & ~(PROTECTED_BYTES - 1);
	const uint64_t first = block - random_below(random, 2) * PROTECTED_BYTES;
	const uint64_t last = block + random_below(random, 2) * PROTECTED_BYTES;
	const bool is_low = random_one_in(random, 2);

	add(fuzz,
	    (struct register_write){ is_low ? REG_PLMBASE : REG_PHMBASE, is_low ? 4 : 8, first });
	add(fuzz,
	    (struct register_write){ is_low ? REG_PLMLIMIT : REG_PHMLIMIT, is_low ? 4 : 8, last });
	add(fuzz, (struct register_write){ REG_PMEN, 4, FIELD_MASK(PMEN_EPM) });
	fuzz->steps[fuzz->count++] = (struct step){ .kind = STEP_DMA, .dma = { .bytes = 4 } };
}

void stimuli_forget_by_registers(struct fuzz_case *fuzz, const struct theatre *theatre,
				 struct random *random)
{
	const uint32_t block = caps_iotlb_offset_bytes(&unit_of(theatre)->caps);
	const unsigned int mask = random_below(random, random_one_in(random, 2) ? 4 : 64);
	const uint64_t address = theatre->stage->window.value | reg_put(IVA_AM, mask) |
				 reg_put(IVA_IH, random_one_in(random, 4));
	const uint64_t command = FIELD_MASK(IOTLB_IVT) |
				 reg_put(IOTLB_IIRG, random_below(random, 4)) |
				 reg_put(IOTLB_DID, theatre->stage->did);

	add(fuzz, (struct register_write){ block + REG_IVA_IN_BLOCK, 8, address });
	add(fuzz, (struct register_write){ block + REG_IOTLB_IN_BLOCK, 8, command });
}
