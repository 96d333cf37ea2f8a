/* SPDX-License-Identifier: MIT */
/*
 * A rig: one platform set up in the course of a run. Modelled units by the words of topo=, beside
 * the machine's real unit if that is wanted, the devices behind all of them, and the pages that
 * their DMA may touch. When it is taken down the next one can be set up.
 *
 * Every page is a canary of known content. A device's window is the physical address of a page of
 * our own (the bystander), and leads to another one (the target): a unit that does not translate
 * hits the bystander, and nobody else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "iommu/bringup/bringup.h"
#include "tests/scenes/agent.h"

enum { RIG_NO_UNIT = 255, RIG_UNITS_MAX = BRINGUP_UNITS_MAX };

/* The ways in which DMA behind one unit is watched. */
enum slot_kind {
	SLOT_PLAIN,	/* a device with one mapped page, requests without PASID */
	SLOT_PROCESS_A, /* the same device at the same address, with the PASID of a process */
	SLOT_PROCESS_B,
	SLOT_LATE,     /* the same device: a page that is mapped when translation is on already */
	SLOT_IDENTITY, /* a device that wants physical addresses, for one page */
	SLOT_UPPER,    /* a device of the upper half of its bus */
	SLOT_STRANGER, /* a device that nobody lets reach anything */
	SLOT_KINDS,
};

/* The pages of a slot. */
enum slot_page {
	PAGE_BYSTANDER, /* at the physical address of the window */
	PAGE_TARGET,	/* what the window leads to */
	PAGE_MOVED,	/* what it leads to after a change of mode */
	SLOT_PAGES,
};

struct slot {
	enum slot_kind kind;
	unsigned int unit; /* RIG_NO_UNIT: the DMAR table knows none for its device */
	struct agent *agent;
};

/* Slots of RIG_UNITS_MAX units fit, if they have the first four kinds only. */
enum { SLOTS_MAX = 288, RIG_FULL_UNITS_MAX = 16, RIG_AGENTS_MAX = RIG_UNITS_MAX * 4 };

/* What a rig is made of, and what is already going on there when a driver starts. */
struct rig_plan {
	const char *topo;   /* NULL: no modelled units */
	bool has_real_unit; /* the machine's first unit with a DMA agent comes first */
	uint32_t
		default_pasids_live; /* an earlier user holds PASIDs that came from nobody's unit */
	bool has_no_pasid_memory;
	unsigned int process_count; /* how many ask for a PASID one after another; 0: two */
};

struct rig {
	struct rig_plan plan;
	unsigned int unit_count; /* as the DMAR table lists them, absent ones too */
	struct unit units[RIG_UNITS_MAX];
	bool is_absent[RIG_UNITS_MAX];
	unsigned int agent_count;
	struct agent agents[RIG_AGENTS_MAX];
	unsigned int slot_count;
	struct slot slots[SLOTS_MAX];
	uint8_t *pages; /* SLOT_PAGES for each slot */
	size_t pages_before;
	struct unit *real_unit; /* where units[0] was copied from; NULL: none */
	char error[200];
};

/* False, with words in rig->error and nothing left behind, if it cannot be had. */
bool rig_set_up(struct rig *rig, const struct rig_plan *plan);

/* Translation and queue off, by force if need be. False, with words in rig->error, if it cannot be had. */
bool rig_rest_real_unit(struct rig *rig);

/*
 * Stops all devices, brings the real unit to rest and takes the modelled ones away. False, with
 * words in rig->error, if the real unit does not come to rest or pages are missing.
 */
bool rig_take_down(struct rig *rig);

uint8_t *rig_page(const struct rig *rig, const struct slot *slot, enum slot_page which);

/*
 * The address that the device of a slot uses. Processes use the same as requests without PASID:
 * whoever walks the tables of another one ends in memory of the other one.
 */
iova_t rig_window(const struct rig *rig, const struct slot *slot);

/* The slot of a kind behind a unit; NULL if there is none. */
const struct slot *rig_slot(const struct rig *rig, unsigned int unit, enum slot_kind kind);

/* The content of page `number`, and what writes of devices carry. */
uint64_t rig_canary(unsigned int number);
#define RIG_TOKEN UINT64_C(0x5eadbeefcafe7001)

/* Is every byte of every page as it was filled? */
bool rig_pages_are_whole(const struct rig *rig);

void rig_set_bus_masters(struct rig *rig, bool on);

/*
 * The device list for tables: every slot but SLOT_STRANGER that needs no PASID and is mapped from
 * the start. `mappings` has room for as many. With `page` PAGE_MOVED windows lead there. Returns
 * their number.
 */
unsigned int rig_list_devices(const struct rig *rig, bool passes_through, enum slot_page page,
			      struct bringup_device *devices, struct mapping *mappings);
