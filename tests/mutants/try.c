/* SPDX-License-Identifier: MIT */
/*
 * try JOBS WORDS: reads numbers of mutants from stdin, and tries the kernel's tests on each, on the units that WORDS
 * describe. First without a mutant, to learn which tests get to which place. Then a process for each mutant: the
 * tests that get there, those that noticed the last ones before others, each on units as after power-on, until one
 * fails. A line for each: number, the test that failed or -, what it observed, how many tests get there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/engine/platform.h"
#include "tests/engine/runner.h"
#include "tests/host/process/process.h"
#include "tests/mutants/switch.h"
#include "tests/units/modelled.h"

enum { TRIALS_MAX = 20000, MUTANTS_MAX = 8192, JOBS_MAX = 64 };

/* A test that passes so many times as many places as without a mutant, and some more, does not end. */
enum { STEPS_FACTOR = 50, STEPS_MORE = 1000000 };

/* So many are costly. */
enum { STEPS_COSTLY = 500000 };

/* One that does not even pass a place any more is stopped after so many seconds. */
enum { SECONDS_MAX = 120 };

/* A result to come: a test on a unit, and what it needed without a mutant. */
struct trial {
	const struct test *test;
	struct unit *unit;
	enum scene_stage stage;
	const char *complaint; /* of the model, about our own software */
	unsigned long steps;
	uint64_t reached[MUTANTS_MAX / 64];
};

/* What the processes share: the next mutant, which trial each process makes, when one last noticed a mutant. */
struct shared {
	unsigned int next;
	unsigned int under_way[JOBS_MAX];
	unsigned int noticed_at[TRIALS_MAX];
};

unsigned int mutant_number;
unsigned long mutant_steps_left = ~0ul; /* while the machine is made */

static struct options options;
static struct topology topology;
static struct trial *trials;
static unsigned int trial_count;
static struct trial *learning; /* the one that is made without a mutant; NULL: all were */
static struct shared *shared;
static unsigned int numbers[MUTANTS_MAX], number_count;
static unsigned int job;

_Noreturn __attribute__((format(printf, 1, 2))) static void stop(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("try: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(EXIT_FAILURE);
}

static void *allocate(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		stop("no memory: %s", strerror(errno));
	return memory;
}

/* ---- lines ---- */

/* In one piece, since several processes write. */
static void tell(const char *noticed_by, const char *how, unsigned int reached)
{
	char line[600];
	int length = snprintf(line, sizeof(line), "%u\t%s\t%.400s\t%u\n", mutant_number, noticed_by,
			      how, reached);

	if (write(STDOUT_FILENO, line, (size_t)length) != length)
		stop("cannot write: %s", strerror(errno));
}

static void tell_notice(const struct trial *trial, const char *how)
{
	char name[100];

	if (trial->unit)
		snprintf(name, sizeof(name), "%s [unit %u]", trial->test->id, trial->unit->index);
	else
		snprintf(name, sizeof(name), "%s", trial->test->id);
	tell(name, how, 0);
}

/* ---- a trial ---- */

/* What the model complains of, which the log tells in a note; NULL: nothing. */
static const char *take_complaint(const struct trial *trial)
{
	return trial->unit ? model_take_complaint(&modelled_of(trial->unit)->model) : NULL;
}

/* What it observed if it failed, else NULL. */
static const char *make_trial(const struct trial *trial)
{
	platform_power_cycle();
	return runner_try(&options, trial->test, trial->unit, trial->stage);
}

/* The same with a mutant: something else to complain of is as good as a failure. */
static const char *make_trial_with_mutant(const struct trial *trial)
{
	const char *observed = make_trial(trial);
	const char *complaint = take_complaint(trial);

	if (observed || complaint == trial->complaint)
		return observed;
	return complaint ? complaint : "the model has nothing to complain of";
}

bool mutant_is_reached(unsigned int first, unsigned int last)
{
	if (!learning) {
		tell_notice(&trials[shared->under_way[job]], "it does not end");
		_exit(EXIT_SUCCESS);
	}
	mutant_steps_left = 0;
	learning->steps++;
	for (unsigned int number = first; number <= last; number++)
		learning->reached[number / 64] |= UINT64_C(1) << (number % 64);
	return false;
}

static bool does_reach(const struct trial *trial, unsigned int number)
{
	return trial->reached[number / 64] >> (number % 64) & 1;
}

/* What is costly is tried on one unit. */
static bool is_made_before(const struct trial *trial)
{
	for (const struct trial *other = trials; other < trial; other++)
		if (other->test == trial->test && other->stage == trial->stage &&
		    trial->steps > STEPS_COSTLY)
			return true;
	return false;
}

static bool learn(const struct test *test, struct unit *unit, enum scene_stage stage)
{
	struct trial *trial = &trials[trial_count++];
	const char *observed;

	if (trial_count == TRIALS_MAX)
		stop("more than %d results", TRIALS_MAX - 1);
	*trial = (struct trial){ .test = test, .unit = unit, .stage = stage };
	learning = trial;
	mutant_steps_left = 0;
	observed = make_trial(trial);
	trial->complaint = take_complaint(trial);
	learning = NULL;
	if (observed)
		stop("%s fails without any mutant: %s", test->id, observed);
	if (is_made_before(trial))
		trial_count--;
	return true;
}

/* ---- a mutant ---- */

/* Those that noticed a mutant lately first, then those that are soon done. */
static int compare(const void *a, const void *b)
{
	const unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	if (shared->noticed_at[x] != shared->noticed_at[y])
		return shared->noticed_at[x] > shared->noticed_at[y] ? -1 : 1;
	if (trials[x].steps != trials[y].steps)
		return trials[x].steps < trials[y].steps ? -1 : 1;
	return x < y ? -1 : 1;
}

static void try_all(unsigned int at)
{
	static unsigned int order[TRIALS_MAX];
	unsigned int count = 0;

	for (unsigned int i = 0; i < trial_count; i++)
		if (does_reach(&trials[i], mutant_number))
			order[count++] = i;
	qsort(order, count, sizeof(order[0]), compare);
	for (unsigned int i = 0; i < count; i++) {
		const struct trial *trial = &trials[order[i]];
		const char *observed;

		shared->under_way[job] = order[i];
		mutant_steps_left = trial->steps * STEPS_FACTOR + STEPS_MORE;
		observed = make_trial_with_mutant(trial);
		if (observed) {
			shared->noticed_at[order[i]] = at + 1;
			tell_notice(trial, observed);
			return;
		}
	}
	tell("-", "", count);
}

/* The process is done with or without a line: one that ended otherwise was taken down. */
static void try_mutant(unsigned int at)
{
	pid_t child = fork();
	int status;

	mutant_number = numbers[at];
	if (child < 0)
		stop("fork: %s", strerror(errno));
	if (!child) {
		alarm(SECONDS_MAX);
		try_all(at);
		_exit(EXIT_SUCCESS);
	}
	if (waitpid(child, &status, 0) == child && status)
		tell_notice(&trials[shared->under_way[job]], "it took the machine down");
}

static void work(void)
{
	unsigned int at;

	while ((at = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED)) < number_count)
		try_mutant(at);
}

/* ---- the whole ---- */

static int run(const struct boot_info *boot)
{
	char error[400];

	if (!topology_parse(options.topo, &topology, error, sizeof(error)) ||
	    !platform_survey(boot, &options, &topology, error, sizeof(error)))
		stop("%s", error);
	platform_take_over();
	process_is_loud = true; /* nothing is said but why a test ends the kernel */
	runner_for_each(&options, learn);
	process_is_loud = false;
	for (job = 0; job + 1 < (unsigned int)atoi(boot->command_line) && job + 1 < JOBS_MAX; job++)
		if (!fork()) {
			work();
			_exit(EXIT_SUCCESS);
		}
	work();
	while (wait(NULL) > 0)
		;
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	char error[400];

	if (argc != 3 || !options_parse(argv[2], &options, error, sizeof(error)))
		stop("%s", argc == 3 ? error : "two arguments are due: jobs, and words");
	while (number_count < MUTANTS_MAX && scanf("%u", &numbers[number_count]) == 1)
		number_count++;
	shared = allocate(sizeof(*shared));
	trials = allocate(TRIALS_MAX * sizeof(*trials));
	return process_start(run, argv[1]);
}
