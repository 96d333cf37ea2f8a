/* SPDX-License-Identifier: MIT */
/* The DMAR parser: what it reads of good tables, of tables that end early, and what it finds there. */
#include "tests/host/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/dmar/dmar.h"
#include "tests/host/dmar/dmar_builder.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct dmar_storage storage;
static struct dmar dmar = { .storage = &storage };
static struct dmar_builder b;
static struct dmar_places at;

/* Parses a copy of exactly the bytes given, so that the sanitizer sees any read past them. */
static bool parse_bytes(size_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);
	bool usable;

	memcpy(copy, b.bytes, bytes);
	usable = dmar_parse(copy, bytes, &dmar);
	free(copy);
	return usable;
}

static bool parse(void)
{
	return parse_bytes(b.used);
}

static void print_problems(void)
{
	for (unsigned int i = 0; i < dmar.problem_count; i++)
		print_message("%s at %u: %s\n", dmar_rule_id(dmar.problems[i].rule),
			      dmar.problems[i].offset, dmar.problems[i].text);
}

static void good_table_has_no_problem(void **state)
{
	(void)state;
	at = build_good(&b);
	assert_true(parse());
	print_problems();
	assert_int_equal(dmar.problem_count, 0);
}

static void good_table_is_read_in_full(void **state)
{
	const struct dmar_scope *scope;

	(void)state;
	at = build_good(&b);
	assert_true(parse());
	assert_int_equal(dmar.length_bytes, b.used);
	assert_int_equal(dmar.host_address_bits, 39);
	assert_int_equal(dmar.flags, DMAR_FLAG_INTR_REMAP);
	assert_int_equal(dmar.unit_count, 3);
	assert_int_equal(dmar.rmrr_count, 1);
	assert_int_equal(dmar.atsr_count, 1);
	assert_int_equal(dmar.rhsa_count, 3);
	assert_int_equal(dmar.andd_count, 1);
	assert_int_equal(dmar.satc_count, 1);
	assert_int_equal(dmar.sidp_count, 1);
	assert_int_equal(dmar.scope_count, 10);

	assert_int_equal(dmar.units[0].base, 0xfed90000);
	assert_false(dmar.units[0].include_all);
	assert_int_equal(dmar.units[0].scopes.count, 2);
	assert_true(dmar.units[1].include_all);
	assert_int_equal(dmar.units[1].scopes.count, 3);
	assert_int_equal(dmar.units[1].scopes.first, 2);
	assert_int_equal(dmar.units[2].segment, 1);
	assert_int_equal(dmar.units[2].size_pages_log2, 2);
	assert_int_equal(dmar.units[2].offset, at.segment1);
	assert_int_equal(dmar.rmrrs[0].base, 0x7b000000);
	assert_int_equal(dmar.rmrrs[0].limit, 0x7f7fffff);
	assert_int_equal(dmar.rhsas[2].base, 0xfed94000);
	assert_int_equal(dmar.rhsas[2].proximity_domain, 0x12345678);
	assert_int_equal(dmar.andds[0].number, 1);
	assert_string_equal(dmar.andds[0].name, "\\_SB.I2C0");
	assert_true(dmar.satcs[0].flag);
	assert_int_equal(dmar.sidps[0].segment, 1);

	scope = &dmar.scopes[1];
	assert_int_equal(scope->type, DMAR_SCOPE_ENDPOINT);
	assert_int_equal(scope->step_count, 2);
	assert_int_equal(scope->path[0].device, 0x1c);
	assert_int_equal(scope->path[1].device, 0);
	assert_int_equal(scope->path[1].function, 1);
	scope = &dmar.scopes[2];
	assert_int_equal(scope->type, DMAR_SCOPE_IOAPIC);
	assert_int_equal(scope->enumeration_id, 2);
	assert_int_equal(scope->start_bus, 0xf0);
	assert_int_equal(scope->offset, at.ioapic);
	assert_int_equal(dmar.scopes[dmar.sidps[0].scopes.first].flags, 0x1f);
}

/* ---- tables that end early ------------------------------------------------------------------ */

static void every_truncation_is_safe(void **state)
{
	size_t whole;

	(void)state;
	at = build_good(&b);
	whole = b.used;
	for (size_t bytes = 0; bytes < whole; bytes++) {
		assert_int_equal(parse_bytes(bytes), bytes >= 48);
		assert_int_equal(dmar.breach_count[DMAR_RULE_LENGTH], 1);
		assert_int_equal(dmar.breach_count[DMAR_RULE_CHECKSUM], 0);
		assert_int_equal(dmar.breach_count[DMAR_RULE_RHSA_BASE], 0);
		assert_int_equal(dmar.breach_count[DMAR_RULE_SEGMENT], 0);
	}
}

static void unusable_table_yields_no_unit(void **state)
{
	(void)state;
	at = build_good(&b);
	b.bytes[0] = 'X';
	assert_false(parse());
	assert_int_equal(dmar.unit_count, 0);
	assert_non_null(dmar_find_problem(&dmar, DMAR_RULE_SIGNATURE));
}

static void length_below_the_header_is_refused(void **state)
{
	(void)state;
	for (uint32_t length = 0; length < 48; length++) {
		at = build_good(&b);
		build_put32(&b, 4, length);
		assert_false(parse());
		assert_int_equal(dmar.unit_count, 0);
		assert_int_equal(dmar.problem_count, 1);
		assert_non_null(dmar_find_problem(&dmar, DMAR_RULE_LENGTH));
	}
}

static void what_precedes_a_bad_length_is_kept(void **state)
{
	(void)state;
	at = build_good(&b);
	build_put16(&b, at.segment1 + 2, 0);
	build_finish(&b);
	assert_true(parse());
	assert_int_equal(dmar.unit_count, 2);
	assert_int_equal(dmar_find_problem(&dmar, DMAR_RULE_STRUCTURE_HEADER)->offset, at.segment1);
}

static void hundred_units_are_read(void **state)
{
	(void)state;
	build_begin(&b);
	for (unsigned int i = 0; i < 100; i++)
		build_drhd(&b, 0, (uint16_t)i, 0xf0000000 + 0x1000 * i);
	build_finish(&b);
	assert_true(parse());
	assert_int_equal(dmar.unit_count, 100);
	assert_int_equal(dmar.problem_count, 0);
}

static void a_flood_of_breaches_is_counted_not_kept(void **state)
{
	(void)state;
	build_begin(&b);
	build_drhd(&b, 1, 0, 0xfed90000);
	for (unsigned int i = 0; i < 5000; i++)
		build_raw(&b, 99, 8);
	build_finish(&b);
	assert_true(parse());
	assert_int_equal(dmar.breach_count[DMAR_RULE_UNKNOWN_TYPE], 5000);
	assert_int_equal(dmar.problem_count, DMAR_KEPT_PER_RULE);
}

static void long_andd_name_is_cut(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'A', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	build_begin(&b);
	build_drhd(&b, 1, 0, 0xfed90000);
	build_andd(&b, 3, name);
	build_finish(&b);
	assert_true(parse());
	assert_int_equal(dmar.problem_count, 0);
	assert_int_equal(strlen(dmar.andds[0].name), DMAR_NAME_BYTES - 1);
}

/* ---- lookups -------------------------------------------------------------------------------- */

/* Bridges of segment 0: 00:1c.0 leads to buses 1-4, 01:00.0 to 2-3, 02:01.0 to 3. */
static bool find_bridge(void *context, uint16_t segment, uint8_t bus, uint8_t devfn,
			uint8_t *secondary, uint8_t *subordinate)
{
	static const struct {
		uint16_t id;
		uint8_t secondary, subordinate;
	} bridges[] = { { 0x00e0, 1, 4 }, { 0x0100, 2, 3 }, { 0x0208, 3, 3 } };

	++*(unsigned int *)context;
	for (size_t i = 0; i < ARRAY_COUNT(bridges); i++) {
		if (segment != 0 || bridges[i].id != (bus << 8 | devfn))
			continue;
		*secondary = bridges[i].secondary;
		*subordinate = bridges[i].subordinate;
		return true;
	}
	return false;
}

static unsigned int unit_of(uint16_t segment, uint8_t bus, uint8_t device, uint8_t function)
{
	unsigned int calls = 0;
	const struct dmar_unit *unit = dmar_unit_for_device(
		&dmar, segment, bus, (uint8_t)(device << 3 | function), find_bridge, &calls);

	return unit ? (unsigned int)(unit - dmar.units) : 999;
}

static void build_lookup(bool include_all)
{
	const uint8_t deep[] = { 0x1c, 0, 0, 0, 1, 0, 5, 2 };
	const uint8_t inner[] = { 0x1c, 0, 0, 0 };

	build_begin(&b);
	build_drhd(&b, 0, 0, 0xfed90000); /* 0: an endpoint on the root bus, and one three deep */
	build_device(&b, DMAR_SCOPE_ENDPOINT, 0, 0, 2, 0);
	build_scope(&b, DMAR_SCOPE_ENDPOINT, 0, 0, deep, 4);
	build_drhd(&b, 0, 0, 0xfed91000); /* 1: everything behind 00:1c.0 */
	build_device(&b, DMAR_SCOPE_BRIDGE, 0, 0, 0x1c, 0);
	build_drhd(&b, 0, 0, 0xfed92000); /* 2: but what is behind 01:00.0 */
	build_scope(&b, DMAR_SCOPE_BRIDGE, 0, 0, inner, 2);
	build_drhd(&b, 0, 1, 0xfed93000); /* 3: of another segment */
	build_device(&b, DMAR_SCOPE_ENDPOINT, 0, 0, 2, 0);
	build_drhd(&b, include_all, 0, 0xfed94000); /* 4: all the rest, or its interrupts only */
	build_device(&b, DMAR_SCOPE_IOAPIC, 0, 0, 30, 0);
	build_finish(&b);
	assert_true(parse());
	assert_int_equal(dmar.problem_count, 0);
}

static void devices_find_their_unit(void **state)
{
	(void)state;
	build_lookup(true);
	assert_int_equal(unit_of(0, 0, 2, 0), 0);
	assert_int_equal(unit_of(0, 3, 5, 2), 0); /* named itself, though below two bridges */
	assert_int_equal(unit_of(0, 3, 5, 1), 2);
	assert_int_equal(unit_of(0, 2, 1, 0), 2);
	assert_int_equal(unit_of(0, 1, 0, 0), 2); /* the inner bridge */
	assert_int_equal(unit_of(0, 1, 1, 0), 1);
	assert_int_equal(unit_of(0, 4, 0, 0), 1);
	assert_int_equal(unit_of(0, 0, 0x1c, 0), 1); /* the outer bridge */
	assert_int_equal(unit_of(0, 0, 0x1c, 1), 4);
	assert_int_equal(unit_of(0, 5, 0, 0), 4);
	assert_int_equal(unit_of(0, 0, 2, 1), 4);
	assert_int_equal(unit_of(0, 0, 30, 0), 4);
	assert_int_equal(unit_of(1, 0, 2, 0), 3);
	assert_int_equal(unit_of(1, 0, 3, 0), 999);
	assert_int_equal(unit_of(2, 0, 2, 0), 999);
}

static void without_include_all_the_rest_has_no_unit(void **state)
{
	(void)state;
	build_lookup(false);
	assert_int_equal(unit_of(0, 0, 2, 0), 0);
	assert_int_equal(unit_of(0, 5, 0, 0), 999);
	assert_int_equal(unit_of(0, 0, 30, 0), 999); /* an I/O APIC's id says nothing about DMA */
}

static void source_ids_follow_the_path(void **state)
{
	unsigned int calls = 0;
	uint16_t id = 0;

	(void)state;
	build_lookup(true);
	assert_true(dmar_scope_source_id(&dmar.scopes[1], 0, find_bridge, &calls, &id));
	assert_int_equal(id, 0x0300 | 5 << 3 | 2);
	assert_int_equal(calls, 3);
	assert_false(dmar_scope_source_id(&dmar.scopes[1], 1, find_bridge, &calls, &id));
	assert_false(dmar_scope_source_id(&dmar.scopes[1], 0, NULL, NULL, &id));
	assert_true(dmar_scope_source_id(&dmar.scopes[0], 0, NULL, NULL, &id));
	assert_int_equal(id, 2 << 3);
	assert_ptr_equal(dmar_unit_for_device(&dmar, 0, 0, 2 << 3, NULL, NULL), &dmar.units[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_table_has_no_problem),
		cmocka_unit_test(good_table_is_read_in_full),
		cmocka_unit_test(every_truncation_is_safe),
		cmocka_unit_test(unusable_table_yields_no_unit),
		cmocka_unit_test(length_below_the_header_is_refused),
		cmocka_unit_test(what_precedes_a_bad_length_is_kept),
		cmocka_unit_test(hundred_units_are_read),
		cmocka_unit_test(a_flood_of_breaches_is_counted_not_kept),
		cmocka_unit_test(long_andd_name_is_cut),
		cmocka_unit_test(devices_find_their_unit),
		cmocka_unit_test(without_include_all_the_rest_has_no_unit),
		cmocka_unit_test(source_ids_follow_the_path),
	};

	return cmocka_run_group_tests_name("dmar", tests, NULL, NULL);
}
