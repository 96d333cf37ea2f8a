/* SPDX-License-Identifier: MIT */
#include "tests/server/function.h"

#include <string.h>

enum {
	CONFIG_VENDOR = 0x00,
	CONFIG_DEVICE = 0x02,
	CONFIG_COMMAND = 0x04,
	CONFIG_REVISION = 0x08,
	CONFIG_CLASS = 0x09,
	CONFIG_BAR = 0x10,
	CONFIG_SUBSYSTEM_VENDOR = 0x2c,
	CONFIG_SUBSYSTEM = 0x2e,
	CONFIG_INTERRUPT_LINE = 0x3c,
	COMMAND_MEMORY = 1 << 1,
	COMMAND_MASTER = 1 << 2,
	COMMAND_WRITABLE = 0x0407, /* I/O, memory, bus master, INTx off */
};

static uint32_t get(const struct function *function, uint32_t offset, unsigned int bytes)
{
	uint32_t value = 0;

	memcpy(&value, function->config + offset, bytes);
	return value;
}

static void set(struct function *function, uint32_t offset, unsigned int bytes, uint32_t value)
{
	memcpy(function->config + offset, &value, bytes);
}

void function_reset(struct function *function)
{
	memset(function->config, 0, sizeof(function->config));
	set(function, CONFIG_VENDOR, 2, SERVER_VENDOR);
	set(function, CONFIG_DEVICE, 2, function->kind->device);
	set(function, CONFIG_CLASS, 3, function->kind->class);
	set(function, CONFIG_SUBSYSTEM_VENDOR, 2, SERVER_VENDOR);
	set(function, CONFIG_SUBSYSTEM, 2, function->kind->device);
	function->is_hidden = false;
	function->kind->reset(function);
}

uint64_t function_bar(const struct function *function)
{
	return get(function, CONFIG_COMMAND, 2) & COMMAND_MEMORY ? get(function, CONFIG_BAR, 4) : 0;
}

bool function_is_master(const struct function *function)
{
	return get(function, CONFIG_COMMAND, 2) & COMMAND_MASTER;
}

void function_look(struct function *function)
{
	function->kind->look(function);
}

uint32_t function_config_read(struct function *function, uint32_t offset, unsigned int bytes)
{
	function_look(function);
	if (function->is_hidden || offset + bytes > FUNCTION_CONFIG_BYTES)
		return UINT32_MAX >> (32 - 8 * bytes);
	return get(function, offset, bytes);
}

/* Which bits of the byte at `offset` software can change. */
static uint8_t writable_bits(const struct function *function, uint32_t offset)
{
	uint32_t bar = ~(function->bar_bytes - 1);

	if (offset == CONFIG_COMMAND || offset == CONFIG_COMMAND + 1)
		return (uint8_t)(COMMAND_WRITABLE >> (8 * (offset - CONFIG_COMMAND)));
	if (offset >= CONFIG_BAR && offset < CONFIG_BAR + 4)
		return (uint8_t)(bar >> (8 * (offset - CONFIG_BAR)));
	return offset == CONFIG_INTERRUPT_LINE ? UINT8_MAX : 0;
}

void function_config_write(struct function *function, uint32_t offset, unsigned int bytes,
			   uint32_t value)
{
	if (function->is_hidden || offset + bytes > FUNCTION_CONFIG_BYTES)
		return;
	for (unsigned int i = 0; i < bytes; i++) {
		uint8_t bits = writable_bits(function, offset + i);
		uint8_t *byte = &function->config[offset + i];

		*byte = (uint8_t)((*byte & ~bits) | (value >> (8 * i) & bits));
	}
	function_look(function);
}

uint64_t function_read(struct function *function, uint32_t offset, unsigned int bytes)
{
	return offset < function->bar_bytes ? function->kind->read(function, offset, bytes)
					    : UINT64_MAX;
}

void function_write(struct function *function, uint32_t offset, unsigned int bytes, uint64_t value)
{
	if (offset < function->bar_bytes)
		function->kind->write(function, offset, bytes, value);
}
