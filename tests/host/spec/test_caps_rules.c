/* SPDX-License-Identifier: MIT */
/* The rules about legal combinations of capabilities: each is broken, alone, and hardware that ships breaks none. */
#include "tests/host/check.h"

#include <stdbool.h>
#include <string.h>

#include "iommu/spec/caps.h"

#define BIT(n)		   (UINT64_C(1) << (n))
#define SMTS		   BIT(43)
#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct caps_rule *find_rule(const char *id)
{
	unsigned int count;
	const struct caps_rule *rules = caps_rules(&count);

	for (unsigned int i = 0; i < count; i++)
		if (strcmp(rules[i].id, id) == 0)
			return &rules[i];
	fail_msg("there is no rule %s", id);
	return NULL;
}

/* Units that ship, as operating systems print their registers at boot: good hardware must be judged good. */
static const struct {
	const char *name;
	struct caps caps;
} shipped[] = {
	{ "QEMU 7.2, scalable", { 0x10, 0xd2008c222f0686, 0x480080f00f4a } },
	{ "Nehalem, graphics", { 0x10, 0xc9008020e30272, 0x1000 } },
	{ "Sandy Bridge", { 0x10, 0xc9008020660262, 0xf0105a } },
	{ "Sandy Bridge-EP", { 0x10, 0xd2078c106f0466, 0xf020da } },
	{ "Ivy Bridge-EP", { 0x10, 0xd2078c106f0466, 0xf020de } },
	{ "Haswell-EP", { 0x10, 0xd2078c106f0466, 0xf020df } },
	{ "Haswell-EP, second unit", { 0x10, 0xd2008c10ef0466, 0xf0205b } },
	{ "Skylake-SP", { 0x10, 0x8d2078c106f0466, 0xf020df } },
	{ "Skylake, graphics", { 0x10, 0x1c0000c40660462, 0x7e3ff0505e } },
	{ "Coffee Lake", { 0x10, 0xd2008c40660462, 0xf050da } },
	{ "Coffee Lake, graphics", { 0x10, 0x1c0000c40660462, 0x19e2ff0505e } },
	{ "Ice Lake, graphics", { 0x40, 0x1c0000c40660462, 0x69e2ff0505e } },
	{ "Tiger Lake, graphics", { 0x40, 0x1c0000c40660462, 0x29a00f0505e } },
	{ "Alder Lake", { 0x50, 0x8d2008c40660462, 0xf050da } },
	{ "Sapphire Rapids", { 0x60, 0x9ed008c40780466, 0x3ee9e86f050df } },
	{ "Meteor Lake, graphics", { 0x70, 0xc9de008cee690462, 0x12ca9a00f0ef5e } },
	{ "Granite Rapids", { 0x70, 0xf9ed008cee780c66, 0x3fef9ea6f0efdf } },
};

static void shipped_units_are_judged_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(shipped); i++) {
		const struct caps_rule *rule = caps_first_broken(&shipped[i].caps);

		if (rule)
			fail_msg("%s: %s (%s) is judged wrong", shipped[i].name, rule->id,
				 rule->text);
	}
}

/* What was fused off is told, and no more: whoever asks for a broken rule gets none. */
static void fused_off_is_a_note(void **state)
{
	static const struct caps client = { 0x40, 0x1c0000c40660462, 0x29a00f0505e };
	static const struct caps without_ir = { 0x10, 0xc90780106f0462, 0xf020e2 };

	(void)state;
	assert_true(find_rule("cap.pss-needs-smts")->broken(&client));
	assert_true(find_rule("cap.fs1gp-needs-smts")->broken(&client));
	assert_true(find_rule("cap.mhmv-needs-ir")->broken(&without_ir));
	assert_null(caps_first_broken(&client));
	assert_null(caps_first_broken(&without_ir));
	assert_string_equal(
		caps_first_broken(&(struct caps){ 0x10, 7 | BIT(21), BIT(5) << 24 })->id, "cap.nd");
}

/* Bit numbers in one row: CAP first, ECAP behind it. */
#define C(bit) (bit)
#define E(bit) (64 + (bit))
#define NO_BIT 0xff

/* A bit that may be set only where all of the others are. Typed from the manual's register tables. */
static const struct {
	const char *id;
	uint8_t bit;
	uint8_t needs[3];
} implications[] = {
	{ "cap.fs5lp-needs-fsts", C(60), { E(47), NO_BIT, NO_BIT } },
	{ "cap.pi-needs-ir", C(59), { E(3), NO_BIT, NO_BIT } },
	{ "cap.fs1gp-needs-fsts", C(56), { E(47), NO_BIT, NO_BIT } },
	{ "cap.irreq-needs-ir", E(62), { E(3), NO_BIT, NO_BIT } },
	{ "cap.eimer-needs-eim", E(61), { E(4), NO_BIT, NO_BIT } },
	{ "cap.hpt1gps-needs-hpts", E(59), { E(55), NO_BIT, NO_BIT } },
	{ "cap.sms-needs-prs", E(58), { E(29), NO_BIT, NO_BIT } },
	{ "cap.ssirws-needs-ssts", E(57), { E(46), NO_BIT, NO_BIT } },
	{ "cap.ptrs-needs-dt-pasid", E(56), { E(2), E(40), NO_BIT } },
	{ "cap.hpts-needs-smts-dt", E(55), { E(43), E(2), NO_BIT } },
	{ "cap.rprivs-needs-srs", E(53), { E(31), NO_BIT, NO_BIT } },
	{ "cap.pms-needs-ecmds", E(51), { C(61), NO_BIT, NO_BIT } },
	{ "cap.rps-needs-smts", E(49), { E(43), NO_BIT, NO_BIT } },
	{ "cap.smpwcs-needs-smts", E(48), { E(43), NO_BIT, NO_BIT } },
	{ "cap.fsts-needs-smts", E(47), { E(43), NO_BIT, NO_BIT } },
	{ "cap.ssads-needs-smpwcs", E(45), { E(48), NO_BIT, NO_BIT } },
	{ "cap.smts-needs-qi", E(43), { E(1), NO_BIT, NO_BIT } },
	{ "cap.pds-needs-dt", E(42), { E(2), NO_BIT, NO_BIT } },
	{ "cap.dit-needs-dt", E(41), { E(2), NO_BIT, NO_BIT } },
	{ "cap.pasid-needs-smts", E(40), { E(43), NO_BIT, NO_BIT } },
	{ "cap.eafs-needs-fsts-smpwcs", E(34), { E(47), E(48), NO_BIT } },
	{ "cap.nwfs-needs-dt", E(33), { E(2), NO_BIT, NO_BIT } },
	{ "cap.srs-needs-smts", E(31), { E(43), NO_BIT, NO_BIT } },
	{ "cap.prs-needs-dt-smts", E(29), { E(2), E(43), NO_BIT } },
	{ "cap.nest-needs-both-stages", E(26), { E(43), E(47), E(46) } },
	{ "cap.mts-needs-smts", E(25), { E(43), NO_BIT, NO_BIT } },
	{ "cap.eim-needs-ir", E(4), { E(3), NO_BIT, NO_BIT } },
	{ "cap.ir-needs-qi", E(3), { E(1), NO_BIT, NO_BIT } },
	{ "cap.dt-needs-qi", E(2), { E(1), NO_BIT, NO_BIT } },
};

static void set_bit(struct caps *caps, unsigned int bit, bool value)
{
	uint64_t *word = bit < 64 ? &caps->cap : &caps->ecap;

	*word = value ? *word | BIT(bit % 64) : *word & ~BIT(bit % 64);
}

static void each_implication_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(implications); i++) {
		const struct caps_rule *rule = find_rule(implications[i].id);
		struct caps caps = { 0x70, 0, 0 };

		if (implications[i].bit == C(56)) /* without SMTS it is a note */
			caps.ecap = SMTS;
		assert_false(rule->broken(&caps));
		set_bit(&caps, implications[i].bit, true);
		for (size_t n = 0; n < 3 && implications[i].needs[n] != NO_BIT; n++)
			set_bit(&caps, implications[i].needs[n], true);
		assert_false(rule->broken(&caps));
		for (size_t n = 0; n < 3 && implications[i].needs[n] != NO_BIT; n++) {
			set_bit(&caps, implications[i].needs[n], false);
			if (!rule->broken(&caps))
				fail_msg("%s: need %zu is not looked at", rule->id, n);
			set_bit(&caps, implications[i].bit, false);
			assert_false(rule->broken(&caps));
			set_bit(&caps, implications[i].bit, true);
			set_bit(&caps, implications[i].needs[n], true);
		}
	}
}

#define FRO(offset) (UINT64_C(offset) / 16 << 24)
#define NFR(count)  (UINT64_C(count) - 1) << 40
#define IRO(offset) (UINT64_C(offset) / 16 << 8)

/* The other rules: a unit that keeps the rule, beside one that differs only in breaking it. */
static const struct {
	const char *id;
	struct caps good, bad;
} pairs[] = {
	{ "cap.ver-reserved", { 0xff, 0, 0 }, { 0x1ff, 0, 0 } },
	{ "cap.ver-reserved", { 0xff, 0, 0 }, { 0x800000ff, 0, 0 } },
	{ "cap.reserved",
	  { 0x10, ~(7 * BIT(13) | BIT(38) | 3 * BIT(57)), 0 },
	  { 0x10, BIT(13), 0 } },
	{ "cap.reserved", { 0x10, 0, 0 }, { 0x10, BIT(15), 0 } },
	{ "cap.reserved", { 0x10, 0, 0 }, { 0x10, BIT(38), 0 } },
	{ "cap.reserved", { 0x10, 0, 0 }, { 0x10, BIT(57), 0 } },
	{ "cap.reserved", { 0x10, 0, 0 }, { 0x10, BIT(58), 0 } },
	{ "cap.deprecated", { 0x10, BIT(23), 0 }, { 0x10, BIT(23), SMTS } },
	{ "cap.deprecated", { 0x50, BIT(23), 0 }, { 0x60, BIT(23), 0 } },
	{ "cap.ecap-reserved",
	  { 0x10, 0, ~(3 * BIT(18) | BIT(54) | BIT(63)) },
	  { 0x10, 0, BIT(18) } },
	{ "cap.ecap-reserved", { 0x10, 0, 0 }, { 0x10, 0, BIT(19) } },
	{ "cap.ecap-reserved", { 0x10, 0, 0 }, { 0x10, 0, BIT(54) } },
	{ "cap.ecap-reserved", { 0x10, 0, 0 }, { 0x10, 0, BIT(63) } },
	{ "cap.ecap-deprecated", { 0x10, 0, BIT(5) }, { 0x10, 0, BIT(5) | SMTS } },
	{ "cap.ecap-deprecated", { 0x10, 0, BIT(24) }, { 0x10, 0, BIT(24) | SMTS } },
	{ "cap.ecap-deprecated", { 0x10, 0, BIT(27) }, { 0x60, 0, BIT(27) } },
	{ "cap.ecap-deprecated", { 0x10, 0, BIT(28) }, { 0x60, 0, BIT(28) } },
	{ "cap.ecap-deprecated", { 0x10, 0, BIT(32) }, { 0x60, 0, BIT(32) } },
	{ "cap.drains", { 0x10, 0, 0 }, { 0x20, 0, 0 } },
	{ "cap.drains", { 0x20, 3 * BIT(54), 0 }, { 0x20, BIT(54), 0 } },
	{ "cap.drains", { 0x20, 3 * BIT(54), 0 }, { 0x20, BIT(55), 0 } },
	{ "cap.sslps", { 0x10, 3 * BIT(34), 0 }, { 0x10, 2 * BIT(34), 0 } },
	{ "cap.sslps", { 0x10, BIT(34), 0 }, { 0x10, 7 * BIT(34), 0 } },
	{ "cap.sslps", { 0x10, 0, 0 }, { 0x10, 8 * BIT(34), 0 } },
	{ "cap.mgaw", { 0x10, BIT(16), 0 }, { 0x10, BIT(22) | BIT(15), 0 } },
	{ "cap.mgaw", { 0x10, BIT(21), 0 }, { 0x10, 0, 0 } },
	{ "cap.sagaw", { 0x10, 0xe00, 0 }, { 0x10, 0xf00, 0 } },
	{ "cap.sagaw", { 0x10, 0, 0 }, { 0x10, 0x1000, 0 } },
	{ "cap.sagaw-needs-ssts", { 0x50, 0x400, 0 }, { 0x60, 0x400, 0 } },
	{ "cap.sagaw-needs-ssts", { 0x60, 0x400, BIT(46) }, { 0x60, 0x200, SMTS } },
	{ "cap.sagaw-needs-ssts", { 0x60, 0, 0 }, { 0xf0, 0x800, 0 } },
	{ "cap.rwbf-excludes-smts", { 0x10, BIT(4), 0 }, { 0x10, BIT(4), SMTS } },
	{ "cap.nd", { 0x10, 6, 0 }, { 0x10, 7, 0 } },
	{ "cap.pss-needs-smts", { 0x10, 0, BIT(35) | SMTS }, { 0x10, 0, BIT(35) } },
	{ "cap.pss-needs-smts", { 0x10, 0, BIT(39) | BIT(24) }, { 0x10, 0, BIT(39) } },
	{ "cap.fs1gp-needs-smts", { 0x70, BIT(56), SMTS }, { 0x70, BIT(56), 0 } },
	{ "cap.fs1gp-needs-smts", { 0x40, BIT(56), BIT(24) }, { 0x40, BIT(56), 0 } },
	{ "cap.afl", { 0x50, BIT(3), SMTS }, { 0x60, BIT(3), SMTS } },
	{ "cap.pss", { 0x10, 0, SMTS | 19 * BIT(35) }, { 0x10, 0, SMTS | 20 * BIT(35) } },
	{ "cap.ers", { 0x10, 0, BIT(30) }, { 0x10, 0, BIT(30) | SMTS } },
	{ "cap.mhmv-needs-ir", { 0x10, 0, BIT(20) | BIT(3) }, { 0x10, 0, BIT(20) } },
	{ "cap.mhmv-needs-ir", { 0x10, 0, 0 }, { 0x10, 0, BIT(23) } },
	{ "cap.fro", { 0x10, FRO(0x50), 0 }, { 0x10, FRO(0), 0 } },
	{ "cap.fro", { 0x10, FRO(0x50), 0 }, { 0x10, FRO(0x40), 0 } },
	{ "cap.fro", { 0x10, FRO(0x60), 0 }, { 0x10, FRO(0x60) | BIT(5), 0 } },
	{ "cap.fro", { 0x10, FRO(0x70), 0 }, { 0x10, FRO(0x70) | BIT(6), 0 } },
	{ "cap.fro", { 0x10, FRO(0x80), 0 }, { 0x10, FRO(0x80), BIT(1) } },
	{ "cap.fro", { 0x10, FRO(0xb0), 0 }, { 0x10, FRO(0xb0), BIT(3) } },
	{ "cap.fro", { 0x10, FRO(0xe0), 0 }, { 0x10, FRO(0xe0), BIT(29) } },
	{ "cap.fro", { 0x10, FRO(0x400), 0 }, { 0x10, FRO(0x400) | BIT(61), 0 } },
	{ "cap.fro", { 0x10, FRO(0xe30), 0 }, { 0x10, FRO(0xe30), BIT(44) } },
	{ "cap.fro", { 0x10, FRO(0xe40), BIT(44) }, { 0x10, FRO(0xdf0) | NFR(2), BIT(44) } },
	{ "cap.iro", { 0x10, 0, IRO(0xf0) | BIT(29) }, { 0x10, 0, IRO(0xe0) | BIT(29) } },
	{ "cap.iro", { 0x60, 0, IRO(0) }, { 0x50, 0, IRO(0) } },
	{ "cap.fro-iro", { 0x10, FRO(0x200), IRO(0x210) }, { 0x10, FRO(0x200), IRO(0x200) } },
	{ "cap.fro-iro",
	  { 0x10, FRO(0x200), IRO(0x1f0) },
	  { 0x10, FRO(0x200) | NFR(2), IRO(0x210) } },
	{ "cap.fro-iro", { 0x60, FRO(0x200), IRO(0x200) }, { 0x10, FRO(0x200), IRO(0x200) } },
};

static void each_rule_tells_good_from_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
		const struct caps_rule *rule = find_rule(pairs[i].id);

		if (rule->broken(&pairs[i].good))
			fail_msg("%s, pair %zu: the good unit is blamed", rule->id, i);
		if (!rule->broken(&pairs[i].bad))
			fail_msg("%s, pair %zu: the bad unit passes", rule->id, i);
	}
}

static bool is_tested(const char *id)
{
	for (size_t i = 0; i < ARRAY_COUNT(implications); i++)
		if (strcmp(implications[i].id, id) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_COUNT(pairs); i++)
		if (strcmp(pairs[i].id, id) == 0)
			return true;
	return false;
}

static void each_rule_is_tested_and_has_words(void **state)
{
	unsigned int count;
	const struct caps_rule *rules = caps_rules(&count);

	(void)state;
	for (unsigned int i = 0; i < count; i++) {
		assert_memory_equal(rules[i].id, "cap.", 4);
		assert_true(strlen(rules[i].spec) > 10);
		assert_true(strlen(rules[i].text) > 5);
		if (!is_tested(rules[i].id))
			fail_msg("no test breaks %s", rules[i].id);
		for (unsigned int other = 0; other < i; other++)
			assert_string_not_equal(rules[i].id, rules[other].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_units_are_judged_good),
		cmocka_unit_test(fused_off_is_a_note),
		cmocka_unit_test(each_implication_holds),
		cmocka_unit_test(each_rule_tells_good_from_bad),
		cmocka_unit_test(each_rule_is_tested_and_has_words),
	};

	return cmocka_run_group_tests_name("caps_rules", tests, NULL, NULL);
}
