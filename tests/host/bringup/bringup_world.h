/* SPDX-License-Identifier: MIT */
/*
 * A platform of modelled units on the build host, driven by the real driver: registers are found by
 * address, as in the kernel; memory comes from the kernel's own page allocator, at addresses below
 * every host address width; each unit has endpoints whose DMA goes through the model.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "iommu/bringup/commit.h"
#include "iommu/bringup/register_pasids.h"
#include "iommu/bringup/transition.h"
#include "tests/units/topology.h"

enum {
	WORLD_BASE = 0x20000000, /* registers of unit 0; the others follow */
	WORLD_STRIDE = 0x2000,
	WORLD_FUNCTIONS = 2, /* endpoints of a unit, in both halves of the context tables */
	WORLD_DEVICES_MAX = TOPOLOGY_UNITS_MAX * WORLD_FUNCTIONS,
	WORLD_WINDOW_PAGES = 2,
};

/* What happens to register writes; counted over all units from world_inject() on. */
enum world_fault {
	WORLD_SOUND,
	WORLD_LOSES_ONE, /* that one write is lost */
	WORLD_DIES,	 /* that write and all later ones of the unit are lost */
};

/*
 * One endpoint: its window maps to the targets, and lies where the bystanders are. The tables of an
 * earlier stage map it to pages of their own.
 */
struct world_device {
	struct mapping mapping, foreign_mapping;
	uint8_t *targets, *foreign, *bystanders;
};

struct world {
	unsigned int unit_count;
	struct topology topology;
	struct model_unit *models;
	struct unit *units; /* in memory that the models reach */
	bool is_absent[TOPOLOGY_UNITS_MAX];

	struct model_pasid_space pools[TOPOLOGY_UNITS_MAX + 1]; /* the last: shared */
	uint64_t *pool_words[TOPOLOGY_UNITS_MAX + 1];

	struct bringup_device list[WORLD_DEVICES_MAX];
	struct world_device devices[WORLD_DEVICES_MAX];
	unsigned int device_count;

	struct survey surveys[TOPOLOGY_UNITS_MAX];
	struct bringup_plan plan;
	struct tables tables;
	struct bringup bringup;
	struct pasid_space pasids;
	void *pasid_state;

	enum world_fault fault;
	unsigned int writes_left; /* before the fault strikes */
	unsigned int dead_unit;	  /* WORLD_DIES: which, once it has */
	bool has_struck;
	bool is_busy;		 /* before each register write, every device does DMA */
	uint64_t foreign_writes; /* register writes outside of the virtual command blocks */
	bool was_early;		 /* such a write while the allocator was not registered */
	size_t pages_before;
};

extern struct world world;

/* Set: an entry state that a unit cannot get into is left out, instead of failing the test. */
extern bool world_forgives_entries;

/* Makes the memory; once per program. */
void world_init(void);

/* Powers the units of a topology on, entry states included, and surveys them. */
void world_open(const char *topology, enum options_vcmd layout);

/* Ends it, and checks that no page is lost. */
void world_close(void);

/* Plans, and for a plan that is not refused, builds tables and a PASID space for it. */
bool world_plan(const struct bringup_request *request);

/* Commits the plan. */
bool world_commit(void);

/* MMIO of all units since world_open(). */
uint64_t world_write_count(void);
uint64_t world_read_count(void);

/* Sets both counts to 0. */
void world_reset_counts(void);

/* From now on, the write after `writes` good ones fails. */
void world_inject(enum world_fault fault, unsigned int writes);

/* All registers of a unit that hold state, as text that differs if any of them does. */
void world_registers(unsigned int unit, char *text, size_t bytes);

/* How DMA of a device ends. */
enum world_landing {
	WORLD_LANDED,  /* where the tables say */
	WORLD_FOREIGN, /* where the tables of an earlier stage said */
	WORLD_BLOCKED, /* nowhere */
	WORLD_PASSED,  /* untranslated, at the bystanders */
	WORLD_ASTRAY,  /* anything else */
};
enum world_landing world_dma(unsigned int device, bool has_pasid, uint32_t pasid);

/* The same beyond the window, which nothing maps. */
enum world_landing world_dma_outside(unsigned int device);

/* True if model and driver agree that no rule of the book was broken; else fails the test. */
void world_expect_no_complaint(void);
