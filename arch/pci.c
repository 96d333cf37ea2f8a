/* SPDX-License-Identifier: MIT */
/*
 * Which functions there are, and how they hang together. Their configuration space is pci_config.c's,
 * what each function has is pci_function.c's.
 */
#include "arch/pci.h"

#include <stddef.h>

#include "arch/pci_config.h"
#include "arch/print.h"

#define HEADER_MULTI_FUNCTION 0x80
#define NO_VENDOR	      0xffff

static struct pci_device devices[PCI_DEVICES_MAX];
static unsigned count, lost_count;
static print_sink *sink;

static void scan_function(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	struct pci_device device = { .segment = segment, .bus = bus, .devfn = devfn };

	if (count == PCI_DEVICES_MAX) {
		lost_count++;
		return;
	}
	device.vendor = pci_read16(&device, PCI_VENDOR_ID);
	device.device = pci_read16(&device, PCI_DEVICE_ID);
	device.class_code = pci_read32(&device, PCI_CLASS_REVISION) >> 8;
	device.header_type = pci_read8(&device, PCI_HEADER_TYPE) & ~HEADER_MULTI_FUNCTION & 0xff;
	device.was_bus_master = pci_is_bus_master(&device);
	device.parent = PCI_NO_PARENT;
	if (device.header_type == PCI_HEADER_BRIDGE) {
		device.secondary = pci_read8(&device, PCI_SECONDARY_BUS);
		device.subordinate = pci_read8(&device, PCI_SUBORDINATE_BUS);
	}
	devices[count++] = device;
}

static bool is_there(const struct pci_device *at)
{
	return pci_read16(at, PCI_VENDOR_ID) != NO_VENDOR;
}

static void scan_slot(uint16_t segment, uint8_t bus, uint8_t slot)
{
	struct pci_device at = { .segment = segment, .bus = bus, .devfn = (uint8_t)(slot << 3) };
	unsigned function;

	if (!is_there(&at))
		return;
	scan_function(segment, bus, at.devfn);
	if (!(pci_read8(&at, PCI_HEADER_TYPE) & HEADER_MULTI_FUNCTION))
		return;
	for (function = 1; function < 8; function++) {
		at.devfn = (uint8_t)((unsigned)slot << 3 | function);
		if (is_there(&at))
			scan_function(segment, bus, at.devfn);
	}
}

static void scan_buses(uint16_t segment, uint8_t first, uint8_t last)
{
	unsigned bus;
	uint8_t slot;

	for (bus = first; bus <= last; bus++) {
		for (slot = 0; slot < 32; slot++)
			scan_slot(segment, (uint8_t)bus, slot);
	}
}

static int find_parent(const struct pci_device *device)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		const struct pci_device *bridge = &devices[i];

		if (bridge->header_type == PCI_HEADER_BRIDGE && bridge->secondary &&
		    bridge->secondary == device->bus && bridge->segment == device->segment &&
		    bridge != device)
			return (int)i;
	}
	return PCI_NO_PARENT;
}

/* Asks for sizes only where nothing is decoded, so that nothing can notice. */
static void check_bars(const struct pci_device *device)
{
	unsigned i;

	if (device->header_type != PCI_HEADER_DEVICE ||
	    (pci_read16(device, PCI_COMMAND) & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)))
		return;
	for (i = 0; i < PCI_BARS; i++) {
		const struct pci_bar bar = pci_bar_read(device, i);

		if (bar.bytes && !bar.base)
			print_report(sink, "%s: the firmware gave BAR %u (%llu bytes) no address",
				     pci_name(device), i, (unsigned long long)bar.bytes);
		if (bar.is_64bit)
			i++;
	}
}

static void check_devices(void)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		const struct pci_device *device = &devices[i];

		if (device->header_type == PCI_HEADER_BRIDGE && !device->secondary)
			print_report(
				sink,
				"%s: the firmware gave this bridge no bus numbers; what is behind "
				"it cannot be reached",
				pci_name(device));
		check_bars(device);
	}
	if (!count)
		print_report(sink, "no PCI function found");
	if (lost_count)
		print_report(sink, "%u PCI functions more than the %u there is room for: left out",
			     lost_count, PCI_DEVICES_MAX);
}

void pci_enumerate(const struct address_map *avoid, print_sink *report)
{
	unsigned i;

	sink = report;
	count = 0;
	lost_count = 0;
	pci_windows_check(avoid, report);
	for (i = 0; i < pci_window_count(); i++) {
		const struct pci_window *window = pci_window_get(i);

		scan_buses(window->segment, window->first_bus, window->last_bus);
	}
	for (i = 0; i < count; i++)
		devices[i].parent = find_parent(&devices[i]);
	check_devices();
}

unsigned pci_count(void)
{
	return count;
}

const struct pci_device *pci_get(unsigned index)
{
	return index < count ? &devices[index] : NULL;
}

const struct pci_device *pci_find(uint16_t vendor, uint16_t device, unsigned nth)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		if (devices[i].vendor == vendor && devices[i].device == device && !nth--)
			return &devices[i];
	}
	return NULL;
}

const struct pci_device *pci_at(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		if (devices[i].segment == segment && devices[i].bus == bus &&
		    devices[i].devfn == devfn)
			return &devices[i];
	}
	return NULL;
}

const struct pci_device *pci_find_path(uint16_t segment, uint8_t start_bus, const uint8_t *path,
				       unsigned pairs)
{
	const struct pci_device *device = NULL;
	uint8_t bus = start_bus;
	unsigned i;

	for (i = 0; i < pairs; i++) {
		if (path[2 * i] > 31 || path[2 * i + 1] > 7)
			return NULL;
		if (device) {
			if (device->header_type != PCI_HEADER_BRIDGE || !device->secondary)
				return NULL;
			bus = device->secondary;
		}
		device = pci_at(segment, bus, (uint8_t)(path[2 * i] << 3 | path[2 * i + 1]));
		if (!device)
			return NULL;
	}
	return device;
}

void pci_set_bus_master(const struct pci_device *device, bool on)
{
	unsigned steps;

	pci_set_own_bus_master(device, on);
	for (steps = 0; on && steps < 256 && device->parent != PCI_NO_PARENT; steps++) {
		device = pci_get((unsigned)device->parent);
		pci_set_own_bus_master(device, true);
	}
}

const char *pci_name(const struct pci_device *device)
{
	static char names[4][16];
	static unsigned turn;
	char *name = names[turn++ % 4];

	print_to(name, sizeof(names[0]), "%04x:%02x:%02x.%u", device->segment, device->bus,
		 (unsigned)device->devfn >> 3, device->devfn & 7u);
	return name;
}
