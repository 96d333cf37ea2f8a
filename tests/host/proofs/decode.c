/* SPDX-License-Identifier: MIT */
/*
 * mmio_decode() takes any 15 bytes apart, and says what it found.
 *
 * Arbitrary: the bytes, and how many of them there are, up to the processor's limit of 15.
 * Assumed: nothing.
 * Asserted: nothing behind the 15 is read (CBMC does that); what is decoded has 1 to 15 bytes, no more than
 * were given, a width of 1, 2, 4 or 8, registers that exist; an immediate only in a write; the same answer
 * for the instruction alone, without what follows it; and that it is cut wherever it lacks its last byte.
 * mmio_operand_address() then reads no register beyond the 16.
 * Bound: the longest loop is over the 8 bytes of an address; an assertion fails if it were longer.
 */
#include <assert.h>

#include "arch/mmio_decode.h"

size_t nondet_count(void);
uint8_t nondet_byte(void);
uint64_t nondet_value(void);

static void is_sound(const struct mmio_instruction *in, size_t bytes)
{
	assert(in->length_bytes >= 2 && in->length_bytes <= bytes);
	assert(in->operand_bytes == 1 || in->operand_bytes == 2 || in->operand_bytes == 4 ||
	       in->operand_bytes == 8);
	assert(in->reg < 16 && in->scale_log2 < 4);
	assert(in->base < 16 || in->base == MMIO_REGISTER_NONE || in->base == MMIO_REGISTER_RIP);
	assert(in->index < 16 || in->index == MMIO_REGISTER_NONE);
	assert(!in->has_immediate || in->is_write);
}

static void is_alone_the_same(const uint8_t *code, const struct mmio_instruction *in)
{
	struct mmio_instruction again;

	assert(mmio_decode(code, in->length_bytes, &again) == MMIO_DECODED);
	assert(again.length_bytes == in->length_bytes && again.displacement == in->displacement);
	assert(mmio_decode(code, in->length_bytes - 1, &again) == MMIO_CUT);
}

int main(void)
{
	const size_t bytes = nondet_count();
	uint64_t registers[16];
	struct mmio_instruction in;
	uint8_t code[MMIO_INSTRUCTION_MAX_BYTES];

	__CPROVER_assume(bytes <= MMIO_INSTRUCTION_MAX_BYTES);
	for (size_t i = 0; i < sizeof(code); i++) {
		code[i] = nondet_byte();
		__CPROVER_output(" ", code[i]);
	}
	if (mmio_decode(code, bytes, &in) != MMIO_DECODED)
		return 0;
	is_sound(&in, bytes);
	is_alone_the_same(code, &in);
	(void)mmio_operand_address(&in, registers, nondet_value());
}
