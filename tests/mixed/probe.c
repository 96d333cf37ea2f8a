/* SPDX-License-Identifier: MIT */
#include "tests/mixed/probe.h"

#include "arch/cpu.h"
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/spec/fault_reason.h"
#include "iommu/unit/fault.h"
#include "tests/scenes/agents/endpoint.h"

enum { BUFFER_WRITES = 0, BUFFER_READS = 64, PROBE_BYTES = 8 };

bool probe_can_read(const struct slot *slot)
{
	return endpoint_of(slot->agent);
}

static struct unit *unit_of(struct rig *rig, const struct slot *slot)
{
	if (slot->unit == RIG_NO_UNIT || rig->is_absent[slot->unit])
		return NULL;
	return &rig->units[slot->unit];
}

static void clear_faults(struct rig *rig, const struct slot *slot)
{
	if (unit_of(rig, slot))
		fault_clear(unit_of(rig, slot));
}

/* Nothing moved: was it a fault that stopped it? */
static struct hit find_fault(struct rig *rig, const struct slot *slot)
{
	struct unit *unit = unit_of(rig, slot);
	struct fault_log log = { 0 };

	if (unit)
		fault_collect(unit, &log);
	if (!log.count)
		return (struct hit){ .kind = HIT_VANISHED };
	return (struct hit){ .kind = HIT_NOTHING, .reason = log.faults[0].reason };
}

static enum hit_kind page_kind(const struct rig *rig, const struct slot *slot, unsigned int number)
{
	unsigned int first = (unsigned int)(slot - rig->slots) * SLOT_PAGES;
	bool is_window =
		phys_of(rig->pages + number * PAGE_BYTES).value == rig_window(rig, slot).value;

	if (is_window && slot->kind != SLOT_IDENTITY)
		return HIT_BYSTANDER;
	if (number < first || number >= first + SLOT_PAGES)
		return HIT_OTHER;
	return number - first == PAGE_MOVED ? HIT_MOVED : HIT_TARGET;
}

static uint64_t *first_word(const struct rig *rig, unsigned int page)
{
	return (uint64_t *)(void *)(rig->pages + page * PAGE_BYTES);
}

/* The pages that a write reached, put back on the way. More than one: HIT_OTHER. */
static struct hit find_token(struct rig *rig, const struct slot *slot)
{
	unsigned int found = 0;
	struct hit hit = { .kind = HIT_VANISHED };

	for (unsigned int page = 0; page < rig->slot_count * SLOT_PAGES; page++) {
		if (*first_word(rig, page) == rig_canary(page))
			continue;
		*first_word(rig, page) = rig_canary(page);
		hit.kind = found++ ? HIT_OTHER : page_kind(rig, slot, page);
	}
	return found ? hit : find_fault(rig, slot);
}

static struct hit judge_read(struct rig *rig, const struct slot *slot)
{
	uint64_t value;

	memcpy(&value, endpoint_of(slot->agent)->buffer + BUFFER_READS, sizeof(value));
	for (unsigned int page = 0; page < rig->slot_count * SLOT_PAGES; page++)
		if (value == rig_canary(page))
			return (struct hit){ .kind = page_kind(rig, slot, page) };
	if (value != UINT64_MAX)
		return (struct hit){ .kind = HIT_OTHER };
	return find_fault(rig, slot);
}

struct hit probe(struct rig *rig, const struct probe *probe)
{
	const struct slot *slot = probe->slot;
	struct dma_address address = {
		.iova = probe->address.value ? probe->address : rig_window(rig, slot),
		.has_pasid = probe->has_pasid,
		.pasid = probe->pasid,
	};
	struct agent *agent = slot->agent;
	struct hit hit;
	bool is_done;

	clear_faults(rig, slot);
	cpu_fence();
	if (probe->is_read)
		is_done = agent->load(agent, address, BUFFER_READS, PROBE_BYTES);
	else
		is_done = agent->store(agent, address, BUFFER_WRITES, PROBE_BYTES);
	cpu_fence();
	if (!is_done)
		return (struct hit){ .kind = HIT_STUCK };
	hit = probe->is_read ? judge_read(rig, slot) : find_token(rig, slot);
	clear_faults(rig, slot);
	return hit;
}

const char *hit_words(const struct hit *hit, char *text, size_t bytes)
{
	static const char *const names[] = {
		[HIT_VANISHED] = "vanishes without a fault",
		[HIT_TARGET] = "lands",
		[HIT_MOVED] = "reaches the page of the other mode",
		[HIT_BYSTANDER] = "goes untranslated to the physical address",
		[HIT_OTHER] = "reaches memory that was never given to it",
		[HIT_STUCK] = "does not finish",
	};
	const struct fault_reason *reason;

	if (hit->kind != HIT_NOTHING)
		return names[hit->kind];
	reason = fault_reason_find(hit->reason);
	print_to(text, bytes, "is blocked with %02Xh (%s)", hit->reason,
		 reason ? reason->label : "unassigned");
	return text;
}
