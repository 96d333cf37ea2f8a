/* SPDX-License-Identifier: MIT */
#include "tests/server/guest_memory.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GUEST_PAGE = 4096 };

static bool overlaps(const struct guest_region *region, uint64_t base, uint64_t bytes)
{
	return region->base < base + bytes && base < region->base + region->bytes;
}

static const char *find_flaw(const struct guest_memory *memory, uint64_t base, uint64_t bytes,
			     int file, uint64_t file_offset)
{
	struct stat stat;

	if (!bytes || base % GUEST_PAGE || bytes % GUEST_PAGE || file_offset % GUEST_PAGE)
		return "a range of memory that is not whole pages";
	if (base + bytes < base || file_offset + bytes < file_offset)
		return "a range of memory that does not end";
	if (memory->count == GUEST_REGIONS_MAX)
		return "more ranges of memory than there is room for";
	if (fstat(file, &stat) || !S_ISREG(stat.st_mode))
		return "memory that is no file";
	if ((uint64_t)stat.st_size < file_offset + bytes)
		return "a range of memory beyond the end of its file";
	for (unsigned int i = 0; i < memory->count; i++)
		if (overlaps(&memory->regions[i], base, bytes))
			return "two ranges of memory at one address";
	return NULL;
}

const char *guest_memory_map(struct guest_memory *memory, uint64_t base, uint64_t bytes, int file,
			     uint64_t file_offset, bool is_writable)
{
	const char *flaw = find_flaw(memory, base, bytes, file, file_offset);
	void *at = MAP_FAILED;

	if (!flaw)
		at = mmap(NULL, bytes, PROT_READ | (is_writable ? PROT_WRITE : 0), MAP_SHARED, file,
			  (off_t)file_offset);
	if (at == MAP_FAILED) {
		close(file);
		return flaw ? flaw : "memory that cannot be mapped";
	}
	memory->regions[memory->count++] = (struct guest_region){
		.base = base,
		.bytes = bytes,
		.at = at,
		.is_writable = is_writable,
		.file = file,
		.file_offset = file_offset,
	};
	return NULL;
}

static void drop(struct guest_memory *memory, unsigned int index)
{
	struct guest_region *region = &memory->regions[index];

	munmap(region->at, region->bytes);
	close(region->file);
	*region = memory->regions[--memory->count];
}

const char *guest_memory_unmap(struct guest_memory *memory, uint64_t base, uint64_t bytes)
{
	if (base + bytes < base)
		return "a range of memory that does not end";
	for (unsigned int i = 0; i < memory->count; i++) {
		const struct guest_region *region = &memory->regions[i];

		if (overlaps(region, base, bytes) &&
		    (region->base < base || region->base + region->bytes > base + bytes))
			return "a part of a range of memory to be taken away";
	}
	for (unsigned int i = memory->count; i-- > 0;)
		if (overlaps(&memory->regions[i], base, bytes))
			drop(memory, i);
	return NULL;
}

void guest_memory_forget(struct guest_memory *memory)
{
	while (memory->count)
		drop(memory, memory->count - 1);
}

/* The region that all of [base, base + bytes) lies in. */
static const struct guest_region *region_of(const struct guest_memory *memory, uint64_t base,
					    uint64_t bytes)
{
	for (unsigned int i = 0; i < memory->count; i++) {
		const struct guest_region *region = &memory->regions[i];

		if (base >= region->base && base - region->base < region->bytes &&
		    bytes <= region->bytes - (base - region->base))
			return region;
	}
	return NULL;
}

bool guest_memory_read(const struct guest_memory *memory, uint64_t from, void *to, uint64_t bytes)
{
	const struct guest_region *region = region_of(memory, from, bytes);

	if (region)
		memcpy(to, region->at + (from - region->base), bytes);
	return region;
}

bool guest_memory_write(struct guest_memory *memory, uint64_t to, const void *from, uint64_t bytes)
{
	const struct guest_region *region = region_of(memory, to, bytes);

	if (!region || !region->is_writable)
		return false;
	memcpy(region->at + (to - region->base), from, bytes);
	return true;
}
