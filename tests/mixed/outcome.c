/* SPDX-License-Identifier: MIT */
#include "tests/mixed/outcome.h"

#include "arch/mmio.h"
#include "arch/print.h"
#include "arch/string.h"
#include "tests/units/modelled.h"

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {
		[MIXED_OK] = "OK",
		[MIXED_REFUSED] = "REFUSED",
		[MIXED_BLOCKED] = "BLOCKED",
		[MIXED_SPLIT] = "SPLIT",
		[MIXED_MISDIRECTED] = "MISDIRECTED",
		[MIXED_LEAKED] = "LEAKED",
	};

	return names[outcome];
}

/* ---- as it was found ---- */

enum { SLOW_STATUS_READS = 16 };

static uint32_t peek(const struct unit *unit, uint32_t offset)
{
	return mmio_read32(unit->registers + offset);
}

/* Bits that no driver can bring back. */
static uint32_t lost_bits(uint32_t offset)
{
	switch (offset) {
	case REG_GSTS:
		return (uint32_t)(FIELD_MASK(GSTS_RTPS) | FIELD_MASK(GSTS_IRTPS));
	case REG_CCMD: /* how an invalidation ended */
	case REG_CCMD + 4:
	case REG_FSTS:
	case REG_IQH:
	case REG_IQT:
	case REG_IQERCD:
	case REG_IQERCD + 4:
		return UINT32_MAX;
	default:
		return 0;
	}
}

static enum hit_kind plain_hit(struct rig *rig, unsigned int unit)
{
	struct probe plain = { .slot = rig_slot(rig, unit, SLOT_PLAIN) };

	return probe(rig, &plain).kind;
}

void outcome_look_before(struct rig *rig, struct before *before)
{
	for (unsigned int unit = 0; unit < rig->unit_count; unit++) {
		before->hit[unit] = plain_hit(rig, unit);
		/* What an earlier stage commanded is long done, also where GSTS shows it late. */
		for (unsigned int i = 0; i < SLOW_STATUS_READS; i++)
			peek(&rig->units[unit], REG_GSTS);
		for (uint32_t offset = 0; offset < 0x100; offset += 4)
			before->registers[unit][offset / 4] = peek(&rig->units[unit], offset);
	}
}

static bool registers_are_as_found(const struct rig *rig, const struct before *before,
				   unsigned int unit, bool went_back, char *words, size_t bytes)
{
	for (uint32_t offset = REG_GCMD; offset < 0x100; offset += 4) {
		uint32_t was = before->registers[unit][offset / 4];
		uint32_t is = peek(&rig->units[unit], offset);
		uint32_t counts = went_back ? ~lost_bits(offset) : UINT32_MAX;

		if (!((was ^ is) & counts))
			continue;
		print_to(words, bytes, "unit %u: register %03x was %08x and is %08x", unit, offset,
			 was, is);
		return false;
	}
	return true;
}

/* A unit that lies cannot be brought back; it must not translate by tables that are gone, though. */
static bool lies(const struct unit *unit)
{
	const struct modelled *modelled = modelled_of(unit);
	const struct model_misbehaviour *is;

	if (!modelled)
		return false;
	is = &modelled->model.config.misbehaviour;
	return is->gsts_never_follows || is->srtp_never_completes || is->ttm_not_kept;
}

static bool is_off(const struct unit *unit)
{
	return !reg_get(peek(unit, REG_GSTS), GSTS_TES);
}

static bool dma_is_as_found(struct rig *rig, const struct before *before, unsigned int unit,
			    char *words, size_t bytes)
{
	struct hit hit = { .kind = plain_hit(rig, unit) };
	char what[40];

	if (hit.kind == before->hit[unit])
		return true;
	print_to(words, bytes, "unit %u: DMA %s, and did not before", unit,
		 hit_words(&hit, what, sizeof(what)));
	return false;
}

/*
 * Are registers and DMA as they were? `words` say what is not. Where a commit went back by itself
 * (`went_back`), faults, the positions of the queue, and RTPS and IRTPS do not count: nothing brings
 * them back. DMA comes last: faults, if it makes any, show in the registers.
 */
static bool is_as_found(struct rig *rig, const struct before *before, bool went_back, char *words,
			size_t bytes)
{
	bool is_free[RIG_UNITS_MAX];

	for (unsigned int unit = 0; unit < rig->unit_count; unit++) {
		is_free[unit] = went_back && lies(&rig->units[unit]) && is_off(&rig->units[unit]);
		if (!is_free[unit] &&
		    !registers_are_as_found(rig, before, unit, went_back, words, bytes))
			return false;
	}
	for (unsigned int unit = 0; unit < rig->unit_count; unit++)
		if (!is_free[unit] && !dma_is_as_found(rig, before, unit, words, bytes))
			return false;
	return true;
}

/* ---- where DMA went ---- */

static const char *slot_words(enum slot_kind kind)
{
	static const char *const names[] = {
		[SLOT_PLAIN] = "DMA without PASID",
		[SLOT_PROCESS_A] = "DMA of process A",
		[SLOT_PROCESS_B] = "DMA of process B",
		[SLOT_LATE] = "DMA to a page mapped later",
		[SLOT_IDENTITY] = "DMA of a device with physical addresses",
		[SLOT_UPPER] = "DMA of a device of the upper half",
		[SLOT_STRANGER] = "DMA of a device that may reach nothing",
	};

	return names[kind];
}

/* The worst counts, and of the same kind the first. */
static void note(struct verdict *verdict, enum outcome outcome, const struct slot *slot,
		 const struct hit *hit)
{
	const char *where;
	char words[40];

	if (outcome <= verdict->outcome)
		return;
	verdict->outcome = outcome;
	verdict->unit = slot->unit;
	verdict->reason = hit->reason;
	where = hit_words(hit, words, sizeof(words));
	if (outcome == MIXED_LEAKED && hit->kind == HIT_TARGET)
		where = "reaches a page that was taken away from it";
	if (slot->unit == RIG_NO_UNIT)
		print_to(verdict->words, sizeof(verdict->words), "in no unit's scope: %s %s",
			 slot_words(slot->kind), where);
	else
		print_to(verdict->words, sizeof(verdict->words), "unit %u: %s %s", slot->unit,
			 slot_words(slot->kind), where);
}

static enum outcome outcome_of(const struct driver *driver, const struct slot *slot,
			       const struct hit *hit)
{
	bool keeps_page = slot->kind == SLOT_IDENTITY || !driver->expects_moved;

	switch (hit->kind) {
	case HIT_TARGET:
		return keeps_page ? MIXED_OK : MIXED_LEAKED;
	case HIT_MOVED:
		return keeps_page ? MIXED_MISDIRECTED : MIXED_OK;
	case HIT_NOTHING:
	case HIT_STUCK:
		return MIXED_BLOCKED;
	case HIT_BYSTANDER:
		return MIXED_LEAKED;
	default:
		return MIXED_MISDIRECTED;
	}
}

/* A request that must arrive; written, and where that can be looked at, read. */
static void expect_arrival(struct driver *driver, struct probe plain, struct verdict *verdict)
{
	struct hit hit = probe(driver->rig, &plain);

	note(verdict, outcome_of(driver, plain.slot, &hit), plain.slot, &hit);
	if (!probe_can_read(plain.slot))
		return;
	plain.is_read = true;
	hit = probe(driver->rig, &plain);
	note(verdict, outcome_of(driver, plain.slot, &hit), plain.slot, &hit);
}

/* A request that must not arrive anywhere. */
static bool expect_nothing(struct driver *driver, struct probe plain, struct verdict *verdict)
{
	struct hit hit = probe(driver->rig, &plain);

	if (hit.kind == HIT_NOTHING || hit.kind == HIT_STUCK)
		return true;
	note(verdict, hit.kind == HIT_VANISHED ? MIXED_MISDIRECTED : MIXED_LEAKED, plain.slot,
	     &hit);
	return false;
}

/*
 * A device that sends no PASIDs shows what one leads to, if it is its RID_PASID for a while. Nothing can
 * be seen on a unit without ECAP.RPS.
 */
static void judge_by_rid_pasid(struct driver *driver, const struct slot *slot, uint32_t pasid,
			       struct verdict *verdict)
{
	static const struct hit stuck = { .kind = HIT_STUCK };
	const uint16_t did = driver_process_did(slot);

	if (!caps_has(&driver->rig->units[slot->unit].caps, CAPABILITY_RPS))
		return;
	if (!driver_lead(driver, slot, pasid, driver_device(driver, slot)->did)) {
		note(verdict, MIXED_BLOCKED, slot, &stuck);
		return;
	}
	expect_arrival(driver, (struct probe){ .slot = slot }, verdict);
	if (!driver_lead(driver, slot, 0, did))
		note(verdict, MIXED_BLOCKED, slot, &stuck);
}

static void judge_process(struct driver *driver, const struct slot *slot, struct verdict *verdict)
{
	const struct process *process = &driver->processes[slot->kind == SLOT_PROCESS_A ? 0 : 1];
	struct probe plain = { .slot = slot, .has_pasid = true, .pasid = process->pasid };

	/* Without translation by any unit PASIDs mean nothing, and there is nothing to look at. */
	if (slot->unit == RIG_NO_UNIT || !process->is_bound || !driver->is_scalable[slot->unit])
		return;
	/* "Requests without PASID use PASID 0" is what a driver with this PASID believes, too. */
	if (!process->pasid)
		plain.has_pasid = false;
	if (plain.has_pasid && !(slot->agent->limits.features & AGENT_PASID))
		judge_by_rid_pasid(driver, slot, process->pasid, verdict);
	else
		expect_arrival(driver, plain, verdict);
}

/* Blocked before it is mapped, there afterwards. */
static void judge_late(struct driver *driver, const struct slot *slot, struct verdict *verdict)
{
	struct probe plain = { .slot = slot };
	struct hit hit;

	if (slot->unit == RIG_NO_UNIT || driver->rig->is_absent[slot->unit] ||
	    !driver_device(driver, slot) || !expect_nothing(driver, plain, verdict) ||
	    !driver_map_late(driver, slot->unit))
		return;
	hit = probe(driver->rig, &plain);
	note(verdict,
	     hit.kind == HIT_TARGET    ? MIXED_OK
	     : hit.kind == HIT_NOTHING ? MIXED_BLOCKED
				       : MIXED_MISDIRECTED,
	     slot, &hit);
}

/* A device that was left out, and one that leaves its own window. */
static void judge_isolation(struct driver *driver, const struct slot *slot, struct verdict *verdict)
{
	const struct slot *other = rig_slot(driver->rig, slot->unit, SLOT_PLAIN);
	struct probe stray = { .slot = slot };

	if (!other || driver->rig->is_absent[slot->unit])
		return;
	stray.address = iova(phys_of(rig_page(driver->rig, other, PAGE_TARGET)).value);
	expect_nothing(driver, stray, verdict);
}

static void judge_slot(struct driver *driver, const struct slot *slot, struct verdict *verdict)
{
	switch (slot->kind) {
	case SLOT_PLAIN:
	case SLOT_IDENTITY:
		expect_arrival(driver, (struct probe){ .slot = slot }, verdict);
		break;
	case SLOT_UPPER:
		expect_arrival(driver, (struct probe){ .slot = slot }, verdict);
		judge_isolation(driver, slot, verdict);
		break;
	case SLOT_PROCESS_A:
	case SLOT_PROCESS_B:
		judge_process(driver, slot, verdict);
		break;
	case SLOT_LATE:
		judge_late(driver, slot, verdict);
		break;
	default:
		judge_isolation(driver, slot, verdict);
		break;
	}
}

/* A write that was on its way when the driver changed the mode. */
static void judge_arrivals(struct driver *driver, struct verdict *verdict)
{
	static const struct hit untranslated = { .kind = HIT_BYSTANDER };

	for (unsigned int i = 0; i < driver->rig->slot_count; i++) {
		const struct slot *slot = &driver->rig->slots[i];
		uint64_t *word = (uint64_t *)(void *)rig_page(driver->rig, slot, PAGE_BYSTANDER);

		if (*word != RIG_TOKEN)
			continue;
		*word = rig_canary(i * SLOT_PAGES + PAGE_BYSTANDER);
		note(verdict, MIXED_LEAKED, slot, &untranslated);
	}
}

/* ---- what all units together show ---- */

/*
 * Every unit did what its tables say, and no unit can walk tables of the other format: so their modes
 * are those of their tables.
 */
static void judge_modes(const struct driver *driver, struct verdict *verdict)
{
	unsigned int count[2] = { 0 };

	for (unsigned int i = 0; i < driver->rig->unit_count; i++)
		if (!driver->rig->is_absent[i])
			count[driver->is_scalable[i]]++;
	if (verdict->outcome > MIXED_OK || !count[0] || !count[1])
		return;
	verdict->outcome = MIXED_SPLIT;
	verdict->unit = RIG_NO_UNIT;
	print_to(verdict->words, sizeof(verdict->words),
		 "%u units translate in scalable mode and %u in legacy mode", count[1], count[0]);
}

static bool is_live(const struct model_pasid_space *pool, uint32_t pasid)
{
	uint32_t bit = pasid - pool->first;

	return pasid >= pool->first && bit < pool->count && pool->used[bit / 64] >> (bit % 64) & 1;
}

static bool hands_out_pasids(const struct model_config *config)
{
	switch (config->vcmd_layout) {
	case MODEL_VCMD_DRAFT:
		return config->vccap & FIELD_MASK(DRAFT_VCCAP_PAS);
	case MODEL_VCMD_3_3:
		return config->vccap & FIELD_MASK(VCCAP_PAS);
	default:
		return false;
	}
}

/* A VMM that hands out PASIDs must have handed out each one that is used behind its unit. */
static void judge_pasids_of(const struct driver *driver, unsigned int unit, struct verdict *verdict)
{
	const struct modelled *modelled = modelled_of(&driver->rig->units[unit]);
	const struct model_config *config = modelled ? &modelled->model.config : NULL;

	if (!config || !hands_out_pasids(config) || !driver->is_scalable[unit])
		return;
	for (unsigned int i = 0; i < PROCESS_COUNT; i++) {
		const struct process *process = &driver->processes[i];

		if (!process->is_bound || is_live(config->pasids, process->pasid))
			continue;
		verdict->outcome = MIXED_SPLIT;
		verdict->unit = unit;
		print_to(verdict->words, sizeof(verdict->words),
			 "unit %u: PASID %u is in use, and its VCMD never gave it", unit,
			 process->pasid);
	}
}

static void take_complaints(const struct driver *driver, struct verdict *verdict)
{
	for (unsigned int i = 0; i < driver->rig->unit_count; i++) {
		struct modelled *modelled = modelled_of(&driver->rig->units[i]);

		const char *text = modelled ? model_take_complaint(&modelled->model) : NULL;

		if (!text)
			continue;
		verdict->broke_rules = true;
		print_to(verdict->words, sizeof(verdict->words), "unit %u: %s", i, text);
	}
}

static bool is_clean_refusal(struct driver *driver, const struct before *before,
			     struct verdict *verdict)
{
	bool went_back = driver->bringup.result.step >= BRINGUP_STEP_REST;
	size_t used;

	if (!driver->has_refused)
		return false;
	if (is_as_found(driver->rig, before, went_back, verdict->words, sizeof(verdict->words))) {
		verdict->outcome = MIXED_REFUSED;
		print_to(verdict->words, sizeof(verdict->words), "%s", driver->words);
		return true;
	}
	/* It gave up half way: whoever uses the machine now has no translation to rely on. */
	verdict->outcome = MIXED_SPLIT;
	used = strlen(driver->words);
	print_to(driver->words + used, sizeof(driver->words) - used, "; but %s", verdict->words);
	return false;
}

void outcome_judge(struct driver *driver, const struct before *before, struct verdict *verdict)
{
	*verdict = (struct verdict){ .unit = RIG_NO_UNIT };
	take_complaints(driver, verdict);
	if (is_clean_refusal(driver, before, verdict))
		return;
	judge_arrivals(driver, verdict);
	for (unsigned int i = 0; i < driver->rig->slot_count; i++)
		judge_slot(driver, &driver->rig->slots[i], verdict);
	judge_modes(driver, verdict);
	for (unsigned int i = 0; i < driver->rig->unit_count; i++)
		if (verdict->outcome < MIXED_BLOCKED)
			judge_pasids_of(driver, i, verdict);
	if (verdict->outcome < MIXED_MISDIRECTED && !rig_pages_are_whole(driver->rig)) {
		verdict->outcome = MIXED_MISDIRECTED;
		print_to(verdict->words, sizeof(verdict->words),
			 "bytes changed where no DMA was meant to go");
	}
}
