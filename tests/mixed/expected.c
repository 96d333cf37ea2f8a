/* SPDX-License-Identifier: MIT */
/*
 * Rules, the first that fits counts. They are derived from what a strategy does, the traits of the
 * topology, and revision 5.10; not from what a run showed.
 */
#include "tests/mixed/expected.h"

#include "arch/print.h"
#include "arch/string.h"
#include "iommu/spec/fault_reason.h"

#define S(strategy)    (1u << (strategy))
#define O(outcome)     (1u << MIXED_##outcome)
#define ANY_DOWN       (~0u << DOWNGRADE)
#define AFTER_THE_FACT (S(LATE_DISABLE) | S(SVA_OFF) | S(FALL_BACK_EARLY) | S(ABORT_EARLY))
#define HISTORICAL     (AFTER_THE_FACT | S(PER_UNIT_LOOP))
#define MIXED_MODES    (HAS_SCALABLE_UNIT | HAS_LEGACY_UNIT)

/* clang-format off */
static const struct expectation rules[] = {
	/* plan-first */
	{ S(PLAN_FIRST), HAS_STRAY_DEVICE, 0, O(REFUSED), 0, BREAKS_NONE,
	  "a device in no scope is remapped by no unit: no plan can hold it", NULL },
	{ S(PLAN_FIRST), HAS_ABSENT_UNIT, 0, O(REFUSED), 0, BREAKS_NONE,
	  "DMA behind a unit that does not answer cannot be remapped", NULL },
	{ S(PLAN_FIRST), VCMD_FAILS, 0, O(REFUSED), 0, BREAKS_NONE,
	  "VCCAP.PAS: PASIDs must come through VCMD, and it cannot be registered", NULL },
	{ S(PLAN_FIRST), VCMD_LIES, 0, O(REFUSED), 0, BREAKS_NONE,
	  "two PASIDs are asked for before anything else, and they are no good", NULL },
	{ S(PLAN_FIRST), VCMD_PRIVATE, 0, O(REFUSED), 0, BREAKS_NONE,
	  "one PASID means one process everywhere, and no unit gives PASIDs that hold for both", NULL },
	{ S(PLAN_FIRST), FOUND_ON, 0, O(OK), 0, BREAKS_MAYBE,
	  "what was left on is brought to rest; how the queue was left is not ours to say", NULL },
	{ S(PLAN_FIRST), 0, 0, O(OK), 0, BREAKS_NONE,
	  "differences are resolved for all units alike", NULL },

	/* down from scalable mode */
	{ S(DOWN_NO_DRAIN), 0, ALL_ESRTPS, O(LEAKED), 0, BREAKS_NONE,
	  "a request that is still on its way when TE goes off is not translated",
	  "drain with an IOTLB invalidation (DR, DW) and a wait before TE goes off" },
	{ S(DOWN_NO_DISABLE), 0, ALL_ESRTPS, O(OK), 0, BREAKS_SOME,
	  "TTM may change with TES = 1 only where CAP.ESRTPS is set: what happens else is undefined, "
	  "and the model, which takes the new mode and forgets nothing, is harmless once all "
	  "caches were invalidated",
	  "turn TE off before SRTP changes TTM, unless CAP.ESRTPS is set" },
	{ S(DOWN_NO_ROOT), 0, 0, O(BLOCKED), 0, BREAKS_NONE,
	  "TTM 00 over a scalable-mode root table: a present upper half is reserved there (LRT.3), "
	  "else each context entry is looked for at half its place (LCT.2)",
	  "build a new root table: the formats are not readable for each other" },
	{ S(DOWN_NO_CONTEXT), 0, 0, O(BLOCKED), FR_LCT_2, BREAKS_NONE,
	  "legacy entries are 16 bytes: devfn d is read from scalable-mode entry d/2, not present here",
	  "build new context tables: entries of 32 bytes are not readable as entries of 16" },
	{ S(DOWN_NO_LATCH), 0, ALL_ESRTPS, O(LEAKED), 0, BREAKS_SOME,
	  "a mere write of RTADDR changes nothing: the old tables, and the old pages, stay in use",
	  "give GCMD.SRTP and wait for GSTS.RTPS after RTADDR was written" },
	{ S(DOWN_NO_LATCH), ALL_ESRTPS, 0, O(LEAKED), 0, BREAKS_NONE,
	  "a mere write of RTADDR changes nothing: the old tables, and the old pages, stay in use",
	  "give GCMD.SRTP and wait for GSTS.RTPS after RTADDR was written" },
	{ S(DOWN_NO_IOTLB), KEEPS_CACHES, 0, O(LEAKED), 0, BREAKS_SOME,
	  "this unit does not flush with TE off: its IOTLB still leads to the old pages",
	  "invalidate the IOTLB after SRTP (CAP.ESRTPS = 0), whatever TE off may have flushed" },
	{ S(DOWN_NO_CONTEXT_CACHE), KEEPS_CACHES, 0, O(BLOCKED) | O(MISDIRECTED) | O(LEAKED), 0,
	  BREAKS_SOME,
	  "this unit does not flush with TE off: a cached scalable-mode entry is read as a legacy one",
	  "invalidate the context cache after SRTP (CAP.ESRTPS = 0), before the IOTLB" },
	{ S(DOWN_NO_CONTEXT_CACHE) | S(DOWN_NO_IOTLB), 0, ALL_ESRTPS, O(OK), 0, BREAKS_SOME,
	  "units with ECAP.SMTS flush everything when TE goes off; the invalidations are due all the "
	  "same",
	  "invalidate context cache and IOTLB after SRTP where CAP.ESRTPS is clear" },
	{ S(DOWN_NO_PASID_CACHE), 0, 0, O(OK), 0, BREAKS_NONE,
	  "nothing looks at the PASID cache in legacy mode", NULL },
	{ ANY_DOWN, FOUND_ON, 0, O(OK), 0, BREAKS_MAYBE, "as on a unit found off", NULL },
	{ ANY_DOWN, ALL_ESRTPS, 0, O(OK), 0, BREAKS_NONE,
	  "with CAP.ESRTPS the unit goes on translating, and SRTP flushes everything", NULL },
	{ S(DOWNGRADE), 0, 0, O(OK), 0, BREAKS_NONE, "no step is missing", NULL },

	/* what nobody sees who does not look */
	{ HISTORICAL, HAS_STRAY_DEVICE, 0, O(LEAKED), 0, BREAKS_NONE,
	  "DMA of a device in no scope goes untranslated to physical memory",
	  "look for devices in no unit's scope before DMA remapping is relied on" },
	{ HISTORICAL, HAS_ABSENT_UNIT, 0, O(LEAKED), 0, BREAKS_NONE,
	  "DMA behind a unit that does not answer goes untranslated to physical memory",
	  "do not go on without a unit of the DMAR table: its devices are not confined" },

	/* the allocator cannot be registered */
	{ S(PER_UNIT_LOOP), VCMD_FAILS | FAILS_ON_SECOND, 0, O(SPLIT), 0, BREAKS_NONE,
	  "unit 0 is in scalable mode when unit 1's allocator fails and the flag is cleared",
	  "decide for all units before the first one is programmed" },
	{ S(LATE_DISABLE), VCMD_FAILS, 0, O(BLOCKED), FR_SCT_2, BREAKS_NONE,
	  "RTADDR.TTM says scalable: the legacy entry of devfn d lies where that of devfn d/2 is "
	  "looked for, which is not present",
	  "register the allocator before RTADDR; a flag cleared afterwards reaches no hardware" },
	{ S(ABORT_EARLY), VCMD_FAILS, 0, O(REFUSED), 0, BREAKS_NONE,
	  "it returns the error before any register of remapping is written", NULL },
	{ S(SVA_OFF), VCMD_FAILS, 0, O(OK), 0, BREAKS_NONE,
	  "scalable mode on PASID 0 needs no allocator", NULL },
	{ S(FALL_BACK_EARLY) | S(PER_UNIT_LOOP), VCMD_FAILS, 0, O(OK), 0, BREAKS_NONE,
	  "the flag is cleared before the first unit is programmed: legacy mode", NULL },
	{ HISTORICAL, VCMD_LIES, 0, O(MISDIRECTED), 0, BREAKS_NONE,
	  "two users of one PASID: DMA of one ends in memory of the other",
	  "refuse PASID 0 and PASIDs that are in use, whoever offers them" },

	/* units disagree on the mode */
	{ S(PER_UNIT_LOOP), MIXED_MODES, 0, O(SPLIT), 0, BREAKS_NONE,
	  "each unit gets the mode it can do",
	  "decide for all units before the first one is programmed" },
	{ S(PER_UNIT_LOOP), VCMD_ON_SECOND, 0, O(SPLIT), 0, BREAKS_NONE,
	  "a PASID is in use behind unit 0 when unit 1 wants all of them to come from its VCMD; the "
	  "flag is cleared, and unit 1 goes to legacy mode",
	  "look at all units before the first PASID is handed out" },

	/* PASIDs from more than one place */
	{ S(PER_UNIT_LOOP), VCMD_ON_FIRST | NEEDS_REAL_SCALABLE, 0, O(MISDIRECTED) | O(OK), 0, BREAKS_NONE,
	  "unit 0 has its PASIDs from VCMD, unit 1 from the driver's counter: whether both give the same "
	  "number is the VMM's choice",
	  "have one source of PASIDs for the platform, and VCMD as soon as any unit has it" },
	{ S(PER_UNIT_LOOP), VCMD_ON_FIRST, 0, O(MISDIRECTED), 0, BREAKS_NONE,
	  "unit 0 has its PASIDs from VCMD, unit 1 from the driver's counter: both give the same number",
	  "have one source of PASIDs for the platform, and VCMD as soon as any unit has it" },
	{ S(PER_UNIT_LOOP), VCMD_PRIVATE, 0, O(MISDIRECTED), 0, BREAKS_NONE,
	  "both units give the same number to different processes",
	  "have one source of PASIDs for the platform, or refuse SVA" },
	{ AFTER_THE_FACT, VCMD_PRIVATE, 0, O(SPLIT), 0, BREAKS_NONE,
	  "VCCAP.PAS: software must use the unit's own VCMD, and unit 1 never gave the PASIDs used "
	  "behind it",
	  "refuse units whose VCMD draw on different sets of PASIDs" },
	{ HISTORICAL, VCMD_DRAFT_ONLY, 0, O(SPLIT), 0, BREAKS_NONE,
	  "VCCAP is looked for at E30 and not at E00: PASIDs are used that the VMM never gave",
	  "find out the layout of VCMD before trusting what VCCAP reads" },

	/* the first unit's features are not everybody's */
	{ HISTORICAL, SECOND_LACKS_SSTS, 0, O(BLOCKED), FR_SPT_3, BREAKS_NONE,
	  "without ECAP.SSTS, AW and SSPTPTR of a PASID table entry are reserved",
	  "give each device tables of a stage that its own unit has, or use legacy mode" },
	{ HISTORICAL, SECOND_LACKS_FSTS, 0, O(BLOCKED), FR_SPT_3, BREAKS_NONE,
	  "without ECAP.FSTS, FSPM and FSPTPTR of a PASID table entry are reserved",
	  "give each device tables of a stage that its own unit has, or use legacy mode" },
	{ HISTORICAL, NO_COMMON_WIDTH | HAS_LEGACY_UNIT, 0, O(BLOCKED), FR_LCT_4, BREAKS_NONE,
	  "the depth of unit 0's tables is not in unit 1's CAP.SAGAW",
	  "give each device tables of a depth in its own unit's CAP.SAGAW" },
	{ HISTORICAL, NO_COMMON_WIDTH, 0, O(BLOCKED), FR_SPT_4, BREAKS_NONE,
	  "the depth of unit 0's tables is not in unit 1's CAP.SAGAW",
	  "give each device tables of a depth in its own unit's CAP.SAGAW" },
	{ HISTORICAL, WALKS_NOT_SNOOPED, 0, O(BLOCKED), FR_SPT_3, BREAKS_NONE,
	  "PWSNP is reserved where ECAP.SMPWCS is clear",
	  "set PWSNP by the unit's own ECAP.SMPWCS, and flush for those that lack it" },
	{ HISTORICAL, SECOND_CACHES_NEW, 0, O(BLOCKED), FR_SSS_2, BREAKS_NONE,
	  "unit 1 has CAP.CM and remembers that the page was not there",
	  "invalidate after mapping as soon as any unit has CAP.CM" },
	{ HISTORICAL, SECOND_LACKS_PT, 0, O(BLOCKED), FR_SPT_4, BREAKS_NONE,
	  "PGTT 100b is not supported where ECAP.PT is clear",
	  "use pass-through only where every unit has ECAP.PT; map one to one else" },
	{ HISTORICAL, SECOND_LACKS_SC, 0, O(BLOCKED), FR_SSS_3, BREAKS_NONE,
	  "SNP is reserved where ECAP.SC is clear",
	  "set SNP only where every unit that walks the table has ECAP.SC" },
	{ HISTORICAL, FEW_PASIDS_ON_SECOND, 0, O(BLOCKED), FR_SGN_10, BREAKS_NONE,
	  "the PASID has more bits than unit 1's ECAP.PSS",
	  "hand out no PASID wider than the smallest ECAP.PSS" },

	{ HISTORICAL, SECOND_LACKS_ESRTPS, 0, O(OK), 0, BREAKS_SOME,
	  "unit 0 flushes with SRTP (CAP.ESRTPS) and unit 1 does not: it goes well only because nothing "
	  "is cached so early",
	  "invalidate after SRTP by each unit's own CAP.ESRTPS" },
	{ HISTORICAL, FOUND_ON, 0, O(OK), 0, BREAKS_MAYBE,
	  "the driver brings units to rest before it programs them", NULL },
	{ HISTORICAL, 0, 0, O(OK), 0, BREAKS_NONE, "the units do not differ in what is used", NULL },
};
/* clang-format on */

const struct expectation *expectation_of(const struct mixed_topology *topology,
					 enum strategy_index strategy)
{
	const struct expectation *rule = rules;

	while (!(rule->strategies & S(strategy)) || (topology->traits & rule->all) != rule->all ||
	       topology->traits & rule->none)
		rule++;
	return rule;
}

bool expectation_is_met(const struct expectation *expectation, const struct verdict *verdict,
			bool compares_reason)
{
	if (!(expectation->outcomes & 1u << verdict->outcome))
		return false;
	if (expectation->breach != BREAKS_MAYBE &&
	    verdict->broke_rules != (expectation->breach == BREAKS_SOME))
		return false;
	return !compares_reason || !expectation->reason || verdict->outcome != MIXED_BLOCKED ||
	       verdict->reason == expectation->reason;
}

static const char *label_of(uint8_t code)
{
	const struct fault_reason *reason = fault_reason_find(code);

	return reason ? reason->label : "?";
}

const char *expectation_words(const struct expectation *expectation, char *text, size_t bytes)
{
	size_t used = 0;

	*text = 0;
	for (enum outcome outcome = 0; outcome < MIXED_OUTCOMES; outcome++) {
		if (!(expectation->outcomes & 1u << outcome))
			continue;
		print_to(text + used, bytes - used, "%s%s", used ? " or " : "",
			 outcome_name(outcome));
		used = strlen(text);
	}
	if (expectation->reason)
		print_to(text + used, bytes - used, " (%s)", label_of(expectation->reason));
	return text;
}
