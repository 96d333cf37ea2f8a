/* SPDX-License-Identifier: MIT */
/*
 * The timer that raises a wire and the I/O APIC that the wire leads to: both are left as they were found, written
 * in an order in which no half-made entry sends anything, and a timer that stands still ends no run.
 */
#include <string.h>

#include "arch/acpi.h"
#include "arch/hpet.h"
#include "arch/io_apic.h"
#include "arch/paging.h"
#include "arch/time.h"
#include "tests/host/bringup/mmio_world.h"
#include "tests/host/check.h"

#define HPET	UINT64_C(0xfed00000)
#define IO_APIC UINT64_C(0xfec00000)

enum { TIMERS = 3, TICK = 100, PERIOD_FS = 10000000, FOUND = 0x13, WRITES_MAX = 8 };

static uint32_t configuration, status, counter, timers[TIMERS], comparators[TIMERS];
static uint32_t select_register, entries[48], written[WRITES_MAX];
static unsigned int write_count, risings;
static bool stands_still;
static uint64_t now_us;

/* ---- the timer ---- */

static uint32_t read_timer(uint64_t at)
{
	const uint64_t which = (at - 0x100) / 0x20;

	if (at % 0x20 == 4)
		return which == 0 ? 0x000003f0 : 0x00f00000; /* ISA's pins alone; 20 to 23 */
	return at % 0x20 ? comparators[which] : timers[which];
}

/* As an emulator: a comparator that is behind when its interrupts are turned on rises at once. */
static void write_timer(unsigned int which, uint32_t value)
{
	const bool is_turned_on = value & ~timers[which] & 1u << 2;

	timers[which] = value;
	if (is_turned_on && counter - comparators[which] < 1u << 31) {
		status |= 1u << which;
		risings++;
	}
}

static void rise(unsigned int which)
{
	const uint32_t before = counter - TICK;

	if (!(timers[which] & 1u << 2) || comparators[which] - before - 1 >= TICK)
		return;
	status |= 1u << which;
	risings++;
}

static void pass(void)
{
	if (stands_still || !(configuration & 1))
		return;
	counter += TICK;
	for (unsigned int i = 0; i < TIMERS; i++)
		rise(i);
}

static uint32_t read_hpet(uint64_t at)
{
	switch (at) {
	case 0x00:
		return (TIMERS - 1) << 8;
	case 0x04:
		return PERIOD_FS;
	case 0x10:
		return configuration;
	case 0x20:
		pass();
		return status;
	case 0xf0:
		pass();
		return counter;
	default:
		return read_timer(at);
	}
}

static void write_hpet(uint64_t at, uint32_t value)
{
	if (at == 0x10)
		configuration = value;
	else if (at == 0x20)
		status &= ~value;
	else if (at % 0x20 == 0)
		write_timer((unsigned int)(at - 0x100) / 0x20, value);
	else
		comparators[(at - 0x100) / 0x20] = value;
}

/* ---- the I/O APIC ---- */

static uint32_t read_io_apic(uint64_t at)
{
	if (at == 0)
		return select_register;
	return select_register == 1 ? 23 << 16 | 0x20 : entries[select_register - 0x10];
}

static void write_io_apic(uint64_t at, uint32_t value)
{
	if (at == 0) {
		select_register = value;
		return;
	}
	entries[select_register - 0x10] = value;
	written[write_count++ % WRITES_MAX] = value;
}

uint32_t world_mmio_read32(const volatile void *address)
{
	const uint64_t at = (uintptr_t)address;

	return at >= HPET ? read_hpet(at - HPET) : read_io_apic(at - IO_APIC);
}

void world_mmio_write32(volatile void *address, uint32_t value)
{
	const uint64_t at = (uintptr_t)address;

	if (at >= HPET)
		write_hpet(at - HPET, value);
	else
		write_io_apic(at - IO_APIC, value);
}

/* ---- around them ---- */

/* Two I/O APICs behind a processor, and a table of the timer. */
static uint8_t madt[44 + 8 + 12 + 12], table[56];

const struct acpi_header *acpi_find(const char signature[4], unsigned index)
{
	if (index)
		return NULL;
	return (const void *)(memcmp(signature, "HPET", 4) ? madt : table);
}

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	(void)bytes;
	return phys == HPET || phys == IO_APIC;
}

struct deadline deadline_after_us(uint64_t us)
{
	return (struct deadline){ .end_tsc = now_us + us };
}

bool deadline_passed(const struct deadline *deadline)
{
	return ++now_us > deadline->end_tsc;
}

static void add_io_apic(uint8_t *to, uint8_t id, uint32_t first_wire)
{
	const uint32_t address = (uint32_t)IO_APIC;

	to[0] = 1;
	to[1] = 12;
	to[2] = id;
	memcpy(to + 4, &address, sizeof(address));
	memcpy(to + 8, &first_wire, sizeof(first_wire));
}

static int set_up(void **state)
{
	const uint64_t address = HPET;
	const uint32_t madt_bytes = sizeof(madt), table_bytes = sizeof(table);

	(void)state;
	memcpy(madt + 4, &madt_bytes, sizeof(madt_bytes));
	memcpy(table + 4, &table_bytes, sizeof(table_bytes));
	memcpy(table + 44, &address, sizeof(address));
	madt[45] = 8;
	add_io_apic(madt + 52, 7, 0);
	add_io_apic(madt + 64, 9, 24);
	configuration = 2; /* in place of the old timers, and off */
	status = counter = 0;
	risings = 0;
	for (unsigned int i = 0; i < TIMERS; i++) {
		timers[i] = FOUND;
		comparators[i] = 0;
	}
	write_count = 0;
	stands_still = false;
	return 0;
}

/* ---- the cases ---- */

static void test_wire_rises_and_falls(void **state)
{
	unsigned int pin;

	(void)state;
	assert_true(hpet_take(24, &pin));
	assert_int_equal(pin, 20);
	assert_int_equal(configuration, 1);
	assert_true(hpet_raise());
	assert_int_equal(status, 1u << 1);
	assert_true(timers[1] & 1u << 1); /* a level */
	assert_int_equal(timers[1] >> 9 & 0x1f, 20);
	hpet_lower();
	assert_int_equal(status, 0);
	assert_false(timers[1] & 1u << 2);
	assert_int_equal(timers[0], FOUND);
	hpet_release();
}

static void test_all_is_put_back(void **state)
{
	unsigned int pin;

	(void)state;
	assert_true(hpet_take(24, &pin) && hpet_raise());
	hpet_release();
	assert_int_equal(configuration, 2);
	assert_int_equal(status, 0);
	for (unsigned int i = 0; i < TIMERS; i++)
		assert_int_equal(timers[i], FOUND);
}

static void test_no_pin_within_reach(void **state)
{
	unsigned int pin;

	(void)state;
	assert_false(hpet_take(20, &pin));
	assert_int_equal(configuration, 2);
}

/* An edge that comes twice is two interrupts, of which a unit would be blamed for one. */
static void test_wire_rises_once(void **state)
{
	unsigned int pin;

	(void)state;
	counter = 5 * TICK;
	assert_true(hpet_take(24, &pin));
	for (unsigned int i = 1; i <= 3; i++) {
		assert_true(hpet_raise());
		for (unsigned int later = 0; later < 1000; later++)
			(void)read_hpet(0xf0);
		assert_int_equal(risings, i);
		hpet_lower();
	}
	hpet_release();
}

static void test_counter_stands_still(void **state)
{
	unsigned int pin;

	(void)state;
	stands_still = true;
	assert_true(hpet_take(24, &pin));
	assert_false(hpet_raise());
	assert_false(timers[1] & 1u << 2);
	hpet_release();
}

static void test_io_apics_are_told_apart(void **state)
{
	struct io_apic io_apic;

	(void)state;
	assert_true(io_apic_find(0, &io_apic));
	assert_true(io_apic.listing.id == 7 && io_apic.listing.first_wire == 0 &&
		    io_apic.pin_count == 24);
	assert_true(io_apic_find(1, &io_apic));
	assert_true(io_apic.listing.id == 9 && io_apic.listing.first_wire == 24);
	assert_false(io_apic_find(2, &io_apic));
}

/* Masked first, so that no half is ever live; the half with the mask comes last. */
static void test_entry_is_written_masked_first(void **state)
{
	struct io_apic io_apic;

	(void)state;
	assert_true(io_apic_find(0, &io_apic));
	io_apic_write(&io_apic, 20, 0x0123456700000041);
	assert_int_equal(write_count, 3);
	assert_int_equal(written[0], IO_APIC_IS_MASKED);
	assert_int_equal(written[1], 0x01234567);
	assert_int_equal(written[2], 0x41);
	assert_true(io_apic_read(&io_apic, 20) == 0x0123456700000041);
	assert_int_equal(entries[40], 0x41);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(test_##name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(wire_rises_and_falls),
		TEST(all_is_put_back),
		TEST(no_pin_within_reach),
		TEST(counter_stands_still),
		TEST(wire_rises_once),
		TEST(io_apics_are_told_apart),
		TEST(entry_is_written_masked_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
