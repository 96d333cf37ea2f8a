/* SPDX-License-Identifier: MIT */
/*
 * What a reset leaves of a unit that had everything on. A modelled unit is reset for each test; a real one once, with the
 * machine, and looked at when that has come back. A reset of the platform may be a power good reset or none, so that
 * sticky fields may be as they were or at their defaults, but all of them alike.
 */
#include "arch/page.h"
#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/platform.h"
#include "tests/engine/resume.h"
#include "tests/scenes/agents/endpoint.h"
#include "tests/suites/suites.h"
#include "tests/units/modelled.h"

struct reset_test {
	struct reset_memory *memory;
	struct reset_seen *seen;
};

/* A real unit is looked at once, and all tests judge that. */
static struct real_seen {
	bool is_looked_at;
	struct reset_seen seen;
} of_real[RESUME_UNITS];

static struct reset_memory of_model;
static struct reset_seen seen_of_model;
static struct reset_test test_state;

/* The rules that our own software breaks here, so that caches are seen, are no news. */
static void take_complaints(struct modelled *modelled)
{
	(void)model_take_complaint(&modelled->model);
}

/* A page request that nobody has looked for yet, in a unit that takes its time. */
static void leave_page_request(struct test_run *run, const struct modelled *modelled)
{
	struct endpoint *endpoint = run->agent ? endpoint_of(run->agent) : NULL;
	const struct model_request request = { .type = MODEL_PAGE_REQUEST, .last_in_group = true };
	struct model_answer answer;

	if (endpoint && modelled->model.config.defers_invalidations)
		endpoint_send(endpoint, &request, &answer);
}

static void reset_model(struct test_run *run, struct modelled *modelled)
{
	memset(&of_model, 0, sizeof(of_model));
	test_state = (struct reset_test){ &of_model, &seen_of_model };
	if (!reset_prepare(&of_model, run->unit, run->agent)) {
		test_fail(run, "not everything can be turned on: %s", of_model.failure);
		return;
	}
	leave_page_request(run, modelled);
	model_reset(&modelled->model);
	queue_forget(run->unit);
	reset_observe(&of_model, run->unit, run->agent, &seen_of_model);
	take_complaints(modelled);
}

/* What is remembered holds addresses of the boot before. */
static void look_at_real(struct test_run *run)
{
	struct reset_memory *memory = resume_memory(run->unit);
	struct agent *agent = resume_agent(run->unit);
	struct real_seen *real;

	if (!memory || !memory->is_ready) {
		test_fail(run, "not everything can be turned on: %s",
			  memory ? memory->failure : "too many units");
		return;
	}
	real = &of_real[run->unit->index];
	test_state = (struct reset_test){ memory, &real->seen };
	if (real->is_looked_at)
		return;
	real->is_looked_at = true;
	print_to(real->seen.failure, sizeof(real->seen.failure), "it was cut short");
	memory->stage.unit = run->unit;
	memory->stage.agent = agent;
	reset_observe(memory, run->unit, agent, &real->seen);
}

static void *open_reset(struct test_run *run)
{
	struct modelled *modelled = modelled_of(run->unit);
	const char *obstacle = resume_obstacle(run->options);

	run->fixture = &test_state;
	if (modelled)
		reset_model(run, modelled);
	else if (obstacle)
		test_skip(run, "%s", obstacle);
	else
		look_at_real(run);
	return &test_state;
}

static void close_reset(struct test_run *run)
{
	if (!modelled_of(run->unit))
		return;
	if (!stage_strike(&of_model.stage))
		test_fail(run, "no rest: %s", unit_failure(run->unit));
	interrupt_table_destroy(&of_model.interrupts);
	page_free(of_model.requests);
	queue_forget(run->unit);
	take_complaints(modelled_of(run->unit));
}

static const struct fixture after_reset = { open_reset, close_reset };

/* Nothing can be said of what comes after a step that failed. */
static bool has_been_seen(struct test_run *run, bool is_there, const char *what)
{
	const struct reset_test *test = run->fixture;

	if (!is_there)
		test_skip(run, "nothing was %s before the reset", what);
	else if (test->seen->failure[0])
		test_fail(run, "after the reset: %s", test->seen->failure);
	return is_there && !test->seen->failure[0];
}

/* ---- registers ---- */

/*
 * Firmware programs the units of a real machine before we look at them, and after a reset it does so again. Emulated units
 * have none that does.
 */
static bool is_from_firmware(const struct test_run *run, uint64_t read, uint64_t at_entry)
{
	return run->unit->source == UNIT_REAL && !platform_is_virtual() && read == at_entry;
}

static void judge_register(struct test_run *run, const struct reset_rule *rule, unsigned int i)
{
	const struct reset_test *test = run->fixture;
	const uint64_t read = test->seen->registers.value[i],
		       before = test->memory->before.value[i];
	const uint64_t wanted = rule->group == RESET_CAPABILITIES ? before : rule->value;
	const uint64_t mask = rule->group == RESET_CAPABILITIES ? UINT64_MAX : rule->mask;
	const uint64_t stated = mask & ~rule->sticky;

	if (is_from_firmware(run, read, test->memory->at_entry.value[i]))
		return;
	if ((read & stated) != (wanted & stated))
		test_fail(run, "%s reads %llx, should be %llx", rule->name,
			  (unsigned long long)(read & stated),
			  (unsigned long long)(wanted & stated));
	if (read & rule->sticky & ~before)
		test_fail(run, "%s reads %llx, was %llx", rule->name,
			  (unsigned long long)(read & rule->sticky),
			  (unsigned long long)(before & rule->sticky));
}

static void run_registers(struct test_run *run)
{
	unsigned int count;
	const struct reset_rule *rules = reset_rules(&count);
	const uint64_t ranges = NEED(PLMR) | NEED(PHMR);

	if (run->test->arg == RESET_PROTECTED_MEMORY &&
	    caps_missing(&run->unit->caps, ranges) == ranges)
		test_skip(run, "unit %u has no protected memory", run->unit->index);
	for (unsigned int i = 0; i < count; i++)
		if (rules[i].group == run->test->arg &&
		    !caps_missing(&run->unit->caps, rules[i].needs))
			judge_register(run, &rules[i], i);
}

/* How many sticky things that were there before are there still, and how many are gone. */
struct sticky {
	unsigned int kept, lost;
};

static void count_sticky(struct sticky *sticky, uint64_t before, uint64_t after)
{
	if (!before)
		return;
	if (after == before)
		sticky->kept++;
	else
		sticky->lost++;
}

static struct sticky count_registers(const struct reset_test *test)
{
	struct sticky sticky = { 0 };
	unsigned int count;
	const struct reset_rule *rules = reset_rules(&count);

	for (unsigned int i = 0; i < count; i++)
		count_sticky(&sticky, test->memory->before.value[i] & rules[i].sticky,
			     test->seen->registers.value[i] & rules[i].sticky);
	return sticky;
}

static void run_sticky(struct test_run *run)
{
	const struct reset_test *test = run->fixture;
	struct sticky sticky = count_registers(test);
	const uint64_t f = FIELD_MASK(FRCD_F);

	for (unsigned int i = 0; i < RESET_RECORDS_MAX; i++) {
		const uint64_t *before = test->memory->before.record[i];
		const uint64_t *after = test->seen->registers.record[i];

		if (after[1] & f && (after[0] != before[0] || after[1] != before[1]))
			test_fail(run, "a fault record has another fault than before");
		count_sticky(&sticky, before[1] & f, after[1] & f);
	}
	if (sticky.kept && sticky.lost)
		test_fail(run, "%u sticky fields are kept, %u are not", sticky.kept, sticky.lost);
}

/* A unit that we turn on ourselves: nothing sticks, so all is as the book has it. */
static void run_power_on(struct test_run *run)
{
	struct modelled *modelled = modelled_of(run->unit);
	struct reset_registers registers;
	unsigned int count;
	const struct reset_rule *rules = reset_rules(&count);

	if (!modelled) {
		test_skip(run, "unit %u was turned on before this program", run->unit->index);
		return;
	}
	modelled_power_cycle(modelled);
	reset_read_registers(run->unit, &registers);
	for (unsigned int i = 0; i < count; i++)
		if (rules[i].group != RESET_CAPABILITIES &&
		    !caps_missing(&run->unit->caps, rules[i].needs) &&
		    (registers.value[i] & rules[i].mask) != rules[i].value)
			test_fail(run, "%s reads %llx", rules[i].name,
				  (unsigned long long)(registers.value[i] & rules[i].mask));
}

/* ---- what it does ---- */

static void run_untranslated(struct test_run *run)
{
	const struct reset_test *test = run->fixture;

	if (!has_been_seen(run, test->memory->has_dma, "translated"))
		return;
	if (test->seen->untranslated != DMA_UNTRANSLATED || test->seen->untranslated_faults)
		test_fail(run, "a write ends so: %s, %u faults",
			  test->seen->untranslated == DMA_LANDED
				  ? "where tables of before the reset lead"
				  : landing_name(test->seen->untranslated),
			  test->seen->untranslated_faults);
}

static void run_queue_off(struct test_run *run)
{
	const struct reset_test *test = run->fixture;

	if (test->seen->queue_moves)
		test_fail(run, "a new tail is acted upon");
}

static void run_compatible(struct test_run *run)
{
	const struct reset_test *test = run->fixture;

	if (has_been_seen(run, test->memory->has_interrupts, "remapped") &&
	    !test->seen->is_compatible)
		test_fail(run, "an interrupt in compatibility format does not arrive");
}

/* The entry of before is still in memory: the unit must not look at it. */
static void run_past_table(struct test_run *run)
{
	const struct reset_test *test = run->fixture;
	const bool is_there = test->memory->has_interrupts && test->memory->has_both_formats;

	if (has_been_seen(run, is_there, "remapped") && !test->seen->is_past_table)
		test_fail(run, "an interrupt does not go past the table of before the reset");
}

/*
 * The new table is latched without the invalidation that software owes where `latch` is not there: else no stale
 * entry could show. Emulators start empty; whether silicon must, the book does not say.
 */
static bool is_open(struct test_run *run, enum capability latch)
{
	const bool is_silicon = run->unit->source == UNIT_REAL && !platform_is_virtual();

	if (is_silicon && !caps_has(&run->unit->caps, latch))
		test_skip(run, "unit %u lacks %s (bit %u)", run->unit->index, caps_name(latch),
			  caps_bit(latch));
	return run->is_skipped;
}

/* Page 0 was used before the reset, page 1 was not: there only what leads to the tables can be cached. */
static void run_translations_gone(struct test_run *run)
{
	const struct reset_test *test = run->fixture;
	const unsigned int page = run->test->arg;
	const enum canary wanted = page ? CANARY_GAP : CANARY_TARGET_1;

	if (!has_been_seen(run, test->memory->has_dma, "translated") ||
	    is_open(run, CAPABILITY_ESRTPS))
		return;
	if (test->seen->hit_old[page])
		test_fail(run, "a write goes where tables of before the reset lead");
	else if (test->seen->hit[page] != wanted)
		test_fail(run, "a write does not go where the new tables lead, %u faults",
			  test->seen->hit_faults[page]);
}

static void run_interrupts_gone(struct test_run *run)
{
	const struct reset_test *test = run->fixture;

	if (!has_been_seen(run, test->memory->has_interrupts, "remapped") ||
	    is_open(run, CAPABILITY_ESIRTPS))
		return;
	if (test->seen->old_interrupt)
		test_fail(run, "an interrupt goes where the table of before the reset leads");
	else if (!test->seen->new_interrupt)
		test_fail(run, "an interrupt does not go where the new table leads");
}

static void run_works(struct test_run *run)
{
	const struct reset_test *test = run->fixture;

	if (!has_been_seen(run, test->memory->has_dma, "translated"))
		return;
	if (test->seen->works != DMA_LANDED)
		test_fail(run, "a write ends so: %s", landing_name(test->seen->works));
	EXPECT_EQ(run, test->seen->blocked_faults, 1);
}

#define AFTER_RESET(name, what, title_in_spec, function, ...)                                     \
	{                                                                                         \
		.id = "reset." name, .title = (what), .spec = (title_in_spec), .run = (function), \
		.fixture = &after_reset, .flags = TEST_AFTER_RESET,                               \
		.agent_features = AGENT_BUFFER | AGENT_INTERRUPT, __VA_ARGS__                     \
	}
#define REGISTERS(name, what, title_in_spec, its_group, ...)                              \
	{                                                                                 \
		.id = "reset." name, .title = (what), .spec = (title_in_spec),            \
		.run = run_registers, .fixture = &after_reset,                            \
		.flags = TEST_AFTER_RESET | TEST_WITHOUT_AGENT, .arg = RESET_##its_group, \
		.agent_features = AGENT_BUFFER | AGENT_INTERRUPT, __VA_ARGS__             \
	}

static const struct test tests[] = {
	REGISTERS("capabilities", "VER, CAP, ECAP and MTRRCAP are as before", "Register Attributes",
		  CAPABILITIES),
	REGISTERS("status", "QEMU d7bb469afa: GSTS is 0, and FSTS has no more than before",
		  "Global Status Register", STATUS),
	REGISTERS("tables", "RTADDR and IRTA are 0", "Root Table Address Register", TABLES),
	REGISTERS("commands", "CCMD, IOTLB and ECRSP are 0", "Context Command Register", COMMANDS),
	REGISTERS("queue", "IQH, IQT and IQA are 0; IQERCD and ICS have no more than before",
		  "Invalidation Queue Address Register", QUEUE, .needs = NEED(QI)),
	REGISTERS("events", "events are masked, none is pending, data and addresses are 0",
		  "Fault Event Control Register", EVENTS),
	REGISTERS("protected-memory", "protected memory is off, its bases and limits are 0",
		  "Protected Memory Enable Register", PROTECTED_MEMORY),
	REGISTERS("page-requests", "the page request queue is at 0, its event masked and empty",
		  "Page Request Queue Address Register", PAGE_REQUESTS, .needs = NEED(PRS)),
	REGISTERS("memory-types", "memory type ranges are off and 0", "MTRR Default Type Register",
		  MEMORY_TYPES, .needs = NEED(MTS)),
	{ .id = "reset.sticky",
	  .title = "faults, IQE, IWC and page requests are all kept, or all gone",
	  .spec = "Register Attributes",
	  .run = run_sticky,
	  .agent_features = AGENT_BUFFER | AGENT_INTERRUPT,
	  .fixture = &after_reset,
	  .flags = TEST_AFTER_RESET | TEST_WITHOUT_AGENT },
	AFTER_RESET("untranslated", "a write of the agent passes untranslated",
		    "Global Status Register", run_untranslated),
	AFTER_RESET("queue-off", "a tail that is written moves nothing",
		    "Invalidation Queue Head Register", run_queue_off, .needs = NEED(QI)),
	AFTER_RESET("compatible", "an interrupt in compatibility format arrives",
		    "Interrupt Requests in Compatibility Format", run_compatible, .needs = NEED(IR),
		    .needs_absent = NEED(IRREQ)),
	AFTER_RESET("table-unused", "no interrupt goes through the table of before",
		    "Interrupt-Remapping Hardware Operation", run_past_table, .needs = NEED(IR),
		    .needs_absent = NEED(IRREQ)),
	AFTER_RESET("iotlb", "a page that was cached before is not used any more",
		    "Address Translation Caches", run_translations_gone, .arg = 0),
	AFTER_RESET("contexts",
		    "QEMU baff72ca2a: context and PASID entries of before are not used any more",
		    "Address Translation Caches", run_translations_gone, .arg = 1),
	AFTER_RESET("interrupt-entries",
		    "an interrupt entry that was cached before is not used any more",
		    "Set Interrupt Remapping Table Pointer Operation", run_interrupts_gone,
		    .needs = NEED(IR)),
	AFTER_RESET("works", "the unit translates and blocks again", "Global Command Register",
		    run_works),
	/* The last one: a unit that is turned on is a new one, without what was set wrong in it. */
	{ .id = "reset.power-on",
	  .title = "after power-on all registers are at their defaults, sticky ones too",
	  .spec = "Register Descriptions",
	  .run = run_power_on,
	  .flags = TEST_WITHOUT_AGENT },
};

const struct suite suite_reset = SUITE("reset", tests);
