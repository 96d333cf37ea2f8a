/* SPDX-License-Identifier: MIT */
#include "tests/host/scenes/served_pci.h"

#include <stdlib.h>
#include <string.h>

#include "arch/bits.h"
#include "arch/console.h"
#include "arch/page.h"
#include "arch/panic.h"
#include "arch/pci.h"

struct served_pci served_pci;

void console_write(const char *text, size_t bytes)
{
	char *said = served_pci.said;

	strncat(said, text, bytes < sizeof(served_pci.said) - strlen(said) - 1 ? bytes : 0);
}

_Noreturn void panic(const char *format, ...)
{
	(void)format;
	abort();
}

_Noreturn void field_overflow(unsigned int hi, unsigned int lo, uint64_t value)
{
	(void)hi, (void)lo, (void)value;
	abort();
}

unsigned pci_count(void)
{
	return 2;
}

/* The first one is a display. */
const struct pci_device *pci_get(unsigned index)
{
	static struct pci_device devices[] = { { .class_code = 0x030000 }, { .devfn = 8 } };

	devices[1].class_code = served_pci.class_code;
	return &devices[index];
}

volatile void *pci_bar_map(const struct pci_device *device, unsigned number, uint64_t *bytes)
{
	(void)device, (void)number;
	*bytes = served_pci.bar_bytes;
	return served_pci.bar;
}

void pci_set_bus_master(const struct pci_device *device, bool on)
{
	(void)device;
	served_pci.is_bus_master = on;
}

uint16_t pci_requester_id(const struct pci_device *device)
{
	return device->devfn;
}

const char *pci_name(const struct pci_device *device)
{
	(void)device;
	return "0000:00:01.0";
}

void *page_alloc_contiguous(size_t pages, size_t align_pages)
{
	void *first = aligned_alloc(4096 * align_pages, 4096 * pages);

	memset(first, 0, 4096 * pages);
	return first;
}

void page_free_contiguous(void *first, size_t pages)
{
	(void)pages;
	free(first);
}
