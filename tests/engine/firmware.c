/* SPDX-License-Identifier: MIT */
#include "tests/engine/firmware.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/pci.h"
#include "arch/print.h"
#include "iommu/spec/regs.h"
#include "tests/engine/platform.h"

enum { TRIED_MAX = 8 };

#define TOKEN UINT64_C(0xf1a3e0a7ed0ffe75)

/* Word 0 of the page is the token, word 1 where the agent puts what it read. */
static volatile uint64_t *page;
static struct agent *tried[TRIED_MAX];
static unsigned int tried_count;

static struct dma_address word(unsigned int which)
{
	return (struct dma_address){ .iova = iova(phys_of(&page[which]).value) };
}

/* Whatever the agent held before, it is not the token. */
static void try_one(struct agent *agent)
{
	agent->set_bus_master(agent, true);
	if (agent->load(agent, word(0), 0, sizeof(TOKEN)))
		tried[tried_count++] = agent;
	agent->set_bus_master(agent, false);
}

void firmware_try_dma(void)
{
	page = page_alloc();
	if (!page)
		return;
	page[0] = TOKEN;
	cpu_fence();
	for (unsigned int i = 0; i < platform.agent_count && tried_count < TRIED_MAX; i++)
		if (platform.agents[i].unit->source == UNIT_REAL &&
		    agent_can(&platform.agents[i], AGENT_BUFFER))
			try_one(&platform.agents[i]);
}

/* The unit lets everything pass now, so the answer comes. */
static void tell_one(struct agent *agent)
{
	bool is_done;

	page[1] = 0;
	cpu_fence();
	agent->set_bus_master(agent, true);
	is_done = agent->store(agent, word(1), 0, sizeof(TOKEN));
	agent->set_bus_master(agent, false);
	cpu_fence();
	print("# firmware: DMA of %s %02x:%02x.%u at hand-over: %s\n", agent->name,
	      agent->function >> 8, agent->function >> 3 & 0x1f, agent->function & 7u,
	      !is_done		 ? "not known, it did not finish"
	      : page[1] == TOKEN ? "open, it read a page of ours"
				 : "blocked, it could not read a page of ours");
}

static void tell_unit(const struct unit *unit)
{
	const struct unit_entry_state *entry = &unit->entry;

	print("# firmware: unit %u handed over with translation %s, interrupt remapping %s, "
	      "protected memory %s\n",
	      unit->index, reg_get(entry->gsts, GSTS_TES) ? "on" : "off",
	      reg_get(entry->gsts, GSTS_IRES) ? "on" : "off",
	      reg_get(entry->pmen, PMEN_EPM) ? "on" : "off");
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
		tell_one(tried[i]);
}

void firmware_report(void)
{
	if (platform.has_dmar && !platform.dmar_is_ours)
		tell_all();
	tried_count = 0;
	page_free((void *)page);
	page = NULL;
}
