/* SPDX-License-Identifier: MIT */
#include "tests/host/scenes/served_xhci.h"

#include <stdlib.h>
#include <string.h>

#include "arch/bits.h"
#include "arch/console.h"
#include "arch/page.h"
#include "arch/panic.h"
#include "arch/pci.h"
#include "arch/time.h"
#include "tests/host/bringup/mmio_world.h"
#include "tests/host/scenes/served_pci.h"
#include "tests/scenes/agents/xhci_registers.h"

/* Where it has what; ports of four. */
enum {
	BAR_BYTES = 0x2000,
	OPERATIONAL = 0x40,
	RUNTIME = 0x1400,
	DOORBELLS = 0x1800,
	EXTENDED = 0x1000
};
enum { LEGACY = EXTENDED + 0x20, PORTS = 4, PROTOCOL = 2, PORT_REPORT = 34 };

#define CONNECT_CHANGE (1u << 17)
#define LATE_US	       100000u
#define CONNECT_US     20000u

struct served served;

static _Alignas(4096) uint8_t bar[BAR_BYTES];
static uint32_t command, status, crcr, ports[PORTS], legacy, control, iman, segments_count;
static uint64_t commands, contexts, events, segments, dequeue;
static unsigned int enqueued, ring_trbs;
static bool is_rung, is_command_ring_on, has_segments;
static uint64_t reset_at, run_at, rung_at;
static uint64_t command_at; /* the next command */

/* ---- memory, through a unit ---- */

static bool is_in(const void *page, uint64_t address)
{
	return page && (uintptr_t)page / 4096 == address / 4096;
}

static void give_up(void)
{
	status |= XHCI_STS_HSE | XHCI_STS_HCH;
	command &= ~XHCI_CMD_RS;
}

static bool fetch(uint64_t address, void *to, size_t bytes)
{
	if (!served_pci.is_bus_master || is_in(served.no_reads, address)) {
		if (!served.reads_blocked++)
			served.first_blocked = served.no_reads;
		return false;
	}
	memcpy(to, (const void *)(uintptr_t)address, bytes);
	return true;
}

/* Posted: what is blocked is not noticed. */
static void send(uint64_t address, const struct xhci_trb *trb)
{
	if (served_pci.is_bus_master && !is_in(served.no_writes, address))
		memcpy((void *)(uintptr_t)address, trb, sizeof(*trb));
}

/* ---- events ---- */

static bool fetch_segments(void)
{
	struct xhci_segment segment;

	if (has_segments)
		return true;
	if (segments_count != 1 || !fetch(segments, &segment, sizeof(segment)) ||
	    segment.trbs < 16 || segment.trbs > 4096 || segment.base % 64) {
		give_up();
		return false;
	}
	events = segment.base;
	ring_trbs = segment.trbs;
	enqueued = 0;
	has_segments = true;
	return true;
}

static void post(uint64_t pointer, uint32_t code, uint32_t type)
{
	const struct xhci_trb event = { pointer, code << 24, type << 10 | XHCI_TRB_CYCLE };

	if (!fetch_segments() || enqueued + 1 >= ring_trbs)
		return;
	send(events + enqueued++ * sizeof(event), &event);
	if (iman & 2 && !(dequeue & XHCI_ERDP_EHB)) {
		iman |= 1;
		dequeue |= XHCI_ERDP_EHB;
		status |= XHCI_STS_EINT;
	}
}

static void report_port(unsigned int port)
{
	ports[port] |= CONNECT_CHANGE;
	post((uint64_t)(port + 1) << 24, XHCI_SUCCESS, PORT_REPORT);
}

/* ---- commands ---- */

static void execute(const struct xhci_trb *trb)
{
	const uint32_t type = trb->control >> 10 & 0x3f;
	const bool is_fine = type == XHCI_NO_OP || served.temper == LIKES_ANYTHING;

	served.types |= 1u << (type & 0x1f);
	post(command_at + (served.temper == IS_MISTAKEN ? 64 : 0),
	     is_fine ? XHCI_SUCCESS : XHCI_TRB_ERROR, XHCI_COMMAND_COMPLETION);
}

static void work(void)
{
	struct xhci_trb trb;

	is_rung = false;
	if (served.temper == VANISHES)
		served.temper = GONE;
	if (served.temper == REPLUGGED)
		report_port(PORTS - 1);
	while (!(status & XHCI_STS_HCH) && served.temper != GONE) {
		if (served.temper == GIVES_UP || !fetch(command_at, &trb, sizeof(trb))) {
			if (served.temper != IS_QUIET)
				give_up();
			return;
		}
		if ((trb.control & XHCI_TRB_CYCLE) != (crcr & XHCI_CRCR_RCS))
			return;
		execute(&trb);
		command_at += sizeof(trb);
	}
}

static void start(void)
{
	status &= ~(uint32_t)XHCI_STS_HCH;
	run_at = served.now_us;
	if (served.fetch_time == WHEN_RUN && !fetch_segments())
		return;
	for (unsigned int i = 0; i < PORTS && served.temper == REPORTS_AGAIN; i++)
		if (ports[i])
			report_port(i);
}

static void reset(void)
{
	served.resets++;
	command = iman = segments_count = 0;
	status = XHCI_STS_HCH;
	crcr = 0;
	commands = contexts = segments = dequeue = 0;
	is_rung = is_command_ring_on = has_segments = false;
	memset(ports, 0, sizeof(ports));
}

/* Time passes. */
static void live(void)
{
	const bool is_halted = status & XHCI_STS_HCH;
	const uint32_t delay_us = served.temper == LATE ? LATE_US : 0;

	if (command & XHCI_CMD_HCRST) {
		if (served.temper != NEVER_RESETS && served.now_us - reset_at > 3000)
			reset();
		return;
	}
	if (!(command & XHCI_CMD_RS)) {
		if (served.temper != NEVER_HALTS)
			status |= XHCI_STS_HCH;
		is_command_ring_on = false;
	} else if (is_halted && !(status & XHCI_STS_HSE) && served.temper != NEVER_RUNS) {
		start();
	}
	for (unsigned int i = 0; i < served.connected && !is_halted; i++)
		if (!ports[i] && served.now_us - run_at > CONNECT_US)
			report_port(i);
	if (is_rung && !is_halted && served.temper != SILENT && served.now_us - rung_at >= delay_us)
		work();
	if (legacy & XHCI_OS_OWNED && !served.is_kept)
		legacy &= ~XHCI_BIOS_OWNED;
	served.is_running = !(status & XHCI_STS_HCH);
	served.has_smis = control & XHCI_SMI_ENABLES;
}

/* ---- registers ---- */

static uint32_t read_capability(unsigned int at)
{
	switch (at) {
	case XHCI_CAPLENGTH:
		return 0x01100000 | OPERATIONAL;
	case XHCI_HCSPARAMS1:
		return PORTS << 24 | 1 << 8 | 8;
	case XHCI_HCSPARAMS2:
		return served.scratchpads << 27 | served.scratchpads >> 5 << 21;
	case XHCI_HCCPARAMS1:
		return EXTENDED / 4 << 16 | 1;
	case XHCI_DBOFF:
		return DOORBELLS;
	case XHCI_RTSOFF:
		return RUNTIME;
	default:
		return 0;
	}
}

static uint32_t read_operational(unsigned int at)
{
	if (at >= XHCI_PORTSC)
		return at % XHCI_PORT_BYTES ? 0
					    : ports[(at - XHCI_PORTSC) / XHCI_PORT_BYTES % PORTS];
	switch (at) {
	case XHCI_USBCMD:
		return command;
	case XHCI_USBSTS:
		return status | (served.temper == NEVER_READY ? XHCI_STS_CNR : 0);
	case XHCI_PAGESIZE:
		return 1;
	default:
		return 0;
	}
}

uint32_t world_mmio_read32(const volatile void *address)
{
	const unsigned int at = (unsigned int)((const volatile uint8_t *)address - bar);

	if (served.temper == GONE)
		return UINT32_MAX;
	if (at < OPERATIONAL)
		return read_capability(at);
	if (at < EXTENDED)
		return read_operational(at - OPERATIONAL);
	if (at == EXTENDED)
		return (LEGACY - EXTENDED) / 4 << 8 | PROTOCOL;
	if (at == LEGACY)
		return legacy;
	return at == LEGACY + XHCI_LEGACY_CONTROL ? control : 0;
}

static void write_half(uint64_t *whole, unsigned int at, uint32_t value)
{
	const unsigned int shift = at % 8 * 8;

	*whole = (*whole & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
}

static void write_crcr(unsigned int at, uint32_t value)
{
	if (at == XHCI_CRCR && !is_command_ring_on)
		crcr = value & XHCI_CRCR_RCS;
	if (!is_command_ring_on)
		write_half(&commands, at, at == XHCI_CRCR ? value & ~0x3fu : value);
	command_at = is_command_ring_on ? command_at : commands;
	if (at != XHCI_CRCR || !is_command_ring_on || !(value & XHCI_CRCR_CS) ||
	    served.temper == SILENT)
		return;
	is_command_ring_on = false;
	post(command_at, XHCI_COMMAND_RING_STOPPED, XHCI_COMMAND_COMPLETION);
}

static void write_command(uint32_t value)
{
	if (value & XHCI_CMD_HCRST && !(status & XHCI_STS_HCH))
		abort(); /* undefined while it runs */
	command = value;
	reset_at = served.now_us;
}

static void write_operational(unsigned int at, uint32_t value)
{
	if (at >= XHCI_PORTSC)
		served.port_writes++;
	else if (at == XHCI_USBCMD)
		write_command(value);
	else if (at == XHCI_USBSTS)
		status &= ~(value & (XHCI_STS_EINT | XHCI_STS_HSE));
	else if (at / 8 == XHCI_CRCR / 8)
		write_crcr(at, value);
	else if (at / 8 == XHCI_DCBAAP / 8)
		write_half(&contexts, at, value);
	else if (at == XHCI_CONFIG)
		served.slots += value;
	else
		served.stray_writes++;
}

/* EHB is cleared by writing it. */
static void write_dequeue(unsigned int at, uint32_t value)
{
	const uint64_t busy = dequeue & XHCI_ERDP_EHB;

	write_half(&dequeue, at, value);
	if (at == XHCI_ERDP)
		dequeue = (dequeue & ~(uint64_t)XHCI_ERDP_EHB) | (busy & ~value);
}

static void write_runtime(unsigned int at, uint32_t value)
{
	if (at == XHCI_IMAN) {
		iman = (value & 2) | (iman & ~value & 1);
	} else if (at == XHCI_ERSTSZ) {
		segments_count = value;
	} else if (at / 8 == XHCI_ERSTBA / 8) {
		write_half(&segments, at, value);
		has_segments = false;
		if (at != XHCI_ERSTBA && served.fetch_time == WHEN_WRITTEN)
			(void)fetch_segments();
	} else if (at / 8 == XHCI_ERDP / 8) {
		write_dequeue(at, value);
	} else if (at != XHCI_IMOD) {
		served.stray_writes++;
	}
}

void world_mmio_write32(volatile void *address, uint32_t value)
{
	const unsigned int at = (unsigned int)((volatile uint8_t *)address - bar);

	if (at >= OPERATIONAL && at < EXTENDED) {
		write_operational(at - OPERATIONAL, value);
	} else if (at >= RUNTIME && at < DOORBELLS) {
		write_runtime(at - RUNTIME, value);
	} else if (at == DOORBELLS && !value && !(status & XHCI_STS_HCH)) {
		is_rung = is_command_ring_on = true;
		rung_at = served.now_us;
	} else if (at == LEGACY) {
		legacy = value;
	} else if (at == LEGACY + XHCI_LEGACY_CONTROL) {
		control = value;
	} else {
		served.stray_writes++;
	}
}

/* ---- around it ---- */

void time_idle_us(uint64_t us)
{
	served.now_us += us;
	live();
}

struct deadline deadline_after_us(uint64_t us)
{
	return (struct deadline){ .end_tsc = served.now_us + us };
}

bool deadline_passed(const struct deadline *deadline)
{
	return served.now_us++ > deadline->end_tsc;
}

void served_start(void)
{
	served = (struct served){ 0 };
	served_pci = (struct served_pci){
		.class_code = XHCI_CLASS,
		.bar = bar,
		.bar_bytes = sizeof(bar),
	};
	reset();
	served.resets = 0;
	legacy = XHCI_ID_LEGACY;
	control = XHCI_SMI_ENABLES;
}

void served_give_to_firmware(void)
{
	legacy |= XHCI_BIOS_OWNED;
	command = XHCI_CMD_RS;
	status = 0;
}
