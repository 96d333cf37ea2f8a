/* SPDX-License-Identifier: MIT */
/*
 * bringup_commit() ends whatever a unit answers, and writes nothing before everything was decided.
 *
 * Arbitrary: each register at each read; what becomes of each invalidation; the plan for each unit, lawful or not;
 * capabilities; whether there are tables, memory, and PASIDs to register.
 * Assumed: time goes on: a deadline has passed at the second look, or at the first.
 * Asserted: it ends (loops are bounded, an assertion fails if one goes on); panic() is not reached; no register
 * is written if the plan is refused, if any unit is not, at that time, the one that was planned for, if the PASIDs
 * cannot be registered, or of a unit that is not used; what is written are registers of bring-up, GCMD with one
 * bit other than what GSTS showed last; no unit translates our tables before all show them, in one mode. "Done" is
 * said only if the units show what was planned, "undone" only if they show what they showed before the first write;
 * else there is a reason.
 * Bound: one unit (commit.one) or two (commit.two), the first and the last of any number, which are gone through one
 * after the other.
 * Stands in: register_pasids.c and the queue with what is sent through it, which have tests of their own; memory.
 */
#include <assert.h>

#include "arch/page.h"
#include "arch/paging.h"
#include "arch/time.h"
#include "iommu/bringup/commit.h"
#include "iommu/bringup/register_pasids.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/invalidate.h"

struct bringup_unit_plan nondet_unit_plan(void);
uint64_t nondet_value(void);
unsigned int nondet_choice(void);

enum { UNITS = BRINGUP_UNITS_MAX };

static struct unit units[UNITS];
static struct bringup_plan plan;
static struct tables tables;
static bool is_decided, is_touched[UNITS], is_going_back[UNITS];
static unsigned int looks;

static bool any_bool(void)
{
	return nondet_choice() & 1;
}

static bool is_ours(const struct unit *u)
{
	return u == &units[0] || u == &units[UNITS - 1];
}

/* ---- time, memory ---- */

struct deadline deadline_after_us(uint64_t us)
{
	assert(us);
	looks = 0;
	return (struct deadline){ 0 };
}

bool deadline_passed(const struct deadline *deadline)
{
	assert(deadline);
	return ++looks >= 2 || any_bool();
}

bool page_is_ram(uint64_t base, uint64_t bytes)
{
	(void)base;
	(void)bytes;
	return false;
}

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	(void)phys;
	(void)bytes;
	return true;
}

void trace(const char *format, ...)
{
	assert(format);
}

void fault_clear(struct unit *u)
{
	assert(is_ours(u));
}

void device_tlb_remove_all(struct unit *u)
{
	assert(is_ours(u));
}

/* ---- the queue ---- */

static enum status any_status(void)
{
	return any_bool() ? STATUS_OK : STATUS_TIMEOUT;
}

enum status queue_enable(struct unit *u, bool wide, unsigned int size_log2)
{
	static uint8_t ring[32];
	enum status status;

	assert(!u->queue.on);
	if (!caps_has(&u->caps, CAPABILITY_QI) || any_bool())
		return STATUS_UNSUPPORTED;
	unit_write64(u, REG_IQT, 0);
	unit_write64(u, REG_IQA, nondet_value());
	status = unit_set_queued_invalidation(u, true);
	u->queue = (struct queue){ .ring = ring, .wide = wide, .size_log2 = size_log2 };
	u->queue.on = status == STATUS_OK;
	return status;
}

static enum status leave_queue(struct unit *u)
{
	const enum status status = unit_set_queued_invalidation(u, false);

	u->queue.on = status != STATUS_OK;
	return status;
}

enum status queue_disable(struct unit *u)
{
	return any_bool() ? STATUS_TIMEOUT : leave_queue(u);
}

enum status queue_abandon(struct unit *u)
{
	return leave_queue(u);
}

struct descriptor queue_wait_descriptor(struct unit *u, uint32_t data)
{
	const struct descriptor wait = { { data } };

	assert(is_ours(u));
	return wait;
}

enum status invalidate_all(struct unit *u)
{
	assert(is_ours(u));
	return any_status();
}

enum status invalidate_pasid_cache(struct unit *u, struct pasid_invalidation what)
{
	assert(is_ours(u) && what.granularity == PC_GLOBAL);
	return any_status();
}

enum status invalidate_context_cache(struct unit *u, struct context_invalidation what)
{
	assert(is_ours(u) && what.granularity == GRANULARITY_GLOBAL);
	return any_status();
}

enum status invalidate_interrupts(struct unit *u, struct interrupt_invalidation what)
{
	assert(is_ours(u) && !what.is_selective);
	return any_status();
}

/* ---- PASIDs ---- */

bool bringup_register_pasids(struct bringup *b)
{
	if (any_bool()) {
		bringup_fail(b, BRINGUP_STEP_REGISTER, BRINGUP_NO_UNIT, BRINGUP_REASON_VCMD_SILENT,
			     "");
		return false;
	}
	is_decided = true;
	return true;
}

bool bringup_unregister_pasids(struct bringup *b)
{
	assert(b->plan == &plan);
	return any_bool();
}

/* ---- registers ---- */

enum { SEEN = REG_IRTA / 4 + 1 };

/* Of a unit: what a register was when it was read first, and what it was last. */
struct seen {
	uint64_t first[SEEN], last[SEEN];
	bool is_any[SEEN];
};

static struct seen seen[UNITS];
static uint8_t registers[UNITS][PAGE_BYTES];

uint64_t answer(const volatile void *address, unsigned int bytes)
{
	const size_t place = (size_t)((const volatile uint8_t *)address - registers[0]);
	struct seen *its = &seen[place / PAGE_BYTES];
	const unsigned int which = place % PAGE_BYTES / 4;
	const uint64_t value = bytes == 4 ? (uint32_t)nondet_value() : nondet_value();

	assert(place / PAGE_BYTES < UNITS && which < SEEN);
	if (!its->is_any[which])
		its->first[which] = value;
	its->is_any[which] = true;
	its->last[which] = value;
	return value;
}

static uint64_t last_of(unsigned int unit, uint32_t offset)
{
	return seen[unit].last[offset / 4];
}

static bool is_for_bringup(uint32_t offset)
{
	switch (offset) {
	case REG_GCMD:
	case REG_RTADDR:
	case REG_FECTL:
	case REG_IECTL:
	case REG_PMEN:
	case REG_IQT:
	case REG_IQA:
	case REG_IRTA:
		return true;
	default:
		return false;
	}
}

/* As it was planned for. */
static bool is_checked(unsigned int unit)
{
	const struct caps *caps = &plan.units[unit].caps;

	return last_of(unit, REG_VER) == caps->ver && last_of(unit, REG_CAP) == caps->cap &&
	       last_of(unit, REG_ECAP) == caps->ecap;
}

/* It shows the planned root table, in the planned mode. */
static bool has_root(unsigned int unit)
{
	const uint64_t rtaddr = last_of(unit, REG_RTADDR);
	const uint64_t ttm = plan.format.scalable ? TTM_SCALABLE : TTM_LEGACY;

	return reg_get(rtaddr, RTADDR_TTM) == ttm &&
	       (rtaddr & FIELD_MASK(RTADDR_RTA)) == phys_of(tables.roots[unit].entries).value;
}

static void watch(struct unit *u, uint32_t offset, unsigned int bytes, uint64_t value)
{
	const uint64_t levels = FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES) |
				FIELD_MASK(GSTS_IRES) | FIELD_MASK(GSTS_CFIS);
	const unsigned int unit = u == &units[0] ? 0 : UNITS - 1;
	const uint64_t changed = value ^ (last_of(unit, REG_GSTS) & levels);

	assert(is_ours(u) && is_decided && plan.units[unit].is_used);
	for (unsigned int i = 0; i < UNITS; i++)
		assert(!plan.units[i].is_used || is_checked(i));
	assert(is_for_bringup(offset) && (bytes == 4 || bytes == 8));
	if (offset == REG_GCMD)
		assert((changed & (changed - 1)) == 0);
	is_touched[unit] = true;
	if (offset == REG_RTADDR)
		is_going_back[unit] = value == seen[unit].first[REG_RTADDR / 4];
	/* Nobody translates our tables before all can, and in the same mode. */
	if (offset == REG_GCMD && changed & value & FIELD_MASK(GCMD_TE) && !is_going_back[unit])
		for (unsigned int i = 0; i < UNITS; i++)
			assert(!plan.units[i].translates || has_root(i));
}

/* ---- what is said in the end ---- */

/* "Done" is said of units that show it, in all that they were asked for. */
static void assert_done(unsigned int unit)
{
	const uint64_t gsts = last_of(unit, REG_GSTS);

	if (!plan.units[unit].translates)
		return;
	assert(reg_get(gsts, GSTS_TES) && reg_get(gsts, GSTS_RTPS));
	assert(!units[unit].queue.on || reg_get(gsts, GSTS_QIES));
	assert(!plan.interrupt_remapping || reg_get(gsts, GSTS_IRES));
	assert(has_root(unit));
}

static bool is_as_found(unsigned int unit, uint32_t offset, uint64_t bits)
{
	const struct seen *its = &seen[unit];

	return ((its->first[offset / 4] ^ its->last[offset / 4]) & bits) == 0;
}

/* "Undone" is said of units that show what they showed before the first write. */
static void assert_undone(unsigned int unit)
{
	const uint64_t levels =
		FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES) | FIELD_MASK(GSTS_IRES);
	const uint64_t mask = FIELD_MASK(EVENT_CTL_IM);

	assert(is_as_found(unit, REG_RTADDR, UINT64_MAX));
	assert(is_as_found(unit, REG_PMEN, UINT64_MAX));
	assert(is_as_found(unit, REG_FECTL, mask));
	assert(is_as_found(unit, REG_GSTS, levels));
	if (caps_has(&units[unit].caps, CAPABILITY_QI))
		assert(is_as_found(unit, REG_IQA, UINT64_MAX) &&
		       is_as_found(unit, REG_IECTL, mask));
	if (caps_has(&units[unit].caps, CAPABILITY_IR))
		assert(is_as_found(unit, REG_IRTA, UINT64_MAX));
}

/* ---- any platform ---- */

static struct bringup_plan any_plan(void)
{
	struct bringup_plan made = { .unit_count = UNITS };

	for (unsigned int i = 0; i < UNITS; i++) {
		made.units[i] = nondet_unit_plan();
		made.units[i].is_used = any_bool();
		made.units[i].translates = any_bool() && made.units[i].is_used;
		made.units[i].queue =
			(enum bringup_queue)(nondet_choice() % (BRINGUP_QUEUE_256 + 1));
	}
	made.format.scalable = any_bool();
	made.interrupt_remapping = any_bool();
	made.extended_interrupts = any_bool();
	made.refusal.reason = any_bool() ? BRINGUP_REASON_ABSENT : BRINGUP_REASON_OK;
	return made;
}

static void make_unit(unsigned int i)
{
	static uint64_t root[UNITS][PAGE_BYTES / 8];

	units[i].index = i;
	units[i].caps = (struct caps){ (uint32_t)nondet_value(), nondet_value(), nondet_value() };
	units[i].registers = registers[i];
	units[i].before_write = watch;
	tables.roots[i].entries = any_bool() ? (void *)root[i] : NULL;
}

int main(void)
{
	static struct bringup b = { .units = units, .plan = &plan, .tables = &tables };
	bool is_done;

	plan = any_plan();
	for (unsigned int i = 0; i < UNITS; i++)
		make_unit(i);
	tables.format.scalable = any_bool();
	b.interrupt_table = phys(nondet_choice() * (uint64_t)PAGE_BYTES);
	b.interrupt_table_s = nondet_choice() % 16;
	is_done = bringup_commit(&b);
	assert(is_done == (b.result.reason == BRINGUP_REASON_OK));
	assert(is_done == (b.result.step == BRINGUP_STEP_DONE));
	assert(!is_done || (is_decided && plan.refusal.reason == BRINGUP_REASON_OK));
	for (unsigned int i = 0; i < UNITS; i++) {
		if (is_done)
			assert_done(i);
		else if (b.result.is_undone && is_touched[i])
			assert_undone(i);
	}
}
