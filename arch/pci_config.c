/* SPDX-License-Identifier: MIT */
/* Configuration space: access to it, and the parts every function has (BARs, capabilities, MSI). */
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
#define CONFIG_BYTES	 256u
#define ECAM_BYTES	 4096u

#define BAR_IO		 0x1u
#define BAR_TYPE	 0x6u
#define BAR_TYPE_64	 0x4u
#define BAR_PREFETCHABLE 0x8u

#define MSI_CONTROL		2
#define MSI_ADDRESS		4
#define MSI_ENABLE		0x0001
#define MSI_MULTIPLE		0x0070
#define MSI_64BIT		0x0080
#define MSI_MASKABLE		0x0100
#define STATUS_HAS_CAPABILITIES 0x0010

static struct pci_window windows[WINDOWS_MAX];
static unsigned window_count;

static void add_window(uint64_t ecam, uint16_t segment, uint8_t first_bus, uint8_t last_bus,
		       print_sink *report)
{
	const uint64_t bytes = (last_bus - first_bus + 1ull) * BUS_BYTES;

	if (window_count < WINDOWS_MAX && last_bus >= first_bus &&
	    (!ecam || (ecam % ECAM_BYTES == 0 && ecam < UINT64_MAX - 256 * BUS_BYTES &&
		       paging_map_mmio(ecam + first_bus * BUS_BYTES, bytes)))) {
		windows[window_count++] = (struct pci_window){ ecam, segment, first_bus, last_bus };
		return;
	}
	print_report(report,
		     "MCFG: the window at %llx for segment %u, buses %u to %u cannot be used",
		     (unsigned long long)ecam, segment, first_bus, last_bus);
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

void pci_windows_find(print_sink *report)
{
	unsigned i;
	bool has_segment0 = false;

	window_count = 0;
	read_mcfg(report);
	for (i = 0; i < window_count; i++) {
		if (!window_answers(&windows[i])) {
			windows[i].ecam = 0;
			if (report)
				report("MCFG: nothing answers in the window of segment 0; using "
				       "ports CF8/CFC");
		}
		has_segment0 = has_segment0 || !windows[i].segment;
	}
	if (!has_segment0)
		add_window(0, 0, 0, 255, report);
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
		    device->bus <= w->last_bus && offset < ECAM_BYTES)
			return (volatile void *)(uintptr_t)(w->ecam + device->bus * BUS_BYTES +
							    device->devfn * ECAM_BYTES + offset);
	}
	return NULL;
}

/* Selects the register behind PORT_DATA; false if ports do not lead there. */
static bool port_select(const struct pci_device *device, unsigned offset)
{
	if (device->segment || offset >= CONFIG_BYTES)
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

void pci_write8(const struct pci_device *device, unsigned offset, uint8_t value)
{
	volatile void *at = ecam_pointer(device, offset);

	if (at)
		mmio_write8(at, value);
	else if (port_select(device, offset))
		cpu_out8((uint16_t)(PORT_DATA + (offset & 3)), value);
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

/* Which address bits of a BAR can be set: writes ones, reads back, restores. */
static uint32_t bar_probe(const struct pci_device *device, unsigned offset, uint32_t *value)
{
	uint32_t mask;

	*value = pci_read32(device, offset);
	pci_write32(device, offset, ~0u);
	mask = pci_read32(device, offset);
	pci_write32(device, offset, *value);
	return mask;
}

static unsigned bar_slots(const struct pci_device *device)
{
	return device->header_type == PCI_HEADER_DEVICE	  ? PCI_BARS
	       : device->header_type == PCI_HEADER_BRIDGE ? 2
							  : 0;
}

struct pci_bar pci_bar_read(const struct pci_device *device, unsigned number)
{
	const unsigned offset = PCI_BAR0 + 4 * number;
	const uint16_t command = pci_read16(device, PCI_COMMAND);
	struct pci_bar bar = { 0 };
	uint32_t low, high = 0, low_mask, high_mask = ~0u;
	uint64_t mask;

	if (number >= bar_slots(device))
		return bar;
	pci_write16(device, PCI_COMMAND, command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY) & 0xffff);
	low_mask = bar_probe(device, offset, &low);
	bar.is_memory = !(low_mask & BAR_IO);
	bar.is_64bit = bar.is_memory && (low_mask & BAR_TYPE) == BAR_TYPE_64 &&
		       number + 1 < bar_slots(device);
	bar.is_prefetchable = bar.is_memory && (low_mask & BAR_PREFETCHABLE);
	if (bar.is_64bit)
		high_mask = bar_probe(device, offset + 4, &high);
	pci_write16(device, PCI_COMMAND, command);
	if (!low_mask)
		return (struct pci_bar){ 0 };
	mask = (uint64_t)high_mask << 32 | (low_mask & (bar.is_memory ? ~0xfu : 0xfffffffcu));
	if (!bar.is_memory)
		mask |= 0xffff0000u; /* I/O addresses may have 16 bits only */
	bar.base = ((uint64_t)high << 32 | low) & mask;
	bar.bytes = ~mask + 1;
	if (!bar.is_memory)
		bar.base &= 0xffff;
	return bar;
}

volatile void *pci_bar_map(const struct pci_device *device, unsigned number, uint64_t *bytes)
{
	const struct pci_bar bar = pci_bar_read(device, number);

	if (!bar.bytes || !bar.is_memory || !bar.base || !paging_map_mmio(bar.base, bar.bytes))
		return NULL;
	pci_write16(device, PCI_COMMAND, pci_read16(device, PCI_COMMAND) | PCI_COMMAND_MEMORY);
	if (bytes)
		*bytes = bar.bytes;
	return (volatile void *)(uintptr_t)bar.base;
}

unsigned pci_find_capability(const struct pci_device *device, uint8_t id)
{
	unsigned left = (CONFIG_BYTES - 0x40) / 4; /* a damaged list may run in a circle */
	unsigned at;

	if (!(pci_read16(device, PCI_STATUS) & STATUS_HAS_CAPABILITIES))
		return 0;
	at = pci_read8(device, PCI_CAPABILITIES) & 0xfcu;
	for (; at >= 0x40 && left; left--) {
		const uint16_t head = pci_read16(device, at);

		if ((head & 0xff) == id)
			return at;
		at = head >> 8 & 0xfcu;
	}
	return 0;
}

unsigned pci_find_extended_capability(const struct pci_device *device, uint16_t id)
{
	unsigned left = (ECAM_BYTES - CONFIG_BYTES) / 4;
	unsigned at = CONFIG_BYTES;

	for (; at >= CONFIG_BYTES && left; left--) {
		const uint32_t head = pci_read32(device, at);

		if (head == ~0u || !head)
			return 0;
		if ((head & 0xffff) == id)
			return at;
		at = head >> 20 & 0xffcu;
	}
	return 0;
}

bool pci_is_bus_master(const struct pci_device *device)
{
	return pci_read16(device, PCI_COMMAND) & PCI_COMMAND_BUS_MASTER;
}

static void set_bus_master(const struct pci_device *device, bool on)
{
	unsigned command = pci_read16(device, PCI_COMMAND) & ~(unsigned)PCI_COMMAND_BUS_MASTER;

	if (on)
		command |= PCI_COMMAND_BUS_MASTER;
	pci_write16(device, PCI_COMMAND, (uint16_t)command);
}

void pci_set_bus_master(const struct pci_device *device, bool on)
{
	unsigned steps;

	set_bus_master(device, on);
	for (steps = 0; on && steps < 256 && device->parent != PCI_NO_PARENT; steps++) {
		device = pci_get((unsigned)device->parent);
		set_bus_master(device, true);
	}
}

bool pci_msi_enable(const struct pci_device *device, uint64_t address, uint32_t data)
{
	const unsigned cap = pci_find_capability(device, PCI_CAP_MSI);
	unsigned control, data_at;

	if (!cap)
		return false;
	control = pci_read16(device, cap + MSI_CONTROL) & ~(unsigned)(MSI_ENABLE | MSI_MULTIPLE);
	if (!(control & MSI_64BIT) && address >> 32)
		return false;
	data_at = cap + (control & MSI_64BIT ? 12 : 8);
	pci_write16(device, cap + MSI_CONTROL, (uint16_t)control);
	pci_write32(device, cap + MSI_ADDRESS, (uint32_t)address);
	if (control & MSI_64BIT)
		pci_write32(device, cap + MSI_ADDRESS + 4, (uint32_t)(address >> 32));
	pci_write16(device, data_at, (uint16_t)data);
	if (control & MSI_MASKABLE)
		pci_write32(device, data_at + 4, pci_read32(device, data_at + 4) & ~1u);
	pci_write16(device, cap + MSI_CONTROL, (uint16_t)(control | MSI_ENABLE));
	return true;
}

void pci_msi_disable(const struct pci_device *device)
{
	const unsigned cap = pci_find_capability(device, PCI_CAP_MSI);

	if (cap)
		pci_write16(device, cap + MSI_CONTROL,
			    pci_read16(device, cap + MSI_CONTROL) & ~MSI_ENABLE & 0xffff);
}
