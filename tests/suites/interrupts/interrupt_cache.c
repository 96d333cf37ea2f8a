/* SPDX-License-Identifier: MIT */
/*
 * The interrupt entry cache: an entry that was changed counts after the invalidation that names it.
 *
 * Moving an interrupt to another processor is nothing but a changed entry, and a device handed to another
 * guest goes on with the old one's as long as it is cached. A unit need not cache, and may forget more
 * than it is asked to: fresh after is required of all, stale before of our own model only, which caches
 * all it may.
 */
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/interrupt_test.h"
#include "tests/suites/caches/stale.h"
#include "tests/suites/suites.h"

#define CACHE_SPEC	"Interrupt Entry Cache"
#define INVALIDATE_SPEC "Interrupt Entry Cache Invalidate Descriptor"

/* The entries that the tests use; a mask of 3 bits names all but the last. */
enum { FIRST = 0x40, COUNT = 9 };

/* Stored as lawful as can be, and not invalidated. */
static void change_in_memory(struct test_run *run, unsigned int index, const struct irte *entry)
{
	struct interrupt_test *test = run->fixture;

	test->last = *entry;
	entry_store(test->table.entries[index].q, entry->q, 2, test->table.snooped);
}

static bool arrives_at(struct test_run *run, unsigned int index, unsigned int receiver,
		       const char *when)
{
	struct interrupt_test *test = run->fixture;
	const struct interrupt_due due = { .receiver = receiver };

	test->last = interrupt_test_entry(run, receiver);
	return interrupt_test_expect(run, interrupt_test_request((uint16_t)index), due, when);
}

/* All entries lead to receiver 0, and have been used so; then in memory they lead to receiver 1. */
static bool make_stale(struct test_run *run)
{
	const struct irte old = interrupt_test_entry(run, 0), new = interrupt_test_entry(run, 1);

	for (unsigned int i = FIRST; i < FIRST + COUNT; i++)
		if (!interrupt_test_publish(run, (uint16_t)i, &old) ||
		    !arrives_at(run, i, 0, "before"))
			return false;
	for (unsigned int i = FIRST; i < FIRST + COUNT; i++)
		change_in_memory(run, i, &new);
	for (unsigned int i = FIRST; stale_is_required(run) && i < FIRST + COUNT; i++)
		if (!arrives_at(run, i, 0, "in memory only"))
			return false;
	return true;
}

/* What empties the cache, and which entries must be fresh then. */
struct emptying {
	enum { BY_DESCRIPTOR, BY_SIRTP, BY_REMAPPING_OFF } by;
	struct interrupt_invalidation what;
	unsigned int first, count;
};

static enum status empty(struct test_run *run, const struct emptying *emptying)
{
	const struct interrupt_test *test = run->fixture;
	struct unit *unit = run->unit;
	enum status status;

	switch (emptying->by) {
	case BY_DESCRIPTOR:
		return invalidate_interrupts(unit, emptying->what);
	case BY_SIRTP:
		return unit_latch_irt(unit, phys_of(test->table.entries), test->table.s,
				      test->is_extended);
	default:
		status = unit_set_interrupt_remapping(unit, false);
		return status == STATUS_OK ? unit_set_interrupt_remapping(unit, true) : status;
	}
}

LINKED_RUN(run_emptied, struct emptying, emptying)
{
	if (emptying->what.mask > caps_max_handle_mask(&run->unit->caps)) {
		test_skip(run, "ECAP.MHMV of unit %u is below %u", run->unit->index,
			  emptying->what.mask);
		return;
	}
	if (!make_stale(run))
		return;
	REQUIRE_OK(run, empty(run, emptying));
	for (unsigned int i = FIRST; i < FIRST + COUNT; i++) {
		const bool is_named = i >= emptying->first && i - emptying->first < emptying->count;

		if (is_named && !arrives_at(run, i, 1, "named"))
			return;
		if (!is_named && stale_is_required(run) && !arrives_at(run, i, 0, "not named"))
			return;
	}
}

/* With CAP.CM an entry that was not present may be cached as such. */
static void run_absent(struct test_run *run)
{
	const struct irte good = interrupt_test_entry(run, 0);
	const struct interrupt_due absent = { .reason = FR_IR_22, .index = FIRST };

	if (!interrupt_test_expect(run, interrupt_test_request(FIRST), absent, "absent"))
		return;
	change_in_memory(run, FIRST, &good);
	if (!caps_has(&run->unit->caps, CAPABILITY_CM))
		arrives_at(run, FIRST, 0, "present, without an invalidation");
	if (interrupt_test_publish(run, FIRST, &good))
		arrives_at(run, FIRST, 0, "present");
}

/* From not present to present and back, each published, over and over: no step may be missed. */
static void run_published(struct test_run *run)
{
	const struct irte none = { { 0 } };
	const struct interrupt_due absent = { .reason = FR_IR_22, .index = FIRST };

	for (unsigned int round = 0; round < 4 && !run->has_failed; round++) {
		const struct irte entry = interrupt_test_entry(run, round & 1);

		if (interrupt_test_publish(run, FIRST, &entry) &&
		    arrives_at(run, FIRST, round & 1, "published") &&
		    interrupt_test_publish(run, FIRST, &none))
			interrupt_test_expect(run, interrupt_test_request(FIRST), absent, "taken");
	}
}

/* ---- all over a table as large as can be ---- */

static const uint16_t far[] = { 0x0013, 0x0093, 0x0113, 0x1013, 0x4013, 0x8013, 0xff93 };

enum { FAR_COUNT = sizeof(far) / sizeof(far[0]) };

/* It takes the place of the fixture's, and is the fixture's to free. */
static bool enlarge_table(struct test_run *run)
{
	struct interrupt_test *test = run->fixture;
	struct interrupt_table large, small = test->table;

	if (interrupt_table_create(&large, run->unit, 15) != STATUS_OK) {
		test_error(run, "no memory for a table of 65536 entries");
		return false;
	}
	if (!interrupt_test_load(run, &large, test->is_extended)) {
		interrupt_table_destroy(&large);
		return false;
	}
	test->table = large;
	interrupt_table_destroy(&small);
	return true;
}

static bool make_far_stale(struct test_run *run)
{
	const struct irte old = interrupt_test_entry(run, 0), new = interrupt_test_entry(run, 1);

	for (unsigned int i = 0; i < FAR_COUNT; i++)
		if (!interrupt_test_publish(run, far[i], &old) ||
		    !arrives_at(run, far[i], 0, "far, before"))
			return false;
	for (unsigned int i = 0; i < FAR_COUNT; i++)
		change_in_memory(run, far[i], &new);
	return true;
}

static bool is_far_as_named(struct test_run *run, const struct interrupt_invalidation *what)
{
	for (unsigned int i = 0; i < FAR_COUNT; i++) {
		const bool is_named =
			!what->is_selective || far[i] >> what->mask == what->index >> what->mask;

		if (is_named && !arrives_at(run, far[i], 1, "far, named"))
			return false;
		if (!is_named && stale_is_required(run) &&
		    !arrives_at(run, far[i], 0, "far, not named"))
			return false;
	}
	return true;
}

/* Each mask around each entry, and all at once. */
static void run_far(struct test_run *run)
{
	struct interrupt_invalidation what = { .is_selective = true };

	if (!enlarge_table(run))
		return;
	for (; what.mask <= caps_max_handle_mask(&run->unit->caps); what.mask++) {
		what.index = (uint16_t)(far[what.mask % FAR_COUNT] >> what.mask << what.mask);
		if (!make_far_stale(run))
			return;
		REQUIRE_OK(run, invalidate_interrupts(run->unit, what));
		if (!is_far_as_named(run, &what))
			return;
	}
	what = (struct interrupt_invalidation){ 0 };
	if (!make_far_stale(run))
		return;
	REQUIRE_OK(run, invalidate_interrupts(run->unit, what));
	is_far_as_named(run, &what);
}

#define ONE_OF(at, im)                                                      \
	{                                                                   \
		.is_selective = true, .index = (uint16_t)(at), .mask = (im) \
	}

static const struct test tests[] = {
	IR_TEST("cache-global", "a global invalidation names all entries", INVALIDATE_SPEC,
		LINKED(run_emptied, .first = FIRST, .count = COUNT)),
	IR_TEST("cache-index", "an index names one", INVALIDATE_SPEC,
		LINKED(run_emptied, .what = ONE_OF(FIRST + 3, 0), .first = FIRST + 3, .count = 1)),
	IR_TEST("cache-mask-1", "a mask of one bit names two", INVALIDATE_SPEC,
		LINKED(run_emptied, .what = ONE_OF(FIRST + 2, 1), .first = FIRST + 2, .count = 2)),
	IR_TEST("cache-mask-3", "a mask of three bits names eight", INVALIDATE_SPEC,
		LINKED(run_emptied, .what = ONE_OF(FIRST, 3), .first = FIRST, .count = 8)),
	IR_TEST("cache-far", "every mask, and the global one, all over a table of 65536 entries",
		INVALIDATE_SPEC, run_far),
	IR_TEST("cache-absent", "an entry that was not present is seen once it is published",
		CACHE_SPEC, run_absent),
	IR_TEST("cache-published", "each entry that is published counts at once", CACHE_SPEC,
		run_published),
	IR_TEST_ON(NEED(ESIRTPS), "sirtp-forgets", "with ESIRTPS, SIRTP empties the cache",
		   "Set Interrupt Remapping Table Pointer Operation",
		   LINKED(run_emptied, .by = BY_SIRTP, .first = FIRST, .count = COUNT)),
	IR_TEST_ON(NEED(ESIRTPS), "off-forgets", "and so does turning remapping off",
		   "Global Command Register",
		   LINKED(run_emptied, .by = BY_REMAPPING_OFF, .first = FIRST, .count = COUNT)),
};

const struct suite suite_interrupt_cache = SUITE("interrupt cache", tests);
