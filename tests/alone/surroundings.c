/* SPDX-License-Identifier: MIT */
#include "tests/alone/surroundings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/mmio_hole.h"
#include "arch/page.h"
#include "arch/paging.h"
#include "arch/panic.h"
#include "arch/pci.h"
#include "arch/print.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "tests/engine/platform.h"
#include "tests/host/bringup/mmio_world.h"
#include "tests/test.h"
#include "tests/units/modelled.h"

#define MEMORY_BASE  UINT64_C(0x40000000)
#define MEMORY_BYTES UINT64_C(0x10000000)

struct platform platform;

/* ---- registers ---- */

static struct mmio_hole hole;

bool mmio_hole_open(const struct mmio_hole *new_hole)
{
	hole = *new_hole;
	return true;
}

static uint64_t offset_of(const volatile void *address)
{
	return (uintptr_t)address - hole.base.value;
}

static uint64_t read_register(const volatile void *address, unsigned int bytes)
{
	uint64_t value = 0;
	const char *error = hole.read(hole.context, offset_of(address), bytes, &value);

	if (error)
		panic("%s at %llx\n", error, (unsigned long long)offset_of(address));
	return value;
}

static void write_register(volatile void *address, unsigned int bytes, uint64_t value)
{
	const char *error = hole.write(hole.context, offset_of(address), bytes, value);

	if (error)
		panic("%s at %llx\n", error, (unsigned long long)offset_of(address));
}

uint32_t world_mmio_read32(const volatile void *address)
{
	return (uint32_t)read_register(address, 4);
}

uint64_t world_mmio_read64(const volatile void *address)
{
	return read_register(address, 8);
}

void world_mmio_write32(volatile void *address, uint32_t value)
{
	write_register(address, 4, value);
}

void world_mmio_write64(volatile void *address, uint64_t value)
{
	write_register(address, 8, value);
}

/* ---- memory ---- */

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	(void)phys;
	(void)bytes;
	return true;
}

bool paging_is_mapped(uint64_t phys, uint64_t bytes)
{
	(void)phys;
	(void)bytes;
	return false;
}

bool paging_is_ram(uint64_t phys, uint64_t bytes)
{
	/* Our own variables are memory, too, as in the kernel: the queue's status word is one. */
	if (phys - (uintptr_t)&platform < sizeof(platform))
		return true;
	return phys >= MEMORY_BASE && bytes <= MEMORY_BYTES &&
	       phys - MEMORY_BASE <= MEMORY_BYTES - bytes;
}

void cpu_flush(const void *address, size_t bytes)
{
	(void)address;
	(void)bytes;
}

/* ---- processor ---- */

unsigned cpu_physical_bits(void)
{
	return 52;
}

uint32_t apic_id(void)
{
	return 0;
}

uint32_t apic_logical_id(void)
{
	return 1;
}

bool apic_is_x2apic(void)
{
	return false;
}

static uint8_t next_vector = 0x30;
static struct {
	trap_interrupt_handler *handler;
	void *argument;
} handlers[256];
static uint64_t stray_count;

uint8_t trap_vector_alloc(void)
{
	return next_vector++;
}

void trap_vector_free(uint8_t vector)
{
	handlers[vector].handler = NULL;
	next_vector = 0x30;
}

void trap_set_interrupt_handler(uint8_t vector, trap_interrupt_handler *handler, void *argument)
{
	handlers[vector].handler = handler;
	handlers[vector].argument = argument;
}

uint64_t trap_stray_count(void)
{
	return stray_count;
}

bool apic_is_present(void)
{
	return true;
}

void apic_raise(uint8_t vector)
{
	if (handlers[vector].handler)
		handlers[vector].handler(handlers[vector].argument);
	else
		stray_count++;
}

uint64_t apic_msi_address(void)
{
	return reg_put(INTERRUPT_ADDR_ID, INTERRUPT_ID);
}

uint32_t apic_msi_data(uint8_t vector)
{
	return vector;
}

unsigned int pci_count(void)
{
	return 0;
}

const struct pci_device *pci_get(unsigned int index)
{
	(void)index;
	return NULL;
}

uint64_t time_watchdog_set(uint64_t us)
{
	return us;
}

void time_delay_us(uint64_t us)
{
	(void)us;
}

uint64_t time_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- verdicts ---- */

static void observe(struct test_run *run, const char *format, va_list args)
{
	const size_t used = strlen(run->observed);
	const char *separator = used ? "; " : "";

	print_to(run->observed + used, sizeof(run->observed) - used, "%s", separator);
	print_format(run->observed + used + strlen(separator),
		     sizeof(run->observed) - used - strlen(separator), format, args);
}

void test_fail(struct test_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	observe(run, format, args);
	va_end(args);
	run->has_failed = true;
}

void test_error(struct test_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	observe(run, format, args);
	va_end(args);
	run->has_error = true;
}

void test_skip(struct test_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_format(run->skip_reason, sizeof(run->skip_reason), format, args);
	va_end(args);
	run->is_skipped = true;
}

/* ---- the unit ---- */

void surroundings_open(unsigned int host_address_bits)
{
	static const struct boot_info boot = {
		.range_count = 1,
		.ranges = { { MEMORY_BASE, MEMORY_BYTES, MEMORY_USABLE } },
	};
	void *memory =
		mmap((void *)(uintptr_t)MEMORY_BASE, MEMORY_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);

	if (memory != (void *)(uintptr_t)MEMORY_BASE)
		panic("no memory at %llx\n", (unsigned long long)MEMORY_BASE);
	page_init(&boot);
	platform.dmar.host_address_bits = host_address_bits;
}

struct unit *surroundings_unit(void)
{
	return &platform.units[0];
}

void surroundings_probe(struct unit *unit)
{
	if (unit_probe(unit, 0, UNIT_MODEL, hole.base, 0) != STATUS_OK)
		panic("%s\n", unit_failure(unit));
	platform.unit_count = 1;
}

struct agent *surroundings_agent(struct unit *unit)
{
	static struct agent agent;

	agent = *modelled_endpoint(0);
	agent.unit = unit;
	return &agent;
}
