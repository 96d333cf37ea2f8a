/* SPDX-License-Identifier: MIT */
/*
 * What topo= asks for: units to be modelled, in words.
 *
 *	topo=sm+vcs,legacy*3,qemu-cm
 *
 * One group of words per unit, commas between units; the first word is the kind, + gives the unit
 * a property, - takes one away, *N repeats the unit. Properties are the capability bits and fields of
 * the specification by their own names, and a few words for what no register tells.
 * docs/TOPOLOGIES.md lists them all. Pure functions: text in, configurations and bytes out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/model/unit.h"

#define TOPOLOGY_DEFAULT "qemu,all"

enum { TOPOLOGY_UNITS_MAX = 64, TOPOLOGY_ENDPOINTS = 4 };

/* What an earlier stage left on in a unit. */
enum topology_entry {
	ENTRY_OFF,
	ENTRY_LEGACY_ON,
	ENTRY_SM_ON,
	ENTRY_QI_ON,
	ENTRY_IR_ON,
};

struct topology_unit {
	const char *text; /* its words, within the string that was parsed */
	size_t text_bytes;
	struct model_config config;	      /* complete but for `pasids` */
	uint64_t defects[MODEL_DEFECT_WORDS]; /* bit n: defect number n of defects.def */
	enum topology_entry entry;
	bool shares_pasids;   /* one pool for all units that say so */
	uint32_t pasid_count; /* size of the pool, from PASID 1 on */
	bool includes_all;    /* INCLUDE_PCI_ALL */
	bool is_unreported;   /* no DRHD names it: its devices are in no scope */
};

struct topology {
	unsigned int unit_count;
	unsigned int host_address_bits; /* one width for the platform; in every config, too */
	struct topology_unit units[TOPOLOGY_UNITS_MAX];
};

/*
 * Reads a topology. Returns false if it cannot be had: `error` then names the word and the place, as
 * the number of its first character from 1. `text` must stay: the units point into it.
 */
bool topology_parse(const char *text, struct topology *topology, char *error, size_t error_bytes);

/*
 * Gives every unit the host address width of the platform they stand on, 32 to 52 bits; what the
 * words said about it no longer counts.
 */
void topology_adopt_host_width(struct topology *topology, unsigned int bits);

/*
 * Calls `visit` for each rule of the specification that a unit breaks. That is allowed, on purpose,
 * but not silently.
 */
void topology_each_illegality(const struct topology_unit *unit,
			      void (*visit)(void *context, const char *rule), void *context);

/* Number `nth` of the words; NULL after the last one. `value` is what follows the word, "" if none. */
const char *topology_word(unsigned int nth, const char **value, const char **meaning);

/* ---- the same as a DMAR table ---- */

/*
 * Where things are: registers at base + unit * stride, endpoints on two buses per unit, first_bus +
 * unit and TOPOLOGY_UNITS_MAX after it.
 */
struct topology_place {
	uint64_t base;
	uint64_t stride_bytes; /* a power of two, at least a unit's registers */
	uint16_t segment;
	uint8_t first_bus;
	uint8_t first_device; /* if not 0, device first_device + unit of bus 0 is under the unit, too */
};

/*
 * Bus, device and function of an endpoint: two functions of one device, a device of the upper half
 * of that bus (devfn 80h and up), and the namesake of the first on the other bus.
 */
uint16_t topology_endpoint_sid(const struct topology_place *place, unsigned int unit,
			       unsigned int nth);

enum { TOPOLOGY_TABLE_BYTES = 48 + TOPOLOGY_UNITS_MAX * (16 + 8 * (TOPOLOGY_ENDPOINTS + 1)) };

/* Writes the table, TOPOLOGY_TABLE_BYTES at most, with a good checksum; returns its length. */
size_t topology_write_table(const struct topology *topology, const struct topology_place *place,
			    uint8_t *table);
