/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/overlook.h"

#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/known/known.h"
#include "tests/engine/platform.h"
#include "tests/engine/runner.h"
#include "tests/fuzz/compare.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/registers.h"
#include "tests/fuzz/shadow.h"

/* What differed in one test: the first of it, as a profile may know it, and as a person reads it. */
struct difference_seen {
	char text[100];
	char both[200];
};

static struct {
	struct shadow shadow;
	bool is_open; /* the book says nothing, until the unit was at rest again */
	struct difference_seen seen;
	struct agent whole; /* the agent watched, as it is by itself */
	struct agent *agent;
} state;

/* Random cases see the same, and the profile knows it from them. */
static const char *const known_ids[] = { "fuzz.legacy",	   "fuzz.second-stage", "fuzz.first-stage",
					 "fuzz.nested",	   "fuzz.queue",	"fuzz.queue-wide",
					 "fuzz.registers", "fuzz.interrupts" };

/* ---- what differs ---- */

static void note(const char *text, const char *book, const char *unit)
{
	if (state.seen.text[0])
		return;
	print_to(state.seen.text, sizeof(state.seen.text), "%s", text);
	print_to(state.seen.both, sizeof(state.seen.both), "book: %s; unit: %s", book, unit);
}

static void describe_fault(char *text, size_t size, const struct fault *fault)
{
	print_to(text, size, "fault %02Xh at %llx", fault->reason,
		 (unsigned long long)fault->address);
}

static bool is_idle(struct unit *unit)
{
	const uint32_t busy =
		(uint32_t)(FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES) | FIELD_MASK(GSTS_IRES));

	return !(unit_read32(unit, REG_GSTS) & busy);
}

static bool has_record(struct unit *unit)
{
	return unit_read32(unit, REG_FSTS) & (FIELD_MASK(FSTS_PPF) | FIELD_MASK(FSTS_PFO));
}

static struct fault read_record(struct unit *unit)
{
	const unsigned int first = (unsigned int)reg_get(unit_read32(unit, REG_FSTS), FSTS_FRI);
	const uint32_t at = caps_fault_record_offset_bytes(&unit->caps) + first * FRCD_BYTES;
	const uint64_t record[2] = { unit_read64(unit, at), unit_read64(unit, at + 8) };

	return fault_decode(record);
}

/* ---- transfers ---- */

struct expectation {
	bool is_due;
	struct prediction due;
};

static bool is_remapping(struct unit *unit)
{
	return reg_get(unit_read32(unit, REG_GSTS), GSTS_IRES);
}

static struct expectation expect(struct agent *agent, struct dma_address to, enum model_kind kind,
				 unsigned int bytes)
{
	const struct model_request request = {
		.kind = kind,
		.sid = agent->sid,
		.has_pasid = to.has_pasid,
		.pasid = to.pasid,
		.privileged = to.privileged,
		.address = to.iova.value,
		.bytes = bytes,
	};
	struct expectation expected = { 0 };

	if (to.iova.value % PAGE_BYTES + bytes > PAGE_BYTES || has_record(agent->unit) ||
	    is_remapping(agent->unit)) {
		shadow_lose(&state.shadow); /* more than one request, or more than one fault */
		return expected;
	}
	expected.due = shadow_predict(&state.shadow, &request);
	state.is_open |= shadow_complaint(&state.shadow) != NULL || state.shadow.is_blind;
	expected.is_due = !state.is_open && !expected.due.is_open && !expected.due.is_unknown;
	return expected;
}

static void compare_faults(struct unit *unit, const struct prediction *due)
{
	struct fault_log log = { .count = has_record(unit) };
	struct mismatch mismatch = { 0 };
	char book[60] = "no fault", seen[60] = "no fault";

	if (log.count)
		log.faults[0] = read_record(unit);
	if (log.count && due->lands)
		print_to(mismatch.text, sizeof(mismatch.text), "%02X for lands",
			 log.faults[0].reason);
	else
		compare_fault(&(struct stage){ .unit = unit }, &log, due, 0, &mismatch);
	if (!mismatch.text[0])
		return;
	if (due->is_recorded)
		describe_fault(book, sizeof(book), &due->fault);
	if (log.count)
		describe_fault(seen, sizeof(seen), &log.faults[0]);
	note(mismatch.text, book, seen);
}

static void compare(struct agent *agent, const struct expectation *expected)
{
	if (expected->is_due)
		compare_faults(agent->unit, &expected->due);
}

static bool load(struct agent *agent, struct dma_address address, unsigned int offset,
		 unsigned int bytes)
{
	const struct expectation expected = expect(agent, address, MODEL_READ, bytes);
	const bool is_done = state.whole.load(agent, address, offset, bytes);

	compare(agent, &expected);
	return is_done;
}

static bool store(struct agent *agent, struct dma_address address, unsigned int offset,
		  unsigned int bytes)
{
	const struct expectation expected = expect(agent, address, MODEL_WRITE, bytes);
	const bool is_done = state.whole.store(agent, address, offset, bytes);

	compare(agent, &expected);
	return is_done;
}

/* ---- one test ---- */

static void leave(void)
{
	if (state.agent)
		*state.agent = state.whole;
	state.agent = NULL;
	shadow_leave(&state.shadow);
}

static void watch_agent(struct agent *agent)
{
	if (state.agent == agent)
		return;
	if (state.agent)
		*state.agent = state.whole;
	state.agent = agent;
	if (!agent)
		return;
	state.whole = *agent;
	agent->load = load;
	agent->store = store;
}

/* A unit is watched from a time on when it is at rest, as its shadow is. */
static void watch_unit(struct unit *unit)
{
	struct registers_kept ignored;

	state.is_open |= state.shadow.is_blind;
	if (state.shadow.unit == unit && !state.is_open)
		return;
	if (!is_idle(unit)) {
		state.is_open = true;
		return;
	}
	shadow_leave(&state.shadow);
	if (shadow_open(&state.shadow, unit))
		return;
	state.shadow.sees_all = true;
	state.is_open = false;
	registers_keep(unit, &ignored);
	if (caps_has(&unit->caps, CAPABILITY_QI))
		unit_write32(unit, REG_ICS, (uint32_t)FIELD_MASK(ICS_IWC));
}

static bool is_watched(const struct test_run *run)
{
	return run->unit && run->unit->source == UNIT_REAL && run->test->fixture != &fuzz_fixture &&
	       !(run->test->flags & TEST_AFTER_RESET);
}

static void before(struct test_run *run)
{
	state.seen.text[0] = 0;
	if (!is_watched(run)) {
		leave();
		return;
	}
	watch_unit(run->unit);
	watch_agent(state.shadow.unit ? run->agent : NULL);
}

/* Of a test that fails by itself, the profile says what is known. */
static bool is_known(const struct test_run *run)
{
	const struct known_unit unit = { &run->unit->caps, platform.dmar.host_address_bits };
	char why[400];

	if (run->has_failed)
		return true;
	for (unsigned int i = 0; i < sizeof(known_ids) / sizeof(known_ids[0]); i++)
		if (known_explains(known_ids[i], &unit, state.seen.text, why, sizeof(why)))
			return true;
	return false;
}

static void compare_registers(void)
{
	const struct register_difference difference =
		registers_compare(&state.shadow, UINT32_MAX, REGISTERS_MOVING);
	char text[80], book[40] = "another", unit[40] = "another";

	if (!difference.name)
		return;
	print_to(text, sizeof(text), "another %s", difference.name);
	if (!difference.is_wide) {
		print_to(text, sizeof(text), "%s %x for %x", difference.name, difference.seen,
			 difference.due);
		print_to(book, sizeof(book), "%s %x", difference.name, difference.due);
		print_to(unit, sizeof(unit), "%s %x", difference.name, difference.seen);
	}
	note(text, book, unit);
}

static void after(struct test_run *run)
{
	if (!is_watched(run) || !state.shadow.unit || run->is_skipped)
		return;
	state.is_open |= shadow_complaint(&state.shadow) != NULL || state.shadow.is_blind;
	if (!state.is_open)
		compare_registers();
	if (!state.seen.text[0] || is_known(run))
		return;
	test_fail(run, "shadow: %s (%s)", state.seen.text, state.seen.both);
}

static const struct runner_watcher watcher = { before, after };

bool overlook_start(void)
{
	if (!shadow_prepare(&state.shadow))
		return false;
	runner_watch(&watcher);
	return true;
}
