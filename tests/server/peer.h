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

enum { PEER_FUNCTIONS_MAX = 9, PEER_NAME_BYTES = 108 };

struct peer_options {
	enum peer_transport transport;
	const char *slots[PEER_FUNCTIONS_MAX]; /* PCI addresses of the functions, "1a.0" */
	unsigned int slot_count;
	const char *memory;   /* of the guest, as -m has it: "256M" */
	const uint8_t *table; /* the DMAR table */
	size_t table_bytes;
	char **command; /* QEMU and its arguments, NULL at the end */
};

/* A socket for each function, in the order of the slots. */
struct peer {
	int sockets[PEER_FUNCTIONS_MAX];
	unsigned int count, connected_count;
	int listener; /* of those that QEMU connects itself, one after the other; -1: none */
	char folder[PEER_NAME_BYTES], name[PEER_NAME_BYTES]; /* which it has */
};

/* False, with words in `error`, if QEMU cannot be started. */
bool peer_start(struct peer *peer, const struct peer_options *options, char *error,
		size_t error_bytes);

/* Waits until QEMU has something to say to a function, whose number it returns; -1: it is gone. */
int peer_next(struct peer *peer);

void peer_close(struct peer *peer);

/* Waits for QEMU's end, after asking for it if `must_end`; returns the status of a shell: 128 and more for signals. */
int peer_wait(bool must_end);
