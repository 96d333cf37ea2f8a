/* SPDX-License-Identifier: MIT */
/* The UEFI application: collects what the firmware knows, leaves boot services, goes on as kernel. */
#include <efi.h>

#include "arch/cpu.h"
#include "arch/string.h"
#include "boot/boot.h"
#include "boot/efi_file.h"
#include "boot/efi_save.h"

#define SPARE_BYTES 4096 /* the map grows by the allocation that is to hold it */
#define TRIES_MAX   8

static EFI_GUID guid_loaded_image = LOADED_IMAGE_PROTOCOL;
static EFI_GUID guid_graphics = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
static EFI_GUID guid_acpi = ACPI_TABLE_GUID;
static EFI_GUID guid_acpi20 = ACPI_20_TABLE_GUID;

static EFI_SYSTEM_TABLE *system;
static EFI_BOOT_SERVICES *services;
static char text[2 * BOOT_MODULE_BYTES_MAX + 2]; /* with a mark, in 16-bit characters */

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

static void take_rsdp(void)
{
	UINTN i;

	for (i = 0; i < system->NumberOfTableEntries; i++) {
		const EFI_CONFIGURATION_TABLE *entry = &system->ConfigurationTable[i];

		if (!memcmp(&entry->VendorGuid, &guid_acpi20, sizeof(EFI_GUID))) {
			boot_set_rsdp((uintptr_t)entry->VendorTable);
			return;
		}
		if (!memcmp(&entry->VendorGuid, &guid_acpi, sizeof(EFI_GUID)))
			boot_set_rsdp((uintptr_t)entry->VendorTable);
	}
}

static void take_framebuffer(void)
{
	EFI_GRAPHICS_OUTPUT_PROTOCOL *graphics;
	const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode;

	if (EFI_ERROR(services->LocateProtocol(&guid_graphics, NULL, (VOID **)&graphics)) ||
	    !graphics->Mode || !graphics->Mode->Info)
		return;
	mode = graphics->Mode->Info;
	if (mode->PixelFormat != PixelRedGreenBlueReserved8BitPerColor &&
	    mode->PixelFormat != PixelBlueGreenRedReserved8BitPerColor)
		return;
	boot_set_framebuffer((struct framebuffer){
		.base = graphics->Mode->FrameBufferBase,
		.width = mode->HorizontalResolution,
		.height = mode->VerticalResolution,
		.pitch_bytes = mode->PixelsPerScanLine * 4,
		.is_red_low = mode->PixelFormat == PixelRedGreenBlueReserved8BitPerColor,
	});
}

/*
 * Load options are words only if they look like it: a boot manager may put binary data there. They
 * are 16-bit characters, with or without a terminator, and of any length: so they are made narrow where they
 * stand. Nobody else reads them.
 */
static void take_load_options(const EFI_LOADED_IMAGE *loaded)
{
	const CHAR16 *from = loaded->LoadOptions;
	const UINTN chars = loaded->LoadOptionsSize / sizeof(CHAR16);
	char *words = loaded->LoadOptions;
	UINTN i, count;

	for (count = 0; from && count < chars && from[count]; count++) {
		if (from[count] > '~' || (from[count] < ' ' && from[count] != '\t'))
			return;
	}
	if (!count)
		return;
	for (i = 0; i < count; i++)
		words[i] = (char)from[i];
	words[count] = '\0';
	boot_set_command_line(words);
}

static void take_text_file(const EFI_LOADED_IMAGE *loaded)
{
	EFI_FILE_HANDLE file = efi_file_open(services, loaded, L"vtdcheck.txt", EFI_FILE_MODE_READ);
	UINTN bytes = sizeof(text);

	if (!file)
		return;
	if (!EFI_ERROR(file->Read(file, &bytes, text)))
		boot_set_module(text, bytes);
	file->Close(file);
}

static enum memory_type type_of(UINT32 efi_type)
{
	switch (efi_type) {
	case EfiConventionalMemory:
		return MEMORY_USABLE;
	/* What boot services used could be free now, but devices may still write there. */
	case EfiBootServicesCode:
	case EfiBootServicesData:
	case EfiLoaderCode:
	case EfiLoaderData:
	case EfiRuntimeServicesCode:
	case EfiRuntimeServicesData:
	case EfiACPIReclaimMemory:
	case EfiACPIMemoryNVS:
		return MEMORY_KEPT;
	default:
		return MEMORY_RESERVED;
	}
}

static void take_memory_map(const uint8_t *map, UINTN bytes, UINTN entry_bytes)
{
	UINTN at;

	for (at = 0; at + entry_bytes <= bytes; at += entry_bytes) {
		const EFI_MEMORY_DESCRIPTOR *entry = (const void *)(map + at);

		boot_add_range(entry->PhysicalStart, entry->NumberOfPages * EFI_PAGE_SIZE,
			       type_of(entry->Type));
	}
}

/* Any event may change the map between reading it and leaving, so both may have to be repeated. */
static EFI_STATUS leave_firmware(EFI_HANDLE image)
{
	EFI_STATUS status = EFI_SUCCESS;
	UINTN bytes = 0, room, key, entry_bytes = 0;
	UINT32 version;
	VOID *map = NULL;
	unsigned tries;

	services->GetMemoryMap(&bytes, NULL, &key, &entry_bytes, &version);
	room = bytes + SPARE_BYTES;
	status = services->AllocatePool(EfiLoaderData, room, &map);
	if (EFI_ERROR(status))
		return status;
	for (tries = 0; tries < TRIES_MAX; tries++) {
		bytes = room;
		status = services->GetMemoryMap(&bytes, map, &key, &entry_bytes, &version);
		if (EFI_ERROR(status))
			return status;
		status = services->ExitBootServices(image, key);
		if (!EFI_ERROR(status))
			break;
	}
	if (!EFI_ERROR(status)) {
		cpu_interrupts_off();
		take_memory_map(map, bytes, entry_bytes);
	}
	return status;
}

static EFI_STATUS complain(EFI_STATUS status, const CHAR16 *words)
{
	system->ConOut->OutputString(system->ConOut, (CHAR16 *)(uintptr_t)words);
	return status;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	EFI_LOADED_IMAGE *loaded;
	EFI_STATUS status;

	system = table;
	services = table->BootServices;
	status = services->HandleProtocol(image, &guid_loaded_image, (VOID **)&loaded);
	if (EFI_ERROR(status))
		return complain(status, L"vtdcheck: the firmware does not say where it put me\r\n");
	take_rsdp();
	take_framebuffer();
	take_load_options(loaded);
	take_text_file(loaded);
	if (boot_has_word("save"))
		efi_save_prepare(system, loaded);
	boot_set_image((uintptr_t)loaded->ImageBase, loaded->ImageSize,
		       (uintptr_t)loaded->ImageBase);
	status = leave_firmware(image);
	if (EFI_ERROR(status))
		return complain(status,
				L"vtdcheck: the firmware would not let go of the machine\r\n");
	boot_finish("efi");
}
