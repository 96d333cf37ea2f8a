/* SPDX-License-Identifier: MIT */
#include "tests/scenes/agents/xhci_controller.h"

#include "arch/mmio.h"
#include "arch/print.h"
#include "arch/time.h"
#include "tests/scenes/agents/xhci_registers.h"

enum { COMPLAINTS_TOLD = 3, EXTENDED_MAX = 64 };

/* The specification gives 16 ms to halt and none to the rest. Some controllers cannot be looked at for 1 ms after HCRST. */
#define HALT_US	       UINT64_C(100000)
#define START_US       UINT64_C(100000)
#define RESET_US       UINT64_C(5000000)
#define HAND_OVER_US   UINT64_C(1000000)
#define AFTER_HCRST_US 1000u
/* What it fetches before any command is under way or has failed by then. */
#define FIRST_FETCH_US 50u

enum { GLANCE_MIN_US = 10, GLANCE_MAX_US = 4000 };

struct xhci_wait xhci_wait_us(uint64_t us)
{
	return (struct xhci_wait){ deadline_after_us(us).end_tsc, GLANCE_MIN_US };
}

bool xhci_wait_goes_on(struct xhci_wait *wait)
{
	const struct deadline end = { wait->end_tsc };

	if (deadline_passed(&end))
		return false;
	time_idle_us(wait->glance_us);
	wait->glance_us = wait->glance_us < GLANCE_MAX_US / 2 ? wait->glance_us * 2 : GLANCE_MAX_US;
	return true;
}

static uint32_t read_status(const struct xhci_controller *xhci)
{
	return mmio_read32(xhci->operational + XHCI_USBSTS);
}

void xhci_complain(struct xhci_controller *xhci, const char *what)
{
	if (xhci->complaints++ < COMPLAINTS_TOLD)
		print("# note: xhci %s: %s (USBSTS %x)%s\n", pci_name(xhci->pci), what,
		      read_status(xhci),
		      xhci->complaints == COMPLAINTS_TOLD ? "; no more is told of it" : "");
}

/* False, and words, if the bits do not become these in time. */
static bool wait_for(struct xhci_controller *xhci, volatile uint8_t *at, uint32_t mask,
		     uint32_t wanted, uint64_t us, const char *complaint)
{
	struct xhci_wait wait = xhci_wait_us(us);

	while ((mmio_read32(at) & mask) != wanted)
		if (!xhci_wait_goes_on(&wait)) {
			xhci_complain(xhci, complaint);
			return false;
		}
	return true;
}

bool xhci_halt(struct xhci_controller *xhci)
{
	if (xhci->is_lost)
		return false;
	mmio_write32(xhci->operational + XHCI_USBCMD, 0);
	xhci->is_lost = !wait_for(xhci, xhci->operational + XHCI_USBSTS, XHCI_STS_HCH, XHCI_STS_HCH,
				  HALT_US, "does not halt: it is not used any more");
	return !xhci->is_lost;
}

bool xhci_reset(struct xhci_controller *xhci)
{
	if (!xhci_halt(xhci))
		return false;
	mmio_write32(xhci->operational + XHCI_USBCMD, XHCI_CMD_HCRST);
	time_idle_us(AFTER_HCRST_US);
	xhci->is_lost = !wait_for(xhci, xhci->operational + XHCI_USBCMD, XHCI_CMD_HCRST, 0,
				  RESET_US, "does not reset: it is not used any more") ||
			!wait_for(xhci, xhci->operational + XHCI_USBSTS, XHCI_STS_CNR, 0, RESET_US,
				  "is not ready after its reset: it is not used any more");
	return !xhci->is_lost;
}

/* Older ones take both halves one by one, the lower one first. */
static void write_address(volatile uint8_t *at, uint64_t address)
{
	mmio_write32(at, (uint32_t)address);
	mmio_write32(at + 4, (uint32_t)(address >> 32));
}

enum xhci_answer xhci_look(const struct xhci_controller *xhci)
{
	const uint32_t status = read_status(xhci);

	if (status == UINT32_MAX)
		return XHCI_SILENT;
	return status & (XHCI_STS_HSE | XHCI_STS_HCE) ? XHCI_GAVE_UP : XHCI_ANSWERED;
}

bool xhci_has_sent_event(const struct xhci_controller *xhci)
{
	const uint32_t status = read_status(xhci);

	return status != UINT32_MAX && status & XHCI_STS_EINT;
}

static enum xhci_answer wait_running(struct xhci_controller *xhci)
{
	struct xhci_wait wait = xhci_wait_us(START_US);

	while (xhci_look(xhci) == XHCI_ANSWERED && read_status(xhci) & XHCI_STS_HCH)
		if (!xhci_wait_goes_on(&wait)) {
			xhci_complain(xhci, "does not start to run");
			return XHCI_SILENT;
		}
	time_idle_us(FIRST_FETCH_US);
	return xhci_look(xhci);
}

/*
 * No slot and no interrupt; the interrupter is enabled all the same, for only then USBSTS.EINT tells of events. The
 * table of segments may be fetched as soon as its address is written.
 */
enum xhci_answer xhci_run(struct xhci_controller *xhci, const struct xhci_rings *rings)
{
	volatile uint8_t *operational = xhci->operational;

	mmio_write32(operational + XHCI_CONFIG, 0);
	write_address(operational + XHCI_DCBAAP, rings->contexts);
	write_address(operational + XHCI_CRCR, rings->commands | XHCI_CRCR_RCS);
	mmio_write32(operational + XHCI_USBSTS, XHCI_STS_EINT);
	mmio_write32(xhci->runtime + XHCI_IMOD, 0);
	mmio_write32(xhci->runtime + XHCI_IMAN, XHCI_IMAN_OURS);
	mmio_write32(xhci->runtime + XHCI_ERSTSZ, 1);
	write_address(xhci->runtime + XHCI_ERDP, rings->events | XHCI_ERDP_EHB);
	write_address(xhci->runtime + XHCI_ERSTBA, rings->segments);
	if (xhci_look(xhci) != XHCI_ANSWERED)
		return xhci_look(xhci);
	mmio_write32(operational + XHCI_USBCMD, XHCI_CMD_RS);
	return wait_running(xhci);
}

void xhci_ring_doorbell(struct xhci_controller *xhci)
{
	mmio_write32(xhci->doorbells, 0);
}

void xhci_stop_commands(struct xhci_controller *xhci)
{
	write_address(xhci->operational + XHCI_CRCR, XHCI_CRCR_CS);
}

unsigned int xhci_reporting_ports(const struct xhci_controller *xhci)
{
	volatile uint8_t *port = xhci->operational + XHCI_PORTSC;
	unsigned int count = 0;

	for (unsigned int i = 0; i < xhci->ports; i++, port += XHCI_PORT_BYTES)
		count += (mmio_read32(port) & XHCI_PORT_CHANGES) != 0;
	return count;
}

/* ---- taken over ---- */

static volatile uint8_t *find_legacy(volatile uint8_t *registers, uint64_t bytes)
{
	uint64_t at = reg_get(mmio_read32(registers + XHCI_HCCPARAMS1), XHCI_XECP) * 4;

	for (unsigned int left = EXTENDED_MAX; left && at && at + 8 <= bytes; left--) {
		const uint32_t head = mmio_read32(registers + at);

		if (reg_get(head, XHCI_EXTENDED_ID) == XHCI_ID_LEGACY)
			return registers + at;
		if (!reg_get(head, XHCI_EXTENDED_NEXT))
			break;
		at += reg_get(head, XHCI_EXTENDED_NEXT) * 4;
	}
	return NULL;
}

/* Sets where its registers are; false if one of them lies outside of BAR 0. */
static bool locate(struct xhci_controller *xhci, volatile uint8_t *registers, uint64_t bytes)
{
	const uint64_t operational = reg_get(mmio_read32(registers), XHCI_CAP_LENGTH);
	const uint64_t runtime = mmio_read32(registers + XHCI_RTSOFF) & ~0x1fu;
	const uint64_t doorbells = mmio_read32(registers + XHCI_DBOFF) & ~0x3u;

	xhci->operational = registers + operational;
	xhci->runtime = registers + runtime;
	xhci->doorbells = registers + doorbells;
	xhci->legacy = find_legacy(registers, bytes);
	return operational >= XHCI_CAPABILITY_BYTES && runtime && doorbells &&
	       operational + XHCI_PORTSC + xhci->ports * XHCI_PORT_BYTES <= bytes &&
	       runtime + XHCI_RUNTIME_BYTES <= bytes && doorbells + 4 <= bytes;
}

const char *xhci_attach(struct xhci_controller *xhci, const struct pci_device *pci)
{
	uint64_t bytes = 0;
	volatile uint8_t *registers = pci_bar_map(pci, 0, &bytes);
	uint32_t structural;

	*xhci = (struct xhci_controller){ .pci = pci };
	if (!registers || bytes < XHCI_CAPABILITY_BYTES)
		return "its BAR 0 has no address";
	if (mmio_read32(registers) == UINT32_MAX)
		return "its registers read as ones";
	structural = mmio_read32(registers + XHCI_HCSPARAMS2);
	xhci->ports =
		(unsigned int)reg_get(mmio_read32(registers + XHCI_HCSPARAMS1), XHCI_MAX_PORTS);
	xhci->scratchpads = (unsigned int)(reg_get(structural, XHCI_SCRATCHPAD_HIGH) << 5 |
					   reg_get(structural, XHCI_SCRATCHPAD_LOW));
	if (!locate(xhci, registers, bytes))
		return "registers of it lie outside of its BAR 0";
	if (!reg_get(mmio_read32(registers + XHCI_HCCPARAMS1), XHCI_AC64))
		return "it has addresses of 32 bits only";
	if (!(mmio_read32(xhci->operational + XHCI_PAGESIZE) & XHCI_PAGES_OF_4K))
		return "it has no pages of 4 KiB";
	return NULL;
}

/* The semaphore, then none of the events that firmware hears of by an SMI. */
static const char *end_firmware_use(struct xhci_controller *xhci)
{
	uint32_t owner, control;

	if (!xhci->legacy)
		return NULL;
	owner = mmio_read32(xhci->legacy);
	mmio_write32(xhci->legacy, owner | XHCI_OS_OWNED);
	if (!wait_for(xhci, xhci->legacy, XHCI_BIOS_OWNED, 0, HAND_OVER_US,
		      "firmware does not give it up (USBLEGSUP)"))
		return "firmware does not give it up";
	control = mmio_read32(xhci->legacy + XHCI_LEGACY_CONTROL);
	mmio_write32(xhci->legacy + XHCI_LEGACY_CONTROL,
		     (control & ~XHCI_SMI_ENABLES) | XHCI_SMI_EVENTS);
	if (owner & XHCI_BIOS_OWNED)
		print("# entry: xhci %s was firmware's: handed over\n", pci_name(xhci->pci));
	return NULL;
}

const char *xhci_take_over(struct xhci_controller *xhci)
{
	const char *complaint = end_firmware_use(xhci);

	if (complaint)
		return complaint;
	if (!(read_status(xhci) & XHCI_STS_HCH))
		print("# entry: xhci %s was left running: halted and reset\n", pci_name(xhci->pci));
	return xhci_reset(xhci) ? NULL : "it does not reset";
}
