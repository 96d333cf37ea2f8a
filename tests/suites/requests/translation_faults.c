/* SPDX-License-Identifier: MIT */
/*
 * What a device is answered whose translation request meets a fault, and whether software hears of it.
 *
 * There are three ways. Where the unit was told not to serve this device it says Unsupported Request;
 * where it cannot make sense of its tables, Completer Abort: both are recorded. Where the tables just
 * do not grant it, the answer is a success that grants nothing, and no fault is recorded: the device
 * asks for the page then, and a record of each would bury the real ones. A unit that mixes them up
 * turns a page that is not there yet into a dead device. Each condition is set up by one poke, after
 * the same request was granted; one alone is answered and recorded as well (SFS.10).
 */
#include "iommu/unit/invalidate.h"
#include "tests/scenes/ats_test.h"
#include "tests/suites/suites.h"
#include "tests/units/modelled.h"

#define FAULT_SPEC "Fault Conditions and Remapping Hardware Behavior for Various Requests"

/* Where the request goes. */
enum target { TO_WINDOW, TO_TOO_WIDE };

struct condition {
	enum model_completion completion;
	uint8_t reason;	    /* recorded; 0: not */
	bool is_with_pasid; /* in a scene without */
	uint32_t pasid;	    /* not 0: this one instead of the scene's */
	bool is_privileged;
	enum target target;
	struct poke poke[2];
};

static struct model_request request_for(const struct test_run *run,
					const struct condition *condition)
{
	struct model_request request = ats_test_request(run);

	if (condition->is_with_pasid) {
		request.has_pasid = true;
		request.pasid = ATS_PASID;
	}
	if (condition->pasid)
		request.pasid = condition->pasid;
	request.privileged = condition->is_privileged;
	if (condition->target == TO_TOO_WIDE)
		request.address = stage_address_beyond(&run->stage);
	return request;
}

/* The twin is the plain request, granted in the tables as they were. */
LINKED_RUN(run_condition, struct condition, condition)
{
	static const struct ats_due granted = { .read = true, .write = true };
	const struct ats_due due = {
		.completion = condition->completion,
		.reason = condition->reason,
		.privileged = condition->is_privileged,
	};
	const struct model_request plain = ats_test_request(run);
	const struct model_request request = request_for(run, condition);
	unsigned int count = 0;

	while (count < 2 && condition->poke[count].at != AT_NOWHERE)
		count++;
	if (!ats_test_expect(run, &plain, &granted, "before anything is broken"))
		return;
	ats_test_expect_poked(run, condition->poke, count, &request, &due, NULL);
	ats_test_expect(run, &plain, &granted, "repaired");
}

/* ---- modes of the tables ---- */

struct other_mode {
	enum ttm ttm;
	enum model_completion completion;
	uint8_t reason;
};

/* Another mode is latched, and the old one again. Translated requests are unsupported in each. */
LINKED_RUN(run_mode, struct other_mode, mode)
{
	static const struct ats_due granted = { .read = true, .write = true };
	const struct ats_due due = { .completion = mode->completion, .reason = mode->reason };
	const struct ats_due kept_out = { .completion = MODEL_UNSUPPORTED, .reason = mode->reason };
	const struct model_request request = ats_test_request(run);
	const struct model_request translated = ats_test_translated(run);
	const phys_t root = phys_of(run->stage.root.entries);

	ats_test_expect(run, &request, &granted, "scalable mode");
	REQUIRE_OK(run, unit_latch_root(run->unit, root, mode->ttm));
	ats_test_expect(run, &request, &due, "the other mode");
	ats_test_expect_translated(run, &translated, &kept_out, "the other mode, translated");
	REQUIRE_OK(run, unit_latch_root(run->unit, root, TTM_SCALABLE));
	REQUIRE_OK(run, invalidate_all(run->unit));
	ats_test_expect(run, &request, &granted, "scalable mode again");
}

/* ---- what depends on more than a bit ---- */

/* The first PASID that ECAP.PSS does not reach, though the directory does. */
static void run_beyond_pss(struct test_run *run)
{
	static const struct ats_due granted = { .read = true, .write = true };
	const struct ats_due due = { .completion = MODEL_UNSUPPORTED, .reason = FR_SGN_10 };
	const unsigned int bits = caps_pasid_bits(&run->unit->caps);
	struct model_request request = ats_test_request(run);

	if (bits >= 20) {
		test_skip(run, "unit %u has PASIDs of 20 bits", run->unit->index);
		return;
	}
	ats_test_expect(run, &request, &granted, "within PSS");
	request.pasid = 1u << bits;
	ats_test_expect(run, &request, &due, "beyond PSS");
}

/* To execute: refused from version 8 on, and before that granted nothing, but where ECAP.ERS is set. */
static void run_execute(struct test_run *run)
{
	const bool is_refused = caps_major(&run->unit->caps) >= 8;
	const bool is_granted = !is_refused && caps_has(&run->unit->caps, CAPABILITY_ERS);
	const struct ats_due due = {
		.completion = is_refused ? MODEL_UNSUPPORTED : MODEL_SUCCESS,
		.reason = is_refused ? FR_RTA_5 : 0,
		.read = is_granted,
		.write = is_granted,
	};
	static const struct ats_due granted = { .read = true, .write = true };
	struct model_request request = ats_test_request(run);

	ats_test_expect(run, &request, &granted, "to read and write");
	request.execute = true;
	ats_test_expect(run, &request, &due, "to execute");
}

/* ---- flags that cannot be set ---- */

static struct {
	bool (*write)(void *context, uint64_t phys, const void *from, unsigned int bytes);
	uint64_t place;
} broken;

/* Memory that takes no write at one place, as if an error stood there. */
static bool write_but_there(void *context, uint64_t phys, const void *from, unsigned int bytes)
{
	return phys != broken.place && broken.write(context, phys, from, bytes);
}

/* The leaf of the window's first page is in memory that cannot be written: A and D are clear. */
static void run_update_fails(struct test_run *run)
{
	static const struct ats_due granted = { .read = true, .write = true };
	static const struct poke ssade = { AT_PASID, FIELD(PASID_SSADE), 1, VALUE_PLAIN };
	static const struct poke a_clear[] = { { AT_LEAF, FIELD(FS_A), 0, VALUE_PLAIN },
					       { AT_LEAF, FIELD(SS_A), 0, VALUE_PLAIN } };
	const bool is_first = run->stage.scene.stage == STAGE_FIRST;
	const struct ats_due due = {
		.completion = is_first ? MODEL_SUCCESS : MODEL_ABORTED,
		.reason = is_first ? FR_SFS_10 : FR_SSS_6,
	};
	struct model_unit *model = &modelled_of(run->unit)->model;
	const struct model_request request = ats_test_request(run);
	const uint64_t *leaf = paging_entry(&run->stage.table, run->stage.window, 1);

	if (!is_first && !ats_test_poke(run, &ssade))
		return;
	if (!ats_test_poke(run, &a_clear[!is_first]))
		return;
	broken.write = model->host.write;
	broken.place = phys_of(leaf).value;
	model->host.write = write_but_there;
	ats_test_expect(run, &request, &due, "not to be written");
	model->host.write = broken.write;
	ats_test_expect(run, &request, &granted, "to be written");
}

/* Pokes within a LINKED() structure, where FIELD() is no constant. */
#define BREAK(place, field, value)                               \
	{                                                        \
		{                                                \
			(place), { field }, (value), VALUE_PLAIN \
		}                                                \
	}
#define BREAK_BOTH(place1, field1, value1, place2, field2, value2)  \
	{                                                           \
		{ (place1), { field1 }, (value1), VALUE_PLAIN },    \
		{                                                   \
			(place2), { field2 }, (value2), VALUE_PLAIN \
		}                                                   \
	}
#define BREAK_BIT(place, number)                                        \
	{                                                               \
		{                                                       \
			(place), { (number), (number) }, 1, VALUE_PLAIN \
		}                                                       \
	}
#define LEAD(place, field, where)                      \
	{                                              \
		{                                      \
			(place), { field }, 0, (where) \
		}                                      \
	}

#define UNSUPPORTED(code) .completion = MODEL_UNSUPPORTED, .reason = (code)
#define ABORTED(code)	  .completion = MODEL_ABORTED, .reason = (code)
#define GRANTS_NOTHING	  .completion = MODEL_SUCCESS

#define SCENE_OF(its_stage)                                  \
	{                                                    \
		.mode = SCENE_SCALABLE, .stage = (its_stage) \
	}
/* The second stage ends below the host address width, from which on bits are reserved. */
#define SHALLOW_SCENE                                                           \
	{                                                                       \
		.mode = SCENE_SCALABLE, .stage = STAGE_NESTED, .host_levels = 3 \
	}
/* The directory reaches as far as PASIDs ever can. */
#define DEEP_SCENE                                                    \
	{                                                             \
		.mode = SCENE_SCALABLE, .pasid = ATS_PASID, .pdts = 7 \
	}
#define CONDITION_TEST(more, its_scene, name, what, condition, ...)                              \
	{                                                                                        \
		.id = "ats.fault-" name, .title = (what), .spec = FAULT_SPEC " (" condition ")", \
		.needs = NEED(QI) | NEED(DT) | (more), .agent_features = AGENT_TRANSLATION,      \
		.scene = its_scene, .fixture = &ats_test_fixture,                                \
		.run = LINKED(run_condition, __VA_ARGS__)                                        \
	}
#define LEGACY_FAULT(...)	CONDITION_TEST(0, ATS_LEGACY_SCENE, __VA_ARGS__)
#define SCALABLE_FAULT(...)	CONDITION_TEST(NEED(SMTS), ATS_ONE_SCENE, __VA_ARGS__)
#define PASID_FAULT(...)	CONDITION_TEST(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, __VA_ARGS__)
#define STAGE_FAULT(stage, ...) CONDITION_TEST(NEED(SMTS), SCENE_OF(stage), __VA_ARGS__)

static const struct test tests[] = {
	LEGACY_FAULT("legacy-root", "no root entry: unsupported", "LRT.2", UNSUPPORTED(FR_LRT_2),
		     .poke = BREAK(AT_ROOT, ROOT_P, 0)),
	LEGACY_FAULT("legacy-root-reserved", "a bad root entry: aborted", "LRT.3",
		     ABORTED(FR_LRT_3), .poke = BREAK_BIT(AT_ROOT, 1)),
	LEGACY_FAULT("legacy-context-table", "no memory for context entries: aborted", "LCT.1",
		     ABORTED(FR_LCT_1), .poke = LEAD(AT_ROOT, ROOT_CTP, VALUE_NO_MEMORY)),
	LEGACY_FAULT("legacy-context", "no context entry: unsupported", "LCT.2",
		     UNSUPPORTED(FR_LCT_2), .poke = BREAK(AT_CONTEXT, CONTEXT_P, 0)),
	LEGACY_FAULT("legacy-context-reserved", "a bad context entry: aborted", "LCT.3",
		     ABORTED(FR_LCT_3), .poke = BREAK_BIT(AT_CONTEXT, 4)),
	LEGACY_FAULT("legacy-width", "a width that there is not: aborted", "LCT.4.1",
		     ABORTED(FR_LCT_4), .poke = BREAK(AT_CONTEXT, CONTEXT_AW, 7)),
	LEGACY_FAULT("legacy-type", "a reserved translation type: aborted", "LCT.4.2",
		     ABORTED(FR_LCT_4), .poke = BREAK(AT_CONTEXT, CONTEXT_TT, TT_RESERVED)),
	LEGACY_FAULT("legacy-top", "no memory for the top of the tables: aborted", "LCT.4.3",
		     ABORTED(FR_LCT_4), .poke = LEAD(AT_CONTEXT, CONTEXT_SSPTPTR, VALUE_NO_MEMORY)),
	LEGACY_FAULT("legacy-untranslated-only", "TT 00b: unsupported", "LCT.5",
		     UNSUPPORTED(FR_LCT_5), .poke = BREAK(AT_CONTEXT, CONTEXT_TT, 0)),
	CONDITION_TEST(NEED(PT), ATS_LEGACY_SCENE, "legacy-pass-through", "TT 10b: unsupported",
		       "LCT.5", UNSUPPORTED(FR_LCT_5),
		       .poke = BREAK(AT_CONTEXT, CONTEXT_TT, TT_PASS_THROUGH)),
	LEGACY_FAULT("legacy-table", "no memory for a table: aborted", "LSS.1", ABORTED(FR_LSS_1),
		     .poke = LEAD(AT_LEVEL_2, SS_ADDR, VALUE_NO_MEMORY)),
	LEGACY_FAULT("legacy-entry-reserved", "a bad paging entry: aborted", "LSS.2",
		     ABORTED(FR_LSS_2), .poke = BREAK_BIT(AT_TOP, 7)),
	LEGACY_FAULT("legacy-too-wide", "an address that is too wide: nothing is granted",
		     "LGN.1.1", GRANTS_NOTHING, .target = TO_TOO_WIDE),
	LEGACY_FAULT("legacy-no-rights", "no rights: nothing is granted", "LGN.2, LGN.3",
		     GRANTS_NOTHING, .poke = BREAK_BOTH(AT_LEAF, SS_R, 0, AT_LEAF, SS_W, 0)),
	LEGACY_FAULT("legacy-to-interrupts", "a page of the interrupt range: aborted", "LGN.4",
		     ABORTED(FR_LGN_4), .poke = LEAD(AT_LEAF, SS_ADDR, VALUE_INTERRUPT_RANGE)),
	CONDITION_TEST(NEED(PASID), ATS_LEGACY_SCENE, "legacy-pasid",
		       "with PASID in legacy mode: unsupported", "RTA.2", UNSUPPORTED(FR_RTA_2),
		       .is_with_pasid = true),

	ATS_TEST_ON(NEED(SMTS), ATS_ONE_SCENE, "fault-reserved-mode", "TTM 10b: aborted",
		    FAULT_SPEC " (RTA.1.2)",
		    LINKED(run_mode, .ttm = TTM_RESERVED, ABORTED(FR_RTA_1))),
	ATS_TEST_ON(NEED(SMTS) | NEED(ADMS), ATS_ONE_SCENE, "fault-abort-mode",
		    "abort-DMA mode: unsupported", FAULT_SPEC " (RTA.4)",
		    LINKED(run_mode, .ttm = TTM_ABORT, UNSUPPORTED(FR_RTA_4))),
	SCALABLE_FAULT("context-table", "no memory for context entries: aborted", "SCT.1",
		       ABORTED(FR_SCT_1), .poke = LEAD(AT_ROOT, SMROOT_LCTP, VALUE_NO_MEMORY)),
	SCALABLE_FAULT("root", "no root entry: unsupported", "SRT.2", UNSUPPORTED(FR_SRT_2),
		       .poke = BREAK(AT_ROOT, SMROOT_LP, 0)),
	SCALABLE_FAULT("root-reserved", "a bad root entry: aborted", "SRT.3", ABORTED(FR_SRT_3),
		       .poke = BREAK_BIT(AT_ROOT, 1)),
	SCALABLE_FAULT("context", "no context entry: unsupported", "SCT.2", UNSUPPORTED(FR_SCT_2),
		       .poke = BREAK(AT_CONTEXT, SMCONTEXT_P, 0)),
	SCALABLE_FAULT("context-reserved", "a bad context entry: aborted", "SCT.3",
		       ABORTED(FR_SCT_3), .poke = BREAK_BIT(AT_CONTEXT, 8)),
	CONDITION_TEST(NEED(SMTS) | NEED(RPS), ATS_ONE_SCENE, "rid-pasid",
		       "RID_PASID beyond PDTS: aborted", "SCT.4.2", ABORTED(FR_SCT_4),
		       .poke = BREAK(AT_CONTEXT, SMCONTEXT_RID_PASID, 1u << 13)),
	CONDITION_TEST(NEED(SMTS) | NEED(PTRS), ATS_ONE_SCENE, "eptr",
		       "EPTR without PASIDE: aborted", "SCT.4.3", ABORTED(FR_SCT_4),
		       .poke = BREAK(AT_CONTEXT, SMCONTEXT_EPTR, 1)),
	SCALABLE_FAULT("dte", "DTE clear: unsupported", "SCT.5", UNSUPPORTED(FR_SCT_5),
		       .poke = BREAK(AT_CONTEXT, SMCONTEXT_DTE, 0)),
	CONDITION_TEST(NEED(SMTS) | NEED(PASID), ATS_ONE_SCENE, "paside",
		       "with PASID and PASIDE clear: unsupported", "SCT.6", UNSUPPORTED(FR_SCT_6),
		       .is_with_pasid = true),
	CONDITION_TEST(NEED(SMTS) | NEED(PASID) | NEED(RPS), ATS_ONE_PASID_SCENE, "clash",
		       "with RID_PASID as PASID: unsupported", "SCT.9", UNSUPPORTED(FR_SCT_9),
		       .poke = BREAK(AT_CONTEXT, SMCONTEXT_RID_PASID, ATS_PASID)),
	PASID_FAULT("pdts", "a PASID beyond PDTS: unsupported", "SCT.7", UNSUPPORTED(FR_SCT_7),
		    .pasid = 1u << 13),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), DEEP_SCENE, "fault-pss",
		    "a PASID beyond PSS: unsupported", FAULT_SPEC " (SGN.10)", run_beyond_pss),
	ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_ONE_PASID_SCENE, "fault-execute",
		    "a request to execute: unsupported, or granted nothing",
		    FAULT_SPEC " (RTA.5, SPT.5)", run_execute),
	SCALABLE_FAULT("fpd", "a bad PASID entry and FPD: aborted without a record", "SPT.4.2",
		       .completion = MODEL_ABORTED,
		       .poke = BREAK_BOTH(AT_CONTEXT, SMCONTEXT_FPD, 1, AT_PASID, PASID_PGTT, 5)),
	LEGACY_FAULT("legacy-fpd", "a bad context entry and FPD: aborted without a record",
		     "LCT.4.1", .completion = MODEL_ABORTED,
		     .poke = BREAK_BOTH(AT_CONTEXT, CONTEXT_FPD, 1, AT_CONTEXT, CONTEXT_AW, 7)),
	SCALABLE_FAULT("directory-missing", "no memory for the directory: aborted", "SPD.1",
		       ABORTED(FR_SPD_1),
		       .poke = LEAD(AT_CONTEXT, SMCONTEXT_PASIDDIRPTR, VALUE_NO_MEMORY)),
	SCALABLE_FAULT("directory", "no directory entry: nothing is granted", "SPD.2",
		       GRANTS_NOTHING, .poke = BREAK(AT_PASID_DIR, PASIDDIR_P, 0)),
	SCALABLE_FAULT("directory-reserved", "a bad directory entry: aborted", "SPD.3",
		       ABORTED(FR_SPD_3), .poke = BREAK_BIT(AT_PASID_DIR, 2)),
	SCALABLE_FAULT("pasid-table-missing", "no memory for PASID entries: aborted", "SPT.1",
		       ABORTED(FR_SPT_1),
		       .poke = LEAD(AT_PASID_DIR, PASIDDIR_SMPTBLPTR, VALUE_NO_MEMORY)),
	SCALABLE_FAULT("pasid-entry", "no PASID entry: nothing is granted", "SPT.2", GRANTS_NOTHING,
		       .poke = BREAK(AT_PASID, PASID_P, 0)),
	PASID_FAULT("pasid-entry-pasid", "no entry of that PASID: nothing is granted", "SPT.2",
		    GRANTS_NOTHING, .poke = BREAK(AT_PASID, PASID_P, 0)),
	SCALABLE_FAULT("pasid-entry-reserved", "a bad PASID entry: aborted", "SPT.3",
		       ABORTED(FR_SPT_3), .poke = BREAK_BIT(AT_PASID, 5)),
	SCALABLE_FAULT("type", "a reserved PGTT: aborted", "SPT.4.2", ABORTED(FR_SPT_4),
		       .poke = BREAK(AT_PASID, PASID_PGTT, 5)),
	CONDITION_TEST(NEED(SMTS) | NEED(PASID) | NEED(SRS), ATS_ONE_PASID_SCENE, "supervisor",
		       "privileged, and SRE clear: nothing is granted", "SPT.6", GRANTS_NOTHING,
		       .is_privileged = true),

	STAGE_FAULT(STAGE_SECOND, "table", "no memory for a table: aborted", "SSS.1",
		    ABORTED(FR_SSS_1), .poke = LEAD(AT_LEVEL_2, SS_ADDR, VALUE_NO_MEMORY)),
	STAGE_FAULT(STAGE_SECOND, "no-rights", "no rights: nothing is granted", "SSS.2",
		    GRANTS_NOTHING, .poke = BREAK_BOTH(AT_LEAF, SS_R, 0, AT_LEAF, SS_W, 0)),
	STAGE_FAULT(STAGE_SECOND, "entry-reserved", "a bad paging entry: aborted", "SSS.3",
		    ABORTED(FR_SSS_3), .poke = BREAK_BIT(AT_TOP, 7)),
	STAGE_FAULT(STAGE_SECOND, "top", "no memory for the top of the tables: aborted", "SSS.4",
		    ABORTED(FR_SSS_4), .poke = LEAD(AT_PASID, PASID_SSPTPTR, VALUE_NO_MEMORY)),
	STAGE_FAULT(STAGE_SECOND, "too-wide", "an address that is too wide: nothing is granted",
		    "SGN.5", GRANTS_NOTHING, .target = TO_TOO_WIDE),
	STAGE_FAULT(STAGE_SECOND, "to-interrupts", "a page of the interrupt range: aborted",
		    "SGN.8.2", ABORTED(FR_SGN_8),
		    .poke = LEAD(AT_LEAF, SS_ADDR, VALUE_INTERRUPT_RANGE)),

	STAGE_FAULT(STAGE_FIRST, "first-table", "no memory for a table: nothing is granted",
		    "SFS.1", GRANTS_NOTHING, .poke = LEAD(AT_LEVEL_2, FS_ADDR, VALUE_NO_MEMORY)),
	STAGE_FAULT(STAGE_FIRST, "first-not-present", "P clear: nothing is granted", "SFS.2",
		    GRANTS_NOTHING, .poke = BREAK(AT_LEAF, FS_P, 0)),
	STAGE_FAULT(STAGE_FIRST, "first-reserved", "a bad paging entry: nothing is granted",
		    "SFS.3", GRANTS_NOTHING, .poke = BREAK_BIT(AT_TOP, 7)),
	STAGE_FAULT(STAGE_FIRST, "first-top",
		    "no memory for the top of the tables: nothing is granted", "SFS.4",
		    GRANTS_NOTHING, .poke = LEAD(AT_PASID, PASID_FSPTPTR, VALUE_NO_MEMORY)),
	STAGE_FAULT(STAGE_FIRST, "first-not-canonical",
		    "an address that is not canonical: nothing is granted", "SGN.1", GRANTS_NOTHING,
		    .target = TO_TOO_WIDE),
	STAGE_FAULT(STAGE_FIRST, "first-supervisor", "a supervisor's page: nothing is granted",
		    "SGN.2", GRANTS_NOTHING, .poke = BREAK(AT_LEAF, FS_US, 0)),
	STAGE_FAULT(STAGE_FIRST, "first-to-interrupts", "a page of the interrupt range: aborted",
		    "SGN.8.2", ABORTED(FR_SGN_8),
		    .poke = LEAD(AT_LEAF, FS_ADDR, VALUE_INTERRUPT_RANGE)),

	CONDITION_TEST(NEED(SMTS) | NEED(SAGAW39), SHALLOW_SCENE, "nested-address",
		       "an entry beyond the second stage: nothing is granted", "SFS.5",
		       GRANTS_NOTHING, .poke = LEAD(AT_LEAF, FS_ADDR, VALUE_ABOVE_HOST_STAGE)),
	STAGE_FAULT(STAGE_NESTED, "nested-top", "a top that cannot be read: nothing is granted",
		    "SFS.6", GRANTS_NOTHING, .poke = BREAK(AT_HOST_TOP, SS_R, 0)),
	STAGE_FAULT(STAGE_NESTED, "nested-table", "a table that cannot be read: nothing is granted",
		    "SFS.7", GRANTS_NOTHING, .poke = BREAK(AT_HOST_LEVEL_1, SS_R, 0)),
	STAGE_FAULT(STAGE_NESTED, "nested-page", "a page without rights: nothing is granted",
		    "SSS.2", GRANTS_NOTHING,
		    .poke = BREAK_BOTH(AT_HOST_PAGE, SS_R, 0, AT_HOST_PAGE, SS_W, 0)),

	CONDITION_TEST(NEED(SMTS) | NEED(SMPWCS), SCENE_OF(STAGE_FIRST), "unsnooped-first",
		       "a flag to be set in tables that are not snooped: nothing is granted",
		       "SFS.9", GRANTS_NOTHING,
		       .poke = BREAK_BOTH(AT_PASID, PASID_PWSNP, 0, AT_LEAF, FS_A, 0)),
	CONDITION_TEST(NEED(SMTS) | NEED(SMPWCS) | NEED(SSADS), SCENE_OF(STAGE_SECOND), "unsnooped",
		       "a flag to be set in tables that are not snooped: aborted", "SSS.5",
		       ABORTED(FR_SSS_5),
		       .poke = BREAK_BOTH(AT_PASID, PASID_PWSNP, 0, AT_PASID, PASID_SSADE, 1)),
	CONDITION_TEST(NEED(SMTS) | NEED(SMPWCS), SCENE_OF(STAGE_NESTED), "unwritable-nested",
		       "a flag to be set in a table that is read-only: nothing is granted", "SFS.8",
		       GRANTS_NOTHING,
		       .poke = BREAK_BOTH(AT_HOST_LEVEL_1, SS_W, 0, AT_LEAF, FS_A, 0)),
	ATS_TEST_ON(NEED(SMTS) | NEED(SMPWCS), SCENE_OF(STAGE_FIRST), "fault-update-first",
		    "a flag that cannot be set: nothing is granted, and that is recorded",
		    FAULT_SPEC " (SFS.10)", run_update_fails),
	ATS_TEST_ON(NEED(SMTS) | NEED(SMPWCS) | NEED(SSADS), SCENE_OF(STAGE_SECOND), "fault-update",
		    "a flag that cannot be set: aborted", FAULT_SPEC " (SSS.6)", run_update_fails),
};

const struct suite suite_translation_faults = SUITE("ats", tests);
