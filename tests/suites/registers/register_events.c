/* SPDX-License-Identifier: MIT */
/*
 * Event messages: the fault event (by a stopped queue and by a blocked DMA) and the invalidation
 * completion event. The same rules for all of them, so one set of tests with three causes.
 *
 * A message goes out when the first status bit of its kind is set, and not again before all of
 * them are clear. While it is masked it waits in IP; if the status is cleared meanwhile, IP falls
 * and nothing is sent. What goes out is the message as it is programmed then, not as it was when
 * the event came: a driver that moves the interrupt to another CPU masks, rewrites and unmasks,
 * and Jailhouse lost faults in that gap (cc6a1654, a31c0ab3). Status bits are cleared one by one:
 * writing back all that was read takes away errors nobody has looked at (Asterinas 3920). How long
 * a message takes is not said; we wait 50 ms, and read the control register, which pushes it out.
 */
#include "arch/apic.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "tests/scenes/queue_test.h"
#include "tests/scenes/scene_test.h"
#include "tests/suites/registers/command.h"
#include "tests/suites/suites.h"
#include "tests/units/modelled.h"

/* How long a message may take, and how long we watch that none comes. */
enum { MESSAGE_US = 50000, SILENCE_US = 2000 };

/* What raises an event, and what takes its status away. */
struct cause {
	uint32_t registers; /* control; data, address and upper address follow it */
	uint32_t status;    /* the register with the status bit */
	bool (*open)(struct test_run *run);
	void (*raise)(struct test_run *run);
	void (*clear)(struct test_run *run);
};

/* Messages at the vector that they are led to, and at one that they were led to before. */
static volatile unsigned int messages, misled;
static volatile uintptr_t receiver;

static void count_message(void *argument)
{
	if ((uintptr_t)argument == receiver)
		messages = messages + 1;
	else
		misled = misled + 1;
}

/* A vector of its own, with the unit's messages led to it. */
static uint8_t lead_to_vector(struct test_run *run, const struct cause *cause)
{
	uint8_t vector = trap_vector_alloc();
	uint64_t address = apic_msi_address();

	trap_set_interrupt_handler(vector, count_message, (void *)(uintptr_t)vector);
	receiver = vector;
	unit_write32(run->unit, cause->registers + 4, apic_msi_data(vector));
	unit_write32(run->unit, cause->registers + 8, (uint32_t)address);
	if (caps_has(&run->unit->caps, CAPABILITY_EIM))
		unit_write32(run->unit, cause->registers + 12, (uint32_t)(address >> 32));
	return vector;
}

/* The same; masked. */
static uint8_t take_vector(struct test_run *run, const struct cause *cause)
{
	unit_write32(run->unit, cause->registers, (uint32_t)FIELD_MASK(EVENT_CTL_IM));
	return lead_to_vector(run, cause);
}

static void drop_vector(struct test_run *run, const struct cause *cause, uint8_t vector)
{
	unit_write32(run->unit, cause->registers, (uint32_t)FIELD_MASK(EVENT_CTL_IM));
	trap_set_interrupt_handler(vector, NULL, NULL);
	trap_vector_free(vector);
}

static void mask(struct test_run *run, const struct cause *cause, bool on)
{
	unit_write32(run->unit, cause->registers, on ? (uint32_t)FIELD_MASK(EVENT_CTL_IM) : 0);
}

static bool is_pending(struct test_run *run, const struct cause *cause)
{
	const bool is_pending = reg_get(unit_read32(run->unit, cause->registers), EVENT_CTL_IP);

	if (run->agent && run->agent->deliver)
		run->agent->deliver();
	return is_pending;
}

/* Reading the control register pushes messages that are under way. */
static void expect_messages(struct test_run *run, const struct cause *cause, unsigned int wanted,
			    const char *when)
{
	struct deadline deadline = deadline_after_us(MESSAGE_US);

	(void)is_pending(run, cause);
	while (messages < wanted && !deadline_passed(&deadline))
		continue;
	time_delay_us(SILENCE_US);
	if (messages != wanted)
		test_fail(run, "%s: %u messages for %u", when, messages, wanted);
	if (misled)
		test_fail(run, "%s: the message of before the change", when);
}

static void expect_pending(struct test_run *run, const struct cause *cause, bool wanted,
			   const char *when)
{
	if (is_pending(run, cause) != wanted)
		test_fail(run, "%s: IP is %u", when, !wanted);
}

static void check_message(struct test_run *run, const struct cause *cause)
{
	mask(run, cause, false);
	cause->raise(run);
	expect_messages(run, cause, 1, "unmasked");
	expect_pending(run, cause, false, "after the message");
}

static void check_masked(struct test_run *run, const struct cause *cause)
{
	cause->raise(run);
	expect_messages(run, cause, 0, "masked");
	expect_pending(run, cause, true, "masked");
	mask(run, cause, false);
	expect_messages(run, cause, 1, "unmasked again");
	expect_pending(run, cause, false, "after the message");
}

static void check_cleared(struct test_run *run, const struct cause *cause)
{
	cause->raise(run);
	expect_pending(run, cause, true, "masked");
	cause->clear(run);
	expect_pending(run, cause, false, "status cleared");
	mask(run, cause, false);
	expect_messages(run, cause, 0, "unmasked after the status was cleared");
}

/* A write to the status register that clears nothing takes nothing back. */
static void check_kept(struct test_run *run, const struct cause *cause)
{
	cause->raise(run);
	expect_pending(run, cause, true, "masked");
	unit_write32(run->unit, cause->status, 0);
	expect_pending(run, cause, true, "0 written to the status");
	mask(run, cause, false);
	expect_messages(run, cause, 1, "unmasked");
}

static void check_once(struct test_run *run, const struct cause *cause)
{
	mask(run, cause, false);
	cause->raise(run);
	expect_messages(run, cause, 1, "first");
	cause->raise(run);
	expect_messages(run, cause, 1, "second, with the status still set");
	cause->clear(run);
	cause->raise(run);
	expect_messages(run, cause, 2, "third, after the status was cleared");
}

/* An event that comes while the message is being changed goes out in its new form. */
static void check_changed(struct test_run *run, const struct cause *cause)
{
	uint64_t strays = trap_stray_count();
	uint8_t other;

	cause->raise(run);
	expect_messages(run, cause, 0, "masked");
	other = take_vector(run, cause);
	mask(run, cause, false);
	expect_messages(run, cause, 1, "unmasked");
	drop_vector(run, cause, other);
	EXPECT_EQ(run, trap_stray_count(), strays);
}

/* A message that is changed while none is due, with nothing masked, goes out in its new form. */
static void check_moved(struct test_run *run, const struct cause *cause)
{
	uint8_t other;

	mask(run, cause, false);
	cause->raise(run);
	expect_messages(run, cause, 1, "first");
	cause->clear(run);
	other = lead_to_vector(run, cause);
	cause->raise(run);
	expect_messages(run, cause, 2, "led elsewhere");
	drop_vector(run, cause, other);
}

/*
 * Every bit of the message that can be programmed goes out: seen at a model alone, since what it says is
 * no interrupt of this processor.
 */
static void check_whole(struct test_run *run, const struct cause *cause)
{
	static const uint32_t patterns[2] = { 0xa5c3965a, 0x5a3c69a5 };
	const struct modelled *modelled = modelled_of(run->unit);
	bool has_upper = caps_has(&run->unit->caps, CAPABILITY_EIM);

	if (!modelled) {
		test_skip(run, "the messages of unit %u are seen by who gets them alone",
			  run->unit->index);
		return;
	}
	mask(run, cause, false);
	for (unsigned int i = 0; i < 2; i++) {
		uint32_t data = patterns[i] & (uint32_t)FIELD_MASK(EVENT_DATA_IMD);
		uint32_t low = patterns[i] & (uint32_t)FIELD_MASK(EVENT_ADDR_MA);
		uint32_t high = has_upper ? patterns[i] & (uint32_t)FIELD_MASK(EVENT_UADDR_MUA) : 0;

		unit_write32(run->unit, cause->registers + 4, data);
		unit_write32(run->unit, cause->registers + 8, low);
		if (has_upper)
			unit_write32(run->unit, cause->registers + 12, high);
		cause->raise(run);
		(void)is_pending(run, cause);
		EXPECT_EQ(run, modelled->last_message.data, data);
		EXPECT_EQ(run, modelled->last_message.address, (uint64_t)high << 32 | low);
		cause->clear(run);
	}
}

/* Whatever a test before this one may have left pending is not this one's. */
static void drain_old_event(struct test_run *run, const struct cause *cause)
{
	cause->clear(run);
	mask(run, cause, false);
	(void)is_pending(run, cause);
	time_delay_us(SILENCE_US);
	mask(run, cause, true);
	messages = misled = 0;
}

/* One question about one cause. */
struct event {
	const struct cause *cause;
	void (*check)(struct test_run *run, const struct cause *cause);
};

LINKED_RUN(run_event, struct event, event)
{
	const struct cause *cause = event->cause;
	uint8_t vector;

	if (!apic_is_present() || apic_id() > 0xff) {
		test_skip(run, "no local APIC that a message of 32 bits reaches");
		return;
	}
	if (!cause->open(run))
		return;
	vector = take_vector(run, cause);
	drain_old_event(run, cause);
	event->check(run, cause);
	drop_vector(run, cause, vector);
	cause->clear(run);
}

static bool open_queue(struct test_run *run)
{
	return queue_test_open(run, TTM_LEGACY, false, 0);
}

static void raise_completion(struct test_run *run)
{
	struct descriptor wait = { { INV_WAIT } };

	field_set(wait.q, INV_WAIT_IF, 1);
	queue_submit(run->unit, &wait, 1);
	if (unit_wait32(run->unit, "ICS", REG_ICS, (uint32_t)FIELD_MASK(ICS_IWC),
			(uint32_t)FIELD_MASK(ICS_IWC)) != STATUS_OK)
		test_fail(run, "no ICS.IWC");
}

static void clear_completion(struct test_run *run)
{
	unit_write32(run->unit, REG_ICS, (uint32_t)FIELD_MASK(ICS_IWC));
}

static const struct cause completion = {
	.registers = REG_IECTL,
	.status = REG_ICS,
	.open = open_queue,
	.raise = raise_completion,
	.clear = clear_completion,
};

/* Mended at once: what clears IQE by mistake must not be found bad, and raise it, again. */
static void raise_queue_error(struct test_run *run)
{
	queue_test_stop_and_mend(run);
}

static void clear_queue_error(struct test_run *run)
{
	if (reg_get(unit_read32(run->unit, REG_FSTS), FSTS_IQE) &&
	    queue_recover(run->unit) != STATUS_OK)
		test_fail(run, "no recovery: %s", unit_failure(run->unit));
}

static const struct cause queue_error = {
	.registers = REG_FECTL,
	.status = REG_FSTS,
	.open = open_queue,
	.raise = raise_queue_error,
	.clear = clear_queue_error,
};

static void raise_fault(struct test_run *run)
{
	static const struct dma unmapped = { .place = DMA_UNMAPPED };
	uint32_t ppf = (uint32_t)FIELD_MASK(FSTS_PPF);

	run->stage.is_sound = false; /* a unit may keep that nothing is mapped there */
	dma_write(&run->stage, &unmapped);
	if (unit_wait32(run->unit, "FSTS", REG_FSTS, ppf, ppf) != STATUS_OK)
		test_fail(run, "no FSTS.PPF");
}

static void clear_fault(struct test_run *run)
{
	fault_clear(run->unit);
}

static const struct cause dma_fault = {
	.registers = REG_FECTL,
	.status = REG_FSTS,
	.open = command_open_scene,
	.raise = raise_fault,
	.clear = clear_fault,
};

/* A fault while the queue's error stands makes no second event. */
static void check_other_cause(struct test_run *run, const struct cause *cause)
{
	mask(run, cause, false);
	raise_queue_error(run);
	expect_messages(run, cause, 1, "IQE");
	raise_fault(run);
	expect_messages(run, cause, 1, "a DMA fault while IQE is set");
	clear_queue_error(run);
}

/* Nor does the queue's error while a fault stands. */
static void check_fault_first(struct test_run *run, const struct cause *cause)
{
	mask(run, cause, false);
	raise_fault(run);
	expect_messages(run, cause, 1, "PPF");
	raise_queue_error(run);
	expect_messages(run, cause, 1, "IQE while a record is pending");
	clear_queue_error(run);
}

/* IP falls with the last status that stands, whichever that is and whichever record held the fault. */
static void check_all_served(struct test_run *run, const struct cause *cause)
{
	for (unsigned int round = 0; round < 4; round++) {
		const bool is_queue_first = round % 2;

		raise_queue_error(run);
		raise_fault(run);
		expect_pending(run, cause, true, "IQE and PPF are set");
		if (is_queue_first)
			clear_queue_error(run);
		else
			clear_fault(run);
		expect_pending(run, cause, true,
			       is_queue_first ? "PPF is still set" : "IQE is still set");
		if (is_queue_first)
			clear_fault(run);
		else
			clear_queue_error(run);
		expect_pending(run, cause, false, "both are cleared");
	}
}

/* Each status goes by itself: the record by its F bit, the queue's error by IQE. */
static void status_apart(struct test_run *run)
{
	uint32_t iqe = (uint32_t)FIELD_MASK(FSTS_IQE);
	uint32_t ppf = (uint32_t)FIELD_MASK(FSTS_PPF);

	if (!command_open_scene(run))
		return;
	raise_fault(run);
	raise_queue_error(run);
	unit_write32(run->unit, REG_FSTS, 0);
	EXPECT_EQ(run, unit_read32(run->unit, REG_FSTS) & (iqe | ppf), iqe | ppf);
	unit_write32(run->unit, REG_FSTS, ppf);
	EXPECT_EQ(run, unit_read32(run->unit, REG_FSTS) & (iqe | ppf), iqe | ppf);
	clear_queue_error(run);
	EXPECT_EQ(run, unit_read32(run->unit, REG_FSTS) & (iqe | ppf), ppf);
	raise_queue_error(run);
	clear_fault(run);
	EXPECT_EQ(run, unit_read32(run->unit, REG_FSTS) & (iqe | ppf), iqe);
	clear_queue_error(run);
}

#define COMPLETION_SPEC "Hardware Generation of Invalidation Completion Events"
#define FAULT_SPEC	"Non-Recoverable Fault Event"

#define EVENT_TEST(name, what, title_in_spec, bits, flag, ...)                                  \
	{                                                                                       \
		.id = "event." name, .title = (what), .spec = (title_in_spec), .flags = (flag), \
		.needs = (bits), .run = __VA_ARGS__                                             \
	}
#define CAUSED_TEST(name, what, title_in_spec, bits, flag, its_cause, its_check) \
	EVENT_TEST(name, what, title_in_spec, bits, flag,                        \
		   LINKED(run_event, .cause = &(its_cause), .check = (its_check)))
#define COMPLETION_TEST(name, what, check)                                                   \
	CAUSED_TEST("completion-" name, what, COMPLETION_SPEC, NEED(QI), TEST_WITHOUT_AGENT, \
		    completion, check)
#define QUEUE_ERROR_TEST(name, what, check)                                              \
	CAUSED_TEST("queue-error-" name, what, FAULT_SPEC, NEED(QI), TEST_WITHOUT_AGENT, \
		    queue_error, check)
#define FAULT_TEST(name, what, check) \
	CAUSED_TEST("fault-" name, what, FAULT_SPEC, 0, TEST_SHARES_STAGE, dma_fault, check)

static const struct test tests[] = {
	COMPLETION_TEST("message", "a wait with IF sends the message", check_message),
	COMPLETION_TEST("masked", "masked it waits in IP, and goes out on unmasking", check_masked),
	COMPLETION_TEST("cleared", "IP falls with IWC", check_cleared),
	COMPLETION_TEST("kept", "IP stays as long as IWC does", check_kept),
	COMPLETION_TEST("whole", "all bits of the message go out", check_whole),
	COMPLETION_TEST("once", "no second event while IWC is set", check_once),
	COMPLETION_TEST("changed", "the message is the one programmed when it goes out",
			check_changed),
	COMPLETION_TEST("moved", "and when it was changed with nothing masked", check_moved),
	QUEUE_ERROR_TEST("message", "a stopped queue sends the message", check_message),
	QUEUE_ERROR_TEST("masked", "masked it waits in IP, and goes out on unmasking",
			 check_masked),
	QUEUE_ERROR_TEST("cleared", "IP falls with IQE", check_cleared),
	QUEUE_ERROR_TEST("kept", "IP stays as long as IQE does", check_kept),
	QUEUE_ERROR_TEST("whole", "all bits of the message go out", check_whole),
	QUEUE_ERROR_TEST("changed", "Jailhouse cc6a1654: no event is lost while it is reprogrammed",
			 check_changed),
	QUEUE_ERROR_TEST("moved", "a message that is changed with nothing masked goes out changed",
			 check_moved),
	FAULT_TEST("message", "a blocked request sends the message", check_message),
	FAULT_TEST("masked", "masked it waits in IP, and goes out on unmasking", check_masked),
	FAULT_TEST("cleared", "IP falls with the last record", check_cleared),
	FAULT_TEST("kept", "IP stays as long as a record does", check_kept),
	FAULT_TEST("whole", "all bits of the message go out", check_whole),
	FAULT_TEST("once", "no second event while a record is pending", check_once),
	FAULT_TEST("changed", "Jailhouse cc6a1654: no event is lost while it is reprogrammed",
		   check_changed),
	FAULT_TEST("moved", "a message that is changed with nothing masked goes out changed",
		   check_moved),
	CAUSED_TEST("fault-after-queue-error", "no second event while another status is set",
		    FAULT_SPEC, NEED(QI), TEST_SHARES_STAGE, dma_fault, check_other_cause),
	CAUSED_TEST("queue-error-after-fault", "nor by the queue's error after a fault", FAULT_SPEC,
		    NEED(QI), TEST_SHARES_STAGE, dma_fault, check_fault_first),
	CAUSED_TEST("fault-all-served", "IP stays until the last of two statuses is cleared",
		    FAULT_SPEC, NEED(QI), TEST_SHARES_STAGE, dma_fault, check_all_served),
	EVENT_TEST("status-apart", "Asterinas 3920: PPF and IQE are cleared one without the other",
		   "Fault Status Register", NEED(QI), TEST_SHARES_STAGE, status_apart),
};

const struct suite suite_register_events = SUITE("events", tests);
