/* SPDX-License-Identifier: MIT */
/* One PCI function among others, for drivers of agents on the build machine: its BAR, and what the driver says of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct served_pci {
	/* Set by the test, before the driver looks. */
	uint32_t class_code;
	volatile void *bar;
	size_t bar_bytes;

	/* Seen. */
	bool is_bus_master;
	char said[2000];
};

extern struct served_pci served_pci;
