/* SPDX-License-Identifier: MIT */
/*
 * Posted interrupts: an entry with IM = 1 notes its vector in a descriptor in memory and notifies a
 * processor of it, unless that was done already or is suppressed.
 *
 * Each test begins with an interrupt that is posted and notified.
 */
#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/paging.h"
#include "arch/print.h"
#include "arch/string.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/interrupt_test.h"
#include "tests/suites/suites.h"

#define POSTING_SPEC	"Interrupt-Posting Hardware Operation"
#define ENTRY_SPEC	"Interrupt Remapping Table Entry (IRTE) for Posted Interrupts"
#define DESCRIPTOR_SPEC "Posted Interrupt Descriptor (PID)"

enum { INDEX = INTERRUPT_TEST_INDEX, VECTOR = 0x9d, DESCRIPTOR_BITS = 512 };

static const struct interrupt_due here;
static const struct interrupt_due kept = { .is_unrecorded = true }; /* neither sent nor a fault */

struct posting {
	struct posted_descriptor *descriptor; /* at the end of a page of its own */
	struct irte entry;
};

static struct irte posted_entry(const struct test_run *run, const struct posted_descriptor *to)
{
	const uint64_t where = phys_of(to).value;
	struct irte entry = { { 0 } };

	field_set(entry.q, IRTE_P, 1);
	field_set(entry.q, IRTE_IM, 1);
	field_set(entry.q, IRTE_VV, VECTOR);
	field_set(entry.q, IRTE_PDAL, (uint32_t)where >> 6);
	field_set(entry.q, IRTE_PDAH, where >> 32);
	field_set(entry.q, IRTE_SVT, SVT_SID);
	field_set(entry.q, IRTE_SID, run->agent->sid);
	return entry;
}

/* Nothing posted; notifications go to receiver 0. */
static void clear_descriptor(const struct test_run *run, struct posted_descriptor *descriptor)
{
	const struct interrupt_test *test = run->fixture;

	memset(descriptor, 0, sizeof(*descriptor));
	field_set(descriptor->q, PID_NV, test->vector[0]);
	if (test->is_extended)
		field_set(descriptor->q, PID_NDST, apic_id());
	else
		field_set(descriptor->q, PID_NDST_XAPIC, apic_id());
}

/* One request; what was posted must be what is due, and so must the notification. */
static bool post(struct test_run *run, struct posting *posting, struct interrupt_due due,
		 const char *label)
{
	const unsigned int vector = (unsigned int)field_get(posting->entry.q, IRTE_VV);
	struct posted_descriptor wanted = *posting->descriptor;
	const bool is_blocked = due.reason != 0;

	due.index = INDEX;
	if (!is_blocked)
		wanted.q[vector / 64] |= UINT64_C(1) << vector % 64;
	if (!is_blocked && !due.is_unrecorded)
		field_set(wanted.q, PID_ON, 1);
	if (!interrupt_test_publish(run, INDEX, &posting->entry) ||
	    !interrupt_test_expect(run, interrupt_test_request(INDEX), due, label))
		return false;
	if (memcmp(&wanted, posting->descriptor, sizeof(wanted)) != 0)
		test_fail(run, "%s: the descriptor is not as due", label);
	return !run->has_failed;
}

/* False if the unit posts nothing at all, or after test_error(). */
static bool open_posting(struct test_run *run, struct posting *posting)
{
	struct interrupt_test *test = run->fixture;
	char *page = page_alloc();

	if (!page) {
		test_error(run, "no memory");
		return false;
	}
	posting->descriptor = (void *)(page + PAGE_BYTES - sizeof(*posting->descriptor));
	posting->entry = posted_entry(run, posting->descriptor);
	test->posted = posting->descriptor;
	clear_descriptor(run, posting->descriptor);
	return post(run, posting, here, "a good entry");
}

static void close_posting(struct test_run *run, struct posting *posting)
{
	struct interrupt_test *test = run->fixture;

	test->posted = NULL;
	if (posting->descriptor)
		page_free((void *)((uintptr_t)posting->descriptor & ~(uintptr_t)(PAGE_BYTES - 1)));
}

/* A field of the entry and flags of the descriptor, and what comes of a request then. */
struct posting_case {
	struct field field; /* of the entry */
	uint64_t toggle;
	bool is_outstanding, is_suppressed;
	struct interrupt_due due;
};

LINKED_RUN(run_case, struct posting_case, wanted)
{
	struct posting posting = { 0 };

	if (open_posting(run, &posting)) {
		clear_descriptor(run, posting.descriptor);
		field_set(posting.descriptor->q, PID_ON, wanted->is_outstanding);
		field_set(posting.descriptor->q, PID_SN, wanted->is_suppressed);
		if (wanted->toggle)
			bits_write(posting.entry.q, wanted->field,
				   bits_read(posting.entry.q, wanted->field) ^ wanted->toggle);
		post(run, &posting, wanted->due, "then");
	}
	close_posting(run, &posting);
}

/* Every vector has its bit; the first notifies, the others find that outstanding. */
static void run_vectors(struct test_run *run)
{
	struct posting posting = { 0 };

	if (open_posting(run, &posting))
		for (unsigned int vector = 0; vector < 256 && !run->has_failed; vector++) {
			char label[24];

			print_to(label, sizeof(label), "vector %u", vector);
			field_set(posting.entry.q, IRTE_VV, vector);
			post(run, &posting, kept, label);
		}
	close_posting(run, &posting);
}

/* Taken by software, which clears ON: then the next one is notified again, elsewhere if NV says so. */
static void run_again(struct test_run *run)
{
	struct interrupt_test *test = run->fixture;
	const struct interrupt_due there = { .receiver = 1 };
	struct posting posting = { 0 };

	if (open_posting(run, &posting)) {
		field_set(posting.descriptor->q, PID_ON, 0);
		post(run, &posting, here, "after ON was cleared");
		field_set(posting.descriptor->q, PID_ON, 0);
		field_set(posting.descriptor->q, PID_NV, test->vector[1]);
		post(run, &posting, there, "after NV was changed");
	}
	close_posting(run, &posting);
}

/* To another processor, whose id, taken for one of the other mode, would be that of the first. */
static void run_elsewhere(struct test_run *run)
{
	const struct interrupt_test *test = run->fixture;
	const struct interrupt_due elsewhere = { .is_elsewhere = true };
	struct posting posting = { 0 };

	if (open_posting(run, &posting)) {
		clear_descriptor(run, posting.descriptor);
		if (test->is_extended)
			field_set(posting.descriptor->q, PID_NDST, apic_id() ^ 1);
		else
			field_set(posting.descriptor->q, PID_NDST_XAPIC, apic_id() ^ 1);
		post(run, &posting, elsewhere, "to another processor");
	}
	close_posting(run, &posting);
}

/* ---- reserved bits ---- */

static bool is_reserved_in_entry(unsigned int bit)
{
	return (bit >= 2 && bit < 8) || bit == 12 || bit == 13 || (bit >= 24 && bit < 38) ||
	       (bit >= 84 && bit < 96);
}

static bool is_reserved_in_descriptor(const struct interrupt_test *test, unsigned int bit)
{
	if (bit >= 288 && bit < 320)
		return !test->is_extended && (bit < 296 || bit >= 304);
	return (bit >= 258 && bit < 272) || (bit >= 280 && bit < 288) || bit >= 320;
}

/* One bit of the entry or of the descriptor; complaints are collected. */
static void try_reserved(struct test_run *run, struct posting *posting, uint64_t *q,
			 unsigned int bit, struct interrupt_due due, uint64_t *wrong)
{
	const uint64_t before = q[bit / 64];

	due.index = INDEX;
	q[bit / 64] ^= UINT64_C(1) << bit % 64;
	if (interrupt_test_publish(run, INDEX, &posting->entry) &&
	    interrupt_test_differs(run, interrupt_test_request(INDEX), due))
		wrong[bit / 64] |= UINT64_C(1) << bit % 64;
	q[bit / 64] = before;
}

static void complain(struct test_run *run, const uint64_t *wrong, unsigned int words,
		     const char *what)
{
	char text[120];

	bit_ranges_format(text, sizeof(text), wrong, words);
	if (text[0])
		test_fail(run, "%s bits %s are not found reserved", what, text);
}

static void run_entry_reserved(struct test_run *run)
{
	const struct interrupt_due due = { .reason = FR_IR_24 };
	struct posting posting = { 0 };
	uint64_t wrong[2] = { 0 };

	if (open_posting(run, &posting))
		for (unsigned int bit = 0; bit < 128; bit++)
			if (is_reserved_in_entry(bit))
				try_reserved(run, &posting, posting.entry.q, bit, due, wrong);
	complain(run, wrong, 2, "entry");
	close_posting(run, &posting);
}

static void run_descriptor_reserved(struct test_run *run)
{
	const struct interrupt_due due = { .reason = FR_IR_28 };
	struct posting posting = { 0 };
	uint64_t wrong[DESCRIPTOR_BITS / 64] = { 0 };

	if (open_posting(run, &posting))
		for (unsigned int bit = 256; bit < DESCRIPTOR_BITS; bit++)
			if (is_reserved_in_descriptor(run->fixture, bit))
				try_reserved(run, &posting, posting.descriptor->q, bit, due, wrong);
	complain(run, wrong, DESCRIPTOR_BITS / 64, "descriptor");
	close_posting(run, &posting);
}

/* A descriptor where there is no memory: nothing answers there, or all ones do. */
static void run_unreachable(struct test_run *run)
{
	const struct interrupt_due due = { .reason = FR_IR_27,
					   .other_reason = FR_IR_28,
					   .index = INDEX };
	struct posting posting = { 0 };

	if (open_posting(run, &posting)) {
		const uint64_t where = stage_no_memory(&run->stage).value;

		field_set(posting.entry.q, IRTE_PDAL, (uint32_t)where >> 6);
		field_set(posting.entry.q, IRTE_PDAH, where >> 32);
		if (interrupt_test_publish(run, INDEX, &posting.entry))
			interrupt_test_expect(run, interrupt_test_request(INDEX), due, NULL);
	}
	close_posting(run, &posting);
}

/*
 * The same address but for bit 32, where no memory is: what is posted to the descriptor below was cut to 32 bits.
 */
static void run_high(struct test_run *run)
{
	const struct interrupt_due due = { .reason = FR_IR_27,
					   .other_reason = FR_IR_28,
					   .index = INDEX };
	struct posting posting = { 0 };

	if (open_posting(run, &posting)) {
		const uint64_t above = phys_of(posting.descriptor).value | UINT64_C(1) << 32;
		const struct posted_descriptor before = *posting.descriptor;

		field_set(posting.entry.q, IRTE_PDAH, 1);
		if (paging_is_ram(above, sizeof(before)) ||
		    stage_no_memory(&run->stage).value < above)
			test_skip(run, "there is memory at %llx, or no such address",
				  (unsigned long long)above);
		else if (interrupt_test_publish(run, INDEX, &posting.entry) &&
			 interrupt_test_expect(run, interrupt_test_request(INDEX), due, NULL) &&
			 memcmp(&before, posting.descriptor, sizeof(before)) != 0)
			test_fail(run, "it is posted 4 GiB below");
	}
	close_posting(run, &posting);
}

#define PI_TEST(name, what, title, ...) \
	IR_TEST_ON(NEED(PI), "posted" name, what, title, __VA_ARGS__)
#define PI_CASE(name, what, title, ...) PI_TEST(name, what, title, LINKED(run_case, __VA_ARGS__))

static const struct test tests[] = {
	PI_CASE("", "an interrupt is posted, and somebody is notified", POSTING_SPEC, .toggle = 0),
	PI_TEST("-vectors", "each vector has its bit", DESCRIPTOR_SPEC, run_vectors),
	PI_CASE("-outstanding", "one notification at a time", POSTING_SPEC, .is_outstanding = true,
		.due = { .is_unrecorded = true }),
	PI_TEST("-again", "the next one once software has cleared ON", POSTING_SPEC, run_again),
	PI_CASE("-suppressed", "SN keeps it from being sent, and ON as it is", POSTING_SPEC,
		.is_suppressed = true, .due = { .is_unrecorded = true }),
	PI_CASE("-urgent", "not one that is urgent", POSTING_SPEC, .is_suppressed = true,
		.field = { IRTE_URG }, .toggle = 1),
	PI_CASE("-urgent-outstanding", "which is no reason to send it twice", POSTING_SPEC,
		.is_outstanding = true, .field = { IRTE_URG }, .toggle = 1,
		.due = { .is_unrecorded = true }),
	PI_CASE("-available", "bits for software change nothing", ENTRY_SPEC,
		.field = { IRTE_AVAIL }, .toggle = 0xf),
	PI_CASE("-fpd", "FPD changes nothing while there is no fault", ENTRY_SPEC,
		.field = { IRTE_FPD }, .toggle = 1),
	PI_CASE("-functions", "its own source is among those that SQ lets in", ENTRY_SPEC,
		.field = { IRTE_SQ }, .toggle = 1),
	PI_TEST("-elsewhere", "the notification goes to the processor of the descriptor",
		DESCRIPTOR_SPEC, run_elsewhere),
	PI_CASE("-source", "the source counts here, too", ENTRY_SPEC, .field = { IRTE_SID },
		.toggle = 1, .due = { .reason = FR_IR_26 }),
	PI_TEST("-entry-reserved", "reserved bits of the entry must be 0", ENTRY_SPEC,
		run_entry_reserved),
	PI_TEST("-reserved", "so must those of the descriptor", DESCRIPTOR_SPEC,
		run_descriptor_reserved),
	PI_TEST("-high", "all of the descriptor's address counts", ENTRY_SPEC, run_high,
		.flags = TEST_MISSING_MEMORY),
	PI_TEST("-unreachable", "a descriptor that cannot be reached blocks the request",
		"Interrupt Remapping Fault Conditions", run_unreachable,
		.flags = TEST_MISSING_MEMORY),
};

const struct suite suite_posted_interrupts = SUITE("posted interrupts", tests);
