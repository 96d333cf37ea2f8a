/* SPDX-License-Identifier: MIT */
/* arch/acpi.c on tables built here, sound and broken in every way, in a memory of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/acpi.h"
#include "arch/console.h"
#include "arch/paging.h"

#define MEMORY_BYTES 0x4000u
#define RSDP	     0x40u /* where things lie in that memory */
#define RSDT	     0x100u
#define XSDT	     0x200u
#define FACP	     0x400u
#define SSDT	     0x800u
#define HEADER	     36u
#define LOW_BYTES    0x100000u
#define EBDA	     0x9fc00u

static uint8_t *memory; /* exactly MEMORY_BYTES, so that the sanitizer sees every step outside */
static uint8_t *low;
static char complaints[4096];

void console_write(const char *text, size_t bytes)
{
	(void)text;
	(void)bytes;
}

const void *paging_map_firmware(uint64_t phys, uint64_t bytes)
{
	if (phys >= MEMORY_BYTES || bytes > MEMORY_BYTES - phys)
		return NULL;
	return memory + phys;
}

/* The first megabyte lies elsewhere, so that nothing is found there by chance. */
const void *paging_map_legacy(uint64_t phys, uint64_t bytes)
{
	if (phys >= LOW_BYTES || bytes > LOW_BYTES - phys)
		return NULL;
	return low + phys;
}

static void complain(const char *message)
{
	strcat(complaints, message);
	strcat(complaints, "\n");
}

static void put(unsigned at, uint64_t value, unsigned bytes)
{
	memcpy(memory + at, &value, bytes);
}

static void fix_sum(unsigned at, unsigned bytes, unsigned sum_at)
{
	uint8_t sum = 0;
	unsigned i;

	memory[at + sum_at] = 0;
	for (i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + memory[at + i]);
	memory[at + sum_at] = (uint8_t)-sum;
}

static void make_table(unsigned at, const char *signature, unsigned bytes)
{
	memcpy(memory + at, signature, 4);
	put(at + 4, bytes, 4);
	fix_sum(at, bytes, 9);
}

/* A root pointer of the given revision, lists with one FACP and two SSDTs. */
static void make_all(unsigned revision)
{
	static const unsigned entries[] = { FACP, SSDT, SSDT + 0x100 };
	unsigned i;

	memset(memory, 0, MEMORY_BYTES);
	complaints[0] = '\0';
	make_table(FACP, "FACP", 244);
	make_table(SSDT, "SSDT", 40);
	make_table(SSDT + 0x100, "SSDT", 50);
	for (i = 0; i < 3; i++) {
		put(RSDT + HEADER + 4 * i, entries[i], 4);
		put(XSDT + HEADER + 8 * i, entries[i], 8);
	}
	make_table(RSDT, "RSDT", HEADER + 12);
	make_table(XSDT, "XSDT", HEADER + 24);
	memcpy(memory + RSDP, "RSD PTR ", 8);
	memory[RSDP + 15] = (uint8_t)revision;
	put(RSDP + 16, RSDT, 4);
	fix_sum(RSDP, 20, 8);
	if (revision >= 2) {
		put(RSDP + 20, 36, 4);
		put(RSDP + 24, XSDT, 8);
		fix_sum(RSDP, 36, 32);
	}
}

static bool init(void)
{
	return acpi_init(RSDP, complain);
}

static void expect_complaint(const char *part)
{
	if (!strstr(complaints, part))
		fail_msg("no '%s' in: %s", part, complaints);
}

static void expect_all_tables(void)
{
	assert_int_equal(acpi_count(), 3);
	assert_ptr_equal(acpi_find("FACP", 0), memory + FACP);
	assert_ptr_equal(acpi_find("SSDT", 0), memory + SSDT);
	assert_ptr_equal(acpi_find("SSDT", 1), memory + SSDT + 0x100);
	assert_null(acpi_find("SSDT", 2));
	assert_null(acpi_find("DMAR", 0));
	assert_true(acpi_has_good_checksum(acpi_find("FACP", 0)));
}

static void test_sound(void **state)
{
	unsigned revision;

	(void)state;
	for (revision = 0; revision <= 2; revision += 2) {
		make_all(revision);
		assert_true(init());
		expect_all_tables();
		assert_string_equal(complaints, "");
		assert_true(acpi_init(RSDP, NULL));
	}
}

static void test_no_root(void **state)
{
	(void)state;
	make_all(2);
	assert_false(acpi_init(0, complain));
	expect_complaint("no ACPI root pointer");
	assert_false(acpi_init(MEMORY_BYTES - 8, complain));
	expect_complaint("RSDP at 3ff8: no memory there");
	memory[RSDP] = 'X';
	assert_false(init());
	expect_complaint("RSDP at 40: wrong signature");
	assert_int_equal(acpi_count(), 0);
}

/* The root pointer that make_all() built, at `address` of the first megabyte and nowhere else. */
static void hide_root(unsigned address)
{
	memset(low, 0, LOW_BYTES);
	low[0x40e] = EBDA >> 4 & 0xff;
	low[0x40f] = EBDA >> 12;
	memcpy(low + address, memory + RSDP, 36);
	memset(memory + RSDP, 0, 36);
}

static void test_searched_root(void **state)
{
	static const unsigned there[] = { EBDA, EBDA + 0x3e0, 0xe0000, 0xf5a30, 0xfffd0 };
	static const unsigned not_there[] = { EBDA - 16, EBDA + 0x400, 0xdfff0, 0xf5a38 };
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		make_all(i % 2 ? 2 : 0);
		hide_root(there[i]);
		assert_true(acpi_init(0, complain));
		assert_string_equal(complaints, "");
		expect_all_tables();
	}
	for (i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++) {
		make_all(2);
		hide_root(not_there[i]);
		assert_false(acpi_init(0, complain));
		expect_complaint("--boot iso");
	}
	make_all(2);
	hide_root(0xf0000);
	low[0xf0000 + 8]++; /* a wrong checksum is none: the search goes on */
	memcpy(low + 0xf8000, low + 0xf0000, 36);
	low[0xf8000 + 8]--;
	assert_true(acpi_init(0, complain));
	memset(low, 0, LOW_BYTES);
	memset(low + 0x40e, 0xff, 2); /* an EBDA beyond low memory is not looked at */
	assert_false(acpi_init(0, complain));
}

static void test_root_checksums(void **state)
{
	(void)state;
	make_all(0);
	memory[RSDP + 8]++;
	assert_false(init());
	expect_complaint("RSDP at 40: wrong checksum");
	make_all(2);
	memory[RSDP + 32]++;
	assert_true(init()); /* the first part holds: the RSDT serves */
	expect_complaint("wrong extended checksum");
	expect_all_tables();
	make_all(2);
	put(RSDP + 20, 20, 4);
	assert_true(init());
	expect_complaint("length does not fit");
	make_all(2);
	put(RSDP + 20, 0xffffffff, 4);
	assert_true(init());
	expect_complaint("length does not fit");
}

static void test_broken_list(void **state)
{
	(void)state;
	make_all(2);
	memory[XSDT + 20]++;
	assert_true(init());
	expect_complaint("table XSDT at 200: wrong checksum");
	expect_all_tables();
	make_all(2);
	put(XSDT + 4, 35, 4);
	assert_true(init());
	expect_complaint("table XSDT at 200: length 35 is less than its header's 36");
	make_all(2);
	put(XSDT + 4, 0xfffffff0, 4);
	assert_true(init());
	expect_complaint("table XSDT at 200: length 4294967280 reaches outside");
	make_all(2);
	memcpy(memory + XSDT, "DSDT", 4);
	fix_sum(XSDT, HEADER + 24, 9);
	assert_true(init());
	expect_complaint("XSDT at 200: the signature there is 'DSDT'");
	make_all(0);
	put(RSDT + 4, 0, 4);
	assert_false(init());
	expect_complaint("table RSDT at 100: length 0");
	make_all(0);
	put(RSDP + 16, 0, 4);
	fix_sum(RSDP, 20, 8);
	assert_false(init());
	expect_complaint("the RSDT address in the RSDP is 0");
}

static void test_broken_entries(void **state)
{
	(void)state;
	make_all(2);
	put(XSDT + HEADER, 0, 8);
	put(XSDT + HEADER + 8, 0x123456789000, 8);
	make_table(XSDT, "XSDT", HEADER + 24);
	assert_true(init());
	expect_complaint("entry 0 of the XSDT is 0");
	expect_complaint("entry 1 of the XSDT is 123456789000: no memory");
	assert_int_equal(acpi_count(), 1);
	make_all(2);
	put(SSDT + 4, 8, 4);
	assert_true(init());
	expect_complaint("table SSDT at 800: length 8 is less");
	assert_int_equal(acpi_count(), 2);
	make_all(0);
	make_table(RSDT, "RSDT", HEADER + 11);
	assert_true(init());
	expect_complaint("no whole number of entries");
	assert_int_equal(acpi_count(), 2);
}

static void test_bad_table_checksum(void **state)
{
	(void)state;
	make_all(2);
	memory[SSDT + 38]++;
	assert_true(init());
	expect_complaint("table SSDT at 800: wrong checksum over its 40 bytes");
	assert_int_equal(acpi_count(), 3);
	assert_false(acpi_has_good_checksum(acpi_find("SSDT", 0)));
	assert_true(acpi_has_good_checksum(acpi_find("SSDT", 1)));
}

static void test_too_many(void **state)
{
	unsigned i;

	(void)state;
	make_all(2);
	for (i = 0; i < ACPI_TABLES_MAX; i++)
		put(0xa00 + HEADER + 8 * i, FACP, 8);
	make_table(0xa00, "XSDT", HEADER + 8 * ACPI_TABLES_MAX);
	put(RSDP + 24, 0xa00, 8);
	fix_sum(RSDP, 36, 32);
	assert_true(init());
	assert_string_equal(complaints, "");
	assert_int_equal(acpi_count(), ACPI_TABLES_MAX);
	for (i = 0; i < ACPI_TABLES_MAX + 5; i++)
		put(0xa00 + HEADER + 8 * i, FACP, 8);
	make_table(0xa00, "XSDT", HEADER + 8 * (ACPI_TABLES_MAX + 5));
	put(RSDP + 24, 0xa00, 8);
	fix_sum(RSDP, 36, 32);
	assert_true(init());
	expect_complaint("5 tables more than the 1024 there is room for");
	assert_int_equal(acpi_count(), ACPI_TABLES_MAX);
}

static void test_pm_timer(void **state)
{
	(void)state;
	make_all(2);
	assert_true(init());
	assert_int_equal(acpi_pm_timer_port(), 0);
	memory[FACP + 91] = 4;
	put(FACP + 76, 0x608, 4);
	assert_int_equal(acpi_pm_timer_port(), 0x608);
	memory[FACP + 208] = 1;
	put(FACP + 212, 0x708, 8);
	assert_int_equal(acpi_pm_timer_port(), 0x708);
	put(FACP + 212, 0x12345678, 8);
	assert_int_equal(acpi_pm_timer_port(), 0);
}

/* Any damage at all: no crash, no read outside (the sanitizer watches), no table out of bounds. */
static void test_random_damage(void **state)
{
	unsigned i, j;

	(void)state;
	for (i = 0; i < 20000; i++) {
		make_all(i % 2 ? 2 : 0);
		for (j = 0; j < 1 + i % 4; j++)
			memory[(unsigned)rand() % 0x500] = (uint8_t)rand();
		if (i % 3 == 0) {
			fix_sum(RSDP, 20, 8);
			fix_sum(RSDP, 36, 32);
		}
		init();
		for (j = 0; j < acpi_count(); j++)
			assert_true((const uint8_t *)acpi_get(j) + acpi_get(j)->length <=
				    memory + MEMORY_BYTES);
	}
}

static int make_memory(void **state)
{
	(void)state;
	memory = malloc(MEMORY_BYTES);
	low = calloc(1, LOW_BYTES);
	return !memory || !low;
}

static int drop_memory(void **state)
{
	(void)state;
	free(memory);
	free(low);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_no_root),
		cmocka_unit_test(test_searched_root),
		cmocka_unit_test(test_root_checksums),
		cmocka_unit_test(test_broken_list),
		cmocka_unit_test(test_broken_entries),
		cmocka_unit_test(test_bad_table_checksum),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_pm_timer),
		cmocka_unit_test(test_random_damage),
	};

	return cmocka_run_group_tests_name("acpi", tests, make_memory, drop_memory);
}
