/* SPDX-License-Identifier: MIT */
#include "tests/scenes/vcmd_test.h"

#include "arch/page.h"
#include "arch/panic.h"
#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/platform.h"
#include "tests/units/modelled.h"

/* As long again may go by until all is given back: together less than the watchdog allows. */
#define TIME_LIMIT_US 60000000u

enum { HELD_BITS = 1 << PASID_SPACE_BITS_MAX, HELD_PAGES = HELD_BITS / 8 / PAGE_BYTES };

#define AILMENT_WORDS_(name, words) words,
static const char *const ailment_words[] = { "nothing", VCMD_AILMENTS(AILMENT_WORDS_) };

/* One test runs at a time. */
static struct vcmd_test current;
static struct model_vcmd_behaviour behaviour_before;

const char *vcmd_ailment_words(enum vcmd_ailment ailment)
{
	return ailment_words[ailment];
}

/* ---- opening and closing ---- */

/*
 * What was found first, by unit. Commands leave values behind that make the registers of one layout
 * look like those of the other, so the layout of a unit is looked for only once.
 */
static struct vcmd found[UNITS_MAX];

enum vcmd_error vcmd_test_find(const struct test_run *run, struct unit *unit, struct vcmd *vcmd)
{
	struct vcmd *known = &found[unit->index];
	enum vcmd_error error = VCMD_OK;

	if (known->layout)
		known->unanswered = unit_read32(unit, known->layout->vcrsp) &
				    field_mask(known->layout->in_progress);
	else
		error = vcmd_probe(unit, run->options->vcmd, known);
	*vcmd = *known;
	return error;
}

bool vcmd_test_find_other(const struct test_run *run, struct vcmd *vcmd)
{
	struct vcmd_test test = { 0 };

	for (unsigned int i = 0; i < platform.unit_count; i++) {
		struct unit *unit = &platform.units[i];

		if (unit == run->unit || !caps_has(&unit->caps, CAPABILITY_VCS) ||
		    vcmd_test_find(run, unit, &test.vcmd) != VCMD_OK ||
		    vcmd_test_examine(&test) != AILMENT_NONE || !test.given_count)
			continue;
		*vcmd = test.vcmd;
		return true;
	}
	return false;
}

static bool has_pasids(struct vcmd_test *test)
{
	const struct vcmd *vcmd = &test->vcmd;

	if (vcmd_test_gives_pasids(test))
		return true;
	test_skip(test->run, "unit %u does not offer to %s PASIDs (VCCAP reads %llx)",
		  test->run->unit->index, vcmd_can_alloc(vcmd) ? "free" : "allocate",
		  (unsigned long long)vcmd->vccap);
	return false;
}

struct vcmd_test *vcmd_test_open_registers(struct test_run *run)
{
	struct vcmd_test *test = &current;
	enum vcmd_ailment ailment = AILMENT_NONE;

	*test = (struct vcmd_test){ .run = run, .late_after = deadline_after_us(TIME_LIMIT_US) };
	if (vcmd_test_find(run, run->unit, &test->vcmd) != VCMD_OK)
		ailment = AILMENT_NO_LAYOUT;
	if (ailment && !test->vcmd.vccap) {
		test_skip(run, "unit %u: %s; the word vcmd=3.3 or vcmd=draft decides",
			  run->unit->index, test->vcmd.report);
		return NULL;
	}
	if (ailment)
		print_to(test->words, sizeof(test->words), "%s", unit_failure(run->unit));
	else
		ailment = vcmd_test_examine(test);
	if (ailment) {
		test_ailment(run, ailment, test->words);
		return NULL;
	}
	test->held = page_alloc_contiguous(HELD_PAGES, 1);
	if (!test->held) {
		test_error(run, "no memory to note which PASIDs are held");
		return NULL;
	}
	if (vcmd_test_behaviour(test))
		behaviour_before = *vcmd_test_behaviour(test);
	return test;
}

struct vcmd_test *vcmd_test_open_pasids(struct test_run *run)
{
	struct vcmd_test *test = vcmd_test_open_registers(run);

	if (!test || has_pasids(test))
		return test;
	vcmd_test_put_away(test);
	return NULL;
}

void vcmd_test_give_all(struct vcmd_test *test)
{
	for (uint32_t pasid = 0; test->held_count && pasid < HELD_BITS; pasid++)
		if (vcmd_test_holds(test, pasid) && !vcmd_test_give(test, pasid))
			return;
}

void vcmd_test_put_away(struct vcmd_test *test)
{
	if (vcmd_test_behaviour(test))
		*vcmd_test_behaviour(test) = behaviour_before;
	vcmd_test_give_all(test);
	page_free_contiguous(test->held, HELD_PAGES);
}

void vcmd_test_close(struct test_run *run)
{
	vcmd_test_put_away(run->fixture);
}

static void *open_registers(struct test_run *run)
{
	return vcmd_test_open_registers(run);
}

static void *open_pasids(struct test_run *run)
{
	return vcmd_test_open_pasids(run);
}

const struct fixture vcmd_registers = { .open = open_registers, .close = vcmd_test_close };
const struct fixture vcmd_pasids = { .open = open_pasids, .close = vcmd_test_close };

struct vcmd_test *vcmd_test_of(const struct test_run *run)
{
	if (run->test->fixture->close != vcmd_test_close)
		panic("%s: not a fixture of virtual commands", run->test->id);
	return run->fixture;
}

struct model_vcmd_behaviour *vcmd_test_behaviour(struct vcmd_test *test)
{
	struct modelled *modelled = modelled_of(test->run->unit);

	return modelled ? &modelled->model.config.vcmd : NULL;
}

/* ---- the purse ---- */

static void set_held(struct vcmd_test *test, uint32_t pasid, bool held)
{
	test->held[pasid / 64] ^= UINT64_C(1) << pasid % 64;
	test->held_count += held ? 1 : -1u;
}

bool vcmd_test_holds(const struct vcmd_test *test, uint32_t pasid)
{
	return test->held[pasid / 64] >> pasid % 64 & 1;
}

/* 0: none was left, or it was no good and the test has failed. */
static uint32_t take(struct vcmd_test *test, uint64_t operand)
{
	struct vcmd_response response;
	enum vcmd_error error = vcmd_run(&test->vcmd, VCMD_ALLOC_PASID, operand, &response);
	const uint32_t pasid = response.pasid;

	if (error == VCMD_ERROR_NO_PASID)
		return 0;
	if (error)
		test_fail(test->run, "PASID number %u: %s", test->held_count + 1,
			  unit_failure(test->run->unit));
	else if (pasid >= test->vcmd.pasid_end)
		test_fail(test->run, "PASID number %u is %x, which is beyond ECAP.PSS",
			  test->held_count + 1, pasid);
	else if (vcmd_test_holds(test, pasid))
		test_fail(test->run, "PASID number %u is %x, which is allocated already",
			  test->held_count + 1, pasid);
	else
		set_held(test, test->last = pasid, true);
	return test->run->has_failed ? 0 : pasid;
}

bool vcmd_test_take(struct vcmd_test *test, uint32_t *pasid)
{
	return vcmd_test_take_with(test, 0, pasid);
}

bool vcmd_test_take_with(struct vcmd_test *test, uint64_t operand, uint32_t *pasid)
{
	*pasid = take(test, operand);
	if (!*pasid && !test->run->has_failed)
		test_fail(test->run, "no PASID left after %u", test->held_count);
	return *pasid != 0;
}

bool vcmd_test_is_late(struct vcmd_test *test)
{
	if (!deadline_passed(&test->late_after))
		return false;
	test_skip(test->run, "unit %u answers too slowly to be done in %u s",
		  test->run->unit->index, TIME_LIMIT_US / 1000000);
	return true;
}

uint32_t vcmd_test_take_many(struct vcmd_test *test, uint32_t count)
{
	uint32_t taken = 0;

	while (taken < count && !vcmd_test_is_late(test) && take(test, 0))
		taken++;
	return taken;
}

void vcmd_test_forget(struct vcmd_test *test, uint32_t pasid)
{
	set_held(test, pasid, false);
}

bool vcmd_test_give(struct vcmd_test *test, uint32_t pasid)
{
	enum vcmd_error error = vcmd_free_pasid(&test->vcmd, pasid);

	set_held(test, pasid, false);
	if (error)
		test_fail(test->run, "PASID %x cannot be given back: %s", pasid,
			  unit_failure(test->run->unit));
	return !error;
}

uint32_t vcmd_test_foreign_pasid(const struct vcmd_test *test)
{
	uint32_t pasid = test->vcmd.pasid_end - 1;

	while (vcmd_test_holds(test, pasid))
		pasid--;
	return pasid;
}

bool vcmd_test_expect(struct vcmd_test *test, uint8_t command, uint64_t operand,
		      enum vcmd_error wanted, const char *what)
{
	struct vcmd_response response;
	enum vcmd_error error = vcmd_run(&test->vcmd, command, operand, &response);

	if (error == wanted)
		return true;
	test_fail(test->run, "%s: %s (VCRSP reads %llx), should be: %s", what,
		  vcmd_error_name(error), (unsigned long long)response.raw,
		  vcmd_error_name(wanted));
	return false;
}
