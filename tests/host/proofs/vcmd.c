/* SPDX-License-Identifier: MIT */
/*
 * Virtual commands to a unit that answers anything at any time: each ends, none is written over one that is still in
 * progress, and what counts as a PASID is one.
 *
 * Arbitrary: each register at each read; the capabilities, VCCAP and the layout, chosen or found; the width of accesses;
 * a command before, of any number and operand, answered or not; then an allocation or the return of any PASID.
 * Assumed: time goes on, so that a deadline has passed at the second look.
 * Asserted: it ends; only VCMD of the layout in use is written, in whole or the operand's half first, never while the
 * latest VCRSP had IP set, and at most once for a command; nothing where VCCAP does not offer it, or there is no layout.
 * An allocation succeeds only if the answer to it had IP clear, a status of success and nothing in reserved bits, with
 * the PASID that is handed on, which is not 0 and fits ECAP.PSS; a return succeeds only if that PASID was its operand
 * and the answer was a success.
 * Bound: one command before; what it leaves to the next one is whether it was answered.
 */
#include <assert.h>

#include "arch/paging.h"
#include "arch/time.h"
#include "iommu/vcmd/vcmd.h"

uint64_t nondet_value(void);
unsigned int nondet_choice(void);

static struct unit unit;
static struct vcmd vcmd;
static uint8_t registers[PAGE_BYTES];
static unsigned int looks;

static bool any_bool(void)
{
	return nondet_choice() & 1;
}

/* ---- time ---- */

struct deadline deadline_after_us(uint64_t us)
{
	assert(us);
	looks = 0;
	return (struct deadline){ 0 };
}

bool deadline_passed(const struct deadline *deadline)
{
	assert(deadline);
	return ++looks >= 2 || any_bool();
}

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	(void)phys;
	(void)bytes;
	return true;
}

/* ---- registers ---- */

static bool is_pending;
static uint64_t answered; /* VCRSP as it was read last */
static uint64_t written;  /* VCMD, all of it */
static unsigned int write_count;

uint64_t answer(const volatile void *address, unsigned int bytes)
{
	const size_t offset = (size_t)((const volatile uint8_t *)address - registers);
	const uint64_t value = bytes == 4 ? (uint32_t)nondet_value() : nondet_value();

	assert(offset < sizeof(registers));
	if (!vcmd.layout || offset - vcmd.layout->vcrsp >= 8)
		return value;
	if (offset == vcmd.layout->vcrsp)
		answered = value;
	else
		answered = (uint32_t)answered | value << 32;
	is_pending = bits_of_value(answered, vcmd.layout->in_progress);
	return value;
}

static void watch(struct unit *u, uint32_t offset, unsigned int bytes, uint64_t value)
{
	assert(u == &unit && vcmd.layout && !is_pending);
	if (offset != vcmd.layout->vcmd) {
		assert(offset == vcmd.layout->vcmd + 4 && bytes == 4);
		written = value << 32;
		return;
	}
	written = bytes == 8 ? value : written | value;
	write_count++;
	is_pending = true;
}

/* ---- commands ---- */

static bool is_success(void)
{
	return !is_pending && bits_of_value(answered, vcmd.layout->status) == 0;
}

static bool was_command(uint8_t command, uint64_t operand)
{
	return write_count == 1 && bits_of_value(written, vcmd.layout->command) == command &&
	       bits_of_value(written, vcmd.layout->operand) == operand;
}

static void alloc_is_sound(void)
{
	uint32_t pasid;
	uint64_t rest;

	if (vcmd_alloc_pasid(&vcmd, &pasid)) {
		assert(vcmd_can_alloc(&vcmd) || !write_count);
		return;
	}
	rest = answered & ~field_mask(vcmd.layout->result_pasid);
	assert(vcmd_can_alloc(&vcmd) && was_command(VCMD_ALLOC_PASID, 0));
	assert(is_success() && !rest);
	assert(pasid == bits_of_value(answered, vcmd.layout->result_pasid));
	assert(pasid && pasid < UINT32_C(1) << caps_pasid_bits(&unit.caps));
}

static void free_is_sound(void)
{
	const uint32_t pasid = (uint32_t)nondet_value();

	if (vcmd_free_pasid(&vcmd, pasid)) {
		assert(vcmd_can_free(&vcmd) || !write_count);
		return;
	}
	assert(vcmd_can_free(&vcmd) && was_command(VCMD_FREE_PASID, pasid));
	assert(is_success());
}

int main(void)
{
	struct vcmd_response response;
	enum vcmd_error error;

	unit.caps = (struct caps){ (uint32_t)nondet_value(), nondet_value(), nondet_value() };
	unit.registers = registers;
	unit.before_write = watch;
	error = vcmd_probe(&unit, (enum options_vcmd)(nondet_choice() % 3), &vcmd);
	assert((error == VCMD_OK) == (vcmd.layout != NULL));
	is_pending = vcmd.unanswered;
	vcmd.access = any_bool() ? VCMD_ACCESS_64 : VCMD_ACCESS_32;
	if (vcmd.layout)
		(void)vcmd_run(&vcmd, (uint8_t)nondet_choice(),
			       nondet_value() & field_max(vcmd.layout->operand), &response);
	write_count = 0;
	if (any_bool())
		alloc_is_sound();
	else
		free_is_sound();
}
