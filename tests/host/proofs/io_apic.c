/* SPDX-License-Identifier: MIT */
/*
 * Whatever bytes the MADT consists of, its I/O APICs are read within its length, and that ends.
 *
 * Arbitrary: the length of the table, from the header's 36 bytes up to 64, all bytes, and which of the
 * I/O APICs is asked for.
 * Assumed: the table has all the bytes that its header says, which acpi.c sees to.
 * Asserted: nothing behind the length is read (CBMC does that, the object ends there).
 * Bound: 64 bytes are an I/O APIC and 4 entries of the least length.
 */
#include "arch/io_apic.h"

#include <assert.h>

#include "arch/acpi.h"

enum { BYTES_MAX = 64 };

unsigned int nondet_count(void);

static struct acpi_header *table;

const struct acpi_header *acpi_find(const char signature[4], unsigned index)
{
	(void)signature;
	return index ? NULL : table;
}

int main(void)
{
	struct io_apic_listing listing;
	const uint32_t length = (uint32_t)sizeof(*table) +
				nondet_count() % (BYTES_MAX - (uint32_t)sizeof(*table) + 1);

	table = __CPROVER_allocate(length, 0);
	table->length = length;
	__CPROVER_output("length ", length);
	(void)io_apic_listed(nondet_count(), &listing);
}
