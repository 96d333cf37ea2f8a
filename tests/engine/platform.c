/* SPDX-License-Identifier: MIT */
#include "tests/engine/platform.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/panic.h"
#include "arch/pci.h"
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/structures/translation.h"
#include "tests/engine/agents.h"
#include "tests/engine/firmware.h"
#include "tests/engine/real_units.h"
#include "tests/engine/resume.h"
#include "tests/scenes/agents/outside.h"
#include "tests/scenes/agents/width.h"
#include "tests/units/modelled.h"

struct platform platform;

/* The table of the modelled units; platform.dmar too, where there is no real one. */
static struct dmar modelled_dmar;

static void print_unit(const struct unit *unit)
{
	const struct modelled *modelled = modelled_of(unit);
	char text[160];

	caps_describe(&unit->caps, text, sizeof(text));
	print("# unit %u %s %08llx VER %u.%u CAP %llx ECAP %llx: %s", unit->index,
	      unit->source == UNIT_REAL ? "real" : "model", (unsigned long long)unit->base.value,
	      caps_major(&unit->caps), caps_minor(&unit->caps), (unsigned long long)unit->caps.cap,
	      (unsigned long long)unit->caps.ecap, text);
	if (modelled)
		print(" (%.*s)", (int)modelled->words_bytes, modelled->words);
	print("\n");
}

/* So many absent units are told one by one; of the rest only the number. */
enum { ABSENT_TOLD = 4 };

struct unit *platform_probe(const struct dmar_unit *found, enum unit_source source)
{
	struct unit *unit = &platform.units[platform.unit_count];

	return unit_probe(unit, platform.unit_count, source, phys(found->base), found->segment) ==
			       STATUS_OK
		       ? unit
		       : NULL;
}

void platform_add_unit(struct unit *unit)
{
	if (platform.unit_count == UNITS_MAX) {
		platform.excess_count++;
		return;
	}
	print_unit(unit);
	platform.unit_count++;
}

void platform_note_absent(const struct dmar_unit *found)
{
	const char *why = unit_failure(&platform.units[platform.unit_count]);

	if (!platform.absent_count++)
		print_to(platform.absent, sizeof(platform.absent), "DRHD at offset %u: %s",
			 found->offset, why);
	if (platform.absent_count <= ABSENT_TOLD)
		print("# note: unit of DRHD at offset %u left out: %s\n", found->offset, why);
}

static bool find_bridge(void *context, uint16_t segment, uint8_t bus, uint8_t devfn,
			uint8_t *secondary, uint8_t *subordinate)
{
	const struct pci_device *bridge = pci_at(segment, bus, devfn);

	(void)context;
	if (!bridge || bridge->header_type != 1 || !bridge->secondary)
		return false;
	*secondary = bridge->secondary;
	*subordinate = bridge->subordinate;
	return true;
}

static struct unit *unit_of(const struct agent *agent, const struct dmar *dmar)
{
	const struct dmar_unit *found =
		dmar_unit_for_device(dmar, agent->segment, (uint8_t)(agent->function >> 8),
				     (uint8_t)agent->function, find_bridge, NULL);

	for (unsigned int i = 0; found && i < platform.unit_count; i++)
		if (platform.units[i].base.value == found->base)
			return &platform.units[i];
	return NULL;
}

static void add_agent(struct agent *agent)
{
	char where[24];

	if (platform.agent_count == AGENTS_MAX)
		return;
	print_to(where, sizeof(where), "%04x:%02x:%02x.%u", agent->segment, agent->function >> 8,
		 agent->function >> 3 & 0x1f, agent->function & 7u);
	agent->unit = unit_of(agent, &platform.dmar);
	if (!agent->unit) {
		print("# note: %s %s is behind no unit\n", agent->name, where);
		return;
	}
	print("# agent %u: %s %s behind unit %u, source-id %04x\n", platform.agent_count,
	      agent->name, where, agent->unit->index, agent->sid);
	platform.agents[platform.agent_count++] = *agent;
}

static void find_agents(const struct options *options)
{
	agents_find(options, add_agent);
	if (!platform.agent_count)
		print("# note: no DMA agent (%s) found: nothing can move data here\n",
		      options->agent ? options->agent : agents_kinds());
}

static void find_real(const struct options *options)
{
	outside_open();
	real_units_find();
	if (platform.absent_count > ABSENT_TOLD)
		print("# note: %u more units left out, too: nothing answers there\n",
		      platform.absent_count - ABSENT_TOLD);
	if (platform.unit_count)
		find_agents(options);
}

/* With units=model the machine's own units were only looked at so that nobody touches them. */
static void forget_real(void)
{
	platform = (struct platform){ 0 };
}

static void note_illegality(void *context, const char *rule)
{
	const struct topology_unit *unit = context;

	print("# note: %.*s breaks a rule of the specification: %s\n", (int)unit->text_bytes,
	      unit->text, rule);
}

static void print_topology(struct topology *topology)
{
	for (unsigned int i = 0; i < topology->unit_count; i++) {
		struct topology_unit *unit = &topology->units[i];
		bool is_again = i && unit->text == topology->units[i - 1].text;

		if (!is_again)
			topology_each_illegality(unit, note_illegality, unit);
	}
}

/* The endpoints of one modelled unit, in one line: they come by the hundred. */
static void add_endpoints(unsigned int first)
{
	unsigned int number = platform.agent_count;
	struct unit *unit = unit_of(modelled_endpoint(first), &modelled_dmar);
	char where[80] = "";
	int used = 0;

	for (unsigned int i = 0; i < TOPOLOGY_ENDPOINTS; i++) {
		struct agent agent = *modelled_endpoint(first + i);

		used += print_to(where + used, sizeof(where) - (size_t)used, "%s%02x:%02x.%u",
				 i ? " " : "", agent.sid >> 8, agent.sid >> 3 & 0x1f,
				 agent.sid & 7u);
		agent.unit = unit;
		if (unit && platform.agent_count < AGENTS_MAX)
			platform.agents[platform.agent_count++] = agent;
	}
	if (unit)
		print("# agents %u-%u: endpoints %s behind unit %u\n", number,
		      platform.agent_count - 1, where, unit->index);
	else
		print("# note: endpoints %s are behind no unit\n", where);
}

static struct dmar_storage *take_storage(void)
{
	size_t pages = (sizeof(struct dmar_storage) + PAGE_BYTES - 1) / PAGE_BYTES;
	struct dmar_storage *storage = page_alloc_contiguous(pages, 1);

	if (!storage)
		panic("no memory to read a DMAR table");
	return storage;
}

struct dmar_storage *platform_modelled_storage(void)
{
	static struct dmar_storage *storage;

	if (!storage)
		storage = take_storage();
	return storage;
}

/* The units as their table reports them, and the endpoints behind them. */
static void find_modelled(void)
{
	size_t bytes;
	const void *table = modelled_table(&bytes);

	modelled_dmar.storage = platform_modelled_storage();
	dmar_parse(table, bytes, &modelled_dmar);
	print("# topo: %u units, host address width %u bits\n", modelled_dmar.unit_count,
	      modelled_dmar.host_address_bits);
	for (unsigned int i = 0; i < modelled_dmar.problem_count; i++)
		print("# topo: offset %u: %s\n", modelled_dmar.problems[i].offset,
		      modelled_dmar.problems[i].text);
	if (!platform.has_dmar) {
		platform.dmar = modelled_dmar;
		platform.has_dmar = true;
		platform.dmar_is_ours = true;
		platform.dmar_tables = 1;
		platform.dmar_checksum_is_good = acpi_has_good_checksum(table);
	}
	for (unsigned int i = 0; i < modelled_dmar.unit_count; i++) {
		struct unit *unit = platform_probe(&modelled_dmar.units[i], UNIT_MODEL);

		if (unit)
			platform_add_unit(unit);
		else
			platform_note_absent(&modelled_dmar.units[i]);
	}
	for (unsigned int i = 0; modelled_endpoint(i); i += TOPOLOGY_ENDPOINTS)
		add_endpoints(i);
}

/* Part of a platform judged as if it were all of it would be a verdict about another machine. */
static bool is_within_limits(char *error, size_t error_bytes)
{
	const struct dmar_problem *problem = dmar_find_problem(&platform.dmar, DMAR_RULE_CAPACITY);

	if (platform.dmar.is_cut)
		print_to(error, error_bytes, "the DMAR table is too large to judge: offset %u: %s",
			 problem->offset, problem->text);
	else if (platform.excess_count)
		print_to(error, error_bytes,
			 "%u units answer, more than the %u this program can judge",
			 platform.unit_count + platform.excess_count, UNITS_MAX);
	return !platform.dmar.is_cut && !platform.excess_count;
}

/* The units to be modelled. */
static bool add_topology(struct topology *topology, char *error, size_t error_bytes)
{
	size_t used;

	if (platform.has_dmar && platform.dmar.host_address_bits)
		topology_adopt_host_width(topology, platform.dmar.host_address_bits);
	print_topology(topology);
	used = (size_t)print_to(error, error_bytes, "topo=: ");
	if (!modelled_build(topology, error + used, error_bytes - used))
		return false;
	find_modelled();
	return true;
}

bool platform_survey(const struct boot_info *boot, const struct options *options,
		     struct topology *topology, char *error, size_t error_bytes)
{
	platform.dmar.storage = take_storage();
	(void)platform_modelled_storage(); /* now, since tests count the pages they take */
	real_units_scan(boot);
	if (options->units == UNITS_MODEL)
		forget_real();
	else
		find_real(options);
	platform.boot = boot;
	return (!topology || add_topology(topology, error, error_bytes)) &&
	       is_within_limits(error, error_bytes);
}

static void print_entry_state(const struct unit *unit)
{
	const struct unit_entry_state *entry = &unit->entry;

	print("# unit %u at entry: TE %u QI %u IR %u, RTADDR %llx (TTM %u), FSTS %x\n", unit->index,
	      (unsigned int)reg_get(entry->gsts, GSTS_TES),
	      (unsigned int)reg_get(entry->gsts, GSTS_QIES),
	      (unsigned int)reg_get(entry->gsts, GSTS_IRES), (unsigned long long)entry->rtaddr,
	      (unsigned int)reg_get(entry->rtaddr, RTADDR_TTM), entry->fsts);
}

static void stop_bus_masters(void)
{
	for (unsigned int i = 0; i < pci_count(); i++) {
		const struct pci_device *device = pci_get(i);

		if (!device->was_bus_master || device->header_type != 0)
			continue;
		print("# entry: %s was left with bus mastering on: turned off\n", pci_name(device));
		pci_set_bus_master(device, false);
	}
}

/* A bridge forwards its devices' requests only as a bus master itself. */
static void open_bridges(void)
{
	for (unsigned int i = 0; i < platform.agent_count; i++) {
		const struct agent *agent = &platform.agents[i];
		const struct pci_device *device = pci_at(
			agent->segment, (uint8_t)(agent->function >> 8), (uint8_t)agent->function);

		while (device && device->parent != PCI_NO_PARENT) {
			device = pci_get((unsigned int)device->parent);
			pci_set_bus_master(device, true);
		}
	}
}

/* A real agent that drops address bits reaches memory nobody meant. Modelled ones drop none. */
static void measure_agents(void)
{
	for (unsigned int i = 0; i < platform.agent_count; i++) {
		struct agent *agent = &platform.agents[i];

		if (agent->unit->source != UNIT_REAL || !agent_can(agent, AGENT_BUFFER))
			continue;
		agent->set_bus_master(agent, true);
		agent->limits.address_mask = agent_measure_address_mask(agent);
		agent->set_bus_master(agent, false);
		if (!agent->limits.address_mask)
			print("# note: agent %u does not finish a transfer while its unit is off\n",
			      i);
		else if (agent->limits.address_mask != UINT64_MAX)
			print("# note: agent %u drives address bits up to %llx only\n", i,
			      (unsigned long long)agent->limits.address_mask);
	}
}

/* Those that are of no use after all are agents no longer. */
static void prepare_agents(void)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < platform.agent_count; i++) {
		struct agent agent = platform.agents[i];
		const char *complaint = agent.prepare ? agent.prepare(&agent) : NULL;

		if (complaint)
			print("# note: agent %u, %s, cannot be used: %s\n", i, agent.name,
			      complaint);
		else
			platform.agents[kept++] = agent;
	}
	platform.agent_count = kept;
}

void platform_take_over(void)
{
	stop_bus_masters();
	open_bridges();
	if (!resume_is_back())
		firmware_try_dma();
	for (unsigned int i = 0; i < platform.unit_count; i++) {
		struct unit *unit = &platform.units[i];

		if (resume_is_back() && unit->source == UNIT_REAL)
			continue; /* as its reset left it: the tests of that come first */
		print_entry_state(unit);
		if (translation_rest(unit) != STATUS_OK)
			print("# note: unit %u does not come to rest: %s\n", i, unit_failure(unit));
	}
	if (!resume_is_back())
		firmware_report();
	prepare_agents();
	if (resume_is_back())
		resume_restore_agents();
	else
		measure_agents();
}

/* The unit before may have kept the driver from turning its queue off: that is made good, too. */
void platform_power_cycle(void)
{
	for (unsigned int i = 0; i < platform.unit_count; i++) {
		struct unit *unit = &platform.units[i];
		struct modelled *modelled = modelled_of(unit);

		if (!modelled)
			continue;
		modelled_power_cycle(modelled);
		if (unit->queue.on && queue_abandon(unit) != STATUS_OK)
			panic("unit %u: %s", i, unit_failure(unit));
	}
}

void platform_take_for_real(void)
{
	modelled_keep();
	for (unsigned int i = 0; i < platform.unit_count; i++)
		platform.units[i].source = UNIT_REAL;
	for (unsigned int i = 0; i < platform.agent_count; i++)
		platform.agents[i].limits.features =
			AGENT_BUFFER | AGENT_INTERRUPT | AGENT_READ | AGENT_ALONE;
}

struct agent *platform_agent(const struct unit *unit, unsigned int nth)
{
	for (unsigned int i = 0; i < platform.agent_count; i++)
		if (platform.agents[i].unit == unit && !nth--)
			return &platform.agents[i];
	return NULL;
}

bool platform_is_virtual(void)
{
	return cpu_id(1, 0).ecx & CPUID_1_ECX_HYPERVISOR;
}
