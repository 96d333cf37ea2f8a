/* SPDX-License-Identifier: MIT */
#include "tests/mixed/rig.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/dmar/dmar.h"
#include "iommu/structures/translation.h"
#include "tests/engine/agents.h"
#include "tests/engine/platform.h"
#include "tests/units/modelled.h"

enum { WORDS_PER_PAGE = PAGE_BYTES / 8, FIRST_DOMAIN = 1 };

/* Large, and used by one rig after another. */
static struct dmar table;
static struct topology topology;

/* ---- units ---- */

static void add_unit(struct rig *rig, const struct dmar_unit *found)
{
	unsigned int index = rig->unit_count++;

	rig->is_absent[index] = unit_probe(&rig->units[index], index, UNIT_MODEL, phys(found->base),
					   found->segment) != STATUS_OK;
}

static const struct agent_job all_round = { .features = AGENT_BUFFER };

/* Its queue is off and its devices are at rest: a copy will do, as long as nobody uses both. */
static bool add_real_unit(struct rig *rig)
{
	for (unsigned int i = 0; i < platform.unit_count; i++) {
		struct unit *unit = &platform.units[i];

		if (unit->source != UNIT_REAL || !agents_choose(unit, all_round))
			continue;
		rig->real_unit = unit;
		rig->units[0] = *unit;
		rig->units[0].index = 0;
		rig->unit_count = 1;
		return true;
	}
	print_to(rig->error, sizeof(rig->error), "no real unit with a DMA agent behind it");
	return false;
}

static unsigned int unit_at(const struct rig *rig, const struct dmar_unit *found)
{
	for (unsigned int i = 0; found && i < rig->unit_count; i++)
		if (rig->units[i].base.value == found->base)
			return i;
	return RIG_NO_UNIT;
}

/* ---- devices ---- */

static void add_slot(struct rig *rig, enum slot_kind kind, unsigned int unit, struct agent *agent)
{
	rig->slots[rig->slot_count++] = (struct slot){ kind, unit, agent };
}

static struct agent *add_agent(struct rig *rig, const struct agent *agent)
{
	struct agent *own = &rig->agents[rig->agent_count++];

	*own = *agent;
	return own;
}

/* The four endpoints of a modelled unit; of many units, the first one each. */
static void add_endpoints(struct rig *rig, unsigned int first, bool all)
{
	static const enum slot_kind others[] = { SLOT_IDENTITY, SLOT_UPPER, SLOT_STRANGER };
	struct agent *plain = add_agent(rig, modelled_endpoint(first));
	unsigned int unit = unit_at(rig, dmar_unit_for_device(&table, plain->segment,
							      (uint8_t)(plain->sid >> 8),
							      (uint8_t)plain->sid, NULL, NULL));

	for (enum slot_kind kind = SLOT_PLAIN; kind <= SLOT_LATE; kind++)
		add_slot(rig, kind, unit, plain);
	for (unsigned int i = 0; all && i < sizeof(others) / sizeof(others[0]); i++)
		add_slot(rig, others[i], unit, add_agent(rig, modelled_endpoint(first + 1 + i)));
}

/* Devices other than endpoints fill their buffer by a DMA of their own, while nothing translates. */
static bool load_token(struct rig *rig, struct agent *agent)
{
	struct endpoint *endpoint = endpoint_of(agent);
	uint64_t token = RIG_TOKEN;
	bool is_done;

	if (endpoint) {
		memcpy(endpoint->buffer, &token, sizeof(token));
		return true;
	}
	memcpy(rig->pages, &token, sizeof(token));
	cpu_fence();
	agent->set_bus_master(agent, true);
	is_done =
		agent->load(agent, (struct dma_address){ .iova = iova(phys_of(rig->pages).value) },
			    0, sizeof(token));
	agent->set_bus_master(agent, false);
	return is_done;
}

static bool load_tokens(struct rig *rig)
{
	for (unsigned int i = 0; i < rig->agent_count; i++)
		if (!load_token(rig, &rig->agents[i])) {
			print_to(rig->error, sizeof(rig->error), "%s does not finish a transfer",
				 rig->agents[i].name);
			return false;
		}
	return true;
}

static bool add_modelled(struct rig *rig)
{
	size_t bytes;
	const void *text;

	if (!topology_parse(rig->plan.topo, &topology, rig->error, sizeof(rig->error)))
		return false;
	if (topology.unit_count + rig->unit_count > RIG_UNITS_MAX) {
		print_to(rig->error, sizeof(rig->error), "more than %u units", RIG_UNITS_MAX);
		return false;
	}
	if (!modelled_build(&topology, rig->error, sizeof(rig->error)))
		return false;
	text = modelled_table(&bytes);
	table.storage = platform_modelled_storage();
	dmar_parse(text, bytes, &table);
	for (unsigned int i = 0; i < table.unit_count; i++)
		add_unit(rig, &table.units[i]);
	for (unsigned int i = 0; i < topology.unit_count; i++)
		add_endpoints(rig, i * TOPOLOGY_ENDPOINTS,
			      topology.unit_count <= RIG_FULL_UNITS_MAX);
	return true;
}

/* About what an earlier stage did: nobody answers for that. */
static void drop_complaints(struct rig *rig)
{
	for (unsigned int i = 0; i < rig->unit_count; i++) {
		struct modelled *modelled = modelled_of(&rig->units[i]);

		if (modelled)
			model_take_complaint(&modelled->model);
	}
}

/* Fills all pages with their canaries. */
static void reset_pages(struct rig *rig)
{
	uint64_t *words = (uint64_t *)(void *)rig->pages;

	for (unsigned int page = 0; page < rig->slot_count * SLOT_PAGES; page++)
		for (unsigned int i = 0; i < WORDS_PER_PAGE; i++)
			*words++ = rig_canary(page);
}

static bool set_up(struct rig *rig)
{
	if (rig->plan.has_real_unit) {
		if (!add_real_unit(rig))
			return false;
		struct agent *agent = add_agent(rig, agents_choose(rig->real_unit, all_round));

		for (enum slot_kind kind = SLOT_PLAIN; kind <= SLOT_LATE; kind++)
			add_slot(rig, kind, 0, agent);
	}
	if (rig->plan.topo && !add_modelled(rig))
		return false;
	if (!rig->slot_count)
		return true;
	rig->pages = page_alloc_contiguous(rig->slot_count * SLOT_PAGES, 1);
	if (!rig->pages) {
		print_to(rig->error, sizeof(rig->error), "no memory for %u pages",
			 rig->slot_count * SLOT_PAGES);
		return false;
	}
	if (!load_tokens(rig))
		return false;
	drop_complaints(rig);
	reset_pages(rig);
	return true;
}

bool rig_set_up(struct rig *rig, const struct rig_plan *plan)
{
	char error[sizeof(rig->error)];

	memset(rig, 0, sizeof(*rig));
	rig->plan = *plan;
	rig->pages_before = page_in_use_count();
	if (set_up(rig))
		return true;
	memcpy(error, rig->error, sizeof(error));
	rig_take_down(rig);
	memcpy(rig->error, error, sizeof(error));
	return false;
}

/* What a driver left in memory for a unit that is about to vanish. */
static void free_queue(struct unit *unit)
{
	if (unit->queue.ring)
		page_free_contiguous(unit->queue.ring, 1u << unit->queue.size_log2);
	unit->queue.ring = NULL;
	unit->queue.on = false;
}

/* A driver may have left a queue that its unit refuses for good, of the width of the other mode. */
bool rig_rest_real_unit(struct rig *rig)
{
	struct unit *unit = &rig->units[0];

	if (!rig->real_unit || translation_rest(unit) == STATUS_OK)
		return true;
	if (unit->queue.on && queue_abandon(unit) == STATUS_OK &&
	    translation_rest(unit) == STATUS_OK)
		return true;
	print_to(rig->error, sizeof(rig->error), "%s", unit_failure(unit));
	return false;
}

bool rig_take_down(struct rig *rig)
{
	bool is_at_rest = true;

	rig_set_bus_masters(rig, false);
	if (rig->real_unit) {
		is_at_rest = rig_rest_real_unit(rig);
		rig->units[0].index = rig->real_unit->index;
		*rig->real_unit = rig->units[0];
	}
	for (unsigned int i = rig->real_unit ? 1 : 0; i < rig->unit_count; i++)
		free_queue(&rig->units[i]);
	modelled_dismiss();
	page_free_contiguous(rig->pages, rig->slot_count * SLOT_PAGES);
	rig->pages = NULL;
	if (page_in_use_count() != rig->pages_before) {
		print_to(rig->error, sizeof(rig->error), "%td pages leaked",
			 (ptrdiff_t)(page_in_use_count() - rig->pages_before));
		return false;
	}
	return is_at_rest;
}

/* ---- pages ---- */

uint8_t *rig_page(const struct rig *rig, const struct slot *slot, enum slot_page which)
{
	size_t number = (size_t)(slot - rig->slots) * SLOT_PAGES + which;

	return rig->pages + number * PAGE_BYTES;
}

iova_t rig_window(const struct rig *rig, const struct slot *slot)
{
	enum slot_page page = PAGE_BYSTANDER;

	if (slot->kind == SLOT_IDENTITY)
		page = PAGE_TARGET;
	if (slot->kind == SLOT_PROCESS_A || slot->kind == SLOT_PROCESS_B)
		slot -= slot->kind - SLOT_PLAIN; /* added one after the other */
	return iova(phys_of(rig_page(rig, slot, page)).value);
}

const struct slot *rig_slot(const struct rig *rig, unsigned int unit, enum slot_kind kind)
{
	for (unsigned int i = 0; i < rig->slot_count; i++)
		if (rig->slots[i].unit == unit && rig->slots[i].kind == kind)
			return &rig->slots[i];
	return NULL;
}

/* Never zero or all ones, and as a table entry not present: bits 1:0 are clear. */
uint64_t rig_canary(unsigned int number)
{
	return UINT64_C(0xca7a000000000000) | (uint64_t)(number + 1) << 24 | 0x545454;
}

bool rig_pages_are_whole(const struct rig *rig)
{
	const uint64_t *words = (const uint64_t *)(const void *)rig->pages;

	for (unsigned int page = 0; page < rig->slot_count * SLOT_PAGES; page++)
		for (unsigned int i = 0; i < WORDS_PER_PAGE; i++)
			if (*words++ != rig_canary(page))
				return false;
	return true;
}

void rig_set_bus_masters(struct rig *rig, bool on)
{
	for (unsigned int i = 0; i < rig->agent_count; i++)
		rig->agents[i].set_bus_master(&rig->agents[i], on);
}

unsigned int rig_list_devices(const struct rig *rig, bool passes_through, enum slot_page page,
			      struct bringup_device *devices, struct mapping *mappings)
{
	uint16_t next_did[RIG_UNITS_MAX] = { 0 };
	unsigned int count = 0;

	for (unsigned int i = 0; i < rig->slot_count; i++) {
		const struct slot *slot = &rig->slots[i];
		bool is_identity = slot->kind == SLOT_IDENTITY;

		if (slot->unit == RIG_NO_UNIT ||
		    (slot->kind != SLOT_PLAIN && !is_identity && slot->kind != SLOT_UPPER))
			continue;
		mappings[count] = (struct mapping){
			.from = rig_window(rig, slot),
			.to = phys_of(rig_page(rig, slot, is_identity ? PAGE_TARGET : page)),
			.page_count = 1,
			.rights = ACCESS_BOTH,
		};
		devices[count] = (struct bringup_device){
			.unit = slot->unit,
			.sid = slot->agent->sid,
			.did = (uint16_t)(FIRST_DOMAIN + next_did[slot->unit]++),
			.passes_through = passes_through && is_identity,
			.mappings = &mappings[count],
			.mapping_count = 1,
		};
		count++;
	}
	return count;
}
