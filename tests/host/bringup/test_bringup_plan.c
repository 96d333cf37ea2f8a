/* SPDX-License-Identifier: MIT */
/* The plan: each rule of it by hand, over surveys of modelled units. */
#include "tests/host/check.h"

#include <stdio.h>
#include <string.h>

#include "tests/host/bringup/bringup_world.h"

/* A topology, a request, and what the plan says in words; `reason` OK: not refused. */
struct row {
	const char *topology;
	struct bringup_request request;
	enum bringup_reason reason;
	const char *says;
};

#define SVA	 .sva = BRINGUP_WANTED
#define MUST_SVA .sva = BRINGUP_REQUIRED
#define MUST_SM	 .mode = BRINGUP_SCALABLE
#define LEGACY	 .mode = BRINGUP_LEGACY
#define LEAVES	 .leaves_untranslated = true
#define OK	 BRINGUP_REASON_OK
#define R(name)	 BRINGUP_REASON_##name
#define SM(n)	 "scalable mode, " n ", second stage, 48 bits, SVA off"

static const struct row modes[] = {
	{ "sm", { 0 }, OK, SM("1 unit") },
	{ "legacy",
	  { 0 },
	  OK,
	  "legacy mode (unit 0 (20000000) lacks ECAP.SMTS (bit 43), ECAP.SSTS (bit 46)), 1 unit, "
	  "second stage, 48 bits, SVA off" },
	{ "sm", { LEGACY }, OK, "legacy mode, 1 unit, second stage, 48 bits, SVA off" },
	{ "sm,sm", { MUST_SM }, OK, SM("2 units") },
	{ "sm,legacy",
	  { 0 },
	  OK,
	  "legacy mode (unit 1 (20002000) lacks ECAP.SMTS (bit 43), ECAP.SSTS (bit 46)), 2 units, "
	  "second stage, 48 bits, SVA off" },
	{ "legacy,sm",
	  { 0 },
	  OK,
	  "legacy mode (unit 0 (20000000) lacks ECAP.SMTS (bit 43), ECAP.SSTS (bit 46)), 2 units, "
	  "second stage, 48 bits, SVA off" },
	{ "sm,sm,sm-smts",
	  { 0 },
	  OK,
	  "legacy mode (unit 2 (20004000) lacks ECAP.SMTS (bit 43)), 3 units, second stage, 48 "
	  "bits, "
	  "SVA off" },
	{ "sm,legacy",
	  { MUST_SM },
	  R(NO_SCALABLE_MODE),
	  "refused: unit 1 (20002000) lacks ECAP.SMTS (bit 43), ECAP.SSTS (bit 46): scalable mode "
	  "is "
	  "required and the unit cannot do it" },
	{ "sm,sm-qi",
	  { MUST_SM },
	  R(NO_SCALABLE_MODE),
	  "refused: unit 1 (20002000) lacks ECAP.QI (bit 1): scalable mode is required and the "
	  "unit "
	  "cannot do it" },
	{ "sm,sm-ssts",
	  { MUST_SM },
	  R(NO_SCALABLE_MODE),
	  "refused: unit 1 (20002000) lacks ECAP.SSTS (bit 46): scalable mode is required and the "
	  "unit cannot do it" },
	{ "sm,sm-ssts",
	  { 0 },
	  OK,
	  "legacy mode (unit 1 (20002000) lacks ECAP.SSTS (bit 46)), 2 units, second stage, 48 "
	  "bits, "
	  "SVA off" },
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
	  "no "
	  "registers from VER 6 on" },
	{ "legacy+ver=6.0", { 0 }, OK, "legacy mode" },
};

static const struct row widths[] = {
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

static const struct row features[] = {
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
	  "the "
	  "unit lacks it" },
	{ "sm,legacy-ir-eim",
	  { .interrupt_remapping = BRINGUP_REQUIRED },
	  R(NO_INTERRUPT_REMAPPING),
	  "refused: unit 1 (20002000) lacks ECAP.IR (bit 3): interrupt remapping is required and "
	  "the "
	  "unit lacks it" },
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

static const struct row firmwares[] = {
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

static const struct row pasids[] = {
	{ "sm+vcs",
	  { SVA },
	  OK,
	  "scalable mode, 1 unit, second stage, 48 bits, PASIDs 20 bits through VCMD of unit 0 "
	  "(layout 3.3), SVA on" },
	{ "sm+vcs-draft",
	  { SVA },
	  OK,
	  "scalable mode, 1 unit, second stage, 48 bits, PASIDs 20 bits through VCMD of unit 0 "
	  "(layout draft), SVA on" },
	{ "sm,sm+vcs",
	  { SVA },
	  OK,
	  "scalable mode, 2 units, second stage, 48 bits, PASIDs 20 bits through VCMD of unit 1 "
	  "(layout 3.3), SVA on" },
	{ "sm+vcs+shared,sm+vcs-draft+shared",
	  { SVA, .backing = BACKING_SHARED },
	  OK,
	  "scalable mode, 2 units, second stage, 48 bits, PASIDs 20 bits through VCMD of units 0 "
	  "(layout 3.3), 1 (layout draft), SVA on" },
	{ "sm",
	  { SVA },
	  OK,
	  "scalable mode, 1 unit, second stage, 48 bits, PASIDs 20 bits from our own allocator, "
	  "SVA "
	  "on" },
	{ "sm+vcs-pas",
	  { SVA },
	  OK,
	  "scalable mode, 1 unit, second stage, 48 bits, PASIDs 20 bits from our own allocator, "
	  "SVA "
	  "on" },
	{ "sm+vcs-pas-fps-ns",
	  { SVA },
	  OK, /* nothing tells the layout, and nothing need */
	  "scalable mode, 1 unit, second stage, 48 bits, PASIDs 20 bits from our own allocator, "
	  "SVA "
	  "on" },
	{ "sm+pss=19,sm+pss=7",
	  { SVA },
	  OK,
	  "scalable mode, 2 units, second stage, 48 bits, PASIDs 8 bits from our own allocator, "
	  "SVA "
	  "on" },
	{ "sm,sm",
	  { SVA, .pasid_bits = 10 },
	  OK,
	  "scalable mode, 2 units, second stage, 48 bits, PASIDs 10 bits from our own allocator, "
	  "SVA "
	  "on" },
	{ "sm,sm-pasid",
	  { SVA },
	  OK,
	  SM("2 units") " (unit 1 (20002000) lacks ECAP.PASID (bit 40))" },
	{ "sm,sm-pasid",
	  { MUST_SVA },
	  R(SVA_NEEDS_PASIDS),
	  "refused: unit 1 (20002000) lacks ECAP.PASID (bit 40): SVA is required and the unit "
	  "takes no "
	  "PASIDs" },
	{ "sm,legacy",
	  { MUST_SVA },
	  R(SVA_NEEDS_SCALABLE_MODE),
	  "refused: unit 1 (20002000) lacks ECAP.SMTS (bit 43), ECAP.SSTS (bit 46): SVA is "
	  "required, "
	  "and the platform is in legacy mode" },
	{ "sm+vcs,legacy",
	  { SVA },
	  OK,
	  "legacy mode (unit 1 (20002000) lacks ECAP.SMTS (bit 43), ECAP.SSTS (bit 46)), 2 units, "
	  "second stage, 48 bits, SVA off (unit 1 (20002000) lacks ECAP.SMTS (bit 43), ECAP.SSTS "
	  "(bit 46))" },
	{ "sm",
	  { LEGACY, SVA },
	  OK,
	  "legacy mode, 1 unit, second stage, 48 bits, SVA off (legacy mode is asked for)" },
	{ "sm",
	  { LEGACY, MUST_SVA },
	  R(SVA_NEEDS_SCALABLE_MODE),
	  "refused: legacy mode is asked for: SVA is required, and the platform is in legacy "
	  "mode" },
};

static const struct row allocators[] = {
	{ "sm+vcs",
	  { SVA, .default_pasids_live = 3 },
	  R(DEFAULT_PASIDS_LIVE),
	  "refused: unit 0 (20000000) hands out PASIDs, while 3 of our own are live: PASIDs must "
	  "come "
	  "through VCMD, and others are live already" },
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
	  "which "
	  "takes none back" },
	{ "sm+vcs,sm+vcs",
	  { SVA, .backing = BACKING_PRIVATE },
	  R(PRIVATE_PASIDS),
	  "refused: unit 1 (20002000) hands out PASIDs (VCCAP.PAS) beside those of unit 0 "
	  "(20000000): PASIDs must come "
	  "through VCMD, and the units share no set of them" },
	{ "sm+vcs,sm", { SVA, .backing = BACKING_PRIVATE }, OK, "scalable mode" },
};

static const struct row lies[] = {
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

static void check_row(const struct row *row)
{
	char text[600];
	bool is_fine;

	world_open(row->topology, VCMD_AUTO);
	assert_int_equal(world_write_count(), 0); /* the survey */
	world_reset_counts();
	is_fine = bringup_plan(world.surveys, world.unit_count, &row->request, &world.plan);
	bringup_plan_describe(&world.plan, text, sizeof(text));
	if (is_fine != (row->reason == OK) || world.plan.refusal.reason != row->reason ||
	    strncmp(text, row->says, strlen(row->says)) != 0)
		fail_msg("%s:\n  says   %s (%s)\n  wanted %s (%s)", row->topology, text,
			 bringup_reason_name(world.plan.refusal.reason), row->says,
			 bringup_reason_name(row->reason));
	assert_int_equal(world_write_count() + world_read_count(), 0); /* the plan */
	world_close();
}

#define ROWS_TEST(name)                                                       \
	static void test_##name(void **unused)                                \
	{                                                                     \
		(void)unused;                                                 \
		for (size_t i = 0; i < sizeof(name) / sizeof((name)[0]); i++) \
			check_row(&(name)[i]);                                \
	}

ROWS_TEST(modes)
ROWS_TEST(widths)
ROWS_TEST(features)
ROWS_TEST(firmwares)
ROWS_TEST(pasids)
ROWS_TEST(allocators)
ROWS_TEST(lies)

static void plan_of(const char *topology, const struct bringup_request *request)
{
	world_open(topology, VCMD_AUTO);
	assert_true(bringup_plan(world.surveys, world.unit_count, request, &world.plan));
}

/* What is no word of the description: coherency, domains, pages, queues. */
static void test_common_ground(void **unused)
{
	const struct bringup_request request = { 0 };

	(void)unused;
	plan_of("sm,sm", &request);
	assert_true(world.plan.format.structures_snooped && world.plan.format.paging_snooped);
	assert_true(world.plan.snoop_control && world.plan.has_2m_pages && world.plan.has_1g_pages);
	assert_int_equal(world.plan.first_domain, 0);
	assert_int_equal(world.plan.domain_end, 65536);
	assert_int_equal(world.plan.units[1].queue, BRINGUP_QUEUE_256);
	world_close();
	plan_of("sm,sm-c-smpwcs-sc+cm+nd=2+sslps=1,sm+aw=57+esrtps+entry=sm-on", &request);
	assert_false(world.plan.format.structures_snooped || world.plan.format.paging_snooped);
	assert_false(world.plan.snoop_control || world.plan.has_1g_pages);
	assert_true(world.plan.has_2m_pages);
	assert_int_equal(world.plan.first_domain, 1);
	assert_int_equal(world.plan.domain_end, 256);
	assert_int_equal(world.plan.format.unit_levels[2], 5);
	assert_true(bringup_unit_has_note(&world.plan, 2, BRINGUP_NOTE_ROOT_FLUSHES));
	world_close();
	plan_of("sm,legacy-qi-ir-eim-c", &request);
	assert_int_equal(world.plan.units[0].queue, BRINGUP_QUEUE_128);
	assert_int_equal(world.plan.units[1].queue, BRINGUP_QUEUE_NONE);
	world_close();
}

/* Each unit has its own deepest; what all have in common is for address spaces behind all of them. */
static void test_depths(void **unused)
{
	static const struct {
		const char *topology;
		unsigned int levels[3], shared;
	} rows[] = {
		{ "sm+sagaw=2,sm+sagaw=4,sm+aw=57", { 3, 4, 5 }, 0 },
		{ "sm,sm+aw=57,sm+sagaw=12+mgaw=56", { 4, 5, 5 }, 4 },
		{ "sm+aw=39,sm+aw=57,sm+sagaw=0", { 3, 5, 0 }, 3 },
		{ "sm+aw=57*3", { 5, 5, 5 }, 5 },
	};
	const struct bringup_request request = { LEAVES };

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		plan_of(rows[i].topology, &request);
		assert_int_equal(world.plan.format.levels, rows[i].shared);
		assert_true((world.plan.depth_unit == BRINGUP_NO_UNIT) == (rows[i].shared != 0));
		for (unsigned int unit = 0; unit < 3; unit++) {
			const unsigned int levels = rows[i].levels[unit];

			if (levels)
				assert_int_equal(tables_levels_of(&world.plan.format, unit),
						 levels);
			assert_int_equal(world.plan.format.has_no_tables[unit], !levels);
			assert_int_equal(bringup_unit_translates(&world.plan, unit), levels != 0);
			assert_int_equal(
				bringup_unit_has_note(&world.plan, unit, BRINGUP_NOTE_UNTRANSLATED),
				!levels);
		}
		world_close();
	}
}

/* X2APIC_OPT_OUT counts only where interrupts may be remapped at all. */
static void test_dmar_flags(void **unused)
{
	static struct dmar dmar;

	(void)unused;
	for (unsigned int flags = 0; flags < 8; flags++) {
		struct bringup_firmware firmware;

		dmar.flags = (uint8_t)flags;
		firmware = bringup_firmware(&dmar);
		assert_int_equal(firmware.denies_interrupt_remapping, !(flags & 1));
		assert_int_equal(firmware.opts_out_of_x2apic, (flags & 3) == 3);
		assert_int_equal(firmware.opts_in_to_dma_control, flags >> 2);
	}
}

static void test_notes_in_words(void **unused)
{
	const struct bringup_request request = { .sva = BRINGUP_WANTED };
	char text[600];

	(void)unused;
	plan_of("sm,sm-c+cm+vcs-draft+pss=9+entry=sm-on", &request);
	assert_int_equal(bringup_plan_describe_unit(&world.plan, 0, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	bringup_plan_describe_unit(&world.plan, 1, text, sizeof(text));
	assert_string_equal(
		text,
		"unit 1 (20002000) caches not-present entries (CAP.CM); does not snoop walks of "
		"root, "
		"context and PASID tables (no ECAP.C); limits the PASID width (ECAP.PSS); hands "
		"out "
		"PASIDs (VCMD); has VCMD in the layout of the drafts; was found translating "
		"(GSTS.TES); was found in scalable mode (RTADDR.TTM); was found with its queue on "
		"(GSTS.QIES)");
	world_close();
}

/* Answers that no modelled unit gives. */
static void test_surveys_by_hand(void **unused)
{
	const struct bringup_request sva = { .sva = BRINGUP_WANTED };
	struct survey survey;

	(void)unused;
	world_open("sm+vcs", VCMD_AUTO);
	survey = world.surveys[0];
	survey.vcmd_layout = NULL;
	assert_false(bringup_plan(&survey, 1, &sva, &world.plan));
	assert_int_equal(world.plan.refusal.reason, R(VCMD_NO_LAYOUT));
	survey = world.surveys[0];
	survey.vcmd_is_busy = true;
	assert_false(bringup_plan(&survey, 1, &sva, &world.plan));
	assert_int_equal(world.plan.refusal.reason, R(VCMD_BUSY));
	assert_false(bringup_plan(&survey, 0, &sva, &world.plan));
	assert_int_equal(world.plan.refusal.reason, R(NO_UNITS));
	assert_false(bringup_plan(&survey, 65, &sva, &world.plan));
	assert_int_equal(world.plan.refusal.reason, R(TOO_MANY_UNITS));
	world_close();
}

/* Whichever of the two readings is the one that unit_probe() saw. */
static void test_two_readings(void **unused)
{
	const struct bringup_request request = { 0 };

	(void)unused;
	for (unsigned int shift = 0; shift < 2; shift++) {
		world_open("sm+ecap-flips=0x80000000000", VCMD_AUTO);
		for (unsigned int i = 0; i < shift; i++)
			(void)unit_read64(&world.units[0], REG_ECAP);
		bringup_survey(world.units, 1, VCMD_AUTO, world.surveys);
		assert_false(bringup_plan(world.surveys, 1, &request, &world.plan));
		assert_int_equal(world.plan.refusal.reason, R(CAPS_CHANGE));
		world_close();
	}
}

/* A first stage only (no second stage, SAGAW still there) beside a second stage only. */
static void test_stages(void **unused)
{
	struct bringup_request request = { .mode = BRINGUP_SCALABLE };

	(void)unused;
	world_open("sm,sm-ssts", VCMD_AUTO);
	world.surveys[1].caps.ecap |= FIELD_MASK(ECAP_FSTS);
	world.surveys[1].caps_again = world.surveys[1].caps;
	assert_false(bringup_plan(world.surveys, 2, &request, &world.plan));
	assert_int_equal(world.plan.refusal.unit, 1);
	request.mode = BRINGUP_ANY;
	assert_true(bringup_plan(world.surveys, 2, &request, &world.plan));
	assert_false(world.plan.format.scalable);
	world_close();
}

/* Every reason of a plan was seen in a row above or a test by hand; words are cut, never overrun. */
static void test_words(void **unused)
{
	const struct bringup_request request = { .sva = BRINGUP_WANTED };
	char text[600], cut[20];
	int whole;

	(void)unused;
	plan_of("sm+vcs", &request);
	whole = bringup_plan_describe(&world.plan, text, sizeof(text));
	assert_int_equal(whole, strlen(text));
	assert_int_equal(bringup_plan_describe(&world.plan, cut, sizeof(cut)), whole);
	assert_int_equal(strlen(cut), sizeof(cut) - 1);
	assert_memory_equal(cut, text, sizeof(cut) - 1);
	for (unsigned int i = 0; i < BRINGUP_REASON_COUNT; i++)
		assert_true(*bringup_reason_words(i) && *bringup_reason_name(i));
	world_close();
}

static void test_64_units(void **unused)
{
	const struct bringup_request request = { MUST_SM, SVA };

	(void)unused;
	plan_of("sm*63,sm+vcs", &request);
	assert_int_equal(world.plan.vcmd_unit, 63);
	world_close();
	world_open("sm*63,legacy", VCMD_AUTO);
	assert_false(bringup_plan(world.surveys, 64, &request, &world.plan));
	assert_int_equal(world.plan.refusal.unit, 63);
	world_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),	       cmocka_unit_test(test_widths),
		cmocka_unit_test(test_firmwares),      cmocka_unit_test(test_dmar_flags),
		cmocka_unit_test(test_depths),	       cmocka_unit_test(test_features),
		cmocka_unit_test(test_pasids),	       cmocka_unit_test(test_allocators),
		cmocka_unit_test(test_lies),	       cmocka_unit_test(test_common_ground),
		cmocka_unit_test(test_notes_in_words), cmocka_unit_test(test_surveys_by_hand),
		cmocka_unit_test(test_two_readings),   cmocka_unit_test(test_stages),
		cmocka_unit_test(test_words),	       cmocka_unit_test(test_64_units),
	};

	world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
