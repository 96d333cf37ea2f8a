/* SPDX-License-Identifier: MIT */
/*
 * number_take() reads any text, ends, and gives the number that stands there.
 *
 * Arbitrary: the text, up to 4 characters and the zero after them; the limit. The base is 10 unless the text says
 * 16 by 0x.
 * Assumed: nothing.
 * Asserted: nothing behind the zero is read (CBMC does that, the array ends there); what is taken is at most
 * the limit, what was read are digits, at least one, and their value, worked out here from the other end, is
 * the number; a refusal leaves the place as it was, and has a reason: there is no digit, or the
 * value is above the limit.
 * Bound: 4 characters are "0x" and a first and a last digit, or four decimal ones; overflow is a matter of
 * the limit, which is any. One character more takes minutes.
 */
#include <assert.h>

#include "arch/number.h"

enum { CHARACTERS = 4 };

char nondet_char(void);
uint64_t nondet_value(void);

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 99;
}

/* The value of the digits from `first` on, and where they end. */
static uint64_t value_of(const char *text, unsigned int first, unsigned int base, unsigned int *end)
{
	uint64_t value = 0, weight = 1;

	for (*end = first; digit_of(text[*end]) < base;)
		++*end;
	for (unsigned int i = *end; i > first; i--) {
		value += digit_of(text[i - 1]) * weight;
		weight *= base;
	}
	return value;
}

int main(void)
{
	const unsigned int base = 10;
	const uint64_t most = nondet_value();
	char text[CHARACTERS + 1];
	const char *at = text;
	uint64_t value, due;
	unsigned int end;
	bool is_hexadecimal, is_taken;

	for (unsigned int i = 0; i < CHARACTERS; i++) {
		text[i] = nondet_char();
		__CPROVER_output(" ", text[i]);
	}
	text[CHARACTERS] = 0;
	__CPROVER_output(" most ", most);
	is_hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	due = value_of(text, is_hexadecimal ? 2 : 0, is_hexadecimal ? 16 : base, &end);
	is_taken = number_take(&at, base, most, &value);
	assert(is_taken == (end > (is_hexadecimal ? 2u : 0u) && due <= most));
	assert(at == text + (is_taken ? end : 0));
	assert(!is_taken || value == due);
}
