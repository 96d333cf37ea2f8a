/* SPDX-License-Identifier: MIT */
/* Which layout a unit of virtual commands is taken to have, and what is said of its capabilities. */
#include "tests/host/check.h"

#include <string.h>

#include "tests/host/vcmd/vcmd_block.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_probe(void **unused)
{
	static const struct vcmd_layout *const now = &vcmd_layout_3_3, *const draft =
									       &vcmd_layout_draft;
	const struct {
		uint64_t e30, e00, e10, e20;
		const struct vcmd_layout *layout;
	} cases[] = {
		{ 7, 0, 0, 0, now },
		{ 2, 0, 0, 0, now },
		{ 7, 1, 5 << 16, 0, now }, /* VCMD reads back */
		{ 0xff, 0, 0, 0, now },	   /* reserved bits, but also known ones */
		{ 8, 0, 0, 0, NULL },	   /* only unknown ones */
		{ 8, 1, 0, 0, NULL },
		{ 0, 1, 0, 0, draft },
		{ 0, 1, 1, 5 << 8, draft },	/* after an allocation that can be read back */
		{ 0, 1, 5 << 8 | 2, 0, draft }, /* after a free */
		{ 0, 1, 0, 1, draft },		/* in progress */
		{ 0, 1, 1 << 1, 0, NULL },	/* 3.3 without commands refused one: no draft */
		{ 0, 1, 1, 0, NULL },
		{ 0, 0, 0, 0, NULL },
		{ 0, 0, 0, 5 << 8, NULL },
		{ 0, 2, 0, 0, NULL }, /* no VCCAP of the draft has that bit */
		{ 0, UINT64_MAX, 0, 0, NULL },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, NULL },
		{ 0, 1, UINT64_MAX, 0, NULL },
		{ 0, 1, 0, UINT64_MAX, NULL },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		enum vcmd_error error;

		block_reset(false);
		fake.e30 = cases[i].e30;
		fake.e00 = cases[i].e00;
		fake.e10 = cases[i].e10;
		fake.e20 = cases[i].e20;
		fake.left_to_wait = NEVER;
		error = vcmd_probe(&unit, VCMD_AUTO, &vcmd);
		if (vcmd.layout != cases[i].layout)
			fail_msg("case %zu: %s", i, vcmd.report);
		expect_error(error, cases[i].layout ? VCMD_OK : VCMD_ERROR_NO_LAYOUT);
		assert_non_null(strstr(vcmd.report, vcmd.layout ? vcmd.layout->name : "undecided"));
		assert_true(strlen(vcmd.report) < sizeof(vcmd.report) - 1);
		assert_int_equal(fake.writes, 0);
	}
}

static void test_no_layout_no_command(void **unused)
{
	(void)unused;
	block_reset(false);
	fake.e30 = 0;
	expect_error(vcmd_probe(&unit, VCMD_AUTO, &vcmd), VCMD_ERROR_NO_LAYOUT);
	expect_alloc(VCMD_ERROR_NO_LAYOUT, 0);
	expect_free(1, VCMD_ERROR_NO_LAYOUT);
	expect_words("e30 reads 0");
	assert_int_equal(fake.writes, 0);
}

/* A forced layout is obeyed; what comes back from nowhere is not taken for an answer. */
static void forced_wrong(bool is_draft)
{
	block_reset(is_draft);
	assert_int_equal(vcmd_probe(&unit, is_draft ? VCMD_33 : VCMD_DRAFT, &vcmd), VCMD_OK);
	assert_non_null(strstr(vcmd.report, is_draft ? "forced; registers say draft"
						     : "forced; registers say 3.3"));
	assert_true(strlen(vcmd.report) < sizeof(vcmd.report) - 1);
	expect_run(0, 0, VCMD_ERROR_WRONG_LAYOUT);
	expect_run(1, 0, VCMD_ERROR_WRONG_LAYOUT);
	expect_run(2, 1, VCMD_ERROR_WRONG_LAYOUT);
	assert_int_equal(fake.commands, 0);
}

static void test_forced_layout(void **unused)
{
	(void)unused;
	forced_wrong(true);
	forced_wrong(false);
	block_reset(true);
	assert_int_equal(vcmd_probe(&unit, VCMD_DRAFT, &vcmd), VCMD_OK);
	expect_alloc(VCMD_OK, 1);
	block_reset(false);
	fake.e30 = 0; /* the registers say nothing, the caller knows better */
	assert_int_equal(vcmd_probe(&unit, VCMD_33, &vcmd), VCMD_OK);
	assert_non_null(strstr(vcmd.report, "registers say undecided"));
	expect_run(0, 0, VCMD_OK);
}

static void test_no_vcs(void **unused)
{
	(void)unused;
	block_reset(false);
	unit.caps.ecap &= ~ECAP_VCS_BIT;
	expect_error(vcmd_probe(&unit, VCMD_33, &vcmd), VCMD_ERROR_UNSUPPORTED);
	expect_words("VCS (mask 0000100000000000) is clear");
	expect_words("ECAP (010)");
	expect_alloc(VCMD_ERROR_NO_LAYOUT, 0);
	assert_int_equal(fake.writes, 0);
}

/* ---- the capability rules ---- */

static bool applies(const char *id)
{
	unsigned int count;
	const struct vcmd_rule *rules = vcmd_rules(&count);

	for (unsigned int i = 0; i < count; i++)
		if (!strcmp(rules[i].id, id))
			return rules[i].applies(&vcmd);
	fail_msg("no rule %s", id);
	return false;
}

static unsigned int applying_count(void)
{
	unsigned int count, applying = 0;
	const struct vcmd_rule *rules = vcmd_rules(&count);

	for (unsigned int i = 0; i < count; i++)
		applying += rules[i].applies(&vcmd);
	return applying;
}

static void probe_with(uint64_t cap, uint64_t ecap, uint64_t e30)
{
	enum vcmd_error error;

	block_reset(false);
	fake.e30 = e30;
	unit.caps.cap = cap;
	unit.caps.ecap = ecap;
	error = vcmd_probe(&unit, VCMD_AUTO, &vcmd);
	expect_error(error, ecap & ECAP_VCS_BIT ? VCMD_OK : VCMD_ERROR_UNSUPPORTED);
}

static void test_rules(void **unused)
{
	const uint64_t no_vcs = ECAP_GOOD & ~ECAP_VCS_BIT;

	(void)unused;
	probe_with(CAP_CM_BIT, ECAP_GOOD, 7);
	assert_int_equal(applying_count(), 0);

	probe_with(CAP_CM_BIT, ECAP_GOOD, 6);
	assert_true(applies("vcmd.pas-hidden-from-linux") && applying_count() == 1);
	probe_with(CAP_CM_BIT, ECAP_GOOD, 1);
	assert_true(applies("vcmd.ns-misleads-linux") && applies("vcmd.vcs-without-pas"));
	assert_int_equal(applying_count(), 2);
	probe_with(CAP_CM_BIT, ECAP_GOOD, 3);
	assert_true(applies("vcmd.pas-without-fps") && applying_count() == 1);
	probe_with(CAP_CM_BIT, ECAP_GOOD, 4);
	assert_true(applies("vcmd.fps-without-pas") && applies("vcmd.vcs-without-pas"));
	probe_with(CAP_CM_BIT, ECAP_GOOD, 15);
	assert_true(applies("vcmd.vccap-reserved") && applying_count() == 1);
	probe_with(0, ECAP_GOOD, 7);
	assert_true(applies("vcmd.pas-without-cm") && applying_count() == 1);
	probe_with(CAP_CM_BIT, ECAP_VCS_BIT | ECAP_SMTS_BIT, 7);
	assert_true(applies("vcmd.pas-needs-pasid") && applying_count() == 1);
	probe_with(CAP_CM_BIT, ECAP_VCS_BIT, 7);
	assert_true(applies("vcmd.pas-needs-pasid") && applies("vcmd.vcs-without-smts"));

	probe_with(CAP_CM_BIT, no_vcs, 7);
	assert_true(applies("vcmd.vccap-needs-vcs") && applying_count() == 1);
	probe_with(CAP_CM_BIT, no_vcs, 0);
	assert_int_equal(applying_count(), 0);
	/* other registers at that place: nothing to be said, and nothing read */
	probe_with(CAP_CM_BIT | CAP_FRO_OF(0xe3), no_vcs, 7);
	assert_int_equal(applying_count() + fake.reads, 0);
	probe_with(CAP_CM_BIT, no_vcs | 0xe3 << 8, 7);
	assert_int_equal(applying_count() + fake.reads, 0);
	probe_with(CAP_CM_BIT, no_vcs | ECAP_PMS_BIT, 7);
	assert_int_equal(applying_count() + fake.reads, 0);

	block_open(true);
	assert_true(applies("vcmd.draft-hidden-from-linux") && applying_count() == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe),	      cmocka_unit_test(test_no_layout_no_command),
		cmocka_unit_test(test_forced_layout), cmocka_unit_test(test_no_vcs),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
