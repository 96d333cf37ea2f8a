/* SPDX-License-Identifier: MIT */
/*
 * Fields of registers and table entries.
 *
 * A field is the manual's own absolute bit pair `hi, lo` and nothing else:
 *
 *	#define PASID_DID	79, 64
 *
 * Everything else is derived here: the 64-bit word that holds it, its mask and its shift. A pair
 * that straddles a word does not compile. A value that does not fit never spills into the
 * neighbour field: it ends in field_overflow().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A field as data, for code that sweeps over fields or breaks one by name. */
struct field {
	uint16_t hi;
	uint16_t lo;
};

/* Called when a value does not fit its field: our own mistake, so it does not return. */
_Noreturn void field_overflow(unsigned int hi, unsigned int lo, uint64_t value);

#define BITS_PAIR_OK_(hi, lo) ((hi) >= (lo) && (hi) / 64 == (lo) / 64)
#define BITS_CHECK_(hi, lo)   (0 * sizeof(char[BITS_PAIR_OK_(hi, lo) ? 1 : -1]))
#define BITS_FIELD_(hi, lo)   ((struct field){ (hi) + BITS_CHECK_(hi, lo), (lo) })
#define BITS_MASK_(hi, lo) \
	((~UINT64_C(0) >> (63 - ((hi) - (lo)))) << ((lo) % 64) << BITS_CHECK_(hi, lo))

/* FIELD(PASID_DID) is the field as data. */
#define FIELD(...) BITS_FIELD_(__VA_ARGS__)

/* FIELD_MASK(CAP_ND) is the field's mask within its own 64-bit word. */
#define FIELD_MASK(...) BITS_MASK_(__VA_ARGS__)

/* FIELD_LOW_BIT(ECAP_SMTS) is the number of the field's lowest bit. */
#define BITS_LOW_(hi, lo)  ((lo) + BITS_CHECK_(hi, lo))
#define FIELD_LOW_BIT(...) ((unsigned int)BITS_LOW_(__VA_ARGS__))

static inline unsigned int field_word(struct field f)
{
	return f.lo / 64u;
}

static inline unsigned int field_shift(struct field f)
{
	return f.lo % 64u;
}

/* The largest value the field can hold. */
static inline uint64_t field_max(struct field f)
{
	return ~UINT64_C(0) >> (63u - (unsigned int)(f.hi - f.lo));
}

static inline uint64_t field_mask(struct field f)
{
	return field_max(f) << field_shift(f);
}

static inline uint64_t bits_read(const uint64_t *words, struct field f)
{
	return words[field_word(f)] >> field_shift(f) & field_max(f);
}

static inline void bits_write(uint64_t *words, struct field f, uint64_t value)
{
	if (value > field_max(f))
		field_overflow(f.hi, f.lo, value);
	words[field_word(f)] = (words[field_word(f)] & ~field_mask(f)) | value << field_shift(f);
}

/* field_get(entry->q, PASID_DID): the field's value, shifted down. */
#define field_get(words, ...) bits_read((words), FIELD(__VA_ARGS__))

/* field_set(entry->q, PASID_DID, 5) */
#define field_set(words, ...)		BITS_SET_((words), __VA_ARGS__)
#define BITS_SET_(words, hi, lo, value) bits_write((words), BITS_FIELD_(hi, lo), (value))

/*
 * Fields that hold an address (63:12 of a pointer, say) keep the address's own bits: no shift.
 * field_get_address(entry->q, PASID_SSPTPTR) is a byte address.
 */
#define field_get_address(words, ...) bits_read_in_place((words), FIELD(__VA_ARGS__))
#define field_set_address(words, ...) BITS_SET_ADDRESS_((words), __VA_ARGS__)
#define BITS_SET_ADDRESS_(words, hi, lo, address) \
	bits_write_in_place((words), BITS_FIELD_(hi, lo), (address))

static inline uint64_t bits_read_in_place(const uint64_t *words, struct field f)
{
	return words[field_word(f)] & field_mask(f);
}

static inline void bits_write_in_place(uint64_t *words, struct field f, uint64_t address)
{
	if (address & ~field_mask(f))
		field_overflow(f.hi, f.lo, address);
	words[field_word(f)] = (words[field_word(f)] & ~field_mask(f)) | address;
}

/* The same for a register, which is a value and not memory: reg_get(cap, CAP_ND). */
#define reg_get(value, ...) bits_of_value((value), FIELD(__VA_ARGS__))

static inline uint64_t bits_of_value(uint64_t value, struct field f)
{
	return bits_read(&value, (struct field){ f.hi % 64u, f.lo % 64u });
}

/* reg_put(RTADDR_TTM, TTM_SCALABLE): a value placed into an otherwise zero register. */
#define reg_put(...)		 BITS_PUT_(__VA_ARGS__)
#define BITS_PUT_(hi, lo, value) bits_placed(BITS_FIELD_(hi, lo), (value))

static inline uint64_t bits_placed(struct field f, uint64_t value)
{
	uint64_t word = 0;

	bits_write(&word, (struct field){ f.hi % 64u, f.lo % 64u }, value);
	return word;
}
