/* SPDX-License-Identifier: MIT */
/*
 * The tables of a whole platform, root to leaf, made anew from a plain list of who may reach what.
 * The list knows nothing of modes: the same one gives legacy and scalable tables.
 */
#pragma once

#include "iommu/structures/context.h"
#include "iommu/structures/paging.h"
#include "iommu/structures/pasid_table.h"

enum { BRINGUP_UNITS_MAX = 64, TABLES_DEVICES_MAX = 192 };

/* 4 KiB pages in a row; both addresses aligned to a page. */
struct mapping {
	iova_t from;
	phys_t to;
	unsigned int page_count;
	enum access_rights rights;
};

/*
 * One address space of one device: what it reaches with `pasid`, 0 being requests without PASID. A
 * device with several PASIDs has several entries. In legacy mode only PASID 0 exists, and the other
 * entries are left out.
 */
struct bringup_device {
	unsigned int unit; /* index of the unit that translates for it */
	uint16_t sid;
	uint32_t pasid;
	uint16_t did;
	bool passes_through; /* needs ECAP.PT; the mappings are not used then */
	const struct mapping *mappings;
	unsigned int mapping_count;
};

struct tables_format {
	bool scalable;
	/* Of the units that have no depth of their own below. */
	enum paging_stage stage;
	unsigned int levels;
	bool structures_snooped; /* root, context and PASID tables */
	bool paging_snooped;	 /* tables of either stage */
	unsigned int pdts;	 /* size of PASID directories, scalable mode only */
	/*
	 * Per unit, the stage that its tables are of and their depth, its deepest; 0: as `stage` and
	 * `levels`. A device has tables of its unit's kind: units may differ.
	 */
	enum paging_stage unit_stage[BRINGUP_UNITS_MAX];
	uint8_t unit_levels[BRINGUP_UNITS_MAX];
	/* What pass-through entries name: the deepest second stage; 0: the unit has none. */
	uint8_t pass_through_levels[BRINGUP_UNITS_MAX];
	bool has_no_tables[BRINGUP_UNITS_MAX]; /* it does not translate: its devices are left out */
};

/* The stage and the depth of a unit's tables. */
enum paging_stage tables_stage_of(const struct tables_format *format, unsigned int unit);
unsigned int tables_levels_of(const struct tables_format *format, unsigned int unit);

struct tables {
	struct tables_format format;
	unsigned int unit_count;
	struct root_table roots[BRINGUP_UNITS_MAX]; /* entries NULL: unit not in use */
	unsigned int device_count;
	struct {
		struct paging paging;	   /* top NULL: none */
		struct pasid_table pasids; /* directory NULL: belongs to an earlier entry */
	} devices[TABLES_DEVICES_MAX];
};

/*
 * Builds everything in memory and tells no unit. A unit without devices gets an empty root table,
 * which blocks everything. On failure (STATUS_NO_MEMORY; STATUS_REFUSED for a list that makes no
 * sense: a unit out of range, a mapping twice, too many devices, a PASID beyond PDTS, an address
 * beyond the levels of its unit) nothing is left allocated.
 */
enum status tables_build(struct tables *tables, const struct tables_format *format,
			 unsigned int unit_count, const struct bringup_device *devices,
			 unsigned int device_count) MUST_USE;

/* Frees everything; no unit may use it any more. Harmless on zeroed or destroyed tables. */
void tables_destroy(struct tables *tables);

/* The PASID directory of a device; NULL in legacy mode. */
struct pasid_table *tables_pasids_of(struct tables *tables, const struct bringup_device *devices,
				     unsigned int device);
