/* SPDX-License-Identifier: MIT */
/*
 * Requests for interrupts: which entry of the table a request names, and which requests are let through.
 *
 * A device writes a DWORD to FEEx_xxxxh; with remapping on, address and data are no longer vector and
 * processor but an index. A unit that adds it up wrongly lets one device take another one's interrupts;
 * one that lets the old format pass lets any device raise any vector, which is what remapping is there
 * to prevent. What arrives is seen by handlers on this processor; of a modelled unit the message itself
 * is looked at.
 */
#include "arch/apic.h"
#include "arch/page.h"
#include "iommu/structures/entry.h"
#include "tests/engine/platform.h"
#include "tests/scenes/interrupt_test.h"
#include "tests/suites/suites.h"

#define REQUEST_SPEC   "Interrupt Requests in Remappable Format"
#define OPERATION_SPEC "Interrupt-Remapping Hardware Operation"
#define TABLE_SPEC     "Interrupt Remapping Table"
#define FAULT_SPEC     "Interrupt Remapping Fault Conditions"

enum { INDEX = INTERRUPT_TEST_INDEX, LAST_INDEX = (2 << INTERRUPT_TEST_S) - 1 };

/* A request in some form, and what is due. Its good twin, the plain one, arrives before. */
struct request {
	uint16_t handle;
	bool has_subhandle;
	uint16_t subhandle;
	uint32_t data; /* or'ed in */
	struct interrupt_due due;
};

LINKED_RUN(run_request, struct request, request)
{
	const struct interrupt_due plain = { 0 };
	struct interrupt_message message =
		interrupt_message(request->handle, request->has_subhandle, request->subhandle);

	message.data |= request->data;
	if (interrupt_test_expect(run, interrupt_test_request(INDEX), plain, "plain"))
		interrupt_test_expect(run, message, request->due, NULL);
}

/* As a DMA write, which is how a device makes its message: 4 bytes are an interrupt, 8 are not. */
static void run_malformed(struct test_run *run)
{
	const struct interrupt_due good = { .is_dma = true };
	const struct interrupt_due bad = { .is_dma = true, .is_8_bytes = true, .reason = FR_IR_29 };

	if (interrupt_test_expect(run, interrupt_test_request(INDEX), good, "4 bytes"))
		interrupt_test_expect(run, interrupt_test_request(INDEX), bad, "8 bytes");
}

/* Each bit of the data's upper half alone: reserved beside a subhandle, ignored without one. */
static void run_upper_data(struct test_run *run)
{
	const bool has_subhandle = run->test->arg;
	const struct interrupt_due due = { .reason = has_subhandle ? FR_IR_20 : 0 };
	struct interrupt_message message = interrupt_message(INDEX, has_subhandle, 0);

	for (unsigned int bit = 16; bit < 32; bit++) {
		message.data = 1u << bit;
		if (!interrupt_test_expect(run, message, due, "upper half of the data"))
			return;
	}
}

/* ---- the table ---- */

/* A table as large as can be, in the place of the fixture's. Freed by the caller. */
static bool open_large(struct test_run *run, struct interrupt_table *table)
{
	struct interrupt_test *test = run->fixture;

	if (interrupt_table_create(table, run->unit, 15) != STATUS_OK) {
		test_error(run, "no memory for a table of 65536 entries");
		return false;
	}
	if (interrupt_test_load(run, table, test->is_extended))
		return true;
	interrupt_table_destroy(table);
	return false;
}

/* Back to the table of the fixture, so that the other one can go. */
static void close_large(struct test_run *run, struct interrupt_table *table)
{
	struct interrupt_test *test = run->fixture;

	if (interrupt_test_load(run, &test->table, test->is_extended))
		interrupt_table_destroy(table);
}

/* Entry `index` alone is present: its request arrives, that of its neighbour names the neighbour. */
static bool only_one_arrives(struct test_run *run, struct interrupt_table *table, uint16_t index)
{
	const struct irte good = interrupt_test_entry(run, 0), none = { { 0 } };
	const uint16_t other = index ^ 1;
	const struct interrupt_due here = { 0 };
	const struct interrupt_due absent = { .reason = FR_IR_22, .index = other };

	return publish_interrupt(run->unit, table, index, &good) == STATUS_OK &&
	       interrupt_test_expect(run, interrupt_test_request(index), here, "present") &&
	       interrupt_test_expect(run, interrupt_message(0, true, index), here,
				     "by its subhandle") &&
	       interrupt_test_expect(run, interrupt_test_request(other), absent, "neighbour") &&
	       publish_interrupt(run->unit, table, index, &none) == STATUS_OK;
}

static void run_index_bits(struct test_run *run)
{
	struct interrupt_table table;

	if (!open_large(run, &table))
		return;
	for (unsigned int bit = 0; bit < 16; bit++)
		if (!only_one_arrives(run, &table, (uint16_t)(1u << bit)))
			break;
	if (!run->has_failed && only_one_arrives(run, &table, 0))
		only_one_arrives(run, &table, UINT16_MAX);
	close_large(run, &table);
}

/* The last entry of a table of this size, and the first one behind it. */
static bool expect_size(struct test_run *run, struct interrupt_table *table, unsigned int s)
{
	const struct interrupt_test *test = run->fixture;
	const struct irte good = interrupt_test_entry(run, 0);
	const uint32_t end = 2u << s;
	const struct interrupt_due here = { 0 };
	const struct interrupt_due beyond = { .reason = FR_IR_21, .index = (uint16_t)end };

	table->s = s;
	if (publish_interrupt(run->unit, table, (uint16_t)(end - 1), &good) != STATUS_OK ||
	    (s < 15 && publish_interrupt(run->unit, table, (uint16_t)end, &good) != STATUS_OK) ||
	    !interrupt_test_load(run, table, test->is_extended))
		return false;
	return interrupt_test_expect(run, interrupt_test_request((uint16_t)(end - 1)), here,
				     "last") &&
	       (s == 15 || interrupt_test_expect(run, interrupt_test_request((uint16_t)end), beyond,
						 "behind the last"));
}

static void run_sizes(struct test_run *run)
{
	struct interrupt_table table;

	if (!open_large(run, &table))
		return;
	for (unsigned int s = 0; s <= 15; s++)
		if (!expect_size(run, &table, s))
			break;
	table.s = 15; /* as it was allocated */
	close_large(run, &table);
}

/* SRTP, with translation off: the command for the other pointer. */
static void latch_root(struct test_run *run)
{
	const uint64_t rtaddr = unit_read64(run->unit, REG_RTADDR);
	const phys_t root = phys(rtaddr & FIELD_MASK(RTADDR_RTA));

	if (unit_latch_root(run->unit, root, TTM_LEGACY) != STATUS_OK)
		test_fail(run, "cannot latch the root: %s", unit_failure(run->unit));
}

/* IRTA alone changes nothing, nor does SRTP: address and size count when SIRTP latches them. */
static void run_latch(struct test_run *run)
{
	struct interrupt_test *test = run->fixture;
	const struct interrupt_due here = { 0 }, there = { .receiver = 1 };
	struct interrupt_table other;
	struct irte entry = interrupt_test_entry(run, 1);

	if (interrupt_table_create(&other, run->unit, 0) != STATUS_OK) {
		test_error(run, "no memory for a second table");
		return;
	}
	entry_store(other.entries[0].q, entry.q, 2, other.snooped);
	entry = interrupt_test_entry(run, 0);
	if (interrupt_test_publish(run, 0, &entry)) {
		unit_write64(run->unit, REG_IRTA, phys_of(other.entries).value);
		interrupt_test_expect(run, interrupt_test_request(INDEX), here, "IRTA written");
		interrupt_test_expect(run, interrupt_test_request(0), here, "IRTA written");
		latch_root(run);
		interrupt_test_expect(run, interrupt_test_request(INDEX), here, "after SRTP");
		interrupt_test_expect(run, interrupt_test_request(0), here, "after SRTP");
		test->last = other.entries[0];
		if (interrupt_test_load(run, &other, test->is_extended))
			interrupt_test_expect(run, interrupt_test_request(0), there, "latched");
	}
	if (interrupt_test_load(run, &test->table, test->is_extended))
		interrupt_table_destroy(&other);
}

/* A table where no memory is, or that reaches beyond the host address width. */
struct table_place {
	bool is_at_limit; /* its first page is the last below the host address width */
	uint16_t index;
	uint8_t reason;
};

LINKED_RUN(run_unreachable, struct table_place, where)
{
	struct interrupt_test *test = run->fixture;
	const uint64_t limit = UINT64_C(1) << platform.dmar.host_address_bits;
	const uint64_t base = limit - (where->is_at_limit ? 1 : 64) * (uint64_t)PAGE_BYTES;
	const struct interrupt_table nowhere = {
		.entries = (void *)(uintptr_t)base,
		.s = where->is_at_limit ? 15 : INTERRUPT_TEST_S,
	};
	const struct interrupt_due due = { .reason = where->reason, .index = where->index };

	if (interrupt_test_load(run, &nowhere, test->is_extended))
		interrupt_test_expect(run, interrupt_test_request(where->index), due, NULL);
	interrupt_test_load(run, &test->table, test->is_extended);
}

/* ---- the old format ---- */

/* Straight to receiver 1, as if remapping were not there. */
static struct interrupt_message compatible(const struct test_run *run)
{
	const struct interrupt_test *test = run->fixture;

	return (struct interrupt_message){
		.address = apic_msi_address(),
		.data = apic_msi_data(test->vector[1]),
	};
}

enum old_format { CFI_CLEAR, CFI_SET, EIME_SET, REMAPPING_OFF, REQUIRED };

/* Sets what the test is about; false after test_fail() or test_skip(). */
static bool arrange(struct test_run *run, enum old_format how)
{
	const struct interrupt_test *test = run->fixture;
	struct unit *unit = run->unit;
	enum status status = STATUS_OK;

	if (how == EIME_SET && !test->is_extended && unit->source == UNIT_REAL) {
		test_skip(run, "extended mode is for processors with an x2APIC");
		return false;
	}
	if (how == REMAPPING_OFF || how == REQUIRED || how == EIME_SET)
		status = unit_set_interrupt_remapping(unit, false);
	if (status == STATUS_OK && how == EIME_SET && !interrupt_test_load(run, &test->table, true))
		return false;
	if (status == STATUS_OK && how == EIME_SET)
		status = unit_set_interrupt_remapping(unit, true);
	if (status != STATUS_OK) {
		test_fail(run, "cannot turn remapping off and on: %s", unit_failure(unit));
	} else if (how == CFI_SET || how == EIME_SET) {
		status = unit_set_compatibility_interrupts(unit, true);
		if (status != STATUS_OK)
			test_fail(run, "GSTS.CFIS does not follow");
	}
	return status == STATUS_OK;
}

static void run_old_format(struct test_run *run)
{
	const struct interrupt_test *test = run->fixture;
	const enum old_format how = run->test->arg;
	const bool passes = how == REMAPPING_OFF || (how == CFI_SET && !test->is_extended);
	const struct interrupt_due due = {
		.receiver = 1,
		.reason = passes	    ? 0
			  : how == REQUIRED ? FR_IR_2B
					    : FR_IR_25,
		.is_compatible = true,
	};

	if (apic_id() > 0xff)
		test_skip(run, "the old format names processors up to 255");
	else if (arrange(run, how))
		interrupt_test_expect(run, compatible(run), due, NULL);
}

/*
 * A request that both formats understand: to us by its destination and data, to receiver 1; and by the index that the
 * destination makes, through an entry, to receiver 0. So it tells whether the table is used, where the old format always passes.
 */
static void run_table_unused(struct test_run *run)
{
	const struct interrupt_test *test = run->fixture;
	const struct interrupt_due through = { 0 };
	const struct interrupt_due past = { .receiver = 1, .is_compatible = true };
	const struct interrupt_message message = interrupt_both_formats(test->vector[1]);
	const uint16_t index = interrupt_index_of(message);
	const struct irte good = interrupt_test_entry(run, 0), none = { { 0 } };

	if (index >= 2u << test->table.s) {
		test_skip(run, "the APIC id names no entry of a small table");
		return;
	}
	if (!interrupt_test_publish(run, index, &good) ||
	    !interrupt_test_expect(run, message, through, "remapping on"))
		return;
	REQUIRE_OK(run, unit_set_interrupt_remapping(run->unit, false));
	interrupt_test_expect(run, message, past, "remapping off");
	if (interrupt_test_publish(run, index, &none))
		interrupt_test_expect(run, message, past, "remapping off, the entry absent");
	if (!interrupt_test_publish(run, index, &good))
		return;
	REQUIRE_OK(run, unit_set_interrupt_remapping(run->unit, true));
	interrupt_test_expect(run, message, through, "remapping on again");
}

/* A unit that requires extended mode blocks both formats without it. */
static void run_extended_required(struct test_run *run)
{
	struct interrupt_test *test = run->fixture;
	const struct interrupt_due due = { .receiver = 1, .reason = FR_IR_2A };

	if (unit_set_interrupt_remapping(run->unit, false) != STATUS_OK ||
	    !interrupt_test_load(run, &test->table, false) ||
	    unit_set_interrupt_remapping(run->unit, true) != STATUS_OK) {
		test_fail(run, "cannot arrange it: %s", unit_failure(run->unit));
		return;
	}
	interrupt_test_expect(run, interrupt_test_request(INDEX), due, "remappable");
	interrupt_test_expect(run, compatible(run), due, "compatible");
}

/* Interrupts are no DMA: an empty root table blocks none of them. */
static void run_with_translation(struct test_run *run)
{
	const struct interrupt_due here = { 0 };

	REQUIRE_OK(run, unit_set_translation(run->unit, true));
	interrupt_test_expect(run, interrupt_test_request(INDEX), here, "TE on");
	REQUIRE_OK(run, unit_set_translation(run->unit, false));
	interrupt_test_expect(run, interrupt_test_request(INDEX), here, "TE off again");
}

#define REQUEST(name, what, ...) IR_TEST(name, what, REQUEST_SPEC, LINKED(run_request, __VA_ARGS__))
#define BLOCKED(code, at)                       \
	{                                       \
		.reason = (code), .index = (at) \
	}

static const struct test tests[] = {
	REQUEST("request", "a request arrives as its entry says", .handle = INDEX),
	REQUEST("subhandle", "handle and subhandle add up", .handle = INDEX - 5,
		.has_subhandle = true, .subhandle = 5),
	REQUEST("subhandle-only", "all of the index may be in the subhandle", .handle = 0,
		.has_subhandle = true, .subhandle = INDEX),
	REQUEST("subhandle-ignored", "without SHV the data is not looked at", .handle = INDEX,
		.data = 5),
	REQUEST("subhandle-counts", "with SHV it is", .handle = INDEX, .has_subhandle = true,
		.subhandle = 5, .due = BLOCKED(FR_IR_22, INDEX + 5)),
	REQUEST("subhandle-beyond", "the sum is held against the size of the table",
		.handle = LAST_INDEX - 1, .has_subhandle = true, .subhandle = 2,
		.due = BLOCKED(FR_IR_21, LAST_INDEX + 1)),
	REQUEST("index-beyond", "QEMU 3c507c26ec: an index behind the table is blocked",
		.handle = LAST_INDEX + 1, .due = BLOCKED(FR_IR_21, LAST_INDEX + 1)),
	REQUEST("index-highest", "index FFFFh of a small table, too", .handle = UINT16_MAX,
		.due = BLOCKED(FR_IR_21, UINT16_MAX)),
	IR_TEST("data-reserved", "31:16 of the data are reserved with SHV", REQUEST_SPEC,
		run_upper_data, .arg = true),
	IR_TEST("data-ignored", "and ignored without it", REQUEST_SPEC, run_upper_data),
	IR_TEST("malformed", "a write of 8 bytes is no interrupt", FAULT_SPEC, run_malformed),
	IR_TEST("index-bits", "each bit of handle and subhandle counts, bit 15 (address bit 2) too",
		TABLE_SPEC, run_index_bits),
	IR_TEST("table-sizes", "IRTA.S says how many entries there are, 2 to 65536", TABLE_SPEC,
		run_sizes),
	IR_TEST("table-latched", "IRTA counts when SIRTP latches it",
		"Interrupt Remapping Table Address Register", run_latch),
	IR_TEST("table-unreachable", "a table where no memory is", FAULT_SPEC,
		LINKED(run_unreachable, .index = INDEX, .reason = FR_IR_23),
		.flags = TEST_MISSING_MEMORY),
	IR_TEST("table-above-host", "an entry above the host address width", FAULT_SPEC,
		LINKED(run_unreachable, .is_at_limit = true, .index = 0x100, .reason = FR_IR_21),
		.flags = TEST_MISSING_MEMORY),
	IR_TEST("old-format-blocked", "the old format is blocked while CFI is clear",
		OPERATION_SPEC, run_old_format, .arg = CFI_CLEAR),
	IR_TEST("old-format-allowed", "and passes while it is set", OPERATION_SPEC, run_old_format,
		.arg = CFI_SET),
	IR_TEST_ON(NEED(EIM), "old-format-extended",
		   "in extended mode it is blocked whatever CFI says", OPERATION_SPEC,
		   run_old_format, .arg = EIME_SET),
	{
		.id = "ir.off-passes",
		.title = "with remapping off it passes",
		.spec = OPERATION_SPEC,
		.needs = NEED(IR) | NEED(QI),
		.needs_absent = NEED(IRREQ),
		.agent_features = AGENT_INTERRUPT,
		.fixture = &interrupt_test_fixture,
		.run = run_old_format,
		.arg = REMAPPING_OFF,
	},
	{
		.id = "ir.off-table-unused",
		.title =
			"with remapping off no request goes through the table, whatever its format",
		.spec = OPERATION_SPEC,
		.needs = NEED(IR) | NEED(QI),
		.needs_absent = NEED(IRREQ),
		.agent_features = AGENT_INTERRUPT,
		.fixture = &interrupt_test_fixture,
		.run = run_table_unused,
	},
	IR_TEST_ON(NEED(IRREQ), "off-required", "unless the unit requires remapping",
		   OPERATION_SPEC, run_old_format, .arg = REQUIRED),
	IR_TEST_ON(NEED(EIMER), "extended-required",
		   "a unit that requires extended mode blocks everything without it",
		   OPERATION_SPEC, run_extended_required),
	IR_TEST("with-translation", "an empty root table blocks no interrupt", OPERATION_SPEC,
		run_with_translation),
};

const struct suite suite_remapping = SUITE("remapping", tests);
