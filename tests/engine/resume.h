/* SPDX-License-Identifier: MIT */
/*
 * A run that goes on after the machine was reset: what it had done lies in pages that outlive the reset (page_kept()), with
 * a sum over it. The boot after the reset finds it, says nothing until it is where the run was, and goes on from there, so
 * that log, numbers and verdict are those of one run. A record is used once: no machine is reset for ever.
 */
#pragma once

#include "arch/boot_info.h"
#include "arch/options.h"
#include "iommu/unit/unit.h"
#include "tests/scenes/reset_scene.h"

/* So many real units are remembered; any more are left out. */
enum { RESUME_UNITS = 8 };

/* At the very start: looks for a record of the run before. */
void resume_find(const struct boot_info *boot);

/* A record was found and is of no use: why. NULL: it is, or there was none. */
const char *resume_misfit(void);

/* This boot goes on with such a run; so many of its results are told already. */
bool resume_is_back(void);
unsigned int resume_done_count(void);

/* Before any unit is touched: what a machine's firmware left in the units is no fault of theirs. */
void resume_note_entry(void);

/* The one that the tests of a reset use; NULL if none of the unit's agents can. */
struct agent *resume_agent(const struct unit *unit);

/* Agents of real units as they were measured before the reset. */
void resume_restore_agents(void);

/* Why no real unit will be reset in this run; NULL if all will be. */
const char *resume_obstacle(const struct options *options);

/* Turns everything on in each real unit, and resets the machine. Comes back never: bails out if it stays as it is. */
_Noreturn void resume_reset_machine(unsigned int done_count);

/* From here on the run says what it does again; `planned` must be what it was. */
void resume_go_on(unsigned int planned);

/* The run is at its end. */
void resume_forget(void);

/* What is known of a real unit from before the reset; NULL: nothing. */
struct reset_memory *resume_memory(const struct unit *unit);
