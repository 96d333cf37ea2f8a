/* SPDX-License-Identifier: MIT */
#include "tests/scenes/scene_addresses.h"

#include "tests/engine/platform.h"

#define FIRST_STAGE_MAILBOX (UINT64_C(1) << 28)

/* Where 1 GiB windows lie: above the memory of nearly all machines, if the unit reaches so far. */
#define HUGE_WINDOW (UINT64_C(1) << 38)

unsigned int stage_page_shift(const struct stage *stage)
{
	return stage->scene.page_shift ? stage->scene.page_shift : 12;
}

unsigned int stage_leaf_level(const struct stage *stage)
{
	return (stage_page_shift(stage) - 12) / 9 + 1;
}

/* How wide addresses of a table are that software fills: by its depth, and by CAP.MGAW. */
static unsigned int mappable_bits(const struct stage *stage, const struct paging *table)
{
	unsigned int width = paging_address_bits(table->stage, table->levels);
	unsigned int guest = caps_guest_address_bits(&stage->unit->caps);

	return width < guest ? width : guest;
}

uint64_t stage_address_limit(const struct stage *stage)
{
	return UINT64_C(1) << mappable_bits(stage, &stage->table);
}

uint64_t stage_address_beyond(const struct stage *stage)
{
	if (stage->table.stage == SECOND_STAGE)
		return stage_address_limit(stage);
	return UINT64_C(1) << paging_address_bits(FIRST_STAGE, stage->table.levels);
}

uint64_t stage_upper_half(const struct stage *stage)
{
	return 0 - (UINT64_C(1) << paging_address_bits(FIRST_STAGE, stage->table.levels));
}

bool scene_has_bystanders(const struct scene *scene)
{
	return !scene->pass_through && scene->page_shift != 30 && !scene->is_at_top &&
	       !scene->is_upper;
}

/* Not beyond what the tables can map (CAP.MGAW may be less than 39 bits): then its upper half. */
static uint64_t huge_window(const struct stage *stage)
{
	uint64_t half = stage_address_limit(stage) / 2;

	return half < HUGE_WINDOW ? half : HUGE_WINDOW;
}

iova_t stage_place_window(const struct stage *stage)
{
	const struct scene *scene = &stage->scene;
	const uint64_t target = phys_of(stage->canary[CANARY_TARGET_0]).value;

	if (scene_has_bystanders(scene))
		return iova(phys_of(stage->canary[CANARY_BYSTANDER_0]).value);
	if (scene->is_at_top)
		return iova((scene->is_upper ? 0 : stage_address_limit(stage)) -
			    WINDOW_PAGES * PAGE_BYTES);
	if (scene->is_upper)
		return iova(stage_upper_half(stage));
	return iova(scene->pass_through ? target : huge_window(stage) | (target & 0x3fffffff));
}

/*
 * What is wrong with an entry for the window should not keep an agent from its commands, so they have entries of their
 * own: with a second stage at every level. With a first stage only at the lower two, for there are units that take
 * addresses from 2^29 on for not canonical.
 */
iova_t stage_place_mailbox(const struct stage *stage)
{
	const uint64_t here = phys_of(stage->mailbox).value;
	const bool is_second = stage->table.stage == SECOND_STAGE;
	const uint64_t other =
		here ^ (is_second ? stage_address_limit(stage) / 4 : FIRST_STAGE_MAILBOX);
	const bool is_near_window = (other ^ stage->window.value) >> 21 == 0;

	if (stage->scene.pass_through || agent_can(stage->agent, AGENT_ALONE) || is_near_window)
		return iova(here);
	return iova(other);
}

unsigned int stage_host_bits(const struct stage *stage)
{
	return mappable_bits(stage, &stage->host);
}

/* Half of what the second stage can map and an address can be, where memory ends well below. */
uint64_t stage_guest_offset(const struct stage *stage)
{
	unsigned int width = stage_host_bits(stage);
	unsigned int host = platform.dmar.host_address_bits;

	return UINT64_C(1) << ((width < host ? width : host) - 1);
}

phys_t stage_no_memory(const struct stage *stage)
{
	(void)stage;
	return phys((UINT64_C(1) << platform.dmar.host_address_bits) - 64 * PAGE_BYTES);
}
