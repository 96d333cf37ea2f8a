/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of an I/O APIC's pins. Its redirection entry holds the index, and the request has the
 * source-id that the DMAR table names. So pins can be kept apart from devices: a device that could
 * take a pin's entry, or the other way around, would raise the other one's interrupts.
 */
#include "arch/apic.h"
#include "arch/trap.h"
#include "iommu/structures/entry.h"
#include "tests/engine/platform.h"
#include "tests/scenes/agents/pin.h"
#include "tests/scenes/interrupt_test.h"
#include "tests/suites/suites.h"

#define PIN_SPEC "I/OxAPIC Programming"

enum { INDEX = INTERRUPT_TEST_INDEX };

static struct agent agent;
static uint8_t trial_vector;

/* ---- the fixture: that of the requests, with the pin in the agent's place ---- */

static void *open_pin(struct test_run *run)
{
	struct interrupt_test *test;
	const char *obstacle;

	trial_vector = trap_vector_alloc();
	obstacle = trial_vector ? pin_take(&agent, run->unit, &platform.dmar, trial_vector)
				: "no vector is left";
	trap_vector_free(trial_vector);
	if (obstacle) {
		test_skip(run, "%s", obstacle);
		return NULL;
	}
	run->agent = &agent;
	test = interrupt_test_fixture.open(run);
	if (!test) {
		pin_release();
		return NULL;
	}
	test->on_arrival = pin_lower;
	pin_set(test->vector[0], false);
	return test;
}

static void close_pin(struct test_run *run)
{
	pin_release();
	interrupt_test_fixture.close(run);
}

static const struct fixture pin_fixture = { open_pin, close_pin };

/* ---- the tests ---- */

static bool good_arrives(struct test_run *run)
{
	const struct interrupt_due here = { 0 };
	const struct irte good = interrupt_test_entry(run, 0);

	return interrupt_test_publish(run, INDEX, &good) &&
	       interrupt_test_expect(run, interrupt_test_request(INDEX), here, "a good entry");
}

static void run_request(struct test_run *run)
{
	good_arrives(run);
}

/* The entry's vector counts, not the redirection entry's, which is another one here. */
static void run_vector(struct test_run *run)
{
	const struct interrupt_due there = { .receiver = 1 };
	const struct irte entry = interrupt_test_entry(run, 1);

	if (good_arrives(run) && interrupt_test_publish(run, INDEX, &entry))
		interrupt_test_expect(run, interrupt_test_request(INDEX), there, "another vector");
}

/* Twice: the end of the first interrupt must have reached the pin, or there is no second. */
static void run_level(struct test_run *run)
{
	const struct interrupt_test *test = run->fixture;
	const struct interrupt_due here = { .is_level = true };
	struct irte entry = interrupt_test_entry(run, 0);

	field_set(entry.q, IRTE_TM, 1);
	pin_set(test->vector[0], true);
	if (interrupt_test_publish(run, INDEX, &entry) &&
	    interrupt_test_expect(run, interrupt_test_request(INDEX), here, "level"))
		interrupt_test_expect(run, interrupt_test_request(INDEX), here, "level again");
}

/* One bit of a good entry turned over. */
struct change {
	struct field field;
	uint8_t reason;
};

LINKED_RUN(run_change, struct change, change)
{
	const struct interrupt_due due = { .reason = change->reason, .index = INDEX };
	struct irte entry = interrupt_test_entry(run, 0);

	if (!good_arrives(run))
		return;
	bits_write(entry.q, change->field, bits_read(entry.q, change->field) ^ 1);
	if (interrupt_test_publish(run, INDEX, &entry))
		interrupt_test_expect(run, interrupt_test_request(INDEX), due, NULL);
}

/* The highest index has all bits set, one of them in another place of the redirection entry. */
static void run_index(struct test_run *run)
{
	const struct interrupt_due here = { 0 };
	const struct interrupt_due beyond = { .reason = FR_IR_21, .index = INDEX | 1u << 15 };

	if (good_arrives(run) &&
	    interrupt_test_expect(run, interrupt_test_request(INDEX | 1u << 15), beyond, "bit 15"))
		interrupt_test_expect(run, interrupt_test_request(INDEX), here, "and without");
}

/* Without remapping it arrived: pin_take() saw it. */
static void run_old_format(struct test_run *run)
{
	const struct interrupt_test *test = run->fixture;
	const struct interrupt_message message = { apic_msi_address(),
						   apic_msi_data(test->vector[1]) };
	const struct interrupt_due due = { .receiver = 1, .reason = FR_IR_25 };

	if (good_arrives(run))
		interrupt_test_expect(run, message, due, NULL);
}

#define PIN_TEST(name, what, ...)                                          \
	{                                                                  \
		.id = "ir.pin-" name, .title = (what), .spec = PIN_SPEC,   \
		.flags = TEST_WITHOUT_AGENT, .needs = NEED(IR) | NEED(QI), \
		.fixture = &pin_fixture, .run = __VA_ARGS__                \
	}

static const struct test tests[] = {
	PIN_TEST("request", "a pin's interrupt arrives as its entry says", run_request),
	PIN_TEST("vector", "the vector is the entry's, not the I/O APIC's", run_vector),
	PIN_TEST("level", "a level is delivered as one, and again after its end", run_level),
	PIN_TEST("absent", "an entry with P=0 blocks it", LINKED(run_change, { IRTE_P }, FR_IR_22)),
	PIN_TEST("source", "an entry for another source-id blocks it",
		 LINKED(run_change, { IRTE_SID }, FR_IR_26)),
	PIN_TEST("reserved", "a reserved bit of the entry blocks it",
		 LINKED(run_change, { 12, 12 }, FR_IR_24)),
	PIN_TEST("index", "bit 15 of the index, which stands apart, counts", run_index),
	PIN_TEST("old-format", "the old format is blocked", run_old_format),
};

const struct suite suite_interrupt_pins = SUITE("interrupt pins", tests);
