/* SPDX-License-Identifier: MIT */
/* Where a unit can be: every base that leads to memory, to another device or nowhere is refused. */
#include "tests/host/check.h"

#include <stdlib.h>
#include <string.h>

#include "arch/addr.h"
#include "iommu/dmar/dmar_bases.h"
#include "tests/host/dmar/dmar_builder.h"

#define GIB UINT64_C(0x40000000)

enum { REGIONS_MAX = 32, TABLES = 400, UNITS_PER_TABLE = 8 };

static struct address_region regions[REGIONS_MAX];
static struct address_map map;
static struct dmar_storage storage;
static struct dmar dmar = { .storage = &storage };
static struct dmar_builder b;
static char reason[DMAR_REASON_BYTES];

/* A q35 machine as its firmware describes it, with 4 GiB of RAM, 2 of them above 4 GiB. */
static int set_up_machine(void **state)
{
	(void)state;
	map = (struct address_map){ .regions = regions,
				    .capacity = REGIONS_MAX,
				    .address_bits = 40 };
	address_map_add(&map, 0, 0x100000, false, "the first megabyte");
	address_map_add(&map, 0x100000, 2 * GIB - 0x100000, false, "RAM");
	address_map_add(&map, 4 * GIB, 2 * GIB, false, "RAM");
	address_map_add(&map, 0xfec00000, 4096, false, "I/O APIC 0");
	address_map_add(&map, 0xfed00000, 0x400, false, "an HPET");
	address_map_add(&map, 0xfee00000, 0x100000, false, "the local APIC");
	address_map_add(&map, 0xff000000, 0x1000000, false, "the firmware's ROM");
	address_map_add(&map, 0xfea00000, 0x100000, false, "BAR 0 of 0000:00:01.0");
	address_map_add(&map, 0xfeb00800, 0x100, false, "BAR 0 of 0000:00:02.0");
	address_map_add(&map, 0xb0000000, 0x10000000, true, "configuration space");
	assert_int_equal(map.lost_count, 0);
	return 0;
}

static enum dmar_base_standing judge(uint64_t base, uint64_t bytes)
{
	build_begin(&b);
	build_drhd(&b, 1, 0, base);
	build_finish(&b);
	assert_true(dmar_parse(b.bytes, b.used, &dmar));
	return dmar_judge_base(&dmar, 0, bytes, &map, reason);
}

static void expect(uint64_t base, enum dmar_base_standing standing, const char *words)
{
	enum dmar_base_standing seen = judge(base, PAGE_BYTES);

	if (seen != standing || !strstr(reason, words))
		fail_msg("base %llx: %d \"%s\"", (unsigned long long)base, (int)seen, reason);
}

static void test_free_places(void **state)
{
	(void)state;
	expect(0xfed90000, BASE_FREE, "");
	expect(0xfed01000, BASE_FREE, "");
	expect(0xfebff000, BASE_FREE, "");
	expect(0x80000000, BASE_FREE, "");
	expect(6 * GIB, BASE_FREE, "");
	expect((UINT64_C(1) << 39) - 4096, BASE_FREE, "");
}

static void test_places_of_others(void **state)
{
	(void)state;
	expect(0, BASE_REFUSED, "address 0");
	expect(0xfed90800, BASE_REFUSED, "aligned");
	expect(0xc0000, BASE_REFUSED, "first megabyte");
	expect(0xf0000, BASE_REFUSED, "first megabyte");
	expect(0x100000, BASE_REFUSED, "RAM");
	expect(2 * GIB - 4096, BASE_REFUSED, "RAM");
	expect(4 * GIB, BASE_REFUSED, "RAM");
	expect(0xfec00000, BASE_REFUSED, "I/O APIC");
	expect(0xfed00000, BASE_REFUSED, "HPET");
	expect(0xfeeff000, BASE_REFUSED, "local APIC");
	expect(0xfffff000, BASE_REFUSED, "ROM");
	expect(0xfea80000, BASE_REFUSED, "BAR 0 of 0000:00:01.0");
	expect(0xfeb00000, BASE_REFUSED, "BAR 0 of 0000:00:02.0");
	expect(0xb0008000, BASE_CLAIMED, "configuration space");
}

/* The table says 39 bits, the processor 40: the smaller counts, unless the table's cannot be. */
static void test_address_widths(void **state)
{
	(void)state;
	expect(UINT64_C(1) << 39, BASE_REFUSED, "host address width");
	expect(UINT64_MAX - 4095, BASE_REFUSED, "host address width");
	build_begin(&b);
	build_drhd(&b, 1, 0, UINT64_C(1) << 39);
	b.bytes[36] = 255;
	build_finish(&b);
	assert_true(dmar_parse(b.bytes, b.used, &dmar));
	assert_int_equal(dmar.host_address_bits, DMAR_HOST_ADDRESS_BITS_MAX);
	assert_int_equal(dmar_judge_base(&dmar, 0, PAGE_BYTES, &map, reason), BASE_FREE);
	map.address_bits = 39;
	assert_int_equal(dmar_judge_base(&dmar, 0, PAGE_BYTES, &map, reason), BASE_REFUSED);
}

/* Registers of several pages: the last page counts as the first does. */
static void test_long_windows(void **state)
{
	(void)state;
	assert_int_equal(judge(0xfe9fe000, 2 * PAGE_BYTES), BASE_FREE);
	assert_int_equal(judge(0xfe9fe000, 3 * PAGE_BYTES), BASE_REFUSED);
	assert_int_equal(judge((UINT64_C(1) << 39) - 4096, 2 * PAGE_BYTES), BASE_REFUSED);
}

/* A map that lost a region cannot call any place free. */
static void test_lost_regions(void **state)
{
	(void)state;
	map.lost_count = 1;
	expect(0xfed90000, BASE_REFUSED, "more regions");
}

static void test_refusal_is_a_breach(void **state)
{
	(void)state;
	expect(0xfed00000, BASE_REFUSED, "HPET");
	assert_false(dmar.units[0].is_refused);
	dmar_refuse_unit(&dmar, 0, reason);
	assert_true(dmar.units[0].is_refused);
	assert_non_null(strstr(dmar_find_problem(&dmar, DMAR_RULE_DRHD_BASE)->text,
			       "fed00000: an HPET is there"));
}

/* The parser itself refuses what no map is needed for. */
static void test_parser_refuses(void **state)
{
	(void)state;
	judge(0, PAGE_BYTES);
	assert_true(dmar.units[0].is_refused);
	judge(0xfed90800, PAGE_BYTES);
	assert_true(dmar.units[0].is_refused);
	judge(0xfed90000, PAGE_BYTES);
	assert_false(dmar.units[0].is_refused);
}

static uint64_t draw(uint64_t below)
{
	static uint64_t seed = 8;

	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 16) % below;
}

/* Anything on the machine: an edge of a region or a place within, a page or half a page off. */
static uint64_t draw_base(void)
{
	const struct address_region *region = &regions[draw(map.count)];
	uint64_t base = draw(2) ? region->first : region->last + 1;

	if (draw(2))
		base = region->first + draw(region->last - region->first + 1) / 4096 * 4096;
	switch (draw(8)) {
	case 0:
		return base - 4096;
	case 1:
		return base + 4096;
	case 2:
		return base + 2048;
	case 3:
		return draw(UINT64_C(1) << 41) / 4096 * 4096;
	default:
		return base & ~UINT64_C(4095);
	}
}

/* What the rule says of one base, byte by byte and without the code under test. */
static bool may_be_touched(uint64_t base)
{
	if (!base || base % 4096 || base + 4095 >= UINT64_C(1) << 39)
		return false;
	for (unsigned int i = 0; i < map.count; i++)
		for (uint64_t at = base; at < base + 4096; at++)
			if (!regions[i].is_claim && at >= regions[i].first && at <= regions[i].last)
				return false;
	return true;
}

static void test_400_tables(void **state)
{
	unsigned int touched = 0, refused = 0;

	(void)state;
	for (unsigned int table = 0; table < TABLES; table++) {
		build_begin(&b);
		for (unsigned int i = 0; i < UNITS_PER_TABLE; i++)
			build_drhd(&b, 0, 0, draw_base());
		build_finish(&b);
		assert_true(dmar_parse(b.bytes, b.used, &dmar));
		for (unsigned int i = 0; i < UNITS_PER_TABLE; i++) {
			bool may = may_be_touched(dmar.units[i].base);

			if ((dmar_judge_base(&dmar, i, PAGE_BYTES, &map, reason) == BASE_REFUSED) ==
			    may)
				fail_msg("table %u: base %llx: %s", table,
					 (unsigned long long)dmar.units[i].base, reason);
			*(may ? &touched : &refused) += 1;
		}
	}
	assert_true(touched > TABLES && refused > 2 * TABLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_free_places, set_up_machine),
		cmocka_unit_test_setup(test_places_of_others, set_up_machine),
		cmocka_unit_test_setup(test_address_widths, set_up_machine),
		cmocka_unit_test_setup(test_long_windows, set_up_machine),
		cmocka_unit_test_setup(test_lost_regions, set_up_machine),
		cmocka_unit_test_setup(test_refusal_is_a_breach, set_up_machine),
		cmocka_unit_test_setup(test_parser_refuses, set_up_machine),
		cmocka_unit_test_setup(test_400_tables, set_up_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
