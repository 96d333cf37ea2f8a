/* SPDX-License-Identifier: MIT */
/* Capabilities: names, words, decoded fields. */
#include "tests/host/check.h"

#include <stdbool.h>
#include <string.h>

#include "iommu/spec/caps.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* QEMU 7.2 in scalable mode, caching mode, 48 bits; others are built from it. */
static const struct caps qemu = { 0x10, 0xd2008c222f0686, 0x480080f00f4a };

/* Granite Rapids: nearly everything there is. */
static const struct caps everything = { 0x70, 0xf9ed008cee780c66, 0x3fef9ea6f0efdf };

/* ---- names and bits ------------------------------------------------------------------------- */

static void each_capability_is_its_bit(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < CAPABILITY_COUNT; i++) {
		bool in_ecap = strncmp(caps_name(i), "ECAP.", 5) == 0;
		uint64_t bit = UINT64_C(1) << caps_bit(i);
		struct caps only = { 0, in_ecap ? 0 : bit, in_ecap ? bit : 0 };

		assert_true(in_ecap || strncmp(caps_name(i), "CAP.", 4) == 0);
		assert_true(strlen(caps_meaning(i)) > 3);
		for (unsigned int other = 0; other < CAPABILITY_COUNT; other++)
			assert_int_equal(caps_has(&only, other), other == i);
	}
}

static void names_are_those_of_the_manual(void **state)
{
	(void)state;
	assert_string_equal(caps_name(CAPABILITY_SMTS), "ECAP.SMTS");
	assert_int_equal(caps_bit(CAPABILITY_SMTS), 43);
	assert_string_equal(caps_name(CAPABILITY_CM), "CAP.CM");
	assert_int_equal(caps_bit(CAPABILITY_CM), 7);
	assert_int_equal(caps_bit(CAPABILITY_SAGAW39), 9);
	assert_int_equal(caps_bit(CAPABILITY_SAGAW48), 10);
	assert_int_equal(caps_bit(CAPABILITY_SAGAW57), 11);
	assert_int_equal(caps_bit(CAPABILITY_SSLPS2M), 34);
	assert_int_equal(caps_bit(CAPABILITY_SSLPS1G), 35);
	assert_int_equal(caps_bit(CAPABILITY_VCS), 44);
}

static void missing_capabilities_are_named(void **state)
{
	uint64_t missing = caps_missing(&qemu, NEED(QI) | NEED(VCS) | NEED(SMTS) | NEED(ESRTPS));
	char text[80];

	(void)state;
	assert_int_equal(missing, NEED(VCS) | NEED(ESRTPS));
	assert_int_equal(caps_missing(&qemu, NEED(QI) | NEED(SMTS)), 0);
	assert_int_equal(caps_missing(&everything, 0), 0);
	assert_int_equal(caps_format_missing(missing, text, sizeof(text)), 38);
	assert_string_equal(text, "CAP.ESRTPS (bit 63), ECAP.VCS (bit 44)");
}

static void texts_are_cut_and_ended(void **state)
{
	char whole[400];
	char part[400];
	int length = caps_format_missing(UINT64_MAX >> 7, whole, sizeof(whole));
	int line = caps_describe(&everything, part, sizeof(part));

	(void)state;
	assert_true(length > 400);
	assert_int_equal(strlen(whole), sizeof(whole) - 1);
	assert_int_equal(strlen(part), line);
	for (size_t bytes = 1; bytes < sizeof(whole); bytes++) {
		memset(part, 'x', sizeof(part));
		assert_int_equal(caps_format_missing(UINT64_MAX >> 7, part, bytes), length);
		assert_int_equal(strlen(part), bytes - 1);
		assert_memory_equal(part, whole, bytes - 1);
		assert_int_equal(part[bytes], 'x');
	}
	assert_int_equal(caps_format_missing(0, part, sizeof(part)), 0);
	assert_string_equal(part, "");
}

static void units_are_described(void **state)
{
	static const struct {
		struct caps caps;
		const char *line;
	} lines[] = {
		{ { 0x10, 0xd2008c222f0686, 0x480080f00f4a }, "QI IR PT SMTS SSTS CM, 48 bit" },
		{ { 0x10, 0xd2008c22260206, 0xf00f5a }, "QI IR EIM PT, 39 bit" },
		{ { 0x10, 0xc9008020e30272, 0x1000 }, "RWBF, 36 bit" },
		{ { 0x10, 0xd2008c222f0006, 0xf42 }, "QI PT, no second stage" },
		{ { 0x10, 0, 0 }, "no second stage" },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		assert_int_equal(caps_describe(&lines[i].caps, text, sizeof(text)),
				 strlen(lines[i].line));
		assert_string_equal(text, lines[i].line);
	}
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void qemu_is_decoded(void **state)
{
	(void)state;
	assert_int_equal(caps_major(&qemu), 1);
	assert_int_equal(caps_minor(&qemu), 0);
	assert_int_equal(caps_domain_count(&qemu), 65536);
	assert_int_equal(caps_guest_address_bits(&qemu), 48);
	assert_int_equal(caps_fault_record_offset_bytes(&qemu), 0x220);
	assert_int_equal(caps_fault_record_count(&qemu), 1);
	assert_int_equal(caps_iotlb_offset_bytes(&qemu), 0xf0);
	assert_int_equal(caps_register_bytes(&qemu), 0x1000);
	assert_int_equal(caps_pasid_bits(&qemu), 0);
	assert_int_equal(caps_max_address_mask(&qemu), 18);
	assert_int_equal(caps_max_handle_mask(&qemu), 15);
	assert_true(caps_has_levels(&qemu, 3));
	assert_true(caps_has_levels(&qemu, 4));
	assert_false(caps_has_levels(&qemu, 5));
	assert_int_equal(caps_best_levels(&qemu), 4);
	assert_int_equal(caps_second_stage_bits(&qemu), 48);
}

static struct caps with_cap(uint64_t cap)
{
	return (struct caps){ 0x10, cap, 0 };
}

static void domain_counts(void **state)
{
	static const uint32_t counts[] = { 16, 64, 256, 1024, 4096, 16384, 65536, 0 };

	(void)state;
	for (uint64_t nd = 0; nd < 8; nd++) {
		struct caps caps = with_cap(nd);

		assert_int_equal(caps_domain_count(&caps), counts[nd]);
	}
}

static void levels_follow_sagaw(void **state)
{
	(void)state;
	for (uint64_t sagaw = 0; sagaw < 32; sagaw++) {
		struct caps caps = with_cap(sagaw << 8 | 63 << 16);
		unsigned int best = sagaw & 8 ? 5 : sagaw & 4 ? 4 : sagaw & 2 ? 3 : 0;

		assert_int_equal(caps_best_levels(&caps), best);
		assert_int_equal(caps_second_stage_bits(&caps), best ? 12 + 9 * best : 0);
		assert_int_equal(caps_has_levels(&caps, 3), sagaw >> 1 & 1);
		assert_int_equal(caps_has_levels(&caps, 4), sagaw >> 2 & 1);
		assert_int_equal(caps_has_levels(&caps, 5), sagaw >> 3 & 1);
		assert_false(caps_has_levels(&caps, 2));
		assert_false(caps_has_levels(&caps, 6));
	}
}

static void mgaw_limits_the_second_stage(void **state)
{
	struct caps caps = with_cap(UINT64_C(38) << 16 | 4 << 8); /* 39 bits with 4-level tables */

	(void)state;
	assert_int_equal(caps_guest_address_bits(&caps), 39);
	assert_int_equal(caps_best_levels(&caps), 4);
	assert_int_equal(caps_second_stage_bits(&caps), 39);
}

static void pasid_width_and_address_mask_need_their_bit(void **state)
{
	struct caps caps = { 0x10, UINT64_C(9) << 48, UINT64_C(19) << 35 };

	(void)state;
	assert_int_equal(caps_pasid_bits(&caps), 0);
	assert_int_equal(caps_max_address_mask(&caps), 0);
	caps.ecap |= UINT64_C(1) << 40;
	caps.cap |= UINT64_C(1) << 39;
	assert_int_equal(caps_pasid_bits(&caps), 20);
	assert_int_equal(caps_max_address_mask(&caps), 9);
	caps.ecap = UINT64_C(1) << 40;
	assert_int_equal(caps_pasid_bits(&caps), 1);
	caps.ecap |= UINT64_C(31) << 35; /* no PASID is wider than 20 bits */
	assert_int_equal(caps_pasid_bits(&caps), 20);
}

static void register_space_covers_all_blocks(void **state)
{
	static const struct {
		uint64_t fro, nfr, iro;
		uint32_t bytes;
	} cases[] = {
		{ 0x22, 0, 0xf, 0x1000 },     { 0xff, 0, 0x10, 0x1000 },
		{ 0xff, 1, 0x10, 0x2000 },    { 0x22, 0, 0xff, 0x1000 },
		{ 0x22, 0, 0x100, 0x2000 },   { 0x100, 0, 0x10, 0x2000 },
		{ 0x3ff, 255, 0x10, 0x5000 }, { 0, 255, 0, 0x1000 },
		{ 1, 255, 0, 0x2000 },	      { 0x10, 0, 0x3ff, 0x4000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct caps caps = { 0x10, cases[i].fro << 24 | cases[i].nfr << 40,
				     cases[i].iro << 8 };

		assert_int_equal(caps_register_bytes(&caps), cases[i].bytes);
	}
}

static void host_width_is_covered(void **state)
{
	(void)state;
	assert_true(caps_cover_host(&qemu, 48));
	assert_false(caps_cover_host(&qemu, 49));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_capability_is_its_bit),
		cmocka_unit_test(names_are_those_of_the_manual),
		cmocka_unit_test(missing_capabilities_are_named),
		cmocka_unit_test(texts_are_cut_and_ended),
		cmocka_unit_test(units_are_described),
		cmocka_unit_test(qemu_is_decoded),
		cmocka_unit_test(domain_counts),
		cmocka_unit_test(levels_follow_sagaw),
		cmocka_unit_test(mgaw_limits_the_second_stage),
		cmocka_unit_test(pasid_width_and_address_mask_need_their_bit),
		cmocka_unit_test(register_space_covers_all_blocks),
		cmocka_unit_test(host_width_is_covered),
	};

	return cmocka_run_group_tests_name("caps", tests, NULL, NULL);
}
