/* SPDX-License-Identifier: MIT */
/*
 * transfer GROUP DEVICE: in somebody else's guest, real data through the unit that a device is under. The device is one of
 * the server's endpoints (device_function.h); its driver is this program, by VFIO: that makes the kernel build tables,
 * and take them away again. A line for each step, for the judge:
 *
 *	driver: transfer 00:10.0 read 123556800 4096 arrived
 *	driver: transfer 00:10.0 skipped why it cannot be tried
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/model/unit.h"
#include "tests/server/endpoint_registers.h"

enum {
	PAGE = 4096,
	BUFFER_BYTES = 8 * PAGE,
	READ_AT = PAGE / 2, /* across a border of pages, as is the next */
	WRITE_AT = 4 * PAGE + PAGE / 4,
	PIECE = ENDPOINT_BUFFER_BYTES,
	WORD = 8,
	FILLED = 0xa5,
	PCI_COMMAND = 0x04,
	COMMAND_MEMORY_AND_MASTER = 6,
};

/* An index into tables of each level that is not 0, and within the narrowest unit's 39 bits. */
#define IOVA UINT64_C(0x123556000)

static const char *device_name;
static int container, device;
static uint64_t bar, config; /* where both lie in the file of the device */

/* ---- words for the judge ---- */

static _Noreturn void skip(const char *why, const char *of)
{
	printf("driver: transfer %s skipped %s%s: %s\n", device_name, why, of, strerror(errno));
	exit(0);
}

static void tell(const char *step, uint64_t iova, unsigned int bytes, const char *result)
{
	printf("driver: transfer %s %s %llx %u %s\n", device_name, step, (unsigned long long)iova,
	       bytes, result);
}

/* ---- VFIO ---- */

static int open_group(const char *number)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[64];
	int group;

	snprintf(path, sizeof(path), "/dev/vfio/%s", number);
	container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0)
		skip("no ", "/dev/vfio/vfio");
	group = open(path, O_RDWR);
	if (group < 0)
		skip("no ", path);
	errno = 0;
	if (ioctl(group, VFIO_GROUP_GET_STATUS, &status) ||
	    !(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		skip("not viable, some device of it has another driver: ", path);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		skip("no container for ", path);
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		skip("no VFIO of type 1 for ", path);
	return group;
}

static uint64_t region_of(unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info) || !info.size)
		skip("no such region of ", device_name);
	return info.offset;
}

static void open_device(int group, const char *name)
{
	uint16_t command = COMMAND_MEMORY_AND_MASTER;

	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name);
	if (device < 0)
		skip("VFIO does not give ", name);
	bar = region_of(VFIO_PCI_BAR0_REGION_INDEX);
	config = region_of(VFIO_PCI_CONFIG_REGION_INDEX);
	if (pwrite(device, &command, sizeof(command), (off_t)(config + PCI_COMMAND)) !=
	    sizeof(command))
		skip("cannot make a bus master of ", name);
}

/* The kernel takes free pages one after the other: in this order no two neighbours get neighbours. */
static void touch_pages(uint8_t *buffer)
{
	for (unsigned int half = 0; half < 2; half++)
		for (unsigned int page = half; page < BUFFER_BYTES / PAGE; page += 2)
			buffer[page * PAGE] = 1;
}

/* Memory that is new each time, so that other pages are behind the same addresses. */
static uint8_t *map(void)
{
	uint8_t *buffer = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vfio_iommu_type1_dma_map dma = {
		.argsz = sizeof(dma),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uint64_t)(uintptr_t)buffer,
		.iova = IOVA,
		.size = BUFFER_BYTES,
	};

	if (buffer == MAP_FAILED)
		skip("no memory for ", device_name);
	touch_pages(buffer);
	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &dma))
		skip("cannot map memory for ", device_name);
	return buffer;
}

static void unmap(void)
{
	struct vfio_iommu_type1_dma_unmap dma = {
		.argsz = sizeof(dma),
		.iova = IOVA,
		.size = BUFFER_BYTES,
	};

	if (ioctl(container, VFIO_IOMMU_UNMAP_DMA, &dma) || dma.size != BUFFER_BYTES)
		skip("cannot unmap memory of ", device_name);
}

/* ---- the device ---- */

static uint32_t get(unsigned int reg)
{
	uint32_t value = 0;

	if (pread(device, &value, sizeof(value), (off_t)(bar + reg)) != sizeof(value))
		skip("cannot read a register of ", device_name);
	return value;
}

static void set(unsigned int reg, uint32_t value)
{
	if (pwrite(device, &value, sizeof(value), (off_t)(bar + reg)) != sizeof(value))
		skip("cannot write a register of ", device_name);
}

/* The device moves data between its buffer and memory. Was it let through, by what it says itself? */
static bool send(enum model_kind kind, uint64_t iova, unsigned int bytes)
{
	set(EP_ADDRESS, (uint32_t)iova);
	set(EP_ADDRESS + 4, (uint32_t)(iova >> 32));
	set(EP_REQUEST, (uint32_t)kind << EP_KIND_SHIFT);
	set(EP_LENGTH, bytes);
	set(EP_GO, 1);
	return get(EP_RESULT) & EP_OK;
}

/* The first that a read brought. */
static uint64_t first_word(void)
{
	return get(EP_PATTERN) | (uint64_t)get(EP_PATTERN + 4) << 32;
}

static uint64_t word_at(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* ---- steps ---- */

/* Content that tells pages, devices and rounds apart. */
static void fill(uint8_t *buffer, unsigned int round)
{
	uint32_t state = get(EP_ID) << 4 | round << 1 | 1;

	memset(buffer, FILLED, BUFFER_BYTES);
	for (unsigned int i = 0; i < PIECE; i++) {
		state = state * 1664525 + 1013904223;
		buffer[READ_AT + i] = (uint8_t)(state >> 24);
	}
}

static void read_data(const char *step, const uint8_t *buffer)
{
	bool is_ok = send(MODEL_READ, IOVA + READ_AT, PIECE);

	tell(step, IOVA + READ_AT, PIECE,
	     !is_ok					 ? "refused"
	     : first_word() != word_at(buffer + READ_AT) ? "other data"
							 : "arrived");
}

/* All of the memory is as it was, but for what was written. */
static bool is_as_written(const uint8_t *buffer, const uint8_t *before)
{
	return !memcmp(buffer, before, WRITE_AT) &&
	       !memcmp(buffer + WRITE_AT, before + READ_AT, PIECE) &&
	       !memcmp(buffer + WRITE_AT + PIECE, before + WRITE_AT + PIECE,
		       BUFFER_BYTES - WRITE_AT - PIECE);
}

static void write_data(const char *step, const uint8_t *buffer)
{
	static uint8_t before[BUFFER_BYTES];
	bool is_ok;

	memcpy(before, buffer, BUFFER_BYTES);
	is_ok = send(MODEL_WRITE, IOVA + WRITE_AT, PIECE);
	tell(step, IOVA + WRITE_AT, PIECE,
	     !is_ok			     ? "refused"
	     : is_as_written(buffer, before) ? "arrived"
					     : "other data");
}

static void read_nothing(const char *step, uint64_t iova)
{
	bool is_ok = send(MODEL_READ, iova, WORD);

	tell(step, iova, WORD,
	     is_ok			  ? "let through"
	     : first_word() != UINT64_MAX ? "data came though it was refused"
					  : "blocked");
}

/* `buffer` is where it was led before. */
static void write_nothing(const char *step, const uint8_t *buffer)
{
	static uint8_t before[BUFFER_BYTES];
	bool is_ok;

	memcpy(before, buffer, BUFFER_BYTES);
	is_ok = send(MODEL_WRITE, IOVA + WRITE_AT + WORD, WORD);
	tell(step, IOVA + WRITE_AT + WORD, WORD,
	     is_ok				    ? "let through"
	     : memcmp(buffer, before, BUFFER_BYTES) ? "memory changed though it was refused"
						    : "blocked");
}

int main(int count, char **values)
{
	uint8_t *buffer, *other;

	if (count != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	device_name = strchr(values[2], ':') ? strchr(values[2], ':') + 1 : values[2];
	open_device(open_group(values[1]), values[2]);
	buffer = map();
	fill(buffer, 0);
	read_data("read", buffer);
	write_data("write", buffer);
	read_nothing("read-beside", IOVA + BUFFER_BYTES);
	unmap();
	read_nothing("read-unmapped", IOVA + READ_AT);
	write_nothing("write-unmapped", buffer);
	other = map();
	fill(other, 1);
	read_data("read-again", other);
	write_data("write-again", other);
	printf("driver: transfer %s done\n", device_name);
	return 0;
}
