/* SPDX-License-Identifier: MIT */
#include "iommu/structures/entry.h"

#include "arch/cpu.h"

static void settle(const uint64_t *entry, unsigned int words, bool snooped)
{
	if (!snooped)
		cpu_flush(entry, words * sizeof(*entry));
	cpu_fence();
}

void entry_store_word(uint64_t *entry, uint64_t value, bool snooped)
{
	*(volatile uint64_t *)entry = value;
	settle(entry, 1, snooped);
}

void entry_store(uint64_t *entry, const uint64_t *value, unsigned int words, bool snooped)
{
	if (words > 1 && entry[0] & 1)
		entry_store_word(entry, 0, snooped);
	for (unsigned int i = 1; i < words; i++)
		((volatile uint64_t *)entry)[i] = value[i];
	settle(entry, words, snooped);
	entry_store_word(entry, value[0], snooped);
}
