/* SPDX-License-Identifier: MIT */
#include "tests/server/transport.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool transport_refuse(struct transport *transport, const char *text)
{
	transport->wrong = text;
	return false;
}

static void keep_files(struct transport *transport, struct msghdr *message)
{
	struct cmsghdr *control;

	for (control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
		size_t bytes = control->cmsg_len - CMSG_LEN(0);

		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
			int file;

			memcpy(&file, CMSG_DATA(control) + at, sizeof(file));
			if (transport->file_count < TRANSPORT_FILES_MAX)
				transport->files[transport->file_count++] = file;
			else
				close(file);
		}
	}
}

bool transport_receive(struct transport *transport, void *to, size_t bytes)
{
	uint8_t control[CMSG_SPACE(TRANSPORT_FILES_MAX * sizeof(int))]
		__attribute__((aligned(_Alignof(struct cmsghdr))));

	for (size_t done = 0; done < bytes;) {
		struct iovec part = { (uint8_t *)to + done, bytes - done };
		struct msghdr message = {
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t got = recvmsg(transport->socket, &message, MSG_CMSG_CLOEXEC);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		keep_files(transport, &message);
		done += (size_t)got;
	}
	return true;
}

bool transport_send(struct transport *transport, const void *from, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t sent = send(transport->socket, (const uint8_t *)from + done, bytes - done,
				    MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		done += (size_t)sent;
	}
	return true;
}

int transport_take_file(struct transport *transport)
{
	int file;

	if (!transport->file_count)
		return -1;
	file = transport->files[0];
	transport->file_count--;
	memmove(transport->files, transport->files + 1, transport->file_count * sizeof(int));
	return file;
}

void transport_close_files(struct transport *transport)
{
	while (transport->file_count)
		close(transport->files[--transport->file_count]);
}
