/* SPDX-License-Identifier: MIT */
/*
 * The DMAR table is lawful, and what it says is true of this machine. One result for each rule the
 * parser knows; the parser found the breaches, here they become verdicts.
 *
 * Everything that follows believes this table: a unit that it forgets leaves its devices to roam
 * all memory, a unit that it invents reads all ones, and a scope that names the wrong device hands
 * that device the tables of another. Firmware gets it wrong in all these ways (slimbootloader 786:
 * a unit where nothing answers; Xen 49de6749ba: scopes of devices that are not there). Where
 * firmware has a reason, as when it hides a device that the table still lists, we tell and do not
 * judge.
 */
#include "arch/io_apic.h"
#include "arch/pci.h"
#include "arch/print.h"
#include "tests/engine/platform.h"
#include "tests/suites/suites.h"

enum { CLASS_BRIDGE = 0x06 };

static bool has_table(struct test_run *run)
{
	if (!platform.has_dmar)
		test_skip(run, "ACPI lists no DMAR table");
	return platform.has_dmar;
}

/* `arg` is an enum dmar_rule. */
static void run_rule(struct test_run *run)
{
	const enum dmar_rule rule = run->test->arg;
	const struct dmar_problem *problem;
	unsigned int more;

	if (!has_table(run))
		return;
	problem = dmar_find_problem(&platform.dmar, rule);
	if (!problem)
		return;
	more = platform.dmar.breach_count[rule] - 1;
	if (rule == DMAR_RULE_CAPACITY)
		test_skip(run, "offset %u: %s: the rest was left out", problem->offset,
			  problem->text);
	else if (more)
		test_fail(run, "offset %u: %s, and %u more like it", problem->offset, problem->text,
			  more);
	else
		test_fail(run, "offset %u: %s", problem->offset, problem->text);
}

static void one_table(struct test_run *run)
{
	if (has_table(run) && platform.dmar_tables != 1)
		test_fail(run, "ACPI lists %u DMAR tables", platform.dmar_tables);
}

static void units_answer(struct test_run *run)
{
	if (has_table(run) && platform.absent_count)
		test_fail(run, "%s%s", platform.absent, platform.absent_count > 1 ? ", ..." : "");
}

/* Calls `visit` for every scope of a unit that names a PCI device. */
static void for_each_device(struct test_run *run,
			    void (*visit)(struct test_run *, const struct dmar_scope *, uint16_t))
{
	for (unsigned int u = 0; u < platform.dmar.unit_count; u++) {
		const struct dmar_unit *unit = &platform.dmar.units[u];

		for (unsigned int i = 0; i < unit->scopes.count; i++) {
			const struct dmar_scope *scope =
				&platform.dmar.scopes[unit->scopes.first + i];

			if (scope->type == DMAR_SCOPE_ENDPOINT || scope->type == DMAR_SCOPE_BRIDGE)
				visit(run, scope, unit->segment);
		}
	}
}

static const struct pci_device *find_device(const struct dmar_scope *scope, uint16_t segment)
{
	uint8_t path[2 * DMAR_PATH_MAX];

	for (unsigned int i = 0; i < scope->step_count; i++) {
		path[2 * i] = scope->path[i].device;
		path[2 * i + 1] = scope->path[i].function;
	}
	return pci_find_path(segment, scope->start_bus, path, scope->step_count);
}

/*
 * Firmware may hide a device and still list it, so a device that is not there is told, but not held
 * against the table.
 */
static void note_absent_device(struct test_run *run, const struct dmar_scope *scope,
			       uint16_t segment)
{
	if (!run->is_skipped && !find_device(scope, segment))
		test_skip(run,
			  "not judged, since firmware may hide devices: PCI shows none for the "
			  "scope at offset %u (bus %02x, path %02x.%u)",
			  scope->offset, scope->start_bus, scope->path[0].device,
			  scope->path[0].function);
}

static void scopes_exist(struct test_run *run)
{
	if (has_table(run))
		for_each_device(run, note_absent_device);
}

/* Bridges to something that is not PCI have an endpoint's header, and go as either. */
static void check_kind(struct test_run *run, const struct dmar_scope *scope, uint16_t segment)
{
	const struct pci_device *device = find_device(scope, segment);
	bool is_bridge = device && device->header_type == PCI_HEADER_BRIDGE;
	bool is_other_bridge = device && !is_bridge && device->class_code >> 16 == CLASS_BRIDGE;

	if (device && !is_other_bridge && is_bridge != (scope->type == DMAR_SCOPE_BRIDGE))
		test_fail(run, "offset %u: %s is listed as type %u, its PCI header is of type %u",
			  scope->offset, pci_name(device), scope->type, device->header_type);
}

static void kinds_agree(struct test_run *run)
{
	if (has_table(run))
		for_each_device(run, check_kind);
}

static bool is_listed_io_apic(uint8_t id)
{
	for (unsigned int i = 0; i < platform.dmar.scope_count; i++) {
		const struct dmar_scope *scope = &platform.dmar.scopes[i];

		if (scope->type == DMAR_SCOPE_IOAPIC && scope->enumeration_id == id)
			return true;
	}
	return false;
}

static void io_apics_listed(struct test_run *run)
{
	struct io_apic_listing listing;

	if (!has_table(run))
		return;
	if (platform.dmar_is_ours) {
		test_skip(run,
			  "the table is that of the modelled units, which no I/O APIC is behind");
		return;
	}
	if (!(platform.dmar.flags & DMAR_FLAG_INTR_REMAP)) {
		test_skip(run, "DMAR flag INTR_REMAP is clear");
		return;
	}
	if (!acpi_find("APIC", 0)) {
		test_skip(run, "ACPI lists no MADT");
		return;
	}
	for (unsigned int i = 0; io_apic_listed(i, &listing); i++)
		if (!is_listed_io_apic(listing.id))
			test_fail(run, "I/O APIC %u is in no unit's scope", listing.id);
}

#define TEST_OF_NOTE(rule, rule_id, rule_title, rule_spec)
#define TEST_OF_PROBLEM(rule, rule_id, rule_title, rule_spec) \
	{ .id = (rule_id),                                    \
	  .title = (rule_title),                              \
	  .spec = (rule_spec),                                \
	  .flags = TEST_ONCE,                                 \
	  .run = run_rule,                                    \
	  .arg = (rule) },
#define TEST_OF_RULE(name, kind, id, title, spec) TEST_OF_##kind(DMAR_RULE_##name, id, title, spec)

static const struct test tests[] = {
	DMAR_RULES(TEST_OF_RULE){ .id = "dmar.one-table",
				  .title = "ACPI lists one DMAR table",
				  .spec = DMAR_SPEC_TABLE,
				  .flags = TEST_ONCE,
				  .run = one_table },
	{ .id = "dmar.units-answer",
	  .title = "slimbootloader 786: at every base of the table a unit answers",
	  .spec = DMAR_SPEC_DRHD,
	  .flags = TEST_ONCE,
	  .run = units_answer },
	{ .id = "dmar.scope-devices",
	  .title = "Xen 49de6749ba: PCI shows the devices that the scopes list",
	  .spec = DMAR_SPEC_SCOPE,
	  .flags = TEST_ONCE,
	  .run = scopes_exist },
	{ .id = "dmar.scope-kinds",
	  .title = "bridges are listed as bridges, endpoints as endpoints",
	  .spec = DMAR_SPEC_SCOPE,
	  .flags = TEST_ONCE,
	  .run = kinds_agree },
	{ .id = "dmar.io-apics",
	  .title = "with INTR_REMAP every I/O APIC of the MADT is in a unit's scope",
	  .spec = "Reporting Scope for I/OxAPICs",
	  .flags = TEST_ONCE,
	  .run = io_apics_listed },
};

const struct suite suite_dmar = SUITE("dmar", tests);
