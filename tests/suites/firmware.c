/* SPDX-License-Identifier: MIT */
/*
 * What firmware handed over, where the specification says how it must be. What it leaves to firmware is told in lines
 * "# firmware:" and judged by nobody.
 */
#include "tests/engine/firmware.h"
#include "arch/boot_info.h"
#include "arch/pci.h"
#include "iommu/spec/regs.h"
#include "tests/engine/platform.h"
#include "tests/suites/suites.h"

/* The range of the map in which an address lies; NULL if none. */
static const struct memory_range *range_of(uint64_t address)
{
	for (size_t i = 0; i < platform.boot->range_count; i++) {
		const struct memory_range *range = &platform.boot->ranges[i];

		if (address >= range->base && address - range->base < range->bytes)
			return range;
	}
	return NULL;
}

/* From its first byte to its last, range by range. */
static void check_region(struct test_run *run, const struct dmar_rmrr *region)
{
	uint64_t at = region->base;

	while (at <= region->limit) {
		const struct memory_range *range = range_of(at);

		if (!range || range->type == MEMORY_USABLE) {
			test_fail(run, "offset %u: %llx, in a reserved region, is %s",
				  region->offset, (unsigned long long)at,
				  range ? "memory that anybody may use"
					: "in no range of the memory map");
			return;
		}
		if (range->bytes > region->limit - range->base)
			return;
		at = range->base + range->bytes;
	}
}

static void run_regions(struct test_run *run)
{
	const struct dmar *dmar = &platform.dmar;

	if (!platform.has_dmar || platform.dmar_is_ours || !dmar->rmrr_count) {
		test_skip(run, "firmware reports no reserved memory region");
		return;
	}
	if (platform.boot->ranges_lost_count) {
		test_skip(run, "the memory map has more ranges than we keep");
		return;
	}
	for (unsigned int i = 0; i < dmar->rmrr_count; i++)
		check_region(run, &dmar->rmrrs[i]);
}

/* Neither translation nor protected memory stood between the devices behind this unit and memory. */
static bool was_open(const struct unit *unit)
{
	return !reg_get(unit->entry.gsts, GSTS_TES) && !reg_get(unit->entry.pmen, PMEN_EPM);
}

/* A device that firmware left a bus master where some unit was open; NULL if there is none. */
static const struct pci_device *find_left_on(const struct unit **open)
{
	*open = NULL;
	for (unsigned int i = 0; i < platform.unit_count; i++)
		if (platform.units[i].source == UNIT_REAL && was_open(&platform.units[i]))
			*open = &platform.units[i];
	for (unsigned int i = 0; *open && i < pci_count(); i++)
		if (pci_get(i)->was_bus_master && pci_get(i)->header_type == PCI_HEADER_DEVICE)
			return pci_get(i);
	return NULL;
}

/*
 * The flag speaks of DMA that firmware began. A device that is quiet keeps to it, whatever it could do; so only one whose way
 * to other memory is shown to be open breaks it, and what is not shown is not judged.
 */
static void run_opt_in(struct test_run *run)
{
	const struct agent *agent = firmware_find_open();
	const struct pci_device *device;
	const struct unit *open;

	if (!platform.has_dmar || platform.dmar_is_ours ||
	    !(platform.dmar.flags & DMAR_FLAG_DMA_CTRL_OPT_IN)) {
		test_skip(run, "firmware does not opt in (DMA_CTRL_PLATFORM_OPT_IN is clear)");
		return;
	}
	device = find_left_on(&open);
	if (agent)
		test_fail(run,
			  "%s %02x:%02x.%u was left a bus master, and read a page that is in no "
			  "reserved region",
			  agent->name, agent->function >> 8, agent->function >> 3 & 0x1f,
			  agent->function & 7u);
	else if (device)
		test_skip(run,
			  "firmware opts in, and nothing shows it: unit %u was handed over with "
			  "translation and protected memory off, and %s was left a bus master",
			  open->index, pci_name(device));
}

static const struct test tests[] = {
	{ .id = "firmware.opt-in",
	  .title = "firmware that opts in to DMA control leaves no device a way to other memory",
	  .spec = "DMA Remapping Reporting Structure",
	  .flags = TEST_ONCE,
	  .run = run_opt_in },
	{ .id = "firmware.rmrr-reserved",
	  .title = "the memory map shows reserved memory regions as reserved",
	  .spec = "Reserved Memory Region Reporting Structure",
	  .flags = TEST_ONCE,
	  .run = run_regions },
};

const struct suite suite_firmware = SUITE("firmware", tests);
