/* SPDX-License-Identifier: MIT */
/*
 * A USB host controller for the driver of tests/scenes/agents: its registers, its ports, the memory that it is let to,
 * and the time that passes for it while the driver idles. It is as strict as hardware may be.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum temper {
	GOOD,
	LATE,	  /* answers a command after 100 ms */
	SILENT,	  /* answers none */
	GIVES_UP, /* halts with a system error where a command should be fetched */
	NEVER_HALTS,
	NEVER_RESETS,
	NEVER_READY,
	NEVER_RUNS,
	GONE,		/* all registers read as ones */
	VANISHES,	/* the same, from where it should fetch a command on */
	REPORTS_AGAIN,	/* its ports report at each start what they reported before */
	IS_MISTAKEN,	/* names another command than the one that it answers */
	LIKES_ANYTHING, /* commands that are none succeed */
	REPLUGGED,	/* a port reports something new before it answers */
	IS_QUIET,	/* where a command cannot be fetched it finds none, as an emulated one */
};

/* When it fetches the segment table. */
enum fetch_time { WHEN_WRITTEN, WHEN_RUN, WHEN_NEEDED };

struct served {
	/* Set by the test. */
	enum temper temper;
	enum fetch_time fetch_time;
	unsigned int connected; /* ports with something on them */
	unsigned int scratchpads;
	bool is_kept;			  /* firmware does not give it up */
	const void *no_reads, *no_writes; /* pages that it is not let to, or NULL */

	/* Seen by the controller. */
	uint32_t types; /* a bit for each type of command that it executed */
	unsigned int resets, port_writes, stray_writes, slots;
	const void *first_blocked; /* page of the first read that was */
	unsigned int reads_blocked;
	bool is_running, has_smis;
	uint64_t now_us;
};

extern struct served served;

/* As after power-on: good, nobody's, nothing plugged in. */
void served_start(void);
/* Firmware owns it and has left it running. */
void served_give_to_firmware(void);
