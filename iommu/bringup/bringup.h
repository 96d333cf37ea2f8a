/* SPDX-License-Identifier: MIT */
/*
 * Bringing up all units of a platform: look at every one of them, decide once for all, and only
 * then touch the first register.
 *
 *	bringup_survey()	reads every unit, writes nothing
 *	bringup_plan()		pure: all surveys in; one decision, or a refusal, out
 *	bringup_commit()	bringup_commit.h: programs what the plan says, or undoes it
 *
 * Legacy mode translates through second-stage tables, scalable mode through those of the stage that
 * each unit has. PASIDs are handed out, each with an address space of its own; DMA without PASID uses
 * PASID 0 and needs none. "SVA" is more than that: such an address space may be a process's own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/options.h"
#include "iommu/bringup/tables.h"
#include "iommu/dmar/dmar.h"
#include "iommu/unit/unit.h"
#include "iommu/vcmd/vcmd.h"

enum { BRINGUP_NO_UNIT = 255 };

/* ---- survey ---- */

/* What one unit showed. */
struct survey {
	unsigned int index;
	phys_t base;
	bool is_absent;		/* VER and CAP read 0, or VER reads all ones */
	struct caps caps;	/* what later decisions rest on */
	struct caps caps_again; /* a second reading; a good unit shows the same */
	struct unit_entry_state entry;
	/* Virtual commands; of interest only with ECAP.VCS. */
	const struct vcmd_layout *vcmd_layout; /* NULL: the registers do not tell */
	bool vcmd_is_busy;		       /* an earlier stage's command has no answer yet */
	bool vcmd_offers_nothing;	       /* whatever the layout, VCCAP reads 0 */
	bool vcmd_allocates, vcmd_frees;
};

/* Fills surveys[0 .. count - 1]; reads only. `layout` is the option vcmd=. */
void bringup_survey(struct unit *units, unsigned int count, enum options_vcmd layout,
		    struct survey *surveys);

/* ---- request ---- */

enum bringup_mode { BRINGUP_ANY, BRINGUP_SCALABLE, BRINGUP_LEGACY };

/* How much the caller wants something: WANTED is given up, and noted, where REQUIRED is refused. */
enum bringup_wish { BRINGUP_OFF, BRINGUP_WANTED, BRINGUP_REQUIRED };

/* What is known about units that have virtual commands. */
enum bringup_backing {
	BACKING_UNKNOWN, /* bringup_commit() finds out: a PASID of one is freed through another */
	BACKING_SHARED,	 /* all hand out of one set of PASIDs */
	BACKING_PRIVATE, /* each has a set of its own */
};

/* What firmware says in the flags of the DMAR table. All zero: it has no say. */
struct bringup_firmware {
	bool denies_interrupt_remapping; /* INTR_REMAP is clear */
	bool opts_out_of_x2apic;	 /* X2APIC_OPT_OUT: no extended interrupt mode, please */
	bool opts_in_to_dma_control;	 /* DMA_CTRL_PLATFORM_OPT_IN: DMA is to be confined */
};

struct bringup_firmware bringup_firmware(const struct dmar *dmar);

/* All zero: any mode, no PASIDs, no pass-through, no interrupt remapping, every unit translates. */
struct bringup_request {
	enum bringup_mode mode;
	enum bringup_wish pasids; /* to be handed out; SVA comes of itself where it can be */
	enum bringup_wish pass_through;
	enum bringup_wish interrupt_remapping;
	unsigned int address_bits; /* the least that will do; 0: any */
	/* Where a unit has both stages; else the first. Dirty tracking and parents of nested tables. */
	bool prefers_second_stage;
	unsigned int pasid_bits; /* the most the caller's tables hold; 0: 20 */
	enum bringup_backing backing;
	uint32_t default_pasids_live; /* handed out by the default allocator already */
	bool has_no_pasid_memory;     /* there is none for the state of the allocator */
	bool leaves_out_absent;	      /* go on without units that do not answer */
	bool leaves_untranslated; /* and with those that have no stage: DMA behind them passes */
	/* What a process's own tables are like; all zero: 4 levels, no 1 GiB pages. */
	bool processor_has_5_levels, processor_has_1g_pages;
	struct bringup_firmware firmware;
};

/* ---- plan ---- */

/* R(name, words): why a plan or a commit is refused. */
#define BRINGUP_REASONS(R)                                                                      \
	R(OK, "ok")                                                                             \
	/* by the plan */                                                                       \
	R(NO_UNITS, "there is no unit")                                                         \
	R(TOO_MANY_UNITS, "more than 64 units")                                                 \
	R(ABSENT, "the unit does not answer")                                                   \
	R(CAPS_CHANGE, "capability bits change between two reads")                              \
	R(NO_SCALABLE_MODE, "scalable mode is required and the unit cannot do it")              \
	R(NO_TRANSLATION, "the unit cannot translate")                                          \
	R(NO_INVALIDATION, "no way to invalidate: no queue, and no registers from VER 6 on")    \
	R(TOO_NARROW, "too few address bits")                                                   \
	R(NO_DOMAINS, "the number of domains is a reserved code")                               \
	R(NO_PASS_THROUGH, "pass-through is required and the unit lacks it")                    \
	R(NO_INTERRUPT_REMAPPING, "interrupt remapping is required and the unit lacks it")      \
	R(INTERRUPT_REMAPPING_DENIED, "interrupt remapping is required, against firmware")      \
	R(PASIDS_NEED_SCALABLE_MODE, "PASIDs are required, and the platform is in legacy mode") \
	R(PASIDS_LACKING, "PASIDs are required and the unit takes none")                        \
	R(DEFAULT_PASIDS_LIVE, "PASIDs must come through VCMD, and others are live already")    \
	R(NO_PASID_MEMORY, "no memory for the PASID allocator")                                 \
	R(VCMD_NO_LAYOUT, "PASIDs may have to come through VCMD, whose layout is not known")    \
	R(VCMD_BUSY, "PASIDs must come through VCMD, which has a command in progress")          \
	R(VCMD_CANNOT_FREE, "PASIDs must come through VCMD, which takes none back")             \
	R(PRIVATE_PASIDS, "PASIDs must come through VCMD, and the units share no set of them")  \
	/* by the commit, before any register of translation is written */                      \
	R(VCMD_SILENT, "no answer from VCMD")                                                   \
	R(VCMD_EXHAUSTED, "VCMD has no PASID, not even a first one")                            \
	R(VCMD_PASID_ZERO, "VCMD offers PASID 0")                                               \
	R(VCMD_PASID_BEYOND_UNIT, "VCMD offers a PASID beyond its own unit's width")            \
	R(VCMD_PASID_TOO_LARGE, "VCMD offers a PASID beyond the platform's width")              \
	R(VCMD_PASID_TWICE, "VCMD offers the same PASID twice")                                 \
	R(VCMD_FREE_REFUSED, "VCMD does not take back a PASID it gave")                         \
	R(VCMD_BROKEN, "VCMD answers wrongly")                                                  \
	R(ALLOCATOR_REFUSED, "the PASID allocator cannot be registered")                        \
	R(NO_TABLES, "there are no tables for the unit")                                        \
	/* by the commit, at a step; everything is undone */                                    \
	R(MODE_NOT_KEPT, "RTADDR does not keep what was written")                               \
	R(REGISTER_NOT_KEPT, "a register does not keep what was written")                       \
	R(STATUS_NOT_KEPT, "GSTS does not show what was commanded")                             \
	R(STEP_FAILED, "the unit did not follow")

#define BRINGUP_REASON_ENUM_(name, words) BRINGUP_REASON_##name,
enum bringup_reason { BRINGUP_REASONS(BRINGUP_REASON_ENUM_) BRINGUP_REASON_COUNT };
#undef BRINGUP_REASON_ENUM_

/* "VCMD offers PASID 0", and "VCMD_PASID_ZERO"; never NULL. */
const char *bringup_reason_words(enum bringup_reason reason);
const char *bringup_reason_name(enum bringup_reason reason);

/* N(name, words): what a person should know about one unit under a plan. */
#define BRINGUP_NOTES(N)                                                                      \
	N(ABSENT, "does not answer and is left out")                                          \
	N(UNTRANSLATED, "has no second stage (CAP.SAGAW 0): DMA behind it passes as it is")   \
	N(SCALABLE_UNUSED, "could do scalable mode, which is not used")                       \
	N(NO_QUEUE, "is invalidated through registers (no ECAP.QI)")                          \
	N(WRITE_BUFFER, "has a write buffer to flush (CAP.RWBF)")                             \
	N(CACHING_MODE, "caches not-present entries (CAP.CM)")                                \
	N(NOT_COHERENT, "does not snoop walks of root, context and PASID tables (no ECAP.C)") \
	N(PAGING_NOT_COHERENT, "does not snoop walks of paging structures")                   \
	N(NO_SNOOP_CONTROL, "has no snoop control, so it is unused (no ECAP.SC)")             \
	N(NO_PASS_THROUGH, "has no pass-through, so it is unused (no ECAP.PT)")               \
	N(NO_INTERRUPT_REMAPPING,                                                             \
	  "cannot remap interrupts as the others, so none does (ECAP.IR, QI, EIM)")           \
	N(INTERRUPTS_BLOCKED, "blocks interrupts while remapping is off (ECAP.IRREQ)")        \
	N(NARROWEST, "limits the address width")                                              \
	N(FEWEST_PASIDS, "limits the PASID width (ECAP.PSS)")                                 \
	N(ROOT_FLUSHES, "flushes its caches with every new root (CAP.ESRTPS)")                \
	N(VCMD_SOURCE, "hands out PASIDs (VCMD)")                                             \
	N(VCMD_DRAFT, "has VCMD in the layout of the drafts")                                 \
	N(VCMD_WITHOUT_PASIDS, "has VCMD without PASID allocation (VCCAP)")                   \
	N(FOUND_TRANSLATING, "was found translating (GSTS.TES)")                              \
	N(FOUND_SCALABLE, "was found in scalable mode (RTADDR.TTM)")                          \
	N(FOUND_QUEUE, "was found with its queue on (GSTS.QIES)")                             \
	N(FOUND_INTERRUPTS, "was found remapping interrupts (GSTS.IRES)")                     \
	N(FOUND_PROTECTED, "was found with protected memory on (PMEN.EPM)")

#define BRINGUP_NOTE_ENUM_(name, words) BRINGUP_NOTE_##name,
enum bringup_note { BRINGUP_NOTES(BRINGUP_NOTE_ENUM_) BRINGUP_NOTE_COUNT };
#undef BRINGUP_NOTE_ENUM_

enum bringup_queue { BRINGUP_QUEUE_NONE, BRINGUP_QUEUE_128, BRINGUP_QUEUE_256 };

struct bringup_unit_plan {
	phys_t base;
	bool is_used;	 /* false: absent and left out */
	bool translates; /* false: translation stays off; interrupts and the queue may be on */
	struct caps caps;
	enum bringup_queue queue;
	uint32_t notes; /* bit n: enum bringup_note n */
};

enum bringup_pasids {
	PASIDS_NONE,	/* only PASID 0 is in use */
	PASIDS_DEFAULT, /* our own allocator */
	PASIDS_VCMD,	/* virtual commands of one unit, or of several that share one set */
};

struct bringup_refusal {
	enum bringup_reason reason;
	unsigned int unit;	/* BRINGUP_NO_UNIT: none in particular */
	unsigned int with_unit; /* the one it does not fit to, else BRINGUP_NO_UNIT */
	char what[96];		/* "lacks ECAP.SMTS (bit 43)"; "" where the reason says it all */
};

/* One decision for the whole platform. */
struct bringup_plan {
	struct bringup_refusal refusal; /* reason OK: the rest is valid */
	struct bringup_request request;
	unsigned int unit_count;
	struct bringup_unit_plan units[BRINGUP_UNITS_MAX];

	/*
	 * Scalable or legacy, stage and depth of each unit, coherency, PDTS. format.stage and
	 * format.levels are those of an address space that devices behind any unit could share: the
	 * deepest that all units have, levels 0 if there is none. Tables belong to a device, so they
	 * are of its unit's stage and depth.
	 */
	struct tables_format format;
	/*
	 * Where format.levels is 0: the first unit that leaves no depth for all, and the one before it
	 * that it shares none with (BRINGUP_NO_UNIT: it shares one with each of them).
	 */
	unsigned int depth_unit, depth_with_unit;
	bool has_translation;		 /* some unit translates */
	unsigned int address_bits;	 /* behind every unit that translates; 0: none does */
	bool has_2m_pages, has_1g_pages; /* all units */
	bool snoop_control;
	bool pass_through;
	bool interrupt_remapping, extended_interrupts;
	const char *interrupts_off_because; /* firmware's word against them; NULL: none */
	uint16_t first_domain; /* 1 where a unit has CAP.CM: domain 0 is its own then */
	uint32_t domain_end;   /* domains first_domain .. domain_end - 1 */

	/*
	 * PASIDs may stand for processes: first stage and coherent walk in all units. Without PASIDs, or
	 * without SVA alone, the first reason why.
	 */
	bool sva;
	char sva_off_because[96]; /* "" while it is on or no PASIDs were wanted */
	unsigned int sva_off_unit;
	unsigned int pasid_bits; /* 0 in legacy mode */
	enum bringup_pasids pasids;
	const struct vcmd_layout *layouts[BRINGUP_UNITS_MAX]; /* as surveyed; NULL: none */
	unsigned int vcmd_unit; /* the first that hands out PASIDs, else BRINGUP_NO_UNIT */
	unsigned int vcmd_unit_count;
	char legacy_because[96]; /* why not scalable; "" if it is, or legacy was asked for */
	unsigned int legacy_unit;
};

/*
 * Decides. False: refused, and plan->refusal says why. Touches nothing but *plan.
 *
 * A unit that hands out PASIDs through virtual commands must be asked for every one of them, so
 * with PASIDs wanted, a platform whose VCMD cannot be registered is refused, and not given them by
 * other means. The caller may plan again without PASIDs, or in legacy mode: still before any write. A
 * VMM that does nothing wrong, but whose PASIDs are too large for the platform, costs no more than
 * PASIDs where those are only wanted (bringup_commit()).
 */
bool bringup_plan(const struct survey *surveys, unsigned int count,
		  const struct bringup_request *request, struct bringup_plan *plan);

/*
 * The plan in one paragraph: "scalable mode, 2 units, first stage, 47 bits, PASIDs 20 bits through
 * VCMD of unit 1 (layout 3.3), SVA on", or "refused: unit 1 (fed92000) lacks ECAP.SMTS (bit 43):
 * scalable mode is required and the unit cannot do it". Returns the length, as snprintf does.
 */
int bringup_plan_describe(const struct bringup_plan *plan, char *text, size_t bytes);

/* What is to be said of one unit: "unit 1 (fed92000) caches not-present entries (CAP.CM); ..." or "". */
int bringup_plan_describe_unit(const struct bringup_plan *plan, unsigned int unit, char *text,
			       size_t bytes);

/* Does a unit of the plan translate? Not so: absent ones, and those without a stage for the mode. */
bool bringup_unit_translates(const struct bringup_plan *plan, unsigned int unit);

bool bringup_unit_has_note(const struct bringup_plan *plan, unsigned int unit,
			   enum bringup_note note);
