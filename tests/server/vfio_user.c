/* SPDX-License-Identifier: MIT */
/*
 * The vfio-user protocol, version 0.0, for QEMU's vfio-user-pci: one BAR, configuration space, no
 * interrupts of the function's own. Messages of the units go out as DMA writes.
 */
#include <string.h>
#include <unistd.h>

#include "tests/server/transport.h"

enum command {
	VERSION = 1,
	DMA_MAP = 2,
	DMA_UNMAP = 3,
	GET_INFO = 4,
	GET_REGION_INFO = 5,
	GET_REGION_FILES = 6,
	GET_INTERRUPT_INFO = 7,
	SET_INTERRUPTS = 8,
	REGION_READ = 9,
	REGION_WRITE = 10,
	DMA_READ = 11,
	DMA_WRITE = 12,
	RESET = 13,
};

enum {
	IS_REPLY = 1 << 0,
	TYPE = 0xf,
	NO_REPLY = 1 << 4,
	IS_ERROR = 1 << 5,
	REGION_BAR = 0,
	REGION_CONFIG = 7,
	REGIONS = 9,
	INTERRUPTS = 5,
	INFO_RESETS = 1 << 0,
	INFO_PCI = 1 << 1,
	MAY_READ = 1 << 0,
	MAY_WRITE = 1 << 1,
	NOT_SUPPORTED = 95, /* ENOTSUP */
};

struct head {
	uint16_t id;
	uint16_t command;
	uint32_t bytes; /* with this head */
	uint32_t flags;
	uint32_t error;
};

struct map_body {
	uint32_t bytes_of_body, flags;
	uint64_t file_offset, base, bytes;
};

struct unmap_body {
	uint32_t bytes_of_body, flags;
	uint64_t base, bytes;
};

struct info_body {
	uint32_t bytes_of_body, flags, regions, interrupts;
};

struct region_body {
	uint32_t bytes_of_body, flags, index, capabilities;
	uint64_t bytes, offset;
};

struct interrupt_body {
	uint32_t bytes_of_body, flags, index, count;
};

struct access_body {
	uint64_t offset;
	uint32_t region, count;
};

/* A message that is being served: its head, and what follows it. */
struct request {
	struct transport *transport;
	struct head head;
	size_t bytes; /* of the body */
	void *body;
};

static bool reply(const struct request *request, size_t bytes)
{
	struct head head = request->head;

	if (head.flags & NO_REPLY)
		return true;
	head.flags = IS_REPLY;
	head.bytes = (uint32_t)(sizeof(head) + bytes);
	head.error = 0;
	return transport_send(request->transport, &head, sizeof(head)) &&
	       transport_send(request->transport, request->body, bytes);
}

static bool reply_error(const struct request *request, uint32_t error)
{
	struct head head = request->head;

	head.flags = IS_REPLY | IS_ERROR;
	head.bytes = sizeof(head);
	head.error = error;
	return head.flags & NO_REPLY || transport_send(request->transport, &head, sizeof(head));
}

/* ---- what we are ---- */

static bool tell_version(struct request *request)
{
	static const char text[] = "{\"capabilities\":{\"max_msg_fds\":8,"
				   "\"max_data_xfer_size\":1024,\"pgsizes\":4096}}";
	uint16_t *version = request->body;

	if (request->bytes < 4)
		return transport_refuse(request->transport, "a version that is cut short");
	if (version[0] != 0)
		return transport_refuse(request->transport, "another version of vfio-user than 0");
	version[1] = 0;
	memcpy(version + 2, text, sizeof(text));
	return reply(request, 4 + sizeof(text));
}

static bool tell_info(struct request *request)
{
	*(struct info_body *)request->body = (struct info_body){
		.bytes_of_body = sizeof(struct info_body),
		.flags = INFO_RESETS | INFO_PCI,
		.regions = REGIONS,
		.interrupts = INTERRUPTS,
	};
	return reply(request, sizeof(struct info_body));
}

static uint32_t region_bytes(const struct request *request, uint32_t region)
{
	if (region == REGION_BAR)
		return request->transport->function->bar_bytes;
	return region == REGION_CONFIG ? FUNCTION_CONFIG_BYTES : 0;
}

static bool tell_region(struct request *request)
{
	struct region_body *body = request->body;
	uint32_t bytes;

	if (request->bytes < sizeof(*body) || body->index >= REGIONS)
		return transport_refuse(request->transport, "a question for a region there is not");
	bytes = region_bytes(request, body->index);
	body->bytes_of_body = sizeof(*body);
	body->flags = bytes ? MAY_READ | MAY_WRITE : 0;
	body->capabilities = 0;
	body->bytes = bytes;
	body->offset = 0;
	return reply(request, sizeof(*body));
}

static bool tell_interrupt(struct request *request)
{
	struct interrupt_body *body = request->body;

	if (request->bytes < sizeof(*body) || body->index >= INTERRUPTS)
		return transport_refuse(request->transport,
					"a question for an interrupt there is not");
	body->bytes_of_body = sizeof(*body);
	body->flags = body->count = 0;
	return reply(request, sizeof(*body));
}

/* ---- memory ---- */

/* Memory without a file, like a ROM, is none that tables or data are in. */
static bool map(struct request *request)
{
	struct transport *transport = request->transport;
	struct guest_memory *memory = transport->function->memory;
	const struct map_body *body = request->body;
	int file = transport_take_file(transport);
	const char *wrong = NULL;

	if (request->bytes < sizeof(*body))
		return transport_refuse(transport, "a range of memory that is cut short");
	if (memory && file >= 0)
		wrong = guest_memory_map(memory, body->base, body->bytes, file, body->file_offset,
					 body->flags & MAY_WRITE);
	else if (file >= 0)
		close(file);
	if (wrong)
		return transport_refuse(transport, wrong);
	function_look(transport->function);
	return reply(request, 0);
}

static bool unmap(struct request *request)
{
	struct transport *transport = request->transport;
	struct guest_memory *memory = transport->function->memory;
	const struct unmap_body *body = request->body;
	const char *wrong = NULL;

	if (request->bytes < sizeof(*body))
		return transport_refuse(transport, "a range of memory that is cut short");
	if (memory)
		wrong = guest_memory_unmap(memory, body->base, body->bytes);
	if (wrong)
		return transport_refuse(transport, wrong);
	return reply(request, sizeof(*body));
}

/* ---- accesses ---- */

static void read_region(struct function *function, struct access_body *body)
{
	uint32_t offset = (uint32_t)body->offset;
	uint8_t *to = (uint8_t *)(body + 1);
	uint64_t value;

	if (body->region == REGION_CONFIG && body->count > 4) {
		for (uint32_t i = 0; i < body->count; i++)
			to[i] = (uint8_t)function_config_read(function, offset + i, 1);
		return;
	}
	value = body->region == REGION_CONFIG ? function_config_read(function, offset, body->count)
					      : function_read(function, offset, body->count);
	memcpy(to, &value, body->count);
}

static void write_region(struct function *function, const struct access_body *body)
{
	uint32_t offset = (uint32_t)body->offset;
	uint64_t value = 0;

	memcpy(&value, body + 1, body->count);
	if (body->region == REGION_CONFIG)
		function_config_write(function, offset, body->count, (uint32_t)value);
	else
		function_write(function, offset, body->count, value);
}

/* Configuration space is read as a whole, too. */
static uint32_t access_most(const struct access_body *body, bool is_write)
{
	if (body->region == REGION_CONFIG)
		return is_write ? 4 : FUNCTION_CONFIG_BYTES;
	return 8;
}

static bool is_access(const struct request *request, const struct access_body *body, bool is_write)
{
	uint32_t size = region_bytes(request, body->region);

	return body->count >= 1 && body->count <= access_most(body, is_write) &&
	       body->offset < size && body->count <= size - body->offset;
}

static bool access_region(struct request *request, bool is_write)
{
	struct transport *transport = request->transport;
	struct access_body *body = request->body;

	if (request->bytes < sizeof(*body) ||
	    (is_write && request->bytes != sizeof(*body) + body->count))
		return transport_refuse(transport, "an access that is cut short or too long");
	if (!is_access(request, body, is_write))
		return transport_refuse(transport,
					"an access of no width, or beside or across a region");
	if (is_write) {
		write_region(transport->function, body);
		return reply(request, sizeof(*body));
	}
	read_region(transport->function, body);
	return reply(request, sizeof(*body) + body->count);
}

static bool reset(struct request *request)
{
	function_reset(request->transport->function);
	return reply(request, 0);
}

static bool dispatch(struct request *request)
{
	switch ((enum command)request->head.command) {
	case VERSION:
		return tell_version(request);
	case DMA_MAP:
		return map(request);
	case DMA_UNMAP:
		return unmap(request);
	case GET_INFO:
		return tell_info(request);
	case GET_REGION_INFO:
		return tell_region(request);
	case GET_INTERRUPT_INFO:
		return tell_interrupt(request);
	case SET_INTERRUPTS:
		return reply(request, 0);
	case REGION_READ:
	case REGION_WRITE:
		return access_region(request, request->head.command == REGION_WRITE);
	case RESET:
		return reset(request);
	case GET_REGION_FILES:
	case DMA_READ:
	case DMA_WRITE:
		break;
	}
	return reply_error(request, NOT_SUPPORTED);
}

/* ---- messages of the units ---- */

struct write_message {
	struct head head;
	uint64_t address;
	uint64_t count;
	uint32_t data;
} __attribute__((packed));

/* After the answer, so that whoever is interrupted is not waiting for it. */
static bool send_messages(struct transport *transport)
{
	struct message message;

	while (units_take_message(transport->function->units, &message)) {
		const struct write_message write = {
			.head = { .id = transport->next_id++,
				  .command = DMA_WRITE,
				  .bytes = sizeof(write) },
			.address = message.address,
			.count = sizeof(message.data),
			.data = message.data,
		};

		if (!transport_send(transport, &write, sizeof(write)))
			return false;
		transport->function->units->in_flight_count++;
	}
	return true;
}

bool vfio_user_serve(struct transport *transport)
{
	struct request request = { .transport = transport, .body = transport->body };
	bool goes_on = true;

	if (!transport_receive(transport, &request.head, sizeof(request.head)))
		return false;
	if (request.head.bytes < sizeof(request.head) ||
	    request.head.bytes - sizeof(request.head) > sizeof(transport->body) / 2)
		return transport_refuse(transport, "a message shorter or longer than any there is");
	request.bytes = request.head.bytes - sizeof(request.head);
	memset(transport->body, 0, sizeof(transport->body));
	if (!transport_receive(transport, transport->body, request.bytes))
		return false;
	transport->message_count++;
	if ((request.head.flags & TYPE) != IS_REPLY)
		goes_on = dispatch(&request);
	else if (transport->function->units->in_flight_count)
		transport->function->units->in_flight_count--;
	transport_close_files(transport);
	return goes_on && send_messages(transport);
}
