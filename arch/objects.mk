# SPDX-License-Identifier: MIT
# One name per line, sorted.
ARCH_OBJS := \
	arch/acpi.c \
	arch/acpi_power.c \
	arch/acpi_root.c \
	arch/address_map.c \
	arch/apic.c \
	arch/console.c \
	arch/cpu.c \
	arch/exit.c \
	arch/font.c \
	arch/framebuffer.c \
	arch/hpet.c \
	arch/io_apic.c \
	arch/keyboard.c \
	arch/log.c \
	arch/machine.c \
	arch/machine_map.c \
	arch/madt.c \
	arch/mmio_decode.c \
	arch/mmio_hole.c \
	arch/number.c \
	arch/options.c \
	arch/page.c \
	arch/paging.c \
	arch/panic.c \
	arch/pci.c \
	arch/pci_config.c \
	arch/pci_function.c \
	arch/pci_requester.c \
	arch/print.c \
	arch/processor.c \
	arch/reset.c \
	arch/reset_mark.c \
	arch/screen.c \
	arch/serial.c \
	arch/serial_pci.c \
	arch/string.c \
	arch/text.c \
	arch/time.c \
	arch/trap.c \
	arch/vectors.asm \
	arch/version.c
