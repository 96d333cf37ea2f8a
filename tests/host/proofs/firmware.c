/* SPDX-License-Identifier: MIT */
/*
 * Whatever bytes MCFG, HPET and SPCR consist of, they are read within their length, and that ends.
 *
 * Arbitrary: the length of the table, from the header's 36 bytes up to 64, and all bytes; whether its checksum
 * is good, whether a UART answers.
 * Assumed: the table has all the bytes that its header says, which acpi.c sees to.
 * Asserted: nothing behind the length is read (CBMC does that, the object ends there); a window of MCFG that
 * is kept has an address, aligned to a function's registers, and buses in order, none of which wraps;
 * a port that SPCR names is one, and room for its registers is asked for where it names memory.
 * Bound: 64 bytes are an entry of MCFG and a part of the next. There is room for one window (proofs.list), so
 * that a second finds none.
 */
#include "arch/machine_map.c" /* for its readers, without all that is no table */

#include <assert.h>

#include "arch/console.h"
#include "arch/framebuffer.h"
#include "arch/paging.h"
#include "arch/serial.h"

enum { BYTES_MAX = 64 };

unsigned int nondet_count(void);

static struct acpi_header *table;

static bool any_bool(void)
{
	return nondet_count() & 1;
}

const struct acpi_header *acpi_find(const char signature[4], unsigned index)
{
	(void)signature;
	return index ? NULL : table;
}

bool acpi_has_good_checksum(const struct acpi_header *header)
{
	assert(header == table);
	return any_bool();
}

void address_map_add(struct address_map *map, uint64_t base, uint64_t bytes, bool is_claim,
		     const char *format, ...)
{
	(void)base;
	(void)is_claim;
	(void)format;
	assert(!map && bytes == PAGE_BYTES);
}

void print_report(print_sink *sink, const char *format, ...)
{
	assert(!sink && format);
}

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	assert(phys && (bytes == 8 || bytes == 32));
	return any_bool();
}

bool serial_init_port(uint16_t port)
{
	assert(port && port <= 0xfff8);
	return any_bool();
}

bool serial_init_mmio(uint64_t base, unsigned stride_bytes)
{
	assert(base && (stride_bytes == 1 || stride_bytes == 4));
	return any_bool();
}

uint16_t serial_pci_find(uint16_t *address)
{
	*address = 0;
	return 0;
}

void framebuffer_init(const struct framebuffer *framebuffer)
{
	assert(framebuffer);
}

void serial_write(const char *text, size_t bytes)
{
	assert(text && bytes == 1);
}

static void windows_are_sound(void)
{
	for (unsigned int i = 0; i < pci_window_count(); i++) {
		const struct pci_window *window = pci_window_get(i);

		assert(window->ecam && window->ecam % PCI_ECAM_BYTES == 0);
		assert(window->first_bus <= window->last_bus);
		assert(window->ecam + (window->last_bus + 1) * BUS_BYTES > window->ecam);
	}
}

int main(void)
{
	static const struct boot_info boot = { .route = "pvh" };
	const uint32_t length = (uint32_t)sizeof(*table) +
				nondet_count() % (BYTES_MAX - (uint32_t)sizeof(*table) + 1);

	table = __CPROVER_allocate(length, 0);
	table->length = length;
	__CPROVER_output("length ", length);
	switch (nondet_count()) {
	case 0:
		pci_windows_read(NULL);
		windows_are_sound();
		break;
	case 1:
		add_tables(NULL, "HPET", 40, "");
		break;
	default:
		console_init(&boot, 0);
		break;
	}
}
