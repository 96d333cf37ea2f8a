/* SPDX-License-Identifier: MIT */
#include "arch/machine_map.h"

#include "arch/acpi.h"
#include "arch/cpu.h"
#include "arch/io_apic.h"
#include "arch/page.h"
#include "arch/pci.h"
#include "arch/pci_config.h"
#include "arch/string.h"

enum { REGIONS_MAX = 4096 };

#define MIB		0x100000ull
#define ROM_BASE	0xff000000ull /* chip sets decode up to 16 MiB of flash below 4 GiB */
#define INTERRUPTS_BASE 0xfee00000ull
#define BUS_BYTES	(256 * (uint64_t)PCI_ECAM_BYTES)
#define APIC_BASE_PAGE	0x000ffffffffff000ull

static void add_memory(struct address_map *map, const struct boot_info *boot)
{
	for (size_t i = 0; i < boot->range_count; i++) {
		const struct memory_range *range = &boot->ranges[i];

		if (range->type != MEMORY_RESERVED)
			address_map_add(map, range->base, range->bytes, false, "%s",
					range->type == MEMORY_USABLE ? "RAM"
								     : "memory of the firmware");
	}
	address_map_add(map, 0, MIB, false, "the first megabyte");
	address_map_add(map, ROM_BASE, 16 * MIB, false, "the firmware's ROM");
	if (boot->framebuffer.base)
		address_map_add(map, boot->framebuffer.base,
				(uint64_t)boot->framebuffer.pitch_bytes * boot->framebuffer.height,
				false, "the frame buffer");
}

static void add_local_apic(struct address_map *map)
{
	address_map_add(map, INTERRUPTS_BASE, MIB, false, "the window of interrupt messages");
	if (cpu_id(1, 0).edx & CPUID_1_EDX_APIC)
		address_map_add(map, cpu_read_msr(MSR_APIC_BASE) & APIC_BASE_PAGE, PAGE_BYTES,
				false, "the local APIC");
}

static void add_io_apics(struct address_map *map)
{
	struct io_apic_listing listing;

	for (unsigned int i = 0; io_apic_listed(i, &listing); i++)
		address_map_add(map, listing.address, PAGE_BYTES, false, "I/O APIC %u", listing.id);
}

/* A generic address of ACPI at byte `at` of a table: space, width, offset, size, address. */
static uint64_t memory_address(const struct acpi_header *table, uint32_t at)
{
	const uint8_t *bytes = (const uint8_t *)table;
	uint64_t address = 0;

	if (table->length >= at + 12 && bytes[at] == 0)
		memcpy(&address, bytes + at + 4, sizeof(address));
	return address;
}

static void add_tables(struct address_map *map, const char *signature, uint32_t address_at,
		       const char *what)
{
	const struct acpi_header *table;

	for (unsigned n = 0; (table = acpi_find(signature, n)); n++) {
		uint64_t address = memory_address(table, address_at);

		if (address)
			address_map_add(map, address, PAGE_BYTES, false, "%s", what);
	}
}

/* Where chip sets have these even if no table says so. */
static void add_usual_places(struct address_map *map)
{
	address_map_add(map, 0xfec00000, PAGE_BYTES, false, "the first I/O APIC's place");
	address_map_add(map, 0xfed00000, PAGE_BYTES, false, "the first HPET's place");
	address_map_add(map, 0xfed40000, 5 * PAGE_BYTES, false, "the TPM's place");
}

static void add_ecam(struct address_map *map)
{
	for (unsigned i = 0; i < pci_window_count(); i++) {
		const struct pci_window *window = pci_window_get(i);
		const unsigned buses = window->last_bus - window->first_bus + 1u;

		if (window->ecam)
			address_map_add(map, window->ecam + window->first_bus * BUS_BYTES,
					buses * BUS_BYTES, true,
					"PCI configuration space of segment %u", window->segment);
	}
}

bool machine_map_build(struct address_map *map, const struct boot_info *boot)
{
	const size_t bytes = REGIONS_MAX * sizeof(struct address_region);
	const unsigned bits = cpu_physical_bits();

	*map = (struct address_map){
		.regions = page_alloc_contiguous((bytes + PAGE_BYTES - 1) / PAGE_BYTES, 1),
		.capacity = REGIONS_MAX,
		.address_bits = bits,
	};
	if (!map->regions)
		return false;
	add_memory(map, boot);
	add_local_apic(map);
	add_io_apics(map);
	add_tables(map, "HPET", 40, "an HPET");
	add_tables(map, "SPCR", 40, "the serial port");
	add_usual_places(map);
	add_ecam(map);
	return true;
}

/* Base classes of which a unit may be: of none (old or unknown), system peripheral, unassigned. */
static bool may_be_unit(const struct pci_device *device)
{
	const unsigned class = device->class_code >> 8;
	const unsigned base_class = class >> 8;

	return (base_class == 0x00 && class != 0x0001) || base_class == 0x08 || base_class == 0xff;
}

static void add_bar(struct address_map *map, const struct pci_device *device, unsigned number,
		    uint64_t base, uint64_t bytes)
{
	const struct pci_bar bar = pci_bar_read(device, number);

	if (bar.bytes && bar.base < base + bytes && base < bar.base + bar.bytes)
		address_map_add(map, bar.base, bar.bytes, may_be_unit(device), "BAR %u of %s",
				number, pci_name(device));
}

/* Only the nearest BAR below is asked for its size, since that stops the device for a moment. */
void machine_map_add_bars(struct address_map *map, uint64_t base, uint64_t bytes)
{
	const struct pci_device *nearest = NULL;
	uint64_t nearest_base = 0, at;
	unsigned nearest_number = 0;

	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_device *device = pci_get(i);

		for (unsigned bar = 0; bar < PCI_BARS; bar++) {
			if (!pci_bar_base(device, bar, &at) || at >= base + bytes)
				continue;
			if (at >= base) {
				add_bar(map, device, bar, base, bytes);
			} else if (at > nearest_base) {
				nearest = device;
				nearest_base = at;
				nearest_number = bar;
			}
		}
	}
	if (nearest)
		add_bar(map, nearest, nearest_number, base, bytes);
}
