/* SPDX-License-Identifier: MIT */
#include "tests/scenes/interrupt_test.h"

#include "arch/apic.h"
#include "arch/print.h"
#include "arch/string.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "iommu/unit/fault.h"
#include "tests/scenes/queue_test.h"
#include "tests/units/modelled.h"

/* How long a message or its fault may take, and how long we watch that no more comes. */
enum { ARRIVAL_US = 50000, SILENCE_US = 100 };

struct receiver {
	uint8_t vector;
	volatile unsigned int count;
	volatile bool was_level;
};

static struct receiver receivers[INTERRUPT_RECEIVERS];
static struct interrupt_test test_state;

static void take(void *argument)
{
	struct receiver *receiver = argument;

	receiver->was_level = apic_is_level(receiver->vector);
	receiver->count = receiver->count + 1;
	if (test_state.on_arrival)
		test_state.on_arrival();
}

/* ---- the fixture ---- */

static bool take_vectors(struct interrupt_test *test)
{
	for (unsigned int i = 0; i < INTERRUPT_RECEIVERS; i++) {
		test->vector[i] = receivers[i].vector = trap_vector_alloc();
		if (!test->vector[i])
			return false;
		trap_set_interrupt_handler(test->vector[i], take, &receivers[i]);
	}
	return true;
}

/* An x2APIC takes messages of extended mode only, an xAPIC the other ones. */
static bool has_obstacle(struct test_run *run)
{
	if (!apic_is_present() || (!apic_is_x2apic() && apic_id() > 0xff))
		test_skip(run, "no local APIC that messages reach");
	else if (apic_is_x2apic() && !caps_has(&run->unit->caps, CAPABILITY_EIM))
		test_skip(run, "the processor's APIC is an x2APIC, and unit %u lacks ECAP.EIM",
			  run->unit->index);
	else if (!apic_is_x2apic() && run->unit->source == UNIT_REAL &&
		 caps_has(&run->unit->caps, CAPABILITY_EIMER))
		test_skip(run, "unit %u has ECAP.EIMER, and the processor's APIC is no x2APIC",
			  run->unit->index);
	return run->is_skipped;
}

static bool turn_on(struct test_run *run, struct interrupt_test *test)
{
	const struct irte entry = interrupt_test_entry(run, 0);

	return interrupt_test_load(run, &test->table, test->is_extended) &&
	       interrupt_test_publish(run, INTERRUPT_TEST_INDEX, &entry) &&
	       unit_set_interrupt_remapping(run->unit, true) == STATUS_OK;
}

static void *open_test(struct test_run *run)
{
	struct interrupt_test *test = &test_state;

	if (has_obstacle(run))
		return NULL;
	*test = (struct interrupt_test){
		.is_extended = apic_is_x2apic() || caps_has(&run->unit->caps, CAPABILITY_EIMER),
	};
	run->fixture = test;
	if (interrupt_table_create(&test->table, run->unit, INTERRUPT_TEST_S) != STATUS_OK ||
	    !take_vectors(test)) {
		test_error(run, "no memory or no vectors");
		return test;
	}
	run->agent->set_bus_master(run->agent, true);
	if (queue_test_open(run, TTM_LEGACY, false, 0) && !turn_on(run, test) && !run->has_failed)
		test_fail(run, "cannot turn remapping on: %s", unit_failure(run->unit));
	return test;
}

static void close_test(struct test_run *run)
{
	struct interrupt_test *test = run->fixture;
	struct unit *unit = run->unit;
	enum status status = unit_set_interrupt_remapping(unit, false);

	if (status == STATUS_OK && reg_get(unit_read32(unit, REG_GSTS), GSTS_CFIS))
		status = unit_set_compatibility_interrupts(unit, false);
	if (status == STATUS_OK && unit->queue.on)
		status = queue_disable(unit);
	if (status != STATUS_OK)
		test_fail(run, "no rest: %s", unit_failure(unit));
	for (unsigned int i = 0; i < INTERRUPT_RECEIVERS; i++)
		if (test->vector[i])
			trap_vector_free(test->vector[i]);
	interrupt_table_destroy(&test->table);
	fault_clear(unit);
}

const struct fixture interrupt_test_fixture = { open_test, close_test };

/* ---- entries ---- */

struct irte interrupt_test_entry(const struct test_run *run, unsigned int receiver)
{
	const struct interrupt_test *test = run->fixture;

	return interrupt_entry(test->vector[receiver], apic_id(), test->is_extended,
			       run->agent->sid);
}

bool interrupt_test_publish(struct test_run *run, uint16_t index, const struct irte *entry)
{
	struct interrupt_test *test = run->fixture;

	test->last = *entry;
	if (publish_interrupt(run->unit, &test->table, index, entry) == STATUS_OK)
		return true;
	test_fail(run, "cannot publish an entry: %s", unit_failure(run->unit));
	return false;
}

bool interrupt_test_load(struct test_run *run, const struct interrupt_table *table, bool extended)
{
	if (interrupt_table_load(run->unit, table, extended) == STATUS_OK)
		return true;
	test_fail(run, "cannot latch the table: %s", unit_failure(run->unit));
	return false;
}

struct interrupt_message interrupt_both_formats(uint8_t vector)
{
	return (struct interrupt_message){
		.address = apic_msi_address() | FIELD_MASK(INTERRUPT_ADDR_FORMAT),
		.data = apic_msi_data(vector),
	};
}

uint16_t interrupt_index_of(struct interrupt_message message)
{
	return (uint16_t)reg_get(message.address, REMAPPABLE_ADDR_HANDLE_LOW);
}

struct interrupt_message interrupt_test_request(uint16_t index)
{
	return interrupt_message(index, false, 0);
}

/* ---- a request, and what came of it ---- */

/*
 * "Interrupt Requests in Compatibility Format": what a request through this entry becomes. What a real unit
 * sends only its receiver sees; a modelled one shows it.
 */
static struct interrupt_message message_of_entry(const struct interrupt_test *test)
{
	const uint64_t *q = test->last.q;
	const uint64_t destination =
		test->is_extended ? field_get(q, IRTE_DST) : field_get(q, IRTE_DST_XAPIC);

	return (struct interrupt_message){
		.address = reg_put(INTERRUPT_ADDR_ID, INTERRUPT_ID) |
			   reg_put(INTERRUPT_ADDR_DST, destination & 0xff) |
			   reg_put(INTERRUPT_ADDR_DST_HIGH, destination >> 8) |
			   reg_put(INTERRUPT_ADDR_RH, field_get(q, IRTE_RH)) |
			   reg_put(INTERRUPT_ADDR_DM, field_get(q, IRTE_DM)),
		.data = (uint32_t)(reg_put(INTERRUPT_DATA_V, field_get(q, IRTE_V)) |
				   reg_put(INTERRUPT_DATA_DLM, field_get(q, IRTE_DLM)) |
				   reg_put(INTERRUPT_DATA_LEVEL, 1) |
				   reg_put(INTERRUPT_DATA_TM, field_get(q, IRTE_TM))),
	};
}

/* "Interrupt-Posting Hardware Operation": the notification of a posted one, fixed and edge-triggered. */
static struct interrupt_message message_of(const struct interrupt_test *test)
{
	struct interrupt_test notification = { .is_extended = test->is_extended };
	uint64_t *q = notification.last.q;

	if (!test->posted)
		return message_of_entry(test);
	field_set(q, IRTE_DST, field_get(test->posted->q, PID_NDST));
	field_set(q, IRTE_V, field_get(test->posted->q, PID_NV));
	return message_of_entry(&notification);
}

struct arrival {
	bool is_sent;
	unsigned int count[INTERRUPT_RECEIVERS];
	bool was_level;
	uint64_t strays;
	const struct modelled *modelled; /* NULL: a real unit */
	unsigned int sent_count;
	struct fault_log log;
};

static bool has_come(struct test_run *run)
{
	return receivers[0].count || receivers[1].count ||
	       reg_get(unit_read32(run->unit, REG_FSTS), FSTS_PPF);
}

/* Most of it is there at the first look; what is late is looked for more and more rarely. */
static void wait_for(struct test_run *run, bool is_anything_due)
{
	const struct deadline end = deadline_after_us(ARRIVAL_US);

	for (uint64_t us = 1; is_anything_due && !has_come(run) && !deadline_passed(&end); us *= 2)
		time_idle_us(us);
	time_delay_us(SILENCE_US);
}

static struct arrival send(struct test_run *run, struct interrupt_message message,
			   const struct interrupt_due *due)
{
	const struct agent_interrupt request = {
		.address = message.address,
		.data = message.data,
		.bytes = due->is_8_bytes ? 8 : 4,
		.is_dma = due->is_dma,
	};
	const uint64_t strays = trap_stray_count();
	struct arrival came = { .modelled = modelled_of(run->unit) };
	const unsigned int sent = came.modelled ? came.modelled->sent_message_count : 0;

	fault_clear(run->unit);
	for (unsigned int i = 0; i < INTERRUPT_RECEIVERS; i++)
		receivers[i].count = 0;
	came.is_sent = run->agent->interrupt(run->agent, &request);
	wait_for(run, !due->is_unrecorded && !due->is_elsewhere);
	for (unsigned int i = 0; i < INTERRUPT_RECEIVERS; i++)
		came.count[i] = receivers[i].count;
	came.was_level = receivers[due->receiver].was_level;
	came.strays = trap_stray_count() - strays;
	if (came.modelled)
		came.sent_count = came.modelled->sent_message_count - sent;
	fault_collect(run->unit, &came.log);
	return came;
}

/* "Interrupt Remapping Fault Conditions": those met before an index is known. */
static bool has_index(uint8_t reason)
{
	return reason != FR_IR_20 && reason != FR_IR_25 && reason != FR_IR_29 &&
	       reason != FR_IR_2A && reason != FR_IR_2B;
}

static const char *find_wrong_message(const struct test_run *run, const struct arrival *came)
{
	const struct interrupt_message wanted = message_of(run->fixture);
	const struct interrupt_message *sent = &came->modelled->last_message;

	if (came->sent_count != 1)
		return "the unit does not send one message";
	return sent->address == wanted.address && sent->data == wanted.data
		       ? NULL
		       : "the message is not as the entry says";
}

static const char *find_wrong_arrival(const struct test_run *run, const struct arrival *came,
				      const struct interrupt_due *due)
{
	const bool is_blocked = due->reason || due->is_unrecorded;
	const bool is_due = !is_blocked && !due->is_elsewhere;
	const unsigned int count = came->count[due->receiver];

	if (came->modelled && !is_blocked && !due->is_compatible)
		return find_wrong_message(run, came);
	if (came->strays || came->count[!due->receiver])
		return is_due ? "arrives elsewhere" : "arrives elsewhere for not at all";
	if (!is_due)
		return count ? "arrives" : NULL;
	if (count != 1)
		return count ? "arrives more than once" : "does not arrive";
	return came->modelled || run->agent->is_by_hand || came->was_level == due->is_level
		       ? NULL
		       : "arrives with the other trigger mode";
}

static const char *find_wrong_record(const struct test_run *run, const struct arrival *came,
				     const struct interrupt_due *due)
{
	static char text[48];
	const struct fault *fault = &came->log.faults[0];
	const unsigned int wanted = due->reason && !due->is_unrecorded;

	text[0] = 0;
	if (came->log.count != wanted)
		print_to(text, sizeof(text), "%u faults for %u", came->log.count, wanted);
	else if (wanted && fault->reason != due->reason && fault->reason != due->other_reason)
		print_to(text, sizeof(text), "reason %02X for %02X", fault->reason, due->reason);
	else if (wanted && fault->sid != run->agent->sid)
		print_to(text, sizeof(text), "the record has another source-id");
	else if (wanted && has_index(due->reason) &&
		 fault->address != (uint64_t)due->index << FIELD_LOW_BIT(FRCD_FI_INDEX))
		print_to(text, sizeof(text), "the record has another index");
	return text[0] ? text : NULL;
}

/* Once each: what a unit never does would be told with every request. */
static void complain(struct test_run *run, const char *label, const char *wrong)
{
	char text[100];

	print_to(text, sizeof(text), "%s%s%s", label ? label : "", label ? ": " : "", wrong);
	if (!strstr(run->observed, text))
		test_fail(run, "%s", text);
}

/* An agent's own message goes anywhere; as DMA it needs all bits of the address. */
static bool is_out_of_reach(struct test_run *run, struct interrupt_message message,
			    const struct interrupt_due *due)
{
	const bool is_dma = due->is_dma || due->is_8_bytes || message.data > UINT16_MAX;

	if (!is_dma || !(message.address & ~run->agent->limits.address_mask))
		return false;
	test_skip(run, "the agent behind unit %u drives address bits up to %llx only",
		  run->unit->index, (unsigned long long)run->agent->limits.address_mask);
	return true;
}

bool interrupt_test_expect(struct test_run *run, struct interrupt_message message,
			   struct interrupt_due due, const char *label)
{
	struct arrival came;
	const char *arrival, *record;

	if (is_out_of_reach(run, message, &due))
		return false;
	came = send(run, message, &due);
	if (!came.is_sent) { /* nothing left the device, or it does not tell */
		test_error(run, "the agent does not finish");
		return false;
	}
	arrival = find_wrong_arrival(run, &came, &due);
	record = find_wrong_record(run, &came, &due);
	if (arrival)
		complain(run, label, arrival);
	if (record)
		complain(run, label, record);
	return !arrival;
}

const char *interrupt_test_differs(struct test_run *run, struct interrupt_message message,
				   struct interrupt_due due)
{
	const struct arrival came = send(run, message, &due);
	const char *wrong = find_wrong_arrival(run, &came, &due);

	return wrong ? wrong : find_wrong_record(run, &came, &due);
}
