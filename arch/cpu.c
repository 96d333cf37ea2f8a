/* SPDX-License-Identifier: MIT */
#include "arch/cpu.h"

#define FAULT_STACK_BYTES 8192

#define CR0_STATE	0x80010033ull /* PG WP NE ET MP PE */
#define CR4_PAE		(1ull << 5)
#define CR4_MCE		(1ull << 6)
#define CR4_LA57	(1ull << 12)
#define PAT_AT_POWER_UP 0x0007040600070406ull

#define GDT_CODE_64   0x00af9b000000ffffull
#define GDT_DATA      0x00cf93000000ffffull
#define TASK_SELECTOR 0x18

/* Stack number per kind of exception that must not trust the stack it interrupted. */
static uint8_t fault_stacks[3][FAULT_STACK_BYTES] __attribute__((aligned(16)));

static struct {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed)) task_state;

static uint64_t gdt[5];

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

struct cpuid cpu_id(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid id;

	asm volatile("cpuid"
		     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
		     : "a"(leaf & 0x80000000u), "c"(0));
	if (leaf > id.eax)
		return (struct cpuid){ 0 };
	asm volatile("cpuid"
		     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
		     : "a"(leaf), "c"(subleaf));
	return id;
}

unsigned cpu_physical_bits(void)
{
	static unsigned bits;

	if (!bits)
		bits = cpu_id(0x80000008, 0).eax & 0xff;
	if (bits < 36 || bits > 52)
		bits = 36;
	return bits;
}

unsigned cpu_paging_levels(void)
{
	return cpu_read_cr4() & CR4_LA57 ? 5 : 4;
}

void cpu_flush(const void *address, size_t bytes)
{
	static uintptr_t line_bytes;
	uintptr_t at, end = (uintptr_t)address + bytes;

	if (!line_bytes)
		line_bytes = (cpu_id(1, 0).ebx >> 8 & 0xff) * 8;
	if (!line_bytes)
		line_bytes = 64;
	for (at = (uintptr_t)address & ~(line_bytes - 1); at < end; at += line_bytes)
		asm volatile("clflush (%0)" : : "r"(at) : "memory");
	cpu_fence();
}

static void set_task_descriptor(void)
{
	uint64_t base = (uintptr_t)&task_state, limit = sizeof(task_state) - 1;

	gdt[3] = limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
	gdt[4] = base >> 32;
}

void cpu_load_segments(void)
{
	const struct table_register gdtr = { sizeof(gdt) - 1, (uintptr_t)gdt };
	unsigned i;

	for (i = 0; i < 3; i++)
		task_state.ist[i] = (uintptr_t)fault_stacks[i] + FAULT_STACK_BYTES;
	task_state.io_map = sizeof(task_state);
	gdt[CPU_CODE_SELECTOR / 8] = GDT_CODE_64;
	gdt[CPU_DATA_SELECTOR / 8] = GDT_DATA;
	set_task_descriptor();
	asm volatile("lgdt %0\n\t"
		     "movl %1, %%ds\n\t"
		     "movl %1, %%es\n\t"
		     "movl %1, %%fs\n\t"
		     "movl %1, %%gs\n\t"
		     "movl %1, %%ss\n\t"
		     "pushq %2\n\t"
		     "leaq 1f(%%rip), %%rax\n\t"
		     "pushq %%rax\n\t"
		     "lretq\n"
		     "1:\tltr %3"
		     :
		     : "m"(gdtr), "r"(CPU_DATA_SELECTOR), "i"(CPU_CODE_SELECTOR),
		       "r"((uint16_t)TASK_SELECTOR)
		     : "rax", "memory");
}

void cpu_load_control_registers(void)
{
	uint64_t keep = cpu_read_cr4() & CR4_LA57; /* cannot change while paging is on */

	asm volatile("movq %0, %%cr4" : : "r"(CR4_PAE | CR4_MCE | keep) : "memory");
	asm volatile("movq %0, %%cr0" : : "r"(CR0_STATE) : "memory");
	cpu_write_msr(MSR_PAT, PAT_AT_POWER_UP);
	cpu_write_cr3(cpu_read_cr3());
}
