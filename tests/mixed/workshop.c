/* SPDX-License-Identifier: MIT */
#include "tests/mixed/workshop.h"

#include "arch/mmio_hole.h"
#include "arch/page.h"
#include "arch/print.h"
#include "arch/time.h"
#include "arch/trap.h"

enum { NAMES_MAX = 1024 };

/* Longer than any deadline of a unit times the number of units, by the clock of the machine. */
#define RUN_LIMIT_US (UINT64_C(120) * 1000000)

static struct rig *rig;
static struct driver *driver;
static struct before *before;
static char (*names)[WORKSHOP_NAME_BYTES];
static unsigned int name_count;
static unsigned int decision_count;
static uint64_t early_writes;

static size_t pages_of(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

static void *take(size_t bytes)
{
	return page_alloc_contiguous(pages_of(bytes), 1);
}

bool workshop_open(void)
{
	rig = take(sizeof(*rig));
	driver = take(sizeof(*driver));
	before = take(sizeof(*before));
	names = take(NAMES_MAX * sizeof(*names));
	return rig && driver && before && names;
}

/* The names stay: the verdict comes after us. */
void workshop_close(void)
{
	page_free_contiguous(rig, pages_of(sizeof(*rig)));
	page_free_contiguous(driver, pages_of(sizeof(*driver)));
	page_free_contiguous(before, pages_of(sizeof(*before)));
}

const struct driver *workshop_driver(void)
{
	return driver;
}

uint64_t workshop_early_writes(unsigned int *decisions)
{
	*decisions = decision_count;
	return early_writes;
}

/* One of the first two. */
struct job {
	const struct strategy *strategy;
	const struct bringup_request *request;
	struct verdict *verdict;
};

static void body(void *argument)
{
	struct job *job = argument;
	uint64_t from;

	rig_set_bus_masters(rig, true);
	outcome_look_before(rig, before);
	from = time_now_us();
	if (job->request)
		driver_run_request(driver, rig, job->request);
	else
		driver_run(driver, rig, job->strategy);
	driver->elapsed_us = time_now_us() - from;
	decision_count += driver->has_decided;
	early_writes += driver->writes_before_decision;
	outcome_judge(driver, before, job->verdict);
}

static const char *say_exception(const struct trap_report *report)
{
	static char text[300];
	const char *complaint = mmio_hole_complaint();

	if (complaint)
		return complaint;
	print_to(text, sizeof(text), "%s at %llx (error %llx, address %llx)", report->name,
		 (unsigned long long)(report->rip - trap_load_offset()),
		 (unsigned long long)report->error_code, (unsigned long long)report->cr2);
	return text;
}

static const char *keep_words(const char *words)
{
	static char text[sizeof(rig->error)];

	print_to(text, sizeof(text), "%s", words);
	return text;
}

static const char *run(const struct rig_plan *plan, struct job *job)
{
	struct trap_report report;
	const char *error = NULL;

	if (!rig_set_up(rig, plan))
		return rig->error;
	if (!trap_guard(body, job, RUN_LIMIT_US, &report))
		error = say_exception(&report);
	rig_set_bus_masters(rig, false);
	if (!driver_give_back(driver) && !error)
		error = keep_words(rig->error);
	driver_end(driver);
	if (!rig_take_down(rig) && !error)
		error = rig->error;
	return error;
}

const char *workshop_run(const struct rig_plan *plan, const struct strategy *strategy,
			 struct verdict *verdict)
{
	struct job job = { .strategy = strategy, .verdict = verdict };

	return run(plan, &job);
}

const char *workshop_run_request(const struct rig_plan *plan, const struct bringup_request *request,
				 struct verdict *verdict)
{
	struct job job = { .request = request, .verdict = verdict };

	return run(plan, &job);
}

bool workshop_is_selected(const struct options *options, const char *name)
{
	return glob_list_match(options->tests, name) && !glob_list_match(options->skip, name);
}

const char *workshop_keep_name(const char *first, const char *second)
{
	char *name = names[name_count < NAMES_MAX - 1 ? name_count++ : NAMES_MAX - 1];

	print_to(name, WORKSHOP_NAME_BYTES, "mixed.%s.%s", first, second);
	return name;
}
