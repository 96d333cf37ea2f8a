/* SPDX-License-Identifier: MIT */
/*
 * One port of a SATA controller (AHCI): taken over from firmware, stopped, reset, and run with one command at a time. The
 * other ports are stopped.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/pci.h"

struct ahci_port {
	const struct pci_device *pci;
	volatile uint8_t *controller;
	volatile uint8_t *port; /* the first one with a disk */
	unsigned int number;
	unsigned int complaints;
	bool is_running;
	bool is_doubtful; /* was silent, and is to be reset before it is started */
	bool ignores; /* emulated: what it cannot fetch it takes for a FIS that it does not know, and forgets it */
};

/* Where the port finds what it works with: both in memory that it may write. */
struct ahci_areas {
	uint64_t commands; /* aligned to 1 KiB */
	uint64_t received; /* aligned to 256 bytes */
};

/* Done; refused by the drive; not done because memory was out of reach; not done for another reason, which was told. */
enum ahci_answer { AHCI_DONE, AHCI_REFUSED, AHCI_BLOCKED, AHCI_SILENT };

/* Reads what there is; writes nothing of it. Why it cannot be used, or NULL. */
const char *ahci_attach(struct ahci_port *ahci, const struct pci_device *pci);

/*
 * Ends what firmware uses the controller for, says so, stops all ports, and resets this one with the drive behind it. The
 * controller must be a bus master, and reach the areas. Why it cannot be used, or NULL.
 */
const char *ahci_take_over(struct ahci_port *ahci, const struct ahci_areas *areas);

/* Done, or the areas are out of reach, or silent, and the log says what was not done. A port that runs is stopped first. */
enum ahci_answer ahci_start(struct ahci_port *ahci, const struct ahci_areas *areas);
bool ahci_stop(struct ahci_port *ahci);

/*
 * The command in slot 0 of the list. `received` are the FISes that come back, cleared before: a port that says it is done
 * without one could not fetch the command.
 */
enum ahci_answer ahci_execute(struct ahci_port *ahci, const volatile uint8_t *received);

/* Under a hypervisor: learns from a command table of zeros in slot 0 whether the controller is one that ignores them. */
void ahci_learn_zeros(struct ahci_port *ahci, const volatile uint8_t *received);
