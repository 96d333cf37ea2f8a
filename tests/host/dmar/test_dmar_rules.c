/* SPDX-License-Identifier: MIT */
/* Every rule of a DMAR table, broken in a table of its own: that rule is named, and no other. */
#include "tests/host/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/dmar/dmar.h"
#include "tests/host/dmar/dmar_builder.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct dmar_storage storage;
static struct dmar dmar = { .storage = &storage };
static struct dmar_builder b;
static struct dmar_places at;

/* ---- tables that a few changed bytes cannot make ---------------------------------------------- */

static const uint8_t two_steps[] = { 1, 0, 2, 0 };

static void one_unit(void)
{
	build_begin(&b);
	build_drhd(&b, 1, 0, 0xfed90000);
}

static void length_below_header(void)
{
	b.used = 47;
}

static void stray_bytes(void)
{
	b.used += 3;
}

static void last_structure_longer_by_one(void)
{
	build_put16(&b, at.sidp + 2, (uint16_t)(b.used - at.sidp + 1));
}

static void short_drhd(void)
{
	one_unit();
	build_raw(&b, DMAR_DRHD, 15);
}

static void long_rhsa(void)
{
	one_unit();
	build_rhsa(&b, 0xfed90000, 0);
	build_put16(&b, b.structure + 2, 24);
	b.used += 4;
}

static void andd_without_name(void)
{
	one_unit();
	build_raw(&b, DMAR_ANDD, 8);
}

static void rmrr_before_drhd(void)
{
	build_begin(&b);
	build_rmrr(&b, 0, 0x1000, 0x1fff);
	build_device(&b, DMAR_SCOPE_ENDPOINT, 0, 0, 2, 0);
	build_drhd(&b, 1, 0, 0xfed90000);
}

static void unknown_type(void)
{
	build_raw(&b, 7, 12);
}

static void no_structure(void)
{
	build_begin(&b);
}

static void one_byte_of_a_scope(void)
{
	last_structure_longer_by_one();
	b.used++;
}

static void hpet_path_of_two_steps(void)
{
	one_unit();
	build_scope(&b, DMAR_SCOPE_HPET, 0, 0, two_steps, 2);
}

static void rmrr_without_scope(void)
{
	one_unit();
	build_rmrr(&b, 0, 0x1000, 0x1fff);
}

static void rhsa_of_no_unit(void)
{
	one_unit();
	build_rhsa(&b, 0xfed90000, 0);
	build_rhsa(&b, 0xfed95000, 0);
}

static void andd_number_twice(void)
{
	one_unit();
	build_andd(&b, 1, "\\_SB.I2C0");
	build_andd(&b, 1, "\\_SB.I2C1");
}

static void satc_behind_bridge(void)
{
	one_unit();
	build_list(&b, DMAR_SATC, 0, 0);
	build_scope(&b, DMAR_SCOPE_ENDPOINT, 0, 0, two_steps, 2);
}

static void sidp_behind_bridge(void)
{
	one_unit();
	build_list(&b, DMAR_SIDP, 0, 0);
	build_scope(&b, DMAR_SCOPE_ENDPOINT, 0, 0, two_steps, 2);
}

static void too_many_units(void)
{
	build_begin(&b);
	for (unsigned int i = 0; i < DMAR_UNITS_MAX + 1; i++)
		build_drhd(&b, 0, 0, 0xf0000000 + 0x1000 * i);
}

static void too_many_rmrrs(void)
{
	one_unit();
	for (unsigned int i = 0; i < DMAR_OTHERS_MAX + 1; i++) {
		build_rmrr(&b, 0, 0x1000, 0x1fff);
		build_device(&b, DMAR_SCOPE_ENDPOINT, 0, 0, 2, 0);
	}
}

static void too_many_atsrs(void)
{
	one_unit();
	for (unsigned int i = 0; i < DMAR_OTHERS_MAX + 1; i++)
		build_list(&b, DMAR_ATSR, 1, 0);
}

static void too_many_rhsas(void)
{
	one_unit();
	for (unsigned int i = 0; i < DMAR_UNITS_MAX + 1; i++)
		build_rhsa(&b, 0xfed90000, 0);
}

static void too_many_andds(void)
{
	one_unit();
	for (unsigned int i = 0; i < DMAR_OTHERS_MAX + 1; i++)
		build_andd(&b, (uint8_t)i, "\\_SB");
}

static void too_many_scopes(void)
{
	build_begin(&b);
	for (unsigned int i = 0; i < DMAR_SCOPES_MAX + 1; i++) {
		if (i % (DMAR_SCOPES_MAX / 2) == 0)
			build_drhd(&b, 0, 0, 0xfed90000 + i * 0x1000);
		build_device(&b, DMAR_SCOPE_ENDPOINT, 0, (uint8_t)(i / 32), i % 32, 0);
	}
}

static void too_long_a_path(void)
{
	const uint8_t path[2 * (DMAR_PATH_MAX + 1)] = { 0 };

	build_begin(&b);
	build_drhd(&b, 0, 0, 0xfed90000);
	build_scope(&b, DMAR_SCOPE_ENDPOINT, 0, 0, path, DMAR_PATH_MAX + 1);
}

/* ---- the list --------------------------------------------------------------------------------- */

/* `bytes` bytes at `*place` + `plus` get `value`; a NULL place is the start of the table. */
struct poke {
	const size_t *place;
	int plus;
	unsigned int bytes;
	uint64_t value;
};

struct breach {
	enum dmar_rule rule;
	const char *name;
	struct poke pokes[3]; /* into the good table */
	void (*build)(void);
};

#define POKE(rule, name, ...)                                 \
	{                                                     \
		DMAR_RULE_##rule, name, { __VA_ARGS__ }, NULL \
	}
#define BUILD(rule, function)                                    \
	{                                                        \
		DMAR_RULE_##rule, #function, { { 0 } }, function \
	}
#define SEGMENT1_RHSA 2 * 20 + 8 /* the base in the third RHSA, which is that of unit 2 */

static const struct breach breaches[] = {
	POKE(SIGNATURE, "DMAS", { NULL, 3, 1, 'S' }),
	BUILD(LENGTH, length_below_header),
	POKE(REVISION, "revision 0", { NULL, 8, 1, 0 }),
	POKE(REVISION, "revision 3", { NULL, 8, 1, 3 }),
	POKE(REVISION_2, "revision 2", { NULL, 8, 1, 2 }),
	POKE(HOST_ADDRESS_WIDTH, "31 bits", { NULL, 36, 1, 30 }),
	POKE(HOST_ADDRESS_WIDTH, "53 bits", { NULL, 36, 1, 52 }),
	POKE(FLAG_REMAP_OPT_OUT, "flag 3", { NULL, 37, 1, 0x09 }),
	POKE(HEADER_RESERVED, "flag 4", { NULL, 37, 1, 0x11 }),
	POKE(HEADER_RESERVED, "first reserved byte", { NULL, 38, 1, 1 }),
	POKE(HEADER_RESERVED, "last reserved byte", { NULL, 47, 1, 1 }),
	POKE(STRUCTURE_HEADER, "length 0", { &at.sidp, 2, 2, 0 }),
	POKE(STRUCTURE_HEADER, "length 3", { &at.sidp, 2, 2, 3 }),
	POKE(STRUCTURE_END, "far past the end", { &at.sidp, 2, 2, 0xffff }),
	BUILD(STRUCTURE_END, last_structure_longer_by_one),
	BUILD(STRUCTURE_END, stray_bytes),
	BUILD(STRUCTURE_LENGTH, short_drhd),
	BUILD(STRUCTURE_LENGTH, long_rhsa),
	BUILD(STRUCTURE_LENGTH, andd_without_name),
	BUILD(STRUCTURE_ORDER, rmrr_before_drhd),
	POKE(STRUCTURE_RESERVED, "DRHD flags", { &at.graphics, 4, 1, 0x80 }),
	POKE(STRUCTURE_RESERVED, "DRHD size", { &at.graphics, 5, 1, 0x10 }),
	POKE(STRUCTURE_RESERVED, "RMRR", { &at.rmrr, 5, 1, 1 }),
	POKE(STRUCTURE_RESERVED, "ATSR flags", { &at.atsr, 4, 1, 2 }),
	POKE(STRUCTURE_RESERVED, "RHSA", { &at.rhsa, 7, 1, 1 }),
	POKE(STRUCTURE_RESERVED, "ANDD", { &at.andd, 6, 1, 1 }),
	POKE(STRUCTURE_RESERVED, "SATC", { &at.satc, 5, 1, 1 }),
	BUILD(UNKNOWN_TYPE, unknown_type),
	BUILD(NO_DRHD, no_structure),
	POKE(DRHD_BASE, "base 0", { &at.segment1, 8, 8, 0 }, { &at.rhsa, SEGMENT1_RHSA, 8, 0 }),
	POKE(DRHD_BASE, "half a page", { &at.segment1, 8, 8, 0xfed98800 },
	     { &at.segment1, 5, 1, 0 }, { &at.rhsa, SEGMENT1_RHSA, 8, 0xfed98800 }),
	POKE(DRHD_BASE, "64 KiB at fed98000", { &at.segment1, 8, 8, 0xfed98000 },
	     { &at.segment1, 5, 1, 4 }, { &at.rhsa, SEGMENT1_RHSA, 8, 0xfed98000 }),
	POKE(DRHD_OVERLAP, "same base", { &at.segment1, 8, 8, 0xfed90000 },
	     { &at.segment1, 5, 1, 0 }, { &at.rhsa, SEGMENT1_RHSA, 8, 0xfed90000 }),
	POKE(DRHD_OVERLAP, "64 KiB over two", { &at.segment1, 8, 8, 0xfed90000 },
	     { &at.segment1, 5, 1, 4 }, { &at.rhsa, SEGMENT1_RHSA, 8, 0xfed90000 }),
	POKE(INCLUDE_ALL_TWICE, "twice in segment 0", { &at.segment1, 6, 2, 0 },
	     { &at.sidp, 6, 2, 0 }),
	POKE(INCLUDE_ALL_LAST, "not the last", { &at.segment1, 6, 2, 0 }, { &at.segment1, 4, 1, 0 },
	     { &at.sidp, 6, 2, 0 }),
	POKE(INCLUDE_ALL_SCOPE, "endpoint", { &at.ioapic, 0, 1, DMAR_SCOPE_ENDPOINT },
	     { &at.ioapic, 4, 1, 0 }),
	POKE(INCLUDE_ALL_SCOPE, "bridge", { &at.ioapic, 0, 1, DMAR_SCOPE_BRIDGE },
	     { &at.ioapic, 4, 1, 0 }),
	POKE(SCOPE_LENGTH, "0", { &at.sidp_scope, 1, 1, 0 }),
	POKE(SCOPE_LENGTH, "5", { &at.sidp_scope, 1, 1, 5 }),
	POKE(SCOPE_LENGTH, "6, no path", { &at.sidp_scope, 1, 1, 6 }),
	POKE(SCOPE_LENGTH, "9, odd", { &at.sidp_scope, 1, 1, 9 }),
	POKE(SCOPE_LENGTH, "18 of 16", { &at.sidp_scope, 1, 1, 18 }),
	BUILD(SCOPE_LENGTH, one_byte_of_a_scope),
	POKE(SCOPE_TYPE, "0", { &at.endpoint, 0, 1, 0 }),
	POKE(SCOPE_TYPE, "6", { &at.ioapic, 0, 1, 6 }),
	POKE(SCOPE_TYPE, "255", { &at.ioapic, 0, 1, 255 }),
	POKE(SCOPE_PATH, "device 32", { &at.endpoint, 6, 1, 32 }),
	POKE(SCOPE_PATH, "function 8", { &at.endpoint, 7, 1, 8 }),
	BUILD(SCOPE_PATH, hpet_path_of_two_steps),
	POKE(SCOPE_ANDD, "number 9", { &at.acpi, 4, 1, 9 }),
	POKE(SCOPE_FUTURE, "flags outside SIDP", { &at.endpoint, 2, 1, 1 }),
	POKE(SCOPE_FUTURE, "byte 3", { &at.endpoint, 3, 1, 1 }),
	POKE(SCOPE_FUTURE, "id of an endpoint", { &at.endpoint, 4, 1, 1 }),
	POKE(SCOPE_FUTURE, "SIDP flag 5", { &at.sidp_scope, 2, 1, 0x20 }),
	POKE(SEGMENT, "RMRR", { &at.rmrr, 6, 2, 7 }),
	POKE(SEGMENT, "ATSR", { &at.atsr, 6, 2, 7 }),
	POKE(SEGMENT, "SATC", { &at.satc, 6, 2, 7 }),
	POKE(SEGMENT, "SIDP", { &at.sidp, 6, 2, 0x100 }),
	POKE(RMRR_RANGE, "backwards", { &at.rmrr, 8, 8, 0x7f800000 }),
	POKE(RMRR_RANGE, "base unaligned", { &at.rmrr, 8, 8, 0x7b000800 }),
	POKE(RMRR_RANGE, "limit unaligned", { &at.rmrr, 16, 8, 0x7f800000 }),
	POKE(RMRR_RANGE, "to the last address", { &at.rmrr, 16, 8, UINT64_MAX }),
	POKE(RMRR_RANGE, "0 to 0", { &at.rmrr, 8, 8, 0 }, { &at.rmrr, 16, 8, 0 }),
	POKE(RMRR_RANGE, "empty", { &at.rmrr, 16, 8, 0x7affffff }),
	POKE(RMRR_RANGE, "all of the address space", { &at.rmrr, 8, 8, 0 },
	     { &at.rmrr, 16, 8, UINT64_MAX }),
	POKE(RMRR_RANGE, "a page above 39 bits", { &at.rmrr, 16, 8, (UINT64_C(1) << 39) + 4095 }),
	BUILD(RMRR_SCOPE, rmrr_without_scope),
	POKE(ATSR_SCOPE, "endpoint", { &at.port, 0, 1, DMAR_SCOPE_ENDPOINT }),
	POKE(ATSR_SCOPE, "ALL_PORTS and a port", { &at.atsr, 4, 1, 1 }),
	BUILD(RHSA_BASE, rhsa_of_no_unit),
	POKE(RHSA_MISSING, "unit 1 twice", { &at.rhsa, 8, 8, 0xfed91000 }),
	POKE(ANDD_NAME, "no NUL", { &at.satc, -1, 1, 'X' }),
	BUILD(ANDD_NUMBER, andd_number_twice),
	POKE(SATC_SCOPE, "bridge", { &at.satc_scope, 0, 1, DMAR_SCOPE_BRIDGE }),
	BUILD(SATC_SCOPE, satc_behind_bridge),
	POKE(SIDP_SCOPE, "bridge", { &at.sidp_scope, 0, 1, DMAR_SCOPE_BRIDGE },
	     { &at.sidp_scope, 2, 1, 0 }),
	BUILD(SIDP_SCOPE, sidp_behind_bridge),
	BUILD(CAPACITY, too_many_units),
	BUILD(CAPACITY, too_many_rmrrs),
	BUILD(CAPACITY, too_many_atsrs),
	BUILD(CAPACITY, too_many_rhsas),
	BUILD(CAPACITY, too_many_andds),
	BUILD(CAPACITY, too_many_scopes),
	BUILD(CAPACITY, too_long_a_path),
};

/* Parses a copy of exactly the table's bytes, so that the sanitizer sees any read past them. */
static void parse(void)
{
	uint8_t *copy = malloc(b.used);

	memcpy(copy, b.bytes, b.used);
	dmar_parse(copy, b.used, &dmar);
	free(copy);
}

static void apply(const struct breach *breach)
{
	at = build_good(&b);
	for (size_t i = 0; i < ARRAY_COUNT(breach->pokes); i++) {
		const struct poke *poke = &breach->pokes[i];
		size_t place = poke->place ? *poke->place : 0;

		memcpy(b.bytes + place + poke->plus, &poke->value, poke->bytes);
	}
	if (breach->build)
		breach->build();
	build_finish(&b);
}

/* Fails if any rule but `expected` was found broken, or `expected` was not. */
static void expect_only(enum dmar_rule expected, const char *name)
{
	for (unsigned int rule = 0; rule < DMAR_RULE_COUNT; rule++) {
		if ((dmar.breach_count[rule] != 0) == (rule == expected))
			continue;
		for (unsigned int i = 0; i < dmar.problem_count; i++)
			print_message("%s at %u: %s\n", dmar_rule_id(dmar.problems[i].rule),
				      dmar.problems[i].offset, dmar.problems[i].text);
		fail_msg("%s, %s: %s was found %u times", dmar_rule_id(expected), name,
			 dmar_rule_id(rule), dmar.breach_count[rule]);
	}
	assert_non_null(dmar_find_problem(&dmar, expected));
	assert_true(dmar_find_problem(&dmar, expected)->text[0]);
}

static void each_breach_is_named_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(breaches); i++) {
		apply(&breaches[i]);
		parse();
		expect_only(breaches[i].rule, breaches[i].name);
	}
}

static void every_wrong_byte_breaks_the_checksum(void **state)
{
	(void)state;
	at = build_good(&b);
	for (size_t i = 48; i < b.used; i++) {
		b.bytes[i] ^= 0x10;
		parse();
		assert_int_equal(dmar.breach_count[DMAR_RULE_CHECKSUM], 1);
		b.bytes[i] ^= 0x10;
	}
	b.bytes[12]++; /* part of the maker's name: nothing else can complain */
	parse();
	expect_only(DMAR_RULE_CHECKSUM, "OEM id");
}

static void each_rule_has_a_breach(void **state)
{
	bool has[DMAR_RULE_COUNT] = { [DMAR_RULE_CHECKSUM] = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(breaches); i++)
		has[breaches[i].rule] = true;
	for (unsigned int rule = 0; rule < DMAR_RULE_COUNT; rule++)
		if (!has[rule])
			fail_msg("no test breaks %s", dmar_rule_id(rule));
}

#define KIND_PROBLEM			   false
#define KIND_NOTE			   true
#define ENTRY(name, kind, id, title, spec) { title, spec, KIND_##kind },
static const struct {
	const char *title;
	const char *spec;
	bool is_note;
} rules[DMAR_RULE_COUNT] = { DMAR_RULES(ENTRY) };
#undef ENTRY

static void rules_have_words(void **state)
{
	(void)state;
	for (unsigned int rule = 0; rule < DMAR_RULE_COUNT; rule++) {
		assert_memory_equal(dmar_rule_id(rule), "dmar.", 5);
		assert_true(strlen(rules[rule].title) > 5);
		assert_true(strlen(rules[rule].spec) > 5);
		for (unsigned int other = 0; other < rule; other++)
			assert_string_not_equal(dmar_rule_id(rule), dmar_rule_id(other));
	}
	assert_true(rules[DMAR_RULE_UNKNOWN_TYPE].is_note);
	assert_true(rules[DMAR_RULE_SCOPE_FUTURE].is_note);
	assert_true(rules[DMAR_RULE_REVISION_2].is_note);
	assert_true(rules[DMAR_RULE_FLAG_REMAP_OPT_OUT].is_note);
	assert_false(rules[DMAR_RULE_REVISION].is_note);
	assert_false(rules[DMAR_RULE_HEADER_RESERVED].is_note);
	assert_false(rules[DMAR_RULE_CHECKSUM].is_note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_breach_is_named_alone),
		cmocka_unit_test(every_wrong_byte_breaks_the_checksum),
		cmocka_unit_test(each_rule_has_a_breach),
		cmocka_unit_test(rules_have_words),
	};

	return cmocka_run_group_tests_name("dmar rules", tests, NULL, NULL);
}
