/* SPDX-License-Identifier: MIT */
#include "tests/host/check.h"

#include <string.h>

#include "tests/host/bringup/bringup_check.h"

enum { REGISTERS_BYTES = 600 };

static char found[TOPOLOGY_UNITS_MAX][REGISTERS_BYTES];

void check_remember(void)
{
	for (unsigned int i = 0; i < world.unit_count; i++)
		world_registers(i, found[i], sizeof(found[i]));
}

static void cut_tail(char *registers)
{
	char *tail = strstr(registers, " 088 ");
	char *rest = strstr(registers, " 0b8 ");

	memmove(tail, rest, strlen(rest) + 1);
}

bool check_unit_is_as_found(unsigned int unit)
{
	char now[REGISTERS_BYTES], was[REGISTERS_BYTES];

	world_registers(unit, now, sizeof(now));
	memcpy(was, found[unit], sizeof(was));
	if (world.topology.units[unit].entry != ENTRY_OFF) {
		cut_tail(now);
		cut_tail(was);
	}
	if (strcmp(now, was) == 0)
		return true;
	print_message("unit %u: now %s\n        was %s\n", unit, now, was);
	return false;
}

void check_as_found(void)
{
	for (unsigned int i = 0; i < world.unit_count; i++)
		assert_true(world.is_absent[i] || check_unit_is_as_found(i));
}

void check_landing(enum world_landing expected)
{
	for (unsigned int i = 0; i < world.device_count; i++)
		assert_int_equal(world_dma(i, false, 0),
				 bringup_unit_translates(&world.plan, world.list[i].unit)
					 ? expected
					 : WORLD_PASSED);
}

void check_planned(const char *topology, const struct bringup_request *request)
{
	world_open(topology, VCMD_AUTO);
	if (!world_plan(request))
		fail_msg("%s: refused: %s", topology, world.plan.refusal.what);
	check_remember();
	world_reset_counts();
}

void check_committed(void)
{
	char text[600];

	if (world_commit())
		return;
	bringup_result_describe(&world.bringup, text, sizeof(text));
	fail_msg("%s", text);
}

void check_released(void)
{
	assert_true(bringup_release(&world.bringup));
	world_expect_no_complaint();
	world_close();
}
