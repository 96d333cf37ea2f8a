/* SPDX-License-Identifier: MIT */
#include "tests/server/endpoints.h"

#include <string.h>

#include "tests/server/units.h"

static const struct topology_place own_place = { .first_bus = SERVER_FIRST_BUS };

static struct endpoint *add(struct endpoints *endpoints, unsigned int unit, uint16_t sid)
{
	struct endpoint *endpoint =
		&endpoints->endpoint[endpoints->count + endpoints->device_count];

	endpoint->unit = unit;
	endpoint->sid = sid;
	endpoint_reset(endpoint);
	return endpoint;
}

void endpoints_make(struct endpoints *endpoints, struct units *units)
{
	endpoints->units = units;
	endpoints->count = endpoints->device_count = 0;
	for (unsigned int unit = 0; unit < units->count; unit++)
		for (unsigned int i = 0; i < TOPOLOGY_ENDPOINTS; i++) {
			add(endpoints, unit, topology_endpoint_sid(&own_place, unit, i));
			endpoints->count++;
		}
}

struct endpoint *endpoints_make_device(struct endpoints *endpoints, unsigned int unit, uint16_t sid)
{
	struct endpoint *endpoint = add(endpoints, unit, sid);

	endpoints->device_count++;
	return endpoint;
}

void endpoint_reset(struct endpoint *endpoint)
{
	memset(endpoint->registers, 0, sizeof(endpoint->registers));
	memset(endpoint->buffer, 0, sizeof(endpoint->buffer));
	endpoint->message_count = 0;
	endpoint->registers[EP_ID / 4] = endpoint->sid | endpoint->unit << 16;
}

void endpoints_reset(struct endpoints *endpoints)
{
	for (unsigned int i = 0; i < endpoints->count + endpoints->device_count; i++)
		endpoint_reset(&endpoints->endpoint[i]);
}

/* ---- requests ---- */

static uint32_t reg(const struct endpoint *endpoint, unsigned int offset)
{
	return endpoint->registers[offset / 4];
}

static uint64_t reg64(const struct endpoint *endpoint, unsigned int offset)
{
	return reg(endpoint, offset) | (uint64_t)reg(endpoint, offset + 4) << 32;
}

static void set64(struct endpoint *endpoint, unsigned int offset, uint64_t value)
{
	endpoint->registers[offset / 4] = (uint32_t)value;
	endpoint->registers[offset / 4 + 1] = (uint32_t)(value >> 32);
}

static struct model_request request_of(const struct endpoint *endpoint)
{
	uint32_t flags = reg(endpoint, EP_REQUEST);

	return (struct model_request){
		.type = (enum model_type)(flags & EP_TYPE),
		.kind = (enum model_kind)((flags & EP_KIND) >> EP_KIND_SHIFT),
		.sid = endpoint->sid,
		.has_pasid = reg(endpoint, EP_PASID) >> 31,
		.pasid = reg(endpoint, EP_PASID) % MODEL_PASID_LIMIT,
		.privileged = flags & EP_PRIVILEGED,
		.execute = flags & EP_EXECUTE,
		.no_write = flags & EP_NO_WRITE,
		.address = reg64(endpoint, EP_ADDRESS),
		.bytes = reg(endpoint, EP_LENGTH),
		.wants_read = flags & EP_WANTS_READ,
		.wants_write = flags & EP_WANTS_WRITE,
		.last_in_group = flags & EP_LAST_IN_GROUP,
		.group = (uint16_t)reg(endpoint, EP_GROUP),
	};
}

static uint32_t result_of(const struct model_answer *answer)
{
	return (answer->ok ? EP_OK : 0u) | (uint32_t)answer->completion << EP_COMPLETION_SHIFT |
	       (uint32_t)answer->reason << EP_REASON_SHIFT | (answer->read ? EP_MAY_READ : 0u) |
	       (answer->write ? EP_MAY_WRITE : 0u) |
	       (answer->untranslated_only ? EP_UNTRANSLATED_ONLY : 0u) |
	       (answer->snooped ? EP_SNOOPED : 0u) | (answer->privileged ? EP_IS_PRIVILEGED : 0u) |
	       (answer->execute ? EP_MAY_EXECUTE : 0u) | (answer->global ? EP_IS_GLOBAL : 0u) |
	       (answer->reported ? EP_REPORTED : 0u) |
	       (uint32_t)answer->page_shift << EP_SHIFT_SHIFT;
}

/* Requests that move no data: the answer is all there is. */
static uint32_t ask(struct endpoint *endpoint, struct model_unit *unit,
		    struct model_request *request)
{
	struct model_answer answer = { 0 };

	request->bytes = 0;
	model_translate(unit, request, &answer);
	set64(endpoint, EP_PHYSICAL, answer.phys);
	return EP_DONE | result_of(&answer);
}

static uint32_t write_data(struct endpoint *endpoint, struct model_unit *unit,
			   const struct model_request *request, uint8_t *data)
{
	if (reg(endpoint, EP_REQUEST) & EP_BY_PATTERN)
		for (unsigned int i = 0; i < request->bytes; i++)
			data[i] = (uint8_t)(reg64(endpoint, EP_PATTERN) >> (8 * (i % 8)));
	return model_dma(unit, request, data) ? EP_DONE | EP_OK : EP_DONE;
}

/* A read that was blocked brings all ones, as an Unsupported Request does. */
static uint32_t read_data(struct endpoint *endpoint, struct model_unit *unit,
			  const struct model_request *request, uint8_t *data)
{
	uint64_t first = UINT64_MAX;
	bool is_ok;

	memset(data, UINT8_MAX, request->bytes);
	is_ok = model_dma(unit, request, data);
	memcpy(&first, data, request->bytes < sizeof(first) ? request->bytes : sizeof(first));
	set64(endpoint, EP_PATTERN, first);
	return is_ok ? EP_DONE | EP_OK : EP_DONE;
}

static uint32_t send(struct endpoint *endpoint, struct model_unit *unit)
{
	struct model_request request = request_of(endpoint);
	uint32_t offset = reg(endpoint, EP_OFFSET);
	uint8_t *data = endpoint->buffer + offset;

	if (!(reg(endpoint, EP_MASTER) & 1))
		return EP_DONE;
	if (request.type == MODEL_TRANSLATION || request.type == MODEL_PAGE_REQUEST)
		return ask(endpoint, unit, &request);
	if (offset > ENDPOINT_BUFFER_BYTES || request.bytes > ENDPOINT_BUFFER_BYTES - offset)
		return 0;
	return request.kind == MODEL_READ ? read_data(endpoint, unit, &request, data)
					  : write_data(endpoint, unit, &request, data);
}

static void note(struct endpoint *endpoint, const struct served_unit *unit, uint64_t faults)
{
	const struct model_request request = request_of(endpoint);

	if (endpoint->seen_count < REQUESTS_SEEN)
		endpoint->seen[endpoint->seen_count] = (struct request_seen){
			.address = request.address,
			.bytes = request.bytes,
			.is_write = request.kind != MODEL_READ,
			.is_ok = reg(endpoint, EP_RESULT) & EP_OK,
			.faults = unit->model.counts.faults - faults,
			.invalidations = unit->watch.invalidations,
		};
	endpoint->seen_count++;
}

static void go(struct endpoints *endpoints, struct endpoint *endpoint)
{
	struct served_unit *unit = &endpoints->units->unit[endpoint->unit];
	uint64_t faults = unit->model.counts.faults;

	endpoint->registers[EP_RESULT / 4] = send(endpoint, &unit->model);
	note(endpoint, unit, faults);
	unit->watch.requests++;
	watch_texts(&unit->watch, &unit->model);
}

/* ---- messages ---- */

static struct endpoint *endpoint_at(struct endpoints *endpoints, uint16_t sid)
{
	for (unsigned int i = 0; i < endpoints->count + endpoints->device_count; i++)
		if (endpoints->endpoint[i].sid == sid)
			return &endpoints->endpoint[i];
	return NULL;
}

enum model_devtlb_answer endpoints_answer_devtlb(struct endpoints *endpoints,
						 const struct model_devtlb_request *request)
{
	struct endpoint *endpoint = endpoint_at(endpoints, request->sid);
	uint32_t order;

	if (!endpoint)
		return MODEL_DEVTLB_TIMEOUT;
	endpoint->registers[EP_INVALIDATIONS / 4]++;
	set64(endpoint, EP_INVALIDATED, request->address);
	endpoint->registers[EP_INVALIDATED_PASID / 4] =
		request->pasid | (uint32_t)request->has_pasid << 31 |
		(uint32_t)request->global << 30 | (uint32_t)request->size << 29;
	order = reg(endpoint, EP_ORDER) & 0xffff0000;
	endpoint->registers[EP_ORDER / 4] = order | (++endpoint->message_count & 0xffff);
	return (enum model_devtlb_answer)reg(endpoint, EP_ANSWER);
}

void endpoints_take_response(struct endpoints *endpoints,
			     const struct model_page_response *response)
{
	struct endpoint *endpoint = endpoint_at(endpoints, response->sid);
	uint32_t order;

	if (!endpoint)
		return;
	endpoint->registers[EP_RESPONSES / 4]++;
	endpoint->registers[EP_RESPONSE_PASID / 4] = response->pasid | (uint32_t)response->has_pasid
									       << 31;
	endpoint->registers[EP_RESPONSE / 4] = response->group | (uint32_t)response->code << 16 |
					       (uint32_t)response->by_software << 31;
	order = reg(endpoint, EP_ORDER) & 0xffff;
	endpoint->registers[EP_ORDER / 4] = order | ++endpoint->message_count << 16;
}

/* ---- registers ---- */

static uint32_t read_common(const struct endpoints *endpoints, uint32_t offset)
{
	const struct units *units = endpoints->units;
	const struct message *first = &units->messages[units->message_first];

	switch (offset) {
	case EPS_MAGIC:
		return SERVER_MAGIC;
	case EPS_COUNT:
		return endpoints->count;
	case EPS_STRIDE:
		return units->stride;
	case EPS_UNITS:
		return units->count;
	case EPS_BY_HAND:
		return units->is_by_hand;
	case EPS_MESSAGES:
		return units->message_count + units->in_flight_count;
	case EPS_MESSAGE_ADDRESS:
		return units->message_count ? (uint32_t)first->address : 0;
	case EPS_MESSAGE_ADDRESS + 4:
		return units->message_count ? (uint32_t)(first->address >> 32) : 0;
	case EPS_MESSAGE_DATA:
		return units->message_count ? first->data : 0;
	default:
		return 0;
	}
}

static uint32_t waiting_bit(const struct endpoints *endpoints, uint32_t offset)
{
	const struct units *units = endpoints->units;

	return offset == EP_RESULT && units->message_count + units->in_flight_count
		       ? EP_MESSAGES_WAIT
		       : 0;
}

static uint32_t read_block(const struct endpoints *endpoints, const struct endpoint *endpoint,
			   uint32_t offset)
{
	return endpoint->registers[offset / 4] | waiting_bit(endpoints, offset);
}

static uint32_t read32(const struct endpoints *endpoints, uint32_t offset)
{
	unsigned int index = offset / ENDPOINT_BYTES;

	if (index < endpoints->count)
		return read_block(endpoints, &endpoints->endpoint[index], offset % ENDPOINT_BYTES);
	return read_common(endpoints, offset);
}

static bool is_writable(uint32_t offset)
{
	return (offset >= EP_MASTER && offset < EP_GO) || offset == EP_ANSWER || offset == EP_GROUP;
}

static void write_block(struct endpoints *endpoints, struct endpoint *endpoint, uint32_t offset,
			uint32_t value)
{
	if (offset == EP_ANSWER && value > MODEL_DEVTLB_BAD_COMPLETION)
		return;
	if (is_writable(offset))
		endpoint->registers[offset / 4] = value;
	if (offset == EP_GO)
		go(endpoints, endpoint);
}

static void write32(struct endpoints *endpoints, uint32_t offset, uint32_t value)
{
	unsigned int index = offset / ENDPOINT_BYTES;
	struct message message;

	if (index < endpoints->count)
		write_block(endpoints, &endpoints->endpoint[index], offset % ENDPOINT_BYTES, value);
	else if (offset == EPS_MESSAGES)
		units_take_message(endpoints->units, &message);
}

/* Narrower accesses than 32 bits, crooked ones and those beyond the end are none. */
static bool is_access(uint32_t offset, unsigned int bytes, uint32_t end)
{
	return offset % 4 == 0 && bytes >= 4 && offset < end && bytes <= end - offset;
}

uint64_t endpoints_read(struct endpoints *endpoints, uint32_t offset, unsigned int bytes)
{
	uint64_t value;

	if (!is_access(offset, bytes, ENDPOINTS_BYTES))
		return 0;
	value = read32(endpoints, offset);
	if (bytes == 8)
		value |= (uint64_t)read32(endpoints, offset + 4) << 32;
	return value;
}

void endpoints_write(struct endpoints *endpoints, uint32_t offset, unsigned int bytes,
		     uint64_t value)
{
	if (!is_access(offset, bytes, ENDPOINTS_BYTES))
		return;
	write32(endpoints, offset, (uint32_t)value);
	if (bytes == 8)
		write32(endpoints, offset + 4, (uint32_t)(value >> 32));
}

uint64_t endpoint_read(struct endpoints *endpoints, struct endpoint *endpoint, uint32_t offset,
		       unsigned int bytes)
{
	uint64_t value;

	if (!is_access(offset, bytes, ENDPOINT_BYTES))
		return 0;
	value = read_block(endpoints, endpoint, offset);
	if (bytes == 8)
		value |= (uint64_t)read_block(endpoints, endpoint, offset + 4) << 32;
	return value;
}

void endpoint_write(struct endpoints *endpoints, struct endpoint *endpoint, uint32_t offset,
		    unsigned int bytes, uint64_t value)
{
	if (!is_access(offset, bytes, ENDPOINT_BYTES))
		return;
	write_block(endpoints, endpoint, offset, (uint32_t)value);
	if (bytes == 8)
		write_block(endpoints, endpoint, offset + 4, (uint32_t)(value >> 32));
}
