/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/sent.h"

#include "arch/apic.h"
#include "arch/string.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "tests/units/modelled.h"

/* How long a message may take, and how long we watch that no more comes. */
enum { ARRIVAL_US = 50000, SILENCE_US = 20, FIRST_VECTOR = 32 };

static struct {
	uint8_t vector;
	volatile unsigned int count;
} receivers[SENT_VECTORS];

static uint64_t strays;
static struct sent before;

/* ---- comparing ---- */

static bool is_same_message(const struct interrupt_message *a, const struct interrupt_message *b)
{
	return a->address == b->address && a->data == b->data;
}

static bool is_same_devtlb(const struct model_devtlb_request *a,
			   const struct model_devtlb_request *b)
{
	return a->sid == b->sid && a->has_pasid == b->has_pasid && a->pasid == b->pasid &&
	       a->global == b->global && a->size == b->size && a->address == b->address;
}

static bool is_same_response(const struct model_page_response *a,
			     const struct model_page_response *b)
{
	return a->sid == b->sid && a->has_pasid == b->has_pasid && a->pasid == b->pasid &&
	       a->group == b->group && a->code == b->code && a->by_software == b->by_software;
}

static const char *difference(const struct sent *a, const struct sent *b)
{
	if (a->message_count != b->message_count)
		return "another number of messages";
	if (a->message_count && !is_same_message(&a->message, &b->message))
		return "another message";
	if (a->devtlb_count != b->devtlb_count)
		return "another number of device-TLB invalidations";
	if (a->devtlb_count && !is_same_devtlb(&a->devtlb, &b->devtlb))
		return "another device-TLB invalidation";
	if (a->response_count != b->response_count)
		return "another number of page responses";
	if (a->response_count && !is_same_response(&a->response, &b->response))
		return "another page response";
	return NULL;
}

bool sent_is_same(const struct sent *a, const struct sent *b)
{
	return !difference(a, b);
}

/* ---- receiving ---- */

static void take(void *argument)
{
	volatile unsigned int *count = argument;

	*count = *count + 1;
}

bool sent_open(uint8_t vectors[SENT_VECTORS])
{
	for (unsigned int i = 0; i < SENT_VECTORS; i++) {
		vectors[i] = receivers[i].vector = trap_vector_alloc();
		if (!vectors[i])
			return false;
		trap_set_interrupt_handler(vectors[i], take, (void *)&receivers[i].count);
	}
	return true;
}

void sent_close(void)
{
	for (unsigned int i = 0; i < SENT_VECTORS; i++) {
		if (receivers[i].vector)
			trap_vector_free(receivers[i].vector);
		receivers[i].vector = 0;
	}
}

static int receiver_of(const struct interrupt_message *message)
{
	for (int i = 0; i < SENT_VECTORS; i++)
		if ((message->data & 0xff) == receivers[i].vector)
			return i;
	return -1;
}

/* Fixed, edge-triggered, to this processor by its number. */
static bool is_for_us(const struct interrupt_message *message)
{
	const uint64_t to = reg_put(INTERRUPT_ADDR_ID, INTERRUPT_ID) |
			    reg_put(INTERRUPT_ADDR_DST, apic_id() & 0xff) |
			    reg_put(INTERRUPT_ADDR_DST_HIGH, apic_id() >> 8);

	return message->address == to && receiver_of(message) >= 0 &&
	       !(message->data & ~(uint32_t)(0xff | reg_put(INTERRUPT_DATA_LEVEL, 1)));
}

bool sent_is_harmless(const struct unit *unit, const struct interrupt_message *message)
{
	if (unit->source == UNIT_MODEL)
		return (message->data & 0xff) >= FIRST_VECTOR || (message->data & 0xff) < 16;
	return is_for_us(message);
}

static struct endpoint *endpoint_at(struct modelled *modelled, uint16_t sid)
{
	for (unsigned int i = 0; i < TOPOLOGY_ENDPOINTS; i++)
		if (modelled->endpoints[i].sid == sid)
			return &modelled->endpoints[i];
	return NULL;
}

static struct endpoint *device_at(const struct unit *unit, uint16_t sid)
{
	struct modelled *modelled = modelled_of(unit);

	return modelled ? endpoint_at(modelled, sid) : NULL;
}

bool sent_has_device(const struct unit *unit, uint16_t sid)
{
	return device_at(unit, sid);
}

enum model_devtlb_answer sent_devtlb_answer(const struct unit *unit, uint16_t sid)
{
	struct endpoint *endpoint = device_at(unit, sid);

	return endpoint ? endpoint->devtlb_answer : MODEL_DEVTLB_TIMEOUT;
}

/* All that a modelled unit has sent so far. */
static struct sent sent_by(struct modelled *modelled)
{
	struct sent sent = { .message_count = modelled->sent_message_count,
			     .message = modelled->last_message };

	for (unsigned int i = 0; i < TOPOLOGY_ENDPOINTS; i++) {
		sent.devtlb_count += modelled->endpoints[i].devtlb_count;
		sent.response_count += modelled->endpoints[i].response_count;
	}
	return sent;
}

void sent_begin(const struct unit *unit)
{
	struct modelled *modelled = modelled_of(unit);

	for (unsigned int i = 0; i < SENT_VECTORS; i++)
		receivers[i].count = 0;
	strays = trap_stray_count();
	if (modelled)
		before = sent_by(modelled);
}

static const char *difference_of_model(struct modelled *modelled, const struct sent *due)
{
	struct sent now = sent_by(modelled);
	struct endpoint *asked = endpoint_at(modelled, due->devtlb.sid);
	struct endpoint *answered = endpoint_at(modelled, due->response.sid);

	now.message_count -= before.message_count;
	now.devtlb_count -= before.devtlb_count;
	now.response_count -= before.response_count;
	if (asked)
		now.devtlb = asked->devtlb;
	if (answered)
		now.response = answered->response;
	return difference(&now, due);
}

/* Of more than one message, or one for somebody else, nobody knows what arrives here. */
static const char *difference_of_arrivals(const struct sent *due)
{
	const struct deadline end = deadline_after_us(ARRIVAL_US);
	const bool is_due = due->message_count == 1 && is_for_us(&due->message);
	const int at = is_due ? receiver_of(&due->message) : -1;

	if (due->message_count && !is_due)
		return NULL;
	while (is_due && !receivers[at].count && !deadline_passed(&end))
		continue;
	time_delay_us(SILENCE_US);
	if (is_due && receivers[at].count != 1)
		return receivers[at].count ? "arrives more than once" : "does not arrive";
	for (int i = 0; i < SENT_VECTORS; i++)
		if (i != at && receivers[i].count)
			return is_due ? "arrives elsewhere, too" : "arrives";
	return trap_stray_count() != strays ? "arrives elsewhere" : NULL;
}

const char *sent_difference(const struct unit *unit, const struct sent *due)
{
	struct modelled *modelled = modelled_of(unit);

	return modelled ? difference_of_model(modelled, due) : difference_of_arrivals(due);
}
