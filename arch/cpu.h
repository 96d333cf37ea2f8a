/* SPDX-License-Identifier: MIT */
/* Single instructions of the processor, and the few tables it needs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RFLAGS_IF (1ull << 9)

#define CPU_CODE_SELECTOR 0x08
#define CPU_DATA_SELECTOR 0x10

#define CPUID_1_ECX_X2APIC     (1u << 21)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_1_EDX_APIC       (1u << 9)
#define CPUID_1_EDX_CLFLUSH    (1u << 19)

enum {
	MSR_APIC_BASE = 0x1b,
	MSR_PAT = 0x277,
};

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline uint8_t cpu_in8(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint16_t cpu_in16(uint16_t port)
{
	uint16_t value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint32_t cpu_in32(uint16_t port)
{
	uint32_t value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void cpu_out8(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void cpu_out16(uint16_t port, uint16_t value)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void cpu_out32(uint16_t port, uint32_t value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint64_t cpu_read_msr(uint32_t msr)
{
	uint32_t low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void cpu_write_msr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr"
		     :
		     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
		     : "memory");
}

/* All zero for a leaf beyond the highest one of its class, where Intel repeats another leaf. */
struct cpuid cpu_id(uint32_t leaf, uint32_t subleaf);

/* Time stamp counter, not reordered with the loads before it. */
static inline uint64_t cpu_read_tsc(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Orders every earlier load, store and flush before every later one. */
static inline void cpu_fence(void)
{
	asm volatile("mfence" : : : "memory");
}

/* Keeps the compiler, and only it, from moving memory accesses across. */
static inline void cpu_barrier(void)
{
	asm volatile("" : : : "memory");
}

/* Writes the cache lines that hold [address, address + bytes) back to memory, then fences. */
void cpu_flush(const void *address, size_t bytes);

static inline void cpu_pause(void)
{
	asm volatile("pause" : : : "memory");
}

/*
 * Two thousand instructions that do nothing: where time is counted in instructions (QEMU's -icount) they pass
 * two milliseconds of it for next to nothing. A branch after each 128: where a block of them is cut off, because a
 * timer is due within it, QEMU translates what goes before anew for each length.
 */
static inline void cpu_pass_time(void)
{
	unsigned blocks;

	for (blocks = 0; blocks < 16; blocks++)
		asm volatile(".rept 125; nop; .endr" : : : "memory");
}

static inline void cpu_interrupts_on(void)
{
	asm volatile("sti" : : : "memory");
}

static inline void cpu_interrupts_off(void)
{
	asm volatile("cli" : : : "memory");
}

/* Turns interrupts off and says whether they were on. */
static inline bool cpu_interrupts_save(void)
{
	uint64_t flags;

	asm volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags & RFLAGS_IF;
}

static inline void cpu_interrupts_restore(bool on)
{
	if (on)
		cpu_interrupts_on();
}

/* Waits for the next interrupt; none can slip in between enabling and halting. Leaves them on. */
static inline void cpu_interrupts_on_and_halt(void)
{
	asm volatile("sti; hlt" : : : "memory");
}

_Noreturn static inline void cpu_stop(void)
{
	for (;;)
		asm volatile("cli; hlt" : : : "memory");
}

static inline uint64_t cpu_read_cr2(void)
{
	uint64_t value;

	asm volatile("movq %%cr2, %0" : "=r"(value));
	return value;
}

static inline uint64_t cpu_read_cr3(void)
{
	uint64_t value;

	asm volatile("movq %%cr3, %0" : "=r"(value));
	return value;
}

static inline void cpu_write_cr3(uint64_t value)
{
	asm volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}

static inline uint64_t cpu_read_cr4(void)
{
	uint64_t value;

	asm volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

static inline void cpu_forget_page(uint64_t address)
{
	asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* Of the tables that the processor walks: 5 where CR4.LA57 is on, else 4. */
unsigned cpu_paging_levels(void);

/* Number of physical address bits the processor implements, 36 to 52. */
unsigned cpu_physical_bits(void);

/* Loads our own GDT and task state (stacks for double fault, NMI and machine check). */
void cpu_load_segments(void);

/* Puts CR0, CR4 and the PAT into the state all code here expects. Our page tables must be live. */
void cpu_load_control_registers(void);
