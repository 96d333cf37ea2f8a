/* SPDX-License-Identifier: MIT */
/* Memory and holes: an address means the same to the process, the kernel and its units. */
#include "arch/paging.h"

#include <sys/mman.h>

#include "arch/addr.h"
#include "tests/host/process/process.h"

enum { HOLES_MAX = 256 };

/* Beyond what the host may take for the heap, a GiB from the image on. */
#define RAM_BASE  UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x10000000)

extern const char __executable_start[], _end[];

static struct {
	uint64_t base, end;
} holes[HOLES_MAX];
static unsigned int hole_count;

static uint64_t image_end(void)
{
	return ((uintptr_t)_end + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
}

bool process_make_memory(struct boot_info *boot)
{
	boot->image_base = (uintptr_t)__executable_start;
	boot->image_bytes = image_end() - boot->image_base;
	boot->ranges[boot->range_count++] =
		(struct memory_range){ RAM_BASE, RAM_BYTES, MEMORY_USABLE };
	return mmap((void *)RAM_BASE, RAM_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
		    0) != MAP_FAILED;
}

static bool is_within(uint64_t phys, uint64_t bytes, uint64_t base, uint64_t end)
{
	return phys >= base && phys < end && bytes <= end - phys;
}

bool paging_is_ram(uint64_t phys, uint64_t bytes)
{
	return is_within(phys, bytes, RAM_BASE, RAM_BASE + RAM_BYTES) ||
	       is_within(phys, bytes, (uintptr_t)__executable_start, image_end());
}

static bool overlaps(uint64_t phys, uint64_t bytes, uint64_t base, uint64_t end)
{
	return phys < end && bytes > 0 && (phys >= base || bytes > base - phys);
}

bool paging_is_mapped(uint64_t phys, uint64_t bytes)
{
	for (unsigned int i = 0; i < hole_count; i++)
		if (overlaps(phys, bytes, holes[i].base, holes[i].end))
			return true;
	return overlaps(phys, bytes, RAM_BASE, RAM_BASE + RAM_BYTES) ||
	       overlaps(phys, bytes, (uintptr_t)__executable_start, image_end());
}

bool paging_make_hole(uint64_t phys, uint64_t pages)
{
	if (hole_count == HOLES_MAX ||
	    mmap((void *)phys, pages * PAGE_BYTES, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
		return false;
	holes[hole_count].base = phys;
	holes[hole_count++].end = phys + pages * PAGE_BYTES;
	return true;
}

/* There is no device memory here, and nothing of a firmware's. */
bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	return paging_is_mapped(phys, bytes);
}

const void *paging_map_firmware(uint64_t phys, uint64_t bytes)
{
	return paging_is_ram(phys, bytes) ? (const void *)phys : NULL;
}

const void *paging_map_legacy(uint64_t phys, uint64_t bytes)
{
	(void)phys;
	(void)bytes;
	return NULL;
}
