/* SPDX-License-Identifier: MIT */
#include "tests/mixed/bad_input.h"

#include "arch/print.h"
#include "tests/engine/tap.h"
#include "tests/mixed/workshop.h"

/* A unit that does not follow is waited for several times; the clock may run by instructions. */
#define PATIENCE_US (UINT64_C(50) * UNIT_DEADLINE_US)

static const struct bad_input {
	const char *name;
	const char *topo;
	struct bringup_request request;
	enum bringup_reason reason;
	unsigned int unit; /* the one that must be named */
	const char *why;
} bad_inputs[] = {
	{ "no-unit",
	  NULL,
	  { 0 },
	  BRINGUP_REASON_NO_UNITS,
	  RIG_NO_UNIT,
	  "there is nothing to program" },
	{ "scalable-required",
	  "sm,legacy",
	  { .mode = BRINGUP_SCALABLE },
	  BRINGUP_REASON_NO_SCALABLE_MODE,
	  1,
	  "unit 1 lacks ECAP.SMTS" },
	{ "scalable-required-first-stage-only",
	  "sm,sm-ssts",
	  { .mode = BRINGUP_SCALABLE },
	  BRINGUP_REASON_NO_SCALABLE_MODE,
	  1,
	  "unit 1 lacks ECAP.SSTS" },
	{ "sva-required-legacy",
	  "sm,legacy",
	  { .pasids = BRINGUP_REQUIRED },
	  BRINGUP_REASON_PASIDS_NEED_SCALABLE_MODE,
	  1,
	  "unit 1 keeps the platform in legacy mode" },
	{ "sva-required-no-pasid",
	  "sm,sm-pasid+pss=0",
	  { .pasids = BRINGUP_REQUIRED },
	  BRINGUP_REASON_PASIDS_LACKING,
	  1,
	  "unit 1 lacks ECAP.PASID" },
	{ "pass-through-required",
	  "sm,sm-pt",
	  { .pass_through = BRINGUP_REQUIRED },
	  BRINGUP_REASON_NO_PASS_THROUGH,
	  1,
	  "unit 1 lacks ECAP.PT" },
	{ "interrupts-required",
	  "sm,sm-eim-ir",
	  { .interrupt_remapping = BRINGUP_REQUIRED },
	  BRINGUP_REASON_NO_INTERRUPT_REMAPPING,
	  1,
	  "unit 1 lacks ECAP.IR" },
	{ "interrupts-denied",
	  "sm,sm",
	  { .interrupt_remapping = BRINGUP_REQUIRED,
	    .firmware = { .denies_interrupt_remapping = true } },
	  BRINGUP_REASON_INTERRUPT_REMAPPING_DENIED,
	  RIG_NO_UNIT,
	  "the DMAR table's INTR_REMAP is clear" },
	{ "57-bits-required",
	  "sm+aw=57,sm",
	  { .address_bits = 57 },
	  BRINGUP_REASON_TOO_NARROW,
	  1,
	  "unit 1 translates 48 bits" },
	{ "no-width",
	  "sm,sm-sagaw39-sagaw48",
	  { 0 },
	  BRINGUP_REASON_NO_TRANSLATION,
	  1,
	  "CAP.SAGAW of unit 1 is 0" },
	{ "no-width-anywhere",
	  "sm-sagaw39-sagaw48*2",
	  { .mode = BRINGUP_SCALABLE, .leaves_untranslated = true },
	  BRINGUP_REASON_NO_TRANSLATION,
	  RIG_NO_UNIT,
	  "CAP.SAGAW of both units is 0" },
	{ "no-domains",
	  "sm,sm+nd=7",
	  { 0 },
	  BRINGUP_REASON_NO_DOMAINS,
	  1,
	  "7 is a reserved code of CAP.ND" },
	{ "no-invalidation",
	  "legacy,legacy+ver=6.0-qi-ir-eim",
	  { 0 },
	  BRINGUP_REASON_NO_INVALIDATION,
	  1,
	  "from VER 6 on registers do not invalidate, and unit 1 lacks ECAP.QI" },
	{ "absent-0", "sm,sm+absent=0", { 0 }, BRINGUP_REASON_ABSENT, 1, "unit 1 reads 0" },
	{ "absent-ones",
	  "sm,sm+absent=ones",
	  { 0 },
	  BRINGUP_REASON_ABSENT,
	  1,
	  "unit 1 reads all ones" },
	{ "cap-changes",
	  "sm,sm+cap-flips=0x80",
	  { 0 },
	  BRINGUP_REASON_CAPS_CHANGE,
	  1,
	  "CAP of unit 1 differs at every second read" },
	{ "ecap-changes",
	  "sm+ecap-flips=0x80000000000,sm",
	  { 0 },
	  BRINGUP_REASON_CAPS_CHANGE,
	  0,
	  "ECAP of unit 0 differs at every second read" },
	{ "ttm-lost",
	  "sm,sm+ttm-lost",
	  { 0 },
	  BRINGUP_REASON_MODE_NOT_KEPT,
	  1,
	  "RTADDR.TTM of unit 1 stays 0" },
	{ "gsts-stuck",
	  "sm,sm+gsts-stuck",
	  { 0 },
	  BRINGUP_REASON_STEP_FAILED,
	  1,
	  "GSTS of unit 1 never follows" },
	{ "srtp-stuck",
	  "sm,sm+srtp-stuck",
	  { 0 },
	  BRINGUP_REASON_STEP_FAILED,
	  1,
	  "SRTP of unit 1 never completes" },
	{ "vcmd-silent",
	  "sm,sm+vcs+never-answers",
	  { .pasids = BRINGUP_WANTED },
	  BRINGUP_REASON_VCMD_SILENT,
	  1,
	  "VCMD of unit 1 stays in progress" },
	{ "vcmd-exhausted",
	  "sm,sm+vcs+status=16",
	  { .pasids = BRINGUP_WANTED },
	  BRINGUP_REASON_VCMD_EXHAUSTED,
	  1,
	  "VCMD of unit 1 has no first PASID" },
	{ "vcmd-pasid-0",
	  "sm,sm+vcs+offers-pasid-0",
	  { .pasids = BRINGUP_WANTED },
	  BRINGUP_REASON_VCMD_PASID_ZERO,
	  1,
	  "VCMD of unit 1 offers PASID 0" },
	{ "vcmd-same-twice",
	  "sm,sm+vcs+offers-same-twice",
	  { .pasids = BRINGUP_WANTED },
	  BRINGUP_REASON_VCMD_PASID_TWICE,
	  1,
	  "VCMD of unit 1 offers a PASID twice" },
	{ "vcmd-other-layout",
	  "sm+vcs+other-layout,sm",
	  { .pasids = BRINGUP_WANTED },
	  BRINGUP_REASON_VCMD_BROKEN,
	  0,
	  "VCMD of unit 0 answers in the fields of the drafts" },
	{ "vcmd-undefined-status",
	  "sm+vcs+status=77,sm",
	  { .pasids = BRINGUP_WANTED },
	  BRINGUP_REASON_VCMD_BROKEN,
	  0,
	  "VCMD of unit 0 ends with a status that does not exist" },
	{ "vcmd-keeps-pasids",
	  "sm,sm+vcs-fps",
	  { .pasids = BRINGUP_REQUIRED },
	  BRINGUP_REASON_VCMD_CANNOT_FREE,
	  1,
	  "unit 1 lacks VCCAP.FPS" },
	{ "vcmd-private",
	  "sm+vcs,sm+vcs",
	  { .pasids = BRINGUP_WANTED },
	  BRINGUP_REASON_PRIVATE_PASIDS,
	  1,
	  "unit 1 does not take back a PASID of unit 0" },
};

enum { BAD_INPUT_COUNT = sizeof(bad_inputs) / sizeof(bad_inputs[0]) };

static void make_name(char name[WORKSHOP_NAME_BYTES], const struct bad_input *input)
{
	print_to(name, WORKSHOP_NAME_BYTES, "mixed.bad-input.%s", input->name);
}

unsigned int bad_input_count(const struct options *options)
{
	char name[WORKSHOP_NAME_BYTES];
	unsigned int count = 0;

	for (unsigned int i = 0; i < BAD_INPUT_COUNT; i++) {
		make_name(name, &bad_inputs[i]);
		count += workshop_is_selected(options, name);
	}
	return count;
}

bool bad_input_has(const char *pattern)
{
	char name[WORKSHOP_NAME_BYTES];

	for (unsigned int i = 0; i < BAD_INPUT_COUNT; i++) {
		make_name(name, &bad_inputs[i]);
		if (glob_match(pattern, name))
			return true;
	}
	return false;
}

/* The unit that was blamed: by the plan, or by the commit. */
static unsigned int blamed_unit(const struct driver *driver)
{
	if (driver->plan.refusal.reason)
		return driver->plan.refusal.unit;
	return driver->bringup.result.unit;
}

static bool is_as_wanted(const struct bad_input *input, const struct verdict *verdict)
{
	const struct driver *driver = workshop_driver();

	return verdict->outcome == MIXED_REFUSED && driver->reason == input->reason &&
	       blamed_unit(driver) == input->unit && driver->elapsed_us < PATIENCE_US;
}

static void run_one(const struct bad_input *input)
{
	const struct rig_plan plan = { .topo = input->topo };
	const struct driver *driver = workshop_driver();
	struct verdict verdict;
	char wanted[120], got[200], differs[400];
	const char *error = workshop_run_request(&plan, &input->request, &verdict);
	struct tap_result result = {
		.kind = TAP_PASS,
		.id = workshop_keep_name("bad-input", input->name),
		.unit = -1,
		.spec = input->why,
		.expected = wanted,
		.got = got,
		.differs = differs,
	};

	if (error || !is_as_wanted(input, &verdict))
		result.kind = TAP_FAIL;
	print_to(wanted, sizeof(wanted), "REFUSED, %s, unit %u", bringup_reason_name(input->reason),
		 input->unit);
	print_to(got, sizeof(got), "%s, %s, unit %u, after %llu us", outcome_name(verdict.outcome),
		 bringup_reason_name(driver->reason), blamed_unit(driver),
		 (unsigned long long)driver->elapsed_us);
	print_to(differs, sizeof(differs), "%s", error ? error : verdict.words);
	tap_report(&result);
	if (result.kind == TAP_PASS)
		print("#   %s\n", driver->words);
}

void bad_input_run(const struct options *options)
{
	char name[WORKSHOP_NAME_BYTES];

	for (unsigned int i = 0; i < BAD_INPUT_COUNT; i++) {
		make_name(name, &bad_inputs[i]);
		if (workshop_is_selected(options, name))
			run_one(&bad_inputs[i]);
	}
}
