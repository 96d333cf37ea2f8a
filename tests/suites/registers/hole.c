/* SPDX-License-Identifier: MIT */
/*
 * Modelled registers answer every access they take, and refuse every other one by name: a wrong
 * access never ends as a wrong value.
 *
 * The specification allows aligned accesses of 32 bits, and of 64 bits to registers of that width;
 * what any other does is left to hardware. Real platforms drop it, split it or die of it (QEMU
 * 44f50e075253 ended at eight bytes to a register of four), so a driver that makes one must hear
 * of it where it costs nothing: here. No rule of a unit is judged, but our own model and the
 * decoder under it.
 */
#include "arch/mmio.h"
#include "arch/mmio_hole.h"
#include "arch/string.h"
#include "arch/trap.h"
#include "tests/engine/platform.h"
#include "tests/suites/suites.h"

#define HOLE_SPEC "no rule of the specification: about modelled units"

/* The first modelled unit; skips the test where there is none. */
static struct unit *find_modelled(struct test_run *run)
{
	for (unsigned int i = 0; i < platform.unit_count; i++)
		if (platform.units[i].source == UNIT_MODEL)
			return &platform.units[i];
	test_skip(run, "no unit is modelled: topo= or units=model makes one");
	return NULL;
}

/* Makes the access under a guard: it must fault, and the reason begin with these words. */
static void expect_refusal(struct test_run *run, void (*access)(void *), uint32_t offset,
			   const char *words)
{
	struct unit *unit = find_modelled(run);
	struct trap_report report;
	const char *complaint;

	if (!unit)
		return;
	if (trap_guard(access, (void *)(uintptr_t)(unit->registers + offset), 0, &report)) {
		test_fail(run, "the access went through");
		return;
	}
	complaint = mmio_hole_complaint();
	if (!complaint || !strstr(complaint, words))
		test_fail(run, "%s, and the reason is: %s", report.name,
			  complaint ? complaint : "none");
}

static void read_8_bits(void *at)
{
	(void)mmio_read8(at);
}

static void write_8_bits(void *at)
{
	mmio_write8(at, 1);
}

static void read_16_bits(void *at)
{
	(void)mmio_read16(at);
}

static void write_16_bits(void *at)
{
	mmio_write16(at, 1);
}

static void read_32_bits(void *at)
{
	(void)mmio_read32(at);
}

static void write_32_bits(void *at)
{
	mmio_write32(at, 0);
}

static void read_64_bits(void *at)
{
	(void)mmio_read64(at);
}

static void write_64_bits(void *at)
{
	mmio_write64(at, 0);
}

static void test_bit(void *at)
{
	asm volatile("testl $1, (%0)" : : "r"(at) : "memory", "cc");
}

static void lock_or(void *at)
{
	asm volatile("lock orl $1, (%0)" : : "r"(at) : "memory", "cc");
}

static void copy_string(void *at)
{
	uint64_t count = 1;
	uint32_t to;
	void *target = &to;

	asm volatile("rep movsl" : "+S"(at), "+D"(target), "+c"(count) : : "memory");
}

static void execute(void *at)
{
	((void (*)(void))(uintptr_t)at)();
}

static void run_narrow(struct test_run *run)
{
	expect_refusal(run, read_8_bits, REG_VER, "8 bits wide");
	expect_refusal(run, write_8_bits, REG_FEADDR, "8 bits wide");
	expect_refusal(run, read_16_bits, REG_VER, "16 bits wide");
	expect_refusal(run, write_16_bits, REG_FEADDR, "16 bits wide");
}

static void run_unaligned(struct test_run *run)
{
	expect_refusal(run, read_32_bits, REG_CAP + 2, "32 bits wide but not aligned");
	expect_refusal(run, write_32_bits, REG_FEADDR + 1, "32 bits wide but not aligned");
	expect_refusal(run, read_64_bits, REG_CAP + 4, "64 bits wide but not aligned");
	expect_refusal(run, write_64_bits, REG_RTADDR + 4, "64 bits wide but not aligned");
}

static void run_past_registers(struct test_run *run)
{
	struct unit *unit = find_modelled(run);

	if (!unit)
		return;
	expect_refusal(run, read_32_bits, unit->register_bytes, "beyond");
	expect_refusal(run, write_64_bits, unit->register_bytes, "beyond");
	expect_refusal(run, read_64_bits, unit->register_bytes - 4, "not aligned");
}

static void run_too_wide(struct test_run *run)
{
	expect_refusal(run, read_64_bits, REG_FECTL, "64-bit access to 32-bit registers");
	expect_refusal(run, write_64_bits, REG_IECTL, "64-bit access to 32-bit registers");
}

static void run_unknown_instruction(struct test_run *run)
{
	expect_refusal(run, test_bit, REG_GSTS, "not a mov of the known forms (code f7");
	expect_refusal(run, lock_or, REG_FEADDR, "not a mov of the known forms (code f0");
	expect_refusal(run, copy_string, REG_VER, "not a mov of the known forms (code f3 a5");
	expect_refusal(run, execute, 0, "registers hold no code to run");
}

/* Forms that the accessors do not use: immediates, displacements, indexes, the accumulator's own. */
static void run_other_forms(struct test_run *run)
{
	struct unit *unit = find_modelled(run);
	volatile uint8_t *base;
	uint64_t wide;
	uint32_t value, saved;

	if (!unit)
		return;
	base = unit->registers;
	saved = mmio_read32(base + REG_FEADDR);
	asm volatile("movl $0xfee01000, %c1(%0)" : : "r"(base), "i"(REG_FEADDR) : "memory");
	EXPECT_EQ(run, mmio_read32(base + REG_FEADDR), 0xfee01000);
	asm volatile("movl -8(%1, %2, 8), %0"
		     : "=r"(value)
		     : "r"(base), "r"((REG_FEADDR + 8) / UINT64_C(8))
		     : "memory");
	EXPECT_EQ(run, value, 0xfee01000);
	asm volatile("movl %0, (%1)" : : "r"(saved), "r"(base + REG_FEADDR) : "memory");
	EXPECT_EQ(run, mmio_read32(base + REG_FEADDR), saved);
	asm volatile("movq $0xffffffffa5a5a000, (%0)" : : "r"(base + REG_RTADDR) : "memory");
	asm volatile("movq %c2(%0), %0" : "=r"(wide) : "0"(base), "i"(REG_RTADDR) : "memory");
	EXPECT_EQ(run, (uint32_t)wide, 0xa5a5a000); /* the upper half goes as far as HAW */
	wide = ~UINT64_C(0);
	asm volatile("movl (%1), %k0" : "+r"(wide) : "r"(base + REG_VER) : "memory");
	EXPECT_EQ(run, wide, unit->caps.ver); /* 32-bit loads clear the upper half */
	mmio_write64(base + REG_RTADDR, 0);
}

#define HOLE_TEST(name, text, function)                                                     \
	{                                                                                   \
		.id = "hole." name, .title = (text), .spec = HOLE_SPEC, .flags = TEST_ONCE, \
		.run = (function)                                                           \
	}

static const struct test tests[] = {
	HOLE_TEST("forms", "every plain mov reaches the register it names", run_other_forms),
	HOLE_TEST("narrow", "accesses of 8 and 16 bits are refused by name", run_narrow),
	HOLE_TEST("unaligned", "unaligned accesses are refused by name", run_unaligned),
	HOLE_TEST("past-registers", "accesses past the register pages are refused by name",
		  run_past_registers),
	HOLE_TEST("too-wide", "64-bit accesses to 32-bit registers are refused by name",
		  run_too_wide),
	HOLE_TEST("unknown-instruction", "instructions that are no plain mov are refused by name",
		  run_unknown_instruction),
};

const struct suite suite_hole = SUITE("hole", tests);
