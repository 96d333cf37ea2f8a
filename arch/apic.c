/* SPDX-License-Identifier: MIT */
#include "arch/apic.h"

#include "arch/cpu.h"
#include "arch/mmio.h"

#define PIC1_DATA 0x21
#define PIC2_DATA 0xa1

/* Channel 0 in mode 0, without a count: the firmware's clock tick ends, masked as it is. */
#define PIT_COMMAND 0x43
#define PIT_STOP    0x30

#define APIC_BASE_X2APIC (1u << 10)
#define APIC_BASE_ENABLE (1u << 11)
#define X2APIC_MSR	 0x800

/* Register offsets of the memory-mapped form; the MSR number is offset / 16. */
enum {
	REG_ID = 0x20,
	REG_TPR = 0x80,
	REG_EOI = 0xb0,
	REG_LDR = 0xd0,
	REG_DFR = 0xe0,
	REG_SPURIOUS = 0xf0,
	REG_ISR = 0x100,
	REG_TMR = 0x180,
	REG_COMMAND = 0x300,
	REG_LVT_TIMER = 0x320,
	REG_LVT_LINT0 = 0x350,
	REG_LVT_LINT1 = 0x360,
	REG_TIMER_START = 0x380,
	REG_TIMER_NOW = 0x390,
	REG_TIMER_DIVIDE = 0x3e0,
	REG_X2APIC_SELF = 0x3f0,
};

#define LVT_MASKED	(1u << 16)
#define SPURIOUS_ENABLE (1u << 8)
#define COMMAND_PENDING (1u << 12)
#define COMMAND_TO_SELF (1u << 18) /* destination shorthand */
#define COMMAND_GLANCES 10000
#define DIVIDE_BY_16	3
#define ISR_REGISTERS	8
#define FLAT_MODEL	~0u
#define FLAT_ID		1u /* in bits 31:24 of LDR */

static bool present, x2apic, was_x2apic;
static uintptr_t base;

static uint32_t read(unsigned reg)
{
	if (x2apic)
		return (uint32_t)cpu_read_msr(X2APIC_MSR + reg / 16);
	return mmio_read32((const void *)(base + reg));
}

static void write(unsigned reg, uint32_t value)
{
	if (x2apic)
		cpu_write_msr(X2APIC_MSR + reg / 16, value);
	else
		mmio_write32((void *)(base + reg), value);
}

/* On, in the mode it has or the one that is wanted: from off it goes to x2APIC through xAPIC only. */
static void turn_on(bool wants_x2apic)
{
	uint64_t msr = cpu_read_msr(MSR_APIC_BASE);

	was_x2apic = msr & APIC_BASE_X2APIC;
	base = msr & ~0xfffull & ((1ull << cpu_physical_bits()) - 1);
	if (!(msr & APIC_BASE_ENABLE))
		cpu_write_msr(MSR_APIC_BASE, msr |= APIC_BASE_ENABLE);
	if (wants_x2apic && (cpu_id(1, 0).ecx & CPUID_1_ECX_X2APIC))
		cpu_write_msr(MSR_APIC_BASE, msr |= APIC_BASE_X2APIC);
	x2apic = msr & APIC_BASE_X2APIC;
}

void apic_init(bool wants_x2apic)
{
	static const uint16_t sources[] = { REG_LVT_TIMER, REG_LVT_LINT0, REG_LVT_LINT1 };
	unsigned i;

	cpu_out8(PIC1_DATA, 0xff);
	cpu_out8(PIC2_DATA, 0xff);
	cpu_out8(PIT_COMMAND, PIT_STOP);
	present = cpu_id(1, 0).edx & CPUID_1_EDX_APIC;
	if (!present)
		return;
	turn_on(wants_x2apic);
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		write(sources[i], LVT_MASKED);
	write(REG_TIMER_START, 0);
	write(REG_TPR, 0);
	if (!x2apic) {
		write(REG_DFR, FLAT_MODEL);
		write(REG_LDR, FLAT_ID << 24);
	}
	write(REG_SPURIOUS, SPURIOUS_ENABLE | APIC_SPURIOUS_VECTOR);
	write(REG_TIMER_DIVIDE, DIVIDE_BY_16);
	write(REG_LVT_TIMER, APIC_TIMER_VECTOR);
	apic_end_all_interrupts();
}

bool apic_is_present(void)
{
	return present;
}

uint32_t apic_id(void)
{
	if (!present)
		return 0;
	return x2apic ? read(REG_ID) : read(REG_ID) >> 24;
}

bool apic_is_x2apic(void)
{
	return x2apic;
}

bool apic_was_x2apic(void)
{
	return was_x2apic;
}

uint32_t apic_logical_id(void)
{
	return x2apic ? read(REG_LDR) : FLAT_ID;
}

bool apic_is_level(uint8_t vector)
{
	return present && read(REG_TMR + vector / 32u * 16) >> vector % 32 & 1;
}

void apic_end_interrupt(void)
{
	if (present)
		write(REG_EOI, 0);
}

/* Each end of interrupt clears the highest bit in service; there are 256 of them at most. */
void apic_end_all_interrupts(void)
{
	unsigned i, left = 32 * ISR_REGISTERS;

	if (!present)
		return;
	for (i = 0; i < ISR_REGISTERS; i++) {
		while (left && read(REG_ISR + i * 16)) {
			write(REG_EOI, 0);
			left--;
		}
	}
}

void apic_timer_set(uint32_t ticks)
{
	if (present)
		write(REG_TIMER_START, ticks);
}

uint32_t apic_timer_read(void)
{
	return present ? read(REG_TIMER_NOW) : 0;
}

void apic_raise(uint8_t vector)
{
	unsigned i;

	if (!present)
		return;
	if (x2apic) {
		write(REG_X2APIC_SELF, vector);
		return;
	}
	for (i = 0; i < COMMAND_GLANCES && (read(REG_COMMAND) & COMMAND_PENDING); i++)
		;
	write(REG_COMMAND, COMMAND_TO_SELF | vector);
}

uint64_t apic_msi_address(void)
{
	return 0xfee00000u | (uint64_t)(apic_id() & 0xff) << 12;
}

uint32_t apic_msi_data(uint8_t vector)
{
	return vector;
}
