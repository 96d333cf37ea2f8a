/* SPDX-License-Identifier: MIT */
/* QEMU -kernel: the PVH boot protocol (struct hvm_start_info). */
#include "boot/boot.h"
#include "boot/image.h"

/* The structure as the protocol lays it out; all addresses are physical and below 4 GiB. */
struct hvm_start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t module_count;
	uint64_t modules;
	uint64_t command_line;
	uint64_t rsdp;
	uint64_t memory_map; /* from version 1 on */
	uint32_t memory_map_count;
	uint32_t reserved;
};

struct hvm_module {
	uint64_t address;
	uint64_t bytes;
	uint64_t command_line;
	uint64_t reserved;
};

struct hvm_memory_range {
	uint64_t base;
	uint64_t bytes;
	uint32_t type; /* as E820h */
	uint32_t reserved;
};

_Noreturn void pvh_start(const struct hvm_start_info *start);

static const void *pointer(uint64_t address)
{
	return (const void *)(uintptr_t)address;
}

void pvh_start(const struct hvm_start_info *start)
{
	const struct hvm_memory_range *ranges = pointer(start->memory_map);
	const struct hvm_module *modules = pointer(start->modules);
	uint32_t i;

	for (i = 0; start->version >= 1 && i < start->memory_map_count; i++)
		boot_add_e820_range(ranges[i].base, ranges[i].bytes, ranges[i].type);
	if (start->command_line)
		boot_set_command_line(pointer(start->command_line));
	if (start->module_count)
		boot_set_module(pointer(modules[0].address), modules[0].bytes);
	boot_set_rsdp(start->rsdp);
	boot_set_image((uintptr_t)image_start, (uintptr_t)(image_end - image_start), 0);
	boot_finish("pvh");
}
