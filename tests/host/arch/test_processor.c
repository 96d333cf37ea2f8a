/* SPDX-License-Identifier: MIT */
/*
 * Who else is there, by ACPI's list: of both kinds of entries, not those that are not enabled, nor this processor, nor
 * what lies beyond the end of the table.
 */
#include <string.h>

#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/processor.h"
#include "tests/host/check.h"

enum { OWN_ID = 2, ENTRIES_AT = 44, TABLE_BYTES_MAX = 200 };

static uint8_t madt[TABLE_BYTES_MAX];
static uint32_t used;
static bool has_madt, x2apic;

/* ---- around it ---- */

const struct acpi_header *acpi_find(const char signature[4], unsigned index)
{
	return has_madt && !index && !memcmp(signature, "APIC", 4) ? (const void *)madt : NULL;
}

bool apic_is_present(void)
{
	return true;
}

bool apic_is_x2apic(void)
{
	return x2apic;
}

bool apic_was_x2apic(void)
{
	return x2apic;
}

uint32_t apic_id(void)
{
	return OWN_ID;
}

unsigned cpu_paging_levels(void)
{
	return 5;
}

unsigned cpu_physical_bits(void)
{
	return 46;
}

static void set_length(uint32_t bytes)
{
	memcpy(madt + 4, &bytes, sizeof(bytes));
}

static uint8_t *add(uint8_t type, uint8_t bytes)
{
	uint8_t *entry = madt + used;

	entry[0] = type;
	entry[1] = bytes;
	used += bytes;
	set_length(used);
	return entry;
}

static void add_local(uint8_t id, uint8_t flags)
{
	uint8_t *entry = add(0, 8);

	entry[3] = id;
	entry[4] = flags;
}

static void add_wide(uint32_t id, uint8_t flags)
{
	uint8_t *entry = add(9, 16);

	memcpy(entry + 4, &id, sizeof(id));
	entry[8] = flags;
}

static int set_up(void **state)
{
	(void)state;
	memset(madt, 0, sizeof(madt));
	used = ENTRIES_AT;
	set_length(used);
	has_madt = true;
	x2apic = false;
	return 0;
}

/* ---- the cases ---- */

static void one_alone(void **state)
{
	(void)state;
	add_local(OWN_ID, 1);
	assert_string_equal(processor_text(), "xAPIC id 2, 5 levels of paging, 46 bits of address");
	assert_false(processor_is_other(OWN_ID));
	has_madt = false;
	assert_string_equal(processor_text(), "xAPIC id 2, 5 levels of paging, 46 bits of address");
	assert_false(processor_is_other(0));
}

static void others(void **state)
{
	(void)state;
	x2apic = true;
	add_wide(0x11f, 1);
	add_local(0, 1);
	add(1, 12)[3] = 7; /* an I/O APIC */
	add_local(OWN_ID, 1);
	add_local(3, 0); /* not enabled */
	add_local(4, 2); /* nor this: it could be */
	add_wide(0x120, 0);
	assert_string_equal(processor_text(),
			    "x2APIC, found on, with id 2, 5 levels of paging, 46 bits of "
			    "address; 2 others, with ids up to 287, left alone");
	assert_true(processor_is_other(0));
	assert_true(processor_is_other(0x11f));
	assert_false(processor_is_other(OWN_ID));
	assert_false(processor_is_other(3));
	assert_false(processor_is_other(4));
	assert_false(processor_is_other(7));
	assert_false(processor_is_other(0x120));
	assert_false(processor_is_other(0x1f)); /* of 287 the lower bits */
}

static void broken_entries(void **state)
{
	(void)state;
	add_local(5, 1);
	add_local(6, 1);
	assert_true(processor_is_other(6));
	set_length(used - 1); /* its last byte is beyond the end */
	assert_true(processor_is_other(5));
	assert_false(processor_is_other(6));
	set_length(used);
	madt[ENTRIES_AT + 1] = 0; /* a length that leads nowhere */
	assert_false(processor_is_other(6));
	madt[ENTRIES_AT + 1] = 7; /* too short for its kind; what follows is no entry */
	assert_false(processor_is_other(5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_alone, set_up),
		cmocka_unit_test_setup(others, set_up),
		cmocka_unit_test_setup(broken_entries, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
