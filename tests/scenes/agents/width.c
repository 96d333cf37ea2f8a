/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/width.h"

#include "arch/cpu.h"
#include "arch/page.h"

enum { LOWEST_BIT = 28, HIGHEST_BIT = 47 };

#define TOKEN UINT64_C(0x7ea1c0deba5eba11)

static struct dma_address untranslated(uint64_t address)
{
	return (struct dma_address){ .iova = iova(address) };
}

/*
 * Words 0 and 1 of the page: a token, and what the agent reads at the token's address with one more
 * bit set. Does it read the token there, too?
 */
static bool drops_bit(struct agent *agent, uint64_t *page, unsigned int bit, bool *is_done)
{
	uint64_t here = phys_of(page).value;

	page[0] = TOKEN;
	page[1] = 0;
	cpu_fence();
	*is_done = agent->load(agent, untranslated(here | UINT64_C(1) << bit), 0, 8) &&
		   agent->store(agent, untranslated(here + 8), 0, 8);
	cpu_fence();
	return ((volatile uint64_t *)page)[1] == TOKEN;
}

uint64_t agent_measure_address_mask(struct agent *agent)
{
	uint64_t *page = page_alloc();
	uint64_t mask = UINT64_MAX;
	bool is_done = page;

	if (page && drops_bit(agent, page, HIGHEST_BIT, &is_done))
		for (unsigned int bit = LOWEST_BIT; is_done && mask == UINT64_MAX; bit++)
			if (drops_bit(agent, page, bit, &is_done))
				mask = (UINT64_C(1) << bit) - 1;
	page_free(page);
	return is_done ? mask : 0;
}
