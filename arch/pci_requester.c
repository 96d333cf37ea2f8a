/* SPDX-License-Identifier: MIT */
#include "arch/pci.h"

/* PCI Express Capabilities Register: device or port type in bits 7:4. */
#define EXPRESS_FLAGS	 0x02
#define TYPE_OF(flags)	 ((flags) >> 4 & 0xfu)
#define TYPE_PCIE_TO_PCI 7u

static uint16_t own_id(const struct pci_device *device)
{
	return (uint16_t)(device->bus << 8 | device->devfn);
}

/* What a bridge makes of the requester id of a request from below. */
static uint16_t id_above(const struct pci_device *bridge, uint16_t id)
{
	unsigned int express = pci_find_capability(bridge, PCI_CAP_EXPRESS);

	if (!express)
		return own_id(bridge);
	if (TYPE_OF(pci_read16(bridge, express + EXPRESS_FLAGS)) == TYPE_PCIE_TO_PCI)
		return (uint16_t)(bridge->secondary << 8);
	return id;
}

uint16_t pci_requester_id(const struct pci_device *device)
{
	uint16_t id = own_id(device);

	while (device->parent != PCI_NO_PARENT) {
		device = pci_get((unsigned int)device->parent);
		if (device->header_type == 1)
			id = id_above(device, id);
	}
	return id;
}
