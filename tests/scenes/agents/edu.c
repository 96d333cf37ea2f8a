/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/edu.h"

#include "arch/apic.h"
#include "arch/mmio.h"
#include "arch/pci.h"
#include "arch/time.h"
#include "arch/trap.h"

#define EDU_VENDOR  0x1234
#define EDU_DEVICE  0x11e8
#define EDU_ID	    0x010000edu
#define EDU_ID_MASK 0xff00ffffu /* the version may change */

/* BAR 0 */
enum {
	EDU_REG_ID = 0x00,
	EDU_REG_RAISE = 0x60,
	EDU_REG_ACKNOWLEDGE = 0x64,
	EDU_REG_SOURCE = 0x80,
	EDU_REG_DESTINATION = 0x88,
	EDU_REG_COUNT = 0x90,
	EDU_REG_COMMAND = 0x98,
	EDU_BUFFER = 0x40000, /* how DMA addresses name the device's own buffer */
};

/* The command register, and what its interrupt says. */
enum { EDU_RUN = 1 << 0, EDU_TO_MEMORY = 1 << 1, EDU_INTERRUPT = 1 << 2 };
#define EDU_DMA_DONE 0x100u
#define EDU_BY_HAND  0x1u /* any value but that one */

/* A transfer takes 100 ms of the device's clock; this is when to look, and when to give up. */
#define EDU_TRANSFER_US 100100u
#define EDU_GLANCE_US	1000u
#define EDU_DEADLINE_US 2000000u

/* Some versions end the machine at a transfer of the whole 4096-byte buffer. */
#define EDU_TRANSFER_MAX_BYTES 2048u

struct edu {
	const struct pci_device *pci;
	volatile uint8_t *registers;
	uint8_t vector; /* 0: without an interrupt, the clock tells when to look */
	volatile bool is_done;
};

static struct edu edus[AGENTS_MAX];

static void note_done(void *argument)
{
	((struct edu *)argument)->is_done = true;
}

/* Only a hint: a message that is lost costs time, nothing else. */
static void wait_until_done(struct edu *edu)
{
	if (!edu->vector) {
		time_idle_us(EDU_TRANSFER_US);
		return;
	}
	time_idle_until(&edu->is_done, 2 * EDU_TRANSFER_US);
	mmio_write32(edu->registers + EDU_REG_ACKNOWLEDGE, EDU_DMA_DONE);
}

static bool run(struct edu *edu, uint64_t source, uint64_t destination, unsigned int bytes,
		uint32_t command)
{
	struct deadline deadline = deadline_after_us(EDU_DEADLINE_US);

	edu->is_done = false;
	if (edu->vector)
		command |= EDU_INTERRUPT;
	mmio_write64(edu->registers + EDU_REG_SOURCE, source);
	mmio_write64(edu->registers + EDU_REG_DESTINATION, destination);
	mmio_write64(edu->registers + EDU_REG_COUNT, bytes);
	mmio_write32(edu->registers + EDU_REG_COMMAND, command);
	wait_until_done(edu);
	while (mmio_read32(edu->registers + EDU_REG_COMMAND) & EDU_RUN) {
		if (deadline_passed(&deadline))
			return false;
		time_idle_us(EDU_GLANCE_US);
	}
	return true;
}

static bool edu_load(struct agent *agent, struct dma_address address, unsigned int offset,
		     unsigned int bytes)
{
	return run(agent->device, address.iova.value, EDU_BUFFER + offset, bytes, EDU_RUN);
}

static bool edu_store(struct agent *agent, struct dma_address address, unsigned int offset,
		      unsigned int bytes)
{
	return run(agent->device, EDU_BUFFER + offset, address.iova.value, bytes,
		   EDU_RUN | EDU_TO_MEMORY);
}

static bool lead_interrupts_home(struct edu *edu)
{
	return pci_msi_enable(edu->pci, apic_msi_address(), apic_msi_data(edu->vector));
}

/* Its own message, programmed to be this one, goes out at once. The data of an MSI has 16 bits. */
static bool send_as_msi(struct edu *edu, const struct agent_interrupt *request)
{
	if (!pci_msi_enable(edu->pci, request->address, (uint32_t)request->data))
		return false;
	mmio_write32(edu->registers + EDU_REG_RAISE, EDU_BY_HAND);
	mmio_write32(edu->registers + EDU_REG_ACKNOWLEDGE, EDU_BY_HAND);
	(void)mmio_read32(edu->registers + EDU_REG_ACKNOWLEDGE); /* pushes what is under way */
	return lead_interrupts_home(edu);
}

/* A transfer without an interrupt of its own: that one would be remapped, too. */
static bool send_as_dma(struct edu *edu, const struct agent_interrupt *request)
{
	static volatile uint64_t source;
	const uint64_t from = phys_of(&source).value;
	const uint8_t vector = edu->vector;
	bool is_done;

	source = request->data;
	edu->vector = 0;
	is_done = run(edu, from, EDU_BUFFER, request->bytes, EDU_RUN) &&
		  run(edu, EDU_BUFFER, request->address, request->bytes, EDU_RUN | EDU_TO_MEMORY);
	edu->vector = vector;
	return is_done;
}

static bool edu_interrupt(struct agent *agent, const struct agent_interrupt *request)
{
	struct edu *edu = agent->device;

	if (!edu->vector || request->is_dma || request->bytes != 4 || request->data > UINT16_MAX)
		return send_as_dma(edu, request);
	return send_as_msi(edu, request);
}

static void edu_set_bus_master(struct agent *agent, bool on)
{
	pci_set_bus_master(((struct edu *)agent->device)->pci, on);
}

/* A message when a transfer is done saves waking up twice for it. */
static void enable_interrupt(struct edu *edu)
{
	edu->vector = trap_vector_alloc_for_ever();
	if (edu->vector && lead_interrupts_home(edu))
		trap_set_interrupt_handler(edu->vector, note_done, edu);
	else
		edu->vector = 0;
}

bool edu_find(struct agent *agent, unsigned int nth, const char **complaint)
{
	const struct pci_device *device = pci_find(EDU_VENDOR, EDU_DEVICE, nth);
	volatile uint8_t *registers;
	struct edu *edu;
	uint64_t bytes;

	*complaint = NULL;
	if (!device || nth >= AGENTS_MAX)
		return false;
	registers = pci_bar_map(device, 0, &bytes);
	if (!registers) {
		*complaint = "its BAR 0 has no address";
		return false;
	}
	if ((mmio_read32(registers + EDU_REG_ID) & EDU_ID_MASK) != (EDU_ID & EDU_ID_MASK)) {
		*complaint = "its identification register is not edu's";
		return false;
	}
	edu = &edus[nth];
	*edu = (struct edu){ .pci = device, .registers = registers };
	enable_interrupt(edu);
	*agent = (struct agent){
		.name = "edu",
		.segment = device->segment,
		.function = (uint16_t)(device->bus << 8 | device->devfn),
		.sid = pci_requester_id(device),
		.limits = {
			.features = AGENT_BUFFER | AGENT_INTERRUPT | AGENT_READ | AGENT_ALONE,
			.transfer_max_bytes = EDU_TRANSFER_MAX_BYTES,
			.granule_bytes = 1,
			.address_mask = UINT64_MAX,
			.transfer_us = EDU_TRANSFER_US,
		},
		.load = edu_load,
		.store = edu_store,
		.interrupt = edu_interrupt,
		.set_bus_master = edu_set_bus_master,
		.device = edu,
	};
	return true;
}
