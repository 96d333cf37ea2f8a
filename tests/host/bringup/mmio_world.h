/* SPDX-License-Identifier: MIT */
/*
 * Put before iommu/unit/unit.c and others with -include: register accesses go to functions of the test program instead of
 * memory and ports.
 */
#pragma once

#include "arch/cpu.h"
#include "arch/mmio.h"

uint8_t world_in8(uint16_t port);
void world_out8(uint16_t port, uint8_t value);
uint8_t world_mmio_read8(const volatile void *address);
void world_mmio_write8(volatile void *address, uint8_t value);

uint32_t world_mmio_read32(const volatile void *address);
uint64_t world_mmio_read64(const volatile void *address);
void world_mmio_write32(volatile void *address, uint32_t value);
void world_mmio_write64(volatile void *address, uint64_t value);

#define cpu_in8	     world_in8
#define cpu_out8     world_out8
#define mmio_read8   world_mmio_read8
#define mmio_write8  world_mmio_write8
#define mmio_read32  world_mmio_read32
#define mmio_read64  world_mmio_read64
#define mmio_write32 world_mmio_write32
#define mmio_write64 world_mmio_write64
