/* SPDX-License-Identifier: MIT */
/*
 * How QEMU is spoken to: a socket, messages with a head and a body, descriptors beside them. What a peer
 * says is checked before it is used; a message that cannot be is the end of the service.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/server/function.h"

enum { TRANSPORT_FILES_MAX = 8, TRANSPORT_BODY_MAX = 4096 };

struct transport {
	int socket;
	struct function *function;
	const char *wrong; /* what ended the service; NULL: the peer went away */
	uint16_t next_id;  /* of our own requests */

	/* The message under way, and descriptors that came along and nobody took. */
	uint64_t body[TRANSPORT_BODY_MAX / 8];
	int files[TRANSPORT_FILES_MAX];
	unsigned int file_count;
	uint64_t message_count;
};

/* Each serves one message; false at the end: the peer is gone, or `wrong` says what it did. */
bool proxy_serve(struct transport *transport);
bool vfio_user_serve(struct transport *transport);

/* Exactly so many bytes. False: the peer is gone. Descriptors go to transport->files. */
bool transport_receive(struct transport *transport, void *to, size_t bytes);
bool transport_send(struct transport *transport, const void *from, size_t bytes);
/* Takes a descriptor that came along, -1 if there is none; closes those left. */
int transport_take_file(struct transport *transport);
void transport_close_files(struct transport *transport);
/* Says what is wrong; false, for the caller to return. */
bool transport_refuse(struct transport *transport, const char *text);
