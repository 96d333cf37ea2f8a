/* SPDX-License-Identifier: MIT */
#include "tests/mixed/driver.h"

#include "arch/page.h"
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"

bool driver_refuse(struct driver *driver, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_format(driver->words, sizeof(driver->words), format, args);
	va_end(args);
	driver->has_refused = true;
	return false;
}

uint64_t rig_write_count(const struct rig *rig)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < rig->unit_count; i++)
		count += rig->units[i].write_count;
	return count;
}

uint64_t rig_read_count(const struct rig *rig)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < rig->unit_count; i++)
		count += rig->units[i].read_count;
	return count;
}

/* ---- what a historical driver knows ---- */

static bool unit_has(const struct driver *driver, unsigned int unit, enum capability which)
{
	return caps_has(&driver->rig->units[unit].caps, which);
}

/* The unit whose features it takes for everybody's: the first that answers. */
static unsigned int first_unit(const struct driver *driver)
{
	unsigned int unit = 0;

	while (unit + 1 < driver->rig->unit_count && driver->rig->is_absent[unit])
		unit++;
	return unit;
}

static bool first_has(const struct driver *driver, enum capability which)
{
	return unit_has(driver, first_unit(driver), which);
}

static bool will_be_scalable(const struct driver *driver, unsigned int unit)
{
	return driver->scalable && unit_has(driver, unit, CAPABILITY_SMTS);
}

static bool uses_pasids(const struct driver *driver, unsigned int unit)
{
	return driver->sva && will_be_scalable(driver, unit) &&
	       unit_has(driver, unit, CAPABILITY_PASID);
}

/* ---- steps ---- */

static bool fail(struct driver *driver, unsigned int unit)
{
	return driver_refuse(driver, "unit %u: %s", unit, unit_failure(&driver->rig->units[unit]));
}

/* A per-unit loop looks at each unit when its turn comes. */
static bool look(struct driver *driver, unsigned int unit)
{
	if (!driver->strategy->is_per_unit && !unit_has(driver, unit, CAPABILITY_SMTS))
		driver->scalable = false;
	return true;
}

/* Whatever a unit offers is taken for a PASID. */
static bool ask(struct driver *driver, unsigned int unit, uint32_t *pasid)
{
	enum vcmd_error error = vcmd_alloc_pasid(&driver->vcmd[unit], pasid);

	if (error == VCMD_OK && driver->rig->units[unit].source == UNIT_REAL &&
	    driver->owed_count < OWED_MAX)
		driver->owed[driver->owed_count++] =
			(struct process){ .pasid = *pasid, .unit = unit };
	return error == VCMD_OK || error == VCMD_ERROR_PASID_ZERO || error == VCMD_ERROR_BEYOND_PSS;
}

/* Asks for the PASID of the first process, to see whether anybody answers. */
static bool answers(struct driver *driver, unsigned int unit)
{
	driver->has_spare[unit] = ask(driver, unit, &driver->spare[unit]);
	return driver->has_spare[unit];
}

static bool can_register(struct driver *driver, unsigned int unit)
{
	return !driver->default_live && !driver->rig->plan.has_no_pasid_memory &&
	       answers(driver, unit);
}

/* Knows the layout of revision 3.3 only. */
static bool register_source(struct driver *driver, unsigned int unit)
{
	if (!uses_pasids(driver, unit) || !unit_has(driver, unit, CAPABILITY_VCS))
		return true;
	if (vcmd_probe(&driver->rig->units[unit], VCMD_33, &driver->vcmd[unit]) != VCMD_OK ||
	    !vcmd_can_alloc(&driver->vcmd[unit]))
		return true;
	driver->is_source[unit] = can_register(driver, unit);
	if (driver->is_source[unit])
		return true;
	switch (driver->strategy->reaction) {
	case REACT_SCALABLE_OFF:
		driver->scalable = false;
		break;
	case REACT_SVA_OFF:
		driver->sva = false;
		break;
	case REACT_RETURN_ERROR:
		return driver_refuse(driver, "the PASID allocator of unit %u cannot be registered",
				     unit);
	}
	return true;
}

static bool latch(struct driver *driver, unsigned int unit)
{
	struct unit *u = &driver->rig->units[unit];
	bool scalable = will_be_scalable(driver, unit);

	driver->roots[unit] = page_alloc();
	if (!driver->roots[unit])
		return driver_refuse(driver, "no memory for a root table");
	if (translation_rest(u) != STATUS_OK)
		return fail(driver, unit);
	if (caps_has(&u->caps, CAPABILITY_QI) && queue_enable(u, scalable, 0) != STATUS_OK)
		return fail(driver, unit);
	if (unit_latch_root(u, phys_of(driver->roots[unit]),
			    scalable ? TTM_SCALABLE : TTM_LEGACY) != STATUS_OK)
		return fail(driver, unit);
	if (!first_has(driver, CAPABILITY_ESRTPS) && invalidate_all(u) != STATUS_OK)
		return fail(driver, unit);
	return true;
}

static bool choose_format(struct driver *driver, unsigned int unit)
{
	driver->is_scalable[unit] = will_be_scalable(driver, unit);
	driver->invalidates_new[unit] = first_has(driver, CAPABILITY_CM);
	return true;
}

/* From the unit that was asked for if PASIDs are a matter of units, else from the first source. */
static unsigned int source_for(const struct driver *driver, unsigned int unit)
{
	if (driver->strategy->is_per_unit)
		return driver->is_source[unit] ? unit : RIG_NO_UNIT;
	for (unsigned int i = 0; i < driver->rig->unit_count; i++)
		if (driver->is_source[i])
			return i;
	return RIG_NO_UNIT;
}

static bool take_pasid(struct driver *driver, unsigned int unit, uint32_t *pasid)
{
	unsigned int source = source_for(driver, unit);

	if (source == RIG_NO_UNIT) {
		*pasid = ++driver->default_live;
		return true;
	}
	if (!driver->has_spare[source])
		return ask(driver, source, pasid);
	driver->has_spare[source] = false;
	*pasid = driver->spare[source];
	return true;
}

static void bind(struct driver *driver, unsigned int unit, unsigned int first, unsigned int last)
{
	for (unsigned int i = first; i <= last; i++) {
		struct process *process = &driver->processes[i ? 1 : 0];
		uint32_t pasid;

		if (!take_pasid(driver, unit, &pasid))
			return;
		*process = (struct process){ .is_bound = true, .pasid = pasid, .unit = unit };
	}
}

/*
 * As many processes as the rig says, the first and the last of which are watched. A per-unit loop
 * has the first one come when its first unit is up, the others with the last unit.
 */
static bool take_pasids(struct driver *driver, unsigned int unit)
{
	unsigned int count = driver->rig->plan.process_count;
	unsigned int last = (count ? count : PROCESS_COUNT) - 1;
	bool is_last_unit = unit + 1 == driver->rig->unit_count;

	if (!uses_pasids(driver, unit))
		return true;
	if (!driver->strategy->is_per_unit) {
		if (unit == first_unit(driver))
			bind(driver, unit, 0, last);
		return true;
	}
	if (unit == first_unit(driver))
		bind(driver, unit, 0, 0);
	if (is_last_unit)
		bind(driver, unit, 1, last);
	return true;
}

static bool run_step(struct driver *driver, enum driver_step step, unsigned int unit)
{
	static bool (*const steps[])(struct driver *, unsigned int) = {
		[STEP_LOOK] = look,	     [STEP_REGISTER] = register_source,
		[STEP_LATCH] = latch,	     [STEP_FORMAT] = choose_format,
		[STEP_PASIDS] = take_pasids,
	};

	return step == STEP_NONE || driver->rig->is_absent[unit] || steps[step](driver, unit);
}

static bool run_unit_after_unit(struct driver *driver)
{
	for (unsigned int unit = 0; unit < driver->rig->unit_count; unit++)
		for (unsigned int i = 0; i < STRATEGY_STEPS_MAX; i++)
			if (!run_step(driver, driver->strategy->order[i], unit))
				return false;
	return true;
}

static bool run_step_after_step(struct driver *driver)
{
	for (unsigned int i = 0; i < STRATEGY_STEPS_MAX; i++)
		for (unsigned int unit = 0; unit < driver->rig->unit_count; unit++)
			if (!run_step(driver, driver->strategy->order[i], unit))
				return false;
	return true;
}

/* ---- tables ---- */

/* Devices whose unit gets tables of that format, and only those. */
static void list_devices(struct driver *driver, bool scalable)
{
	struct bringup_device *devices = driver->devices[scalable];
	unsigned int count = rig_list_devices(driver->rig, first_has(driver, CAPABILITY_PT),
					      PAGE_TARGET, devices, driver->mappings[scalable]);
	unsigned int kept = 0;

	for (unsigned int i = 0; i < count; i++)
		if (driver->is_scalable[devices[i].unit] == scalable &&
		    !driver->rig->is_absent[devices[i].unit])
			devices[kept++] = devices[i];
	driver->device_count[scalable] = kept;
}

/* Who has snoop control sets SNP in every leaf. */
static void set_snoop(struct driver *driver, bool scalable)
{
	struct tables *tables = &driver->tables[scalable];

	for (unsigned int i = 0; i < driver->device_count[scalable]; i++) {
		const struct bringup_device *device = &driver->devices[scalable][i];
		uint64_t *leaf;

		if (device->passes_through)
			continue;
		leaf = paging_entry(&tables->devices[i].paging, device->mappings[0].from, 1);
		entry_store_word(leaf, *leaf | FIELD_MASK(SS_SNP), tables->format.paging_snooped);
	}
}

/* A directory that holds the PASIDs which were had. */
static unsigned int choose_pdts(const struct driver *driver)
{
	unsigned int pdts = 0;

	for (unsigned int i = 0; i < PROCESS_COUNT; i++)
		while (driver->processes[i].pasid >> (pdts + 13))
			pdts++;
	return pdts;
}

static bool build(struct driver *driver, bool scalable)
{
	const struct caps *first = &driver->rig->units[first_unit(driver)].caps;
	const bool is_first =
		scalable && !caps_has(first, CAPABILITY_SSTS) && caps_has(first, CAPABILITY_FSTS);
	struct tables_format format = {
		.scalable = scalable,
		.stage = is_first ? FIRST_STAGE : SECOND_STAGE,
		.levels = is_first ? caps_best_first_stage_levels(first) : caps_best_levels(first),
		.structures_snooped = caps_has(first, CAPABILITY_C),
		.paging_snooped = caps_has(first, scalable ? CAPABILITY_SMPWCS : CAPABILITY_C),
		.pdts = scalable ? choose_pdts(driver) : 0,
	};

	list_devices(driver, scalable);
	if (!driver->device_count[scalable])
		return true;
	if (tables_build(&driver->tables[scalable], &format, driver->rig->unit_count,
			 driver->devices[scalable], driver->device_count[scalable]) != STATUS_OK)
		return driver_refuse(driver, "no memory for tables");
	if (first_has(driver, CAPABILITY_SC))
		set_snoop(driver, scalable);
	return true;
}

/* The root table that was latched gets its entries, and translation goes on. */
static bool enable(struct driver *driver, unsigned int unit)
{
	const struct root_table *root = &driver->tables[driver->is_scalable[unit]].roots[unit];

	if (driver->rig->is_absent[unit])
		return true;
	if (root->entries)
		memcpy(driver->roots[unit], root->entries, PAGE_BYTES);
	return unit_set_translation(&driver->rig->units[unit], true) == STATUS_OK ||
	       fail(driver, unit);
}

static void run_historical(struct driver *driver)
{
	bool is_good = driver->strategy->is_per_unit ? run_unit_after_unit(driver)
						     : run_step_after_step(driver);

	is_good = is_good && build(driver, false) && build(driver, true);
	for (unsigned int unit = 0; is_good && unit < driver->rig->unit_count; unit++)
		is_good = enable(driver, unit);
	if (is_good)
		driver_bind_processes(driver);
}

static void run_planned(struct driver *driver)
{
	const struct bringup_request request = {
		.pasids = BRINGUP_WANTED,
		.pass_through = BRINGUP_WANTED,
	};

	driver_plan_and_commit(driver, &request);
}

static void run_down(struct driver *driver)
{
	const struct bringup_request request = {
		.mode = BRINGUP_SCALABLE,
		.pass_through = BRINGUP_WANTED,
	};

	driver_plan_and_commit(driver, &request);
	if (!driver->has_refused)
		driver_go_down(driver);
}

static void begin(struct driver *driver, struct rig *rig, const struct strategy *strategy)
{
	memset(driver, 0, sizeof(*driver));
	driver->rig = rig;
	driver->strategy = strategy;
	driver->scalable = true;
	driver->sva = true;
	driver->default_live = rig->plan.default_pasids_live;
}

void driver_run_request(struct driver *driver, struct rig *rig,
			const struct bringup_request *request)
{
	begin(driver, rig, &strategies[PLAN_FIRST]);
	driver_plan_and_commit(driver, request);
}

void driver_run(struct driver *driver, struct rig *rig, const struct strategy *strategy)
{
	begin(driver, rig, strategy);
	if (strategy->is_planned)
		run_planned(driver);
	else if (strategy->goes_down)
		run_down(driver);
	else
		run_historical(driver);
}

void driver_end(struct driver *driver)
{
	driver_free_processes(driver);
	for (unsigned int i = 0; i < 2; i++)
		tables_destroy(&driver->tables[i]);
	for (unsigned int i = 0; i < RIG_UNITS_MAX; i++)
		page_free(driver->roots[i]);
	if (driver->pasid_state)
		page_free_contiguous(driver->pasid_state,
				     (pasid_space_state_bytes(driver->pasids.bits) + PAGE_BYTES -
				      1) / PAGE_BYTES);
	page_free(driver->interrupts);
	driver->interrupts = NULL;
	memset(driver->roots, 0, sizeof(driver->roots));
	driver->pasid_state = NULL;
}
