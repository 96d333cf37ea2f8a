/* SPDX-License-Identifier: MIT */
/* The device scopes of a structure, and what each kind of structure allows in them. */
#include "arch/string.h"
#include "iommu/dmar/dmar_rules.h"
#include "iommu/dmar/dmar_structure.h"

/* Byte offsets within a device scope. */
enum {
	SCOPE_TYPE = 0,
	SCOPE_LENGTH = 1,
	SCOPE_FLAGS = 2,
	SCOPE_RESERVED = 3,
	SCOPE_ENUMERATION_ID = 4,
	SCOPE_START_BUS = 5,
	SCOPE_PATH = 6,
};

/* Is the scope's type in a set of types, given as bits 1 << type? */
static bool scope_type_in(const struct dmar_scope *scope, unsigned int allowed)
{
	return scope->type < 32 && (1u << scope->type & allowed);
}

/* What DRHD, ATSR, SATC and SIDP allow in their device scopes. */
static void check_scope_in_structure(struct dmar *out, const struct dmar_structure *s,
				     const struct dmar_scope *scope)
{
	const unsigned int pci = 1u << DMAR_SCOPE_ENDPOINT | 1u << DMAR_SCOPE_BRIDGE;
	const unsigned int integrated = 1u << DMAR_SCOPE_ENDPOINT;
	const unsigned int acpi = 1u << DMAR_SCOPE_ACPI;
	bool flag = s->bytes[STRUCTURE_FLAGS] & FLAG_0;

	if (s->type == DMAR_DRHD && flag && scope_type_in(scope, pci))
		dmar_complain(out, DMAR_RULE_INCLUDE_ALL_SCOPE, scope->offset,
			      "INCLUDE_PCI_ALL unit lists a scope of type %u", scope->type);
	if (s->type == DMAR_ATSR && (flag || !scope_type_in(scope, 1u << DMAR_SCOPE_BRIDGE)))
		dmar_complain(out, DMAR_RULE_ATSR_SCOPE, scope->offset,
			      "scope of type %u in ATSR%s", scope->type,
			      flag ? " with ALL_PORTS" : "");
	if (s->type == DMAR_SATC && (!scope_type_in(scope, integrated) || scope->step_count != 1))
		dmar_complain(out, DMAR_RULE_SATC_SCOPE, scope->offset,
			      "scope of type %u with a path of %u steps in SATC", scope->type,
			      scope->step_count);
	if (s->type == DMAR_SIDP &&
	    (!scope_type_in(scope, integrated | acpi) || scope->step_count != 1))
		dmar_complain(out, DMAR_RULE_SIDP_SCOPE, scope->offset,
			      "scope of type %u with a path of %u steps in SIDP", scope->type,
			      scope->step_count);
}

static void check_scope_path(struct dmar *out, const struct dmar_scope *scope)
{
	bool is_source_id = scope->type == DMAR_SCOPE_HPET || scope->type == DMAR_SCOPE_ACPI;

	if (is_source_id && scope->step_count != 1)
		dmar_complain(out, DMAR_RULE_SCOPE_PATH, scope->offset,
			      "scope of type %u has a path of %u steps", scope->type,
			      scope->step_count);
	for (unsigned int i = 0; i < scope->step_count; i++) {
		if (scope->path[i].device <= 31 && scope->path[i].function <= 7)
			continue;
		dmar_complain(out, DMAR_RULE_SCOPE_PATH, scope->offset,
			      "step %u of the path is device %u function %u", i,
			      scope->path[i].device, scope->path[i].function);
	}
}

/* What revision 5.10 keeps "for future use" may mean something in a newer table: worth a note. */
static void note_scope_future(struct dmar *out, const struct dmar_structure *s,
			      const uint8_t *bytes, const struct dmar_scope *scope)
{
	bool has_flags = s->type == DMAR_SIDP &&
			 (scope->type == DMAR_SCOPE_ENDPOINT || scope->type == DMAR_SCOPE_ACPI);
	bool has_id = scope->type >= DMAR_SCOPE_IOAPIC;
	uint8_t future_flags = has_flags ? scope->flags & 0xE0 : scope->flags;

	if (future_flags || bytes[SCOPE_RESERVED] || (!has_id && scope->enumeration_id))
		dmar_complain(out, DMAR_RULE_SCOPE_FUTURE, scope->offset,
			      "scope of type %u: flags %02x, byte 3 is %02x, enumeration id %u",
			      scope->type, scope->flags, bytes[SCOPE_RESERVED],
			      scope->enumeration_id);
}

static void check_scope(struct dmar *out, const struct dmar_structure *s, const uint8_t *bytes,
			const struct dmar_scope *scope)
{
	if (scope->type < DMAR_SCOPE_ENDPOINT || scope->type > DMAR_SCOPE_ACPI)
		dmar_complain(out, DMAR_RULE_SCOPE_TYPE, scope->offset,
			      "scope type %u is not defined", scope->type);
	check_scope_in_structure(out, s, scope);
	check_scope_path(out, scope);
	note_scope_future(out, s, bytes, scope);
}

/* Keeps one scope, whose `length` bytes are there and hold at least one step. */
static void read_scope(struct dmar *out, const struct dmar_structure *s, uint32_t at,
		       unsigned int length)
{
	const uint8_t *bytes = s->bytes + at;
	unsigned int steps = (length - SCOPE_PATH) / 2;
	struct dmar_scope *scope;

	if (steps > DMAR_PATH_MAX) { /* a path is kept whole or not at all */
		dmar_complain(out, DMAR_RULE_CAPACITY, s->offset + at,
			      "more than %u steps in a path: the scope is left out", DMAR_PATH_MAX);
		return;
	}
	if (!dmar_has_room(out, s->offset + at, "device scopes", out->scope_count, DMAR_SCOPES_MAX))
		return;
	scope = &out->scopes[out->scope_count++];
	memset(scope, 0, sizeof(*scope));
	scope->offset = s->offset + at;
	scope->type = bytes[SCOPE_TYPE];
	scope->flags = bytes[SCOPE_FLAGS];
	scope->enumeration_id = bytes[SCOPE_ENUMERATION_ID];
	scope->start_bus = bytes[SCOPE_START_BUS];
	scope->step_count = (uint8_t)steps;
	for (unsigned int i = 0; i < steps; i++) {
		scope->path[i].device = bytes[SCOPE_PATH + 2 * i];
		scope->path[i].function = bytes[SCOPE_PATH + 2 * i + 1];
	}
	check_scope(out, s, bytes, scope);
}

/* Reads the scopes from byte `at` of a structure to its end, or to the first with a bad length. */
struct dmar_scope_range dmar_read_scopes(struct dmar *out, const struct dmar_structure *s,
					 uint32_t at)
{
	struct dmar_scope_range range = { (uint16_t)out->scope_count, 0 };

	while (at < s->length) {
		uint32_t left = s->length - at;
		unsigned int length = left > SCOPE_LENGTH ? s->bytes[at + SCOPE_LENGTH] : 0;

		if (length < SCOPE_PATH + 2 || length % 2 || length > left) {
			dmar_complain(out, DMAR_RULE_SCOPE_LENGTH, s->offset + at,
				      "scope length %u, %u bytes left in the structure", length,
				      left);
			break;
		}
		read_scope(out, s, at, length);
		at += length;
	}
	range.count = (uint16_t)(out->scope_count - range.first);
	return range;
}
