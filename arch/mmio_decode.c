/* SPDX-License-Identifier: MIT */
#include "arch/mmio_decode.h"

#define PREFIX_OPERAND_SIZE 0x66
#define REX_MASK	    0xf0
#define REX		    0x40
#define REX_W		    8u
#define REX_R		    4u
#define REX_X		    2u
#define REX_B		    1u

/* Opcodes; bit 0 set: 16, 32 or 64 bits, clear: 8 bits. */
enum {
	OPCODE_TO_MEMORY = 0x88,
	OPCODE_FROM_MEMORY = 0x8a,
	OPCODE_ACCUMULATOR_FROM = 0xa0, /* 64-bit address in the instruction */
	OPCODE_ACCUMULATOR_TO = 0xa2,
	OPCODE_IMMEDIATE_TO = 0xc6,
};

/* ModRM and SIB: the register number that stands for something else. */
#define RM_SIB	     4
#define RM_RIP	     5
#define SIB_NO_INDEX 4
#define SIB_NO_BASE  5

/* The bytes not yet read. */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool is_cut;
};

static unsigned int take_byte(struct reader *reader)
{
	if (reader->at == reader->end) {
		reader->is_cut = true;
		return 0;
	}
	return *reader->at++;
}

static uint64_t take(struct reader *reader, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value |= (uint64_t)take_byte(reader) << (8 * i);
	return value;
}

static uint64_t sign_extended(uint64_t value, unsigned int bytes)
{
	const uint64_t sign = UINT64_C(1) << (8 * bytes - 1);

	return (value ^ sign) - sign;
}

static void take_sib(struct reader *reader, unsigned int rex, unsigned int mod,
		     struct mmio_instruction *in)
{
	const unsigned int sib = take_byte(reader);
	const unsigned int index = (sib >> 3 & 7) | (rex & REX_X ? 8 : 0);

	in->scale_log2 = (uint8_t)(sib >> 6);
	in->index = (uint8_t)(index == SIB_NO_INDEX ? MMIO_REGISTER_NONE : index);
	in->base = (uint8_t)((sib & 7) | (rex & REX_B ? 8 : 0));
	if ((sib & 7) == SIB_NO_BASE && mod == 0)
		in->base = MMIO_REGISTER_NONE;
}

/* False: the operand is a register, not memory. Sets `extension`, the three bits of the opcode. */
static bool take_modrm(struct reader *reader, unsigned int rex, struct mmio_instruction *in,
		       unsigned int *extension)
{
	const unsigned int modrm = take_byte(reader);
	const unsigned int mod = modrm >> 6;
	const unsigned int rm = modrm & 7;
	bool has_wide_displacement = mod == 2;

	*extension = modrm >> 3 & 7;
	in->reg = (uint8_t)(*extension | (rex & REX_R ? 8 : 0));
	in->index = MMIO_REGISTER_NONE;
	in->base = (uint8_t)(rm | (rex & REX_B ? 8 : 0));
	if (mod == 3)
		return false;
	if (rm == RM_SIB) {
		take_sib(reader, rex, mod, in);
		has_wide_displacement |= in->base == MMIO_REGISTER_NONE;
	} else if (rm == RM_RIP && mod == 0) {
		in->base = MMIO_REGISTER_RIP;
		has_wide_displacement = true;
	}
	if (has_wide_displacement)
		in->displacement = sign_extended(take(reader, 4), 4);
	else if (mod == 1)
		in->displacement = sign_extended(take(reader, 1), 1);
	return true;
}

/* An immediate is as wide as its operand, but at most 32 bits: those are sign-extended to 64. */
static void take_immediate(struct reader *reader, struct mmio_instruction *in)
{
	const unsigned int bytes = in->operand_bytes < 4 ? in->operand_bytes : 4;

	in->has_immediate = true;
	in->immediate = take(reader, bytes);
	if (in->operand_bytes == 8)
		in->immediate = sign_extended(in->immediate, bytes);
}

/* What follows the opcode. False: no form we know. */
static bool take_operands(struct reader *reader, unsigned int opcode, unsigned int rex,
			  struct mmio_instruction *in)
{
	unsigned int extension = 0;

	switch (opcode & ~1u) {
	case OPCODE_TO_MEMORY:
		in->is_write = true;
		return take_modrm(reader, rex, in, &extension);
	case OPCODE_FROM_MEMORY:
		return take_modrm(reader, rex, in, &extension);
	case OPCODE_IMMEDIATE_TO:
		in->is_write = true;
		if (!take_modrm(reader, rex, in, &extension))
			return false;
		take_immediate(reader, in);
		return extension == 0;
	case OPCODE_ACCUMULATOR_FROM:
	case OPCODE_ACCUMULATOR_TO:
		in->is_write = (opcode & ~1u) == OPCODE_ACCUMULATOR_TO;
		in->base = in->index = MMIO_REGISTER_NONE;
		in->displacement = take(reader, 8);
		return true;
	default:
		return false;
	}
}

static unsigned int operand_bytes(unsigned int opcode, unsigned int rex, bool is_narrowed)
{
	if (!(opcode & 1))
		return 1;
	if (rex & REX_W)
		return 8;
	return is_narrowed ? 2 : 4;
}

enum mmio_decoding mmio_decode(const uint8_t *code, size_t bytes, struct mmio_instruction *in)
{
	struct reader reader = { .at = code, .end = code + bytes };
	unsigned int opcode = take_byte(&reader);
	const bool is_narrowed = opcode == PREFIX_OPERAND_SIZE;
	unsigned int rex = 0;
	bool is_known;

	*in = (struct mmio_instruction){ 0 };
	if (is_narrowed)
		opcode = take_byte(&reader);
	if ((opcode & REX_MASK) == REX) {
		rex = opcode;
		opcode = take_byte(&reader);
	}
	in->operand_bytes = operand_bytes(opcode, rex, is_narrowed);
	is_known = take_operands(&reader, opcode, rex, in);
	if (reader.is_cut)
		return MMIO_CUT;
	in->length_bytes = (unsigned int)(reader.at - code);
	return is_known ? MMIO_DECODED : MMIO_UNKNOWN;
}

uint64_t mmio_operand_address(const struct mmio_instruction *in, const uint64_t registers[16],
			      uint64_t rip)
{
	uint64_t address = in->displacement;

	if (in->base == MMIO_REGISTER_RIP)
		address += rip + in->length_bytes;
	else if (in->base != MMIO_REGISTER_NONE)
		address += registers[in->base];
	if (in->index != MMIO_REGISTER_NONE)
		address += registers[in->index] << in->scale_log2;
	return address;
}
