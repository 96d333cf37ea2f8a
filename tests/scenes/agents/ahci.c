/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/ahci.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/panic.h"
#include "arch/pci.h"
#include "arch/string.h"
#include "tests/scenes/agents/ahci_port.h"
#include "tests/scenes/agents/ahci_registers.h"

enum { CONTROLLERS_MAX = 16, MARK_BITS = 8, OWN_PAGES = 2, GRANULE = 2 };

/*
 * The mailbox: in its first page all that the controller fetches, so that a fault of any fetch is one of this page, and
 * what it receives; the second takes what of the drive's words a transfer does not ask for.
 */
enum { AT_COMMANDS = 0x000, AT_RECEIVED = 0x400, AT_TABLE = 0x500, AT_REST = PAGE_BYTES };

struct ahci {
	struct ahci_port port;
	uint8_t *mailbox;
	iova_t mailbox_iova;
	uint8_t words[ATA_IDENTIFY_BYTES]; /* what the drive says of itself */
};

static struct ahci ahcis[CONTROLLERS_MAX];

/* Controllers may share a mailbox, one after the other: whose is in it. */
static const struct ahci *last_user;

/* ---- commands ---- */

static uint64_t place(const struct ahci *ahci, unsigned int at)
{
	return ahci->mailbox_iova.value + at;
}

static struct ahci_fis fis(uint8_t command)
{
	return (struct ahci_fis){
		.type = AHCI_FIS_REGISTERS,
		.flags = AHCI_FIS_IS_COMMAND,
		.command = command,
	};
}

static struct ahci_region region(uint64_t base, unsigned int bytes)
{
	return (struct ahci_region){ .base = base, .last_byte = bytes - 1 };
}

static enum ahci_answer start(struct ahci *ahci)
{
	const struct ahci_areas areas = { place(ahci, AT_COMMANDS), place(ahci, AT_RECEIVED) };

	if (ahci->port.is_running && last_user == ahci)
		return AHCI_DONE;
	last_user = ahci;
	return ahci_start(&ahci->port, &areas);
}

/*
 * Slot 0 with the table at that address, which is this one if it is our own; with so many regions for its data. Before the
 * port starts: QEMU's does what it was told before it was stopped. Then nothing has been received yet.
 */
static enum ahci_answer lay_out(struct ahci *ahci, uint64_t at, const struct ahci_table *own,
				unsigned int regions)
{
	const struct ahci_header header = {
		.flags = sizeof(struct ahci_fis) / sizeof(uint32_t),
		.region_count = (uint16_t)regions,
		.table = at,
	};
	enum ahci_answer answer;

	memcpy(ahci->mailbox + AT_COMMANDS, &header, sizeof(header));
	if (own)
		memcpy(ahci->mailbox + AT_TABLE, own, sizeof(*own));
	cpu_fence();
	answer = start(ahci);
	memset(ahci->mailbox + AT_RECEIVED, 0, AHCI_RECEIVED_BYTES);
	cpu_fence();
	return answer;
}

/* One that is refused has the port start anew, and at once: its areas are within reach now. */
static enum ahci_answer execute(struct ahci *ahci, uint64_t at, const struct ahci_table *own,
				unsigned int regions)
{
	enum ahci_answer answer = lay_out(ahci, at, own, regions);

	if (answer != AHCI_DONE)
		return answer;
	answer = ahci_execute(&ahci->port, ahci->mailbox + AT_RECEIVED);
	if (answer == AHCI_REFUSED && start(ahci) != AHCI_DONE)
		return AHCI_SILENT;
	return answer;
}

static enum ahci_answer execute_own(struct ahci *ahci, const struct ahci_table *own,
				    unsigned int regions)
{
	return execute(ahci, place(ahci, AT_TABLE), own, regions);
}

static bool begin(struct agent *agent, uint64_t address, unsigned int granule)
{
	struct ahci *ahci = agent->device;

	agent->fetch = ahci->mailbox_iova;
	agent->is_fetch_blocked = false;
	if (address % granule)
		panic("a test has %s move what its limits exclude", agent->name);
	return ahci->mailbox;
}

/* Counts what is silent; false then, as nothing is known of what moved. */
static bool has_ended(struct agent *agent, enum ahci_answer answer)
{
	agent->silent_count += answer == AHCI_SILENT;
	return answer != AHCI_SILENT;
}

/* ---- what it writes ---- */

static bool ahci_store(struct agent *agent, struct dma_address address, unsigned int offset,
		       unsigned int bytes)
{
	struct ahci *ahci = agent->device;
	struct ahci_table table = {
		.fis = fis(ATA_IDENTIFY_DEVICE),
	};
	enum ahci_answer answer;

	(void)offset;
	if (!begin(agent, address.iova.value | bytes, GRANULE))
		return has_ended(agent, AHCI_SILENT);
	table.regions[0] = region(address.iova.value, bytes);
	table.regions[1] = region(place(ahci, AT_REST), ATA_IDENTIFY_BYTES - bytes);
	answer = execute_own(ahci, &table, bytes < ATA_IDENTIFY_BYTES ? 2 : 1);
	agent->is_fetch_blocked = answer == AHCI_BLOCKED;
	return has_ended(agent, answer);
}

/* ---- what it reads ---- */

static enum ahci_answer read_mark(struct agent *agent, uint64_t address)
{
	struct ahci *ahci = agent->device;
	unsigned int bit, mark = 0;

	for (bit = 0; bit < MARK_BITS; bit++) {
		const enum ahci_answer answer =
			execute(ahci, address + bit * AHCI_TABLE_BYTES, NULL, 0);

		if (answer == AHCI_SILENT)
			return answer;
		if (answer == AHCI_BLOCKED)
			break;
		mark |= (answer == AHCI_REFUSED ? 1u : 0u) << bit;
	}
	if (bit)
		agent->came = bit == MARK_BITS ? mark : AGENT_CAME_STRANGE;
	return AHCI_DONE;
}

/* The page at `address` is taken for tables of commands, after one of our own that tells whether those can be asked for. */
static bool ahci_load(struct agent *agent, struct dma_address address, unsigned int offset,
		      unsigned int bytes)
{
	const struct ahci_table own = { .fis = fis(ATA_CHECK_POWER_MODE) };
	enum ahci_answer answer;

	(void)offset, (void)bytes;
	agent->came = AGENT_CAME_NOTHING;
	if (!begin(agent, address.iova.value, AHCI_TABLE_BYTES))
		return has_ended(agent, AHCI_SILENT);
	answer = execute_own(agent->device, &own, 0);
	agent->is_fetch_blocked = answer == AHCI_BLOCKED;
	if (answer == AHCI_DONE)
		answer = read_mark(agent, address.iova.value);
	return has_ended(agent, answer);
}

static void ahci_mark(uint8_t *page, unsigned int mark)
{
	for (unsigned int bit = 0; bit < MARK_BITS; bit++) {
		const struct ahci_fis command =
			fis(mark >> bit & 1 ? ATA_NOP : ATA_CHECK_POWER_MODE);

		memcpy(page + bit * AHCI_TABLE_BYTES, &command, sizeof(command));
	}
}

/* ---- what it is used for ---- */

/* A port that runs goes on where its areas are where they were. */
static void ahci_settle(struct agent *agent, iova_t at, uint8_t *mailbox)
{
	struct ahci *ahci = agent->device;

	if (ahci->mailbox != mailbox || ahci->mailbox_iova.value != at.value)
		ahci->port.is_running = false;
	ahci->mailbox = mailbox;
	ahci->mailbox_iova = at;
	memset(mailbox, 0, OWN_PAGES * PAGE_BYTES);
}

static void ahci_set_bus_master(struct agent *agent, bool on)
{
	struct ahci *ahci = agent->device;

	if (!on)
		(void)ahci_stop(&ahci->port);
	pci_set_bus_master(ahci->port.pci, on);
}

/* What tests rely on, tried while its unit lets everything pass: the words of the drive, twice, and marks. */
static const char *try_all(struct agent *agent, uint8_t *page)
{
	static const uint8_t marks[] = { 0x35, 0xca };
	static const struct ahci_table zeros;
	struct ahci *ahci = agent->device;
	const struct dma_address at = { .iova = iova(phys_of(page).value) };

	for (unsigned int i = 0; i < 2; i++) {
		if (!agent->store(agent, at, 0, ATA_IDENTIFY_BYTES) || agent->is_fetch_blocked)
			return "its drive does not identify itself while its unit is off";
		cpu_fence();
		if (i && memcmp(ahci->words, page, sizeof(ahci->words)))
			return "its drive does not say the same of itself twice";
		memcpy(ahci->words, page, sizeof(ahci->words));
		memset(page, 0, sizeof(ahci->words));
	}
	if (lay_out(ahci, place(ahci, AT_TABLE), &zeros, 0) == AHCI_DONE)
		ahci_learn_zeros(&ahci->port, ahci->mailbox + AT_RECEIVED);
	for (unsigned int i = 0; i < 2; i++) {
		agent->mark(page, marks[i]);
		if (!agent->load(agent, at, 0, AHCI_TABLE_BYTES) || agent->came != marks[i])
			return "its reads do not show what they brought";
	}
	return NULL;
}

static const char *ahci_prepare(struct agent *agent)
{
	struct ahci *ahci = agent->device;
	uint8_t *pages = page_alloc_contiguous(OWN_PAGES + 1, 1);
	struct ahci_areas areas;
	const char *complaint;

	if (!pages)
		return "no memory for its commands";
	agent->settle(agent, iova(phys_of(pages).value), pages);
	pci_set_bus_master(ahci->port.pci, true);
	areas = (struct ahci_areas){ place(ahci, AT_COMMANDS), place(ahci, AT_RECEIVED) };
	complaint = ahci_take_over(&ahci->port, &areas);
	if (!complaint)
		complaint = try_all(agent, pages + OWN_PAGES * PAGE_BYTES);
	agent->set_bus_master(agent, false);
	ahci->mailbox = NULL;
	page_free_contiguous(pages, OWN_PAGES + 1);
	return complaint;
}

static const struct pci_device *find_controller(unsigned int nth)
{
	for (unsigned int i = 0; i < pci_count(); i++)
		if (pci_get(i)->class_code == AHCI_CLASS && !nth--)
			return pci_get(i);
	return NULL;
}

bool ahci_find(struct agent *agent, unsigned int nth, const char **complaint)
{
	const struct pci_device *device = find_controller(nth);
	struct ahci *ahci;

	*complaint = NULL;
	if (!device || nth >= CONTROLLERS_MAX)
		return false;
	ahci = &ahcis[nth];
	*ahci = (struct ahci){ 0 };
	*complaint = ahci_attach(&ahci->port, device);
	if (*complaint)
		return false;
	*agent = (struct agent){
		.name = "ahci",
		.segment = device->segment,
		.function = (uint16_t)(device->bus << 8 | device->devfn),
		.sid = pci_requester_id(device),
		.limits = {
			.features = AGENT_READ,
			.transfer_max_bytes = ATA_IDENTIFY_BYTES,
			.granule_bytes = GRANULE,
			.read_granule_bytes = PAGE_BYTES,
			.address_mask = UINT64_MAX,
			.transfer_us = 3000,
			.writes = ahci->words,
			.mailbox_pages = OWN_PAGES,
		},
		.prepare = ahci_prepare,
		.settle = ahci_settle,
		.mark = ahci_mark,
		.load = ahci_load,
		.store = ahci_store,
		.set_bus_master = ahci_set_bus_master,
		.device = ahci,
	};
	return true;
}
