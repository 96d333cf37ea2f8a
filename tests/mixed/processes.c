/* SPDX-License-Identifier: MIT */
/* What happens while translation is on: processes get their address spaces, a page is mapped. */
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/structures/publish.h"
#include "iommu/unit/invalidate.h"
#include "tests/mixed/driver.h"

enum { FIRST_PROCESS_DOMAIN = 8 };

const struct bringup_device *driver_device(const struct driver *driver, const struct slot *slot)
{
	bool scalable = slot->unit != RIG_NO_UNIT && driver->is_scalable[slot->unit];

	for (unsigned int i = 0; i < driver->device_count[scalable]; i++) {
		const struct bringup_device *device = &driver->devices[scalable][i];

		if (device->unit == slot->unit && device->sid == slot->agent->sid)
			return device;
	}
	return NULL;
}

/* The page of a process, and nothing else. */
static bool build_space(struct driver *driver, const struct slot *slot, struct paging *space)
{
	const struct tables_format *format = &driver->tables[true].format;

	return paging_create(space, tables_stage_of(format, slot->unit),
			     tables_levels_of(format, slot->unit),
			     format->paging_snooped) == STATUS_OK &&
	       paging_map(space, rig_window(driver->rig, slot),
			  phys_of(rig_page(driver->rig, slot, PAGE_TARGET)), 12,
			  ACCESS_BOTH) == STATUS_OK;
}

/* Requests with PASID are let in by the context entry of their device. */
static bool allow_pasids(struct driver *driver, const struct bringup_device *device)
{
	struct root_table *root = &driver->tables[true].roots[device->unit];
	struct sm_context_entry entry;

	memcpy(entry.q, root_table_context(root, device->sid), sizeof(entry));
	if (field_get(entry.q, SMCONTEXT_PASIDE))
		return true;
	field_set(entry.q, SMCONTEXT_PASIDE, 1);
	return publish_context(&driver->rig->units[device->unit], root, device->sid, entry.q,
			       device->did) == STATUS_OK;
}

static unsigned int process_of(const struct slot *slot)
{
	return slot->kind == SLOT_PROCESS_A ? 0 : 1;
}

uint16_t driver_process_did(const struct slot *slot)
{
	return (uint16_t)(FIRST_PROCESS_DOMAIN + process_of(slot));
}

bool driver_lead(struct driver *driver, const struct slot *slot, uint32_t pasid, uint16_t did)
{
	struct root_table *root = &driver->tables[true].roots[slot->unit];
	struct sm_context_entry entry;

	memcpy(entry.q, root_table_context(root, slot->agent->sid), sizeof(entry));
	field_set(entry.q, SMCONTEXT_RID_PASID, pasid);
	return publish_context(&driver->rig->units[slot->unit], root, slot->agent->sid, entry.q,
			       did) == STATUS_OK;
}

static bool bind(struct driver *driver, const struct slot *slot, unsigned int which)
{
	const struct process *process = &driver->processes[which];
	struct paging *space = &driver->spaces[slot->unit][which];
	const struct bringup_device *device = driver_device(driver, slot);
	uint16_t did = driver_process_did(slot);
	const struct pasid_entry none = { { 0 } };
	struct pasid_entry entry;
	struct pasid_table *table;

	if (!device || !build_space(driver, slot, space) || !allow_pasids(driver, device))
		return false;
	table = tables_pasids_of(&driver->tables[true], driver->devices[true],
				 (unsigned int)(device - driver->devices[true]));
	entry = pasid_translated(space, did);
	return publish_pasid(&driver->rig->units[slot->unit], table, process->pasid, &entry,
			     &none) == STATUS_OK;
}

bool driver_bind_processes(struct driver *driver)
{
	for (unsigned int i = 0; i < driver->rig->slot_count; i++) {
		const struct slot *slot = &driver->rig->slots[i];
		unsigned int which = process_of(slot);

		if ((slot->kind != SLOT_PROCESS_A && slot->kind != SLOT_PROCESS_B) ||
		    slot->unit == RIG_NO_UNIT || !driver->is_scalable[slot->unit] ||
		    !driver->processes[which].is_bound)
			continue;
		if (!bind(driver, slot, which))
			return false;
	}
	return true;
}

/* Does the PASID come from the VMM of a real unit, through the space of a plan? */
static bool is_from_real_unit(const struct driver *driver, const struct process *process)
{
	return process->is_bound && driver->rig->real_unit && driver->strategy->is_planned &&
	       driver->plan.pasids == PASIDS_VCMD;
}

bool driver_give_back(struct driver *driver)
{
	struct rig *rig = driver->rig;
	bool is_done = true;

	if (!rig_rest_real_unit(rig))
		return false;
	for (unsigned int i = 0; i < PROCESS_COUNT; i++)
		if (is_from_real_unit(driver, &driver->processes[i]) &&
		    pasid_space_free(&driver->pasids, driver->processes[i].unit,
				     driver->processes[i].pasid) != PASID_OK)
			is_done = false;
	for (unsigned int i = 0; i < driver->owed_count; i++)
		if (vcmd_free_pasid(&driver->vcmd[driver->owed[i].unit], driver->owed[i].pasid) !=
		    VCMD_OK)
			is_done = false;
	driver->owed_count = 0;
	if (!is_done)
		print_to(rig->error, sizeof(rig->error), "PASIDs are not taken back: %s",
			 unit_failure(&rig->units[0]));
	return is_done;
}

void driver_free_processes(struct driver *driver)
{
	for (unsigned int unit = 0; unit < RIG_UNITS_MAX; unit++)
		for (unsigned int i = 0; i < PROCESS_COUNT; i++)
			if (driver->spaces[unit][i].top)
				paging_destroy(&driver->spaces[unit][i]);
}

bool driver_map_late(struct driver *driver, unsigned int unit)
{
	const struct slot *late = rig_slot(driver->rig, unit, SLOT_LATE);
	const struct bringup_device *device = driver_device(driver, late);
	bool scalable = driver->is_scalable[unit];
	struct iotlb_invalidation what = { .granularity = GRANULARITY_DOMAIN };
	struct paging *paging;

	if (!device)
		return false;
	paging = &driver->tables[scalable].devices[device - driver->devices[scalable]].paging;
	if (paging_map(paging, rig_window(driver->rig, late),
		       phys_of(rig_page(driver->rig, late, PAGE_TARGET)), 12,
		       ACCESS_BOTH) != STATUS_OK)
		return false;
	what.did = device->did;
	return !driver->invalidates_new[unit] ||
	       invalidate_iotlb(&driver->rig->units[unit], what) == STATUS_OK;
}
