/* SPDX-License-Identifier: MIT */
/* The steps all boot routes share: filling the one struct boot_info, and going on with it. */
#pragma once

#include "arch/boot_info.h"

/* What is set is copied. Text beyond what there is room for is cut, and the info says so. */
void boot_set_rsdp(uint64_t address);
void boot_set_rsdp_copy(const void *rsdp, size_t bytes);
void boot_set_framebuffer(struct framebuffer framebuffer);
void boot_set_image(uint64_t base, uint64_t bytes, uint64_t load_offset);
void boot_add_range(uint64_t base, uint64_t bytes, enum memory_type type);

/* Adds a type as the BIOS call E820h numbers them; PVH and Multiboot2 do the same. */
void boot_add_e820_range(uint64_t base, uint64_t bytes, uint32_t type);

/*
 * Drops the path of the image that some loaders put before the words. These are copied by boot_finish() only:
 * a loader's line may be of any length, and all of it counts.
 */
void boot_set_command_line(const char *words);
void boot_set_module(const void *text, size_t bytes);

/* Is this one of the words set so far? */
bool boot_has_word(const char *word);

/* Where the log is to be kept, for the next boot to find and to save; or why none will be saved, a literal. */
void boot_set_log_room(void *room, size_t bytes);
void boot_set_save_obstacle(const char *words);

/* Hands over to arch/machine.c. `route` must be a literal. */
_Noreturn void boot_finish(const char *route);
