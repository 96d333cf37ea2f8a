/* SPDX-License-Identifier: MIT */
/*
 * What the chapters of the model share with each other and with nobody else. Whatever is linked, and
 * every type and constant, begins with mu_ (model unit): the driver has the book's plain words. The
 * public names (unit.h) begin with model_; only they are visible outside of tests/model.o.
 */
#pragma once

#include "iommu/spec/regs.h"
#include "iommu/spec/tables.h"
#include "tests/model/port.h"
#include "tests/model/unit.h"

/* ---- defects.c ---- */

static inline bool has_defect(const struct model_unit *unit, enum model_defect defect)
{
	return unit->defects[defect / 64] >> (defect % 64) & 1;
}

/* The one way a defect acts: if (defect(unit, NAME)) ... */
#define defect(unit, name) has_defect((unit), MODEL_DEFECT_##name)

/* ---- capabilities ---- */

#define cap(unit, ...)	reg_get((unit)->config.cap, __VA_ARGS__)
#define ecap(unit, ...) reg_get((unit)->config.ecap, __VA_ARGS__)

/* A field's mask in its 32-bit register. */
#define mask32(...) ((uint32_t)FIELD_MASK(__VA_ARGS__))

/* A field's mask if the capability is there, else nothing. */
#define mask_if(condition, ...) ((condition) ? FIELD_MASK(__VA_ARGS__) : 0)

static inline unsigned int major_version(const struct model_unit *unit)
{
	return (unsigned int)reg_get(unit->config.version, VER_MAX);
}

/* Address bits 63:HAW, reserved wherever tables point to host memory. */
static inline uint64_t beyond_host_width(const struct model_unit *unit)
{
	return ~UINT64_C(0) << unit->config.host_address_bits;
}

/* What defects leave of an address. */
static inline uint64_t cut_short(uint64_t address)
{
	return address & ((UINT64_C(1) << 40) - 1);
}

/* CAP.ND: the bits of a domain id that exist. */
static inline uint16_t domain_mask(const struct model_unit *unit)
{
	return (uint16_t)((1u << (4 + 2 * cap(unit, CAP_ND))) - 1);
}

/* ---- addresses and source ids ---- */

enum {
	MU_PAGE_SHIFT = 12,
	MU_PAGE_BYTES = 1 << MU_PAGE_SHIFT,
	MU_LEVEL_BITS = 9, /* of the address, for each level of paging entries */
	MU_PMR_SHIFT = 21, /* the book leaves the size of protected regions open: 2 MiB here */
};

static inline uint64_t page_of(uint64_t address)
{
	return address & ~(uint64_t)(MU_PAGE_BYTES - 1);
}

static inline uint64_t page_offset(uint64_t address)
{
	return address % MU_PAGE_BYTES;
}

/* FEEx_xxxxh: no second-stage table leads there, and no request is translated there. */
static inline bool in_interrupt_range(uint64_t address)
{
	return address >> FIELD_LOW_BIT(INTERRUPT_ADDR_ID) == INTERRUPT_ID;
}

static inline unsigned int sid_bus(uint16_t sid)
{
	return sid >> 8;
}

static inline unsigned int sid_devfn(uint16_t sid)
{
	return sid & UINT8_MAX;
}

/*
 * The function bits of a source id that a function mask or an SQ leaves uncompared: one more for
 * each step, the highest first ("Invalidate Descriptor Function Mask Encodings").
 */
static inline uint16_t sid_ignored(unsigned int mask)
{
	static const uint16_t ignored[] = { 0, 4, 6, 7 };

	return ignored[mask];
}

/* ---- complaints.c: each is told before the unit does it ---- */

/* What SRTP leaves to software where CAP.ESRTPS is clear ("Set Root Table Pointer Operation"). */
enum mu_owed { MU_OWED_CONTEXTS = 1 << 0, MU_OWED_PASIDS = 1 << 1, MU_OWED_IOTLB = 1 << 2 };

void mu_complain(struct model_unit *unit, const char *text);
void mu_watch_root_pointer(struct model_unit *unit, uint64_t rtaddr);
void mu_watch_translation(struct model_unit *unit, bool enable);
void mu_watch_global_invalidation(struct model_unit *unit, enum mu_owed what);
void mu_watch_commands(struct model_unit *unit, uint32_t commands);
void mu_watch_descriptor(struct model_unit *unit, unsigned int type);
void mu_watch_queue_disable(struct model_unit *unit);
void mu_watch_write(struct model_unit *unit, uint32_t offset);
void mu_watch_rid_pasid(struct model_unit *unit, uint32_t pasid);

/* ---- registers.c ---- */

uint32_t mu_fixed_get(const struct model_unit *unit, uint32_t offset);
void mu_fixed_set(struct model_unit *unit, uint32_t offset, uint32_t value);
uint64_t mu_fixed_get64(const struct model_unit *unit, uint32_t offset);
void mu_fixed_set64(struct model_unit *unit, uint32_t offset, uint64_t value);
void mu_registers_reset(struct model_unit *unit, bool keep_sticky);

/* A half-register at this offset is the upper half of one of 64 bits. */
static inline bool is_high_half(uint32_t offset)
{
	return offset & 4;
}

/* The half of a register's value that lies at this offset. */
static inline uint32_t half_of(uint64_t value, uint32_t offset)
{
	return (uint32_t)(is_high_half(offset) ? value >> 32 : value);
}

/* Puts a half-register's value into its half of *to. */
static inline void mu_merge_half(uint64_t *to, uint32_t offset, uint32_t value)
{
	*to = is_high_half(offset) ? (uint32_t)*to | (uint64_t)value << 32
				   : *to >> 32 << 32 | value;
}

/* ---- lies.c: units that misbehave (struct model_misbehaviour), and what software does to registers that it must not ---- */

/* What a unit that is not there, or lies about its capabilities, reads; false: it is honest. */
bool mu_lie(struct model_unit *unit, uint32_t offset, unsigned int bytes, uint64_t *value);
/* An access of these bytes is one that the book allows; `is_pair`: to a register of 64 bits. Else it is noted. */
bool mu_is_legal_access(struct model_unit *unit, uint32_t offset, unsigned int bytes, bool is_pair);

/* ---- side_registers.c: registers that no request depends on; false if none is at `offset` ---- */

bool mu_side_read(struct model_unit *unit, uint32_t offset, uint32_t *value);
bool mu_side_write(struct model_unit *unit, uint32_t offset, uint32_t value);

/* ---- commands.c ---- */

void mu_global_command(struct model_unit *unit, uint32_t command);
uint32_t mu_global_status(struct model_unit *unit);
void mu_take_root_pointer(struct model_unit *unit);

/* ---- faults.c ---- */

/* What a translation request is answered when it meets a fault condition ("Fault Conditions and
 * Remapping Hardware Behavior for Various Requests"). */
enum mu_ats_outcome {
	MU_ATS_UR,
	MU_ATS_CA,
	MU_ATS_NOTHING,	 /* Success with R = W = U = S = 0; not reported */
	MU_ATS_REPORTED, /* the same, and reported */
};

/* Fault reasons, by the condition that was met: MU_SPT_4_2 and so on. */
enum mu_reason {
#define CONDITION(name, reason, qualified, ats) MU_##name = (reason),
#include "tests/model/conditions.def"
};

struct mu_fault_rule {
	uint8_t reason;
	bool is_qualified;
	enum mu_ats_outcome ats;
};

const struct mu_fault_rule *mu_fault_rule(uint8_t reason);

/* A non-recoverable fault, as Fault Recording Registers see it. */
struct mu_fault {
	uint8_t reason;
	uint16_t sid;
	bool t1, t2;
	uint8_t address_type;
	bool has_pasid, privileged, execute;
	uint32_t pasid;
	uint64_t info;	    /* FI, in place */
	bool info_is_index; /* of an interrupt, and no address */
};

void mu_fault_record(struct model_unit *unit, const struct mu_fault *fault);
void mu_fault_status_set(struct model_unit *unit, uint32_t bit);
void mu_fault_status_clear(struct model_unit *unit, uint32_t bits);
void mu_fault_record_free(struct model_unit *unit, uint32_t index);
void mu_fault_index_reset(struct model_unit *unit);

/* One of the three event registers; `control` is the offset of FECTL, IECTL or PECTL. */
void mu_event_raise(struct model_unit *unit, uint32_t control);
void mu_event_served(struct model_unit *unit, uint32_t control);
void mu_event_unmasked(struct model_unit *unit, uint32_t control);

/* ---- caches.c ---- */

/* The entry of the same kind with the same key as *key; NULL if there is none. */
struct model_cached *mu_cache_find(struct model_unit *unit, const struct model_cached *key);
/* True: *entry, of which kind and key were set, is now what is cached there. False: it is as before. */
bool mu_cache_recall(struct model_unit *unit, struct model_cached *entry);
void mu_cache_add(struct model_unit *unit, const struct model_cached *entry);
void mu_cache_drop(struct model_unit *unit, struct model_cached *entry);
bool mu_caches_faults(const struct model_unit *unit);

/* ---- invalidate.c ---- */

struct mu_page_range {
	uint16_t did;
	uint32_t pasid;
	uint64_t address;
	unsigned int address_mask; /* AM: 2^AM pages */
	bool leaf_only;		   /* IH */
};

void mu_invalidate_all(struct model_unit *unit);
void mu_invalidate_contexts(struct model_unit *unit, enum invalidate_granularity granularity,
			    uint16_t did, uint16_t sid, unsigned int function_mask);
void mu_invalidate_pasids(struct model_unit *unit, enum pc_granularity granularity, uint16_t did,
			  uint32_t pasid);
void mu_invalidate_iotlb(struct model_unit *unit, enum invalidate_granularity granularity,
			 const struct mu_page_range *range);
void mu_invalidate_pasid_iotlb(struct model_unit *unit, enum piotlb_granularity granularity,
			       const struct mu_page_range *range);
void mu_invalidate_interrupts(struct model_unit *unit, bool all, uint16_t index, unsigned int mask);
void mu_invalidate_for_page_request(struct model_unit *unit, enum pgtt pgtt,
				    const struct mu_page_range *range);
void mu_context_command(struct model_unit *unit);
void mu_iotlb_command(struct model_unit *unit);

/* ---- defects.c: asked for in defects alone ---- */

/* Of a range of several pages, it is the last one. */
bool mu_is_last_page(const struct model_cached_page *page, const struct mu_page_range *range);
/* A named page that is forgotten to be dropped; *first_source is -1 before the first one. */
bool mu_is_overlooked(const struct model_unit *unit, const struct model_cached *entry,
		      enum invalidate_granularity granularity, int *first_source);

/* ---- queue.c ---- */

void mu_queue_run(struct model_unit *unit);
void mu_queue_enable(struct model_unit *unit, bool enable);

/* ---- device_messages.c ---- */

/* A device-TLB invalidation of either type, and what the device answers. */
void mu_ask_device(struct model_unit *unit, const uint64_t *q, enum descriptor_type type);
void mu_send_page_response(struct model_unit *unit, const uint64_t *q);

/* ---- translate.c, legacy.c, scalable.c, first_stage.c, second_stage.c ---- */

/* A request on its way through the tables. */
struct mu_walk {
	const struct model_request *request;
	struct model_answer *answer;
	bool fpd;	 /* an FPD = 1 was met */
	bool privileged; /* PR of the request, or RID_PRIV */
	uint32_t pasid;	 /* of the request, or RID_PASID */
	bool scalable;
	uint64_t pasid_directory; /* PASIDDIRPTR of the context entry */
};

/* The tables that a context entry or a PASID entry names, and how it wants them used. */
struct mu_stages {
	uint8_t pgtt; /* 0: legacy mode */
	uint16_t did;
	bool snooped_walk; /* SMPWCS and PWSNP */
	bool page_snoop;   /* PGSNP */
	bool supervisor;   /* SRE */

	uint64_t second; /* SSPTPTR */
	unsigned int second_levels;
	bool tracks_dirty; /* SSADE */

	uint64_t first; /* FSPTPTR */
	unsigned int first_levels;
	bool write_protect; /* WPE */
	bool extended;	    /* EAFE */
};

/* Where the second stage leads one address, and what its tables say about it. */
struct mu_second {
	uint64_t phys; /* page of the address */
	bool read, write;
	bool snooped; /* SNP */
	bool dirty;
	uint8_t page_shift;
	uint8_t fault;	/* a reserved field, wherever it was */
	uint64_t where; /* of the leaf, for its flags */
	uint64_t pte;
};

/* Each returns the fault reason, 0 if none; the result goes to walk->answer. */
uint8_t mu_legacy_translate(struct model_unit *unit, struct mu_walk *walk);
uint8_t mu_scalable_translate(struct model_unit *unit, struct mu_walk *walk);
uint8_t mu_second_stage_translate(struct model_unit *unit, struct mu_walk *walk,
				  const struct mu_stages *stages);
uint8_t mu_first_stage_translate(struct model_unit *unit, struct mu_walk *walk,
				 const struct mu_stages *stages);

/*
 * The second stage for any address. Returns what nothing can be kept of (access, flags); what the
 * tables themselves say goes to *to.
 */
uint8_t mu_second_stage_walk(struct model_unit *unit, const struct mu_stages *stages,
			     uint64_t address, struct mu_second *to);
/* The page that `to` leads to was written: its leaf's dirty flag, where SSADE asks for it. */
uint8_t mu_second_stage_wrote(struct model_unit *unit, const struct mu_stages *stages,
			      struct mu_second *to);
/* SGN.5, SFS.5, SPT.4.4: not below 2^min(MGAW, AW). */
bool mu_is_above_second_stage(const struct model_unit *unit, unsigned int levels, uint64_t address);

bool mu_is_ats(const struct mu_walk *walk);
/* A write, or a translation request that is granted one. */
bool mu_makes_dirty(const struct model_unit *unit, const struct mu_walk *walk);

/* The request meets the cached translation `entry`, if there is one that may be used. */
bool mu_iotlb_hit(struct model_unit *unit, struct mu_walk *walk, uint8_t *reason);
/* Keeps what `entry` says about the page of this request; tags come from walk and entry. */
void mu_iotlb_fill(struct model_unit *unit, const struct mu_walk *walk, struct model_cached *entry);
/* Permissions, interrupt range and the answer, from a cached or fresh translation. */
uint8_t mu_finish_access(struct model_unit *unit, struct mu_walk *walk,
			 const struct model_cached *entry);
/* SGN.2, and SGN.6 of a write: what the first stage forbids this request. */
uint8_t mu_first_stage_rights(const struct model_unit *unit, const struct mu_walk *walk,
			      const struct model_cached_page *page);
uint8_t mu_translated_request(struct model_unit *unit, struct mu_walk *walk);
uint8_t mu_pass_through(struct model_unit *unit, struct mu_walk *walk, struct model_cached *entry);
/* Special conditions S.1 and S.2: it asks for the translation of an interrupt address. */
bool mu_is_interrupt_translation(const struct model_unit *unit, const struct mu_walk *walk);
uint8_t mu_interrupt_range_translation(struct model_unit *unit, struct mu_walk *walk);
void mu_report_fault(struct model_unit *unit, const struct mu_walk *walk, uint8_t reason);

unsigned int mu_level_shift(unsigned int level);
bool mu_fetch(struct model_unit *unit, uint64_t address, void *to, unsigned int bytes);
bool mu_is_supported_width(const struct model_unit *unit, uint64_t aw);
unsigned int mu_levels_of_width(uint64_t aw);

/* scalable.c: the tables up to and with the PASID table entry; its words go to *entry. */
uint8_t mu_scalable_context(struct model_unit *unit, struct mu_walk *walk);
uint8_t mu_scalable_pasid(struct model_unit *unit, struct mu_walk *walk,
			  struct model_cached *entry);
uint8_t mu_scalable_rights(const struct model_unit *unit, const struct mu_walk *walk,
			   bool supervisor);
uint8_t mu_root_register_fault(const struct model_unit *unit, const struct model_request *request);

/* ---- protected.c ---- */

/* The page of this address lies in a protected region that is on. */
bool mu_is_protected(const struct model_unit *unit, uint64_t phys);

/* ---- page_request.c ---- */

void mu_page_request(struct model_unit *unit, const struct model_request *request,
		     struct model_answer *answer);
/* What was received and has waited becomes visible to software. */
void mu_page_requests_deliver(struct model_unit *unit);

/* ---- interrupts.c ---- */

/* An interrupt request: a DWORD write without PASID to FEEx_xxxxh. */
void mu_interrupt_request(struct model_unit *unit, const struct model_request *request);
/*
 * An interrupt message, asserted: RH and DM of its address, vector and modes of its data, and an APIC id,
 * which has 8 bits while IRTA.EIME is clear.
 */
void mu_send_interrupt(struct model_unit *unit, uint64_t address, uint64_t data,
		       uint32_t destination);

/* ---- posting.c ---- */

/* Reserved fields of a present entry for posted interrupts. */
bool mu_is_invalid_posted(const struct model_unit *unit, const uint64_t *irte);
/* Posts what came through the entry. Returns the reason if it is blocked, 0 if not. */
uint8_t mu_post_interrupt(struct model_unit *unit, const uint64_t *irte);

/* ---- vcmd.c ---- */

/* VCCAP says that PASIDs come through VCMD, and this one is not out. */
bool mu_vcmd_withholds(const struct model_unit *unit, uint32_t pasid);

bool mu_vcmd_read(struct model_unit *unit, uint32_t offset, uint32_t *value);
bool mu_vcmd_write(struct model_unit *unit, uint32_t offset, uint32_t value);
