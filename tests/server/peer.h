/* SPDX-License-Identifier: MIT */
/*
 * QEMU as a child of the server: its command line with what connects it, its socket, its end. If the
 * server ends in whatever way, QEMU ends, too; and a polite signal to the server is one to QEMU.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum peer_transport { PEER_PROXY, PEER_VFIO_USER };

struct peer_options {
	enum peer_transport transport;
	const char *slot;     /* PCI address of the units' function, "1a.0" */
	const char *memory;   /* of the guest, as -m has it: "256M" */
	const uint8_t *table; /* the DMAR table */
	size_t table_bytes;
	char **command; /* QEMU and its arguments, NULL at the end */
};

/* Returns the socket to QEMU; -1, with words in `error`, if it cannot be started or goes away at once. */
int peer_start(const struct peer_options *options, char *error, size_t error_bytes);

/* Waits for QEMU's end, after asking for it if `must_end`; returns the status of a shell: 128 and more for signals. */
int peer_wait(bool must_end);
