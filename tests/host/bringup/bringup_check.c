/* SPDX-License-Identifier: MIT */
#include "tests/host/check.h"

#include <stdio.h>
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

void check_plan_row(const struct plan_row *row)
{
	char text[600];
	bool is_fine;

	world_open(row->topology, VCMD_AUTO);
	assert_int_equal(world_write_count(), 0); /* the survey */
	world_reset_counts();
	is_fine = bringup_plan(world.surveys, world.unit_count, &row->request, &world.plan);
	bringup_plan_describe(&world.plan, text, sizeof(text));
	if (is_fine != (row->reason == BRINGUP_REASON_OK) ||
	    world.plan.refusal.reason != row->reason ||
	    strncmp(text, row->says, strlen(row->says)) != 0)
		fail_msg("%s:\n  says   %s (%s)\n  wanted %s (%s)", row->topology, text,
			 bringup_reason_name(world.plan.refusal.reason), row->says,
			 bringup_reason_name(row->reason));
	assert_int_equal(world_write_count() + world_read_count(), 0); /* the plan */
	world_close();
}
