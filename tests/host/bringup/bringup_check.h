/* SPDX-License-Identifier: MIT */
/* What tests of the bring-up ask for again and again. */
#pragma once

#include "tests/host/bringup/bringup_world.h"

/* Opens a topology and plans it; a refusal fails the test. Registers are remembered, counts are 0. */
void check_planned(const char *topology, const struct bringup_request *request);

/* Commits; a failure fails the test, with its description. */
void check_committed(void);

/* Releases what was committed, and ends the world. */
void check_released(void);

/* Every device's DMA ends so; behind units that do not translate, at the bystanders. */
void check_landing(enum world_landing expected);

/* The registers of all units, now and again later. */
void check_remember(void);
void check_as_found(void);

/* One unit; what differs is printed. The tail of a queue found on may differ: it starts again at 0. */
bool check_unit_is_as_found(unsigned int unit);

/* A topology, a request, and what the plan says in words; `reason` OK: not refused. */
struct plan_row {
	const char *topology;
	struct bringup_request request;
	enum bringup_reason reason;
	const char *says;
};

/* Opens the topology and plans it: no register is touched, and the words begin as the row says. */
void check_plan_row(const struct plan_row *row);

/* A test of all rows of a table. */
#define PLAN_TEST(name)                                                       \
	static void test_##name(void **unused)                                \
	{                                                                     \
		(void)unused;                                                 \
		for (size_t i = 0; i < sizeof(name) / sizeof((name)[0]); i++) \
			check_plan_row(&(name)[i]);                           \
	}
