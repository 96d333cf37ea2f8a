/* SPDX-License-Identifier: MIT */
#include "iommu/dmar/dmar.h"

/* Wider than any bridge can be: 256 buses and the bridge itself. */
#define NO_MATCH 1000u

bool dmar_scope_source_id(const struct dmar_scope *scope, uint16_t segment,
			  dmar_find_bridge *find_bridge, void *context, uint16_t *source_id)
{
	uint8_t bus = scope->start_bus;
	uint8_t devfn = 0;

	for (unsigned int i = 0; i < scope->step_count; i++) {
		uint8_t last_bus;

		if (i > 0 &&
		    (!find_bridge || !find_bridge(context, segment, bus, devfn, &bus, &last_bus)))
			return false;
		devfn = (uint8_t)(scope->path[i].device << 3 | (scope->path[i].function & 7));
	}
	*source_id = (uint16_t)(bus << 8 | devfn);
	return scope->step_count > 0;
}

/*
 * How closely a scope describes a device: 0 when it names the device itself, else the number of
 * buses behind the bridge it names and the device is below; NO_MATCH when it does not cover it.
 */
static unsigned int scope_distance(const struct dmar_scope *scope, uint16_t segment,
				   uint16_t device, dmar_find_bridge *find_bridge, void *context)
{
	uint8_t bus = (uint8_t)(device >> 8);
	uint8_t secondary;
	uint8_t subordinate;
	uint16_t named;

	if (scope->type != DMAR_SCOPE_ENDPOINT && scope->type != DMAR_SCOPE_BRIDGE &&
	    scope->type != DMAR_SCOPE_ACPI)
		return NO_MATCH;
	if (!dmar_scope_source_id(scope, segment, find_bridge, context, &named))
		return NO_MATCH;
	if (named == device)
		return 0;
	if (scope->type != DMAR_SCOPE_BRIDGE || !find_bridge ||
	    !find_bridge(context, segment, (uint8_t)(named >> 8), (uint8_t)named, &secondary,
			 &subordinate))
		return NO_MATCH;
	if (bus < secondary || bus > subordinate)
		return NO_MATCH;
	return subordinate - secondary + 1u;
}

const struct dmar_unit *dmar_unit_for_device(const struct dmar *dmar, uint16_t segment, uint8_t bus,
					     uint8_t devfn, dmar_find_bridge *find_bridge,
					     void *context)
{
	const struct dmar_unit *best = NULL;
	unsigned int best_distance = NO_MATCH;

	for (unsigned int u = 0; u < dmar->unit_count; u++) {
		const struct dmar_unit *unit = &dmar->units[u];

		if (unit->segment != segment)
			continue;
		for (unsigned int i = 0; i < unit->scopes.count; i++) {
			unsigned int distance =
				scope_distance(&dmar->scopes[unit->scopes.first + i], segment,
					       (uint16_t)(bus << 8 | devfn), find_bridge, context);

			if (distance < best_distance) {
				best = unit;
				best_distance = distance;
			}
		}
	}
	for (unsigned int u = 0; u < dmar->unit_count && !best; u++)
		if (dmar->units[u].segment == segment && dmar->units[u].include_all)
			best = &dmar->units[u];
	return best;
}
