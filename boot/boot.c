/* SPDX-License-Identifier: MIT */
#include "boot/boot.h"

#include "arch/machine.h"
#include "arch/options.h"
#include "arch/string.h"
#include "arch/text.h"

#define RSDP_BYTES_MAX 64

enum { E820_USABLE = 1, E820_ACPI = 3, E820_NVS = 4 };

#define BLANKS " \t\r\n"

static struct boot_info info = {
	.save_obstacle = "only UEFI can be told to write a file: boot from the memory stick",
};
static char module_text[BOOT_MODULE_BYTES_MAX];
static const char *command_words = "";
static char all_words[OPTIONS_LINE_BYTES];
static uint8_t rsdp_copy[RSDP_BYTES_MAX] __attribute__((aligned(16)));

void boot_set_rsdp(uint64_t address)
{
	info.rsdp = address;
}

void boot_set_rsdp_copy(const void *rsdp, size_t bytes)
{
	memcpy(rsdp_copy, rsdp, bytes < sizeof(rsdp_copy) ? bytes : sizeof(rsdp_copy));
	info.rsdp = (uintptr_t)rsdp_copy;
}

void boot_set_framebuffer(struct framebuffer framebuffer)
{
	info.framebuffer = framebuffer;
}

void boot_set_image(uint64_t base, uint64_t bytes, uint64_t load_offset)
{
	info.image_base = base;
	info.image_bytes = bytes;
	info.load_offset = load_offset;
}

/* Firmware tends to list neighbours one by one; UEFI has hundreds. */
void boot_add_range(uint64_t base, uint64_t bytes, enum memory_type type)
{
	struct memory_range *last = &info.ranges[info.range_count];

	if (!bytes)
		return;
	if (info.range_count && last[-1].type == type && last[-1].base + last[-1].bytes == base) {
		last[-1].bytes += bytes;
		return;
	}
	if (info.range_count == BOOT_RANGES_MAX) {
		info.ranges_lost_count++;
		return;
	}
	*last = (struct memory_range){ .base = base, .bytes = bytes, .type = type };
	info.range_count++;
}

void boot_add_e820_range(uint64_t base, uint64_t bytes, uint32_t type)
{
	enum memory_type ours = MEMORY_RESERVED;

	if (type == E820_USABLE)
		ours = MEMORY_USABLE;
	else if (type == E820_ACPI || type == E820_NVS)
		ours = MEMORY_KEPT;
	boot_add_range(base, bytes, ours);
}

static bool ends_with(const char *text, size_t bytes, const char *end)
{
	const size_t end_bytes = strlen(end);
	size_t i;

	if (bytes < end_bytes)
		return false;
	for (i = 0; i < end_bytes; i++) {
		if ((text[bytes - end_bytes + i] | 0x20) != (end[i] | 0x20))
			return false;
	}
	return true;
}

/* No option starts like a path, and none without a value ends like a file. */
static bool is_image_path(const char *word, size_t bytes)
{
	if (memchr(word, '=', bytes))
		return false;
	return memchr(word, '/', bytes) || memchr(word, '\\', bytes) ||
	       ends_with(word, bytes, ".efi") || ends_with(word, bytes, ".elf");
}

void boot_set_command_line(const char *words)
{
	size_t bytes;

	words += strspn(words, " \t\r\n");
	bytes = strcspn(words, " \t\r\n");
	if (is_image_path(words, bytes))
		words += bytes + strspn(words + bytes, " \t\r\n");
	command_words = words;
}

void boot_set_module(const void *text, size_t bytes)
{
	bytes = text_decode(text, bytes, module_text, sizeof(module_text) - 1);
	if (bytes >= sizeof(module_text)) {
		info.module_is_cut = true;
		bytes = sizeof(module_text) - 1;
	}
	module_text[bytes] = '\0';
	info.module_bytes = bytes;
}

static void join_words(void)
{
	info.command_line_bytes = options_join(module_text, info.module_bytes, command_words,
					       all_words, sizeof(all_words));
}

bool boot_has_word(const char *word)
{
	const size_t bytes = strlen(word);
	const char *at;
	size_t length;

	join_words();
	for (at = all_words + strspn(all_words, BLANKS); *at;
	     at += length + strspn(at + length, BLANKS)) {
		length = strcspn(at, BLANKS);
		if (length == bytes && !memcmp(at, word, bytes))
			return true;
	}
	return false;
}

void boot_set_log_room(void *room, size_t bytes)
{
	info.log_room = room;
	info.log_room_bytes = bytes;
	info.save_obstacle = NULL;
}

void boot_set_save_obstacle(const char *words)
{
	info.save_obstacle = words;
}

void boot_finish(const char *route)
{
	join_words();
	info.route = route;
	info.command_line = all_words;
	info.module_text = module_text;
	machine_start(&info);
}
