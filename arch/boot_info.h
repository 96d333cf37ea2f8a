/* SPDX-License-Identifier: MIT */
/*
 * What every boot route hands to the kernel. All of it lies in memory of our own: nothing here
 * points into data of the firmware or of a boot loader.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_RANGES_MAX	      512
#define BOOT_MODULE_BYTES_MAX 32768

enum memory_type {
	MEMORY_USABLE,	 /* RAM, free for the page allocator */
	MEMORY_KEPT,	 /* RAM that holds something: our image, firmware data, ACPI tables */
	MEMORY_RESERVED, /* reserved by the firmware; RAM or registers, nobody says which */
};

struct memory_range {
	uint64_t base;
	uint64_t bytes;
	enum memory_type type;
};

/* A linear frame buffer with 32 bits per pixel; base is 0 where there is none. */
struct framebuffer {
	uint64_t base;
	uint32_t width;
	uint32_t height;
	uint32_t pitch_bytes;
	bool is_red_low; /* red in bits 7:0 of a pixel and blue in 23:16, not the reverse */
};

struct boot_info {
	const char *route;	  /* "pvh", "iso", "iso-uefi" or "efi" */
	const char *command_line; /* words of the module first, those of the command line after */
	/* Of all of them. OPTIONS_LINE_BYTES and more: words were left out, so no test may run. */
	size_t command_line_bytes;
	uint64_t rsdp; /* physical address of the ACPI root pointer, 0 if none was given */
	struct framebuffer framebuffer;
	const char *module_text; /* the text file loaded with us (arch/text.h), "" if none */
	size_t module_bytes;	 /* its length without the terminator */
	bool module_is_cut;	 /* it was longer than what we keep, so no test may run */
	/* Where the log lies for the next boot to save it; NULL: anywhere. Why none can be saved; NULL: it can. */
	void *log_room;
	size_t log_room_bytes;
	const char *save_obstacle;
	uint64_t image_base; /* where our own code and data lie */
	uint64_t image_bytes;
	uint64_t load_offset; /* running address minus link address */
	size_t range_count;
	size_t ranges_lost_count; /* ranges that did not fit below */
	struct memory_range ranges[BOOT_RANGES_MAX];
};

/* The kernel proper. Called once by machine_start(); ends with exit_machine(). */
_Noreturn void kernel_main(const struct boot_info *boot);
