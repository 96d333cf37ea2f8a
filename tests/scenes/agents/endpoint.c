/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/endpoint.h"

#include "arch/string.h"
#include "iommu/spec/regs.h"
#include "tests/units/modelled.h"

static bool endpoint_load(struct agent *agent, struct dma_address address, unsigned int offset,
			  unsigned int bytes);

struct endpoint *endpoint_of(const struct agent *agent)
{
	return agent->load == endpoint_load ? agent->device : NULL;
}

bool endpoint_send(struct endpoint *endpoint, const struct model_request *request,
		   struct model_answer *answer)
{
	struct model_request own = *request;
	bool is_ok;

	own.sid = endpoint->sid;
	memset(answer, 0, sizeof(*answer));
	if (!endpoint->is_bus_master)
		return false;
	is_ok = model_translate(&endpoint->behind->model, &own, answer);
	modelled_deliver(endpoint->behind);
	return is_ok;
}

/* Moves data as load and store do, for requests those cannot say (atomic, translated, execute). */
static bool move_data(struct endpoint *endpoint, const struct model_request *request, void *data)
{
	struct model_request own = *request;
	bool is_ok;

	own.sid = endpoint->sid;
	if (!endpoint->is_bus_master)
		return false;
	is_ok = model_dma(&endpoint->behind->model, &own, data);
	modelled_deliver(endpoint->behind);
	return is_ok;
}

static struct model_request request_of(struct dma_address address, enum model_kind kind,
				       unsigned int bytes)
{
	return (struct model_request){
		.type = address.is_translated ? MODEL_TRANSLATED : MODEL_UNTRANSLATED,
		.kind = kind,
		.has_pasid = address.has_pasid,
		.pasid = address.pasid,
		.privileged = address.privileged,
		.execute = address.is_execute,
		.address = address.iova.value,
		.bytes = bytes,
	};
}

/*
 * Like a real device it finishes whether or not the data came: a read that was blocked brings all
 * ones, as an Unsupported Request does.
 */
static bool endpoint_load(struct agent *agent, struct dma_address address, unsigned int offset,
			  unsigned int bytes)
{
	struct endpoint *endpoint = agent->device;
	struct model_request request = request_of(address, MODEL_READ, bytes);

	if (offset > AGENT_BUFFER_BYTES || bytes > AGENT_BUFFER_BYTES - offset)
		return false;
	memset(endpoint->buffer + offset, 0xff, bytes);
	move_data(endpoint, &request, endpoint->buffer + offset);
	return true;
}

static bool endpoint_store(struct agent *agent, struct dma_address address, unsigned int offset,
			   unsigned int bytes)
{
	struct endpoint *endpoint = agent->device;
	const enum model_kind kind = address.is_atomic ? MODEL_ATOMIC : MODEL_WRITE;
	struct model_request request = request_of(address, kind, bytes);

	if (offset > AGENT_BUFFER_BYTES || bytes > AGENT_BUFFER_BYTES - offset)
		return false;
	move_data(endpoint, &request, endpoint->buffer + offset);
	return true;
}

/* Looking at PQT brings a request to its end, even in a unit that takes its time. */
static uint64_t queue_tail(struct endpoint *endpoint)
{
	uint64_t tail = model_read(&endpoint->behind->model, REG_PQT, 8);

	modelled_deliver(endpoint->behind);
	return tail;
}

/* Nothing comes back for a page request that is queued: the queue shows it. */
static bool ask_for_page(struct endpoint *endpoint, struct model_request *request)
{
	const uint64_t before = queue_tail(endpoint);
	struct model_answer answer;

	request->type = MODEL_PAGE_REQUEST;
	request->wants_read = request->wants_write = true;
	request->last_in_group = true;
	endpoint_send(endpoint, request, &answer);
	return queue_tail(endpoint) != before;
}

static bool endpoint_ask(struct agent *agent, enum agent_question question,
			 struct dma_address address)
{
	struct model_request request = request_of(address, MODEL_READ, 0);
	struct model_answer answer;

	if (question == ASK_PAGE)
		return ask_for_page(agent->device, &request);
	request.type = MODEL_TRANSLATION;
	return endpoint_send(agent->device, &request, &answer) && answer.read && answer.write;
}

static bool endpoint_interrupt(struct agent *agent, const struct agent_interrupt *what)
{
	const struct dma_address to = { .iova = iova(what->address) };
	struct model_request request = request_of(to, MODEL_WRITE, what->bytes);
	uint64_t data = what->data;

	move_data(agent->device, &request, &data);
	return true;
}

static void endpoint_set_bus_master(struct agent *agent, bool on)
{
	((struct endpoint *)agent->device)->is_bus_master = on;
}

const struct agent_limits endpoint_limits = {
	.features = AGENT_PASID | AGENT_PRIVILEGED | AGENT_TRANSLATION | AGENT_PAGE_REQUEST |
		    AGENT_ATOMIC | AGENT_ZERO_LENGTH | AGENT_EXECUTE | AGENT_BUFFER |
		    AGENT_INTERRUPT | AGENT_READ | AGENT_ALONE,
	.transfer_max_bytes = AGENT_BUFFER_BYTES,
	.granule_bytes = 1,
	.address_mask = UINT64_MAX,
};

void endpoint_init(struct endpoint *endpoint, struct modelled *behind, uint16_t segment,
		   uint16_t sid, struct agent *agent)
{
	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->behind = behind;
	endpoint->sid = sid;
	*agent = (struct agent){
		.name = "endpoint",
		.segment = segment,
		.function = sid,
		.sid = sid,
		.limits = endpoint_limits,
		.load = endpoint_load,
		.store = endpoint_store,
		.ask = endpoint_ask,
		.interrupt = endpoint_interrupt,
		.set_bus_master = endpoint_set_bus_master,
		.device = endpoint,
	};
}
