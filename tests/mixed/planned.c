/* SPDX-License-Identifier: MIT */
/* The right way: survey, plan, tables, commit, all through iommu/bringup. */
#include "arch/page.h"
#include "arch/print.h"
#include "tests/mixed/driver.h"

/* A device that no unit remaps reaches all memory, whatever the units are told. */
static const struct slot *find_stray(const struct rig *rig)
{
	for (unsigned int i = 0; i < rig->slot_count; i++)
		if (rig->slots[i].unit == RIG_NO_UNIT)
			return &rig->slots[i];
	return NULL;
}

static bool check_scopes(struct driver *driver)
{
	const struct slot *stray = find_stray(driver->rig);

	if (!stray)
		return true;
	return driver_refuse(driver, "refused: the device %04x:%02x:%02x.%u is in no unit's scope",
			     stray->agent->segment, stray->agent->sid >> 8,
			     stray->agent->sid >> 3 & 0x1f, stray->agent->sid & 7u);
}

static bool decide(struct driver *driver, const struct bringup_request *asked)
{
	struct bringup_request request = *asked;
	struct rig *rig = driver->rig;
	uint64_t writes = rig_write_count(rig), reads = rig_read_count(rig);
	bool is_possible;

	request.default_pasids_live = rig->plan.default_pasids_live;
	request.has_no_pasid_memory = rig->plan.has_no_pasid_memory;
	bringup_survey(rig->units, rig->unit_count, VCMD_AUTO, driver->surveys);
	is_possible = bringup_plan(driver->surveys, rig->unit_count, &request, &driver->plan);
	driver->has_decided = true;
	driver->writes_before_decision = rig_write_count(rig) - writes;
	driver->reads_before_decision = rig_read_count(rig) - reads;
	bringup_plan_describe(&driver->plan, driver->words, sizeof(driver->words));
	driver->reason = driver->plan.refusal.reason;
	driver->has_refused = !is_possible;
	return is_possible;
}

static bool build_tables(struct driver *driver)
{
	const struct bringup_plan *plan = &driver->plan;
	bool scalable = plan->format.scalable;

	driver->device_count[scalable] =
		rig_list_devices(driver->rig, plan->pass_through, PAGE_TARGET,
				 driver->devices[scalable], driver->mappings[scalable]);
	for (unsigned int i = 0; i < plan->unit_count; i++) {
		driver->is_scalable[i] = scalable;
		driver->invalidates_new[i] =
			bringup_unit_has_note(plan, i, BRINGUP_NOTE_CACHING_MODE);
	}
	return tables_build(&driver->tables[scalable], &plan->format, plan->unit_count,
			    driver->devices[scalable],
			    driver->device_count[scalable]) == STATUS_OK ||
	       driver_refuse(driver, "no memory for tables");
}

/* An earlier user's PASIDs are live in the space that the plan is to use. */
static bool make_space(struct driver *driver)
{
	unsigned int bits = driver->plan.pasid_bits;
	size_t bytes;
	uint32_t pasid;

	if (driver->plan.pasids == PASIDS_NONE)
		return true;
	if (!bits || bits > PASID_SPACE_BITS_MAX)
		return driver_refuse(driver, "the plan hands out PASIDs of %u bits", bits);
	bytes = pasid_space_state_bytes(bits);
	driver->pasid_state = page_alloc_contiguous((bytes + PAGE_BYTES - 1) / PAGE_BYTES, 1);
	if (!driver->pasid_state)
		return driver_refuse(driver, "no memory for the PASID space");
	pasid_space_init(&driver->pasids, bits, driver->pasid_state, NULL);
	for (uint32_t i = 0; i < driver->default_live; i++)
		if (pasid_space_alloc(&driver->pasids, 0, &pasid) != PASID_OK)
			return driver_refuse(driver, "the PASIDs of an earlier user do not fit");
	return true;
}

/* Without an entry: interrupts of devices behind these units are not what is looked at here. */
static bool make_interrupt_table(struct driver *driver)
{
	if (!driver->plan.interrupt_remapping)
		return true;
	driver->interrupts = page_alloc();
	driver->bringup.interrupt_table = phys_of(driver->interrupts);
	driver->bringup.interrupt_table_s = 7; /* 2^8 entries of 16 bytes */
	return driver->interrupts || driver_refuse(driver, "no memory for an interrupt table");
}

static bool commit(struct driver *driver)
{
	struct bringup *bringup = &driver->bringup;
	const struct rig *rig = driver->rig;
	uint64_t writes = rig_write_count(rig), reads = rig_read_count(rig);
	bool is_done;

	bringup->units = driver->rig->units;
	bringup->plan = &driver->plan;
	bringup->tables = &driver->tables[driver->plan.format.scalable];
	bringup->pasids = driver->plan.pasids == PASIDS_NONE ? NULL : &driver->pasids;
	if (!make_interrupt_table(driver))
		return false;
	is_done = bringup_commit(bringup);
	driver->writes_of_commit = rig_write_count(rig) - writes;
	driver->reads_of_commit = rig_read_count(rig) - reads;
	if (is_done && bringup->result.has_pasids == (driver->plan.pasids != PASIDS_NONE))
		return true;
	bringup_result_describe(bringup, driver->words, sizeof(driver->words));
	driver->reason = bringup->result.reason;
	driver->has_refused = !is_done;
	return is_done;
}

/* One space for all units: a number means one process, wherever it turns up. */
static void take_pasids(struct driver *driver)
{
	unsigned int wanted = driver->rig->plan.process_count;
	unsigned int count = wanted ? wanted : PROCESS_COUNT;
	uint32_t pasid;

	if (!driver->bringup.result.has_pasids)
		return;
	for (unsigned int i = 0; i < count; i++) {
		unsigned int unit = i ? driver->rig->unit_count - 1 : 0;

		if (pasid_space_alloc(&driver->pasids, unit, &pasid) != PASID_OK)
			return;
		driver->processes[i ? 1 : 0] =
			(struct process){ .is_bound = true, .pasid = pasid, .unit = unit };
	}
}

void driver_plan_and_commit(struct driver *driver, const struct bringup_request *request)
{
	if (!check_scopes(driver) || !decide(driver, request) || !build_tables(driver) ||
	    !make_space(driver) || !commit(driver))
		return;
	take_pasids(driver);
	driver_bind_processes(driver);
}
