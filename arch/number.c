/* SPDX-License-Identifier: MIT */
#include "arch/number.h"

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A' + 10);
	return 16;
}

bool number_take(const char **at, unsigned int base, uint64_t most, uint64_t *value)
{
	const char *from = *at;
	const char *digits;

	if (from[0] == '0' && (from[1] == 'x' || from[1] == 'X')) {
		base = 16;
		from += 2;
	}
	digits = from;
	for (*value = 0; digit_value(*from) < base; from++) {
		uint64_t digit = digit_value(*from);

		if (digit > most || *value > (most - digit) / base)
			return false;
		*value = *value * base + digit;
	}
	if (from == digits)
		return false;
	*at = from;
	return true;
}
