/* SPDX-License-Identifier: MIT */
#include "arch/time.h"

#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/cpu.h"

#define CALIBRATION_US	10000
#define US_PER_SECOND	1000000ull
#define PM_TIMER_HZ	3579545u
#define PM_TIMER_MASK	0xffffffu
#define PIT_HZ		1193182u
#define PIT_MASK	0xffffu
#define PIT_CHANNEL2	0x42
#define PIT_MODE	0x43
#define PIT_GATE	0x61
#define PASSES		64u /* more than 100 ms of a clock that counts a microsecond per instruction */
#define PASSES_PER_LOOK 4u
#define READS_MAX	2000000u /* of a reference that may stand still: two seconds on metal */

/* A counter of known rate that the time stamp counter is measured against. */
struct reference {
	const char *name;
	uint32_t hz;
	uint32_t mask;
	bool (*start)(void);
	uint32_t (*read)(void); /* counts up */
};

/* A reading of both counters, and how far apart they may have been taken. */
struct sample {
	uint64_t tsc;
	uint64_t window;
	uint32_t count;
};

static const char *source = "none";
static uint64_t tsc_hz, tsc_start;
static uint64_t us_per_tick;	/* 32.32 fixed point */
static uint64_t ticks_per_us;	/* 32.32 fixed point */
static uint64_t timer_per_tick; /* APIC timer ticks per TSC tick, 0.32 fixed point; 0: no timer */
static uint64_t watchdog_end, idle_end;
static bool watchdog_is_set, idle_is_set;

static uint64_t multiply_fixed(uint64_t value, uint64_t factor)
{
	return (uint64_t)((unsigned __int128)value * factor >> 32);
}

static bool pm_start(void)
{
	return acpi_pm_timer_port() != 0;
}

static uint32_t pm_read(void)
{
	return cpu_in32(acpi_pm_timer_port());
}

/* Channel 2 counts down from 65535, its gate on and the speaker off. */
static bool pit_start(void)
{
	cpu_out8(PIT_GATE, (uint8_t)((cpu_in8(PIT_GATE) & ~2) | 1));
	cpu_out8(PIT_MODE, 0xb4);
	cpu_out8(PIT_CHANNEL2, 0xff);
	cpu_out8(PIT_CHANNEL2, 0xff);
	return true;
}

static uint32_t pit_read(void)
{
	uint32_t low;

	cpu_out8(PIT_MODE, 0x80);
	low = cpu_in8(PIT_CHANNEL2);
	return PIT_MASK - (low | (uint32_t)cpu_in8(PIT_CHANNEL2) << 8);
}

static const struct reference references[] = {
	{ "ACPI PM timer", PM_TIMER_HZ, PM_TIMER_MASK, pm_start, pm_read },
	{ "PIT channel 2", PIT_HZ, PIT_MASK, pit_start, pit_read },
};

/* The tightest of a few readings: the host may take the processor away between two of them. */
static struct sample sample_take(const struct reference *ref)
{
	struct sample best = { .window = ~0ull };
	unsigned i;

	for (i = 0; i < 5; i++) {
		uint64_t before = cpu_read_tsc();
		uint32_t count = ref->read();
		uint64_t window = cpu_read_tsc() - before;

		if (window < best.window)
			best = (struct sample){ before + window / 2, window, count };
	}
	return best;
}

/* Rate of the time stamp counter, or 0 if the reference does not move. */
static uint64_t measure(const struct reference *ref)
{
	const uint32_t wanted = (uint32_t)((uint64_t)ref->hz * CALIBRATION_US / US_PER_SECOND);
	struct sample first, last;
	uint32_t reads, passed;

	if (!ref->start())
		return 0;
	first = sample_take(ref);
	for (reads = 0; reads < READS_MAX; reads++) {
		if (((ref->read() - first.count) & ref->mask) >= wanted)
			break;
	}
	if (reads == READS_MAX)
		return 0;
	last = sample_take(ref);
	passed = (last.count - first.count) & ref->mask;
	if (!passed)
		return 0;
	return (last.tsc - first.tsc) * ref->hz / passed;
}

/* The ratio and crystal rate that newer processors state themselves. */
static uint64_t stated_rate(void)
{
	const struct cpuid id = cpu_id(0x15, 0);

	if (!id.eax || !id.ebx || !id.ecx)
		return 0;
	return (uint64_t)id.ecx * id.ebx / id.eax;
}

static uint64_t find_rate(void)
{
	uint64_t hz = stated_rate();
	unsigned i;

	source = "CPUID 15h";
	for (i = 0; !hz && i < sizeof(references) / sizeof(references[0]); i++) {
		hz = measure(&references[i]);
		source = references[i].name;
	}
	if (!hz) {
		hz = (cpu_id(0x16, 0).eax & 0xffff) * US_PER_SECOND;
		source = "CPUID 16h";
	}
	if (!hz) {
		hz = 1000 * US_PER_SECOND;
		source = "nothing (1 GHz assumed)";
	}
	return hz;
}

/* The timer counts down; 2 ms tell its rate well enough to sleep by. */
static void measure_timer(void)
{
	uint64_t start, passed;
	uint32_t counted;

	if (!apic_is_present())
		return;
	apic_timer_set(~0u);
	start = cpu_read_tsc();
	time_delay_us(2000);
	counted = ~0u - apic_timer_read();
	passed = cpu_read_tsc() - start;
	apic_timer_set(0);
	timer_per_tick = ((uint64_t)counted << 32) / passed;
}

void time_init(void)
{
	tsc_hz = find_rate();
	us_per_tick = (US_PER_SECOND << 32) / tsc_hz;
	ticks_per_us =
		(tsc_hz / US_PER_SECOND) << 32 | ((tsc_hz % US_PER_SECOND) << 32) / US_PER_SECOND;
	tsc_start = cpu_read_tsc();
	measure_timer();
}

const char *time_source(void)
{
	return source;
}

uint64_t time_tsc_hz(void)
{
	return tsc_hz;
}

uint64_t time_now_us(void)
{
	return multiply_fixed(cpu_read_tsc() - tsc_start, us_per_tick);
}

struct deadline deadline_after_us(uint64_t us)
{
	return (struct deadline){ cpu_read_tsc() + multiply_fixed(us, ticks_per_us) };
}

bool deadline_passed(const struct deadline *deadline)
{
	return (int64_t)(cpu_read_tsc() - deadline->end_tsc) >= 0;
}

void time_delay_us(uint64_t us)
{
	const struct deadline end = deadline_after_us(us);

	while (!deadline_passed(&end))
		cpu_pause();
}

/* Sets the timer to the earlier of both ends. Interrupts are off. */
static void timer_arm(void)
{
	const uint64_t now = cpu_read_tsc();
	uint64_t end, ticks;

	if (!timer_per_tick)
		return;
	if (!watchdog_is_set && !idle_is_set) {
		apic_timer_set(0);
		return;
	}
	end = watchdog_is_set ? watchdog_end : idle_end;
	if (idle_is_set && (int64_t)(idle_end - end) < 0)
		end = idle_end;
	ticks = (int64_t)(end - now) > 0 ? multiply_fixed(end - now, timer_per_tick) + 1 : 1;
	apic_timer_set(ticks < ~0u ? (uint32_t)ticks : ~0u);
}

uint64_t time_watchdog_set(uint64_t us)
{
	const bool on = cpu_interrupts_save();
	uint64_t left_us = 0;

	if (watchdog_is_set) {
		const int64_t left = (int64_t)(watchdog_end - cpu_read_tsc());

		left_us = left > 0 ? multiply_fixed((uint64_t)left, us_per_tick) + 1 : 1;
	}
	watchdog_is_set = us != 0;
	watchdog_end = deadline_after_us(us).end_tsc;
	timer_arm();
	cpu_interrupts_restore(on);
	return left_us;
}

bool time_timer_interrupt(void)
{
	const uint64_t now = cpu_read_tsc();
	bool expired;

	if (idle_is_set && (int64_t)(now - idle_end) >= 0)
		idle_is_set = false;
	expired = watchdog_is_set && (int64_t)(now - watchdog_end) >= 0;
	if (expired)
		watchdog_is_set = false;
	timer_arm();
	return expired;
}

/* An emulated processor that halts has another thread woken, and that one it. */
static void pass_time(const volatile bool *flag, const struct deadline *end)
{
	unsigned i;

	for (i = 0; i < PASSES && !*flag; i++) {
		if (i % PASSES_PER_LOOK == 0 && deadline_passed(end))
			return;
		cpu_pass_time();
	}
}

void time_idle_until(const volatile bool *flag, uint64_t us)
{
	const struct deadline end = deadline_after_us(us);
	bool on;

	if (!timer_per_tick) {
		while (!*flag && !deadline_passed(&end))
			cpu_pause();
		return;
	}
	on = cpu_interrupts_save();
	cpu_interrupts_on();
	pass_time(flag, &end);
	cpu_interrupts_off();
	if (*flag || deadline_passed(&end)) {
		cpu_interrupts_restore(on);
		return;
	}
	idle_end = end.end_tsc;
	idle_is_set = true;
	timer_arm();
	while (!*flag && !deadline_passed(&end)) {
		cpu_interrupts_on_and_halt();
		cpu_interrupts_off();
	}
	idle_is_set = false;
	timer_arm();
	cpu_interrupts_restore(on);
}

void time_idle_us(uint64_t us)
{
	static const volatile bool never;

	time_idle_until(&never, us);
}
