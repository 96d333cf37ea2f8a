/* SPDX-License-Identifier: MIT */
#include "tests/server/function.h"

#include <string.h>

#include "tests/server/table.h"

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
	set(function, CONFIG_DEVICE, 2, SERVER_DEVICE);
	set(function, CONFIG_CLASS, 3, SERVER_CLASS);
	set(function, CONFIG_SUBSYSTEM_VENDOR, 2, SERVER_VENDOR);
	set(function, CONFIG_SUBSYSTEM, 2, SERVER_DEVICE);
	function->is_hidden = false;
	if (function->place.base)
		table_spoil(&function->units->memory, &function->units->topology, &function->place);
	function->place.base = 0;
	function->table_count = 0;
	units_reset(function->units);
}

void function_make(struct function *function, struct units *units,
		   const struct topology_place *place, bool may_hide)
{
	*function = (struct function){ .units = units, .place = *place, .may_hide = may_hide };
	function_reset(function);
	units->reset_count = 0;
}

/* Where the guest has the units now; 0: nowhere. */
static uint64_t base_of(const struct function *function)
{
	uint64_t bar = get(function, CONFIG_BAR, 4);

	return get(function, CONFIG_COMMAND, 2) & COMMAND_MEMORY && bar
		       ? bar + function->units->stride
		       : 0;
}

/*
 * Firmware says where the units are before it has put the table together, and looks at the function again
 * afterwards: so at every look the table is made true, if it is there.
 */
void function_look_for_table(struct function *function)
{
	struct topology_place place = function->place;
	unsigned int count;

	place.base = base_of(function);
	if (!place.base || place.base == function->place.base || function->is_hidden)
		return;
	count = table_make_true(&function->units->memory, &function->units->topology, &place);
	if (!count)
		return;
	function->place.base = place.base;
	function->table_count += count;
}

uint32_t function_config_read(struct function *function, uint32_t offset, unsigned int bytes)
{
	function_look_for_table(function);
	if (function->is_hidden || offset + bytes > FUNCTION_CONFIG_BYTES)
		return UINT32_MAX >> (32 - 8 * bytes);
	return get(function, offset, bytes);
}

/* Which bits of the byte at `offset` software can change. */
static uint8_t writable_bits(const struct function *function, uint32_t offset)
{
	uint32_t bar = ~(units_bytes(function->units) - 1);

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
	function_look_for_table(function);
}

uint64_t function_read(struct function *function, uint32_t offset, unsigned int bytes)
{
	uint64_t value;

	if (offset >= units_bytes(function->units))
		return UINT64_MAX;
	if (units_read(function->units, offset, bytes, &value) && function->may_hide)
		function->is_hidden = true;
	return value;
}

void function_write(struct function *function, uint32_t offset, unsigned int bytes, uint64_t value)
{
	if (offset < units_bytes(function->units))
		units_write(function->units, offset, bytes, value);
}
