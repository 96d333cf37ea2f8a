/* SPDX-License-Identifier: MIT */
/*
 * VER, CAP and ECAP are lawful, agree with the DMAR table, and do not change.
 *
 * Software sizes and places everything by these three registers and never asks again, so a bit
 * whose own condition is not met sends a driver where nothing is: Xen had to learn of the reserved
 * CAP.ND of 7 and of reserved bits in SAGAW (a1545fbf45, 859d11b279), and drivers that took SAGAW
 * for a number instead of a set of bits broke on units with tables of 4 levels only (Asterinas
 * 2090). "The capability register says so" must hold in every width and after every write. What
 * recommends and does not require is left out, and so is what older revisions allowed: a chip that
 * was sold with scalable mode fused off keeps some of its bits, and harms nobody.
 */
#include "arch/print.h"
#include "iommu/spec/caps_rules.h"
#include "tests/engine/platform.h"
#include "tests/suites/suites.h"

static void describe(struct test_run *run, const char *expected)
{
	const struct caps *caps = &run->unit->caps;

	print_to(run->expected, sizeof(run->expected), "%s", expected);
	print_to(run->got, sizeof(run->got), "{ VER: %x, CAP: %016llx, ECAP: %016llx }", caps->ver,
		 (unsigned long long)caps->cap, (unsigned long long)caps->ecap);
}

/* `arg` is an enum caps_rule_index. */
static void run_rule(struct test_run *run)
{
	unsigned int count;
	const struct caps_rule *rule = &caps_rules(&count)[run->test->arg];

	if (!rule->broken(&run->unit->caps))
		return;
	if (rule->is_note) {
		test_skip(run, "a note, no failure: not so on unit %u", run->unit->index);
		return;
	}
	describe(run, rule->text);
	test_fail(run, "not so: %s", rule->text);
}

static void reads_agree(struct test_run *run)
{
	struct unit *unit = run->unit;

	for (unsigned int i = 0; i < 16 && !run->has_failed; i++) {
		EXPECT_EQ(run, unit_read32(unit, REG_VER), unit->caps.ver);
		EXPECT_EQ(run, unit_read64(unit, REG_CAP), unit->caps.cap);
		EXPECT_EQ(run, unit_read64(unit, REG_ECAP), unit->caps.ecap);
	}
}

static void halves_agree(struct test_run *run)
{
	struct unit *unit = run->unit;

	EXPECT_EQ(run, unit_read32(unit, REG_CAP), (uint32_t)unit->caps.cap);
	EXPECT_EQ(run, unit_read32(unit, REG_CAP + 4), unit->caps.cap >> 32);
	EXPECT_EQ(run, unit_read32(unit, REG_ECAP), (uint32_t)unit->caps.ecap);
	EXPECT_EQ(run, unit_read32(unit, REG_ECAP + 4), unit->caps.ecap >> 32);
}

static void write_all(struct unit *unit, uint64_t value)
{
	unit_write32(unit, REG_VER, (uint32_t)value);
	unit_write64(unit, REG_CAP, value);
	unit_write64(unit, REG_ECAP, value);
	for (uint32_t offset = REG_CAP; offset < REG_GCMD; offset += 4)
		unit_write32(unit, offset, (uint32_t)value);
}

static void read_only(struct test_run *run)
{
	write_all(run->unit, ~UINT64_C(0));
	reads_agree(run);
	write_all(run->unit, 0);
	reads_agree(run);
}

static void mgaw_covers_host(struct test_run *run)
{
	unsigned int guest = caps_guest_address_bits(&run->unit->caps);
	unsigned int host = platform.dmar.host_address_bits;

	if (caps_cover_host(&run->unit->caps, host))
		return;
	describe(run, "MGAW + 1 is the host address width or more");
	test_fail(run, "MGAW + 1 is %u bits, the host address width %u bits", guest, host);
}

static void irreq_needs_dmar(struct test_run *run)
{
	EXPECT(run, platform.dmar.flags & DMAR_FLAG_INTR_REMAP);
}

static void eimer_excludes_opt_out(struct test_run *run)
{
	EXPECT(run, !(platform.dmar.flags & DMAR_FLAG_X2APIC_OPT_OUT));
}

#define OTHER_TEST(rule_id, rule_spec, text, function) \
	{ .id = (rule_id),                             \
	  .title = (text),                             \
	  .spec = (rule_spec),                         \
	  .flags = TEST_WITHOUT_AGENT,                 \
	  .run = run_rule,                             \
	  .arg = CAPS_RULE_##function },
#define IMPLICATION_TEST(reg, name, rule_id, wanted, text) \
	{ .id = "cap." rule_id,                            \
	  .title = (text),                                 \
	  .spec = reg##_TITLE #name,                       \
	  .flags = TEST_WITHOUT_AGENT,                     \
	  .run = run_rule,                                 \
	  .arg = CAPS_RULE_##name },

static const struct test tests[] = {
	{ .id = "cap.stable",
	  .title = "VER, CAP and ECAP read the same again and again",
	  .spec = "Register Attributes",
	  .flags = TEST_WITHOUT_AGENT,
	  .run = reads_agree },
	{ .id = "cap.halves",
	  .title = "the 32-bit halves of CAP and ECAP are those of the 64-bit reads",
	  .spec = "Software Access to Registers",
	  .flags = TEST_WITHOUT_AGENT,
	  .run = halves_agree },
	{ .id = "cap.read-only",
	  .title = "writing VER, CAP and ECAP changes nothing, in either width",
	  .spec = "Register Attributes",
	  .flags = TEST_WITHOUT_AGENT,
	  .run = read_only },
	{ .id = "cap.mgaw-covers-host",
	  .title = "MGAW is no smaller than the host address width",
	  .spec = CAP_TITLE "MGAW",
	  .flags = TEST_WITHOUT_AGENT,
	  .run = mgaw_covers_host },
	{ .id = "cap.irreq-needs-dmar-flag",
	  .title = "a unit that requires interrupt remapping has DMAR flag INTR_REMAP",
	  .spec = DMAR_SPEC_TABLE,
	  .flags = TEST_WITHOUT_AGENT,
	  .needs = NEED(IRREQ),
	  .run = irreq_needs_dmar },
	{ .id = "cap.eimer-excludes-opt-out",
	  .title = "a unit that requires EIM has DMAR flag X2APIC_OPT_OUT clear",
	  .spec = DMAR_SPEC_TABLE,
	  .flags = TEST_WITHOUT_AGENT,
	  .needs = NEED(EIMER),
	  .run = eimer_excludes_opt_out },
	CAPS_OTHER_RULES(OTHER_TEST) CAPS_IMPLICATIONS(IMPLICATION_TEST) CAPS_NOTES(OTHER_TEST)
};

const struct suite suite_capability = SUITE("cap", tests);
