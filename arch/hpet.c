/* SPDX-License-Identifier: MIT */
#include "arch/hpet.h"

#include "arch/acpi.h"
#include "arch/mmio.h"
#include "arch/paging.h"
#include "arch/string.h"
#include "arch/time.h"

/* Byte offsets into the ACPI table: a generic address. */
enum { TABLE_SPACE = 40, TABLE_ADDRESS = 44, TABLE_BYTES_MIN = 56 };

enum {
	REG_CAPABILITIES = 0x00,
	REG_PERIOD_FS = 0x04,
	REG_CONFIGURATION = 0x10,
	REG_STATUS = 0x20,
	REG_COUNTER = 0xf0,
	REG_TIMERS = 0x100, /* configuration, comparator and a message, for each */
	TIMER_BYTES = 0x20,
	TIMER_PINS = 4, /* a bit for each pin it reaches */
	TIMER_COMPARATOR = 8,
	REGISTERS_BYTES = 0x400,
};

#define CAPABILITIES_LAST_TIMER(value) ((value) >> 8 & 0x1f)
#define CONFIGURATION_RUNS	       (1u << 0)
#define CONFIGURATION_IS_LEGACY	       (1u << 1)

#define TIMER_IS_LEVEL	 (1u << 1)
#define TIMER_INTERRUPTS (1u << 2)
#define TIMER_IS_32_BIT	 (1u << 8)
#define TIMER_ROUTE(pin) ((uint32_t)(pin) << 9)

#define PERIOD_MAX_FS 100000000u	     /* by the specification of the HPET */
#define LEAD_FS	      UINT64_C(100000000000) /* 100 us; twice as long in each further trial */
#define RAISE_TRIALS  6
#define TRIAL_US      100000u
#define FIRST_PIN     10u

static volatile uint8_t *registers;
static unsigned int timer, timer_pin;
static volatile bool was_lowered;

/* As found. */
static uint32_t was_configuration, was_timer;

/* By halves: some know no accesses of 64 bits. */
static uint32_t read(unsigned int offset)
{
	return mmio_read32(registers + offset);
}

static void write(unsigned int offset, uint32_t value)
{
	mmio_write32(registers + offset, value);
}

static unsigned int timer_register(void)
{
	return REG_TIMERS + timer * TIMER_BYTES;
}

/* False if ACPI lists none, or nothing answers like one. */
static bool find_registers(void)
{
	const struct acpi_header *table = acpi_find("HPET", 0);
	const uint8_t *bytes = (const uint8_t *)table;
	uint64_t address;

	if (!table || table->length < TABLE_BYTES_MIN || bytes[TABLE_SPACE] != 0)
		return false;
	memcpy(&address, bytes + TABLE_ADDRESS, sizeof(address));
	if (!address || !paging_map_mmio(address, REGISTERS_BYTES))
		return false;
	registers = (volatile uint8_t *)(uintptr_t)address;
	return read(REG_PERIOD_FS) && read(REG_PERIOD_FS) <= PERIOD_MAX_FS;
}

/* The lowest pin that the comparator reaches; 32: none. */
static unsigned int lowest_pin(unsigned int pin_count)
{
	const uint32_t pins = read(timer_register() + TIMER_PINS);
	unsigned int pin = FIRST_PIN;

	while (pin < pin_count && pin < 32 && !(pins >> pin & 1))
		pin++;
	return pin < pin_count ? pin : 32;
}

bool hpet_take(unsigned int pin_count, unsigned int *pin)
{
	unsigned int last;

	if (!find_registers())
		return false;
	last = CAPABILITIES_LAST_TIMER(read(REG_CAPABILITIES));
	for (timer = 0; timer <= last && lowest_pin(pin_count) == 32; timer++)
		continue;
	if (timer > last)
		return false;
	*pin = timer_pin = lowest_pin(pin_count);
	was_configuration = read(REG_CONFIGURATION);
	was_timer = read(timer_register());
	write(timer_register(), TIMER_ROUTE(timer_pin) | TIMER_IS_32_BIT);
	write(REG_CONFIGURATION,
	      (was_configuration & ~CONFIGURATION_IS_LEGACY) | CONFIGURATION_RUNS);
	return true;
}

static bool has_risen(void)
{
	return was_lowered || (read(REG_STATUS) >> timer & 1);
}

/*
 * Arms the comparator and waits for it. What has not risen then is disarmed, so that it never will. Interrupts come last:
 * one that is on while the comparator still says what it said before may rise at once, and then again.
 */
static bool raise_in(uint32_t ticks)
{
	const uint32_t setting = TIMER_ROUTE(timer_pin) | TIMER_IS_32_BIT | TIMER_IS_LEVEL;
	const struct deadline end = deadline_after_us(TRIAL_US);

	write(timer_register(), setting);
	write(timer_register() + TIMER_COMPARATOR, read(REG_COUNTER) + ticks);
	write(timer_register(), setting | TIMER_INTERRUPTS);
	while (!deadline_passed(&end))
		if (has_risen())
			return true;
	write(timer_register(), setting);
	return has_risen();
}

/*
 * In time, or again: a comparator written behind the counter's back waits for it to come around. But not soon again:
 * an emulator's comparator is late by as long as its host is busy, and one that is disarmed as it rises looks as if it
 * had not. A level is seen in the status register, so it is one whatever the pin makes of it.
 */
bool hpet_raise(void)
{
	uint32_t ticks = (uint32_t)(LEAD_FS / read(REG_PERIOD_FS)) + 1;

	was_lowered = false;
	for (unsigned int i = 0; i < RAISE_TRIALS; i++, ticks *= 2)
		if (raise_in(ticks))
			return true;
	return false;
}

void hpet_lower(void)
{
	was_lowered = true;
	write(timer_register(), TIMER_ROUTE(timer_pin) | TIMER_IS_32_BIT);
	write(REG_STATUS, 1u << timer);
}

void hpet_release(void)
{
	hpet_lower();
	write(timer_register(), was_timer);
	write(REG_CONFIGURATION, was_configuration);
}
