/* SPDX-License-Identifier: MIT */
/*
 * Interrupt requests: remapping, source checks, faults, the interrupt entry cache.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

/* ---- interrupts ---- */

static uint64_t table;

static void interrupt_scene(bool extended)
{
	table = page_new(&m);
	write64(&m, REG_IRTA, table | (extended ? 1 << 11 : 0) | 3); /* 16 entries */
	command(&m, 24, true);
	command(&m, 25, true);
}

static void irte(unsigned int index, uint64_t low, uint64_t high)
{
	word_at(&m, table + index * 16)[0] = low;
	word_at(&m, table + index * 16)[1] = high;
}

static void msi(uint16_t sid, uint64_t address, uint32_t data)
{
	struct model_request r = {
		.kind = MODEL_WRITE, .sid = sid, .address = address, .bytes = 4, .data = data
	};
	struct model_answer answer;

	model_translate(&m.unit, &r, &answer);
	assert_int_equal(answer.completion, MODEL_INTERRUPT);
}

static uint64_t remappable(unsigned int index)
{
	return 0xFEE00010 | (index & 0x7FFF) << 5 | (index >> 15) << 2;
}

static void expect_fault(uint8_t reason, uint64_t index)
{
	assert_true(has_fault(&m, 0));
	assert_int_equal(fault_high(&m, 0) >> 32 & 0xFF, reason);
	assert_int_equal(fault_high(&m, 0) & 0xFFFF, SID);
	assert_int_equal(fault_low(&m, 0), index << 48);
	clear_faults(&m);
	command(&m, 25, false); /* index of the records back to 0 */
	command(&m, 25, true);
}

static void remapped_interrupts(void **state)
{
	(void)state;
	interrupt_scene(false);
	irte(5, 1 | 1 << 3 | UINT64_C(0x41) << 16 | UINT64_C(7) << 40, 0);
	msi(SID, remappable(5), 0xABCD0000); /* SHV = 0: data is ignored */
	assert_int_equal(m.message_count, 1);
	assert_int_equal(m.messages[0].address, 0xFEE00000 | 7 << 12 | 8);
	assert_int_equal(m.messages[0].data, 0x4041);
	msi(SID, remappable(3) | 8, 2); /* handle plus subhandle */
	assert_int_equal(m.message_count, 2);
	/* The entry is cached until it is invalidated. */
	irte(5, 0, 0);
	msi(SID, remappable(5), 0);
	assert_int_equal(m.message_count, 3);
	queue_start(&m, true);
	submit(&m, 4 | 1 << 4 | UINT64_C(4) << 32, 0);
	msi(SID, remappable(5), 0);
	assert_int_equal(m.message_count, 4);
	submit(&m, 4 | 1 << 4 | UINT64_C(1) << 27 | UINT64_C(4) << 32, 0); /* 4 and 5 */
	msi(SID, remappable(5), 0);
	assert_int_equal(m.message_count, 4);
	expect_fault(0x22, 5);
	submit(&m, 4, 0);
	/* x2APIC: 32-bit destinations. */
	start(everything());
	interrupt_scene(true);
	irte(0, 1 | 1 << 2 | 1 << 4 | 1 << 5 | UINT64_C(0x12345678) << 32, 0);
	msi(SID, remappable(0), 0);
	assert_int_equal(m.messages[0].address, UINT64_C(0x12345600FEE78004));
	assert_int_equal(m.messages[0].data, 0xC100);
}

/* Address, size and EIME count when SIRTP latches them, not when they are written. */
static void interrupt_table_latched(void **state)
{
	(void)state;
	interrupt_scene(false);
	irte(5, 1 | UINT64_C(0x41) << 16, 0);
	write64(&m, REG_IRTA, page_new(&m) | 1 << 11);
	msi(SID, remappable(5), 0);
	assert_int_equal(m.message_count, 1);
	assert_false(has_fault(&m, 0));
	command(&m, 24, true);
	msi(SID, remappable(5), 0);
	assert_int_equal(m.message_count, 1);
	expect_fault(0x21, 5); /* the new table has 2 entries */
}

/* With IRE clear a request goes by its own address and data, whatever its format. */
static void remapping_off(void **state)
{
	(void)state;
	interrupt_scene(false);
	irte(0, 1 | UINT64_C(0x41) << 16, 0);
	command(&m, 25, false);
	msi(SID, remappable(0), 0x55);
	assert_int_equal(m.message_count, 1);
	assert_int_equal(m.messages[0].address, remappable(0));
	assert_int_equal(m.messages[0].data, 0x55);
}

static void interrupt_faults(void **state)
{
	(void)state;
	interrupt_scene(false);
	irte(1, 1, 0);
	msi(SID, remappable(1) | 8, 1 << 16);
	expect_fault(0x20, 0);
	msi(SID, remappable(16), 0);
	expect_fault(0x21, 16);
	msi(SID, remappable(0x8000), 0);
	expect_fault(0x21, 0x8000);
	msi(SID, remappable(2), 0);
	expect_fault(0x22, 2);
	irte(2, 2, 0); /* FPD counts although P = 0 */
	msi(SID, remappable(2), 0);
	assert_false(has_fault(&m, 0));
	for (unsigned int i = 0; i < 8; i++) {
		static const uint64_t bad[][2] = { { B(12), 0 },  { B(14), 0 }, { B(24), 0 },
						   { B(32), 0 },  { B(48), 0 }, { 3 << 5, 0 },
						   { 6 << 5, 0 }, { 0, B(20) } };

		irte(3, 1 | bad[i][0], bad[i][1]);
		msi(SID, remappable(3), 0);
		expect_fault(0x24, 3);
	}
	irte(3, 1, UINT64_C(3) << 18);
	msi(SID, remappable(3), 0);
	expect_fault(0x24, 3);
	/* Compatibility format. */
	msi(SID, 0xFEE00000, 0x30);
	expect_fault(0x25, 0);
	assert_int_equal(m.message_count, 0);
	command(&m, 23, true);
	msi(SID, 0xFEE00000, 0x30);
	assert_int_equal(m.message_count, 1);
	page_remove(&m, table);
	msi(SID, remappable(1), 0);
	expect_fault(0x23, 1);
}

static void interrupt_sources(void **state)
{
	static const struct {
		uint64_t high;
		uint16_t sid;
		bool ok;
	} cases[] = {
		{ 0, 0x1234, true },
		{ B(18) | SID, SID, true },
		{ B(18) | SID, SID + 1, false },
		{ B(18) | 1 << 16 | SID, SID + 4, true },
		{ B(18) | 1 << 16 | SID, SID + 2, false },
		{ B(18) | 2 << 16 | SID, SID + 6, true },
		{ B(18) | 2 << 16 | SID, SID + 1, false },
		{ B(18) | 3 << 16 | SID, SID + 7, true },
		{ B(18) | 3 << 16 | SID, SID + 8, false },
		{ B(19) | 0x0204, 0x02FF, true },
		{ B(19) | 0x0204, 0x0400, true },
		{ B(19) | 0x0204, 0x0500, false },
		{ B(19) | 0x0204, 0x01FF, false },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(everything());
		interrupt_scene(true);
		irte(0, 1, cases[i].high);
		msi(cases[i].sid, remappable(0), 0);
		assert_int_equal(m.message_count, cases[i].ok);
		assert_int_equal(has_fault(&m, 0), !cases[i].ok);
		if (!cases[i].ok)
			assert_int_equal(fault_high(&m, 0) >> 32 & 0xFF, 0x26);
	}
}

static void interrupt_requirements(void **state)
{
	struct model_config config = everything();

	(void)state;
	/* Remapping off: everything passes as it is. */
	msi(SID, remappable(3), 0x55);
	assert_int_equal(m.messages[0].address, remappable(3));
	assert_int_equal(m.messages[0].data, 0x55);
	/* x2APIC mode blocks the compatibility format, CFIS or not. */
	interrupt_scene(true);
	command(&m, 23, true);
	msi(SID, 0xFEE00000, 0x30);
	expect_fault(0x25, 0);
	config.ecap |= B(61) | B(62); /* EIMER, IRREQ */
	start(config);
	msi(SID, 0xFEE00000, 0x30);
	assert_int_equal(fault_high(&m, 0) >> 32 & 0xFF, 0x2B);
	clear_faults(&m);
	interrupt_scene(false);
	msi(SID, remappable(0), 0);
	assert_int_equal(fault_high(&m, 0) >> 32 & 0xFF, 0x2A);
	assert_int_equal(m.message_count, 0);
	/* A table beyond the host's addresses. */
	config = everything();
	config.host_address_bits = 32;
	start(config);
	write64(&m, REG_IRTA, 0xFFFFF000 | 15);
	command(&m, 24, true);
	command(&m, 25, true);
	msi(SID, remappable(0x4000), 0);
	expect_fault(0x21, 0x4000);
}

/* CM = 1 keeps entries that faulted; ESIRTPS decides whether SIRTP flushes. */
static void interrupt_cache(void **state)
{
	struct model_config config = everything();

	(void)state;
	config.cap |= B(7);
	config.cap &= ~B(62);
	start(config);
	interrupt_scene(true);
	msi(SID, remappable(0), 0);
	expect_fault(0x22, 0);
	irte(0, 1, 0);
	msi(SID, remappable(0), 0);
	assert_int_equal(m.message_count, 0);
	clear_faults(&m);
	command(&m, 24, true);
	msi(SID, remappable(0), 0);
	assert_int_equal(m.message_count, 0);
	queue_start(&m, true);
	submit(&m, 4, 0);
	msi(SID, remappable(0), 0);
	assert_int_equal(m.message_count, 1);
	start(everything());
	interrupt_scene(true);
	irte(0, 1, 0);
	msi(SID, remappable(0), 0);
	irte(0, 0, 0);
	command(&m, 24, true); /* ESIRTPS = 1 */
	msi(SID, remappable(0), 0);
	assert_int_equal(m.message_count, 1);
}

/* The highest bits of subhandle, mask and index count. */
static void wide_requests(void **state)
{
	(void)state;
	interrupt_scene(false);
	irte(5, 1 | UINT64_C(0x41) << 16, 0);
	msi(SID, remappable(0) | 8, 0x105);
	assert_int_equal(m.message_count, 0);
	expect_fault(0x21, 0x105);
	msi(SID, remappable(5), 0);
	irte(5, 0, 0);
	queue_start(&m, true);
	submit(&m, 4 | 1 << 4 | UINT64_C(0x105) << 32, 0); /* another entry */
	msi(SID, remappable(5), 0);
	assert_int_equal(m.message_count, 2);
	submit(&m, 4 | 1 << 4 | UINT64_C(8) << 27, 0); /* 0 to FFh */
	msi(SID, remappable(5), 0);
	assert_int_equal(m.message_count, 2);
	expect_fault(0x22, 5);
}

/* After a reset the table is read anew, though nobody invalidated, and SIRTP does not (ESIRTPS = 0). */
static void interrupt_cache_after_reset(void **state)
{
	struct model_config config = everything();

	(void)state;
	config.cap &= ~B(62);
	start(config);
	interrupt_scene(false);
	irte(5, 1 | UINT64_C(0x41) << 16, 0);
	msi(SID, remappable(5), 0);
	irte(5, 1 | UINT64_C(0x42) << 16, 0);
	command(&m, 24, true);
	msi(SID, remappable(5), 0);
	assert_int_equal(m.messages[1].data, 0x4041);
	model_reset(&m.unit);
	write64(&m, REG_IRTA, table | 3);
	command(&m, 24, true);
	command(&m, 25, true);
	msi(SID, remappable(5), 0);
	assert_int_equal(m.message_count, 3);
	assert_int_equal(m.messages[2].data, 0x4042);
}

/* ---- posted interrupts ---- */

/* Entry 4 posts vector 70h to *pid. */
static uint64_t *posted_scene(bool extended)
{
	uint64_t where = page_new(&m) + 0xFC0;

	interrupt_scene(extended);
	irte(4, 1 | B(15) | UINT64_C(0x70) << 16 | (where & 0xFFFFFFC0) << 32, where >> 32 << 32);
	word_at(&m, where)[4] = UINT64_C(0x33) << 16 | UINT64_C(9) << 40; /* NV, APIC id 9 */
	return word_at(&m, where);
}

static void posted_interrupts(void **state)
{
	uint64_t *pid = posted_scene(false);

	(void)state;
	msi(SID, remappable(4), 0);
	assert_int_equal(pid[1], B(0x70 - 64));
	assert_int_equal(pid[0] | pid[2] | pid[3], 0);
	assert_int_equal(pid[4], 1 | UINT64_C(0x33) << 16 | UINT64_C(9) << 40);
	assert_int_equal(m.message_count, 1);
	assert_int_equal(m.messages[0].address, 0xFEE00000 | 9 << 12);
	assert_int_equal(m.messages[0].data, 0x4033);
	msi(SID, remappable(4), 0); /* ON */
	assert_int_equal(m.message_count, 1);
	pid[4] = B(1); /* SN */
	pid[1] = 0;
	msi(SID, remappable(4), 0);
	assert_int_equal(pid[1], B(0x70 - 64));
	assert_int_equal(pid[4], B(1));
	word_at(&m, table + 4 * 16)[0] |= B(14); /* URG: the entry is cached */
	msi(SID, remappable(4), 0);
	assert_int_equal(m.message_count, 1);
	command(&m, 24, true);
	msi(SID, remappable(4), 0);
	assert_int_equal(m.message_count, 2);
	assert_int_equal(pid[4], 3);
}

static void posted_faults(void **state)
{
	static const unsigned int in_entry[] = { 2, 7, 12, 13, 24, 37, 84, 95, 96 + 20 };
	static const unsigned int in_descriptor[] = { 258, 271, 280, 287, 288, 304, 319, 320, 511 };
	uint64_t *pid = posted_scene(false);

	(void)state;
	for (unsigned int i = 0; i < sizeof(in_entry) / sizeof(in_entry[0]); i++) {
		word_at(&m, table + 4 * 16)[in_entry[i] / 64] ^= B(in_entry[i] % 64);
		msi(SID, remappable(4), 0);
		expect_fault(0x24, 4);
		word_at(&m, table + 4 * 16)[in_entry[i] / 64] ^= B(in_entry[i] % 64);
	}
	for (unsigned int i = 0; i < sizeof(in_descriptor) / sizeof(in_descriptor[0]); i++) {
		pid[in_descriptor[i] / 64] ^= B(in_descriptor[i] % 64);
		msi(SID, remappable(4), 0);
		expect_fault(0x28, 4);
		pid[in_descriptor[i] / 64] ^= B(in_descriptor[i] % 64);
	}
	assert_int_equal(m.message_count, 0);
	msi(SID, remappable(4), 0);
	assert_int_equal(m.message_count, 1);
	page_remove(&m, (word_at(&m, table + 4 * 16)[0] >> 32) & ~UINT64_C(0xFFF));
	msi(SID, remappable(4), 0);
	expect_fault(0x27, 4);
}

/* Extended mode: APIC ids of 32 bits. */
static void posted_extended(void **state)
{
	uint64_t *pid = posted_scene(true);

	(void)state;
	pid[4] = UINT64_C(0x33) << 16 | UINT64_C(0x12345678) << 32;
	msi(SID, remappable(4), 0);
	assert_int_equal(m.messages[0].address, UINT64_C(0x12345600FEE78000));
}

int run_interrupts(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(remapped_interrupts, setup),
		cmocka_unit_test_setup(interrupt_table_latched, setup),
		cmocka_unit_test_setup(remapping_off, setup),
		cmocka_unit_test_setup(interrupt_faults, setup),
		cmocka_unit_test_setup(interrupt_sources, setup),
		cmocka_unit_test_setup(interrupt_requirements, setup),
		cmocka_unit_test_setup(interrupt_cache, setup),
		cmocka_unit_test_setup(interrupt_cache_after_reset, setup),
		cmocka_unit_test_setup(wide_requests, setup),
		cmocka_unit_test_setup(posted_interrupts, setup),
		cmocka_unit_test_setup(posted_faults, setup),
		cmocka_unit_test_setup(posted_extended, setup),
	};

	return cmocka_run_group_tests_name("model interrupts", tests, NULL, NULL);
}
