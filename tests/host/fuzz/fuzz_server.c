/* SPDX-License-Identifier: MIT */
/*
 * The unit server against a peer and a guest that do anything: messages of both protocols, well-formed and not,
 * accesses of any width anywhere, memory that comes and goes, tables and queues of any content. It must not
 * crash, hang, or keep what it was given.
 */
#define _GNU_SOURCE /* memfd_create */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/server/device_function.h"
#include "tests/server/endpoint_registers.h"
#include "tests/server/transport.h"
#include "tests/server/units_function.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { MEMORY_BYTES = 64 * 4096, MEMORY_BASE = 0x100000, BAR = 0xfe000000u };

/* What is left of the input. */
struct input {
	const uint8_t *at;
	size_t bytes;
};

static uint64_t take(struct input *input, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- && input->bytes) {
		value = value << 8 | *input->at++;
		input->bytes--;
	}
	return value;
}

struct world {
	struct units units;
	struct function function, device;
	struct transport transport;
	int peer;
	int file;
	uint8_t *memory;
	bool is_vfio, is_over;
};

static void send_message(struct world *world, const void *bytes, size_t count, int file)
{
	uint8_t control[CMSG_SPACE(sizeof(int))]
		__attribute__((aligned(_Alignof(struct cmsghdr)))) = { 0 };
	struct iovec part = { (void *)(uintptr_t)bytes, count };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (file >= 0) {
		struct cmsghdr *head;

		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &file, sizeof(file));
	}
	if (count && sendmsg(world->peer, &message, MSG_NOSIGNAL) != (ssize_t)count)
		world->is_over = true;
}

/* The answers, so that no buffer fills. */
static void drop_answers(struct world *world)
{
	uint8_t bytes[1024];

	while (recv(world->peer, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
}

static void serve(struct world *world)
{
	if (!(world->is_vfio ? vfio_user_serve(&world->transport) : proxy_serve(&world->transport)))
		world->is_over = true;
	drop_answers(world);
}

/* A message with a head that fits its body. */
static void send_body(struct world *world, uint16_t command, const void *body, size_t bytes,
		      int file)
{
	uint8_t message[512] = { 0 };
	uint32_t length = (uint32_t)bytes + 16;
	uint64_t count = bytes;

	if (world->is_vfio) {
		memcpy(message + 2, &command, 2);
		memcpy(message + 4, &length, 4);
	} else {
		memcpy(message, &command, 2);
		memcpy(message + 8, &count, 8);
	}
	memcpy(message + 16, body, bytes);
	send_message(world, message, length, file);
	if (!world->is_over)
		serve(world);
}

static void access_bar(struct world *world, struct input *input, bool is_write)
{
	uint32_t offset = (uint32_t)take(input, 2), bytes = (uint32_t)take(input, 1) & 15;
	uint64_t value = is_write ? take(input, 8) : 0;
	const struct {
		uint64_t address, value;
		uint32_t bytes, is_memory;
	} proxy = { BAR + offset, value, bytes, 1 };
	struct {
		uint64_t offset;
		uint32_t region, bytes;
		uint64_t value;
	} vfio = { offset, 0, bytes, value };

	if (world->is_vfio)
		send_body(world, is_write ? 10 : 9, &vfio, 16 + (is_write ? bytes % 9 : 0), -1);
	else
		send_body(world, is_write ? 4 : 5, &proxy, sizeof(proxy), -1);
}

static void access_config(struct world *world, struct input *input, bool is_write)
{
	uint32_t offset = (uint32_t)take(input, 1), bytes = (uint32_t)take(input, 1) & 7;
	uint32_t value = is_write ? (uint32_t)take(input, 4) : 0;
	const uint32_t proxy[3] = { offset, value, bytes };
	const struct {
		uint64_t offset;
		uint32_t region, bytes;
		uint64_t value;
	} vfio = { offset, 7, bytes, value };

	if (world->is_vfio)
		send_body(world, is_write ? 10 : 9, &vfio, 16 + (is_write ? bytes : 0), -1);
	else
		send_body(world, is_write ? 2 : 3, proxy, sizeof(proxy), -1);
}

static void change_memory(struct world *world, struct input *input)
{
	uint64_t kind = take(input, 1), base = take(input, 2) * 2048, bytes = take(input, 2) * 2048;
	uint64_t offset = take(input, 2) * 2048;
	uint64_t list[3][8] = { { base }, { bytes }, { offset } };
	const struct {
		uint32_t bytes_of_body, flags;
		uint64_t file_offset, base, bytes;
	} map = { 32, (uint32_t)kind & 3, offset, base, bytes };
	const struct {
		uint32_t bytes_of_body, flags;
		uint64_t base, bytes;
	} unmap = { 24, 0, base, bytes };
	int file = kind & 4 ? world->file : -1;

	if (!world->is_vfio)
		send_body(world, 0, list, sizeof(list), file);
	else if (kind & 8)
		send_body(world, 3, &unmap, sizeof(unmap), -1);
	else
		send_body(world, 2, &map, sizeof(map), file);
}

/* The guest's own hand: a word of a table, a descriptor, a piece of any of them. */
static void write_memory(struct world *world, struct input *input)
{
	uint64_t at = take(input, 2) * 8 % MEMORY_BYTES, value = take(input, 8);

	memcpy(world->memory + at, &value, sizeof(value));
}

static void send_raw(struct world *world, struct input *input)
{
	send_message(world, input->at, input->bytes, -1);
	input->bytes = 0;
	shutdown(world->peer, SHUT_WR);
	while (!world->is_over)
		serve(world);
}

static void step(struct world *world, struct input *input)
{
	switch (take(input, 1) % 8) {
	case 0:
	case 1:
		access_bar(world, input, true);
		break;
	case 2:
		access_bar(world, input, false);
		break;
	case 3:
		access_config(world, input, true);
		break;
	case 4:
		access_config(world, input, false);
		break;
	case 5:
		change_memory(world, input);
		break;
	case 6:
		write_memory(world, input);
		break;
	default:
		if (take(input, 1) % 8)
			send_body(world, world->is_vfio ? 13 : 7, "", 0, -1);
		else
			send_raw(world, input);
	}
}

/* A guest that has memory, and the units where it wants them; it speaks to them, or to a device under one. */
static void begin(struct world *world, uint64_t seed)
{
	static const char *const words[] = { "all+shared,sm+vcs+shared", "sm+vcs-draft,legacy,qemu",
					     "all+lazy,all*7" };
	const uint32_t bar = BAR;
	struct topology_place place = { .first_bus = SERVER_FIRST_BUS };
	char error[200];
	int ends[2];

	assert(units_make(&world->units, words[seed / 32 % 3], error, sizeof(error)));
	place.stride_bytes = world->units.stride;
	world->units.is_by_hand = seed & 8;
	units_function_make(&world->function, &world->units, &place, seed & 16);
	assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	world->transport.socket = ends[0];
	device_function_make(&world->device, &world->units,
			     endpoints_make_device(&world->units.endpoints, 0, 0x80));
	world->transport.function = seed & 1 ? &world->device : &world->function;
	world->peer = ends[1];
	world->is_vfio = seed & 4;
	assert(!guest_memory_map(&world->units.memory, MEMORY_BASE, MEMORY_BYTES, dup(world->file),
				 0, true));
	function_config_write(&world->function, 0x10, 4, bar);
	function_config_write(&world->function, 0x04, 2, 2);
}

static void end(struct world *world)
{
	transport_close_files(&world->transport);
	assert(world->units.memory.count <= GUEST_REGIONS_MAX);
	units_free(&world->units);
	close(world->peer);
	close(world->transport.socket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct world *world;
	static int file = -1;
	static uint8_t *memory;
	struct input input = { data, bytes };

	if (!world) {
		world = malloc(sizeof(*world));
		file = memfd_create("guest", MFD_CLOEXEC);
		assert(world && file >= 0 && !ftruncate(file, MEMORY_BYTES));
		memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		assert(memory != MAP_FAILED);
	}
	memset(world, 0, sizeof(*world));
	memset(memory, 0, MEMORY_BYTES);
	world->file = file;
	world->memory = memory;
	begin(world, take(&input, 1));
	while (input.bytes && !world->is_over)
		step(world, &input);
	end(world);
	return 0;
}
