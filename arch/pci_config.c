/* SPDX-License-Identifier: MIT */
/* Configuration space: where it is, and access to it. */
#include "arch/pci_config.h"

#include <stdarg.h>
#include <stddef.h>

#include "arch/acpi.h"
#include "arch/cpu.h"
#include "arch/mmio.h"
#include "arch/paging.h"
#include "arch/print.h"
#include "arch/string.h"

#define WINDOWS_MAX	 64
#define PORT_ADDRESS	 0xcf8
#define PORT_DATA	 0xcfc
#define PORT_ENABLE	 0x80000000u
#define MCFG_ENTRIES	 44
#define MCFG_ENTRY_BYTES 16
#define BUS_BYTES	 0x100000ull

static struct pci_window windows[WINDOWS_MAX];
static unsigned window_count;

static void refuse_window(const struct pci_window *window, print_sink *report)
{
	print_report(report,
		     "MCFG: the window at %llx for segment %u, buses %u to %u cannot be used",
		     (unsigned long long)window->ecam, window->segment, window->first_bus,
		     window->last_bus);
}

static void add_window(uint64_t ecam, uint16_t segment, uint8_t first_bus, uint8_t last_bus,
		       print_sink *report)
{
	const struct pci_window window = {
		.ecam = ecam, .segment = segment, .first_bus = first_bus, .last_bus = last_bus
	};

	if (window_count < WINDOWS_MAX && last_bus >= first_bus && ecam % PCI_ECAM_BYTES == 0 &&
	    ecam < UINT64_MAX - 256 * BUS_BYTES)
		windows[window_count++] = window;
	else
		refuse_window(&window, report);
}

static void read_mcfg(print_sink *report)
{
	const struct acpi_header *mcfg = acpi_find("MCFG", 0);
	const uint8_t *bytes = (const uint8_t *)mcfg;
	uint32_t at;

	if (!mcfg || !acpi_has_good_checksum(mcfg))
		return;
	for (at = MCFG_ENTRIES; at + MCFG_ENTRY_BYTES <= mcfg->length; at += MCFG_ENTRY_BYTES) {
		uint64_t ecam;
		uint16_t segment;

		memcpy(&ecam, bytes + at, sizeof(ecam));
		memcpy(&segment, bytes + at + 8, sizeof(segment));
		if (ecam)
			add_window(ecam, segment, bytes[at + 10], bytes[at + 11], report);
	}
}

static uint32_t port_address(const struct pci_device *device, unsigned offset)
{
	return PORT_ENABLE | (uint32_t)device->bus << 16 | (uint32_t)device->devfn << 8 |
	       (offset & 0xfc);
}

/* Some machines name a window that nothing decodes: the host bridge must look the same both ways. */
static bool window_answers(const struct pci_window *window)
{
	const struct pci_device host = { .segment = window->segment };
	uint32_t by_port;

	if (window->segment || window->first_bus)
		return true;
	cpu_out32(PORT_ADDRESS, port_address(&host, PCI_VENDOR_ID));
	by_port = cpu_in32(PORT_DATA);
	return by_port == ~0u || pci_read32(&host, PCI_VENDOR_ID) == by_port;
}

void pci_windows_read(print_sink *report)
{
	window_count = 0;
	read_mcfg(report);
}

static bool is_avoided(const struct pci_window *window, unsigned bus)
{
	return window->avoided[bus / 64] >> bus % 64 & 1;
}

/* Something certain is where the window has this bus; claims, as the window itself is one, do not count. */
static const struct address_region *intruder(const struct pci_window *window, unsigned bus,
					     const struct address_map *avoid)
{
	const struct address_region *region =
		address_map_find(avoid, window->ecam + bus * BUS_BYTES, BUS_BYTES);

	return region && !region->is_claim ? region : NULL;
}

static void avoid_buses(struct pci_window *window, const struct address_map *avoid,
			print_sink *report)
{
	const struct address_region *region, *told = NULL;
	unsigned bus;

	for (bus = window->first_bus; bus <= window->last_bus; bus++) {
		region = intruder(window, bus, avoid);
		if (!region)
			continue;
		window->avoided[bus / 64] |= 1ull << bus % 64;
		if (region != told)
			print_report(report,
				     "MCFG: bus %u of segment %u is not read at %llx: %s is there",
				     bus, window->segment,
				     (unsigned long long)(window->ecam + bus * BUS_BYTES),
				     region->text);
		told = region;
	}
}

static void check_window(struct pci_window *window, const struct address_map *avoid,
			 print_sink *report)
{
	const uint64_t first = window->ecam + window->first_bus * BUS_BYTES;
	const uint64_t bytes = (window->last_bus - window->first_bus + 1ull) * BUS_BYTES;

	if (avoid)
		avoid_buses(window, avoid, report);
	if (!paging_map_mmio(first, bytes)) {
		refuse_window(window, report);
		memset(window->avoided, 0xff, sizeof(window->avoided));
	} else if (!window_answers(window)) {
		window->ecam = 0;
		print_report(
			report,
			"MCFG: nothing answers in the window of segment 0; using ports CF8/CFC");
	}
}

void pci_windows_check(const struct address_map *avoid, print_sink *report)
{
	unsigned i;
	bool has_segment0 = false;

	for (i = 0; i < window_count; i++) {
		if (windows[i].ecam)
			check_window(&windows[i], avoid, report);
		has_segment0 = has_segment0 || !windows[i].segment;
	}
	if (!has_segment0 && window_count < WINDOWS_MAX)
		windows[window_count++] = (struct pci_window){ .last_bus = 255 };
}

unsigned pci_window_count(void)
{
	return window_count;
}

const struct pci_window *pci_window_get(unsigned index)
{
	return &windows[index];
}

/* Where the register is in memory; NULL if it is not. */
static volatile void *ecam_pointer(const struct pci_device *device, unsigned offset)
{
	unsigned i;

	for (i = 0; i < window_count; i++) {
		const struct pci_window *w = &windows[i];

		if (w->ecam && w->segment == device->segment && device->bus >= w->first_bus &&
		    device->bus <= w->last_bus && offset < PCI_ECAM_BYTES &&
		    !is_avoided(w, device->bus))
			return (volatile void *)(uintptr_t)(w->ecam + device->bus * BUS_BYTES +
							    device->devfn * PCI_ECAM_BYTES +
							    offset);
	}
	return NULL;
}

/* Selects the register behind PORT_DATA; false if ports do not lead there. */
static bool port_select(const struct pci_device *device, unsigned offset)
{
	if (device->segment || offset >= PCI_CONFIG_BYTES)
		return false;
	cpu_out32(PORT_ADDRESS, port_address(device, offset));
	return true;
}

uint8_t pci_read8(const struct pci_device *device, unsigned offset)
{
	volatile void *at = ecam_pointer(device, offset);

	if (at)
		return mmio_read8(at);
	return port_select(device, offset) ? cpu_in8((uint16_t)(PORT_DATA + (offset & 3))) : 0xff;
}

uint16_t pci_read16(const struct pci_device *device, unsigned offset)
{
	volatile void *at = ecam_pointer(device, offset);

	if (at)
		return mmio_read16(at);
	return port_select(device, offset) ? cpu_in16((uint16_t)(PORT_DATA + (offset & 2)))
					   : 0xffff;
}

uint32_t pci_read32(const struct pci_device *device, unsigned offset)
{
	volatile void *at = ecam_pointer(device, offset);

	if (at)
		return mmio_read32(at);
	return port_select(device, offset) ? cpu_in32(PORT_DATA) : ~0u;
}

void pci_write16(const struct pci_device *device, unsigned offset, uint16_t value)
{
	volatile void *at = ecam_pointer(device, offset);

	if (at)
		mmio_write16(at, value);
	else if (port_select(device, offset))
		cpu_out16((uint16_t)(PORT_DATA + (offset & 2)), value);
}

void pci_write32(const struct pci_device *device, unsigned offset, uint32_t value)
{
	volatile void *at = ecam_pointer(device, offset);

	if (at)
		mmio_write32(at, value);
	else if (port_select(device, offset))
		cpu_out32(PORT_DATA, value);
}
