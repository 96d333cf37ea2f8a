/* SPDX-License-Identifier: MIT */
/*
 * The page request event: the message that tells software to look into the queue.
 *
 * It goes out when PPR or PRO is set while both were clear, and not again before both are: software
 * that clears PPR and leaves PRO waits for ever. Masked it waits in IP; once both are clear nothing is
 * pending any more. What goes out is the message as it is programmed then, to the last bit of address
 * and data. A modelled unit shows the message itself, whoever it is for.
 */
#include "arch/print.h"
#include "iommu/unit/page_request.h"
#include "tests/scenes/page_request_test.h"
#include "tests/suites/suites.h"
#include "tests/units/modelled.h"

#define EVENT_SPEC "Recoverable Fault Event"

/* For no processor here: nobody need take it. */
enum { NOBODYS_ADDRESS = 0xfee77000, SOME_DATA = 0x00c5 };

static void program(struct test_run *run, uint64_t address, uint32_t data)
{
	unit_write32(run->unit, REG_PEDATA, data);
	unit_write32(run->unit, REG_PEADDR, (uint32_t)address);
	if (caps_has(&run->unit->caps, CAPABILITY_EIM))
		unit_write32(run->unit, REG_PEUADDR, (uint32_t)(address >> 32));
}

static void mask(struct test_run *run, bool on)
{
	unit_write32(run->unit, REG_PECTL, on ? (uint32_t)FIELD_MASK(EVENT_CTL_IM) : 0);
}

static unsigned int sent(const struct test_run *run)
{
	return modelled_of(run->unit)->sent_message_count;
}

/* So many messages since `before`, and IP as given. */
static void expect(struct test_run *run, unsigned int before, unsigned int count, bool pending,
		   const char *when)
{
	uint32_t control = unit_read32(run->unit, REG_PECTL);

	if (sent(run) - before != count)
		test_fail(run, "%s: %u messages for %u", when, sent(run) - before, count);
	if (reg_get(control, EVENT_CTL_IP) != pending)
		test_fail(run, "%s: IP is %u", when, !pending);
}

static void ask(struct test_run *run)
{
	struct model_request request = page_request_test_plain(run);

	page_request_test_send(run, &request);
}

static unsigned int begin(struct test_run *run, bool masked)
{
	program(run, NOBODYS_ADDRESS, SOME_DATA);
	mask(run, masked);
	return sent(run);
}

static void fill(struct test_run *run)
{
	page_request_test_fill(run, page_queue_capacity(&run->unit->page_queue));
}

/* ---- when ---- */

static void run_message(struct test_run *run)
{
	const unsigned int before = begin(run, false);

	expect(run, before, 0, false, "at rest");
	ask(run);
	expect(run, before, 1, false, "first request");
	ask(run);
	expect(run, before, 1, false, "another one, with PPR still set");
	page_request_test_clear(run, true, false);
	expect(run, before, 1, false, "PPR cleared");
	ask(run);
	expect(run, before, 2, false, "another one, after PPR was cleared");
}

/* PRO is a cause of its own, but no second one beside PPR. */
static void run_overflow(struct test_run *run)
{
	const unsigned int before = begin(run, false);

	fill(run);
	expect(run, before, 1, false, "filled");
	ask(run);
	page_request_test_status(run, true, true, "one too many");
	expect(run, before, 1, false, "PRO beside PPR");
	page_request_test_clear(run, false, true);
	page_request_test_clear(run, true, false);
	ask(run);
	page_request_test_status(run, false, true, "one too many, again");
	expect(run, before, 2, false, "PRO alone");
	ask(run);
	expect(run, before, 2, false, "another one, with PRO still set");
}

/* Whether IP falls with PPR already, while PRO stands, two sections of the book say differently. */
static void run_cleared_apart(struct test_run *run)
{
	const unsigned int before = begin(run, true);

	fill(run);
	ask(run);
	page_request_test_status(run, true, true, "one too many");
	expect(run, before, 0, true, "masked");
	page_request_test_clear(run, true, false);
	page_request_test_clear(run, false, true);
	expect(run, before, 0, false, "both cleared");
	mask(run, false);
	expect(run, before, 0, false, "unmasked after both were cleared");
}

static void run_masked(struct test_run *run)
{
	const unsigned int before = begin(run, true);

	ask(run);
	expect(run, before, 0, true, "masked");
	mask(run, true);
	expect(run, before, 0, true, "masked once more");
	mask(run, false);
	expect(run, before, 1, false, "unmasked");
	mask(run, true);
	mask(run, false);
	expect(run, before, 1, false, "masked and unmasked");
}

/* ---- what ---- */

static void expect_last(struct test_run *run, uint64_t address, uint32_t data, const char *label)
{
	const struct interrupt_message *last = &modelled_of(run->unit)->last_message;

	if (last->address != address || last->data != data)
		test_fail(run, "%s: %llx to %llx for %x to %llx", label,
			  (unsigned long long)last->data, (unsigned long long)last->address, data,
			  (unsigned long long)address);
}

static void run_one(struct test_run *run, uint64_t address, uint32_t data, const char *label)
{
	const unsigned int before = sent(run);

	program(run, address, data);
	mask(run, false);
	ask(run);
	expect(run, before, 1, false, label);
	expect_last(run, address, data, label);
	page_request_test_clear(run, true, true);
}

/* Each bit of data and address, the upper half too where the unit has one. */
static void run_content(struct test_run *run)
{
	const unsigned int top = caps_has(&run->unit->caps, CAPABILITY_EIM) ? 64 : 32;
	char label[20];

	for (unsigned int bit = 0; bit < 16; bit++) {
		print_to(label, sizeof(label), "data bit %u", bit);
		run_one(run, NOBODYS_ADDRESS, 1u << bit, label);
	}
	for (unsigned int bit = 2; bit < top; bit++) {
		print_to(label, sizeof(label), "address bit %u", bit);
		run_one(run, UINT64_C(1) << bit, SOME_DATA, label);
	}
}

/* Held back, the message is still to be changed; it goes out in its last form. */
static void run_changed(struct test_run *run)
{
	const unsigned int before = begin(run, true);

	ask(run);
	program(run, NOBODYS_ADDRESS + 0x1000, SOME_DATA + 1);
	expect(run, before, 0, true, "changed");
	mask(run, false);
	expect(run, before, 1, false, "unmasked");
	expect_last(run, NOBODYS_ADDRESS + 0x1000, SOME_DATA + 1, "unmasked");
}

/* Where the request lies that a message is about, and what stands there when that goes out. */
static struct {
	void (*message)(void *context, uint64_t address, uint32_t data);
	const uint64_t *slot;
	unsigned int type;
} witness;

static void look(void *context, uint64_t address, uint32_t data)
{
	witness.type = (unsigned int)field_get(witness.slot, PRQ_TYPE);
	witness.message(context, address, data);
}

static void run_order(struct test_run *run)
{
	struct model_unit *model = &modelled_of(run->unit)->model;
	const struct model_request request = page_request_test_plain(run);
	const unsigned int before = begin(run, false);

	witness.slot = page_request_test_slot(run, 0);
	witness.type = 0;
	witness.message = model->host.message;
	model->host.message = look;
	page_request_test_send(run, &request);
	model->host.message = witness.message;
	expect(run, before, 1, false, "first request");
	EXPECT_EQ(run, witness.type, PRQ_PAGE_REQUEST);
	page_request_test_arrived(run, &request, NULL);
}

static const struct test tests[] = {
	PRQ_TEST("event", "a page request sends the message once, until PPR is cleared", EVENT_SPEC,
		 run_message),
	PRQ_TEST("event-overflow", "PRO sends it, but not beside PPR", EVENT_SPEC, run_overflow),
	PRQ_TEST("event-masked", "masked it waits in IP, and goes out on unmasking", EVENT_SPEC,
		 run_masked),
	PRQ_TEST("event-cleared", "IP falls with the last of PPR and PRO", EVENT_SPEC,
		 run_cleared_apart),
	PRQ_TEST("event-content", "each bit of data and address is sent as programmed",
		 "Page Request Event Data Register", run_content),
	PRQ_TEST("event-changed", "the message is the one programmed when it goes out", EVENT_SPEC,
		 run_changed),
	PRQ_TEST("event-order", "the request is in memory when its message goes out", EVENT_SPEC,
		 run_order),
};

const struct suite suite_page_events = SUITE("prq", tests);
