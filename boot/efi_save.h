/* SPDX-License-Identifier: MIT */
/*
 * The log as a file on the stick. A kernel has no file system; so a run with the word save leaves its log in memory and has the
 * machine reset, and the next boot writes it by the firmware's own means before anything else.
 */
#pragma once

#include <efi.h>

/*
 * Where a log of the run before lies in memory: writes it to vtdcheck.log beside the application, tells so, and switches the
 * machine off. Else has this run's log kept, or says in struct boot_info why that cannot be. While a run lasts the file says
 * so, so that a machine that forgets its memory is not reset for ever.
 */
void efi_save_prepare(EFI_SYSTEM_TABLE *system, const EFI_LOADED_IMAGE *loaded);
