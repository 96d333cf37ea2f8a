/* SPDX-License-Identifier: MIT */
/*
 * What this machine has: its DMAR table, the units in it, and the agents behind them.
 */
#pragma once

#include "arch/acpi.h"
#include "arch/boot_info.h"
#include "arch/options.h"
#include "iommu/bringup/tables.h"
#include "iommu/dmar/dmar.h"
#include "iommu/unit/unit.h"
#include "tests/scenes/agent.h"
#include "tests/units/topology.h"

enum { UNITS_MAX = BRINGUP_UNITS_MAX };

struct platform {
	const struct boot_info *boot;
	bool has_dmar;
	bool dmar_is_ours; /* written for the modelled units: says nothing about the machine */
	unsigned int dmar_tables; /* how many tables ACPI lists; one is right */
	bool dmar_checksum_is_good;
	struct dmar dmar;
	unsigned int unit_count;	  /* units that answered */
	unsigned int excess_count;	  /* more that answered: nobody may judge such a platform */
	struct unit units[UNITS_MAX + 1]; /* the last: whatever is probed when all are taken */
	unsigned int absent_count;	  /* units of the table that did not */
	char absent[160];		  /* the first of them, in words */
	unsigned int refused_count;	  /* units of the table where none can be: not looked at */
	char refused[160];		  /* the first of them, in words */
	unsigned int agent_count;
	struct agent agents[AGENTS_MAX];
};

extern struct platform platform;

/*
 * Finds everything and prints a line for each find. Writes no register of any real unit. `topology`
 * are the units to be modelled beside them, NULL: none; it takes on the platform's host address
 * width. False, with words in `error`, if they cannot be built, or if the platform is larger than this
 * program can judge.
 */
bool platform_survey(const struct boot_info *boot, const struct options *options,
		     struct topology *topology, char *error, size_t error_bytes);

/* Asks whether a unit answers where the table says; NULL if not. It joins the platform with the next. */
struct unit *platform_probe(const struct dmar_unit *found, enum unit_source source);
void platform_add_unit(struct unit *unit);

/* Where a table of modelled units is read to. */
struct dmar_storage *platform_modelled_storage(void);

/* A unit of the table that does not answer; the words are those of the probe that failed. */
void platform_note_absent(const struct dmar_unit *found);

/* Stops every agent, then brings every unit to rest, saying what had been left on. */
void platform_take_over(void);

/*
 * From here on the one modelled unit passes for a real one, its devices for such as send plain requests
 * only: what is done on real units alone can be tried on units that no machine here has.
 */
void platform_take_for_real(void);

/* Every modelled unit as after power-on, without defects; the driver knows. */
void platform_power_cycle(void);

/* Number `nth` of the agents behind a unit, or NULL. */
struct agent *platform_agent(const struct unit *unit, unsigned int nth);

/* True under a hypervisor or emulator, where reading absent memory harms nobody. */
bool platform_is_virtual(void);
