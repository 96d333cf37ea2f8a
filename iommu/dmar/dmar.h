/* SPDX-License-Identifier: MIT */
/*
 * The DMAR table ("DMA Remapping Reporting Structure"): which units exist, where, and which devices
 * are under which. Nothing in the table is trusted: every length is checked before it is followed,
 * and what breaks a rule of the specification is kept as a problem that names rule, offset and
 * values. Reads memory only; needs nothing of the machine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DMAR_UNITS_MAX = 1024, /* and RHSA structures, one for each; no system takes more */
	DMAR_OTHERS_MAX = 256, /* of each other structure type */
	DMAR_SCOPES_MAX = 8192,
	DMAR_PATH_MAX = 16, /* bridges deep */
	DMAR_NAME_BYTES = 64,
	DMAR_KEPT_PER_RULE = 4,
	/* Physical addresses end at bit 51: the table formats keep 63:52 for other things. */
	DMAR_HOST_ADDRESS_BITS_MIN = 32,
	DMAR_HOST_ADDRESS_BITS_MAX = 52,
};

/* Titles in the specification. */
#define DMAR_SPEC_TABLE	     "DMA Remapping Reporting Structure"
#define DMAR_SPEC_TYPES	     "Remapping Structure Types"
#define DMAR_SPEC_DRHD	     "DMA Remapping Hardware Unit Definition Structure"
#define DMAR_SPEC_SCOPE	     "Device Scope Structure"
#define DMAR_SPEC_SCOPE_ACPI "Reporting Scope for ACPI Name-space Devices"
#define DMAR_SPEC_RMRR	     "Reserved Memory Region Reporting Structure"
#define DMAR_SPEC_ATSR	     "Root Port ATS Capability Reporting Structure"
#define DMAR_SPEC_RHSA	     "Remapping Hardware Static Affinity Structure"
#define DMAR_SPEC_ANDD	     "ACPI Name-space Device Declaration Structure"
#define DMAR_SPEC_SATC	     "SoC Integrated Address Translation Cache Reporting Structure"
#define DMAR_SPEC_SIDP	     "SoC Integrated Device Property Reporting Structure"

/*
 * R(name, kind, id, title, spec): what a table must hold. A PROBLEM breaks the specification; a NOTE
 * only tells that the table knows more than revision 5.10 does.
 */
#define DMAR_RULES(R)                                                                              \
	R(SIGNATURE, PROBLEM, "dmar.signature", "the signature is DMAR", DMAR_SPEC_TABLE)          \
	R(LENGTH, PROBLEM, "dmar.length", "the length covers the header and no more than memory",  \
	  DMAR_SPEC_TABLE)                                                                         \
	R(CHECKSUM, PROBLEM, "dmar.checksum", "all bytes sum to zero", DMAR_SPEC_TABLE)            \
	R(REVISION, PROBLEM, "dmar.revision", "the revision is 1", DMAR_SPEC_TABLE)                \
	R(REVISION_2, NOTE, "dmar.revision-2", "the revision is not 2", DMAR_SPEC_TABLE)           \
	R(HOST_ADDRESS_WIDTH, PROBLEM, "dmar.host-address-width",                                  \
	  "the host address width is 32 to 52 bits", DMAR_SPEC_TABLE)                              \
	R(FLAG_REMAP_OPT_OUT, NOTE, "dmar.remap-opt-out", "flag bit 3 is 0", DMAR_SPEC_TABLE)      \
	R(HEADER_RESERVED, PROBLEM, "dmar.header-reserved", "reserved header bits are 0",          \
	  DMAR_SPEC_TABLE)                                                                         \
	R(STRUCTURE_HEADER, PROBLEM, "dmar.structure-header", "a structure is 4 bytes or longer",  \
	  DMAR_SPEC_TYPES)                                                                         \
	R(STRUCTURE_END, PROBLEM, "dmar.structure-end", "a structure ends within the table",       \
	  DMAR_SPEC_TYPES)                                                                         \
	R(STRUCTURE_LENGTH, PROBLEM, "dmar.structure-length",                                      \
	  "a structure has the length its type needs", DMAR_SPEC_TYPES)                            \
	R(STRUCTURE_ORDER, PROBLEM, "dmar.structure-order",                                        \
	  "structure types come in ascending order", DMAR_SPEC_TYPES)                              \
	R(STRUCTURE_RESERVED, PROBLEM, "dmar.structure-reserved",                                  \
	  "reserved bits of a structure are 0", DMAR_SPEC_TABLE)                                   \
	R(UNKNOWN_TYPE, NOTE, "dmar.unknown-type", "the structure type is known", DMAR_SPEC_TYPES) \
	R(NO_DRHD, PROBLEM, "dmar.no-drhd", "there is at least one unit", DMAR_SPEC_TABLE)         \
	R(DRHD_BASE, PROBLEM, "dmar.drhd-base",                                                    \
	  "a unit's base is aligned to its size, and nothing else is there", DMAR_SPEC_DRHD)       \
	R(DRHD_OVERLAP, PROBLEM, "dmar.drhd-overlap", "no two units share registers",              \
	  DMAR_SPEC_DRHD)                                                                          \
	R(INCLUDE_ALL_TWICE, PROBLEM, "dmar.include-all-twice",                                    \
	  "a segment has one INCLUDE_PCI_ALL unit at most", DMAR_SPEC_DRHD)                        \
	R(INCLUDE_ALL_LAST, PROBLEM, "dmar.include-all-last",                                      \
	  "the INCLUDE_PCI_ALL unit is the last of its segment", DMAR_SPEC_DRHD)                   \
	R(INCLUDE_ALL_SCOPE, PROBLEM, "dmar.include-all-scope",                                    \
	  "an INCLUDE_PCI_ALL unit lists no PCI devices", DMAR_SPEC_SCOPE)                         \
	R(SCOPE_LENGTH, PROBLEM, "dmar.scope-length",                                              \
	  "a device scope is 6 bytes and a path of pairs, within its structure", DMAR_SPEC_SCOPE)  \
	R(SCOPE_TYPE, PROBLEM, "dmar.scope-type", "the device scope type is known",                \
	  DMAR_SPEC_SCOPE)                                                                         \
	R(SCOPE_PATH, PROBLEM, "dmar.scope-path",                                                  \
	  "a path has steps of device 0-31, function 0-7; of HPET and ACPI device just one",       \
	  DMAR_SPEC_SCOPE)                                                                         \
	R(SCOPE_ANDD, PROBLEM, "dmar.scope-andd", "an ACPI device in a scope has its ANDD",        \
	  DMAR_SPEC_SCOPE_ACPI)                                                                    \
	R(SCOPE_FUTURE, NOTE, "dmar.scope-future", "scope fields kept for the future are 0",       \
	  DMAR_SPEC_SCOPE)                                                                         \
	R(SEGMENT, PROBLEM, "dmar.segment", "every segment that is named has a unit",              \
	  DMAR_SPEC_DRHD)                                                                          \
	R(RMRR_RANGE, PROBLEM, "dmar.rmrr-range",                                                  \
	  "a reserved region is whole pages below the host address width", DMAR_SPEC_RMRR)         \
	R(RMRR_SCOPE, PROBLEM, "dmar.rmrr-scope", "a reserved region names its devices",           \
	  DMAR_SPEC_RMRR)                                                                          \
	R(ATSR_SCOPE, PROBLEM, "dmar.atsr-scope",                                                  \
	  "ATSR lists root ports only, and none with ALL_PORTS", DMAR_SPEC_ATSR)                   \
	R(RHSA_BASE, PROBLEM, "dmar.rhsa-base", "RHSA names the base of a unit", DMAR_SPEC_RHSA)   \
	R(RHSA_MISSING, PROBLEM, "dmar.rhsa-missing", "where RHSA is used, every unit has one",    \
	  DMAR_SPEC_RHSA)                                                                          \
	R(ANDD_NAME, PROBLEM, "dmar.andd-name", "an ACPI device name ends in NUL", DMAR_SPEC_ANDD) \
	R(ANDD_NUMBER, PROBLEM, "dmar.andd-number", "ACPI device numbers are unique",              \
	  DMAR_SPEC_ANDD)                                                                          \
	R(SATC_SCOPE, PROBLEM, "dmar.satc-scope", "SATC lists integrated endpoints only",          \
	  DMAR_SPEC_SATC)                                                                          \
	R(SIDP_SCOPE, PROBLEM, "dmar.sidp-scope",                                                  \
	  "SIDP lists integrated endpoints and ACPI devices only", DMAR_SPEC_SIDP)                 \
	R(CAPACITY, PROBLEM, "dmar.capacity", "the table fits what this program can keep",         \
	  "no rule of the specification")

#define DMAR_RULE_ENUM_(name, kind, id, title, spec) DMAR_RULE_##name,
enum dmar_rule { DMAR_RULES(DMAR_RULE_ENUM_) DMAR_RULE_COUNT };
#undef DMAR_RULE_ENUM_

enum dmar_structure_type {
	DMAR_DRHD = 0,
	DMAR_RMRR = 1,
	DMAR_ATSR = 2,
	DMAR_RHSA = 3,
	DMAR_ANDD = 4,
	DMAR_SATC = 5,
	DMAR_SIDP = 6,
};

enum dmar_scope_type {
	DMAR_SCOPE_ENDPOINT = 1,
	DMAR_SCOPE_BRIDGE = 2, /* the bridge and everything behind it */
	DMAR_SCOPE_IOAPIC = 3,
	DMAR_SCOPE_HPET = 4,
	DMAR_SCOPE_ACPI = 5,
};

/* The table's own flags byte. */
enum {
	DMAR_FLAG_INTR_REMAP = 1 << 0,
	DMAR_FLAG_X2APIC_OPT_OUT = 1 << 1,
	DMAR_FLAG_DMA_CTRL_OPT_IN = 1 << 2,
	DMAR_FLAG_REMAP_OPT_OUT = 1 << 3, /* reserved in 5.10, and read by current systems */
};

/* One step of a path: a device and function on the bus that the step before leads to. */
struct dmar_step {
	uint8_t device;
	uint8_t function;
};

/* `offset` is the place in the table, here and below. */
struct dmar_scope {
	uint32_t offset;
	uint8_t type;		/* enum dmar_scope_type, or a value this revision does not know */
	uint8_t flags;		/* SIDP only */
	uint8_t enumeration_id; /* of I/O APIC, HPET or ANDD */
	uint8_t start_bus;
	uint8_t step_count; /* 1 .. DMAR_PATH_MAX */
	struct dmar_step path[DMAR_PATH_MAX];
};

/* A structure's device scopes: dmar.scopes[first] and the count - 1 after it. */
struct dmar_scope_range {
	uint16_t first;
	uint16_t count;
};

/* DRHD */
struct dmar_unit {
	uint64_t base;
	uint32_t offset;
	uint16_t segment;
	uint8_t size_pages_log2;
	bool include_all;
	bool is_refused; /* no unit can be there: its registers are not to be touched */
	struct dmar_scope_range scopes;
};

struct dmar_rmrr {
	uint64_t base;
	uint64_t limit; /* the last byte */
	uint32_t offset;
	uint16_t segment;
	struct dmar_scope_range scopes;
};

/* ATSR, SATC and SIDP: devices of a segment. */
struct dmar_device_list {
	uint32_t offset;
	uint16_t segment;
	bool flag; /* ATSR: ALL_PORTS; SATC: ATC_REQUIRED; SIDP: none */
	struct dmar_scope_range scopes;
};

struct dmar_rhsa {
	uint64_t base;
	uint32_t offset;
	uint32_t proximity_domain;
};

struct dmar_andd {
	uint32_t offset;
	uint8_t number;
	char name[DMAR_NAME_BYTES]; /* cut if longer */
};

struct dmar_problem {
	enum dmar_rule rule;
	uint32_t offset; /* from the start of the table */
	char text[120];
};

/* What a table holds: about 450 KiB. */
struct dmar_storage {
	struct dmar_unit units[DMAR_UNITS_MAX];
	struct dmar_rmrr rmrrs[DMAR_OTHERS_MAX];
	struct dmar_device_list atsrs[DMAR_OTHERS_MAX];
	struct dmar_rhsa rhsas[DMAR_UNITS_MAX];
	struct dmar_andd andds[DMAR_OTHERS_MAX];
	struct dmar_device_list satcs[DMAR_OTHERS_MAX];
	struct dmar_device_list sidps[DMAR_OTHERS_MAX];
	struct dmar_scope scopes[DMAR_SCOPES_MAX];
};

/* About 20 KiB: keep it out of the stack. */
struct dmar {
	struct dmar_storage *storage; /* the caller's; the lists below lie in it */
	uint32_t length_bytes;
	uint8_t revision;
	uint8_t flags;			/* DMAR_FLAG_... */
	unsigned int host_address_bits; /* MIN or MAX where the table says less or more */

	unsigned int unit_count;
	unsigned int rmrr_count;
	unsigned int atsr_count;
	unsigned int rhsa_count;
	unsigned int andd_count;
	unsigned int satc_count;
	unsigned int sidp_count;
	unsigned int scope_count;
	struct dmar_unit *units;
	struct dmar_rmrr *rmrrs;
	struct dmar_device_list *atsrs;
	struct dmar_rhsa *rhsas;
	struct dmar_andd *andds;
	struct dmar_device_list *satcs;
	struct dmar_device_list *sidps;
	struct dmar_scope *scopes;
	bool is_cut; /* something found no room: the table must not be judged by what is here */

	/* Every breach is counted; of each rule the first few are kept, in the order found. */
	unsigned int breach_count[DMAR_RULE_COUNT];
	unsigned int problem_count;
	struct dmar_problem problems[DMAR_RULE_COUNT * DMAR_KEPT_PER_RULE];
};

/*
 * Reads a table of which bytes_available bytes may be read into `out`, whose storage is set. Returns false if it is unusable as a
 * whole (not "DMAR", or shorter than its 48-byte header): `out` then holds no unit, and the problem.
 * Returns true otherwise; the breaches found are in out->problems.
 */
bool dmar_parse(const void *table, size_t bytes_available, struct dmar *out);

/* The first breach of a rule, or NULL. */
const struct dmar_problem *dmar_find_problem(const struct dmar *dmar, enum dmar_rule rule);

const char *dmar_rule_id(enum dmar_rule rule);

/*
 * Asked for the buses behind the bridge at bus:devfn (its secondary and subordinate bus numbers);
 * returns false if there is no bridge with bus numbers.
 */
typedef bool dmar_find_bridge(void *context, uint16_t segment, uint8_t bus, uint8_t devfn,
			      uint8_t *secondary, uint8_t *subordinate);

/*
 * The bus and devfn that a scope means, as bus << 8 | devfn; follows the path through bridges.
 * Returns false if a step but the last is no bridge. `find_bridge` may be NULL: then only scopes of
 * one step are found.
 */
bool dmar_scope_source_id(const struct dmar_scope *scope, uint16_t segment,
			  dmar_find_bridge *find_bridge, void *context, uint16_t *source_id);

/*
 * The unit that remaps a device: one that lists it, else the one that lists the closest bridge above
 * it, else the INCLUDE_PCI_ALL unit of its segment, else NULL.
 */
const struct dmar_unit *dmar_unit_for_device(const struct dmar *dmar, uint16_t segment, uint8_t bus,
					     uint8_t devfn, dmar_find_bridge *find_bridge,
					     void *context);
