/* SPDX-License-Identifier: MIT */
/* PCI functions on all segments and buses, their configuration space, BARs and MSI. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/address_map.h"
#include "arch/print.h"

#define PCI_DEVICES_MAX 512
#define PCI_BARS	6
#define PCI_NO_PARENT	(-1)

/* Offsets into configuration space. */
enum {
	PCI_VENDOR_ID = 0x00,
	PCI_DEVICE_ID = 0x02,
	PCI_COMMAND = 0x04,
	PCI_STATUS = 0x06,
	PCI_CLASS_REVISION = 0x08,
	PCI_HEADER_TYPE = 0x0e,
	PCI_BAR0 = 0x10,
	PCI_PRIMARY_BUS = 0x18,
	PCI_SECONDARY_BUS = 0x19,
	PCI_SUBORDINATE_BUS = 0x1a,
	PCI_CAPABILITIES = 0x34,
};

enum { PCI_HEADER_DEVICE = 0, PCI_HEADER_BRIDGE = 1 };

enum {
	PCI_COMMAND_IO = 1 << 0,
	PCI_COMMAND_MEMORY = 1 << 1,
	PCI_COMMAND_BUS_MASTER = 1 << 2,
	PCI_COMMAND_INTX_OFF = 1 << 10,
};

enum { PCI_CAP_MSI = 0x05, PCI_CAP_EXPRESS = 0x10, PCI_CAP_MSIX = 0x11 };

struct pci_device {
	uint16_t segment;
	uint8_t bus;
	uint8_t devfn;
	uint16_t vendor;
	uint16_t device;
	uint32_t class_code; /* base class, subclass, interface: 24 bits */
	uint8_t header_type; /* without the multi-function bit: 0 device, 1 bridge, 2 CardBus */
	uint8_t secondary;   /* buses behind a bridge, first and last; 0 on devices and on */
	uint8_t subordinate; /* bridges that the firmware left without bus numbers */
	bool was_bus_master; /* bus mastering was on when we came */
	int parent;	     /* index of the bridge above, PCI_NO_PARENT on a root bus */
};

struct pci_bar {
	uint64_t base;
	uint64_t bytes; /* 0: no such BAR */
	bool is_memory;
	bool is_64bit;
	bool is_prefetchable;
};

/*
 * Finds all functions: through the windows of pci_windows_read(). Every bus is asked, so root buses
 * that no bridge leads to are found too. A bus in whose part of a window something certain of the map
 * `avoid` (may be NULL) lies is not read there: firmware is wrong about one of them.
 * Changes nothing. `report` hears of devices without bus numbers or BARs; it may be NULL. May be called again.
 */
void pci_enumerate(const struct address_map *avoid, print_sink *report);

unsigned pci_count(void);
const struct pci_device *pci_get(unsigned index);

/* Number `nth` (from 0) with these ids, or NULL. */
const struct pci_device *pci_find(uint16_t vendor, uint16_t device, unsigned nth);
const struct pci_device *pci_at(uint16_t segment, uint8_t bus, uint8_t devfn);

/*
 * The function that an ACPI device scope means: start bus, then (device, function) pairs, each but
 * the last naming a bridge to the next bus. NULL if a step names nothing or not a bridge.
 */
const struct pci_device *pci_find_path(uint16_t segment, uint8_t start_bus, const uint8_t *path,
				       unsigned pairs);

/*
 * The requester id (bus 15:8, devfn 7:0) under which requests of `device` reach the root complex: a
 * bridge to conventional PCI puts its own in, or that of its secondary bus if it is a PCI Express
 * one.
 */
uint16_t pci_requester_id(const struct pci_device *device);

/* "0000:00:04.0", in one of a few rotating buffers. */
const char *pci_name(const struct pci_device *device);

/* Configuration space. Offsets past 255 read all ones where there is no ECAM. */
uint8_t pci_read8(const struct pci_device *device, unsigned offset);
uint16_t pci_read16(const struct pci_device *device, unsigned offset);
uint32_t pci_read32(const struct pci_device *device, unsigned offset);
void pci_write16(const struct pci_device *device, unsigned offset, uint16_t value);
void pci_write32(const struct pci_device *device, unsigned offset, uint32_t value);

/*
 * The address in a memory BAR, read without asking for its size. False if the BAR is none of memory, the
 * upper half of one, or holds no address.
 */
bool pci_bar_base(const struct pci_device *device, unsigned number, uint64_t *base);

/* Base and size; decoding is off for a moment while the size is asked for. */
struct pci_bar pci_bar_read(const struct pci_device *device, unsigned number);

/* Memory BAR, mapped, decoding on: its address, or NULL if absent, unassigned or not mappable. */
volatile void *pci_bar_map(const struct pci_device *device, unsigned number, uint64_t *bytes);

/* Offset of a capability, 0 if it has none. */
unsigned pci_find_capability(const struct pci_device *device, uint8_t id);

bool pci_is_bus_master(const struct pci_device *device);
void pci_set_own_bus_master(const struct pci_device *device, bool on);

/* Turning it on includes the bridges above, which drop requests from below without it. */
void pci_set_bus_master(const struct pci_device *device, bool on);

/* One MSI message; false without MSI capability, or if it cannot hold a 64-bit address. */
bool pci_msi_enable(const struct pci_device *device, uint64_t address, uint32_t data);
