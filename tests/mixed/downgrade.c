/* SPDX-License-Identifier: MIT */
/*
 * From scalable to legacy mode after boot, by the steps of iommu/bringup/transition.h, one of them left out
 * or done by half. Windows lead to other pages afterwards: the old ones belong to somebody else then.
 *
 * A driver of this kind does not look at how an invalidation ends: it goes on.
 */
#include "arch/page.h"
#include "arch/print.h"
#include "iommu/bringup/transition.h"
#include "tests/mixed/driver.h"
#include "tests/mixed/probe.h"
#include "tests/scenes/agents/endpoint.h"

static struct transition transition;

/* OMIT_ROOT and OMIT_CONTEXT leave out part of what is built. Draining invalidates the IOTLB, too. */
static bool is_left_out(enum omission omission, enum transition_step step)
{
	switch (step) {
	case TRANSITION_DRAIN:
		return omission == OMIT_DRAIN || omission == OMIT_IOTLB;
	case TRANSITION_DISABLE:
		return omission == OMIT_DISABLE;
	case TRANSITION_LATCH:
		return omission == OMIT_LATCH;
	case TRANSITION_CONTEXT_CACHE:
		return omission == OMIT_CONTEXT_CACHE;
	case TRANSITION_PASID_CACHE:
		return omission == OMIT_PASID_CACHE;
	case TRANSITION_IOTLB:
		return omission == OMIT_IOTLB;
	default:
		return false;
	}
}

/* Every device is at work before, so that caches hold what they can hold. False: DMA goes astray. */
static bool work(struct driver *driver)
{
	for (unsigned int i = 0; i < driver->rig->slot_count; i++) {
		struct probe plain = { .slot = &driver->rig->slots[i] };

		if (driver_device(driver, plain.slot) && plain.slot->kind != SLOT_LATE &&
		    plain.slot->kind != SLOT_PROCESS_A && plain.slot->kind != SLOT_PROCESS_B &&
		    probe(driver->rig, &plain).kind != HIT_TARGET)
			return false;
	}
	return true;
}

static bool stop_devices(void *context)
{
	rig_set_bus_masters(context, false);
	return true;
}

static bool let_devices_go(void *context)
{
	rig_set_bus_masters(context, true);
	return true;
}

/*
 * A write that every first device sent before it was stopped, and that has been on its way since.
 * Draining is what makes it arrive. Where nobody drains it comes as late as it can: the devices here
 * are software, so this is when it is told to. Real ones do as they please.
 */
static void arrive(struct driver *driver)
{
	for (unsigned int i = 0; i < driver->rig->slot_count; i++) {
		const struct slot *slot = &driver->rig->slots[i];
		struct agent *agent = slot->agent;

		if (slot->kind != SLOT_PLAIN || !endpoint_of(agent))
			continue;
		agent->set_bus_master(agent, true);
		agent->store(agent, (struct dma_address){ .iova = rig_window(driver->rig, slot) },
			     0, sizeof(uint64_t));
		agent->set_bus_master(agent, false);
	}
}

/* Where it was sent, it may arrive: on its own page it does no harm before the change is over. */
static void forgive_arrivals(struct driver *driver)
{
	for (unsigned int i = 0; i < driver->rig->slot_count; i++) {
		const struct slot *slot = &driver->rig->slots[i];
		unsigned int number = i * SLOT_PAGES + PAGE_TARGET;

		if (slot->kind == SLOT_PLAIN)
			*(uint64_t *)(void *)rig_page(driver->rig, slot, PAGE_TARGET) =
				rig_canary(number);
	}
}

/* The new root table, but its entries lead to the old context tables; NULL: no memory. */
static struct root_entry *mix_root(struct driver *driver, unsigned int unit)
{
	const struct root_entry *built = driver->tables[false].roots[unit].entries;
	const struct root_entry *old = driver->tables[true].roots[unit].entries;
	struct root_entry *mixed = driver->roots[unit] = page_alloc();

	for (unsigned int bus = 0; mixed && bus < ROOT_ENTRIES; bus++)
		if (field_get(built[bus].q, ROOT_P))
			mixed[bus].q[0] = old[bus].q[0];
	return mixed;
}

/* What the unit is told is its new root: the one that was built, or one that is old, or half old. */
static bool latch(struct driver *driver, unsigned int unit)
{
	struct root_table *root = &driver->tables[false].roots[unit];
	struct root_entry *built = root->entries;
	enum status status = STATUS_NO_MEMORY;

	if (driver->strategy->omission == OMIT_ROOT)
		root->entries = driver->tables[true].roots[unit].entries;
	if (driver->strategy->omission == OMIT_CONTEXT)
		root->entries = mix_root(driver, unit);
	if (root->entries)
		status = transition_run_step(&transition, TRANSITION_LATCH, unit);
	root->entries = built;
	return status == STATUS_OK;
}

static void run_step(struct driver *driver, enum transition_step step)
{
	unsigned int times = transition_step_is_per_unit(step) ? transition.unit_count : 1;

	for (unsigned int unit = 0; unit < times; unit++) {
		if (step == TRANSITION_LATCH
			    ? latch(driver, unit)
			    : transition_run_step(&transition, step, unit) == STATUS_OK)
			continue;
		print_to(driver->words, sizeof(driver->words), "unit %u, step \"%s\": %s", unit,
			 transition_step_words(step), unit_failure(&transition.units[unit]));
	}
}

static void run_steps(struct driver *driver)
{
	enum omission omission = driver->strategy->omission;

	for (enum transition_step step = 0; step < TRANSITION_RETIRE; step++) {
		if (step == TRANSITION_DRAIN && omission != OMIT_DRAIN)
			arrive(driver);
		if (step == TRANSITION_LATCH && omission == OMIT_DRAIN)
			arrive(driver);
		if (!is_left_out(omission, step))
			run_step(driver, step);
	}
	forgive_arrivals(driver);
}

/* The plan of the same units in legacy mode says what the new tables look like. */
static bool plan_down(struct driver *driver, struct tables_format *format)
{
	const struct bringup_request request = { .mode = BRINGUP_LEGACY };
	static struct bringup_plan plan;

	if (!bringup_plan(driver->surveys, driver->rig->unit_count, &request, &plan))
		return driver_refuse(driver, "legacy mode: %s",
				     bringup_reason_words(plan.refusal.reason));
	*format = plan.format;
	return true;
}

void driver_go_down(struct driver *driver)
{
	unsigned int unit;

	transition = (struct transition){
		.units = driver->rig->units,
		.unit_count = driver->rig->unit_count,
		.old = &driver->tables[true],
		.next = &driver->tables[false],
		.to = TTM_LEGACY,
		.devices = driver->devices[false],
		.quiesce = stop_devices,
		.resume = let_devices_go,
		.context = driver->rig,
	};
	if (!plan_down(driver, &transition.format))
		return;
	driver->device_count[false] = transition.device_count =
		rig_list_devices(driver->rig, driver->plan.pass_through, PAGE_MOVED,
				 driver->devices[false], driver->mappings[false]);
	if (!work(driver)) {
		driver_refuse(driver, "DMA does not work in scalable mode");
		return;
	}
	if (transition_check(&transition, &unit) != STATUS_OK) {
		driver_refuse(driver, "unit %u: %s", unit, unit_failure(&driver->rig->units[unit]));
		return;
	}
	run_steps(driver);
	driver->expects_moved = true;
	for (unsigned int i = 0; i < driver->rig->unit_count; i++)
		driver->is_scalable[i] = false;
}
