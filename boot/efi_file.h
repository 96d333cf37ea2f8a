/* SPDX-License-Identifier: MIT */
/* Files that lie beside the application, while boot services are there. */
#pragma once

#include <efi.h>

/*
 * Opens the file of this name in the directory of the application, "\EFI\BOOT\vtdcheck.txt", in a mode of the firmware's
 * (EFI_FILE_MODE_READ...). NULL if it is not there or the volume will not have it.
 */
EFI_FILE_HANDLE efi_file_open(EFI_BOOT_SERVICES *services, const EFI_LOADED_IMAGE *loaded,
			      const CHAR16 *name, UINT64 mode);
