/* SPDX-License-Identifier: MIT */
/* GRUB, on BIOS and on UEFI: the Multiboot2 boot information. */
#include "boot/boot.h"
#include "boot/image.h"

#define TAG_ALIGN 8

enum {
	TAG_END = 0,
	TAG_COMMAND_LINE = 1,
	TAG_MODULE = 3,
	TAG_MEMORY_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_EFI32_SYSTEM = 11,
	TAG_EFI64_SYSTEM = 12,
	TAG_RSDP_V1 = 14,
	TAG_RSDP_V2 = 15,
	TAG_EFI_MEMORY_MAP = 17,
	TAG_EFI64_IMAGE = 20,
};

enum { FRAMEBUFFER_RGB = 1 };

struct tag {
	uint32_t type;
	uint32_t bytes;
};

struct tag_module {
	struct tag tag;
	uint32_t start, end;
};

struct tag_memory_map {
	struct tag tag;
	uint32_t entry_bytes, entry_version;
};

struct memory_entry {
	uint64_t base, bytes;
	uint32_t type, reserved; /* as E820h */
};

struct tag_framebuffer {
	struct tag tag;
	uint64_t base;
	uint32_t pitch_bytes, width, height;
	uint8_t bits_per_pixel, type;
	uint8_t reserved[2];
	uint8_t red_bit; /* FRAMEBUFFER_RGB: the lowest of the bits that hold it */
};

_Noreturn void multiboot2_start(const uint8_t *information);

static void take_memory_map(const struct tag_memory_map *map)
{
	const uint8_t *at = (const uint8_t *)(map + 1);
	const uint8_t *end = (const uint8_t *)map + map->tag.bytes;

	if (map->entry_bytes < sizeof(struct memory_entry))
		return;
	for (; at + sizeof(struct memory_entry) <= end; at += map->entry_bytes) {
		const struct memory_entry *entry = (const void *)at;

		boot_add_e820_range(entry->base, entry->bytes, entry->type);
	}
}

static void take_framebuffer(const struct tag_framebuffer *fb)
{
	if (fb->type != FRAMEBUFFER_RGB || fb->bits_per_pixel != 32)
		return;
	boot_set_framebuffer((struct framebuffer){
		.base = fb->base,
		.width = fb->width,
		.height = fb->height,
		.is_red_low = !fb->red_bit,
		.pitch_bytes = fb->pitch_bytes,
	});
}

static void take_module(const struct tag_module *module)
{
	boot_set_module((const void *)(uintptr_t)module->start, module->end - module->start);
}

/* Returns whether this tag is one that GRUB gives on UEFI only. */
static bool take_tag(const struct tag *tag)
{
	switch (tag->type) {
	case TAG_COMMAND_LINE:
		boot_set_command_line((const char *)(tag + 1));
		return false;
	case TAG_MODULE:
		take_module((const void *)tag);
		return false;
	case TAG_MEMORY_MAP:
		take_memory_map((const void *)tag);
		return false;
	case TAG_FRAMEBUFFER:
		take_framebuffer((const void *)tag);
		return false;
	case TAG_RSDP_V1:
	case TAG_RSDP_V2: /* comes later and knows more, if both are there */
		boot_set_rsdp_copy(tag + 1, tag->bytes - sizeof(*tag));
		return false;
	case TAG_EFI32_SYSTEM:
	case TAG_EFI64_SYSTEM:
	case TAG_EFI_MEMORY_MAP:
	case TAG_EFI64_IMAGE:
		return true;
	default:
		return false;
	}
}

void multiboot2_start(const uint8_t *information)
{
	const uint32_t bytes = *(const uint32_t *)(const void *)information;
	bool is_uefi = false;
	uint32_t at = TAG_ALIGN;

	while (at + sizeof(struct tag) <= bytes) {
		const struct tag *tag = (const void *)(information + at);

		if (tag->type == TAG_END || tag->bytes < sizeof(*tag))
			break;
		is_uefi |= take_tag(tag);
		at += (tag->bytes + TAG_ALIGN - 1) & ~(uint32_t)(TAG_ALIGN - 1);
	}
	boot_set_image((uintptr_t)image_start, (uintptr_t)(image_end - image_start), 0);
	boot_finish(is_uefi ? "iso-uefi" : "iso");
}
