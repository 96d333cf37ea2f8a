/* SPDX-License-Identifier: MIT */
/*
 * A driver that brings a rig up by some strategy. What it believes is kept apart from what the units
 * do: that is for outcome.c to find out.
 *
 * Historical drivers look at the first unit where a plan looks at all of them: its widths, its
 * features and its caches are taken for everybody's.
 */
#pragma once

#include "iommu/bringup/commit.h"
#include "iommu/bringup/register_pasids.h"
#include "iommu/bringup/steps.h"
#include "tests/mixed/rig.h"
#include "tests/mixed/strategies.h"

enum { PROCESS_COUNT = 2, DEVICES_MAX = RIG_UNITS_MAX * 3 };

/* A process with an address space of its own behind every unit, if it got a PASID. */
struct process {
	bool is_bound;
	uint32_t pasid;
	unsigned int unit; /* that was asked for the PASID */
};

/* PASIDs that a unit gave to a driver which gives none back itself. */
enum { OWED_MAX = 16 };

struct driver {
	struct rig *rig;
	const struct strategy *strategy;

	/* How it ended. */
	bool has_refused;
	enum bringup_reason reason; /* of a plan or commit that refused */
	char words[600];	    /* why it refused, else the plan */

	/* What it believes. */
	bool scalable; /* its flag */
	bool sva;
	bool is_scalable[RIG_UNITS_MAX];     /* the format of the tables of each unit */
	bool invalidates_new[RIG_UNITS_MAX]; /* after mapping what was not mapped before */
	bool expects_moved;		     /* windows lead to the moved pages now */
	struct process processes[PROCESS_COUNT];

	/* Where its PASIDs come from, historical. */
	struct vcmd vcmd[RIG_UNITS_MAX];
	bool is_source[RIG_UNITS_MAX];
	uint32_t spare[RIG_UNITS_MAX]; /* had when registering, for the first process */
	bool has_spare[RIG_UNITS_MAX];
	struct process owed[OWED_MAX]; /* of real units: those that vanish need none back */
	unsigned int owed_count;
	uint32_t default_live; /* handed out by its own counter, or by an earlier user */

	/* What it built. [1]: scalable format. */
	struct bringup_device devices[2][DEVICES_MAX];
	struct mapping mappings[2][DEVICES_MAX];
	unsigned int device_count[2];
	struct tables tables[2];
	void *roots
		[RIG_UNITS_MAX]; /* latched before there were tables; NULL: those of the tables */
	struct paging spaces[RIG_UNITS_MAX][PROCESS_COUNT];

	/* Planned. */
	struct survey surveys[RIG_UNITS_MAX];
	struct bringup_plan plan;
	struct bringup bringup;
	struct pasid_space pasids;
	void *pasid_state;
	void *interrupts; /* an interrupt remapping table without entries */

	/* What it cost in register accesses, all units together, and in time. */
	bool has_decided;
	uint64_t writes_before_decision, reads_before_decision;
	uint64_t writes_of_commit, reads_of_commit;
	uint64_t elapsed_us;
};

/* Runs the strategy; zeroes *driver before. Devices may master the bus all the time. */
void driver_run(struct driver *driver, struct rig *rig, const struct strategy *strategy);

/* Plans and commits what a caller asks for; the rig says what is known of PASIDs. */
void driver_run_request(struct driver *driver, struct rig *rig,
			const struct bringup_request *request);

/*
 * Gives the PASIDs of real units back, those units at rest first. False, with words in rig->error, if one
 * is not taken.
 */
bool driver_give_back(struct driver *driver);

/* Frees what it built. The units need not be at rest: they are about to vanish, or are by then. */
void driver_end(struct driver *driver);

/* For the parts: */

/* planned.c: survey, plan, commit; `sva` as the request says. */
void driver_plan_and_commit(struct driver *driver, const struct bringup_request *request);

/* downgrade.c: from scalable to legacy mode, but for one step. */
void driver_go_down(struct driver *driver);

/* processes.c: gives every bound process its space behind each unit with scalable tables. */
bool driver_bind_processes(struct driver *driver);
void driver_free_processes(struct driver *driver);

/*
 * Requests without PASID of a slot's device go where a PASID leads (RID_PASID), until they are led back
 * with PASID 0. `did` is the domain of where they go up to now.
 */
bool driver_lead(struct driver *driver, const struct slot *slot, uint32_t pasid, uint16_t did);
uint16_t driver_process_did(const struct slot *slot);

/* Maps the page of SLOT_LATE behind a unit, while translation is on. */
bool driver_map_late(struct driver *driver, unsigned int unit);

/* The entry of the device list that is about a slot; NULL if none is. */
const struct bringup_device *driver_device(const struct driver *driver, const struct slot *slot);

/* Ends the bring-up with an error. Returns false. */
bool driver_refuse(struct driver *driver, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Register writes of all units so far. */
uint64_t rig_write_count(const struct rig *rig);
uint64_t rig_read_count(const struct rig *rig);
