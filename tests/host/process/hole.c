/* SPDX-License-Identifier: MIT */
/*
 * A short way to holes: a signal takes a hundred times as long as a call. The driver's own accesses take it; those of
 * tests, with instructions of all kinds, raise signals.
 */
#include "arch/mmio_hole.h"

#include <stddef.h>

#include "tests/host/bringup/mmio_world.h"

#undef mmio_read32
#undef mmio_read64
#undef mmio_write32
#undef mmio_write64

/* The linker puts ours before arch/mmio_hole.c's (--wrap). */
bool __real_mmio_hole_open(const struct mmio_hole *hole);
bool __wrap_mmio_hole_open(const struct mmio_hole *hole);

static struct mmio_hole holes[MMIO_HOLES_MAX];
static unsigned int hole_count;

bool __wrap_mmio_hole_open(const struct mmio_hole *hole)
{
	if (!__real_mmio_hole_open(hole))
		return false;
	holes[hole_count++] = *hole;
	return true;
}

static const struct mmio_hole *hole_at(uint64_t address, unsigned int bytes)
{
	for (unsigned int i = 0; i < hole_count && address % bytes == 0; i++)
		if (address - holes[i].base.value < holes[i].pages * PAGE_BYTES)
			return &holes[i];
	return NULL;
}

static bool has_read(const volatile void *address, unsigned int bytes, uint64_t *value)
{
	const struct mmio_hole *hole = hole_at((uintptr_t)address, bytes);

	return hole &&
	       !hole->read(hole->context, (uintptr_t)address - hole->base.value, bytes, value);
}

static bool has_written(volatile void *address, unsigned int bytes, uint64_t value)
{
	const struct mmio_hole *hole = hole_at((uintptr_t)address, bytes);

	return hole &&
	       !hole->write(hole->context, (uintptr_t)address - hole->base.value, bytes, value);
}

/* What a hole refuses is done again, and is the exception that it is in the kernel. */
uint32_t world_mmio_read32(const volatile void *address)
{
	uint64_t value;

	return has_read(address, 4, &value) ? (uint32_t)value : mmio_read32(address);
}

uint64_t world_mmio_read64(const volatile void *address)
{
	uint64_t value;

	return has_read(address, 8, &value) ? value : mmio_read64(address);
}

void world_mmio_write32(volatile void *address, uint32_t value)
{
	if (!has_written(address, 4, value))
		mmio_write32(address, value);
}

void world_mmio_write64(volatile void *address, uint64_t value)
{
	if (!has_written(address, 8, value))
		mmio_write64(address, value);
}
