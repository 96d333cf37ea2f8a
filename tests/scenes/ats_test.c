/* SPDX-License-Identifier: MIT */
#include "tests/scenes/ats_test.h"

#include "arch/print.h"
#include "arch/string.h"
#include "iommu/unit/invalidate.h"

enum { PAGE_SHIFT = 12 };

static struct ats_test test_state;

/* ---- the fixture ---- */

static struct poke allowing(const struct stage *stage)
{
	if (stage->scene.mode == SCENE_LEGACY)
		return (struct poke){ AT_CONTEXT, FIELD(CONTEXT_TT), TT_ALL, VALUE_PLAIN };
	return (struct poke){ AT_CONTEXT, FIELD(SMCONTEXT_DTE), 1, VALUE_PLAIN };
}

bool ats_test_poke(struct test_run *run, const struct poke *poke)
{
	run->stage.is_sound = false;
	stage_poke(&run->stage, poke);
	if (invalidate_all(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

static void *open_test(struct test_run *run)
{
	static const struct dma plain_write;
	struct ats_test *test = &test_state;
	struct poke poke;

	*test = (struct ats_test){ .endpoint = endpoint_of(run->agent) };
	if (!test->endpoint) {
		test_skip(run, "no translation requests as they are told here behind unit %u",
			  run->unit->index);
		return NULL;
	}
	if (!scene_test_open(run, &run->scene, &plain_write))
		return NULL;
	poke = allowing(&run->stage);
	return ats_test_poke(run, &poke) ? test : NULL;
}

static void close_test(struct test_run *run)
{
	struct ats_test *test = run->fixture;

	test->endpoint->in_flight = NULL;
	test->endpoint->devtlb_answer = MODEL_DEVTLB_DONE;
	fault_clear(run->unit);
}

const struct fixture ats_test_fixture = { open_test, close_test };

/* ---- requests ---- */

struct model_request ats_test_request(const struct test_run *run)
{
	return (struct model_request){
		.type = MODEL_TRANSLATION,
		.has_pasid = run->stage.scene.pasid != 0,
		.pasid = run->stage.scene.pasid,
		.address = run->stage.window.value,
	};
}

struct model_request ats_test_translated(const struct test_run *run)
{
	return (struct model_request){
		.type = MODEL_TRANSLATED,
		.kind = MODEL_WRITE,
		.address = phys_of(run->stage.canary[CANARY_TARGET_0]).value,
		.bytes = 4,
	};
}

/* ---- what came of one ---- */

/* Told once, whatever a sweep does after it. */
static void differ(struct test_run *run, const char *label, const char *what, uint64_t seen,
		   uint64_t due)
{
	char text[100];

	if (seen == due)
		return;
	print_to(text, sizeof(text), "%s%s%s %llx for %llx", label ? label : "", label ? ": " : "",
		 what, (unsigned long long)seen, (unsigned long long)due);
	if (!strstr(run->observed, text))
		test_fail(run, "%s", text);
}

/* The first address of target 0's page of that size. */
static uint64_t page_of_target(const struct test_run *run, unsigned int shift)
{
	return phys_of(run->stage.canary[CANARY_TARGET_0]).value >> shift << shift;
}

static void compare_granted(struct test_run *run, const struct model_answer *answer,
			    const struct ats_due *due, const char *label)
{
	unsigned int shift = due->page_shift ? due->page_shift : PAGE_SHIFT;

	if (shift == ATS_ANY_SIZE)
		shift = answer->page_shift > PAGE_SHIFT ? answer->page_shift : PAGE_SHIFT;
	differ(run, label, "N", answer->snooped, due->snooped);
	differ(run, label, "bits of the size", answer->page_shift, shift);
	if (!due->untranslated_only && !due->is_elsewhere)
		differ(run, label, "address", answer->phys, page_of_target(run, shift));
}

static void compare_answer(struct test_run *run, const struct model_answer *answer,
			   const struct ats_due *due, const char *label)
{
	differ(run, label, "completion", answer->completion, due->completion);
	if (answer->completion != MODEL_SUCCESS || due->completion != MODEL_SUCCESS)
		return;
	differ(run, label, "R", answer->read, due->read);
	differ(run, label, "W", answer->write, due->write);
	differ(run, label, "U", answer->untranslated_only, due->untranslated_only);
	differ(run, label, "EXE", answer->execute, 0);
	differ(run, label, "PRIV", answer->privileged, due->privileged);
	differ(run, label, "G", answer->global, 0);
	if (due->read || due->write)
		compare_granted(run, answer, due, label);
	else
		differ(run, label, "bits of the size", answer->page_shift, PAGE_SHIFT);
}

/* FI ends at the largest AGAW; where there is none, that is open. */
static uint64_t told_by_record(const struct test_run *run, uint64_t address)
{
	const unsigned int levels = caps_best_levels(&run->unit->caps);
	const unsigned int bits = 12 + 9 * (levels ? levels : 3);

	return address & FIELD_MASK(FRCD_FI) & ((UINT64_C(1) << bits) - 1);
}

static void compare_record(struct test_run *run, const struct model_request *request,
			   const struct fault_log *log, uint8_t reason, const char *label)
{
	const struct fault *fault = &log->faults[0];

	differ(run, label, "faults", log->count, reason != 0);
	if (log->count != 1 || !reason)
		return;
	differ(run, label, "reason", fault->reason, reason);
	differ(run, label, "SID", fault->sid, run->agent->sid);
	differ(run, label, "type", fault->type,
	       request->type == MODEL_TRANSLATION || request->kind == MODEL_READ ? FAULT_READ
										 : FAULT_WRITE);
	differ(run, label, "AT", fault->address_type, request->type == MODEL_TRANSLATION ? 1 : 2);
	differ(run, label, "PP", fault->has_pasid, request->has_pasid);
	if (request->has_pasid)
		differ(run, label, "PASID", fault->pasid, request->pasid);
	differ(run, label, "FI", told_by_record(run, fault->address),
	       told_by_record(run, request->address));
}

bool ats_test_expect(struct test_run *run, const struct model_request *request,
		     const struct ats_due *due, const char *label)
{
	struct ats_test *test = run->fixture;
	const bool had_failed = run->has_failed;
	struct model_answer answer;
	struct fault_log log;
	bool is_good;

	fault_clear(run->unit);
	endpoint_send(test->endpoint, request, &answer);
	fault_collect(run->unit, &log);
	run->has_failed = false;
	compare_answer(run, &answer, due, label);
	compare_record(run, request, &log, due->reason, label);
	is_good = !run->has_failed;
	run->has_failed |= had_failed;
	return is_good;
}

void ats_test_expect_translated(struct test_run *run, const struct model_request *request,
				const struct ats_due *due, const char *label)
{
	struct ats_test *test = run->fixture;
	struct model_answer answer;
	struct fault_log log;

	fault_clear(run->unit);
	endpoint_send(test->endpoint, request, &answer);
	fault_collect(run->unit, &log);
	differ(run, label, "completion", answer.completion, due->completion);
	if (answer.ok)
		differ(run, label, "address", answer.phys, request->address);
	compare_record(run, request, &log, due->reason, label);
}

bool ats_test_expect_poked(struct test_run *run, const struct poke *pokes, unsigned int count,
			   const struct model_request *request, const struct ats_due *due,
			   const char *label)
{
	uint64_t words[POKES_MAX];
	bool is_good = false;

	run->stage.is_sound = false;
	for (unsigned int i = 0; i < count; i++)
		words[i] = stage_poke(&run->stage, &pokes[i]);
	if (invalidate_all(run->unit) == STATUS_OK)
		is_good = ats_test_expect(run, request, due, label);
	else
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	for (unsigned int i = count; i-- > 0;)
		stage_unpoke(&run->stage, &pokes[i], words[i]);
	if (invalidate_all(run->unit) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return is_good;
}
