/* SPDX-License-Identifier: MIT */
/*
 * Which units the model can be: accepted and refused configurations, units that lie, defects by
 * name; and protected memory, which depends on the capabilities alone.
 */
#include <string.h>

#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

/* ---- protected memory ---- */

static void protected_memory(void **state)
{
	struct model_request r = request(MODEL_READ, 0x400000);
	struct model_answer answer;

	(void)state;
	write32(&m, REG_PLMBASE, 0x400000);
	write32(&m, REG_PLMLIMIT, 0x400000);
	write64(&m, REG_PHMBASE, 0x200000000);
	write64(&m, REG_PHMLIMIT, 0x300000000);
	assert_true(can(&m, &r, 0x400000));
	write32(&m, REG_PMEN, 1u << 31);
	assert_int_equal(read32(&m, REG_PMEN), 1u << 31 | 1);
	assert_false(model_translate(&m.unit, &r, &answer));
	assert_int_equal(answer.reason, 0);
	assert_false(answer.reported);
	assert_false(has_fault(&m, 0));
	r.address = 0x5FFFF8; /* last bytes: the limit's low bits count as ones */
	assert_false(model_translate(&m.unit, &r, &answer));
	r.address = 0x600000;
	assert_true(can(&m, &r, 0x600000));
	r.address = 0x3FFFF8; /* the last ones before it */
	assert_true(can(&m, &r, 0x3FFFF8));
	r.address = 0x2FFFFF000;
	assert_false(model_translate(&m.unit, &r, &answer));
	r.address = 0x300200000;
	assert_true(can(&m, &r, 0x300200000));
	assert_null(model_take_complaint(&m.unit));
	write32(&m, REG_PLMLIMIT, 0x200000); /* below the base: no region */
	assert_non_null(strstr(model_take_complaint(&m.unit), "protected memory"));
	r.address = 0x400000;
	assert_true(can(&m, &r, 0x400000));
	r.address = 0x200000000;
	r.bytes = 0;
	assert_false(model_translate(&m.unit, &r, &answer));
	write32(&m, REG_PMEN, 0);
	assert_int_equal(read32(&m, REG_PMEN), 0);
	assert_true(can(&m, &r, 0x200000000));
}

/* Where a request lands counts, not what it asked for; and translation is no way around. */
static void protected_behind_translation(void **state)
{
	struct model_request r = request(MODEL_WRITE, IOVA), free = request(MODEL_WRITE, NEXT);
	struct model_answer answer;

	(void)state;
	legacy_scene(&m, 4);
	map(&m, m.top, 4, NEXT, 0x800000, 1, 3);
	write32(&m, REG_PLMBASE, 0);
	write32(&m, REG_PLMLIMIT, 0); /* the first 2 MiB, where m.page is */
	assert_true(can(&m, &r, m.page));
	write32(&m, REG_PMEN, 1u << 31);
	assert_false(model_translate(&m.unit, &r, &answer));
	assert_false(answer.reported);
	assert_false(has_fault(&m, 0));
	assert_true(can(&m, &free, 0x800000));
	write32(&m, REG_PMEN, 0);
	assert_true(can(&m, &r, m.page));
}

/* ---- units that lie ---- */

static void lying_units(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA);
	struct model_answer answer;

	(void)state;
	config.misbehaviour.presence = MODEL_READS_ONES;
	start(config);
	assert_int_equal(read32(&m, REG_VER), 0xFFFFFFFF);
	assert_int_equal(read64(&m, REG_CAP), UINT64_MAX);
	command(&m, 31, true);
	assert_true(can(&m, &r, IOVA));
	r.type = MODEL_TRANSLATION;
	assert_false(model_translate(&m.unit, &r, &answer));
	config.misbehaviour = (struct model_misbehaviour){ .presence = MODEL_READS_ZERO };
	start(config);
	assert_int_equal(read32(&m, REG_VER), 0);
	config.misbehaviour = (struct model_misbehaviour){ .gsts_never_follows = true };
	start(config);
	command(&m, 30, true);
	assert_int_equal(read32(&m, REG_GSTS), 0);
	config.misbehaviour = (struct model_misbehaviour){ .srtp_never_completes = true };
	start(config);
	command(&m, 30, true);
	assert_int_equal(read32(&m, REG_GSTS), 0);
	command(&m, 31, true);
	assert_int_equal(read32(&m, REG_GSTS), 1u << 31);
	config.misbehaviour = (struct model_misbehaviour){ .ttm_not_kept = true };
	start(config);
	write64(&m, REG_RTADDR, 0x1C00);
	assert_int_equal(read64(&m, REG_RTADDR), 0x1000);
	config.misbehaviour =
		(struct model_misbehaviour){ .cap_flips = 1 << 7, .ecap_flips = UINT64_C(1) << 43 };
	start(config);
	assert_int_equal(read64(&m, REG_CAP), config.cap);
	assert_int_equal(read64(&m, REG_CAP), config.cap ^ 1 << 7);
	assert_int_equal(read64(&m, REG_CAP), config.cap);
	assert_int_equal(read64(&m, REG_ECAP), config.ecap);
	assert_int_equal(read64(&m, REG_ECAP), config.ecap ^ UINT64_C(1) << 43);
}

/* ---- configurations ---- */

struct bad_config {
	uint64_t cap_set, cap_clear, ecap_set, ecap_clear;
	const char *text;
	bool is_always_refused;
};

static const struct bad_config bad_configs[] = {
	{ 0, 0, B(55), 0, "ECAP.HPTS", true },
	{ B(3), 0, 0, 0, "CAP.AFL", true },
	{ 0, UINT64_C(0x3FF) << 24, 0, 0, "CAP.FRO", true },
	{ 0, 0, 0, UINT64_C(0x3FF) << 8, "ECAP.IRO", true },
	{ UINT64_C(0x22) << 24, UINT64_C(0x3FF) << 24, 0, 0, "CAP.FRO and ECAP.IRO", true },
	{ UINT64_C(0x18) << 24, UINT64_C(0x3FF) << 24, 0, 0, "ECAP.MTS", true },
	{ UINT64_C(0x41) << 24, UINT64_C(0x3FF) << 24, 0, 0, "CAP.ECMDS", true },
	{ 0, 0, UINT64_C(0xDC) << 8, UINT64_C(0x3FF) << 8, "ECAP.RDTS", true },
	{ UINT64_C(0xE0) << 24, UINT64_C(0x3FF) << 24, 0, 0, "virtual command block", true },
	{ 0, 0, UINT64_C(0xE1) << 8, UINT64_C(0x3FF) << 8, "virtual command block", true },
	{ B(38), 0, 0, 0, "reserved bits of CAP are 0", false },
	{ 7, 0, 0, 0, "ND is not the reserved 7", false },
	{ B(8), 0, 0, 0, "reserved bits of SAGAW", false },
	{ B(12), 0, 0, 0, "reserved bits of SAGAW", false },
	{ 0, B(34), 0, 0, "SSLPS is 0000, 0001 or 0011", false },
	{ 0, UINT64_C(0x3F) << 16, 0, 0, "MGAW is not 0", false },
	{ UINT64_C(50) << 16, UINT64_C(0x3F) << 16, 0, 0, "the host address width", false },
	{ 0, B(54), 0, 0, "DRD and DWD are 1", false },
	{ 0, 0, B(32), 0, "deprecated bits of ECAP are 0", false },
	{ 0, 0, 0, B(1), "SMTS needs QI", false },
	{ 0, 0, 0, B(2), "PTRS needs DT", false },
	{ 0, 0, 0, B(43), "RPS needs SMTS", false },
	{ 0, 0, 0, B(48), "SSADS needs SMPWCS", false },
	{ 0, 0, 0, B(31), "RPRIVS needs SRS", false },
	{ 0, 0, 0, B(40), "PTRS needs DT and PASID", false },
	{ 0, 0, 0, B(46), "SSIRWS needs SSTS", false },
	{ 0, 0, 0, B(46) | B(57), "NEST needs SMTS, FSTS and SSTS", false },
	{ 0, 0, 0, B(47), "FS5LP needs ECAP.FSTS", false },
	{ 0, B(60), 0, B(47), "FS1GP needs ECAP.FSTS", false },
	{ 0, B(60) | B(56), 0, B(47), "EAFS needs FSTS and SMPWCS", false },
	{ B(4), 0, 0, 0, "RWBF is 0 with ECAP.SMTS", false },
	{ 0, 0, UINT64_C(20) << 35, UINT64_C(0x1F) << 35, "PASIDs have 20 bits at most", false },
	{ 0, 0, 0, B(44), "without ECAP.VCS", false },
};

static void bad_configurations(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(bad_configs) / sizeof(bad_configs[0]); i++) {
		const struct bad_config *bad = &bad_configs[i];
		struct model_config config = everything();
		const char *error;

		config.pasids = &m.pasids;
		config.cap = (config.cap & ~bad->cap_clear) | bad->cap_set;
		config.ecap = (config.ecap & ~bad->ecap_clear) | bad->ecap_set;
		error = model_config_error(&config);
		assert_non_null(error);
		if (strstr(error, bad->text) == NULL)
			fail_msg("expected %s, got %s", bad->text, error);
		config.allow_illegal = true;
		assert_int_equal(model_config_error(&config) != NULL, bad->is_always_refused);
	}
}

static void good_configurations(void **state)
{
	struct model_config config = everything();

	(void)state;
	/* Presets are legal; VCMD needs somebody to hand out PASIDs. */
	assert_non_null(strstr(model_config_error(&config), "PASID pool"));
	config.pasids = &m.pasids;
	assert_null(model_config_error(&config));
	config.version = 0x60;
	config.ecap &= ~(B(46) | B(57) | B(26));
	assert_non_null(strstr(model_config_error(&config), "SAGAW is 0 without ECAP.SSTS"));
	config.cap &= ~(UINT64_C(0x1F) << 8);
	assert_null(model_config_error(&config));
	/* First stage alone, with 4 levels and small pages, as emulators have it. */
	config.cap &= ~(B(56) | B(60));
	config.ecap &= ~(B(34) | B(45));
	assert_null(model_config_error(&config));
	config = model_config_qemu_7_2();
	assert_null(model_config_error(&config));
	config.ecap &= ~(B(31) | B(43) | B(46));
	config.cap |= B(56); /* fused off, and no promise */
	assert_null(model_config_error(&config));
	config = model_config_qemu_7_2();
	assert_int_equal(config.cap, 0xd2008c222f0686);
	assert_int_equal(config.ecap, 0x480080f00f4a);
	config.host_address_bits = 31;
	assert_non_null(strstr(model_config_error(&config), "host_address_bits"));
	config.host_address_bits = 53;
	assert_non_null(strstr(model_config_error(&config), "host_address_bits"));
}

static void vcmd_configurations(void **state)
{
	struct model_config config = everything();
	struct model_pasid_space pool = { .used = m.pasid_words, .first = 0, .count = 10 };

	(void)state;
	config.pasids = &pool;
	assert_non_null(strstr(model_config_error(&config), "PASID 0"));
	pool.first = MODEL_PASID_LIMIT - 5;
	assert_non_null(strstr(model_config_error(&config), "2^20"));
	pool.first = 1;
	config.vccap = 8;
	assert_non_null(strstr(model_config_error(&config), "VCCAP: a reserved"));
	config.vccap = 7;
	config.ecap &= ~(B(40) | B(56));
	assert_non_null(strstr(model_config_error(&config), "without ECAP.PASID"));
	config = everything();
	config.pasids = &pool;
	config.vcmd_layout = MODEL_VCMD_DRAFT;
	assert_non_null(strstr(model_config_error(&config), "VCCAP: a reserved"));
	config.vccap = 1;
	assert_null(model_config_error(&config));
	config.vcmd_layout = MODEL_VCMD_NONE;
	assert_non_null(strstr(model_config_error(&config), "ECAP.VCS without"));
}

static void defects_have_names(void **state)
{
	(void)state;
	assert_true(MODEL_DEFECT_COUNT >= 45);
	for (unsigned int i = 1; i <= MODEL_DEFECT_COUNT; i++) {
		assert_true(strlen(model_defect_name(i)) > 0);
		assert_true(strlen(model_defect_meaning(i)) > 10);
		for (unsigned int j = 1; j < i; j++)
			assert_string_not_equal(model_defect_name(i), model_defect_name(j));
	}
	assert_string_equal(model_defect_name(MODEL_DEFECT_COUNT + 1), "unknown");
	assert_string_equal(model_defect_meaning(MODEL_DEFECT_COUNT + 1), "no such defect");
	model_clear_defects(&m.unit);
	model_reset(&m.unit);
	assert_int_equal(read32(&m, REG_FECTL), 0x80000000);
}

int run_config(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(protected_memory, setup),
		cmocka_unit_test_setup(protected_behind_translation, setup),
		cmocka_unit_test_setup(lying_units, setup),
		cmocka_unit_test_setup(bad_configurations, setup),
		cmocka_unit_test_setup(good_configurations, setup),
		cmocka_unit_test_setup(vcmd_configurations, setup),
		cmocka_unit_test_setup(defects_have_names, setup),
	};

	return cmocka_run_group_tests_name("model configurations", tests, NULL, NULL);
}
