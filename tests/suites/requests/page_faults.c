/* SPDX-License-Identifier: MIT */
/*
 * Page requests that the unit cannot take: it records why, and answers "invalid request" itself.
 *
 * Software never sees such a request, so nobody else can answer: without an answer the device waits for
 * ever, and with "success" it asks for ever. The last of a group is answered, the others are dropped;
 * the record is the same for both. FPD keeps the record away, not the answer. Each condition is one
 * poke; before it and after it the same request is queued.
 */
#include "iommu/unit/invalidate.h"
#include "iommu/unit/page_request.h"
#include "tests/scenes/page_request_test.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define FAULT_SPEC "Handling of Page Requests"

struct page_condition {
	uint8_t reason;	    /* 0: FPD keeps it from being recorded */
	bool is_with_pasid; /* in a scene without */
	uint32_t pasid;	    /* not 0: this one */
	struct poke poke[2];
};

static void check_record(struct test_run *run, const struct model_request *request, uint8_t reason,
			 const char *label)
{
	struct fault_log log;
	const struct fault *fault = &log.faults[0];

	fault_collect(run->unit, &log);
	if (log.count != (reason != 0)) {
		test_fail(run, "%s: %u faults", label, log.count);
		return;
	}
	if (!reason)
		return;
	if (fault->reason != reason)
		test_fail(run, "%s: reason %02X for %02X", label, fault->reason, reason);
	if (fault->sid != run->agent->sid || fault->type != FAULT_PAGE_REQUEST)
		test_fail(run, "%s: recorded of %04x, type %u", label, fault->sid, fault->type);
	if (fault->has_pasid != request->has_pasid ||
	    (request->has_pasid && fault->pasid != request->pasid))
		test_fail(run, "%s: recorded with PASID %x, PP %u", label, fault->pasid,
			  fault->has_pasid);
	if (fault->address != request->address)
		test_fail(run, "%s: recorded at %llx", label, (unsigned long long)fault->address);
}

/* The last of its group, and one that is not. */
static void refuse(struct test_run *run, struct model_request request, uint8_t reason)
{
	fault_clear(run->unit);
	page_request_test_send(run, &request);
	page_request_test_answered(run, &request, RESPONSE_INVALID_REQUEST, "last of its group");
	check_record(run, &request, reason, "last of its group");
	request.last_in_group = false;
	page_request_test_send(run, &request);
	page_request_test_unanswered(run, "in its group");
	check_record(run, &request, reason, "in its group");
	page_request_test_nothing_queued(run, NULL);
	page_request_test_status(run, false, false, NULL);
}

static bool is_queued(struct test_run *run, const char *label)
{
	const struct model_request plain = page_request_test_plain(run);
	bool is_good;

	page_request_test_send(run, &plain);
	is_good = page_request_test_arrived(run, &plain, label);
	page_request_test_unanswered(run, label);
	page_request_test_clear(run, true, true);
	return is_good;
}

LINKED_RUN(run_condition, struct page_condition, condition)
{
	struct model_request request = page_request_test_plain(run);
	uint64_t words[2];
	unsigned int count = 0;

	request.group = 0x1a5;
	if (condition->is_with_pasid || condition->pasid)
		request.has_pasid = true;
	if (request.has_pasid)
		request.pasid = condition->pasid ? condition->pasid : PAGE_REQUEST_PASID;
	if (!is_queued(run, "before anything is broken"))
		return;
	for (; count < 2 && condition->poke[count].at != AT_NOWHERE; count++)
		words[count] = stage_poke(&run->stage, &condition->poke[count]);
	REQUIRE_OK(run, invalidate_all(run->unit));
	refuse(run, request, condition->reason);
	while (count-- > 0)
		stage_unpoke(&run->stage, &condition->poke[count], words[count]);
	REQUIRE_OK(run, invalidate_all(run->unit));
	is_queued(run, "repaired");
}

/* Another mode of the tables: `arg`, with the reason in it. */
struct page_mode {
	enum ttm ttm;
	uint8_t reason;
};

LINKED_RUN(run_mode, struct page_mode, mode)
{
	const struct model_request request = page_request_test_plain(run);
	const phys_t root = phys_of(run->stage.root.entries);

	if (!is_queued(run, "scalable mode"))
		return;
	REQUIRE_OK(run, unit_latch_root(run->unit, root, mode->ttm));
	refuse(run, request, mode->reason);
	REQUIRE_OK(run, unit_latch_root(run->unit, root, TTM_SCALABLE));
	REQUIRE_OK(run, invalidate_all(run->unit));
	is_queued(run, "scalable mode again");
}

/* Pokes within a LINKED() structure, where FIELD() is no constant. */
#define BREAK(place, field, value)                               \
	{                                                        \
		{                                                \
			(place), { field }, (value), VALUE_PLAIN \
		}                                                \
	}
#define BREAK_BIT(place, number)                                        \
	{                                                               \
		{                                                       \
			(place), { (number), (number) }, 1, VALUE_PLAIN \
		}                                                       \
	}
#define LEAD(place, field)                                     \
	{                                                      \
		{                                              \
			(place), { field }, 0, VALUE_NO_MEMORY \
		}                                              \
	}
#define BREAK_SILENTLY(fpd_place, fpd, place, field, value)      \
	{                                                        \
		{ (fpd_place), { fpd }, 1, VALUE_PLAIN },        \
		{                                                \
			(place), { field }, (value), VALUE_PLAIN \
		}                                                \
	}

#define PAGE_FAULT(name, what, condition, ...)                       \
	PRQ_TEST("fault-" name, what, FAULT_SPEC " (" condition ")", \
		 LINKED(run_condition, __VA_ARGS__))
#define PASID_PAGE_FAULT(name, what, condition, ...)                       \
	PRQ_PASID_TEST("fault-" name, what, FAULT_SPEC " (" condition ")", \
		       LINKED(run_condition, __VA_ARGS__))
#define PAGE_FAULT_ON(more, name, what, condition, ...)                                  \
	PRQ_TEST_ON(more, PRQ_SCENE, "fault-" name, what, FAULT_SPEC " (" condition ")", \
		    LINKED(run_condition, __VA_ARGS__))

static const struct test tests[] = {
	PRQ_TEST("fault-legacy", "a page request in legacy mode is refused", FAULT_SPEC " (RTA.3)",
		 LINKED(run_mode, .ttm = TTM_LEGACY, .reason = FR_RTA_3)),
	PRQ_TEST("fault-reserved-mode", "a page request with TTM 10b is refused",
		 FAULT_SPEC " (RTA.1.2)",
		 LINKED(run_mode, .ttm = TTM_RESERVED, .reason = FR_RTA_1)),
	PRQ_TEST_ON(NEED(ADMS), PRQ_SCENE, "fault-abort-mode",
		    "a page request in abort-DMA mode is refused", FAULT_SPEC " (RTA.4)",
		    LINKED(run_mode, .ttm = TTM_ABORT, .reason = FR_RTA_4)),
	PAGE_FAULT("context-table", "no memory for context entries", "SCT.1", .reason = FR_SCT_1,
		   .poke = LEAD(AT_ROOT, SMROOT_LCTP)),
	PAGE_FAULT("root", "no root entry", "SRT.2", .reason = FR_SRT_2,
		   .poke = BREAK(AT_ROOT, SMROOT_LP, 0)),
	PAGE_FAULT("root-reserved", "a bad root entry", "SRT.3", .reason = FR_SRT_3,
		   .poke = BREAK_BIT(AT_ROOT, 1)),
	PAGE_FAULT("context", "no context entry", "SCT.2", .reason = FR_SCT_2,
		   .poke = BREAK(AT_CONTEXT, SMCONTEXT_P, 0)),
	PAGE_FAULT("context-reserved", "a bad context entry", "SCT.3", .reason = FR_SCT_3,
		   .poke = BREAK_BIT(AT_CONTEXT, 8)),
	PAGE_FAULT("dte", "PRE without DTE", "SCT.4.1", .reason = FR_SCT_4,
		   .poke = BREAK(AT_CONTEXT, SMCONTEXT_DTE, 0)),
	PAGE_FAULT_ON(NEED(RPS), "rid-pasid", "RID_PASID beyond PDTS", "SCT.4.2",
		      .reason = FR_SCT_4, .poke = BREAK(AT_CONTEXT, SMCONTEXT_RID_PASID, 1u << 13)),
	PAGE_FAULT_ON(NEED(PTRS), "eptr", "EPTR without PASIDE", "SCT.4.3", .reason = FR_SCT_4,
		      .poke = BREAK(AT_CONTEXT, SMCONTEXT_EPTR, 1)),
	PAGE_FAULT_ON(NEED(PASID), "paside", "with PASID and PASIDE clear", "SCT.6",
		      .reason = FR_SCT_6, .is_with_pasid = true),
	PASID_PAGE_FAULT("pdts", "a PASID beyond PDTS", "SCT.7", .reason = FR_SCT_7,
			 .pasid = 1u << 13),
	PAGE_FAULT("pre", "PRE clear", "SCT.8", .reason = FR_SCT_8,
		   .poke = BREAK(AT_CONTEXT, SMCONTEXT_PRE, 0)),
	PRQ_TEST_ON(NEED(PASID) | NEED(RPS), PRQ_PASID_SCENE, "fault-clash",
		    "with RID_PASID as PASID", FAULT_SPEC " (SCT.9)",
		    LINKED(run_condition, .reason = FR_SCT_9,
			   .poke = BREAK(AT_CONTEXT, SMCONTEXT_RID_PASID, PAGE_REQUEST_PASID))),
	PAGE_FAULT("directory-missing", "no memory for the directory", "SPD.1", .reason = FR_SPD_1,
		   .poke = LEAD(AT_CONTEXT, SMCONTEXT_PASIDDIRPTR)),
	PAGE_FAULT("directory", "no directory entry", "SPD.2", .reason = FR_SPD_2,
		   .poke = BREAK(AT_PASID_DIR, PASIDDIR_P, 0)),
	PAGE_FAULT("directory-reserved", "a bad directory entry", "SPD.3", .reason = FR_SPD_3,
		   .poke = BREAK_BIT(AT_PASID_DIR, 2)),
	PAGE_FAULT("table-missing", "no memory for PASID entries", "SPT.1", .reason = FR_SPT_1,
		   .poke = LEAD(AT_PASID_DIR, PASIDDIR_SMPTBLPTR)),
	PAGE_FAULT("entry", "no PASID entry", "SPT.2", .reason = FR_SPT_2,
		   .poke = BREAK(AT_PASID, PASID_P, 0)),
	PASID_PAGE_FAULT("entry-pasid", "no entry of that PASID", "SPT.2", .reason = FR_SPT_2,
			 .poke = BREAK(AT_PASID, PASID_P, 0)),
	PAGE_FAULT("entry-reserved", "a bad PASID entry", "SPT.3", .reason = FR_SPT_3,
		   .poke = BREAK_BIT(AT_PASID, 5)),
	PAGE_FAULT("type", "a reserved PGTT", "SPT.4.2", .reason = FR_SPT_4,
		   .poke = BREAK(AT_PASID, PASID_PGTT, 5)),
	PAGE_FAULT("fpd-context", "FPD of the context entry: answered, not recorded", "SCT.8",
		   .poke = BREAK_SILENTLY(AT_CONTEXT, SMCONTEXT_FPD, AT_CONTEXT, SMCONTEXT_PRE, 0)),
	PAGE_FAULT("fpd-directory", "FPD of the directory entry: answered, not recorded", "SPT.2",
		   .poke = BREAK_SILENTLY(AT_PASID_DIR, PASIDDIR_FPD, AT_PASID, PASID_P, 0)),
	PAGE_FAULT("fpd-entry", "FPD of the PASID entry: answered, not recorded", "SPT.2",
		   .poke = BREAK_SILENTLY(AT_PASID, PASID_FPD, AT_PASID, PASID_P, 0)),
};

const struct suite suite_page_faults = SUITE("prq", tests);
