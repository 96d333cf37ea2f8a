/* SPDX-License-Identifier: MIT */
/*
 * What a unit says it can do: VER, CAP and ECAP, decoded in one place. Capability bits have names
 * (a test's needs, a SKIP line and the describing line all come from one list), fields that encode
 * a number are decoded here and nowhere else, and the combinations the specification forbids are
 * a table of rules.
 * Needs nothing of the hardware: the host tests and the reference model include it as it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iommu/spec/regs.h"

/* A snapshot of the three registers; the unit's owner fills it. */
struct caps {
	uint32_t ver;
	uint64_t cap;
	uint64_t ecap;
};

/* CAP.SAGAW and CAP.SSLPS are sets; each member is a capability of its own here. */
#define CAP_SAGAW39 9, 9
#define CAP_SAGAW48 10, 10
#define CAP_SAGAW57 11, 11
#define CAP_SSLPS2M 34, 34
#define CAP_SSLPS1G 35, 35

/* N(register, name, field, meaning): every capability that is one bit. */
#define VTD_CAPABILITIES(N)                                                            \
	N(CAP, AFL, CAP_AFL, "advanced fault log (removed in revision 4.0)")           \
	N(CAP, RWBF, CAP_RWBF, "write buffer must be flushed by software")             \
	N(CAP, PLMR, CAP_PLMR, "protected low memory region")                          \
	N(CAP, PHMR, CAP_PHMR, "protected high memory region")                         \
	N(CAP, CM, CAP_CM, "caching mode: not-present entries may be cached")          \
	N(CAP, SAGAW39, CAP_SAGAW39, "39-bit second stage, 3 levels")                  \
	N(CAP, SAGAW48, CAP_SAGAW48, "48-bit second stage, 4 levels")                  \
	N(CAP, SAGAW57, CAP_SAGAW57, "57-bit second stage, 5 levels")                  \
	N(CAP, ZLR, CAP_ZLR, "zero-length reads of write-only pages")                  \
	N(CAP, SSLPS2M, CAP_SSLPS2M, "2 MiB second-stage pages")                       \
	N(CAP, SSLPS1G, CAP_SSLPS1G, "1 GiB second-stage pages")                       \
	N(CAP, PSI, CAP_PSI, "page-selective IOTLB invalidation")                      \
	N(CAP, DWD, CAP_DWD, "write draining")                                         \
	N(CAP, DRD, CAP_DRD, "read draining")                                          \
	N(CAP, FS1GP, CAP_FS1GP, "1 GiB first-stage pages")                            \
	N(CAP, PI, CAP_PI, "posted interrupts")                                        \
	N(CAP, FS5LP, CAP_FS5LP, "5-level first stage")                                \
	N(CAP, ECMDS, CAP_ECMDS, "enhanced commands")                                  \
	N(CAP, ESIRTPS, CAP_ESIRTPS, "setting IRTA flushes the interrupt entry cache") \
	N(CAP, ESRTPS, CAP_ESRTPS, "setting RTADDR flushes the translation caches")    \
	N(ECAP, C, ECAP_C, "structure walks are coherent")                             \
	N(ECAP, QI, ECAP_QI, "queued invalidation")                                    \
	N(ECAP, DT, ECAP_DT, "device TLBs")                                            \
	N(ECAP, IR, ECAP_IR, "interrupt remapping")                                    \
	N(ECAP, EIM, ECAP_EIM, "extended interrupt mode (x2APIC)")                     \
	N(ECAP, PT, ECAP_PT, "pass-through")                                           \
	N(ECAP, SC, ECAP_SC, "snoop control")                                          \
	N(ECAP, ECS, ECAP_ECS, "extended context (removed in revision 3.0)")           \
	N(ECAP, MTS, ECAP_MTS, "memory types")                                         \
	N(ECAP, NEST, ECAP_NEST, "nested translation")                                 \
	N(ECAP, PRS, ECAP_PRS, "page requests")                                        \
	N(ECAP, ERS, ECAP_ERS, "execute requests")                                     \
	N(ECAP, SRS, ECAP_SRS, "supervisor requests")                                  \
	N(ECAP, NWFS, ECAP_NWFS, "no-write flag in translation requests")              \
	N(ECAP, EAFS, ECAP_EAFS, "extended accessed flag")                             \
	N(ECAP, PASID, ECAP_PASID, "requests with PASID")                              \
	N(ECAP, DIT, ECAP_DIT, "device TLB invalidation throttling")                   \
	N(ECAP, PDS, ECAP_PDS, "page request draining")                                \
	N(ECAP, SMTS, ECAP_SMTS, "scalable mode")                                      \
	N(ECAP, VCS, ECAP_VCS, "virtual commands")                                     \
	N(ECAP, SSADS, ECAP_SSADS, "second-stage accessed and dirty flags")            \
	N(ECAP, SSTS, ECAP_SSTS, "second-stage translation in scalable mode")          \
	N(ECAP, FSTS, ECAP_FSTS, "first-stage translation")                            \
	N(ECAP, SMPWCS, ECAP_SMPWCS, "scalable-mode page walks can be coherent")       \
	N(ECAP, RPS, ECAP_RPS, "RID_PASID field")                                      \
	N(ECAP, TDXCS, ECAP_TDXCS, "TDX Connect")                                      \
	N(ECAP, PMS, ECAP_PMS, "performance monitoring")                               \
	N(ECAP, ADMS, ECAP_ADMS, "abort-DMA mode")                                     \
	N(ECAP, RPRIVS, ECAP_RPRIVS, "RID_PRIV field")                                 \
	N(ECAP, HPTS, ECAP_HPTS, "host permission tables")                             \
	N(ECAP, PTRS, ECAP_PTRS, "PASID in translated requests")                       \
	N(ECAP, SSIRWS, ECAP_SSIRWS, "separate I/O permissions in the second stage")   \
	N(ECAP, SMS, ECAP_SMS, "stop-marker support")                                  \
	N(ECAP, HPT1GPS, ECAP_HPT1GPS, "1 GiB host permission entries")                \
	N(ECAP, RDTS, ECAP_RDTS, "resource director technology")                       \
	N(ECAP, EIMER, ECAP_EIMER, "extended interrupt mode is required")              \
	N(ECAP, IRREQ, ECAP_IRREQ, "interrupt remapping is required")

#define VTD_CAPABILITY_ENUM_(reg, name, field, meaning) CAPABILITY_##name,
enum capability { VTD_CAPABILITIES(VTD_CAPABILITY_ENUM_) CAPABILITY_COUNT };
#undef VTD_CAPABILITY_ENUM_

_Static_assert(CAPABILITY_COUNT <= 64, "a set of capabilities is one 64-bit mask");

/* NEED(SMTS) | NEED(SSTS): a set of capabilities, as caps_missing() takes it. */
#define NEED(name) (UINT64_C(1) << CAPABILITY_##name)

bool caps_has(const struct caps *caps, enum capability which);

/* "ECAP.SMTS", the bit's number in its register (43), and its meaning in a few words. */
const char *caps_name(enum capability which);
unsigned int caps_bit(enum capability which);
const char *caps_meaning(enum capability which);

/* The subset of needs (made with NEED) that the unit lacks; 0 when it has them all. */
uint64_t caps_missing(const struct caps *caps, uint64_t needs);

/*
 * Writes "ECAP.SMTS (bit 43), ECAP.SSTS (bit 46)" for a set of capabilities, cut to bytes.
 * Returns the length the whole text has, as snprintf does.
 */
int caps_format_missing(uint64_t missing, char *text, size_t bytes);

/* One line for a person: "QI IR PT SMTS SSTS, 48 bit", cut to bytes; length as above. */
int caps_describe(const struct caps *caps, char *text, size_t bytes);

/* Version Register: major and minor version. */
unsigned int caps_major(const struct caps *caps);
unsigned int caps_minor(const struct caps *caps);

/* Domain identifiers 0 .. count - 1 are usable (CAP.ND); 0 for the reserved encoding. */
uint32_t caps_domain_count(const struct caps *caps);

/* Guest address width in bits (CAP.MGAW + 1). */
unsigned int caps_guest_address_bits(const struct caps *caps);

/* Byte offsets from the unit's base of the fault records and of IVA; IOTLB lies 8 after IVA. */
uint32_t caps_fault_record_offset_bytes(const struct caps *caps);
uint32_t caps_iotlb_offset_bytes(const struct caps *caps);

/* Number of fault records, 1 .. 256 (CAP.NFR + 1). */
unsigned int caps_fault_record_count(const struct caps *caps);

/* PASID width in bits, 1 .. 20 (ECAP.PSS + 1); 0 when ECAP.PASID is clear. */
unsigned int caps_pasid_bits(const struct caps *caps);

/* Largest AM value of a page-selective IOTLB invalidation (CAP.MAMV); 0 without CAP.PSI. */
unsigned int caps_max_address_mask(const struct caps *caps);

/* Largest IM value of an interrupt entry cache invalidation (ECAP.MHMV). */
unsigned int caps_max_handle_mask(const struct caps *caps);

/* How much of the unit's register space must be mapped: all registers, in whole pages. */
uint32_t caps_register_bytes(const struct caps *caps);

/* Second-stage levels 3, 4 or 5 (CAP.SAGAW). */
bool caps_has_levels(const struct caps *caps, unsigned int levels);

/* The most levels the unit has, 0 when CAP.SAGAW names none. */
unsigned int caps_best_levels(const struct caps *caps);

/* Address bits a second-stage walk can translate: the smaller of tables and MGAW; 0 if none. */
unsigned int caps_second_stage_bits(const struct caps *caps);

/* The most first-stage levels, 4 or 5 (CAP.FS5LP), 0 without ECAP.FSTS. */
unsigned int caps_best_first_stage_levels(const struct caps *caps);

/* Can the unit walk first-stage tables of so many levels? */
bool caps_has_first_stage_levels(const struct caps *caps, unsigned int levels);

/*
 * Address bits that software may use in a first stage: the lower canonical half of its deepest
 * tables, and no more than MGAW; 0 if there is none.
 */
unsigned int caps_first_stage_bits(const struct caps *caps);

/* IVA and IOTLB, the two registers at ECAP.IRO. */
#define IOTLB_BLOCK_BYTES 16u

/* A combination the specification forbids. */
struct caps_rule {
	const char *id;	  /* "cap.nest-needs-both-stages", stable */
	const char *spec; /* title in the specification that states it */
	const char *text; /* what must hold, in words */
	bool is_note;	  /* good units are known that do not keep it */
	bool (*broken)(const struct caps *caps);
};

const struct caps_rule *caps_rules(unsigned int *count);

/* The first rule that is more than a note and that the unit breaks; NULL: it is lawful. */
const struct caps_rule *caps_first_broken(const struct caps *caps);

/* The one rule that is about the platform, too: MGAW + 1 is no less than its host address width. */
bool caps_cover_host(const struct caps *caps, unsigned int host_address_bits);
