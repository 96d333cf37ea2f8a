/* SPDX-License-Identifier: MIT */
/*
 * Takes one `mov` between memory and a register apart: what mmio.h emits, and the other plain forms
 * compilers choose for an access to memory. A pure function of the bytes given.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MMIO_INSTRUCTION_MAX_BYTES = 15, /* the processor's own limit */
	MMIO_REGISTER_NONE = 16,
	MMIO_REGISTER_RIP = 17, /* the address of the next instruction */
};

struct mmio_instruction {
	unsigned int length_bytes;
	unsigned int operand_bytes; /* 1, 2, 4 or 8 */
	bool is_write;		    /* to memory */
	bool has_immediate;	    /* writes only: the value is in the instruction */
	uint8_t reg;		    /* else the register, numbered as encoded: 0 rax .. 15 r15 */
	uint64_t immediate;	    /* already extended to 64 bits */

	/* The memory operand: base + (index << scale_log2) + displacement. */
	uint8_t base;  /* register number, or NONE, or RIP */
	uint8_t index; /* register number, or NONE */
	uint8_t scale_log2;
	uint64_t displacement;
};

enum mmio_decoding {
	MMIO_DECODED,
	MMIO_CUT,     /* the instruction goes on after the bytes given */
	MMIO_UNKNOWN, /* not one of the forms above */
};

/* Looks at `bytes` bytes of code and at none after them; `instruction` is valid if MMIO_DECODED. */
enum mmio_decoding mmio_decode(const uint8_t *code, size_t bytes,
			       struct mmio_instruction *instruction);

/* The address of the memory operand. `registers` are numbered as encoded; `rip` is the mov's own. */
uint64_t mmio_operand_address(const struct mmio_instruction *instruction,
			      const uint64_t registers[16], uint64_t rip);
