/* SPDX-License-Identifier: MIT */
/*
 * The fields of an interrupt remapping entry. Each test publishes a good entry, sees its interrupt arrive,
 * changes one or two fields, and compares what comes: the interrupt as the entry says, or a fault with
 * the source-id and the index. An entry that is not present is nothing else.
 */
#include "arch/apic.h"
#include "arch/print.h"
#include "arch/processor.h"
#include "arch/string.h"
#include "arch/trap.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/interrupt_test.h"
#include "tests/suites/suites.h"

#define ENTRY_SPEC "Interrupt Remapping Table Entry (IRTE) for Remapped Interrupts"
#define FAULT_SPEC "Interrupt Remapping Fault Conditions"

enum { INDEX = INTERRUPT_TEST_INDEX, CHANGES_MAX = 3, NMI_VECTOR = 2 };

static const struct interrupt_due here;

static bool good_arrives(struct test_run *run)
{
	const struct irte good = interrupt_test_entry(run, 0);

	return interrupt_test_publish(run, INDEX, &good) &&
	       interrupt_test_expect(run, interrupt_test_request(INDEX), here, "a good entry");
}

/* Publishes the entry and compares; faults name its index. */
static bool expect(struct test_run *run, const struct irte *entry, struct interrupt_due due,
		   const char *label)
{
	due.index = INDEX;
	return interrupt_test_publish(run, INDEX, entry) &&
	       interrupt_test_expect(run, interrupt_test_request(INDEX), due, label);
}

/* Bits turned over in the fields of a good entry. */
struct changes {
	struct {
		struct field field;
		uint64_t toggle;
	} change[CHANGES_MAX];
	struct interrupt_due due;
};

static void toggle(struct irte *entry, struct field field, uint64_t bits)
{
	bits_write(entry->q, field, bits_read(entry->q, field) ^ bits);
}

LINKED_RUN(run_changes, struct changes, changes)
{
	struct irte entry = interrupt_test_entry(run, 0);

	if (!good_arrives(run))
		return;
	for (unsigned int i = 0; i < CHANGES_MAX; i++)
		if (changes->change[i].toggle)
			toggle(&entry, changes->change[i].field, changes->change[i].toggle);
	expect(run, &entry, changes->due, NULL);
}

/* ---- sweeps ---- */

/* Adds the bit to the list of its complaint; prints and begins anew when that changes. */
struct sweep {
	uint64_t bits[2];
	char words[48]; /* their complaint */
};

static void flush(struct test_run *run, struct sweep *sweep)
{
	char text[120];

	bit_ranges_format(text, sizeof(text), sweep->bits, 2);
	if (text[0])
		test_fail(run, "bits %s: %s", text, sweep->words);
	memset(sweep->bits, 0, sizeof(sweep->bits));
}

static void try_bit(struct test_run *run, struct sweep *sweep, struct irte entry, unsigned int bit,
		    struct interrupt_due due)
{
	const char *wrong;

	due.index = INDEX;
	entry.q[bit / 64] ^= UINT64_C(1) << bit % 64;
	if (!interrupt_test_publish(run, INDEX, &entry))
		return;
	wrong = interrupt_test_differs(run, interrupt_test_request(INDEX), due);
	if (!wrong)
		return;
	if (strcmp(wrong, sweep->words) != 0)
		flush(run, sweep);
	print_to(sweep->words, sizeof(sweep->words), "%s", wrong);
	sweep->bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* Reserved ones, without the field IM of a unit that has posted interrupts. */
static bool is_reserved(const struct test_run *run, unsigned int bit)
{
	const struct interrupt_test *test = run->fixture;

	if (bit == FIELD_LOW_BIT(IRTE_IM))
		return !caps_has(&run->unit->caps, CAPABILITY_PI);
	if (bit >= 32 && bit < 64)
		return !test->is_extended && (bit < FIELD_LOW_BIT(IRTE_DST_XAPIC) ||
					      bit >= FIELD_LOW_BIT(IRTE_DST_XAPIC) + 8);
	return (bit >= 12 && bit < 16) || (bit >= 24 && bit < 32) || bit >= 84;
}

static void run_reserved(struct test_run *run)
{
	const struct interrupt_due due = { .reason = FR_IR_24 };
	struct sweep sweep = { 0 };

	if (!good_arrives(run))
		return;
	for (unsigned int bit = 0; bit < 128; bit++)
		if (is_reserved(run, bit))
			try_bit(run, &sweep, interrupt_test_entry(run, 0), bit, due);
	flush(run, &sweep);
}

static void run_available(struct test_run *run)
{
	struct sweep sweep = { 0 };

	if (!good_arrives(run))
		return;
	for (unsigned int bit = FIELD_LOW_BIT(IRTE_AVAIL); bit < 12; bit++)
		try_bit(run, &sweep, interrupt_test_entry(run, 0), bit, here);
	flush(run, &sweep);
}

/* SQ leaves out function bits: 2; 2 and 1; 2 to 0. Every other bit of SID counts. */
static void run_source_bits(struct test_run *run)
{
	static const uint16_t left_out[] = { 0, 4, 6, 7 };
	const struct interrupt_due other = { .reason = FR_IR_26 };
	struct irte entry = interrupt_test_entry(run, 0);
	struct sweep sweep = { 0 };

	field_set(entry.q, IRTE_SQ, run->test->arg);
	if (!good_arrives(run) || !expect(run, &entry, here, "the agent's own SID"))
		return;
	for (unsigned int bit = 0; bit < 16; bit++)
		try_bit(run, &sweep, entry, FIELD_LOW_BIT(IRTE_SID) + bit,
			left_out[run->test->arg] >> bit & 1 ? here : other);
	flush(run, &sweep);
}

/* SVT 10b: a range of buses, from SID 15:8 to SID 7:0. */
static void run_source_buses(struct test_run *run)
{
	const unsigned int bus = run->agent->sid >> 8;
	const struct {
		unsigned int first, last;
		const char *label;
	} ranges[] = {
		{ bus, bus, "its bus alone" },	      { 0, 255, "all buses" },
		{ bus, 255, "from its bus on" },      { 0, bus, "up to its bus" },
		{ bus + 1, 255, "from the next on" }, { 0, bus - 1, "up to the one before" },
	};

	if (!good_arrives(run))
		return;
	for (unsigned int i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const bool is_in = ranges[i].first <= bus && bus <= ranges[i].last;
		const struct interrupt_due due = { .reason = is_in ? 0 : FR_IR_26 };
		struct irte entry = interrupt_test_entry(run, 0);

		if (ranges[i].first > 255 || ranges[i].last > 255)
			continue;
		field_set(entry.q, IRTE_SVT, SVT_BUS);
		field_set(entry.q, IRTE_SID, ranges[i].first << 8 | ranges[i].last);
		expect(run, &entry, due, ranges[i].label);
	}
}

/* ---- what the processor sees ---- */

static volatile unsigned int taken_vector;

static void take_vector(void *argument)
{
	taken_vector = (unsigned int)(uintptr_t)argument;
}

/* Through every vector that is free here. */
static void run_vectors(struct test_run *run)
{
	const struct interrupt_due elsewhere = { .is_elsewhere = true };
	struct irte entry = interrupt_test_entry(run, 0);
	uint8_t vector;

	if (!good_arrives(run))
		return;
	while (!run->has_failed && (vector = trap_vector_alloc())) {
		trap_set_interrupt_handler(vector, take_vector, (void *)(uintptr_t)vector);
		field_set(entry.q, IRTE_V, vector);
		taken_vector = 0;
		if (expect(run, &entry, elsewhere, "another vector") && taken_vector != vector)
			test_fail(run, "it does not arrive by the vector of the entry");
	}
	trap_vector_free_all();
}

/* The highest bit, from there on, that makes nobody's id of this processor's; 0 if there is none. All ones of 8 bits are everybody. */
static uint32_t nobodys_bit(uint32_t bit)
{
	while (bit && (processor_is_other(apic_id() ^ bit) || (apic_id() ^ bit) == 0xff))
		bit >>= 1;
	return bit;
}

static void run_destination(struct test_run *run)
{
	const struct interrupt_test *test = run->fixture;
	const struct interrupt_due nobody = { .is_elsewhere = true };
	const uint32_t bit = nobodys_bit(test->is_extended ? 1u << 30 : 0x80);
	struct irte entry = interrupt_test_entry(run, 0);

	if (!bit) {
		test_skip(run, "ACPI lists processors with every destination that could be tried");
		return;
	}
	toggle(&entry, test->is_extended ? FIELD(IRTE_DST) : FIELD(IRTE_DST_XAPIC), bit);
	if (good_arrives(run))
		expect(run, &entry, nobody, NULL);
}

/* Logical mode: by the id of this processor, and by none at all, which nobody has, however they are set. */
static void run_logical(struct test_run *run)
{
	const struct interrupt_test *test = run->fixture;
	const struct interrupt_due nobody = { .is_elsewhere = true };
	struct irte entry = interrupt_test_entry(run, 0);
	const struct field destination =
		test->is_extended ? FIELD(IRTE_DST) : FIELD(IRTE_DST_XAPIC);

	if (!good_arrives(run))
		return;
	field_set(entry.q, IRTE_DM, 1);
	bits_write(entry.q, destination, apic_logical_id());
	expect(run, &entry, here, "its logical id");
	bits_write(entry.q, destination, 0);
	expect(run, &entry, nobody, "no logical id");
}

static void send_under_guard(void *argument)
{
	struct test_run *run = argument;
	const struct interrupt_due elsewhere = { .is_elsewhere = true };

	interrupt_test_expect(run, interrupt_test_request(INDEX), elsewhere, "NMI");
}

/* An NMI ends in the guard; the other modes would stop or reset a processor, so they go to the model. */
static void run_modes(struct test_run *run)
{
	static const unsigned int others[] = { DLM_SMI, DLM_INIT, DLM_EXTINT };
	const struct interrupt_due elsewhere = { .is_elsewhere = true };
	struct irte entry = interrupt_test_entry(run, 0);
	struct trap_report report;

	if (run->agent->is_by_hand) {
		test_skip(run, "nothing but plain interrupts of unit %u comes here",
			  run->unit->index);
		return;
	}
	if (!good_arrives(run))
		return;
	field_set(entry.q, IRTE_DLM, DLM_NMI);
	if (interrupt_test_publish(run, INDEX, &entry) &&
	    trap_guard(send_under_guard, run, 0, &report) && run->unit->source == UNIT_REAL)
		test_fail(run, "no NMI comes");
	for (unsigned int i = 0; run->unit->source == UNIT_MODEL && i < 3; i++) {
		field_set(entry.q, IRTE_DLM, others[i]);
		expect(run, &entry, elsewhere, "SMI, INIT, ExtINT");
	}
}

#define IR_ENTRY(name, what, ...) IR_TEST(name, what, ENTRY_SPEC, LINKED(run_changes, __VA_ARGS__))

static const struct test tests[] = {
	IR_ENTRY("absent", "an entry with P=0 blocks the request", .change = { { { IRTE_P }, 1 } },
		 .due.reason = FR_IR_22),
	IR_ENTRY("absent-silent", "FPD keeps that from being recorded",
		 .change = { { { IRTE_P }, 1 }, { { IRTE_FPD }, 1 } }, .due.is_unrecorded = true),
	IR_ENTRY("silent-present", "FPD does nothing else", .change = { { { IRTE_FPD }, 1 } }),
	IR_ENTRY("absent-first", "not present goes before wrong source and reserved",
		 .change = { { { IRTE_P }, 1 }, { { IRTE_SID }, 1 }, { { 12, 12 }, 1 } },
		 .due.reason = FR_IR_22),
	IR_TEST("reserved", "reserved bits must be 0", ENTRY_SPEC, run_reserved),
	IR_TEST("available", "bits for software change nothing", ENTRY_SPEC, run_available),
	IR_ENTRY("reserved-silent", "FPD keeps that from being recorded",
		 .change = { { { 12, 12 }, 1 }, { { IRTE_FPD }, 1 } }, .due.is_unrecorded = true),
	IR_ENTRY("mode-3", "delivery mode 011b is reserved", .change = { { { IRTE_DLM }, 3 } },
		 .due.reason = FR_IR_24),
	IR_ENTRY("mode-6", "delivery mode 110b is reserved", .change = { { { IRTE_DLM }, 6 } },
		 .due.reason = FR_IR_24),
	IR_ENTRY("lowest-priority", "lowest priority finds the only processor there is",
		 .change = { { { IRTE_DLM }, DLM_LOWEST } }),
	IR_ENTRY("redirection-hint",
		 "Jailhouse ad188b3c: the redirection hint changes nothing there, either",
		 .change = { { { IRTE_RH }, 1 } }),
	IR_ENTRY("level", "trigger mode level reaches the processor",
		 .change = { { { IRTE_TM }, 1 } }, .due.is_level = true),
	IR_TEST("destination", "QEMU fb506e701e: an interrupt for another processor comes not here",
		ENTRY_SPEC, run_destination),
	IR_TEST("logical", "destinations in logical mode", ENTRY_SPEC, run_logical),
	IR_TEST("vectors", "each vector arrives as itself", ENTRY_SPEC, run_vectors),
	IR_TEST("delivery-modes", "NMI is one; the others stand in the message", ENTRY_SPEC,
		run_modes),
	IR_ENTRY("source-none", "SVT 00b asks for no source",
		 .change = { { { IRTE_SVT }, SVT_SID }, { { IRTE_SID }, 0xffff } }),
	IR_ENTRY("source-reserved", "SVT 11b is reserved", .change = { { { IRTE_SVT }, SVT_BUS } },
		 .due = { .reason = FR_IR_24, .other_reason = FR_IR_26 }),
	IR_ENTRY("source-dma", "the source of an interrupt sent by DMA counts, too",
		 .change = { { { IRTE_SID }, 1 } }, .due = { .reason = FR_IR_26, .is_dma = true }),
	IR_TEST("source-sq-0", "SVT 01b: all of SID counts", ENTRY_SPEC, run_source_bits, .arg = 0),
	IR_TEST("source-sq-1", "SQ 01b leaves out bit 2", ENTRY_SPEC, run_source_bits, .arg = 1),
	IR_TEST("source-sq-2", "SQ 10b leaves out bits 2:1", ENTRY_SPEC, run_source_bits, .arg = 2),
	IR_TEST("source-sq-3", "SQ 11b leaves out bits 2:0", ENTRY_SPEC, run_source_bits, .arg = 3),
	IR_TEST("source-buses", "Jailhouse f70e366b: SVT 10b, buses from SID 15:8 to SID 7:0",
		ENTRY_SPEC, run_source_buses),
	IR_ENTRY("source-silent", "FPD keeps a wrong source from being recorded",
		 .change = { { { IRTE_SID }, 1 }, { { IRTE_FPD }, 1 } }, .due.is_unrecorded = true),
	IR_ENTRY("source-and-reserved", "a wrong source and a reserved bit: either is reported",
		 .change = { { { IRTE_SID }, 1 }, { { 12, 12 }, 1 } },
		 .due = { .reason = FR_IR_26, .other_reason = FR_IR_24 }),
};

const struct suite suite_interrupt_entries = SUITE("interrupt entries", tests);
