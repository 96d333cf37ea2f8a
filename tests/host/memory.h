/* SPDX-License-Identifier: MIT */
/* Memory for the kernel's page allocator, in a program of the build host. */
#pragma once

#include <sys/mman.h>

#include "arch/boot_info.h"
#include "arch/page.h"

/* Where no such program has anything, and physical addresses are the host's. */
#define HOST_MEMORY_BASE UINT64_C(0x10000000)

/* So many pages, none in use. Not 0, as a set-up function of cmocka returns it, if that cannot be had. */
static inline int host_memory_open(size_t pages)
{
	void *at = (void *)(uintptr_t)HOST_MEMORY_BASE;
	const struct boot_info boot = {
		.range_count = 1,
		.ranges = { { HOST_MEMORY_BASE, pages * PAGE_BYTES, MEMORY_USABLE } },
	};

	if (mmap(at, pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at)
		return -1;
	page_init(&boot);
	return 0;
}
