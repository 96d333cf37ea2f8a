/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/pin.h"

#include "arch/apic.h"
#include "arch/hpet.h"
#include "arch/io_apic.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "iommu/spec/tables.h"

/* How long an interrupt may take to come. */
enum { ARRIVAL_US = 50000 };

/* Redirection entry, as the one of interrupt requests that it makes. */
#define ENTRY_VECTOR	  7, 0
#define ENTRY_HANDLE_HIGH 11, 11
#define ENTRY_IS_LEVEL	  15, 15
#define ENTRY_IS_MASKED	  16, 16
#define ENTRY_FORMAT	  48, 48 /* 1: remappable */
#define ENTRY_HANDLE_LOW  63, 49
#define ENTRY_DESTINATION 63, 56 /* of the old format */

static struct {
	struct io_apic io_apic;
	unsigned int number;
	uint64_t as_found;
	uint64_t entry; /* last written */
	uint8_t vector;
	bool is_level;
	volatile bool has_come;
} pin;

static uint64_t remappable(const struct agent_interrupt *request)
{
	return reg_put(ENTRY_FORMAT, 1) |
	       reg_put(ENTRY_HANDLE_LOW, reg_get(request->address, REMAPPABLE_ADDR_HANDLE_LOW)) |
	       reg_put(ENTRY_HANDLE_HIGH, reg_get(request->address, REMAPPABLE_ADDR_HANDLE_HIGH)) |
	       reg_put(ENTRY_VECTOR, pin.vector);
}

static uint64_t old_format(const struct agent_interrupt *request)
{
	return reg_put(ENTRY_DESTINATION, reg_get(request->address, INTERRUPT_ADDR_DST)) |
	       reg_put(ENTRY_VECTOR, reg_get(request->data, INTERRUPT_DATA_V));
}

/*
 * The I/O APIC makes the request from its redirection entry when the wire rises;
 * the wire stays up, which an edge-triggered pin does not look at.
 */
static bool pin_interrupt(struct agent *agent, const struct agent_interrupt *request)
{
	uint64_t entry = reg_get(request->address, INTERRUPT_ADDR_FORMAT) ? remappable(request)
									  : old_format(request);

	(void)agent;
	hpet_lower();
	entry |= reg_put(ENTRY_IS_LEVEL, pin.is_level);
	if (entry != pin.entry) /* to write it ends a level, which is the processor's to do */
		io_apic_write(&pin.io_apic, pin.number, entry);
	pin.entry = entry;
	return hpet_raise();
}

static void pin_set_bus_master(struct agent *agent, bool on)
{
	(void)agent;
	(void)on;
}

void pin_set(uint8_t vector, bool is_level)
{
	pin.vector = vector;
	pin.is_level = is_level;
}

void pin_lower(void)
{
	hpet_lower();
}

void pin_release(void)
{
	io_apic_write(&pin.io_apic, pin.number, pin.as_found);
	hpet_release();
}

/* ---- which unit it is behind ---- */

static const struct dmar_unit *listed(const struct unit *unit, const struct dmar *dmar)
{
	for (unsigned int i = 0; i < dmar->unit_count; i++)
		if (dmar->units[i].base == unit->base.value)
			return &dmar->units[i];
	return NULL;
}

/* The source-id that the unit's scopes give the I/O APIC. */
static bool find_source_id(const struct unit *unit, const struct dmar *dmar, uint16_t *sid)
{
	const struct dmar_unit *found = listed(unit, dmar);

	for (unsigned int i = 0; found && i < found->scopes.count; i++) {
		const struct dmar_scope *scope = &dmar->scopes[found->scopes.first + i];

		if (scope->type == DMAR_SCOPE_IOAPIC &&
		    scope->enumeration_id == pin.io_apic.listing.id)
			return dmar_scope_source_id(scope, found->segment, NULL, NULL, sid);
	}
	return false;
}

/* ---- the trial ---- */

static void note_arrival(void *argument)
{
	(void)argument;
	pin.has_come = true;
}

/* Hardware may keep its timer from its pins; then nothing that is missing later tells of a unit. */
static bool arrives(struct agent *agent, uint8_t vector)
{
	const struct agent_interrupt request = { apic_msi_address(), apic_msi_data(vector), 4,
						 false };

	pin.has_come = false;
	pin_set(vector, false);
	trap_set_interrupt_handler(vector, note_arrival, NULL);
	pin_interrupt(agent, &request);
	time_idle_until(&pin.has_come, ARRIVAL_US);
	trap_set_interrupt_handler(vector, NULL, NULL);
	return pin.has_come;
}

const char *pin_take(struct agent *agent, struct unit *unit, const struct dmar *dmar,
		     uint8_t vector)
{
	uint16_t sid;

	if (unit->source != UNIT_REAL)
		return "no I/O APIC is behind a modelled unit";
	if (apic_id() > 0xff)
		return "an I/O APIC names processors up to 255 without remapping";
	if (!io_apic_find(0, &pin.io_apic) || pin.io_apic.listing.first_wire != 0)
		return "ACPI lists no I/O APIC with the first wires";
	if (!find_source_id(unit, dmar, &sid))
		return "the I/O APIC with the first wires is behind another unit";
	if (!hpet_take(pin.io_apic.pin_count, &pin.number))
		return "no HPET reaches the I/O APIC";
	pin.entry = pin.as_found = io_apic_read(&pin.io_apic, pin.number);
	if (!reg_get(pin.as_found, ENTRY_IS_MASKED)) {
		hpet_release();
		return "the pin that the HPET reaches is in use";
	}
	*agent = (struct agent){
		.name = "I/O APIC",
		.sid = sid,
		.unit = unit,
		.interrupt = pin_interrupt,
		.set_bus_master = pin_set_bus_master,
	};
	if (arrives(agent, vector))
		return NULL;
	pin_release();
	return "the HPET's interrupt does not arrive without remapping, either";
}
