/* SPDX-License-Identifier: MIT */
/*
 * Every register and field of iommu/spec/regs.h and iommu/spec/tables.h against a list that was typed from the
 * specification on its own (spec_fields.def), both ways: each of the list is in the headers with the
 * same bits, and the headers name none that the list lacks.
 */
#include "tests/host/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "iommu/spec/regs.h"
#include "iommu/spec/tables.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A name of the list that the headers lack does not compile. */
#define SPEC_FIELD(name, hi, lo) { #name, hi, lo, FIELD(name) },
static const struct {
	const char *name;
	unsigned int hi, lo;
	struct field ours;
} fields[] = {
#include "tests/host/spec/spec_fields.def"
};

#define SPEC_REGISTER(name, offset, bits) { #name, offset, bits },
static const struct spec_register {
	const char *name;
	unsigned int offset, bits;
} spec_registers[] = {
#include "tests/host/spec/spec_fields.def"
};

#define OUR_REGISTER(name, offset, bits, access) { #name, offset, bits },
static const struct spec_register our_registers[] = { VTD_REGISTERS(OUR_REGISTER) };

/* The list spells these out for each register that has them; the headers name the shape once. */
#define SPEC_FIELD_UNNAMED(name, hi, lo) { #name, hi, lo },
static const struct {
	const char *name;
	unsigned int hi, lo;
} unnamed[] = {
#include "tests/host/spec/spec_fields.def"
};

/* Whatever is listed, in its order. */
#define SPEC_FIELD(name, hi, lo)	 #name,
#define SPEC_FIELD_UNNAMED(name, hi, lo) #name,
static const char *const listed[] = {
#include "tests/host/spec/spec_fields.def"
};

static const struct {
	const char *suffix; /* behind FE, IE or PE */
	struct field ours;
} event_fields[] = {
	{ "CTL_IM", FIELD(EVENT_CTL_IM) },	 { "CTL_IP", FIELD(EVENT_CTL_IP) },
	{ "DATA_IMD", FIELD(EVENT_DATA_IMD) },	 { "ADDR_MA", FIELD(EVENT_ADDR_MA) },
	{ "UADDR_MUA", FIELD(EVENT_UADDR_MUA) },
};

static void each_field_has_the_bits_of_the_manual(void **state)
{
	(void)state;
	assert_true(ARRAY_COUNT(fields) > 250);
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
		if (fields[i].hi != fields[i].ours.hi || fields[i].lo != fields[i].ours.lo)
			fail_msg("%s is %u:%u, the manual says %u:%u", fields[i].name,
				 fields[i].ours.hi, fields[i].ours.lo, fields[i].hi, fields[i].lo);
}

static void event_registers_share_their_fields(void **state)
{
	unsigned int found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(unnamed); i++) {
		for (size_t e = 0; e < ARRAY_COUNT(event_fields); e++) {
			const char *name = unnamed[i].name;

			if (!strchr("FIP", name[0]) || name[1] != 'E' ||
			    strcmp(name + 2, event_fields[e].suffix) != 0)
				continue;
			assert_int_equal(unnamed[i].hi, event_fields[e].ours.hi);
			assert_int_equal(unnamed[i].lo, event_fields[e].ours.lo);
			found++;
		}
	}
	assert_int_equal(found, 3 * ARRAY_COUNT(event_fields));
}

static const struct spec_register *find_register(const struct spec_register *list, size_t count,
						 const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static void each_register_is_where_the_manual_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(spec_registers); i++) {
		const struct spec_register *spec = &spec_registers[i];
		const struct spec_register *ours =
			find_register(our_registers, ARRAY_COUNT(our_registers), spec->name);

		if (!ours)
			fail_msg("iommu/spec/regs.h lacks %s", spec->name);
		if (ours->offset != spec->offset || ours->bits != spec->bits)
			fail_msg("%s is at %03x with %u bits, the manual says %03x with %u",
				 spec->name, ours->offset, ours->bits, spec->offset, spec->bits);
	}
	for (size_t i = 0; i < ARRAY_COUNT(our_registers); i++)
		if (!find_register(spec_registers, ARRAY_COUNT(spec_registers),
				   our_registers[i].name))
			fail_msg("the manual has no %s", our_registers[i].name);
	assert_int_equal(REG_IVA_IN_BLOCK, 0);
	assert_int_equal(REG_IOTLB_IN_BLOCK, 8);
	assert_int_equal(FRCD_BYTES, 16);
}

/* What revision 5.10 has no more and the headers keep, with the bits it had. */
static const struct {
	const char *name;
	unsigned int hi, lo;
} retired[] = {
	{ "CAP_AFL", 3, 3 },
	{ "DRAFT_VCCAP_PAS", 0, 0 },
	{ "DRAFT_VCMD_OP", 63, 8 },
	{ "DRAFT_VCMD_CMD", 7, 0 },
	{ "DRAFT_VCRSP_RSLT", 63, 8 },
	{ "DRAFT_VCRSP_SC", 2, 1 },
	{ "DRAFT_VCRSP_IP", 0, 0 },
	{ "DRAFT_VCMD_OP_PASID", 27, 8 },
	{ "DRAFT_VCRSP_RSLT_PASID", 27, 8 },
};

static bool manual_knows(const char *name, unsigned int hi, unsigned int lo)
{
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
		if (strcmp(fields[i].name, name) == 0)
			return true; /* its bits are compared by the compiler's view of it */
	for (size_t i = 0; i < ARRAY_COUNT(retired); i++)
		if (strcmp(retired[i].name, name) == 0)
			return retired[i].hi == hi && retired[i].lo == lo;
	return strncmp(name, "EVENT_", 6) == 0;
}

/* Reads a header as text: every `#define NAME hi, lo` must be known. Returns how many there are. */
static unsigned int check_header(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[300];
	unsigned int count = 0;

	if (!file)
		fail_msg("cannot open %s: this program runs in the root of the source", path);
	while (fgets(line, sizeof(line), file)) {
		char name[100];
		unsigned int hi, lo;

		if (sscanf(line, "#define %99[A-Z0-9_] %u , %u", name, &hi, &lo) != 3)
			continue;
		if (!manual_knows(name, hi, lo))
			fail_msg("%s: %s %u, %u is not in the manual", path, name, hi, lo);
		count++;
	}
	fclose(file);
	return count;
}

static void the_headers_name_nothing_else(void **state)
{
	unsigned int count =
		check_header("iommu/spec/regs.h") + check_header("iommu/spec/tables.h");

	(void)state;
	assert_true(count >= ARRAY_COUNT(fields));
}

static bool begins_with(const char *field, const char *name)
{
	return !strncmp(field, name, strlen(name)) && field[strlen(name)] == '_';
}

/* Random cases take them from the first to the last in one go. */
static void fields_of_a_register_stand_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(spec_registers); i++) {
		unsigned int groups = 0;

		for (size_t at = 0; at < ARRAY_COUNT(listed); at++)
			groups += begins_with(listed[at], spec_registers[i].name) &&
				  !(at && begins_with(listed[at - 1], spec_registers[i].name));
		if (groups > 1)
			fail_msg("%s: in %u places", spec_registers[i].name, groups);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_has_the_bits_of_the_manual),
		cmocka_unit_test(event_registers_share_their_fields),
		cmocka_unit_test(each_register_is_where_the_manual_says),
		cmocka_unit_test(the_headers_name_nothing_else),
		cmocka_unit_test(fields_of_a_register_stand_together),
	};

	return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
