/* SPDX-License-Identifier: MIT */
/*
 * How a table entry is put into memory that hardware may be reading at the same moment. Stores
 * only: what must be invalidated afterwards is publish.h's business.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Stores `words` 64-bit words so that hardware never sees a present entry that is half new: a
 * present entry is first made not present, then everything but word 0 is written, word 0 (which
 * holds P) last. Flushes the lines where hardware does not snoop, and fences.
 */
void entry_store(uint64_t *entry, const uint64_t *value, unsigned int words, bool snooped);

/* One word changed in place, flushed and fenced. */
void entry_store_word(uint64_t *entry, uint64_t value, bool snooped);
