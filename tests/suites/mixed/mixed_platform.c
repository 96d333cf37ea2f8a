/* SPDX-License-Identifier: MIT */
/*
 * The units of this machine as one platform: is there a plan for all of them together? Differences
 * are legal and no failure; what no software can get around is one. Nothing is written but virtual
 * commands, since whether a VMM gives PASIDs only asking for one tells.
 *
 * Boards are sold with units that differ: an audio unit with fewer levels, graphics without
 * scalable mode, other sizes of pages or features (kernels report such lists on ordinary laptops).
 * One unit without scalable mode keeps PASIDs and shared virtual addressing from all, and users
 * cannot tell why (idxd-config 46): so the plan names unit and bit. Wrong is only what leaves no
 * plan at all, a device in no unit's scope, whose DMA nobody can stop, and a unit that must be
 * asked for PASIDs but cannot take them back.
 */
#include "arch/pci.h"
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/vcmd/vcmd.h"
#include "tests/engine/platform.h"
#include "tests/mixed/platform_verdict.h"
#include "tests/scenes/vcmd_test.h"
#include "tests/suites/suites.h"

/* Host bridges and the like, which do no DMA of their own. */
enum { CLASS_BRIDGE = 0x06 };

static struct bringup_plan plan;

static uint64_t write_count(void)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < platform.unit_count; i++)
		count += platform.units[i].write_count;
	return count;
}

static bool has_units(struct test_run *run)
{
	if (!platform.unit_count)
		test_skip(run, "this machine has no unit");
	return platform.unit_count;
}

static void run_plan(struct test_run *run)
{
	uint64_t writes = write_count();
	char words[300];

	if (!has_units(run))
		return;
	if (!platform_verdict_plan(&plan)) {
		bringup_plan_describe(&plan, words, sizeof(words));
		test_fail(run, "%s", words);
	}
	if (write_count() != writes)
		test_fail(run, "registers were written before the decision");
}

/* One unit without it keeps scalable mode, PASIDs and SVA from all: legal, but worth knowing. */
/* With either stage. */
static bool has_scalable_mode(const struct caps *caps)
{
	return !caps_missing(caps, NEED(QI) | NEED(SMTS)) &&
	       (caps_has(caps, CAPABILITY_SSTS) || caps_has(caps, CAPABILITY_FSTS));
}

static void run_scalable(struct test_run *run)
{
	if (!has_units(run))
		return;
	if (!platform_verdict_plan(&plan))
		test_skip(run, "there is no plan for this platform");
	else if (!plan.has_translation)
		test_skip(run, "no unit of this platform translates");
	else if (!plan.format.scalable)
		test_skip(run, "unit %u %s: legacy mode for all units", plan.legacy_unit,
			  plan.legacy_because);
	else
		for (unsigned int i = 0; i < platform.unit_count; i++)
			EXPECT(run, !bringup_unit_translates(&plan, i) ||
					    has_scalable_mode(&platform.units[i].caps));
}

/*
 * VCCAP says that PASIDs must come through VCMD: then they must be able to. Those that cannot give or
 * take them are told by tests of vcmd.*, where those run.
 */
static void *open_allocator(struct test_run *run)
{
	struct vcmd vcmd;

	if (vcmd_test_find(run, run->unit, &vcmd) != VCMD_OK) {
		if (unit_read64(run->unit, REG_VCCAP) || unit_read64(run->unit, REG_DRAFT_VCCAP))
			test_fail(run, "the layout of VCMD cannot be told: %s",
				  unit_failure(run->unit));
		else
			test_skip(run, "VCMD of unit %u offers nothing", run->unit->index);
	} else if (!vcmd_can_alloc(&vcmd)) {
		test_skip(run, "VCMD of unit %u hands out no PASIDs", run->unit->index);
	} else if (!caps_has(&run->unit->caps, CAPABILITY_PASID)) {
		test_fail(run, "VCMD hands out PASIDs, and the unit takes no requests with PASID");
	} else if (!vcmd_can_free(&vcmd)) { /* a capability of its own, and no must */
		test_skip(run, "VCMD of unit %u takes no PASID back: no use for SVA",
			  run->unit->index);
	} else {
		return vcmd_test_open_pasids(run);
	}
	return NULL;
}

static const struct fixture allocator = { .open = open_allocator, .close = vcmd_test_close };

/* Two, both given back at the end: more than the examination of the fixture, one after the other. */
static void run_allocator(struct test_run *run)
{
	uint32_t first, second;

	if (vcmd_test_take(vcmd_test_of(run), &first) && vcmd_test_give(vcmd_test_of(run), first))
		vcmd_test_take(vcmd_test_of(run), &second);
}

static bool find_bridge(void *context, uint16_t segment, uint8_t bus, uint8_t devfn,
			uint8_t *secondary, uint8_t *subordinate)
{
	const struct pci_device *bridge = pci_at(segment, bus, devfn);

	(void)context;
	if (!bridge || bridge->header_type != PCI_HEADER_BRIDGE || !bridge->secondary)
		return false;
	*secondary = bridge->secondary;
	*subordinate = bridge->subordinate;
	return true;
}

static bool has_real_unit(void)
{
	for (unsigned int i = 0; i < platform.unit_count; i++)
		if (platform.units[i].source == UNIT_REAL)
			return true;
	return false;
}

/* A function in no unit's scope reaches all memory, whatever the units are told. */
static void run_scopes(struct test_run *run)
{
	if (!has_real_unit()) {
		test_skip(run, "no unit of this machine is looked at");
		return;
	}
	for (unsigned int i = 0; i < pci_count(); i++) {
		const struct pci_device *device = pci_get(i);

		if (device->header_type == PCI_HEADER_DEVICE &&
		    device->class_code >> 16 != CLASS_BRIDGE &&
		    !dmar_unit_for_device(&platform.dmar, device->segment, device->bus,
					  device->devfn, find_bridge, NULL))
			test_fail(run, "%s is in no unit's scope", pci_name(device));
	}
}

static const struct test tests[] = {
	{ .id = "mixed.platform-plan",
	  .title = "one plan brings up all units of this machine",
	  .spec = "Capability Register; Extended Capability Register",
	  .flags = TEST_ONCE,
	  .run = run_plan },
	{ .id = "mixed.platform-scalable",
	  .title = "all units of this machine do scalable mode, or none is told to",
	  .spec = "Extended Capability Register: SMTS",
	  .flags = TEST_ONCE,
	  .run = run_scalable },
	{ .id = "mixed.platform-scopes",
	  .title = "every device of this machine is in the scope of a unit",
	  .spec = "DMA Remapping Hardware Unit Definition Structure",
	  .flags = TEST_ONCE,
	  .run = run_scopes },
	{ .id = "mixed.platform-allocator",
	  .title = "a unit that must be asked for PASIDs can give them and take them back",
	  .spec = "Virtual Command Capability Register",
	  .flags = TEST_WITHOUT_AGENT,
	  .needs = NEED(VCS),
	  .fixture = &allocator,
	  .run = run_allocator },
};

const struct suite suite_mixed_platform = SUITE("mixed.platform", tests);
