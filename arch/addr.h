/* SPDX-License-Identifier: MIT */
/*
 * The two kinds of address that must never be mixed up: what the CPU and the tables call an
 * address (phys_t), and what a device puts on the bus (iova_t). One-member structs, so that the
 * compiler refuses to take one for the other.
 */
#pragma once

#include <stdint.h>

#define PAGE_BYTES 4096u

typedef struct {
	uint64_t value;
} phys_t;

typedef struct {
	uint64_t value;
} iova_t;

static inline phys_t phys(uint64_t value)
{
	return (phys_t){ value };
}

static inline iova_t iova(uint64_t value)
{
	return (iova_t){ value };
}

/* All memory is mapped one to one: an object's address is its physical address. */
static inline phys_t phys_of(const volatile void *object)
{
	return phys((uint64_t)(uintptr_t)object);
}

static inline void *phys_pointer(phys_t address)
{
	return (void *)(uintptr_t)address.value;
}
