# SPDX-License-Identifier: MIT
# One name per line, sorted. Routes differ: entry.asm cannot be moved, so EFI has its own.
ELF_OBJS := \
	boot/entry.asm \
	boot/multiboot2.c \
	boot/pvh.c
EFI_OBJS := \
	boot/efi_file.c \
	boot/efi_main.c \
	boot/efi_save.c
BOOT_OBJS := \
	boot/boot.c
