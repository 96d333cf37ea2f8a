/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/nvme.h"

#include "arch/cpu.h"
#include "arch/mmio.h"
#include "arch/page.h"
#include "arch/pci.h"
#include "arch/print.h"
#include "arch/string.h"
#include "arch/time.h"
#include "tests/scenes/agents/nvme_registers.h"

enum { CONTROLLERS_MAX = 16, COMPLAINTS_TOLD = 3 };

/* A command takes so long at most; between two glances the processor idles. */
#define COMMAND_US UINT64_C(1000000)
#define GLANCE_US  10u

/* Identifiers: of commands in a page of the scene with its number, and of our own with the slot. */
enum { ID_OF_PAGES = 0xa500, ID_OF_SLOTS = 0x5a00 };

struct nvme {
	const struct pci_device *pci;
	volatile uint8_t *registers;
	uint64_t ready_us;
	unsigned int stride;
	unsigned int complaints;

	/* Two pages in a row, and where the controller finds them; the queues while it is enabled. */
	uint8_t *pages;
	iova_t pages_iova;
	bool is_enabled;
	uint64_t submissions; /* ASQ */
	unsigned int tail, head;
	bool phase;

	uint8_t log[NVME_LOG_FIRMWARE_BYTES];
};

static struct nvme controllers[CONTROLLERS_MAX];

/* Controllers may share their pages, one after the other: whose queues are in them. */
static const struct nvme *last_user;

static void complain(struct nvme *nvme, const char *what, uint32_t csts)
{
	if (nvme->complaints++ < COMPLAINTS_TOLD)
		print("# note: nvme %s: %s (CSTS %x)%s\n", pci_name(nvme->pci), what, csts,
		      nvme->complaints == COMPLAINTS_TOLD ? "; no more is told of it" : "");
}

static uint32_t status_of(const struct nvme *nvme)
{
	return mmio_read32(nvme->registers + NVME_CSTS);
}

/* CSTS.RDY follows CC.EN within CAP.TO. */
static bool wait_ready(struct nvme *nvme, uint32_t wanted)
{
	const struct deadline end = deadline_after_us(nvme->ready_us);

	while ((status_of(nvme) & NVME_CSTS_RDY) != wanted) {
		if (deadline_passed(&end)) {
			complain(nvme, wanted ? "does not become ready" : "does not reset",
				 status_of(nvme));
			return false;
		}
		time_idle_us(GLANCE_US);
	}
	return true;
}

static bool reset(struct nvme *nvme)
{
	nvme->is_enabled = false;
	mmio_write32(nvme->registers + NVME_CC, 0);
	return wait_ready(nvme, 0);
}

/* Queues of ours and no interrupt: completions are looked at. */
static bool enable(struct nvme *nvme, uint64_t submissions)
{
	if (!reset(nvme))
		return false;
	memset(nvme->pages + PAGE_BYTES, 0, PAGE_BYTES);
	cpu_fence();
	mmio_write32(nvme->registers + NVME_AQA, NVME_AQA_OURS);
	mmio_write64(nvme->registers + NVME_ASQ, submissions);
	mmio_write64(nvme->registers + NVME_ACQ, nvme->pages_iova.value + PAGE_BYTES);
	mmio_write32(nvme->registers + NVME_CC, NVME_CC_OURS | NVME_CC_EN);
	if (!wait_ready(nvme, NVME_CSTS_RDY))
		return false;
	mmio_write32(nvme->registers + NVME_INTMS, UINT32_MAX);
	last_user = nvme;
	nvme->submissions = submissions;
	nvme->tail = nvme->head = 0;
	nvme->phase = true;
	nvme->is_enabled = true;
	return true;
}

static void ring(struct nvme *nvme, unsigned int doorbell, unsigned int value)
{
	mmio_write32(nvme->registers + NVME_DOORBELLS + doorbell * nvme->stride, value);
}

/* Silent: for whatever reason, and none of them is the unit's. */
enum answer { ANSWERED, GAVE_UP, SILENT };

/* What a controller without an answer says of itself. */
static const char *ailment(uint32_t csts)
{
	if (csts == UINT32_MAX)
		return "is gone";
	return csts & (NVME_CSTS_RDY | NVME_CSTS_CFS) ? NULL
						      : "was reset in the middle of a command";
}

static enum answer note_silence(struct nvme *nvme, const char *what, uint32_t csts)
{
	complain(nvme, what, csts);
	nvme->is_enabled = false;
	return SILENT;
}

/* The next completion. A controller that gave up or is silent is not enabled any more. */
static enum answer await(struct nvme *nvme, uint16_t *id)
{
	const struct deadline end = deadline_after_us(COMMAND_US);
	volatile struct nvme_completion *queue = (volatile void *)(nvme->pages + PAGE_BYTES);

	while (true) {
		const uint32_t word = queue[nvme->head].id_and_status;
		const uint32_t csts = status_of(nvme);

		if ((word >> 16 & 1) == nvme->phase) {
			*id = (uint16_t)word;
			nvme->head = (nvme->head + 1) % NVME_ENTRIES;
			nvme->phase ^= !nvme->head;
			ring(nvme, 1, nvme->head);
			return ANSWERED;
		}
		if (ailment(csts))
			return note_silence(nvme, ailment(csts), csts);
		if (csts & NVME_CSTS_CFS) {
			nvme->is_enabled = false;
			return GAVE_UP;
		}
		if (deadline_passed(&end))
			return note_silence(nvme, "does not answer within a second: it is reset",
					    csts);
		time_idle_us(GLANCE_US);
	}
}

/* One command in the next slot of our own page; its fetch is the first thing the controller asks the unit for. */
static enum answer execute(struct agent *agent, struct nvme_command command)
{
	struct nvme *nvme = agent->device;
	const uint16_t wanted = (uint16_t)(ID_OF_SLOTS | nvme->tail);
	enum answer answer;
	uint16_t id = 0;

	command.opcode_and_id |= (uint32_t)wanted << 16;
	agent->fetch = iova(nvme->submissions + nvme->tail * sizeof(command));
	memcpy(nvme->pages + nvme->tail * sizeof(command), &command, sizeof(command));
	cpu_fence();
	nvme->tail = (nvme->tail + 1) % NVME_ENTRIES;
	ring(nvme, 0, nvme->tail);
	answer = await(nvme, &id);
	if (answer == ANSWERED && id != wanted) {
		complain(nvme, "answers a command that it was not given", status_of(nvme));
		nvme->is_enabled = false;
	}
	return answer;
}

static struct nvme_command get_log(uint64_t address, unsigned int bytes)
{
	const uint64_t next = (address & ~(uint64_t)(PAGE_BYTES - 1)) + PAGE_BYTES;
	const bool is_crossing = address + bytes > next;

	return (struct nvme_command){
		.opcode_and_id = NVME_GET_LOG_PAGE,
		.nsid = NVME_ALL_NAMESPACES,
		.prp1 = address,
		.prp2 = is_crossing ? next : 0,
		.dwords = { NVME_LOG_DWORDS(bytes) },
	};
}

/* It has its commands from our own page, and nobody used that since. */
static bool is_at_work(const struct nvme *nvme)
{
	return nvme->is_enabled && last_user == nvme && nvme->submissions == nvme->pages_iova.value;
}

/* Counts what is silent; false then, as nothing is known of what moved. */
static bool has_ended(struct agent *agent, enum answer answer)
{
	agent->silent_count += answer == SILENT;
	return answer != SILENT;
}

/*
 * An answer means that the command was fetched, whatever came of its data. Without one the fetch went unanswered: it
 * was the only request.
 */
static bool nvme_store(struct agent *agent, struct dma_address address, unsigned int offset,
		       unsigned int bytes)
{
	struct nvme *nvme = agent->device;
	enum answer answer;

	(void)offset;
	agent->is_fetch_blocked = false;
	if (!nvme->pages || (!is_at_work(nvme) && !enable(nvme, nvme->pages_iova.value)))
		return has_ended(agent, SILENT);
	answer = execute(agent, get_log(address.iova.value, bytes));
	agent->is_fetch_blocked = answer == GAVE_UP;
	return has_ended(agent, answer);
}

/* The page at `address` is taken for a submission queue; the identifier of the command in it comes back. */
static bool nvme_load(struct agent *agent, struct dma_address address, unsigned int offset,
		      unsigned int bytes)
{
	struct nvme *nvme = agent->device;
	enum answer answer;
	uint16_t id = 0;

	(void)offset, (void)bytes;
	agent->came = 0;
	agent->is_fetch_blocked = false;
	if (!nvme->pages || !enable(nvme, address.iova.value))
		return has_ended(agent, SILENT);
	nvme->tail = 1;
	ring(nvme, 0, nvme->tail);
	answer = await(nvme, &id);
	if (answer == ANSWERED)
		agent->came = (id & 0xff00u) == ID_OF_PAGES ? id & 0xffu : AGENT_CAME_STRANGE;
	return has_ended(agent, answer);
}

/* A command that asks for nothing: to abort one that there is not. */
static void nvme_mark(uint8_t *page, unsigned int mark)
{
	const struct nvme_command nothing = {
		.opcode_and_id = NVME_ABORT | (uint32_t)(ID_OF_PAGES | mark) << 16,
		.dwords = { 0xfffe0000 },
	};

	memcpy(page, &nothing, sizeof(nothing));
}

static void nvme_settle(struct agent *agent, iova_t at, uint8_t *pages)
{
	struct nvme *nvme = agent->device;

	nvme->pages = pages;
	nvme->pages_iova = at;
	nvme->is_enabled = false;
}

static void nvme_set_bus_master(struct agent *agent, bool on)
{
	struct nvme *nvme = agent->device;

	if (!on && nvme->is_enabled)
		(void)reset(nvme);
	pci_set_bus_master(nvme->pci, on);
}

/* What every later write carries, from the controller itself, while its unit lets everything pass. */
static const char *learn_log(struct agent *agent)
{
	struct nvme *nvme = agent->device;
	uint8_t *pages = page_alloc_contiguous(3, 1);
	const char *complaint = NULL;

	if (!pages)
		return "no memory for its queues";
	nvme_settle(agent, iova(phys_of(pages).value), pages);
	agent->set_bus_master(agent, true);
	if (!agent->store(
		    agent,
		    (struct dma_address){ .iova = iova(phys_of(pages + 2 * PAGE_BYTES).value) }, 0,
		    sizeof(nvme->log)) ||
	    agent->is_fetch_blocked)
		complaint = "it does not execute a command while its unit is off";
	cpu_fence();
	memcpy(nvme->log, pages + 2 * PAGE_BYTES, sizeof(nvme->log));
	agent->set_bus_master(agent, false);
	nvme->pages = NULL;
	page_free_contiguous(pages, 3);
	return complaint;
}

static const char *nvme_prepare(struct agent *agent)
{
	struct nvme *nvme = agent->device;

	if (mmio_read32(nvme->registers + NVME_CC) & NVME_CC_EN)
		print("# entry: nvme %s was left enabled: reset\n", pci_name(nvme->pci));
	if (!reset(nvme))
		return "it does not reset";
	return learn_log(agent);
}

static const struct pci_device *find_controller(unsigned int nth)
{
	for (unsigned int i = 0; i < pci_count(); i++)
		if (pci_get(i)->class_code == NVME_CLASS && !nth--)
			return pci_get(i);
	return NULL;
}

static const char *refuse(const struct nvme *nvme, uint64_t cap)
{
	if (!nvme->registers)
		return "its BAR 0 has no address";
	if (cap == UINT64_MAX || !reg_get(cap, NVME_CAP_CSS_NVM) || reg_get(cap, NVME_CAP_MPSMIN))
		return "it has no NVM command set, or no pages of 4 KiB";
	return NULL;
}

bool nvme_find(struct agent *agent, unsigned int nth, const char **complaint)
{
	const struct pci_device *device = find_controller(nth);
	struct nvme *nvme = &controllers[nth];
	uint64_t bytes, cap;

	*complaint = NULL;
	if (!device || nth >= CONTROLLERS_MAX)
		return false;
	*nvme = (struct nvme){ .pci = device, .registers = pci_bar_map(device, 0, &bytes) };
	cap = nvme->registers ? mmio_read64(nvme->registers + NVME_CAP) : 0;
	*complaint = refuse(nvme, cap);
	if (*complaint)
		return false;
	nvme->ready_us = (reg_get(cap, NVME_CAP_TO) + 1) * NVME_TO_UNIT_US;
	nvme->stride = 4u << reg_get(cap, NVME_CAP_DSTRD);
	*agent = (struct agent){
		.name = "nvme",
		.segment = device->segment,
		.function = (uint16_t)(device->bus << 8 | device->devfn),
		.sid = pci_requester_id(device),
		.limits = {
			.features = AGENT_READ,
			.transfer_max_bytes = sizeof(nvme->log),
			.granule_bytes = 4,
			.read_granule_bytes = PAGE_BYTES,
			.address_mask = UINT64_MAX,
			.transfer_us = 1000,
			.writes = nvme->log,
			.mailbox_pages = 2,
		},
		.prepare = nvme_prepare,
		.settle = nvme_settle,
		.mark = nvme_mark,
		.load = nvme_load,
		.store = nvme_store,
		.set_bus_master = nvme_set_bus_master,
		.device = nvme,
	};
	return true;
}
