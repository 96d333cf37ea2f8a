/* SPDX-License-Identifier: MIT */
/* The plan: each rule of it by hand, over surveys of modelled units. */
#include "tests/host/check.h"

#include "tests/host/bringup/bringup_check.h"

#define SVA	 .pasids = BRINGUP_WANTED
#define MUST_SVA .pasids = BRINGUP_REQUIRED
#define MUST_SM	 .mode = BRINGUP_SCALABLE
#define LEGACY	 .mode = BRINGUP_LEGACY
#define LEAVES	 .leaves_untranslated = true
#define OK	 BRINGUP_REASON_OK
#define R(name)	 BRINGUP_REASON_##name
#define NO_SVA	 "SVA off (unit 0 (20000000) lacks ECAP.FSTS (bit 47))"
#define SM(n)	 "scalable mode, " n ", second stage, 48 bits, SVA off"

static const struct plan_row modes[] = {
	{ "sm", { 0 }, OK, SM("1 unit") },
	{ "legacy",
	  { 0 },
	  OK,
	  "legacy mode (unit 0 (20000000) lacks ECAP.SMTS (bit 43)), 1 unit, "
	  "second stage, 48 bits, SVA off" },
	{ "sm", { LEGACY }, OK, "legacy mode, 1 unit, second stage, 48 bits, SVA off" },
	{ "sm,sm", { MUST_SM }, OK, SM("2 units") },
	{ "sm,legacy",
	  { 0 },
	  OK,
	  "legacy mode (unit 1 (20002000) lacks ECAP.SMTS (bit 43)), 2 units, "
	  "second stage, 48 bits, SVA off" },
	{ "legacy,sm",
	  { 0 },
	  OK,
	  "legacy mode (unit 0 (20000000) lacks ECAP.SMTS (bit 43)), 2 units, "
	  "second stage, 48 bits, SVA off" },
	{ "sm,sm,sm-smts",
	  { 0 },
	  OK,
	  "legacy mode (unit 2 (20004000) lacks ECAP.SMTS (bit 43)), 3 units, second stage, 48 "
	  "bits, SVA off" },
	{ "sm,legacy",
	  { MUST_SM },
	  R(NO_SCALABLE_MODE),
	  "refused: unit 1 (20002000) lacks ECAP.SMTS (bit 43): scalable mode "
	  "is required and the unit cannot do it" },
	{ "sm,sm-qi",
	  { MUST_SM },
	  R(NO_SCALABLE_MODE),
	  "refused: unit 1 (20002000) lacks ECAP.QI (bit 1): scalable mode is required and the "
	  "unit cannot do it" },
	{ "sm,sm-ssts",
	  { MUST_SM },
	  R(NO_SCALABLE_MODE),
	  "refused: unit 1 (20002000) lacks ECAP.SSTS (bit 46), ECAP.FSTS (bit 47): scalable mode "
	  "is required and the unit cannot do it" },
	{ "sm,sm-ssts",
	  { 0 },
	  OK,
	  "legacy mode (unit 1 (20002000) lacks ECAP.SSTS (bit 46), ECAP.FSTS (bit 47)), 2 units, "
	  "second stage, 48 bits, SVA off" },
	{ "sm,sm-ssts+sagaw=0",
	  { 0 },
	  R(NO_TRANSLATION),
	  "refused: unit 1 (20002000) has no table depth (CAP.SAGAW, bits 12:8, is 0): the unit "
	  "cannot translate" },
	/* with leave: it keeps nobody from scalable mode */
	{ "sm,sm-ssts+sagaw=0+ver=6.0", { LEAVES }, OK, SM("2 units, 1 translating") },
	{ "sm-ssts+sagaw=0,legacy", { LEAVES }, OK, "legacy mode (unit 1 (20002000) lacks" },
	{ "qemu+sagaw=0",
	  { LEAVES, .interrupt_remapping = BRINGUP_WANTED },
	  OK,
	  "no translation, 1 unit, 0 translating, SVA off, interrupt remapping" },
	{ "qemu+sagaw=0",
	  { LEAVES, SVA, .pass_through = BRINGUP_WANTED },
	  OK,
	  "no translation, 1 unit, 0 translating, SVA off (no unit translates)" },
	{ "sm-ssts+sagaw=0*2",
	  { LEAVES, MUST_SM },
	  R(NO_TRANSLATION),
	  "refused: no unit has a table depth (CAP.SAGAW): the unit cannot translate" },
	{ "sm+sagaw=0", { LEAVES, MUST_SVA }, R(NO_TRANSLATION), "refused: no unit" },
	{ "sm+sagaw=0",
	  { LEAVES, .pass_through = BRINGUP_REQUIRED },
	  R(NO_TRANSLATION),
	  "refused: no unit" },
	{ "sm+sagaw=0", { LEAVES, .address_bits = 39 }, R(NO_TRANSLATION), "refused: no unit" },
	/* a unit that does not translate needs no invalidation */
	{ "sm,legacy-qi-ir-eim+ver=6.0+sagaw=0", { LEAVES }, OK, SM("2 units, 1 translating") },
	{ "legacy-qi", { 0 }, OK, "legacy mode" },
	{ "sm,legacy-qi-ir-eim", { 0 }, OK, "legacy mode" },
	{ "sm,legacy-qi+ver=6.0",
	  { 0 },
	  R(NO_INVALIDATION),
	  "refused: unit 1 (20002000) lacks ECAP.QI (bit 1): no way to invalidate: no queue, and "
	  "no registers from VER 6 on" },
	{ "legacy+ver=6.0", { 0 }, OK, "legacy mode" },
};

static const struct plan_row widths[] = {
	{ "sm+aw=57,sm", { 0 }, OK, SM("2 units") },
	{ "sm+aw=39,sm+aw=57", { 0 }, OK, "scalable mode, 2 units, second stage, 39 bits" },
	{ "sm+mgaw=41,sm", { 0 }, OK, "scalable mode, 2 units, second stage, 42 bits" },
	{ "sm+sagaw=2,sm+sagaw=4",
	  { 0 },
	  OK,
	  "scalable mode, 2 units, second stage, 39 bits (units 0 and 1 have no depth in common), "
	  "SVA off" },
	{ "legacy+sagaw=4,legacy+sagaw=2+mgaw=38",
	  { LEGACY },
	  OK,
	  "legacy mode, 2 units, second stage, 39 bits (units 0 and 1 have no depth in common), "
	  "SVA off" },
	{ "sm+sagaw=6,sm+sagaw=12,sm+sagaw=10",
	  { 0 },
	  OK,
	  "scalable mode, 3 units, second stage, 48 bits (no depth is common to units 0 to 2), "
	  "SVA off" },
	{ "sm+sagaw=2,sm+sagaw=4",
	  { .address_bits = 48 },
	  R(TOO_NARROW),
	  "refused: unit 0 (20000000) has 39 bits where 48 are needed: too few address bits" },
	{ "sm,sm+aw=39",
	  { .address_bits = 48 },
	  R(TOO_NARROW),
	  "refused: unit 1 (20002000) has 39 bits where 48 are needed: too few address bits" },
	{ "sm+aw=39*2",
	  { .address_bits = 48 },
	  R(TOO_NARROW),
	  "refused: unit 0 (20000000) has 39 bits where 48 are needed: too few address bits" },
	{ "sm,sm+nd=7",
	  { 0 },
	  R(NO_DOMAINS),
	  "refused: unit 1 (20002000) has CAP.ND (bits 2:0) 7: the number of domains is a reserved "
	  "code" },
};

static const struct plan_row features[] = {
	{ "sm,sm-pt", { .pass_through = BRINGUP_WANTED }, OK, SM("2 units") },
	{ "sm,sm", { .pass_through = BRINGUP_WANTED }, OK, SM("2 units") ", pass-through" },
	{ "sm,sm-pt",
	  { .pass_through = BRINGUP_REQUIRED },
	  R(NO_PASS_THROUGH),
	  "refused: unit 1 (20002000) lacks ECAP.PT (bit 6): pass-through is required and the unit "
	  "lacks it" },
	{ "sm,sm",
	  { .interrupt_remapping = BRINGUP_REQUIRED },
	  OK,
	  SM("2 units") ", interrupt remapping (extended)" },
	{ "sm,sm-eim",
	  { .interrupt_remapping = BRINGUP_REQUIRED },
	  OK,
	  SM("2 units") ", interrupt remapping" },
	{ "sm+eimer,sm-eim",
	  { .interrupt_remapping = BRINGUP_REQUIRED },
	  R(NO_INTERRUPT_REMAPPING),
	  "refused: unit 1 (20002000) lacks ECAP.EIM (bit 4): interrupt remapping is required and "
	  "the unit lacks it" },
	{ "sm,legacy-ir-eim",
	  { .interrupt_remapping = BRINGUP_REQUIRED },
	  R(NO_INTERRUPT_REMAPPING),
	  "refused: unit 1 (20002000) lacks ECAP.IR (bit 3): interrupt remapping is required and "
	  "the unit lacks it" },
	{ "sm,legacy-ir-eim", { .interrupt_remapping = BRINGUP_WANTED }, OK, "legacy mode" },
	/* a unit that does not translate remaps interrupts, and may keep the others from it */
	{ "sm,sm-ssts+sagaw=0",
	  { LEAVES, .interrupt_remapping = BRINGUP_WANTED },
	  OK,
	  SM("2 units, 1 translating") ", interrupt remapping (extended)" },
	{ "sm,sm-ssts+sagaw=0-eim-ir",
	  { LEAVES, .interrupt_remapping = BRINGUP_REQUIRED },
	  R(NO_INTERRUPT_REMAPPING),
	  "refused: unit 1 (20002000) lacks ECAP.IR (bit 3)" },
	{ "sm,sm-pt-ssts+sagaw=0",
	  { LEAVES, .pass_through = BRINGUP_REQUIRED },
	  OK,
	  SM("2 units, 1 translating") ", pass-through" },
};

#define DENIES	 .firmware = { .denies_interrupt_remapping = true }
#define OPTS_OUT .firmware = { .opts_out_of_x2apic = true }

static const struct plan_row firmwares[] = {
	{ "sm", { DENIES }, OK, SM("1 unit") },
	{ "sm",
	  { DENIES, .interrupt_remapping = BRINGUP_WANTED },
	  OK,
	  SM("1 unit") ", no interrupt remapping (DMAR flag INTR_REMAP is clear)" },
	{ "sm",
	  { DENIES, .interrupt_remapping = BRINGUP_REQUIRED },
	  R(INTERRUPT_REMAPPING_DENIED),
	  "refused: DMAR flag INTR_REMAP is clear: interrupt remapping is required, against "
	  "firmware" },
	{ "sm,sm",
	  { OPTS_OUT, .interrupt_remapping = BRINGUP_REQUIRED },
	  OK,
	  SM("2 units") ", interrupt remapping (not extended: DMAR flag X2APIC_OPT_OUT is set)" },
	{ "sm,sm+eimer",
	  { OPTS_OUT, .interrupt_remapping = BRINGUP_WANTED },
	  OK,
	  SM("2 units") ", no interrupt remapping (DMAR flag X2APIC_OPT_OUT is set, and a unit "
			"takes no other form (ECAP.EIMER))" },
	{ "sm,sm+eimer",
	  { OPTS_OUT, .interrupt_remapping = BRINGUP_REQUIRED },
	  R(INTERRUPT_REMAPPING_DENIED),
	  "refused: DMAR flag X2APIC_OPT_OUT" },
	{ "sm",
	  { .firmware = { .opts_in_to_dma_control = true } },
	  OK,
	  SM("1 unit") ", as firmware asks for (DMA_CTRL_PLATFORM_OPT_IN)" },
};

static const struct plan_row pasids[] = {
	{ "sm+fsts+vcs",
	  { SVA },
	  OK,
	  "scalable mode, 1 unit, first stage, 47 bits, PASIDs 20 bits through VCMD of unit 0 "
	  "(layout 3.3), SVA on" },
	{ "sm+fsts+vcs-draft",
	  { SVA },
	  OK,
	  "scalable mode, 1 unit, first stage, 47 bits, PASIDs 20 bits through VCMD of unit 0 "
	  "(layout draft), SVA on" },
	{ "sm+fsts,sm+fsts+vcs",
	  { SVA },
	  OK,
	  "scalable mode, 2 units, first stage, 47 bits, PASIDs 20 bits through VCMD of unit 1 "
	  "(layout 3.3), SVA on" },
	{ "sm+fsts+vcs+shared,sm+fsts+vcs-draft+shared",
	  { SVA, .backing = BACKING_SHARED },
	  OK,
	  "scalable mode, 2 units, first stage, 47 bits, PASIDs 20 bits through VCMD of units 0 "
	  "(layout 3.3), 1 (layout draft), SVA on" },
	{ "sm",
	  { SVA },
	  OK,
	  "scalable mode, 1 unit, second stage, 48 bits, PASIDs 20 bits from our own "
	  "allocator, " NO_SVA },
	{ "sm+vcs-pas",
	  { SVA },
	  OK,
	  "scalable mode, 1 unit, second stage, 48 bits, PASIDs 20 bits from our own "
	  "allocator, " NO_SVA },
	{ "sm+vcs-pas-fps-ns",
	  { SVA },
	  OK, /* nothing tells the layout, and nothing need */
	  "scalable mode, 1 unit, second stage, 48 bits, PASIDs 20 bits from our own "
	  "allocator, " NO_SVA },
	{ "sm+pss=19,sm+pss=7",
	  { SVA },
	  OK,
	  "scalable mode, 2 units, second stage, 48 bits, PASIDs 8 bits from our own "
	  "allocator, " NO_SVA },
	{ "sm,sm",
	  { SVA, .pasid_bits = 10 },
	  OK,
	  "scalable mode, 2 units, second stage, 48 bits, PASIDs 10 bits from our own "
	  "allocator, " NO_SVA },
	{ "sm,sm-pasid",
	  { SVA },
	  OK,
	  SM("2 units") " (unit 1 (20002000) lacks ECAP.PASID (bit 40))" },
	{ "sm,sm-pasid",
	  { MUST_SVA },
	  R(PASIDS_LACKING),
	  "refused: unit 1 (20002000) lacks ECAP.PASID (bit 40): PASIDs are required and the unit "
	  "takes none" },
	{ "sm,legacy",
	  { MUST_SVA },
	  R(PASIDS_NEED_SCALABLE_MODE),
	  "refused: unit 1 (20002000) lacks ECAP.SMTS (bit 43): PASIDs are "
	  "required, and the platform is in legacy mode" },
	{ "sm+vcs,legacy",
	  { SVA },
	  OK,
	  "legacy mode (unit 1 (20002000) lacks ECAP.SMTS (bit 43)), 2 units, "
	  "second stage, 48 bits, SVA off (unit 1 (20002000) lacks ECAP.SMTS (bit 43))" },
	{ "sm",
	  { LEGACY, SVA },
	  OK,
	  "legacy mode, 1 unit, second stage, 48 bits, SVA off (legacy mode is asked for)" },
	{ "sm",
	  { LEGACY, MUST_SVA },
	  R(PASIDS_NEED_SCALABLE_MODE),
	  "refused: legacy mode is asked for: PASIDs are required, and the platform is in legacy "
	  "mode" },
};

static const struct plan_row allocators[] = {
	{ "sm+vcs",
	  { SVA, .default_pasids_live = 3 },
	  R(DEFAULT_PASIDS_LIVE),
	  "refused: unit 0 (20000000) hands out PASIDs, while 3 of our own are live: PASIDs must "
	  "come through VCMD, and others are live already" },
	{ "sm", { SVA, .default_pasids_live = 3 }, OK, "scalable mode" },
	/* SVA off: PASID 0 alone is in use, and needs no allocator */
	{ "sm+vcs", { .default_pasids_live = 3 }, OK, SM("1 unit") },
	{ "sm+vcs", { LEGACY, SVA, .default_pasids_live = 3 }, OK, "legacy mode" },
	{ "sm+vcs",
	  { SVA, .has_no_pasid_memory = true },
	  R(NO_PASID_MEMORY),
	  "refused: unit 0 (20000000) hands out PASIDs: no memory for the PASID allocator" },
	{ "sm", { MUST_SVA, .has_no_pasid_memory = true }, R(NO_PASID_MEMORY), "refused: " },
	{ "sm",
	  { SVA, .has_no_pasid_memory = true },
	  OK,
	  SM("1 unit") " (no memory for the PASID allocator)" },
	{ "sm,sm+vcs-fps",
	  { SVA },
	  OK,
	  SM("2 units") " (unit 1 (20002000) lacks VCCAP.FPS (bit 2))" },
	{ "sm+vcs-fps",
	  { MUST_SVA },
	  R(VCMD_CANNOT_FREE),
	  "refused: unit 0 (20000000) lacks VCCAP.FPS (bit 2): PASIDs must come through VCMD, "
	  "which takes none back" },
	{ "sm+vcs,sm+vcs",
	  { SVA, .backing = BACKING_PRIVATE },
	  R(PRIVATE_PASIDS),
	  "refused: unit 1 (20002000) hands out PASIDs (VCCAP.PAS) beside those of unit 0 "
	  "(20000000): PASIDs must come through VCMD, and the units share no set of them" },
	{ "sm+vcs,sm", { SVA, .backing = BACKING_PRIVATE }, OK, "scalable mode" },
	/* PASIDs that are given up need no common set, wherever the unit stands that takes none back */
	{ "sm+vcs-fps,sm+vcs,sm+vcs",
	  { SVA, .backing = BACKING_PRIVATE },
	  OK,
	  SM("3 units") " (unit 0 (20000000) lacks VCCAP.FPS (bit 2))" },
	{ "sm+vcs,sm+vcs,sm+vcs-fps",
	  { SVA, .backing = BACKING_PRIVATE },
	  OK,
	  SM("3 units") " (unit 2 (20004000) lacks VCCAP.FPS (bit 2))" },
};

static const struct plan_row lies[] = {
	{ "sm,sm+absent=0",
	  { 0 },
	  R(ABSENT),
	  "refused: unit 1 (20002000) reads VER 00000000: the unit does not answer" },
	{ "sm,sm+absent=ones",
	  { 0 },
	  R(ABSENT),
	  "refused: unit 1 (20002000) reads VER ffffffff: the unit does not answer" },
	{ "sm,sm+absent=ones",
	  { .leaves_out_absent = true },
	  OK,
	  "scalable mode, 1 unit of 2, second stage, 48 bits, SVA off" },
	{ "sm+absent=0",
	  { .leaves_out_absent = true },
	  R(NO_UNITS),
	  "refused: none of them answers: there is no unit" },
	{ "sm,sm+ecap-flips=0x80000000000",
	  { 0 },
	  R(CAPS_CHANGE),
	  "refused: unit 1 (20002000) reads VER 40, then 40; CAP bits 0 and ECAP bits 80000000000 "
	  "differ: capability bits change between two reads" },
	{ "sm+cap-flips=0x80", { 0 }, R(CAPS_CHANGE), "refused: unit 0 (20000000) reads VER" },
};

PLAN_TEST(modes)
PLAN_TEST(widths)
PLAN_TEST(features)
PLAN_TEST(firmwares)
PLAN_TEST(pasids)
PLAN_TEST(allocators)
PLAN_TEST(lies)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),	 cmocka_unit_test(test_widths),
		cmocka_unit_test(test_features), cmocka_unit_test(test_firmwares),
		cmocka_unit_test(test_pasids),	 cmocka_unit_test(test_allocators),
		cmocka_unit_test(test_lies),
	};

	world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
