/* SPDX-License-Identifier: MIT */
/*
 * An entry that is replaced is at no moment present and half new: entry_store().
 *
 * Arbitrary: what is there and what comes, of 1 to 8 words; whether hardware snoops; when hardware looks.
 * Assumed: hardware reads an entry as one, as it does a line that it fetches.
 * Asserted: whatever hardware sees at that moment is not present, or all old, or all new; when entry_store()
 * is back, the new entry is in the cache, and where hardware does not snoop, in memory too, fenced last.
 * Bound: a loop is over the words, 8 at most.
 * Hardware is a second thread: CBMC tries each moment between two stores. Lines that caches write back by
 * themselves are such moments, too: an entry lies within one line, so memory has it as it was at one of them.
 */
#include <assert.h>

#include "arch/cpu.h"
#include "iommu/structures/entry.h"

enum { WORDS = 8 };

uint64_t nondet_value(void);
unsigned int nondet_choice(void);

static uint64_t entry[WORDS], old[WORDS], new[WORDS], memory[WORDS];
static unsigned int words;
static bool is_flushed;

void cpu_flush(const void *address, size_t bytes)
{
	const size_t first = (size_t)((const uint64_t *)address - entry);

	assert(first < WORDS && bytes % sizeof(entry[0]) == 0);
	for (size_t i = 0; i < WORDS; i++)
		if (i >= first && i < first + bytes / sizeof(entry[0]))
			memory[i] = entry[i];
}

static void hardware_looks(void)
{
	bool is_old = true, is_new = true;

	__CPROVER_atomic_begin();
	for (unsigned int i = 0; i < WORDS; i++) {
		is_old = is_old && (i >= words || entry[i] == old[i]);
		is_new = is_new && (i >= words || entry[i] == new[i]);
	}
	assert(!(entry[0] & 1) || is_old || is_new);
	__CPROVER_atomic_end();
}

int main(void)
{
	const bool snooped = nondet_choice() & 1;

	words = 1 + nondet_choice() % WORDS;
	for (unsigned int i = 0; i < WORDS; i++) {
		old[i] = entry[i] = memory[i] = nondet_value();
		new[i] = nondet_value();
	}
__CPROVER_ASYNC_1:
	hardware_looks();
	entry_store(entry, new, words, snooped);
	for (unsigned int i = 0; i < words; i++)
		assert(entry[i] == new[i] && (snooped || memory[i] == new[i]));
	return 0;
}
