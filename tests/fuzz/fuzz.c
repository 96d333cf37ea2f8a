/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/print.h"
#include "arch/string.h"
#include "arch/time.h"
#include "tests/fuzz/describe.h"
#include "tests/fuzz/shrink.h"
#include "tests/fuzz/words.h"
#include "tests/units/modelled.h"

enum {
	CASES_BY_DEFAULT = 60,
	CASES_BESIDE_TABLES = 20,
	SIGNATURES_MAX = 256,
	SIGNATURE_BYTES = 160,
	STEPS_BYTES = 640
};

enum { BOARD_PAGE_COUNT = SHADOW_BOARD_BYTES / PAGE_BYTES };

/* What came up, each kind once, with the first case that showed it. */
struct signature {
	char text[SIGNATURE_BYTES];
	char words[WORDS_BYTES];
	char steps[STEPS_BYTES];
	unsigned int count, first_case;
};

/* Of a test while it runs. */
struct fuzz {
	struct shadow shadow;
	struct theatre theatre;
	uint8_t *board;
	unsigned int count; /* of signatures */
	bool is_full;
	struct signature list[SIGNATURES_MAX];
};

static size_t pages(void)
{
	return (sizeof(struct fuzz) + PAGE_BYTES - 1) / PAGE_BYTES;
}

/* The place of a signature in the list, where it is or where it goes; NULL if there is no room. */
static struct signature *find_signature(struct fuzz *fuzz, const char *text)
{
	struct signature *signature = fuzz->list;

	while (signature < fuzz->list + fuzz->count && strcmp(signature->text, text) != 0)
		signature++;
	return signature < fuzz->list + SIGNATURES_MAX ? signature : NULL;
}

static bool is_noted(struct fuzz *fuzz, const char *text)
{
	const struct signature *signature = find_signature(fuzz, text);

	return signature && signature < fuzz->list + fuzz->count;
}

static void note(struct fuzz *fuzz, const struct fuzz_case *one, uint32_t mask,
		 const struct mismatch *mismatch, unsigned int number)
{
	const struct theatre *theatre = &fuzz->theatre;
	struct signature *signature;
	char text[SIGNATURE_BYTES];

	describe_signature(text, sizeof(text), theatre, one, mask, mismatch);
	signature = find_signature(fuzz, text);
	fuzz->is_full |= !signature;
	if (!signature)
		return;
	if (signature == fuzz->list + fuzz->count) {
		*signature = (struct signature){ .first_case = number };
		print_to(signature->text, sizeof(signature->text), "%s", text);
		describe_steps(signature->steps, sizeof(signature->steps), theatre, one, mask);
		words_write(signature->words, sizeof(signature->words), theatre, one, mask);
		fuzz->count++;
	}
	signature->count++;
}

/* ---- one case ---- */

/* Two things are wrong, and the unit names the other one: the book gives no order for most of them. */
static bool is_matter_of_order(const struct fuzz_case *one, uint32_t mask,
			       const struct mismatch *mismatch)
{
	unsigned int pokes = 0;

	for (unsigned int i = 0; i < one->count; i++)
		pokes += (mask >> i & 1) && one->steps[i].kind == STEP_POKE;
	return !mismatch->is_ill && mismatch->is_blocked_as_due &&
	       pokes + (one->steps[mismatch->step].dma.place != DMA_WINDOW) > 1;
}

/* Before it is made: it may be the last thing that this machine does. */
static void announce(const struct test_run *run, const struct fuzz_case *one, unsigned int number)
{
	const struct fuzz *fuzz = run->fixture;
	char steps[STEPS_BYTES];

	describe_steps(steps, sizeof(steps), &fuzz->theatre, one, UINT32_MAX);
	print("# %s: case %u: %s\n", run->test->id, number, steps);
}

static void refuse_words(struct test_run *run, const char *problem)
{
	test_error(run, "replay=%s: %s", run->options->replay_words, problem);
}

/* The case of that number, or the one that was asked for in words. */
static bool take_case(struct test_run *run, struct fuzz_case *one, unsigned int number)
{
	const struct fuzz *fuzz = run->fixture;
	const char *problem;

	if (!run->options->replay_words) {
		case_make(one, &fuzz->theatre, run->options->seed, number);
		return true;
	}
	problem = words_read_case(run->options->replay_words, &fuzz->theatre, one);
	if (problem)
		refuse_words(run, problem);
	return !problem;
}

/* False if nothing more can be learned on this stage. */
static bool try_case(struct test_run *run, unsigned int number)
{
	struct fuzz *fuzz = run->fixture;
	struct fuzz_case one;
	struct mismatch mismatch;
	uint32_t mask = UINT32_MAX;

	if (!take_case(run, &one, number))
		return true;
	if (run->options->has_replay)
		announce(run, &one, number);
	mismatch = act(&fuzz->theatre, &one, mask);
	if (run->options->verbose && mismatch.is_any)
		print("# %s: case %u: %s\n", run->test->id, number, mismatch.text);
	if (!mismatch.is_any && !mismatch.is_ill)
		return true;
	/* Two reasons for each other, and no more: known once, it need not be made smaller. */
	if (!mismatch.takes_steps && is_noted(fuzz, mismatch.text))
		return true;
	if (!mismatch.is_ill)
		mask = shrink(&fuzz->theatre, &one, mask, &mismatch);
	if (is_matter_of_order(&one, mask, &mismatch))
		return true;
	note(fuzz, &one, mask, &mismatch, number);
	return !mismatch.is_ill;
}

/* ---- scenes ---- */

/* When a page request is taken, and which PASID comes next, is the affair of a unit that is not a model. */
static const char *obstacle(const struct unit *unit, const struct scene *scene,
			    enum case_emphasis emphasis)
{
	if (unit->source == UNIT_REAL && (emphasis == ON_PAGES || emphasis == ON_COMMANDS))
		return "when and what it answers is its own affair: for modelled units";
	return scene_obstacle(scene, &unit->caps);
}

/* False, with the test skipped or failed, if no stage stands. */
static bool raise(struct test_run *run, const struct scene *scene, enum case_emphasis emphasis)
{
	struct fuzz *fuzz = run->fixture;
	const char *why = obstacle(run->unit, scene, emphasis);

	/* Results that a command left in a register would stay there, and the shadow's begin as after a reset. */
	if (!why && modelled_of(run->unit))
		model_reset(&modelled_of(run->unit)->model);
	fuzz->shadow.has_commands = emphasis == ON_COMMANDS;
	if (!why)
		why = shadow_open(&fuzz->shadow, run->unit);
	fuzz->shadow.board = fuzz->board;
	if (why)
		test_skip(run, "unit %u: %s", run->unit->index, why);
	else if (!stage_build(&run->stage, scene, run->unit, run->agent) ||
		 !stage_raise(&run->stage))
		test_fail(run, "cannot set the scene: %s", unit_failure(run->unit));
	else if (!theatre_open(&fuzz->theatre, &run->stage, &fuzz->shadow, emphasis))
		test_fail(run, "the agent does not finish: %s", unit_failure(run->unit));
	return !run->is_skipped && !run->has_failed;
}

static bool has_scene(const struct test_run *run, const struct scene *scene)
{
	return run->stage.is_up && scene_is_same(&run->stage.scene, scene);
}

/* The unit comes to rest before its shadow goes, so that both end alike. */
static void strike(struct test_run *run)
{
	struct fuzz *fuzz = run->fixture;

	theatre_close(&fuzz->theatre);
	if (run->stage.is_up && !stage_strike(&run->stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	shadow_close(&fuzz->shadow);
}

/* Which cases: numbers from `first` on, up to `end` or the end of a time. */
struct extent {
	unsigned int first, end;
	uint64_t end_us; /* 0: none */
};

static struct extent extent_of(const struct options *options, enum case_emphasis emphasis)
{
	const unsigned int few = emphasis == ON_TABLES ? CASES_BY_DEFAULT : CASES_BESIDE_TABLES;
	struct extent extent = { .end = options->fuzz_count ? options->fuzz_count : few };

	if (options->has_replay)
		return (struct extent){ options->replay, options->replay + 1, 0 };
	if (options->fuzz_seconds) {
		extent.end = UINT32_MAX;
		extent.end_us = time_now_us() + options->fuzz_seconds * UINT64_C(1000000);
	}
	return extent;
}

static bool is_over(const struct extent *extent, unsigned int number)
{
	return number >= extent->end || (extent->end_us && time_now_us() >= extent->end_us);
}

static bool take_scene(struct test_run *run, const struct case_subject *subject,
		       unsigned int number, struct scene *scene)
{
	const char *problem;

	if (!run->options->replay_words) {
		*scene = case_scene(subject, run->unit, run->agent, run->options->seed, number);
		return true;
	}
	problem = words_read_scene(run->options->replay_words, run->unit, run->agent, scene);
	if (problem)
		refuse_words(run, problem);
	return !problem;
}

static void run_cases(struct test_run *run, const struct case_subject *subject,
		      const struct extent *extent)
{
	for (unsigned int number = extent->first; !is_over(extent, number); number++) {
		struct scene scene;

		if (!take_scene(run, subject, number, &scene))
			return;
		(void)time_watchdog_set(ACT_LIMIT_US); /* for each case, not for all of them */
		if (!has_scene(run, &scene)) {
			strike(run);
			if (run->has_failed || !raise(run, &scene, subject->emphasis))
				return;
		}
		if (!try_case(run, number))
			strike(run);
	}
}

/* For a person, and as words that make it again on any unit. */
static void tell_signature(const struct test_run *run, const struct signature *signature)
{
	const char *id = run->test->id;
	size_t bytes;

	print("# %s: %s: %u cases, first: %u of seed %llu\n", id, signature->text, signature->count,
	      signature->first_case, (unsigned long long)run->options->seed);
	for (const char *step = signature->steps; *step; step += strspn(step, ", ")) {
		bytes = strcspn(step, ",");
		print("#   %.*s\n", (int)bytes, step);
		step += bytes;
	}
	print("# %s: again: tests=%s replay=%s\n", id, id, signature->words);
}

/* Each signature is a part of what the test observed, so that a profile may know it. */
static void tell(struct test_run *run)
{
	const bool is_asked_for =
		run->options->fuzz_count || run->options->fuzz_seconds || run->options->has_replay;
	const struct fuzz *fuzz = run->fixture;

	for (unsigned int i = 0; i < fuzz->count; i++) {
		const struct signature *signature = &fuzz->list[i];

		test_fail(run, "%s", signature->text);
		if (is_asked_for)
			tell_signature(run, signature);
	}
	if (fuzz->is_full)
		test_fail(run, "more than %d signatures", SIGNATURES_MAX);
}

void fuzz_run(struct test_run *run, const struct case_subject *subject)
{
	const struct extent extent = extent_of(run->options, subject->emphasis);

	run_cases(run, subject, &extent);
	tell(run);
}

/* ---- the fixture: whatever ends a test, nobody watches the unit afterwards ---- */

/*
 * Silicon works in its own time and order, which nobody has compared by chance yet: there it is done for those
 * who ask, so that no good unit is blamed unasked.
 */
static bool is_unasked_on_silicon(const struct test_run *run)
{
	const struct options *options = run->options;

	return run->unit->source == UNIT_REAL && !(cpu_id(1, 0).ecx & CPUID_1_ECX_HYPERVISOR) &&
	       !options->fuzz_count && !options->fuzz_seconds && !options->has_replay;
}

static void *open_fuzz(struct test_run *run)
{
	struct fuzz *fuzz;

	if (is_unasked_on_silicon(run)) {
		test_skip(run,
			  "no hypervisor is here: on silicon only fuzz= asks for random cases");
		return NULL;
	}
	fuzz = page_alloc_contiguous(pages(), 1);
	if (fuzz)
		fuzz->board = page_alloc_contiguous(BOARD_PAGE_COUNT, 1);
	if (!fuzz || !fuzz->board)
		test_error(run, "no memory for what cases show");
	return fuzz;
}

static void close_fuzz(struct test_run *run)
{
	struct fuzz *fuzz = run->fixture;

	strike(run);
	if (fuzz->board)
		page_free_contiguous(fuzz->board, BOARD_PAGE_COUNT);
	page_free_contiguous(fuzz, pages());
}

const struct fixture fuzz_fixture = { open_fuzz, close_fuzz };
