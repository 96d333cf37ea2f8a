/* SPDX-License-Identifier: MIT */
/* The parts that every function has: BARs, capabilities, bus mastering, MSI. */
#include <stddef.h>

#include "arch/paging.h"
#include "arch/pci.h"
#include "arch/pci_config.h"

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

static bool is_64bit_memory(uint32_t low)
{
	return !(low & BAR_IO) && (low & BAR_TYPE) == BAR_TYPE_64;
}

/* Is this the upper half of the BAR before it? Pairs are counted from the first one on. */
static bool is_upper_half(const struct pci_device *device, unsigned number)
{
	unsigned at = 0;

	while (at < number)
		at += is_64bit_memory(pci_read32(device, PCI_BAR0 + 4 * at)) ? 2 : 1;
	return at != number;
}

bool pci_bar_base(const struct pci_device *device, unsigned number, uint64_t *base)
{
	const unsigned offset = PCI_BAR0 + 4 * number;
	uint32_t low, high = 0;

	if (number >= bar_slots(device) || is_upper_half(device, number))
		return false;
	low = pci_read32(device, offset);
	if (low & BAR_IO)
		return false;
	if (is_64bit_memory(low) && number + 1 < bar_slots(device))
		high = pci_read32(device, offset + 4);
	*base = (uint64_t)high << 32 | (low & ~0xfu);
	return *base;
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
	unsigned left = (PCI_CONFIG_BYTES - 0x40) / 4; /* a damaged list may run in a circle */
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

bool pci_is_bus_master(const struct pci_device *device)
{
	return pci_read16(device, PCI_COMMAND) & PCI_COMMAND_BUS_MASTER;
}

void pci_set_own_bus_master(const struct pci_device *device, bool on)
{
	unsigned command = pci_read16(device, PCI_COMMAND) & ~(unsigned)PCI_COMMAND_BUS_MASTER;

	if (on)
		command |= PCI_COMMAND_BUS_MASTER;
	pci_write16(device, PCI_COMMAND, (uint16_t)command);
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
