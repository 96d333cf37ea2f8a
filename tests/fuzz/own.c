/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/own.h"

#include "arch/apic.h"
#include "iommu/spec/tables.h"

static uint64_t board_of(const struct theatre *theatre)
{
	return phys_of(theatre->shadow->board).value;
}

/* ---- what is exchanged: the bits that are other ones on another machine ---- */

/* AM, which stays as it is, says how much of the window's address stands in a descriptor. */
static uint64_t block_around_window(const struct theatre *theatre, uint64_t q)
{
	return theatre->stage->window.value & ~((UINT64_C(1) << (12 + reg_get(q, IVA_AM))) - 1) &
	       FIELD_MASK(INV_IOTLB_ADDR);
}

static void own_of_descriptor(const struct theatre *theatre, const struct step *step,
			      uint64_t own[4])
{
	const uint16_t sid = theatre->stage->agent->sid;

	switch (step->index) {
	case INV_CC:
		field_set(own, INV_CC_SID, sid);
		break;
	case INV_IOTLB:
		if (field_get(step->q, INV_IOTLB_G) == GRANULARITY_SPECIFIC)
			own[1] = block_around_window(theatre, step->q[1]);
		break;
	case INV_PIOTLB:
		if (field_get(step->q, INV_PIOTLB_G) == PIOTLB_PAGES)
			own[1] = block_around_window(theatre, step->q[1]);
		break;
	case INV_WAIT:
		field_set_address(own, INV_WAIT_ADDR, board_of(theatre));
		break;
	case INV_DEVTLB:
		field_set(own, INV_DEVTLB_SID, sid);
		break;
	case INV_PDEVTLB:
		field_set(own, INV_PDEVTLB_SID, sid);
		break;
	case INV_PGRESP:
		field_set(own, INV_PGRESP_RID, sid);
		break;
	default:
		break;
	}
}

static void own_of_entry(const struct theatre *theatre, const struct step *step, uint64_t own[4])
{
	const uint64_t posted = board_of(theatre) + BOARD_POSTED;
	const struct irte entry = interrupt_entry(theatre->vectors[0], apic_id(),
						  theatre->is_extended, theatre->stage->agent->sid);

	if (step->index == STIMULI_POSTED)
		return;
	if (step->q[0] & FIELD_MASK(IRTE_IM)) {
		own[0] = reg_put(IRTE_PDAL, (uint32_t)posted >> 6);
		field_set(own, IRTE_PDAH, posted >> 32);
	} else {
		field_set(own, IRTE_V, field_get(entry.q, IRTE_V));
		field_set(own, IRTE_DST, field_get(entry.q, IRTE_DST));
	}
	field_set(own, IRTE_SID, theatre->stage->agent->sid);
}

static void own_of_interrupt(const struct theatre *theatre, const struct step *step,
			     uint64_t own[4])
{
	if (reg_get(step->at_address, INTERRUPT_ADDR_FORMAT))
		return;
	own[0] = apic_msi_address() & ~FIELD_MASK(INTERRUPT_ADDR_ID);
	own[1] = apic_msi_data(theatre->vectors[0]);
}

void own_exchange(const struct theatre *theatre, struct step *step)
{
	uint64_t own[4] = { 0 };

	if (step->kind == STEP_DESCRIPTOR)
		own_of_descriptor(theatre, step, own);
	else if (step->kind == STEP_ENTRY)
		own_of_entry(theatre, step, own);
	else if (step->kind == STEP_INTERRUPT)
		own_of_interrupt(theatre, step, own);
	if (step->kind == STEP_INTERRUPT) {
		step->at_address ^= own[0];
		step->value ^= own[1];
		return;
	}
	for (unsigned int i = 0; i < 4; i++)
		step->q[i] ^= own[i];
}

unsigned int own_target(const struct theatre *theatre, const struct step *step)
{
	for (unsigned int i = 0; i < TARGETS; i++)
		if (step->kind == STEP_POKE && step->at == AT_LEAF && !step->word &&
		    step->turn_over == case_lead(theatre, (enum target)i))
			return i + 1;
	return 0;
}

/* ---- registers ---- */

/* Protected ranges have a granularity of 2 MiB at most here. */
#define RANGE_BYTES (UINT64_C(1) << 21)

static uint32_t block_offset(const struct theatre *theatre, enum own_block block)
{
	const struct caps *caps = &theatre->stage->unit->caps;

	return block == OWN_RECORDS	   ? caps_fault_record_offset_bytes(caps)
	       : block == OWN_INVALIDATION ? caps_iotlb_offset_bytes(caps)
					   : 0;
}

static uint64_t base_value(const struct theatre *theatre, enum own_base base)
{
	switch (base) {
	case OWN_RANGE:
		return phys_of(theatre->stage->canary[0]).value & ~(RANGE_BYTES - 1);
	case OWN_QUEUE:
		return board_of(theatre) + BOARD_PAGES;
	case OWN_WINDOW:
		return theatre->stage->window.value;
	default:
		return 0;
	}
}

static enum own_block block_of(const struct theatre *theatre, uint32_t offset)
{
	const struct caps *caps = &theatre->stage->unit->caps;

	if (offset - block_offset(theatre, OWN_RECORDS) <
	    caps_fault_record_count(caps) * FRCD_BYTES)
		return OWN_RECORDS;
	return offset - block_offset(theatre, OWN_INVALIDATION) < IOTLB_BLOCK_BYTES
		       ? OWN_INVALIDATION
		       : OWN_NO_BLOCK;
}

static enum own_base base_of(const struct theatre *theatre, const struct step *step)
{
	const uint32_t offset = (uint32_t)step->at_address;
	const uint64_t near = step->value - base_value(theatre, OWN_RANGE) + RANGE_BYTES;
	const bool is_range = offset >= REG_PLMBASE && offset < REG_IQH;

	if (is_range && near < 3 * RANGE_BYTES)
		return OWN_RANGE;
	if (offset == REG_PQA)
		return OWN_QUEUE;
	return step->bytes == 8 &&
			       offset == block_offset(theatre, OWN_INVALIDATION) + REG_IVA_IN_BLOCK
		       ? OWN_WINDOW
		       : OWN_NO_BASE;
}

struct own_write own_write_of(const struct theatre *theatre, const struct step *step)
{
	const enum own_block block = block_of(theatre, (uint32_t)step->at_address);
	const enum own_base base = base_of(theatre, step);

	return (struct own_write){
		.block = block,
		.base = base,
		.offset = (uint32_t)step->at_address - block_offset(theatre, block),
		.value = step->value - base_value(theatre, base),
	};
}

void own_write_take(const struct theatre *theatre, const struct own_write *write,
		    unsigned int bytes, struct step *step)
{
	step->bytes = bytes;
	step->at_address = write->offset + block_offset(theatre, write->block);
	step->value = write->value + base_value(theatre, write->base);
	if (bytes == 4)
		step->value = (uint32_t)step->value;
}
