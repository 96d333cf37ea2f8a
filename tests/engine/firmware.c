/* SPDX-License-Identifier: MIT */
#include "tests/engine/firmware.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/paging.h"
#include "arch/pci.h"
#include "arch/print.h"
#include "iommu/spec/regs.h"
#include "tests/engine/platform.h"

enum { TRIED_MAX = 8 };

#define TOKEN UINT64_C(0xf1a3e0a7ed0ffe75)

/* Where an agent is asked to read, and what stands there. */
struct place {
	uint64_t address, value;
};

/*
 * Word 0 of the page is the token; from word 1 on is where agents put what they read. The other place is in a region that firmware
 * reserved for DMA, of use only while what stands there tells it from nothing.
 */
static volatile uint64_t *page;
static struct place ours, reserved;

struct tried {
	struct agent *agent;
	bool was_left_on; /* a bus master when firmware handed over */
	bool asked_reserved;
	bool read_ours, read_reserved;
	bool is_told; /* what it read came out */
};

static struct tried tried[TRIED_MAX];
static unsigned int tried_count;

static bool load_from(struct agent *agent, const struct place *place, unsigned int offset)
{
	return agent->load(agent, (struct dma_address){ .iova = iova(place->address) }, offset,
			   sizeof(place->value));
}

static bool was_left_on(const struct agent *agent)
{
	const struct pci_device *device =
		pci_at(agent->segment, (uint8_t)(agent->function >> 8), (uint8_t)agent->function);

	return device && device->was_bus_master;
}

/* Whatever the agent held before, it is neither. */
static void try_one(struct agent *agent)
{
	struct tried one = { .agent = agent, .was_left_on = was_left_on(agent) };

	agent->set_bus_master(agent, true);
	if (load_from(agent, &ours, 0)) {
		one.asked_reserved = reserved.value && load_from(agent, &reserved, sizeof(TOKEN));
		tried[tried_count++] = one;
	}
	agent->set_bus_master(agent, false);
}

/* The first region where memory has something that no failed read brings; else none. */
static struct place find_reserved(void)
{
	for (unsigned int i = 0; i < platform.dmar.rmrr_count; i++) {
		const uint64_t base = platform.dmar.rmrrs[i].base;
		const volatile uint64_t *words = paging_map_firmware(base, sizeof(*words));

		if (words && base % sizeof(*words) == 0 && *words && *words != UINT64_MAX)
			return (struct place){ base, *words };
	}
	return (struct place){ 0 };
}

static bool can_try(const struct agent *agent)
{
	return agent->unit->source == UNIT_REAL && agent_can(agent, AGENT_BUFFER);
}

void firmware_try_dma(void)
{
	tried_count = 0;
	page = page_alloc();
	if (!page)
		return;
	page[0] = TOKEN;
	ours = (struct place){ phys_of(page).value, TOKEN };
	cpu_fence();
	for (unsigned int i = 0; i < platform.agent_count && tried_count < TRIED_MAX; i++) {
		if (!can_try(&platform.agents[i]))
			continue;
		if (!tried_count)
			reserved = find_reserved();
		try_one(&platform.agents[i]);
	}
}

/* The unit lets everything pass now, so what was read comes. */
static uint64_t take_back(struct tried *one, unsigned int offset)
{
	struct agent *agent = one->agent;
	const struct dma_address word = { .iova = iova(ours.address + sizeof(TOKEN)) };

	page[1] = 0;
	cpu_fence();
	agent->set_bus_master(agent, true);
	one->is_told = agent->store(agent, word, offset, sizeof(TOKEN));
	agent->set_bus_master(agent, false);
	cpu_fence();
	return page[1];
}

static const char *words_of(const struct tried *one)
{
	if (!one->is_told)
		return "not known, it did not finish";
	if (one->read_ours)
		return "open, it read a page of ours";
	if (one->read_reserved)
		return "limited, it read a reserved region and no page of ours";
	return one->asked_reserved ? "blocked, it could read neither a page of ours nor a "
				     "reserved region"
				   : "blocked, it could not read a page of ours";
}

static void tell_one(struct tried *one)
{
	const struct agent *agent = one->agent;

	if (one->asked_reserved)
		one->read_reserved = take_back(one, sizeof(TOKEN)) == reserved.value;
	one->read_ours = take_back(one, 0) == TOKEN;
	print("# firmware: DMA of %s %02x:%02x.%u at hand-over: %s\n", agent->name,
	      agent->function >> 8, agent->function >> 3 & 0x1f, agent->function & 7u,
	      words_of(one));
}

const struct agent *firmware_find_open(void)
{
	for (unsigned int i = 0; i < tried_count; i++)
		if (tried[i].was_left_on && tried[i].is_told && tried[i].read_ours)
			return tried[i].agent;
	return NULL;
}

static void tell_unit(struct unit *unit)
{
	const struct unit_entry_state *entry = &unit->entry;

	print("# firmware: unit %u handed over with translation %s, interrupt remapping %s, "
	      "protected memory %s\n",
	      unit->index, reg_get(entry->gsts, GSTS_TES) ? "on" : "off",
	      reg_get(entry->gsts, GSTS_IRES) ? "on" : "off",
	      reg_get(entry->pmen, PMEN_EPM) ? "on" : "off");
	if (reg_get(entry->pmen, PMEN_EPM))
		print("# firmware: unit %u protects PLMBASE %x to PLMLIMIT %x and PHMBASE %llx to "
		      "PHMLIMIT %llx\n",
		      unit->index, unit_read32(unit, REG_PLMBASE), unit_read32(unit, REG_PLMLIMIT),
		      (unsigned long long)unit_read64(unit, REG_PHMBASE),
		      (unsigned long long)unit_read64(unit, REG_PHMLIMIT));
}

/* The flag is firmware's word on its own DMA; devices that it left on are what stands against it. */
static void tell_promise(void)
{
	unsigned int left_on = 0;

	for (unsigned int i = 0; i < pci_count(); i++)
		left_on +=
			pci_get(i)->was_bus_master && pci_get(i)->header_type == PCI_HEADER_DEVICE;
	print("# firmware: DMA_CTRL_PLATFORM_OPT_IN is %s; devices with bus mastering on: %u\n",
	      platform.dmar.flags & DMAR_FLAG_DMA_CTRL_OPT_IN ? "set" : "not set", left_on);
}

static void tell_all(void)
{
	for (unsigned int i = 0; i < platform.unit_count; i++)
		if (platform.units[i].source == UNIT_REAL)
			tell_unit(&platform.units[i]);
	tell_promise();
	for (unsigned int i = 0; i < tried_count; i++)
		tell_one(&tried[i]);
}

void firmware_report(void)
{
	if (platform.has_dmar && !platform.dmar_is_ours)
		tell_all();
	page_free((void *)page);
	page = NULL;
}
