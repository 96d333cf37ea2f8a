/* SPDX-License-Identifier: MIT */
/*
 * The fault reason table against the specification's own two tables ("Fault Conditions and
 * Remapping Hardware Behavior for Various Requests", "Interrupt Remapping Fault Conditions"), typed
 * a second time.
 */
#include "tests/host/check.h"

#include <stdbool.h>
#include <string.h>

#include "iommu/spec/fault_reason.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Condition code, number, qualified; in the order of the tables. */
static const struct {
	const char *label;
	uint8_t code;
	bool qualified;
} expected[] = {
	{ "LRT.1", 0x08, false }, { "LRT.2", 0x01, false }, { "LRT.3", 0x0a, false },
	{ "LCT.1", 0x09, false }, { "LCT.2", 0x02, true },  { "LCT.3", 0x0b, true },
	{ "LCT.4", 0x03, true },  { "LCT.5", 0x0d, true },  { "LSS.1", 0x07, true },
	{ "LSS.2", 0x0c, true },  { "LGN.1", 0x04, true },  { "LGN.2", 0x05, true },
	{ "LGN.3", 0x06, true },  { "LGN.4", 0x0e, true },

	{ "RTA.1", 0x30, false }, { "RTA.2", 0x31, false }, { "RTA.3", 0x32, false },
	{ "RTA.4", 0x33, false }, { "RTA.5", 0x34, false }, { "SRT.1", 0x38, false },
	{ "SRT.2", 0x39, false }, { "SRT.3", 0x3a, false }, { "SCT.1", 0x40, false },
	{ "SCT.2", 0x41, true },  { "SCT.3", 0x42, true },  { "SCT.4", 0x43, true },
	{ "SCT.5", 0x44, true },  { "SCT.6", 0x45, true },  { "SCT.7", 0x46, true },
	{ "SCT.8", 0x47, true },  { "SCT.9", 0x48, true },  { "SCT.10", 0x49, true },
	{ "SPD.1", 0x50, false }, { "SPD.2", 0x51, true },  { "SPD.3", 0x52, true },
	{ "SPT.1", 0x58, false }, { "SPT.2", 0x59, true },  { "SPT.3", 0x5a, true },
	{ "SPT.4", 0x5b, true },  { "SPT.5", 0x5c, true },  { "SPT.6", 0x5d, true },
	{ "SPT.9", 0x60, true },

	{ "SFS.1", 0x70, true },  { "SFS.2", 0x71, true },  { "SFS.3", 0x72, true },
	{ "SFS.4", 0x73, true },  { "SFS.5", 0x74, true },  { "SFS.6", 0x75, true },
	{ "SFS.7", 0x76, true },  { "SFS.8", 0x77, true },  { "SFS.9", 0x90, true },
	{ "SFS.10", 0x91, true }, { "SSS.1", 0x78, true },  { "SSS.2", 0x79, true },
	{ "SSS.3", 0x7a, true },  { "SSS.4", 0x7b, true },  { "SSS.5", 0x7c, true },
	{ "SSS.6", 0x7d, true },  { "SGN.1", 0x80, true },  { "SGN.2", 0x81, true },
	{ "SGN.4", 0x83, true },  { "SGN.5", 0x84, true },  { "SGN.6", 0x85, true },
	{ "SGN.7", 0x86, true },  { "SGN.8", 0x87, true },  { "SGN.10", 0x89, true },
	{ "HPT.1", 0xa0, true },  { "HPT.2", 0xa1, true },  { "HPT.3", 0xa2, true },
	{ "HPT.4", 0xa3, true },  { "HPT.5", 0xa4, true },  { "HPT.6", 0xa5, true },

	{ "IR.20", 0x20, false }, { "IR.21", 0x21, false }, { "IR.22", 0x22, true },
	{ "IR.23", 0x23, false }, { "IR.24", 0x24, true },  { "IR.25", 0x25, false },
	{ "IR.26", 0x26, true },  { "IR.27", 0x27, true },  { "IR.28", 0x28, true },
	{ "IR.29", 0x29, false }, { "IR.2A", 0x2a, false }, { "IR.2B", 0x2b, false },
};

static bool is_assigned(unsigned int code)
{
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++)
		if (expected[i].code == code)
			return true;
	return false;
}

static void each_code_is_that_of_the_manual(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		const struct fault_reason *reason = fault_reason_find(expected[i].code);

		if (!reason)
			fail_msg("%02x (%s) is not in the table", expected[i].code,
				 expected[i].label);
		assert_int_equal(reason->code, expected[i].code);
		assert_string_equal(reason->label, expected[i].label);
		assert_int_equal(reason->qualified, expected[i].qualified);
		assert_true(strlen(reason->meaning) > 10);
	}
}

/* The conditions of the reference model were typed from the book once more. */
#define CONDITION(name, reason, qualified, ats) { #name, reason, qualified },
static const struct {
	const char *name;
	uint8_t code;
	bool qualified;
} conditions[] = {
#include "tests/model/conditions.def"
};

/* SPT_4_2 is one of SPT.4. Interrupt conditions share no more than "IR". */
static bool is_named_by(const char *name, const char *label)
{
	size_t length = strlen(label);

	if (strncmp(label, "IR.", 3) == 0)
		return strncmp(name, "IR_", 3) == 0;
	for (size_t i = 0; i < length; i++)
		if (name[i] != (label[i] == '.' ? '_' : label[i]))
			return false;
	return name[length] == '\0' || name[length] == '_';
}

static void the_model_agrees(void **state)
{
	(void)state;
	assert_true(ARRAY_COUNT(conditions) > 60);
	for (size_t i = 0; i < ARRAY_COUNT(conditions); i++) {
		const struct fault_reason *reason = fault_reason_find(conditions[i].code);

		if (!reason || !is_named_by(conditions[i].name, reason->label))
			fail_msg("%s of the model is %02x, which is %s", conditions[i].name,
				 conditions[i].code, reason ? reason->label : "no reason");
		if (conditions[i].qualified != reason->qualified)
			fail_msg("%s: driver and model disagree whether it is qualified",
				 conditions[i].name);
	}
}

static void no_other_code_is_assigned(void **state)
{
	(void)state;
	for (unsigned int code = 0; code < 256; code++)
		if ((fault_reason_find((uint8_t)code) != NULL) != is_assigned(code))
			fail_msg("code %02x", code);
}

static void table_ascends(void **state)
{
	unsigned int n = 0;

	(void)state;
	for (; fault_reason_at(n + 1); n++)
		assert_true(fault_reason_at(n)->code < fault_reason_at(n + 1)->code);
	assert_int_equal(n + 1, ARRAY_COUNT(expected));
	assert_null(fault_reason_at(n + 1));
	assert_null(fault_reason_at(1000));
}

static void names_of_the_codes(void **state)
{
	(void)state;
	assert_int_equal(FR_LRT_2, 0x01);
	assert_int_equal(FR_SPT_4, 0x5b);
	assert_int_equal(FR_SGN_10, 0x89);
	assert_int_equal(FR_IR_2B, 0x2b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_is_that_of_the_manual),
		cmocka_unit_test(no_other_code_is_assigned),
		cmocka_unit_test(the_model_agrees),
		cmocka_unit_test(table_ascends),
		cmocka_unit_test(names_of_the_codes),
	};

	return cmocka_run_group_tests_name("fault reasons", tests, NULL, NULL);
}
