/* SPDX-License-Identifier: MIT */
/*
 * Register file of the model: access widths and classes, global commands, latching, reset,
 * register-based invalidation.
 */
#include <string.h>

#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

/* ---- access classes ---- */

static void capabilities_read_only(void **state)
{
	struct model_config config = everything();

	(void)state;
	assert_int_equal(read32(&m, REG_VER), 0x50);
	assert_int_equal(read64(&m, REG_CAP), config.cap);
	assert_int_equal(read32(&m, REG_CAP), (uint32_t)config.cap);
	assert_int_equal(read32(&m, REG_ECAP + 4), config.ecap >> 32);
	write64(&m, REG_CAP, 0);
	write32(&m, REG_VER, 0);
	write32(&m, REG_GSTS, 0xFFFFFFFF);
	assert_int_equal(read64(&m, REG_CAP), config.cap);
	assert_int_equal(read32(&m, REG_VER), 0x50);
	assert_int_equal(read32(&m, REG_GSTS), 0);
	assert_null(model_take_error(&m.unit));
	write64(&m, REG_MTRRCAP, 0);
	assert_int_equal(read64(&m, REG_MTRRCAP), 0x50A);
	write64(&m, REG_ECRSP, UINT64_MAX);
	assert_int_equal(read64(&m, REG_ECRSP), 0);
	write64(&m, REG_ECMD, 0xF0);
	assert_int_equal(read64(&m, REG_ECRSP), ECMD_STATUS_UNDEFINED << 1);
}

struct read_write {
	uint32_t offset;
	unsigned int bytes;
	uint64_t writable; /* of the unit with everything, HAW 52 */
	uint64_t reset;
};

static const struct read_write read_writes[] = {
	{ REG_RTADDR, 8, 0x000FFFFFFFFFFC80, 0 },
	{ REG_FECTL, 4, 0x80000000, 0x80000000 },
	{ REG_FEDATA, 4, 0x0000FFFF, 0 },
	{ REG_FEADDR, 4, 0xFFFFFFFC, 0 },
	{ REG_FEUADDR, 4, 0xFFFFFFFF, 0 },
	{ REG_PLMBASE, 4, 0xFFE00000, 0 },
	{ REG_PLMLIMIT, 4, 0xFFE00000, 0 },
	{ REG_PHMBASE, 8, 0x000FFFFFFFE00000, 0 },
	{ REG_PHMLIMIT, 8, 0x000FFFFFFFE00000, 0 },
	{ REG_IQH, 8, 0, 0 },
	{ REG_IQT, 8, 0x7FFF0, 0 },
	{ REG_IQA, 8, 0x000FFFFFFFFFF807, 0 },
	{ REG_IECTL, 4, 0x80000000, 0x80000000 },
	{ REG_IEDATA, 4, 0x0000FFFF, 0 },
	{ REG_IEADDR, 4, 0xFFFFFFFC, 0 },
	{ REG_IEUADDR, 4, 0xFFFFFFFF, 0 },
	{ REG_IQERCD, 8, 0, 0 },
	{ REG_IRTA, 8, 0x000FFFFFFFFFF80F, 0 },
	{ REG_PQH, 8, 0x7FFE0, 0 },
	{ REG_PQT, 8, 0x7FFE0, 0 },
	{ REG_PQA, 8, 0x000FFFFFFFFFF007, 0 },
	{ REG_PECTL, 4, 0x80000000, 0x80000000 },
	{ REG_PEDATA, 4, 0x0000FFFF, 0 },
	{ REG_PEADDR, 4, 0xFFFFFFFC, 0 },
	{ REG_PEUADDR, 4, 0xFFFFFFFF, 0 },
	{ REG_ICS, 4, 0, 0 },
	{ REG_PRS, 4, 0, 0 },
	{ REG_FSTS, 4, 0, 0 },
	{ 0x30, 4, 0, 0 }, /* reserved */
	{ 0x58, 8, 0, 0 },
	{ REG_MTRRDEF, 8, 0xCFF, 0 },
	{ REG_MTRR_FIX64K_00000, 8, UINT64_MAX, 0 },
	{ REG_MTRR_FIX4K_F8000, 8, UINT64_MAX, 0 },
	{ REG_MTRR_PHYSBASE0, 8, 0x000FFFFFFFFFF0FF, 0 },
	{ REG_MTRR_PHYSMASK9, 8, 0x000FFFFFFFFFF800, 0 },
	{ 0x110, 8, 0, 0 }, /* between them */
	{ 0x178, 8, 0, 0 },
	{ 0x308, 8, 0, 0 },
	{ REG_ECEO, 8, UINT64_MAX, 0 },
	{ REG_RDTC, 8, 0x1F00000FFF, 0 },
};

static void read_back(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(read_writes) / sizeof(read_writes[0]); i++) {
		const struct read_write *r = &read_writes[i];

		assert_int_equal(model_read(&m.unit, r->offset, r->bytes), r->reset);
		model_write(&m.unit, r->offset, r->bytes, UINT64_MAX);
		assert_int_equal(model_read(&m.unit, r->offset, r->bytes), r->writable);
		model_write(&m.unit, r->offset, r->bytes, 0);
		assert_int_equal(model_read(&m.unit, r->offset, r->bytes), 0);
	}
	assert_null(model_take_error(&m.unit));
}

static void both_halves(void **state)
{
	(void)state;
	write32(&m, REG_RTADDR + 4, 0x12345);
	write32(&m, REG_RTADDR, 0x6789A000);
	assert_int_equal(read64(&m, REG_RTADDR), 0x123456789A000);
	assert_int_equal(read32(&m, REG_RTADDR + 4), 0x12345);
	write64(&m, REG_RTADDR, 0x2222233333000);
	assert_int_equal(read32(&m, REG_RTADDR), 0x33333000);
	write32(&m, REG_RTADDR + 4, 0);
	assert_int_equal(read64(&m, REG_RTADDR), 0x33333000);
}

/* Registers of absent capabilities read 0 and take nothing. */
static void absent_capabilities(void **state)
{
	static const uint32_t absent[] = { REG_FEUADDR, REG_IQT,  REG_IQA,     REG_IECTL,
					   REG_IEDATA,	REG_IRTA, REG_PQA,     REG_PECTL,
					   REG_PEUADDR, REG_PMEN, REG_PLMBASE, REG_PLMLIMIT,
					   0xE00,	0xE10,	  0xE30 };
	struct model_config config = { .version = 0x10, .host_address_bits = 39 };

	(void)state;
	config.cap = UINT64_C(0x22) << 24 | 38 << 16 | 2 << 8;
	config.ecap = 0xF << 8;
	start(config);
	for (unsigned int i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		write32(&m, absent[i], 0xFFFFFFFF);
		assert_int_equal(read32(&m, absent[i]), 0);
	}
	for (uint32_t offset = REG_PHMBASE; offset < REG_IQH; offset += 4) {
		write32(&m, offset, 0xFFFFFFFF);
		assert_int_equal(read32(&m, offset), 0);
	}
	write64(&m, REG_RTADDR, UINT64_MAX);
	assert_int_equal(read64(&m, REG_RTADDR), 0x7FFFFFFC00);
	/* Without the capability there is no such command. */
	write32(&m, REG_GCMD, 1 << 26 | 1 << 25 | 1 << 24 | 1 << 23 | 1 << 27);
	assert_int_equal(read32(&m, REG_GSTS), 0);

	config.ecap |= 1 << 1 | 1 << 3; /* QI, IR, but no EIM */
	start(config);
	write64(&m, REG_IRTA, UINT64_MAX);
	assert_int_equal(read64(&m, REG_IRTA), 0x7FFFFFF00F);
	write32(&m, REG_IEUADDR, 1);
	assert_int_equal(read32(&m, REG_IEUADDR), 0);
	config.ecap |= UINT64_C(1) << 29; /* PRS without EIM */
	config.allow_illegal = true;
	start(config);
	write32(&m, REG_PEUADDR, 1);
	assert_int_equal(read32(&m, REG_PEUADDR), 0);
}

static void illegal_accesses(void **state)
{
	static const struct {
		uint32_t offset;
		unsigned int bytes;
		const char *text;
	} cases[] = {
		{ REG_GSTS, 1, "neither 32 nor 64" },  { REG_GSTS, 2, "neither 32 nor 64" },
		{ REG_GSTS, 16, "neither 32 nor 64" }, { REG_GSTS + 2, 4, "unaligned" },
		{ REG_RTADDR + 4, 8, "unaligned" },    { 0x1000, 4, "beyond" },
		{ 0xFFFFFFF8, 8, "beyond" },	       { REG_GCMD, 8, "64-bit access" },
		{ REG_VER, 8, "64-bit access" },       { REG_FECTL, 8, "64-bit access" },
		{ 0x30, 8, "64-bit access" },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *error;

		assert_int_equal(model_read(&m.unit, cases[i].offset, cases[i].bytes), 0);
		error = model_take_error(&m.unit);
		assert_non_null(error);
		assert_non_null(strstr(error, cases[i].text));
		assert_int_equal(m.unit.error_offset, cases[i].offset);
		model_write(&m.unit, cases[i].offset, cases[i].bytes, 0xFFFFFFFF);
		assert_non_null(strstr(model_take_error(&m.unit), cases[i].text));
		assert_null(model_take_error(&m.unit));
	}
	/* Only the first error is kept. */
	model_read(&m.unit, REG_GSTS, 1);
	model_read(&m.unit, REG_GSTS, 16);
	assert_int_equal(m.unit.error_offset, REG_GSTS);
	assert_int_equal(read32(&m, REG_GSTS), 0);
}

static void more_register_pages(void **state)
{
	struct model_config config = everything();

	(void)state;
	config.cap = (config.cap & ~(UINT64_C(0x3FF) << 24)) | UINT64_C(0x101) << 24;
	config.ecap = (config.ecap & ~(UINT64_C(0x3FF) << 8)) | UINT64_C(0x200) << 8;
	config.pasids = &m.pasids;
	m.pasids.used = m.pasid_words;
	assert_null(model_config_error(&config));
	start(config);
	assert_int_equal(model_register_bytes(&m.unit), 0x3000);
	assert_int_equal(read64(&m, 0x1018), 0);
	write64(&m, 0x2008, UINT64_C(1) << 63 | UINT64_C(1) << 60);
	assert_int_equal(read64(&m, 0x2008), UINT64_C(1) << 60 | UINT64_C(1) << 57);
	assert_null(model_take_error(&m.unit));
}

/* ---- global commands ---- */

static void level_bits(void **state)
{
	(void)state;
	set_root(&m, 0, TTM_ABORT);
	assert_int_equal(read32(&m, REG_GSTS), 1 << 30);
	command(&m, 31, true);
	assert_int_equal(read32(&m, REG_GSTS), UINT32_C(3) << 30);
	command(&m, 24, true);
	command(&m, 25, true);
	command(&m, 23, true);
	assert_int_equal(read32(&m, REG_GSTS), 0xC3800000);
	command(&m, 23, false);
	command(&m, 25, false);
	command(&m, 31, false);
	/* The one-shot bits say "done" and stay. */
	assert_int_equal(read32(&m, REG_GSTS), 1 << 30 | 1 << 24);
	assert_null(model_take_complaint(&m.unit));
	/* GCMD is write-only. */
	assert_int_equal(read32(&m, REG_GCMD), 0);
}

static void queue_enable_shows(void **state)
{
	(void)state;
	queue_start(&m, true);
	assert_int_equal(read32(&m, REG_GSTS), 1 << 26);
	command(&m, 26, false);
	assert_int_equal(read32(&m, REG_GSTS), 0);
}

static void one_command_at_a_time(void **state)
{
	(void)state;
	write32(&m, REG_GCMD, 1u << 31 | 1u << 30);
	assert_non_null(strstr(model_take_complaint(&m.unit), "more than one"));
	command(&m, 31, false);
	command(&m, 31, true);
	assert_non_null(strstr(model_take_complaint(&m.unit), "without SRTP"));
}

static void write_buffer_flush(void **state)
{
	struct model_config config = everything();

	(void)state;
	config.cap |= 1 << 4;
	config.allow_illegal = true;
	start(config);
	command(&m, 27, true);
	assert_int_equal(read32(&m, REG_GSTS), 0);
	config.gsts_delay_reads = 1;
	start(config);
	command(&m, 27, true);
	assert_int_equal(read32(&m, REG_GSTS), 1 << 27); /* running */
	assert_int_equal(read32(&m, REG_GSTS), 0);
}

static void delayed_status(void **state)
{
	struct model_config config = everything();

	(void)state;
	config.gsts_delay_reads = 2;
	start(config);
	command(&m, 30, true);
	assert_int_equal(read32(&m, REG_GSTS), 0);
	assert_int_equal(read32(&m, REG_GSTS), 0);
	assert_int_equal(read32(&m, REG_GSTS), 1 << 30);
	/* RTPS falls while a new SRTP is under way. */
	command(&m, 30, true);
	assert_int_equal(read32(&m, REG_GSTS), 0);
	command(&m, 31, true);
	assert_non_null(strstr(model_take_complaint(&m.unit), "still pending"));
}

/* RTADDR is inert until SRTP, in address and in mode. */
static void latched_by_srtp(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);
	uint64_t other;

	(void)state;
	legacy_scene(&m, 4);
	other = page_new(&m);
	assert_true(can(&m, &r, m.page));
	write64(&m, REG_RTADDR, other | TTM_ABORT << 10);
	assert_true(can(&m, &r, m.page));
	command(&m, 30, true);
	assert_int_equal(reason_of(&m, &r), 0x33);
	set_root(&m, other, TTM_LEGACY);
	assert_int_equal(reason_of(&m, &r), 0x01);
	clear_faults(&m);
	set_root(&m, m.root, TTM_LEGACY);
	assert_true(can(&m, &r, m.page));
	assert_null(model_take_complaint(&m.unit));
}

static void root_pointer_and_caches(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	/* ESRTPS = 1: SRTP flushes. */
	legacy_scene(&m, 4);
	assert_true(can(&m, &r, m.page));
	assert_int_not_equal(model_cached_count(&m.unit), 0);
	set_root(&m, m.root, TTM_LEGACY);
	assert_int_equal(model_cached_count(&m.unit), 0);
	/* ESRTPS = 0: it does not, and TTM must not change with TES = 1. */
	config.cap &= ~(UINT64_C(1) << 63);
	start(config);
	legacy_scene(&m, 4);
	assert_true(can(&m, &r, m.page));
	set_root(&m, page_new(&m), TTM_LEGACY);
	assert_true(can(&m, &r, m.page));
	assert_null(model_take_complaint(&m.unit));
	set_root(&m, m.root, TTM_ABORT);
	assert_non_null(strstr(model_take_complaint(&m.unit), "without ESRTPS"));
}

/* Without ESRTPS software owes global invalidations after SRTP, before it enables translation. */
static void invalidations_are_due(void **state)
{
	struct model_config config = everything();

	(void)state;
	config.cap &= ~(UINT64_C(1) << 63);
	start(config);
	set_root(&m, page_new(&m), TTM_LEGACY);
	host_invalidate_context(&m, 1, 0, 0, 0);
	command(&m, 31, true);
	assert_non_null(strstr(model_take_complaint(&m.unit), "invalidated after SRTP"));
	command(&m, 31, false);
	set_root(&m, page_new(&m), TTM_LEGACY);
	host_invalidate_context(&m, 1, 0, 0, 0);
	host_invalidate_iotlb(&m, 1, 0, 0);
	command(&m, 31, true);
	assert_null(model_take_complaint(&m.unit));
}

static void disabling_flushes(void **state)
{
	struct model_config config = everything();
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	legacy_scene(&m, 4);
	assert_true(can(&m, &r, m.page));
	command(&m, 31, false);
	assert_int_equal(model_cached_count(&m.unit), 0);
	assert_true(can(&m, &r, IOVA)); /* not remapped any more */
	/* Without SMTS nothing is said, so the model keeps everything. */
	config.ecap &= ~(UINT64_C(1) << 43);
	config.allow_illegal = true;
	start(config);
	legacy_scene(&m, 4);
	assert_true(can(&m, &r, m.page));
	command(&m, 31, false);
	assert_int_not_equal(model_cached_count(&m.unit), 0);
}

/* ---- register-based invalidation ---- */

#define ICC UINT64_C(0x8000000000000000)
enum { IVA_AT = 0x220, IOTLB_AT = 0x228 };

static void context_command_register(void **state)
{
	(void)state;
	for (uint64_t granularity = 1; granularity <= 3; granularity++) {
		write64(&m, REG_CCMD, ICC | granularity << 61 | UINT64_C(0x3FFFF0007));
		assert_int_equal(read64(&m, REG_CCMD), granularity << 61 | granularity << 59 | 7);
	}
	write64(&m, REG_CCMD, ICC); /* reserved granularity: refused */
	assert_int_equal(read64(&m, REG_CCMD), 0);
	/* Without ICC nothing happens. */
	write64(&m, REG_CCMD, UINT64_C(1) << 61);
	assert_int_equal(read64(&m, REG_CCMD), UINT64_C(1) << 61);
	/* The upper half starts the command. */
	write32(&m, REG_CCMD, 9);
	write32(&m, REG_CCMD + 4, 0xC0000000);
	assert_int_equal(read64(&m, REG_CCMD), UINT64_C(2) << 61 | UINT64_C(2) << 59 | 9);
}

static void iotlb_register(void **state)
{
	struct model_config config = everything();

	(void)state;
	for (uint64_t granularity = 1; granularity <= 3; granularity++) {
		write64(&m, IVA_AT, 0x1000);
		write64(&m, IOTLB_AT,
			ICC | granularity << 60 | UINT64_C(3) << 48 | UINT64_C(7) << 32);
		assert_int_equal(read64(&m, IOTLB_AT), granularity << 60 | granularity << 57 |
							       UINT64_C(3) << 48 |
							       UINT64_C(7) << 32);
	}
	assert_int_equal(read64(&m, IVA_AT), 0);
	write64(&m, IVA_AT, 0x1000 | 19); /* AM > MAMV */
	write64(&m, IOTLB_AT, ICC | UINT64_C(3) << 60);
	assert_int_equal(read64(&m, IOTLB_AT) >> 57 & 3, 0);
	write64(&m, IOTLB_AT, ICC);
	assert_int_equal(read64(&m, IOTLB_AT), 0);
	/* PSI = 0: done as domain-selective. */
	config.cap &= ~(UINT64_C(1) << 39);
	start(config);
	write64(&m, IOTLB_AT, ICC | UINT64_C(3) << 60);
	assert_int_equal(read64(&m, IOTLB_AT) >> 57 & 3, 2);
}

/* Legal only with TTM = 00, without queued invalidation, and up to major version 5. */
static void registers_refused(void **state)
{
	struct model_config config = everything();

	(void)state;
	set_root(&m, 0, TTM_SCALABLE);
	write64(&m, REG_CCMD, ICC | UINT64_C(1) << 61);
	assert_int_equal(read64(&m, REG_CCMD), UINT64_C(1) << 61);
	write64(&m, IOTLB_AT, ICC | UINT64_C(1) << 60);
	assert_int_equal(read64(&m, IOTLB_AT), UINT64_C(1) << 60);
	assert_null(model_take_complaint(&m.unit));
	set_root(&m, 0, TTM_LEGACY);
	queue_start(&m, false);
	write64(&m, REG_CCMD, ICC | UINT64_C(1) << 61);
	assert_int_equal(read64(&m, REG_CCMD), UINT64_C(1) << 61);
	assert_non_null(strstr(model_take_complaint(&m.unit), "queued invalidation"));
	config.version = 0x60;
	start(config);
	write64(&m, REG_CCMD, ICC | UINT64_C(1) << 61);
	assert_int_equal(read64(&m, REG_CCMD), UINT64_C(1) << 61);
}

int run_registers(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(capabilities_read_only, setup),
		cmocka_unit_test_setup(read_back, setup),
		cmocka_unit_test_setup(both_halves, setup),
		cmocka_unit_test_setup(absent_capabilities, setup),
		cmocka_unit_test_setup(illegal_accesses, setup),
		cmocka_unit_test_setup(more_register_pages, setup),
		cmocka_unit_test_setup(level_bits, setup),
		cmocka_unit_test_setup(queue_enable_shows, setup),
		cmocka_unit_test_setup(one_command_at_a_time, setup),
		cmocka_unit_test_setup(write_buffer_flush, setup),
		cmocka_unit_test_setup(delayed_status, setup),
		cmocka_unit_test_setup(latched_by_srtp, setup),
		cmocka_unit_test_setup(root_pointer_and_caches, setup),
		cmocka_unit_test_setup(invalidations_are_due, setup),
		cmocka_unit_test_setup(disabling_flushes, setup),
		cmocka_unit_test_setup(context_command_register, setup),
		cmocka_unit_test_setup(iotlb_register, setup),
		cmocka_unit_test_setup(registers_refused, setup),
	};

	return cmocka_run_group_tests_name("model registers", tests, NULL, NULL);
}
