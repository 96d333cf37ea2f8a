/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "arch/print.h"
#include "arch/string.h"
#include "arch/time.h"
#include "tests/fuzz/describe.h"
#include "tests/fuzz/shrink.h"

enum { CASES_BY_DEFAULT = 60, SIGNATURES_MAX = 256, SIGNATURE_BYTES = 160 };

#define CASE_LIMIT_US (UINT64_C(60) * 1000000)

/* What came up, each kind once, with the first case that showed it. */
struct signature {
	char text[SIGNATURE_BYTES];
	char steps[2 * SIGNATURE_BYTES];
	unsigned int count, first_case;
};

static struct {
	struct signature list[SIGNATURES_MAX];
	unsigned int count;
	bool is_full;
} seen;

/* The place of a signature in the list, where it is or where it goes; NULL if there is no room. */
static struct signature *find_signature(const char *text)
{
	struct signature *signature = seen.list;

	while (signature < seen.list + seen.count && strcmp(signature->text, text) != 0)
		signature++;
	return signature < seen.list + SIGNATURES_MAX ? signature : NULL;
}

static bool is_noted(const char *text)
{
	const struct signature *signature = find_signature(text);

	return signature && signature < seen.list + seen.count;
}

static void note(const struct theatre *theatre, const struct fuzz_case *fuzz, uint32_t mask,
		 const struct mismatch *mismatch, unsigned int number)
{
	struct signature *signature;
	char text[SIGNATURE_BYTES];

	describe_signature(text, sizeof(text), theatre, fuzz, mask, mismatch);
	signature = find_signature(text);
	seen.is_full |= !signature;
	if (!signature)
		return;
	if (signature == seen.list + seen.count) {
		*signature = (struct signature){ .first_case = number };
		print_to(signature->text, sizeof(signature->text), "%s", text);
		describe_steps(signature->steps, sizeof(signature->steps), theatre, fuzz, mask);
		seen.count++;
	}
	signature->count++;
}

/* ---- one case ---- */

/* Two things are wrong, and the unit names the other one: the book gives no order for most of them. */
static bool is_matter_of_order(const struct fuzz_case *fuzz, uint32_t mask,
			       const struct mismatch *mismatch)
{
	unsigned int pokes = 0;

	for (unsigned int i = 0; i < fuzz->count; i++)
		pokes += (mask >> i & 1) && fuzz->steps[i].kind == STEP_POKE;
	return !mismatch->is_ill && mismatch->is_blocked_as_due &&
	       pokes + (fuzz->steps[mismatch->step].dma.place != DMA_WINDOW) > 1;
}

/* Before it is made: it may be the last thing that this machine does. */
static void announce(const struct test_run *run, const struct theatre *theatre,
		     const struct fuzz_case *fuzz, unsigned int number)
{
	char steps[4 * SIGNATURE_BYTES];

	describe_steps(steps, sizeof(steps), theatre, fuzz, UINT32_MAX);
	print("# %s: case %u: %s\n", run->test->id, number, steps);
}

/* False if nothing more can be learned on this stage. */
static bool try_case(struct test_run *run, struct theatre *theatre, uint64_t seed,
		     unsigned int number)
{
	struct fuzz_case fuzz;
	struct mismatch mismatch;
	uint32_t mask = UINT32_MAX;

	case_make(&fuzz, &run->stage, seed, number);
	if (run->options->has_replay)
		announce(run, theatre, &fuzz, number);
	mismatch = act(theatre, &fuzz, mask);
	if (!mismatch.is_any && !mismatch.is_ill)
		return true;
	if (!mismatch.takes_steps &&
	    is_noted(mismatch.text)) /* two reasons for each other, no more */
		return true;
	if (!mismatch.is_ill)
		mask = shrink(theatre, &fuzz, mask, &mismatch);
	if (is_matter_of_order(&fuzz, mask, &mismatch))
		return true;
	note(theatre, &fuzz, mask, &mismatch, number);
	return !mismatch.is_ill;
}

/* ---- scenes ---- */

/* False, with the test skipped or failed, if no stage stands. */
static bool raise(struct test_run *run, struct shadow *shadow, const struct scene *scene)
{
	const char *why;

	why = scene_obstacle(scene, &run->unit->caps);
	if (!why)
		why = shadow_open(shadow, run->unit);
	if (why) {
		test_skip(run, "unit %u: %s", run->unit->index, why);
		return false;
	}
	if (stage_build(&run->stage, scene, run->unit, run->agent) && stage_raise(&run->stage))
		return true;
	test_fail(run, "cannot set the scene: %s", unit_failure(run->unit));
	return false;
}

static bool has_scene(const struct test_run *run, const struct scene *scene)
{
	return run->stage.is_up && !memcmp(&run->stage.scene, scene, sizeof(*scene));
}

/* The unit comes to rest before its shadow goes, so that both end alike. */
static void strike(struct test_run *run, struct shadow *shadow)
{
	if (run->stage.is_up && !stage_strike(&run->stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	shadow_close(shadow);
}

static void run_cases(struct test_run *run, const struct case_subject *subject, uint64_t seed,
		      unsigned int first, unsigned int end)
{
	static struct theatre theatre;
	struct shadow shadow = { 0 };

	for (unsigned int number = first; number < end && !run->is_skipped && !run->has_failed;
	     number++) {
		const struct scene scene = case_scene(subject, run->unit, run->agent, seed, number);

		(void)time_watchdog_set(CASE_LIMIT_US); /* for each case, not for all of them */
		if (!has_scene(run, &scene)) {
			strike(run, &shadow);
			if (!raise(run, &shadow, &scene))
				break;
			if (!theatre_open(&theatre, &run->stage, &shadow))
				test_fail(run, "the agent does not finish: %s",
					  unit_failure(run->unit));
		}
		if (!try_case(run, &theatre, seed, number))
			strike(run, &shadow);
	}
	strike(run, &shadow);
}

/* Each signature is a part of what the test observed, so that a profile may know it. */
static void tell(struct test_run *run)
{
	const bool is_asked_for = run->options->fuzz_count || run->options->has_replay;

	for (unsigned int i = 0; i < seen.count; i++) {
		const struct signature *signature = &seen.list[i];

		test_fail(run, "%s", signature->text);
		if (is_asked_for)
			print("# %s: %u cases, first: replay=%u seed=%llu: %s (%s)\n",
			      run->test->id, signature->count, signature->first_case,
			      (unsigned long long)run->options->seed, signature->text,
			      signature->steps);
	}
	if (seen.is_full)
		test_fail(run, "more than %d signatures", SIGNATURES_MAX);
}

void fuzz_run(struct test_run *run, const struct case_subject *subject)
{
	const struct options *options = run->options;
	const unsigned int first = options->has_replay ? options->replay : 0;
	const unsigned int count = options->fuzz_count ? options->fuzz_count : CASES_BY_DEFAULT;

	seen.count = 0;
	seen.is_full = false;
	run_cases(run, subject, options->seed, first, options->has_replay ? first + 1 : count);
	tell(run);
}
