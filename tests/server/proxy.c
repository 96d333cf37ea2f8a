/* SPDX-License-Identifier: MIT */
/* The protocol of QEMU's x-pci-proxy-dev ("multi-process QEMU"), as version 7.2 speaks it. */
#include <string.h>

#include "tests/server/transport.h"

enum command {
	SYNC_MEMORY = 0,
	RETURN = 1,
	CONFIG_WRITE = 2,
	CONFIG_READ = 3,
	BAR_WRITE = 4,
	BAR_READ = 5,
	SET_INTERRUPT = 6,
	RESET = 7,
};

struct head {
	int32_t command;
	uint32_t padding;
	uint64_t bytes;
};

struct memory_body {
	uint64_t base[TRANSPORT_FILES_MAX];
	uint64_t bytes[TRANSPORT_FILES_MAX];
	uint64_t file_offset[TRANSPORT_FILES_MAX];
};

struct config_body {
	uint32_t offset;
	uint32_t value;
	int32_t bytes;
};

struct bar_body {
	uint64_t address; /* as the guest has it; the BAR is aligned to its size */
	uint64_t value;
	uint32_t bytes;
	uint32_t is_memory; /* a byte of it is meant */
};

static bool answer(struct transport *transport, uint64_t value)
{
	const struct {
		struct head head;
		uint64_t value;
	} reply = { { .command = RETURN, .bytes = sizeof(value) }, value };

	return transport_send(transport, &reply, sizeof(reply));
}

/* All memory there is, anew; with each range a descriptor. */
static bool sync_memory(struct transport *transport, size_t bytes)
{
	struct guest_memory *memory = transport->function->memory;
	const struct memory_body *body = (const struct memory_body *)transport->body;
	unsigned int count = transport->file_count;

	if (bytes != sizeof(*body))
		return transport_refuse(transport, "a list of memory of another length");
	if (!memory)
		return true;
	guest_memory_forget(memory);
	for (unsigned int i = 0; i < count; i++) {
		const char *wrong = guest_memory_map(memory, body->base[i], body->bytes[i],
						     transport_take_file(transport),
						     body->file_offset[i], true);

		if (wrong)
			return transport_refuse(transport, wrong);
	}
	function_look(transport->function);
	return true;
}

static bool access_config(struct transport *transport, size_t bytes, bool is_write)
{
	const struct config_body *body = (const struct config_body *)transport->body;
	uint32_t value = UINT32_MAX;

	if (bytes != sizeof(*body))
		return transport_refuse(transport,
					"an access to configuration space of another length");
	if ((body->bytes != 1 && body->bytes != 2 && body->bytes != 4) ||
	    body->offset > 4096u - (unsigned int)body->bytes)
		return transport_refuse(transport,
					"an access beside or across configuration space");
	if (is_write)
		function_config_write(transport->function, body->offset, (unsigned int)body->bytes,
				      body->value);
	else
		value = function_config_read(transport->function, body->offset,
					     (unsigned int)body->bytes);
	return answer(transport, is_write ? 0 : value);
}

static bool access_bar(struct transport *transport, size_t bytes, bool is_write)
{
	struct function *function = transport->function;
	const struct bar_body *body = (const struct bar_body *)transport->body;
	uint32_t size = function->bar_bytes;
	uint32_t offset = (uint32_t)(body->address & (size - 1));

	if (bytes != sizeof(*body))
		return transport_refuse(transport, "an access to a BAR of another length");
	if (body->bytes < 1 || body->bytes > 8 || body->bytes > size - offset)
		return transport_refuse(transport, "an access of no width or across a BAR's end");
	if (!is_write)
		return answer(transport, function_read(function, offset, body->bytes));
	function_write(function, offset, body->bytes, body->value);
	return answer(transport, 0);
}

static bool dispatch(struct transport *transport, enum command command, size_t bytes)
{
	switch (command) {
	case SYNC_MEMORY:
		return sync_memory(transport, bytes);
	case CONFIG_WRITE:
	case CONFIG_READ:
		return access_config(transport, bytes, command == CONFIG_WRITE);
	case BAR_WRITE:
	case BAR_READ:
		return access_bar(transport, bytes, command == BAR_WRITE);
	case SET_INTERRUPT: /* of use under KVM only; nobody waits for an answer */
		return true;
	case RESET:
		function_reset(transport->function);
		return answer(transport, 0);
	case RETURN:
		break;
	}
	return transport_refuse(transport, "a message of no known command");
}

bool proxy_serve(struct transport *transport)
{
	struct head head;
	bool goes_on;

	if (!transport_receive(transport, &head, sizeof(head)))
		return false;
	if (head.bytes > sizeof(transport->body))
		return transport_refuse(transport, "a message longer than any there is");
	memset(transport->body, 0, sizeof(transport->body));
	if (!transport_receive(transport, transport->body, head.bytes))
		return false;
	transport->message_count++;
	goes_on = dispatch(transport, (enum command)head.command, head.bytes);
	transport_close_files(transport);
	return goes_on;
}
