/* SPDX-License-Identifier: MIT */
#include "tests/scenes/bit_ranges.h"

#include <stdbool.h>

#include "arch/print.h"
#include "arch/string.h"

static bool is_set(const uint64_t *words, unsigned int count, unsigned int bit)
{
	return bit < count * 64 && words[bit / 64] >> bit % 64 & 1;
}

static void append(char *text, size_t size, unsigned int first, unsigned int last)
{
	size_t used = strlen(text);
	int more = print_to(text + used, size - used, last > first ? "%s%u-%u" : "%s%u",
			    used ? "," : "", first, last);

	if (used + (size_t)more >= size)
		memcpy(text + size - sizeof("..."), "...", sizeof("..."));
}

void bit_ranges_format(char *text, size_t size, const uint64_t *words, unsigned int count)
{
	text[0] = 0;
	for (unsigned int bit = 0; bit < count * 64; bit++) {
		unsigned int last = bit;

		if (!is_set(words, count, bit))
			continue;
		while (is_set(words, count, last + 1))
			last++;
		append(text, size, bit, last);
		bit = last;
	}
}
