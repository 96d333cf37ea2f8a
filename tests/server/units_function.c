/* SPDX-License-Identifier: MIT */
#include "tests/server/units_function.h"

#include "tests/server/table.h"

static uint64_t read_registers(struct function *function, uint32_t offset, unsigned int bytes)
{
	uint64_t value;

	if (units_read(function->units, offset, bytes, &value) && function->may_hide)
		function->is_hidden = true;
	return value;
}

static void write_registers(struct function *function, uint32_t offset, unsigned int bytes,
			    uint64_t value)
{
	units_write(function->units, offset, bytes, value);
}

/*
 * Firmware says where the units are before it has put the table together, and looks at the function again
 * afterwards: so at every look the table is made true, if it is there.
 */
static void look_for_table(struct function *function)
{
	struct topology_place place = function->place;
	uint64_t bar = function_bar(function);
	unsigned int count;

	place.base = bar ? bar + function->units->stride : 0;
	if (!place.base || place.base == function->place.base || function->is_hidden)
		return;
	count = table_make_true(function->memory, &function->units->topology, &place);
	if (!count)
		return;
	function->place.base = place.base;
	function->table_count += count;
}

static void reset(struct function *function)
{
	if (function->place.base)
		table_spoil(function->memory, &function->units->topology, &function->place);
	function->place.base = 0;
	function->table_count = 0;
	units_reset(function->units);
}

static const struct function_kind kind = {
	.device = SERVER_DEVICE,
	.class = SERVER_CLASS,
	.read = read_registers,
	.write = write_registers,
	.look = look_for_table,
	.reset = reset,
};

void units_function_make(struct function *function, struct units *units,
			 const struct topology_place *place, bool may_hide)
{
	*function = (struct function){
		.kind = &kind,
		.units = units,
		.memory = &units->memory,
		.bar_bytes = units_bytes(units),
		.place = *place,
		.may_hide = may_hide,
	};
	function_reset(function);
	units->reset_count = 0;
}
