/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/outside.h"

#include <stddef.h>

#include "arch/apic.h"
#include "arch/mmio.h"
#include "arch/pci.h"
#include "arch/print.h"
#include "arch/time.h"
#include "iommu/spec/regs.h"
#include "tests/model/unit.h"
#include "tests/scenes/agents/endpoint.h"
#include "tests/server/endpoint_registers.h"
#include "tests/units/modelled.h"

/* How long messages may be on their way. */
enum { MESSAGE_US = 1000000 };

/* Those of all endpoints; NULL: there is no server. */
static volatile uint8_t *registers;

static uint32_t common(unsigned int offset)
{
	return mmio_read32(registers + offset);
}

void outside_open(void)
{
	const struct pci_device *device = pci_find(SERVER_VENDOR, SERVER_DEVICE, 0);
	uint64_t bytes;

	registers = NULL;
	if (!device)
		return;
	registers = pci_bar_map(device, 0, &bytes);
	pci_set_bus_master(device, true); /* else no message of the units leaves it */
	if (registers && bytes >= ENDPOINTS_BYTES && common(EPS_MAGIC) == SERVER_MAGIC)
		return;
	registers = NULL;
	print("# note: the unit server's function %s has no registers to be used\n",
	      pci_name(device));
}

bool outside_is_here(void)
{
	return registers;
}

/* An endpoint, and what its registers hold already: an access is an exit of a virtual machine. */
struct outside {
	volatile uint8_t *block;
	uint64_t written[ENDPOINT_BYTES / 8];
};

static struct outside outsides[ENDPOINTS_MAX];

static void set64(struct outside *endpoint, unsigned int offset, uint64_t value)
{
	if (endpoint->written[offset / 8] == value)
		return;
	endpoint->written[offset / 8] = value;
	mmio_write64(endpoint->block + offset, value);
}

static void set32_pair(struct outside *endpoint, unsigned int offset, uint32_t low, uint32_t high)
{
	set64(endpoint, offset, low | (uint64_t)high << 32);
}

static void raise_first(void)
{
	uint64_t address = common(EPS_MESSAGE_ADDRESS) | (uint64_t)common(EPS_MESSAGE_ADDRESS + 4)
								 << 32;
	uint32_t data = common(EPS_MESSAGE_DATA);

	mmio_write32(registers + EPS_MESSAGES, 1);
	if (modelled_is_for_this_processor(address, data))
		apic_raise((uint8_t)data);
}

/*
 * Where QEMU lets no message of the server through, they wait to be sent by hand. Else they are on their
 * way through QEMU, which goes on between two accesses.
 */
static void deliver(void)
{
	const bool is_by_hand = common(EPS_BY_HAND);
	struct deadline deadline = deadline_after_us(MESSAGE_US);

	while (common(EPS_MESSAGES) && !deadline_passed(&deadline))
		if (is_by_hand)
			raise_first();
}

static uint32_t request_bits(struct dma_address address, enum model_type type, enum model_kind kind)
{
	return (uint32_t)type | (uint32_t)kind << EP_KIND_SHIFT |
	       (address.privileged ? EP_PRIVILEGED : 0u) | (address.is_execute ? EP_EXECUTE : 0u);
}

/* Sends a request; EP_RESULT. */
static uint32_t send(const struct agent *agent, struct dma_address address, uint32_t request,
		     unsigned int offset, unsigned int bytes)
{
	struct outside *endpoint = agent->device;
	uint32_t result;

	set64(endpoint, EP_ADDRESS, address.iova.value);
	set32_pair(endpoint, EP_PASID, address.pasid | (address.has_pasid ? 1u << 31 : 0u),
		   request);
	set32_pair(endpoint, EP_LENGTH, bytes, offset);
	mmio_write32(endpoint->block + EP_GO, 1);
	result = mmio_read32(endpoint->block + EP_RESULT);
	if (result & EP_MESSAGES_WAIT)
		deliver();
	return result;
}

static enum model_type type_of(struct dma_address address)
{
	return address.is_translated ? MODEL_TRANSLATED : MODEL_UNTRANSLATED;
}

static bool outside_load(struct agent *agent, struct dma_address address, unsigned int offset,
			 unsigned int bytes)
{
	return send(agent, address, request_bits(address, type_of(address), MODEL_READ), offset,
		    bytes) &
	       EP_DONE;
}

static bool outside_store(struct agent *agent, struct dma_address address, unsigned int offset,
			  unsigned int bytes)
{
	enum model_kind kind = address.is_atomic ? MODEL_ATOMIC : MODEL_WRITE;

	return send(agent, address, request_bits(address, type_of(address), kind), offset, bytes) &
	       EP_DONE;
}

/* Nothing comes back for a page request that is queued: the queue shows it. */
static bool ask_for_page(struct agent *agent, struct dma_address address)
{
	const uint64_t before = unit_read64(agent->unit, REG_PQT);
	const uint32_t bits = request_bits(address, MODEL_PAGE_REQUEST, MODEL_READ);

	send(agent, address, bits | EP_WANTS_READ | EP_WANTS_WRITE | EP_LAST_IN_GROUP, 0, 0);
	return unit_read64(agent->unit, REG_PQT) != before;
}

static bool outside_ask(struct agent *agent, enum agent_question question,
			struct dma_address address)
{
	const uint32_t granted = EP_OK | EP_MAY_READ | EP_MAY_WRITE;

	if (question == ASK_PAGE)
		return ask_for_page(agent, address);
	return (send(agent, address, request_bits(address, MODEL_TRANSLATION, MODEL_READ), 0, 0) &
		granted) == granted;
}

static bool outside_interrupt(struct agent *agent, const struct agent_interrupt *what)
{
	const struct dma_address to = { .iova = iova(what->address) };
	struct outside *endpoint = agent->device;

	mmio_write64(endpoint->block + EP_PATTERN, what->data); /* reads change it */
	send(agent, to, request_bits(to, MODEL_UNTRANSLATED, MODEL_WRITE) | EP_BY_PATTERN, 0,
	     what->bytes);
	return true;
}

static void outside_set_bus_master(struct agent *agent, bool on)
{
	mmio_write32(((struct outside *)agent->device)->block + EP_MASTER, on);
}

bool outside_find(struct agent *agent, unsigned int nth, const char **complaint)
{
	struct outside *endpoint;
	uint16_t sid;

	*complaint = NULL;
	if (!registers || nth >= common(EPS_COUNT) || nth >= ENDPOINTS_MAX)
		return false;
	endpoint = &outsides[nth];
	*endpoint = (struct outside){ .block = registers + nth * ENDPOINT_BYTES };
	sid = (uint16_t)mmio_read32(endpoint->block + EP_ID);
	*agent = (struct agent){
		.name = "endpoint outside",
		.function = sid,
		.sid = sid,
		.limits = endpoint_limits,
		.load = outside_load,
		.store = outside_store,
		.ask = outside_ask,
		.interrupt = outside_interrupt,
		.set_bus_master = outside_set_bus_master,
		.deliver = deliver,
		.is_by_hand = common(EPS_BY_HAND),
		.device = endpoint,
	};
	return true;
}
