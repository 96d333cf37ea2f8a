/* SPDX-License-Identifier: MIT */
/*
 * Access to device registers. Each accessor is one `mov` between memory and a register, addressed
 * by one register without displacement, whatever the compiler does around it: plain volatile may be
 * folded into test, and, or, and the decoder behind mmio_hole.c knows these forms only.
 */
#pragma once

#include <stdint.h>

#define MMIO_INLINE static inline __attribute__((always_inline))

MMIO_INLINE uint32_t mmio_read32(const volatile void *address)
{
	uint32_t value;

	asm volatile("movl (%1), %0" : "=r"(value) : "r"(address) : "memory");
	return value;
}

MMIO_INLINE uint64_t mmio_read64(const volatile void *address)
{
	uint64_t value;

	asm volatile("movq (%1), %0" : "=r"(value) : "r"(address) : "memory");
	return value;
}

MMIO_INLINE void mmio_write32(volatile void *address, uint32_t value)
{
	asm volatile("movl %1, (%0)" : : "r"(address), "r"(value) : "memory");
}

MMIO_INLINE void mmio_write64(volatile void *address, uint64_t value)
{
	asm volatile("movq %1, (%0)" : : "r"(address), "r"(value) : "memory");
}

/* Narrow forms, for configuration space and UARTs only; modelled units refuse them. */
MMIO_INLINE uint8_t mmio_read8(const volatile void *address)
{
	uint8_t value;

	asm volatile("movb (%1), %0" : "=q"(value) : "r"(address) : "memory");
	return value;
}

MMIO_INLINE uint16_t mmio_read16(const volatile void *address)
{
	uint16_t value;

	asm volatile("movw (%1), %0" : "=r"(value) : "r"(address) : "memory");
	return value;
}

MMIO_INLINE void mmio_write8(volatile void *address, uint8_t value)
{
	asm volatile("movb %1, (%0)" : : "r"(address), "q"(value) : "memory");
}

MMIO_INLINE void mmio_write16(volatile void *address, uint16_t value)
{
	asm volatile("movw %1, (%0)" : : "r"(address), "r"(value) : "memory");
}
