/* SPDX-License-Identifier: MIT */
#include "tests/server/device_function.h"

enum { BAR_BYTES = 4096 };

static void take_master(struct function *function)
{
	function->endpoint->registers[EP_MASTER / 4] = function_is_master(function);
}

static uint64_t read_registers(struct function *function, uint32_t offset, unsigned int bytes)
{
	return endpoint_read(&function->units->endpoints, function->endpoint, offset, bytes);
}

static void write_registers(struct function *function, uint32_t offset, unsigned int bytes,
			    uint64_t value)
{
	endpoint_write(&function->units->endpoints, function->endpoint, offset, bytes, value);
	take_master(function);
}

static void reset(struct function *function)
{
	endpoint_reset(function->endpoint);
}

static const struct function_kind kind = {
	.device = SERVER_ENDPOINT_DEVICE,
	.class = SERVER_ENDPOINT_CLASS,
	.read = read_registers,
	.write = write_registers,
	.look = take_master,
	.reset = reset,
};

void device_function_make(struct function *function, struct units *units, struct endpoint *endpoint)
{
	*function = (struct function){
		.kind = &kind,
		.units = units,
		.bar_bytes = BAR_BYTES,
		.endpoint = endpoint,
	};
	function_reset(function);
}
