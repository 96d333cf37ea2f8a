/* SPDX-License-Identifier: MIT */
/* The processor's page tables: everything at its physical address, RAM cached, the rest not. */
#pragma once

#include "arch/boot_info.h"

/*
 * Builds and loads the tables: the first 4 GiB and every range of the memory map. RAM is write-back,
 * all else uncached. Needs page_init() before. `boot` must stay valid.
 */
void paging_init(const struct boot_info *boot);

/*
 * Makes device memory accessible, uncached, at its physical address. Harmless where it already is.
 * Returns false if the range wraps, exceeds the processor's physical address width, or no memory is
 * left for tables.
 */
bool paging_map_mmio(uint64_t phys, uint64_t bytes);

/*
 * Where to read firmware data at [phys, phys + bytes), or NULL if any of it lies outside of the
 * memory map: reading there could touch device registers.
 */
const void *paging_map_firmware(uint64_t phys, uint64_t bytes);

/* Where to read [phys, phys + bytes) of the first megabyte, listed or not; NULL if it is not in there. */
const void *paging_map_legacy(uint64_t phys, uint64_t bytes);

/*
 * Takes the mapping of `pages` 4 KiB pages away, so that every access raises a page fault, for
 * good: paging_map_mmio() leaves a hole as it is. Phys must be page aligned and not RAM of ours. Returns
 * false as paging_map_mmio() does.
 */
bool paging_make_hole(uint64_t phys, uint64_t pages);

/* Does any page of the range have a mapping, or is any a hole? */
bool paging_is_mapped(uint64_t phys, uint64_t bytes);

/* Is the range RAM by the memory map, whoever uses it? Reserved ranges do not count. */
bool paging_is_ram(uint64_t phys, uint64_t bytes);
