/* SPDX-License-Identifier: MIT */
#include "tests/engine/real_units.h"

#include "arch/machine_map.h"
#include "arch/panic.h"
#include "arch/pci.h"
#include "arch/pci_config.h"
#include "arch/print.h"
#include "iommu/dmar/dmar_bases.h"
#include "tests/engine/platform.h"

static struct address_map map;

/* So many units that are left out are told one by one. */
enum { TOLD_MAX = 4 };

static void remark(const char *message)
{
	print("# note: %s\n", message);
}

static void read_dmar(void)
{
	const struct acpi_header *table = acpi_find("DMAR", 0);

	while (acpi_find("DMAR", platform.dmar_tables))
		platform.dmar_tables++;
	if (!table) {
		print("# note: ACPI lists no DMAR table: this machine reports no unit\n");
		return;
	}
	platform.has_dmar = true;
	platform.dmar_checksum_is_good = acpi_has_good_checksum(table);
	if (platform.dmar_tables > 1)
		print("# note: ACPI lists %u DMAR tables; the first is used\n",
		      platform.dmar_tables);
	dmar_parse(table, table->length, &platform.dmar);
	print("# dmar: %u bytes, %u unit%s, host address width %u bits, flags %02x\n",
	      table->length, platform.dmar.unit_count, platform.dmar.unit_count == 1 ? "" : "s",
	      platform.dmar.host_address_bits, platform.dmar.flags);
}

/* Reads, as unit_probe() does; what it finds is forgotten. */
static bool is_unit_at(uint64_t base)
{
	static struct unit unit;

	return unit_probe(&unit, 0, UNIT_REAL, phys(base), 0) == STATUS_OK;
}

static void refuse(unsigned int number, const char *reason)
{
	const struct dmar_unit *unit = &platform.dmar.units[number];

	if (!unit->is_refused)
		dmar_refuse_unit(&platform.dmar, number, reason);
	if (!platform.refused_count++)
		print_to(platform.refused, sizeof(platform.refused),
			 "DRHD at offset %u: base %llx: %s", unit->offset,
			 (unsigned long long)unit->base, reason);
	if (platform.refused_count <= TOLD_MAX)
		print("# note: unit of DRHD at offset %u left out: base %llx: %s\n", unit->offset,
		      (unsigned long long)unit->base, reason);
}

/*
 * Before any bus is scanned: a window of configuration space may lie over a unit, or a false base in a
 * window. Who is right, the registers tell; reading them changes nothing in either. Units found are
 * in the map while the buses are scanned, so that nothing there is taken for a device.
 */
static void judge_before_scan(unsigned int number)
{
	const struct dmar_unit *unit = &platform.dmar.units[number];
	char reason[DMAR_REASON_BYTES];

	switch (dmar_judge_base(&platform.dmar, number, PAGE_BYTES, &map, reason)) {
	case BASE_FREE:
		return;
	case BASE_CLAIMED:
		if (!is_unit_at(unit->base))
			break;
		address_map_add(&map, unit->base, PAGE_BYTES, false, "a remapping unit");
		return;
	case BASE_REFUSED:
		break;
	}
	refuse(number, reason);
}

static void scan_buses(void)
{
	unsigned int count = map.count;

	for (unsigned int i = 0; i < platform.dmar.unit_count; i++)
		if (platform.dmar.units[i].is_refused)
			refuse(i, "0, or not aligned to the size of the registers");
		else
			judge_before_scan(i);
	pci_enumerate(&map, remark);
	map.count = count;
}

/* An earlier unit whose registers share a byte with [base, base + bytes); NULL if none. */
static const struct unit *unit_in(uint64_t base, uint64_t bytes)
{
	for (unsigned int i = 0; i < platform.unit_count; i++) {
		const struct unit *unit = &platform.units[i];

		if (unit->base.value < base + bytes &&
		    base < unit->base.value + unit->register_bytes)
			return unit;
	}
	return NULL;
}

static void refuse_shared(unsigned int number, const struct unit *other)
{
	char reason[DMAR_REASON_BYTES];

	print_to(reason, sizeof(reason), "unit %u has registers there", other->index);
	refuse(number, reason);
}

/* How far its registers reach is known only when the unit was asked. */
static bool has_room(unsigned int number, const struct unit *unit)
{
	char what[DMAR_REASON_BYTES], reason[DMAR_REASON_BYTES];
	const struct unit *other = unit_in(unit->base.value, unit->register_bytes);

	if (other) {
		refuse_shared(number, other);
		return false;
	}
	machine_map_add_bars(&map, unit->base.value, unit->register_bytes);
	if (dmar_judge_base(&platform.dmar, number, unit->register_bytes, &map, what) !=
	    BASE_REFUSED)
		return true;
	print_to(reason, sizeof(reason), "its registers are %u bytes: %s", unit->register_bytes,
		 what);
	refuse(number, reason);
	return false;
}

static void add_unit(unsigned int number)
{
	const struct dmar_unit *found = &platform.dmar.units[number];
	const struct unit *other = unit_in(found->base, PAGE_BYTES);
	enum dmar_base_standing standing;
	char reason[DMAR_REASON_BYTES];
	struct unit *unit;

	if (other) {
		refuse_shared(number, other);
		return;
	}
	machine_map_add_bars(&map, found->base, PAGE_BYTES);
	standing = dmar_judge_base(&platform.dmar, number, PAGE_BYTES, &map, reason);
	unit = standing == BASE_REFUSED ? NULL : platform_probe(found, UNIT_REAL);
	if (unit && has_room(number, unit)) {
		if (standing == BASE_CLAIMED)
			print("# note: unit at %llx: %s, but it reads like a unit\n",
			      (unsigned long long)found->base, reason);
		platform_add_unit(unit);
	} else if (!unit && standing == BASE_FREE) {
		platform_note_absent(found);
	} else if (!unit) {
		refuse(number, reason);
	}
}

void real_units_scan(const struct boot_info *boot)
{
	pci_windows_read(remark);
	if (!machine_map_build(&map, boot))
		panic("no memory for a map of what the machine has");
	read_dmar();
	scan_buses();
}

void real_units_find(void)
{
	struct dmar *dmar = &platform.dmar;

	for (unsigned int i = 0; i < dmar->unit_count; i++)
		if (!dmar->units[i].is_refused)
			add_unit(i);
	if (platform.refused_count > TOLD_MAX)
		print("# note: %u more units left out, too: none can be where the table says\n",
		      platform.refused_count - TOLD_MAX);
	for (unsigned int i = 0; i < dmar->problem_count; i++)
		print("# dmar: offset %u: %s\n", dmar->problems[i].offset, dmar->problems[i].text);
}
