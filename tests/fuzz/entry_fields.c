/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/entry_fields.h"

#include "arch/string.h"
#include "iommu/spec/tables.h"

#define SPEC_FIELD(field_name, hi, lo)	       { #field_name, { hi, lo } },
#define SPEC_FIELD_UNNAMED(field_name, hi, lo) { #field_name, { hi, lo } },
static const struct named_field fields[] = {
#include "tests/host/spec/spec_fields.def"
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static const struct {
	const char *prefix;
	unsigned int bits;
} kinds[ENTRY_KINDS] = {
	[ENTRY_ROOT] = { "ROOT_", 128 },
	[ENTRY_SM_ROOT] = { "SMROOT_", 128 },
	[ENTRY_CONTEXT] = { "CONTEXT_", 128 },
	[ENTRY_SM_CONTEXT] = { "SMCONTEXT_", 256 },
	[ENTRY_PASID_DIR] = { "PASIDDIR_", 64 },
	[ENTRY_PASID] = { "PASID_", 512 },
	[ENTRY_FIRST_STAGE] = { "FS_", 64 },
	[ENTRY_SECOND_STAGE] = { "SS_", 64 },
	[ENTRY_INTERRUPT] = { "IRTE_", 128 },
	[ENTRY_POSTED] = { "PID_", 512 },
#define TYPE(type) [ENTRY_DESCRIPTOR + (int)INV_##type] = { "INV_" #type "_", 256 }
	TYPE(CC),
	TYPE(IOTLB),
	TYPE(DEVTLB),
	TYPE(IEC),
	TYPE(WAIT),
	TYPE(PIOTLB),
	TYPE(PC),
	TYPE(PDEVTLB),
	TYPE(PGRESP),
	TYPE(HPT),
#undef TYPE
};

unsigned int entry_bits(enum entry_kind kind)
{
	return kinds[kind].bits;
}

const char *entry_prefix(enum entry_kind kind)
{
	return kinds[kind].prefix;
}

/* A field that reaches over words counts by its part in the first one. */
static bool is_of(const struct named_field *field, enum entry_kind kind)
{
	const char *prefix = kinds[kind].prefix;

	return *field->name == *prefix && field->field.lo < kinds[kind].bits &&
	       !strncmp(field->name, prefix, strlen(prefix));
}

struct field entry_random_field(enum entry_kind kind, struct random *random)
{
	unsigned int left = 0;
	struct field field = { 0, 0 };

	for (unsigned int i = 0; i < FIELDS; i++)
		left += is_of(&fields[i], kind);
	left = random_below(random, left);
	for (unsigned int i = 0; i < FIELDS; i++)
		if (is_of(&fields[i], kind) && !left--)
			field = fields[i].field;
	if (field.hi / 64 != field.lo / 64)
		field.hi = (uint16_t)(field.lo | 63);
	return field;
}

static bool is_of_register(const struct named_field *field, const char *name, size_t bytes)
{
	return *field->name == *name && !strncmp(field->name, name, bytes) &&
	       field->name[bytes] == '_';
}

struct register_fields register_fields(const char *name)
{
	const size_t bytes = strlen(name);
	struct register_fields found = { .first = fields };

	while (found.first < fields + FIELDS && !is_of_register(found.first, name, bytes))
		found.first++;
	while (found.first + found.count < fields + FIELDS &&
	       is_of_register(found.first + found.count, name, bytes))
		found.count++;
	return found;
}

const char *entry_field_name(enum entry_kind kind, unsigned int bit, struct field *field)
{
	const struct named_field *best = NULL;

	for (unsigned int i = 0; i < FIELDS; i++) {
		const struct field at = fields[i].field;

		if (!is_of(&fields[i], kind) || bit < at.lo || bit > at.hi)
			continue;
		if (!best || at.hi - at.lo < best->field.hi - best->field.lo)
			best = &fields[i];
	}
	if (!best)
		return NULL;
	*field = best->field;
	return best->name + strlen(kinds[kind].prefix);
}
