/* SPDX-License-Identifier: MIT */
/*
 * A field that is set reads back, and its neighbours keep their bits: the accessors of arch/bits.h.
 *
 * Arbitrary: the field, any `hi, lo` pair within one word of the 512 bits of the largest entry; what the
 * words hold; the value.
 * Assumed: the pair is one that FIELD() lets compile (BITS_PAIR_OK_), and the value fits.
 * Asserted: for a field of the first word, what is read back; bit by bit, that the value is where it
 * belongs and that nothing else changed; that the mask is the bits hi to lo and no other; that a value
 * that fits is not refused (stubs.c). The same for addresses in place and for registers. For a field of
 * any word, that mask and shift are those of the first word, and that other words keep their bits.
 * Bound: no loop.
 */
#include <assert.h>

#include "arch/bits.h"

enum { WORDS = 8 };

uint64_t nondet_value(void);
uint16_t nondet_bit(void);

static bool bit_of(const uint64_t *words, unsigned int bit)
{
	return *words >> bit & 1;
}

/* One bit that is not the field's, whichever it is. */
static void neighbour_is_kept(const uint64_t *before, const uint64_t *after, struct field f)
{
	const unsigned int bit = nondet_bit();

	__CPROVER_assume(bit < 64 && (bit < f.lo || bit > f.hi));
	assert(bit_of(before, bit) == bit_of(after, bit));
}

static void values(const uint64_t *before, uint64_t *words, struct field f)
{
	const uint64_t value = nondet_value();
	const unsigned int width = f.hi - f.lo + 1u, bit = nondet_bit();

	__CPROVER_assume(value <= field_max(f));
	__CPROVER_output(" = ", value);
	bits_write(words, f, value);
	assert(bits_read(words, f) == value);
	__CPROVER_assume(bit < width);
	assert(bit_of(words, f.lo + bit) == (value >> bit & 1));
	neighbour_is_kept(before, words, f);
}

static void addresses(const uint64_t *before, uint64_t *words, struct field f)
{
	const uint64_t address = nondet_value();
	const unsigned int bit = nondet_bit();

	__CPROVER_assume(bit < 64);
	assert((field_mask(f) >> bit & 1) == (bit >= f.lo && bit <= f.hi));
	__CPROVER_assume(!(address & ~field_mask(f)));
	__CPROVER_output(" at ", address);
	bits_write_in_place(words, f, address);
	assert(bits_read_in_place(words, f) == address);
	neighbour_is_kept(before, words, f);
}

static void registers(struct field f)
{
	const uint64_t value = nondet_value();

	__CPROVER_assume(value <= field_max(f));
	assert(bits_of_value(bits_placed(f, value), f) == value);
	assert((bits_placed(f, value) & ~field_mask(f)) == 0);
}

static void in_one_word(struct field f)
{
	const uint64_t before = nondet_value();
	uint64_t word = before;

	__CPROVER_assume(f.hi < 64);
	if (nondet_value())
		values(&before, &word, f);
	else
		addresses(&before, &word, f);
	registers(f);
}

/* The word that a field is in, and its place there; the others are left alone. */
static void in_its_word(struct field f)
{
	const struct field same = { f.hi % 64, f.lo % 64 };
	const uint64_t value = nondet_value(), before = nondet_value();
	const unsigned int other = nondet_bit();
	uint64_t words[WORDS];

	__CPROVER_assume(value <= field_max(f) && other < WORDS && other != f.lo / 64);
	assert(field_word(f) == f.lo / 64 && field_shift(f) == field_shift(same));
	assert(field_mask(f) == field_mask(same) && field_max(f) == field_max(same));
	words[other] = before;
	bits_write(words, f, value);
	assert(words[other] == before);
}

int main(void)
{
	const struct field f = { nondet_bit(), nondet_bit() };

	__CPROVER_assume(f.hi < 64 * WORDS && BITS_PAIR_OK_(f.hi, f.lo));
	__CPROVER_output("field ", f.hi);
	__CPROVER_output(":", f.lo);
	if (nondet_value())
		in_one_word(f);
	else
		in_its_word(f);
}
