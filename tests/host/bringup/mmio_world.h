/* SPDX-License-Identifier: MIT */
/*
 * Put before iommu/unit/unit.c with -include: register accesses of the driver go to functions of the test
 * program instead of memory.
 */
#pragma once

#include "arch/mmio.h"

uint32_t world_mmio_read32(const volatile void *address);
uint64_t world_mmio_read64(const volatile void *address);
void world_mmio_write32(volatile void *address, uint32_t value);
void world_mmio_write64(volatile void *address, uint64_t value);

#define mmio_read32  world_mmio_read32
#define mmio_read64  world_mmio_read64
#define mmio_write32 world_mmio_write32
#define mmio_write64 world_mmio_write64
