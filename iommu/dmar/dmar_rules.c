/* SPDX-License-Identifier: MIT */
#include "iommu/dmar/dmar_rules.h"

#include <stdarg.h>

#define ENTRY(name, kind, id, title, spec) [DMAR_RULE_##name] = id,
static const char *const rule_ids[DMAR_RULE_COUNT] = { DMAR_RULES(ENTRY) };
#undef ENTRY

const char *dmar_rule_id(enum dmar_rule rule)
{
	return rule_ids[rule];
}

void dmar_complain(struct dmar *out, enum dmar_rule rule, uint32_t offset, const char *format, ...)
{
	struct dmar_problem *problem = &out->problems[out->problem_count];
	va_list args;

	if (out->breach_count[rule]++ >= DMAR_KEPT_PER_RULE)
		return;
	problem->rule = rule;
	problem->offset = offset;
	va_start(args, format);
	print_format(problem->text, sizeof(problem->text), format, args);
	va_end(args);
	out->problem_count++;
}

bool dmar_has_room(struct dmar *out, uint32_t offset, const char *what, unsigned int count,
		   unsigned int most)
{
	if (count < most)
		return true;
	out->is_cut = true;
	dmar_complain(out, DMAR_RULE_CAPACITY, offset, "more than %u %s: the rest is left out",
		      most, what);
	return false;
}

const struct dmar_problem *dmar_find_problem(const struct dmar *dmar, enum dmar_rule rule)
{
	for (unsigned int i = 0; i < dmar->problem_count; i++)
		if (dmar->problems[i].rule == rule)
			return &dmar->problems[i];
	return NULL;
}

static bool registers_overlap(const struct dmar_unit *a, const struct dmar_unit *b)
{
	uint64_t a_bytes = UINT64_C(4096) << a->size_pages_log2;
	uint64_t b_bytes = UINT64_C(4096) << b->size_pages_log2;

	return a->base < b->base ? b->base - a->base < a_bytes : a->base - b->base < b_bytes;
}

static void check_units(struct dmar *out)
{
	if (out->unit_count == 0)
		dmar_complain(out, DMAR_RULE_NO_DRHD, 0, "no DRHD structure in the table");
	for (unsigned int later = 1; later < out->unit_count; later++) {
		for (unsigned int earlier = 0; earlier < later; earlier++) {
			const struct dmar_unit *a = &out->units[earlier];
			const struct dmar_unit *b = &out->units[later];

			if (registers_overlap(a, b))
				dmar_complain(out, DMAR_RULE_DRHD_OVERLAP, b->offset,
					      "base %llx, but the DRHD at offset %u has base %llx",
					      (unsigned long long)b->base, a->offset,
					      (unsigned long long)a->base);
			if (a->segment != b->segment || !a->include_all)
				continue;
			dmar_complain(out,
				      b->include_all ? DMAR_RULE_INCLUDE_ALL_TWICE
						     : DMAR_RULE_INCLUDE_ALL_LAST,
				      b->offset,
				      "segment %u has INCLUDE_PCI_ALL set at offset %x already",
				      b->segment, a->offset);
		}
	}
}

static void check_segment(struct dmar *out, const char *what, uint32_t offset, uint16_t segment)
{
	for (unsigned int i = 0; i < out->unit_count; i++)
		if (out->units[i].segment == segment)
			return;
	dmar_complain(out, DMAR_RULE_SEGMENT, offset, "%s names segment %u, which has no unit",
		      what, segment);
}

static void check_list_segments(struct dmar *out, const char *what,
				const struct dmar_device_list *lists, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		check_segment(out, what, lists[i].offset, lists[i].segment);
}

static bool rhsa_names(const struct dmar_rhsa *rhsa, const struct dmar_unit *unit)
{
	return rhsa->base == unit->base;
}

static void check_rhsa(struct dmar *out)
{
	for (unsigned int r = 0; r < out->rhsa_count; r++) {
		unsigned int u = 0;

		while (u < out->unit_count && !rhsa_names(&out->rhsas[r], &out->units[u]))
			u++;
		if (u == out->unit_count)
			dmar_complain(out, DMAR_RULE_RHSA_BASE, out->rhsas[r].offset,
				      "base %llx is that of no DRHD",
				      (unsigned long long)out->rhsas[r].base);
	}
	for (unsigned int u = 0; u < out->unit_count && out->rhsa_count; u++) {
		unsigned int r = 0;

		while (r < out->rhsa_count && !rhsa_names(&out->rhsas[r], &out->units[u]))
			r++;
		if (r == out->rhsa_count)
			dmar_complain(out, DMAR_RULE_RHSA_MISSING, out->units[u].offset,
				      "the unit at %llx has no RHSA, others have",
				      (unsigned long long)out->units[u].base);
	}
}

static void check_andd_numbers(struct dmar *out)
{
	for (unsigned int later = 1; later < out->andd_count; later++)
		for (unsigned int earlier = 0; earlier < later; earlier++)
			if (out->andds[earlier].number == out->andds[later].number)
				dmar_complain(out, DMAR_RULE_ANDD_NUMBER, out->andds[later].offset,
					      "ACPI device number %u is that of offset %x",
					      out->andds[later].number, out->andds[earlier].offset);
}

static void check_andd_present(struct dmar *out)
{
	for (unsigned int i = 0; i < out->scope_count; i++) {
		const struct dmar_scope *scope = &out->scopes[i];
		unsigned int n = 0;

		if (scope->type != DMAR_SCOPE_ACPI)
			continue;
		while (n < out->andd_count && out->andds[n].number != scope->enumeration_id)
			n++;
		if (n == out->andd_count)
			dmar_complain(out, DMAR_RULE_SCOPE_ANDD, scope->offset,
				      "no ANDD declares ACPI device number %u",
				      scope->enumeration_id);
	}
}

/* False when a structure was left out: for want of room, or because its length cannot be followed. */
static bool has_all_structures(const struct dmar *dmar)
{
	static const enum dmar_rule gaps[] = { DMAR_RULE_CAPACITY, DMAR_RULE_LENGTH,
					       DMAR_RULE_STRUCTURE_HEADER, DMAR_RULE_STRUCTURE_END,
					       DMAR_RULE_STRUCTURE_LENGTH };

	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
		if (dmar->breach_count[gaps[i]])
			return false;
	return true;
}

void dmar_check_references(struct dmar *out)
{
	check_units(out);
	check_andd_numbers(out);

	/* "Names something that is not there" can be said only when everything there was read. */
	if (!has_all_structures(out))
		return;
	for (unsigned int i = 0; i < out->rmrr_count; i++)
		check_segment(out, "RMRR", out->rmrrs[i].offset, out->rmrrs[i].segment);
	check_list_segments(out, "ATSR", out->atsrs, out->atsr_count);
	check_list_segments(out, "SATC", out->satcs, out->satc_count);
	check_list_segments(out, "SIDP", out->sidps, out->sidp_count);
	check_rhsa(out);
	check_andd_present(out);
}
