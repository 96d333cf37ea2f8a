/* SPDX-License-Identifier: MIT */
#include "tests/engine/resume.h"

#include "arch/console.h"
#include "arch/page.h"
#include "arch/print.h"
#include "arch/reset.h"
#include "arch/reset_mark.h"
#include "arch/string.h"
#include "arch/text.h"
#include "arch/trap.h"
#include "arch/version.h"
#include "tests/engine/agents.h"
#include "tests/engine/platform.h"
#include "tests/engine/tap.h"
#include "tests/engine/witness.h"

#define RECORD_MAGIC  UINT64_C(0x7674646368656372)
#define PREPARE_US    (UINT64_C(60) * 1000000)
#define VERSION_BYTES 80

enum record_state { RECORD_LEFT, RECORD_TAKEN };

struct record {
	uint64_t magic;
	uint32_t head_sum, units_sum; /* of all behind them up to `units`, and of `units` */
	uint32_t state;
	uint32_t words_sum;
	uint32_t console_crc;
	uint32_t done_count;
	char version[VERSION_BYTES];
	struct tap_memory tap;
	struct reset_memory units[RESUME_UNITS];
};

enum { RECORD_PAGES = (sizeof(struct record) + PAGE_BYTES - 1) / PAGE_BYTES };
_Static_assert(RECORD_PAGES < PAGE_KEPT_COUNT / 2, "tables outlive the reset, too");

static bool is_back;
static uint32_t words_sum;
static const char *misfit; /* why a record that is there is of no use */

static uint32_t head_sum_of(const struct record *record)
{
	return text_sum(&record->state,
			offsetof(struct record, units) - offsetof(struct record, state));
}

static uint32_t units_sum_of(const struct record *record)
{
	return text_sum(record->units, sizeof(record->units));
}

/* NULL where no page is kept. */
static struct record *the_record(void)
{
	return page_kept();
}

static bool is_ours(const struct record *record)
{
	return record->magic == RECORD_MAGIC && record->head_sum == head_sum_of(record);
}

/* The same program with the same words: only then its results, and addresses of it, mean the same. */
static const char *find_difference(const struct record *record)
{
	if (strncmp(record->version, version_text, VERSION_BYTES - 1))
		return "another version of this program left it";
	if (record->words_sum != words_sum)
		return "a run with other words left it";
	return record->units_sum == units_sum_of(record) ? NULL : "its sum is wrong";
}

static void take(struct record *record)
{
	record->state = RECORD_TAKEN;
	record->head_sum = head_sum_of(record);
	is_back = true;
	tap_restore(&record->tap);
	console_be_silent(record->console_crc);
}

void resume_find(const struct boot_info *boot)
{
	struct record *record = the_record();
	const bool was_reset = reset_mark_take();
	const char *difference;

	words_sum = text_sum(boot->command_line, strlen(boot->command_line));
	if (!record || !is_ours(record)) {
		misfit = was_reset ? "the machine did not keep its memory" : NULL;
		return;
	}
	difference = find_difference(record);
	if (!difference && record->state == RECORD_LEFT) {
		take(record);
		return;
	}
	if (!difference)
		difference = "the boot that took it did not come to its end";
	misfit = difference;
	resume_forget();
}

const char *resume_misfit(void)
{
	return misfit;
}

bool resume_is_back(void)
{
	return is_back;
}

unsigned int resume_done_count(void)
{
	return is_back ? the_record()->done_count : 0;
}

struct reset_memory *resume_memory(const struct unit *unit)
{
	struct record *record = the_record();

	return record && unit->source == UNIT_REAL && unit->index < RESUME_UNITS
		       ? &record->units[unit->index]
		       : NULL;
}

void resume_note_entry(void)
{
	struct record *record = the_record();

	if (!record || is_back)
		return;
	memset(record, 0, sizeof(*record));
	for (unsigned int i = 0; i < platform.unit_count; i++) {
		struct reset_memory *memory = resume_memory(&platform.units[i]);

		if (memory)
			reset_read_registers(&platform.units[i], &memory->at_entry);
	}
}

struct agent *resume_agent(const struct unit *unit)
{
	return agents_choose(unit,
			     (struct agent_job){ .features = AGENT_BUFFER | AGENT_INTERRUPT });
}

void resume_restore_agents(void)
{
	for (unsigned int i = 0; i < platform.unit_count; i++) {
		const struct reset_memory *memory = resume_memory(&platform.units[i]);
		struct agent *agent = resume_agent(&platform.units[i]);

		if (memory && agent)
			agent->limits.address_mask = memory->agent_mask;
	}
}

const char *resume_obstacle(const struct options *options)
{
	if (!options->reset)
		return "the machine was not to be reset (the word reset)";
	if (misfit)
		return "an earlier run had the machine reset, and did not go on";
	return the_record() ? NULL : "too little memory to go on after a reset of the machine";
}

struct preparation {
	struct reset_memory *memory;
	struct unit *unit;
};

static void prepare_one(void *argument)
{
	struct preparation *preparation = argument;

	(void)reset_prepare(preparation->memory, preparation->unit,
			    resume_agent(preparation->unit));
}

static void prepare_units(void)
{
	struct trap_report report;

	for (unsigned int i = 0; i < platform.unit_count; i++) {
		struct preparation one = { resume_memory(&platform.units[i]), &platform.units[i] };

		if (one.memory && !trap_guard(prepare_one, &one, PREPARE_US, &report))
			print_to(one.memory->failure, sizeof(one.memory->failure), "%s",
				 report.name);
	}
}

static void leave_record(unsigned int done_count)
{
	struct record *record = the_record();

	record->state = RECORD_LEFT;
	record->words_sum = words_sum;
	record->done_count = done_count;
	print_to(record->version, sizeof(record->version), "%s", version_text);
	record->tap = *tap_told();
	record->console_crc = console_crc32();
	record->units_sum = units_sum_of(record);
	record->head_sum = head_sum_of(record);
	record->magic = RECORD_MAGIC;
}

void resume_reset_machine(unsigned int done_count)
{
	page_take_kept(RECORD_PAGES);
	prepare_units();
	witness_print();
	print("# reset: the machine starts again\n");
	leave_record(done_count);
	(void)reset_mark_set(); /* without it the record alone says so */
	machine_reset();
	resume_forget();
	tap_bail_out(EXIT_COULD_NOT_RUN, "the machine does not start again: neither by its FADT, "
					 "nor by port CF9, nor by its keyboard controller");
}

void resume_go_on(unsigned int planned)
{
	if (!is_back)
		return;
	console_speak();
	print("# reset: the machine is back\n");
	if (planned != the_record()->tap.planned)
		tap_bail_out(EXIT_COULD_NOT_RUN,
			     "%u results are due after the reset, %u were before", planned,
			     the_record()->tap.planned);
}

void resume_forget(void)
{
	struct record *record = the_record();

	if (record)
		record->magic = 0;
}
