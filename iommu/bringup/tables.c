/* SPDX-License-Identifier: MIT */
#include "iommu/bringup/tables.h"

#include <stddef.h>

#include "iommu/structures/entry.h"

static bool is_same_function(const struct bringup_device *a, const struct bringup_device *b)
{
	return a->unit == b->unit && a->sid == b->sid;
}

/* The first entry of the list that is about the same function: it owns the PASID directory. */
static unsigned int first_entry(const struct bringup_device *devices, unsigned int device)
{
	unsigned int first = 0;

	while (!is_same_function(&devices[first], &devices[device]))
		first++;
	return first;
}

static bool is_in_format(const struct tables_format *format, const struct bringup_device *device)
{
	if (device->unit < BRINGUP_UNITS_MAX && format->has_no_tables[device->unit])
		return false;
	return format->scalable || device->pasid == 0;
}

enum paging_stage tables_stage_of(const struct tables_format *format, unsigned int unit)
{
	return format->unit_levels[unit] ? format->unit_stage[unit] : format->stage;
}

/* For pass-through entries. A format that names no units is the same for all of them. */
static unsigned int pass_through_levels(const struct tables_format *format, unsigned int unit)
{
	if (format->unit_levels[unit])
		return format->pass_through_levels[unit];
	return format->stage == SECOND_STAGE ? format->levels : 0;
}

unsigned int tables_levels_of(const struct tables_format *format, unsigned int unit)
{
	return format->unit_levels[unit] ? format->unit_levels[unit] : format->levels;
}

/* ---- what a list must not hold ---- */

static bool is_repeated(const struct bringup_device *devices, unsigned int device)
{
	for (unsigned int i = 0; i < device; i++)
		if (is_same_function(&devices[i], &devices[device]) &&
		    devices[i].pasid == devices[device].pasid)
			return true;
	return false;
}

static bool is_sane(const struct tables_format *format, unsigned int unit_count,
		    const struct bringup_device *devices, unsigned int device)
{
	const struct bringup_device *d = &devices[device];
	uint64_t end;

	if (d->unit >= unit_count || is_repeated(devices, device))
		return false;
	end = UINT64_C(1) << paging_address_bits(tables_stage_of(format, d->unit),
						 tables_levels_of(format, d->unit));
	if (format->scalable && d->pasid >> (format->pdts + 13))
		return false;
	for (unsigned int i = 0; i < d->mapping_count; i++)
		if (d->mappings[i].from.value >= end ||
		    d->mappings[i].page_count > (end - d->mappings[i].from.value) / PAGE_BYTES)
			return false;
	return true;
}

/* ---- one entry of the list ---- */

static enum status map_pages(struct paging *paging, const struct mapping *mapping)
{
	for (unsigned int page = 0; page < mapping->page_count; page++) {
		iova_t from = iova(mapping->from.value + (uint64_t)page * PAGE_BYTES);
		phys_t to = phys(mapping->to.value + (uint64_t)page * PAGE_BYTES);
		const uint64_t *leaf = paging_entry(paging, from, 1);
		enum status status;

		if (leaf && *leaf)
			return STATUS_REFUSED; /* mapped before */
		status = paging_map(paging, from, to, 12, mapping->rights);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static enum status build_paging(struct tables *tables, const struct bringup_device *device,
				struct paging *paging)
{
	enum status status;

	if (device->passes_through)
		return STATUS_OK;
	status = paging_create(paging, tables_stage_of(&tables->format, device->unit),
			       tables_levels_of(&tables->format, device->unit),
			       tables->format.paging_snooped);
	for (unsigned int i = 0; status == STATUS_OK && i < device->mapping_count; i++)
		status = map_pages(paging, &device->mappings[i]);
	return status;
}

static enum status add_legacy(struct tables *tables, const struct bringup_device *device,
			      const struct paging *paging)
{
	struct root_table *root = &tables->roots[device->unit];
	uint64_t *slot = root_table_context(root, device->sid);
	struct context_entry entry =
		device->passes_through
			? context_pass_through(pass_through_levels(&tables->format, device->unit),
					       device->did)
			: context_translated(paging, device->did);

	if (!slot)
		return STATUS_NO_MEMORY;
	entry_store(slot, entry.q, root_table_context_words(root), root->snooped);
	return STATUS_OK;
}

static enum status add_directory(struct tables *tables, const struct bringup_device *device,
				 struct pasid_table *pasids)
{
	struct root_table *root = &tables->roots[device->unit];
	enum status status =
		pasid_table_create(pasids, tables->format.pdts, tables->format.structures_snooped);
	struct sm_context_entry entry;
	uint64_t *slot;

	if (status != STATUS_OK)
		return status;
	slot = root_table_context(root, device->sid);
	if (!slot)
		return STATUS_NO_MEMORY;
	entry = sm_context(phys_of(pasids->directory), pasids->pdts, 0);
	entry_store(slot, entry.q, root_table_context_words(root), root->snooped);
	return STATUS_OK;
}

/* Requests with PASID are blocked as long as no context entry allows them (PASIDE). */
static void allow_pasids(struct tables *tables, const struct bringup_device *device)
{
	struct root_table *root = &tables->roots[device->unit];
	uint64_t *slot = root_table_context(root, device->sid); /* exists by now */
	uint64_t word = slot[0] | FIELD_MASK(SMCONTEXT_PASIDE);

	entry_store_word(slot, word, root->snooped);
}

static enum status add_scalable(struct tables *tables, const struct bringup_device *devices,
				unsigned int device, const struct paging *paging)
{
	const struct bringup_device *d = &devices[device];
	unsigned int owner = first_entry(devices, device);
	struct pasid_table *pasids = &tables->devices[owner].pasids;
	struct pasid_entry entry =
		d->passes_through
			? pasid_pass_through(pass_through_levels(&tables->format, d->unit), d->did)
			: pasid_translated(paging, d->did);
	enum status status = STATUS_OK;
	struct pasid_entry *slot;

	if (owner == device)
		status = add_directory(tables, d, pasids);
	if (status != STATUS_OK)
		return status;
	slot = pasid_table_entry(pasids, d->pasid);
	if (!slot)
		return STATUS_NO_MEMORY;
	entry_store(slot->q, entry.q, sizeof(entry) / sizeof(entry.q[0]), pasids->snooped);
	if (d->pasid)
		allow_pasids(tables, d);
	return STATUS_OK;
}

static enum status add_device(struct tables *tables, const struct bringup_device *devices,
			      unsigned int device)
{
	struct paging *paging = &tables->devices[device].paging;
	enum status status = build_paging(tables, &devices[device], paging);

	if (status != STATUS_OK)
		return status;
	return tables->format.scalable ? add_scalable(tables, devices, device, paging)
				       : add_legacy(tables, &devices[device], paging);
}

/* ---- all of it ---- */

static enum status build(struct tables *tables, const struct bringup_device *devices)
{
	const struct tables_format *format = &tables->format;
	enum status status = STATUS_OK;

	for (unsigned int i = 0; status == STATUS_OK && i < tables->unit_count; i++)
		status = root_table_create(&tables->roots[i], format->scalable,
					   format->structures_snooped);
	for (unsigned int i = 0; status == STATUS_OK && i < tables->device_count; i++) {
		if (!is_in_format(format, &devices[i]))
			continue;
		status = is_sane(format, tables->unit_count, devices, i)
				 ? add_device(tables, devices, i)
				 : STATUS_REFUSED;
	}
	return status;
}

enum status tables_build(struct tables *tables, const struct tables_format *format,
			 unsigned int unit_count, const struct bringup_device *devices,
			 unsigned int device_count)
{
	enum status status;

	*tables = (struct tables){
		.format = *format,
		.unit_count = unit_count,
		.device_count = device_count,
	};
	if (unit_count > BRINGUP_UNITS_MAX || device_count > TABLES_DEVICES_MAX) {
		*tables = (struct tables){ 0 };
		return STATUS_REFUSED;
	}
	status = build(tables, devices);
	if (status != STATUS_OK)
		tables_destroy(tables);
	return status;
}

void tables_destroy(struct tables *tables)
{
	for (unsigned int i = 0; i < tables->device_count; i++) {
		pasid_table_destroy(&tables->devices[i].pasids);
		paging_destroy(&tables->devices[i].paging);
	}
	for (unsigned int i = 0; i < tables->unit_count; i++)
		root_table_destroy(&tables->roots[i]);
	*tables = (struct tables){ 0 };
}

struct pasid_table *tables_pasids_of(struct tables *tables, const struct bringup_device *devices,
				     unsigned int device)
{
	return tables->format.scalable ? &tables->devices[first_entry(devices, device)].pasids
				       : NULL;
}
