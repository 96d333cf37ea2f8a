/* SPDX-License-Identifier: MIT */
/*
 * A USB host controller (xHCI) itself: taken over from firmware, halted, reset, and run with rings of ours. Its
 * ports are read, never written, and no slot can be enabled.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/pci.h"

struct xhci_controller {
	const struct pci_device *pci;
	volatile uint8_t *operational;
	volatile uint8_t *runtime;
	volatile uint8_t *doorbells;
	volatile uint8_t *legacy; /* USB Legacy Support; NULL if it has none */
	unsigned int ports;
	unsigned int scratchpads; /* pages that it wants for itself */
	unsigned int complaints;
	bool is_lost; /* does not halt or reset any more */
};

/* Where the controller finds what it works with. */
struct xhci_rings {
	uint64_t commands;
	uint64_t events;
	uint64_t segments; /* the event ring segment table, of one entry */
	uint64_t contexts; /* the device context base address array */
};

/* Did what it should; stopped with an error (USBSTS.HSE or HCE); did not within its time, or is gone. */
enum xhci_answer { XHCI_ANSWERED, XHCI_GAVE_UP, XHCI_SILENT };

/* A wait with a deadline, for whatever the caller looks at; the glances become rarer. */
struct xhci_wait {
	uint64_t end_tsc;
	unsigned int glance_us;
};

struct xhci_wait xhci_wait_us(uint64_t us);
/* Idles until the next glance; false if the time is over. */
bool xhci_wait_goes_on(struct xhci_wait *wait);

/* Reads what there is; writes nothing of it. Why it cannot be used, or NULL. */
const char *xhci_attach(struct xhci_controller *xhci, const struct pci_device *pci);

/* Ends what firmware uses it for, says so, and resets it. Why it cannot be used, or NULL. */
const char *xhci_take_over(struct xhci_controller *xhci);

/* Both are done when they return; else the controller is lost, which is said. */
bool xhci_halt(struct xhci_controller *xhci);
bool xhci_reset(struct xhci_controller *xhci);

/* Runs a halted controller with these rings; commands wait for the doorbell. */
enum xhci_answer xhci_run(struct xhci_controller *xhci, const struct xhci_rings *rings);
void xhci_ring_doorbell(struct xhci_controller *xhci);
void xhci_stop_commands(struct xhci_controller *xhci);

/* Has it given up, or is it gone? */
enum xhci_answer xhci_look(const struct xhci_controller *xhci);

/* An event was sent since it runs, whether or not it arrived. What it wrote before is in memory then. */
bool xhci_has_sent_event(const struct xhci_controller *xhci);

/* Ports with a change that nobody acknowledged: they report no other. */
unsigned int xhci_reporting_ports(const struct xhci_controller *xhci);

/* A line of the log, a few times for each controller. */
void xhci_complain(struct xhci_controller *xhci, const char *what);
