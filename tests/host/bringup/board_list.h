/* SPDX-License-Identifier: MIT */
/*
 * Machines as they ship, from a list of what Linux printed of their units (boards.tsv): what the
 * planner makes of each, in one line.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "iommu/bringup/bringup.h"

enum { BOARD_UNITS_MAX = 16, BOARD_TEXT_BYTES = 1600 };

struct board {
	char name[32];
	unsigned int logs; /* that show this list */
	unsigned int unit_count;
	struct survey units[BOARD_UNITS_MAX];
};

/* The next board of an open list; false at its end. A line that cannot be read ends the program. */
bool board_read(FILE *list, struct board *board);

/* As an operating system asks: everything it can get, and no unit is a reason to give up. */
bool board_plan(const struct board *board, struct bringup_plan *plan);

/* "X58: legacy mode, levels 3 4, 39 bits, ...; off: ...; notes: ..." */
void board_describe(const struct board *board, char text[BOARD_TEXT_BYTES]);

/* Why the reference model cannot be a unit, on a platform as wide as its MGAW; NULL: it can. */
const char *board_unit_not_modelled(const struct survey *unit);

/* The units that the model cannot be, and why: "ADL: unit 0: CAP.FS1GP: ..."; "" if it can be all. */
void board_describe_model(const struct board *board, char text[BOARD_TEXT_BYTES]);

/* The words of topo= for its units. */
void board_topology(const struct board *board, char text[BOARD_TEXT_BYTES]);
