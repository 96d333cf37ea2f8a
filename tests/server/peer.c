/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memfd_create, poll with signals */
#include "tests/server/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ARGUMENTS_ADDED = 6 + 2 * PEER_FUNCTIONS_MAX,
	TEXTS_ADDED = 3 + PEER_FUNCTIONS_MAX,
	TEXT_BYTES = 256,
	LOOK_MS = 20
};

static pid_t child;

static void pass_on(int number)
{
	if (child > 0)
		kill(child, number);
}

/* A guest whose memory shrank under us is as gone as one that ended. */
static void give_up(int number)
{
	static const char text[] = "unit-server: guest memory went away under it\n";

	(void)number;
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(2);
}

static void handle_signals(void)
{
	const int passed_on[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action = { .sa_handler = pass_on };

	for (unsigned int i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaction(passed_on[i], &action, NULL);
	action.sa_handler = give_up;
	sigaction(SIGBUS, &action, NULL);
}

/* ---- the command line ---- */

struct command_line {
	char **arguments;
	unsigned int count;
	char texts[TEXTS_ADDED][TEXT_BYTES];
	unsigned int text_count;
};

static void add(struct command_line *line, const char *argument, char *value)
{
	line->arguments[line->count++] = (char *)(uintptr_t)argument;
	line->arguments[line->count++] = value;
	line->arguments[line->count] = NULL;
}

static char *text_of(struct command_line *line, const char *format, const char *text, int number)
{
	char *to = line->texts[line->text_count++];
	char digits[16];
	size_t used = 0;

	snprintf(digits, sizeof(digits), "%d", number);
	for (; *format && used + 1 < TEXT_BYTES; format++) {
		const char *piece = *format == '%' ? text : *format == '#' ? digits : NULL;

		if (piece)
			used += (size_t)snprintf(to + used, TEXT_BYTES - used, "%s", piece);
		else
			to[used++] = *format;
		if (used >= TEXT_BYTES)
			used = TEXT_BYTES - 1;
	}
	to[used] = 0;
	return to;
}

/* The table goes in as a file of no name. */
static int table_file(const struct peer_options *options)
{
	int file = memfd_create("dmar", 0);

	if (file < 0 ||
	    write(file, options->table, options->table_bytes) != (ssize_t)options->table_bytes)
		return -1;
	return file;
}

static void add_function(struct command_line *line, const struct peer_options *options,
			 unsigned int nth, int socket, const char *path)
{
	char device[TEXT_BYTES];

	if (options->transport == PEER_PROXY)
		snprintf(device, sizeof(device), "x-pci-proxy-dev,id=units%u,addr=%s,fd=%d", nth,
			 options->slots[nth], socket);
	else
		snprintf(
			device, sizeof(device),
			"{\"driver\":\"vfio-user-pci\",\"addr\":\"%s\",\"x-no-posted-writes\":true,"
			"\"socket\":{\"type\":\"unix\",\"path\":\"%s\"}}",
			options->slots[nth], path);
	add(line, "-device", text_of(line, "%", device, 0));
}

/* `sockets`: QEMU's ends, one for each function; or NULL, and they are at `path`. */
static bool make_command_line(struct command_line *line, const struct peer_options *options,
			      const int *sockets, const char *path)
{
	int table = table_file(options);
	unsigned int count = 0;

	while (options->command[count])
		count++;
	line->arguments = calloc(count + ARGUMENTS_ADDED + 1, sizeof(char *));
	if (table < 0 || !line->arguments)
		return false;
	for (; line->count < count; line->count++)
		line->arguments[line->count] = options->command[line->count];
	add(line, "-object",
	    text_of(line, "memory-backend-memfd,id=unit-server,size=%,share=on", options->memory,
		    0));
	add(line, "-machine", text_of(line, "memory-backend=unit-server", "", 0));
	add(line, "-acpitable", text_of(line, "file=/proc/self/fd/#", "", table));
	for (unsigned int i = 0; i < options->slot_count; i++)
		add_function(line, options, i, sockets ? sockets[i] : -1, path);
	return true;
}

/* ---- the start ---- */

static _Noreturn void become_qemu(char **arguments, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(2);
	execvp(arguments[0], arguments);
	fprintf(stderr, "%s: %s\n", arguments[0], strerror(errno));
	_exit(2);
}

static bool start_child(struct command_line *line)
{
	pid_t parent = getpid();

	handle_signals();
	child = fork();
	if (!child)
		become_qemu(line->arguments, parent);
	return child > 0;
}

static void close_all(const int *sockets, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		close(sockets[i]);
}

static bool start_proxy(struct peer *peer, const struct peer_options *options)
{
	struct command_line line = { 0 };
	int ends[2], theirs[PEER_FUNCTIONS_MAX];
	bool is_started;

	for (; peer->connected_count < peer->count; peer->connected_count++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ||
		    fcntl(ends[0], F_SETFD, FD_CLOEXEC))
			return false;
		peer->sockets[peer->connected_count] = ends[0];
		theirs[peer->connected_count] = ends[1];
	}
	is_started = make_command_line(&line, options, theirs, "") && start_child(&line);
	free(line.arguments);
	close_all(theirs, peer->count);
	return is_started;
}

/* The name of a socket lasts until QEMU has found it, for each function. */
static bool make_name(struct peer *peer)
{
	const char *above = getenv("TMPDIR");

	snprintf(peer->folder, sizeof(peer->folder), "%s/unit-server.XXXXXX",
		 above ? above : "/tmp");
	if (!mkdtemp(peer->folder))
		return false;
	return snprintf(peer->name, sizeof(peer->name), "%s/s", peer->folder) <
	       (int)sizeof(peer->name);
}

static void forget_name(struct peer *peer)
{
	if (peer->listener < 0)
		return;
	close(peer->listener);
	peer->listener = -1;
	unlink(peer->name);
	rmdir(peer->folder);
}

static bool start_vfio_user(struct peer *peer, const struct peer_options *options)
{
	struct command_line line = { 0 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	bool is_started;

	peer->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (peer->listener < 0 || !make_name(peer))
		return false;
	memcpy(address.sun_path, peer->name, sizeof(address.sun_path));
	is_started = !bind(peer->listener, (struct sockaddr *)&address, sizeof(address)) &&
		     !listen(peer->listener, 1) &&
		     make_command_line(&line, options, NULL, peer->name) && start_child(&line);
	free(line.arguments);
	return is_started;
}

bool peer_start(struct peer *peer, const struct peer_options *options, char *error,
		size_t error_bytes)
{
	*peer = (struct peer){ .count = options->slot_count, .listener = -1 };
	if (options->transport == PEER_PROXY ? start_proxy(peer, options)
					     : start_vfio_user(peer, options))
		return true;
	snprintf(error, error_bytes, "cannot start QEMU: %s", strerror(errno));
	return false;
}

/* ---- while it runs ---- */

static bool is_gone(void)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

static void take_connection(struct peer *peer)
{
	int socket = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);

	if (socket < 0)
		return;
	peer->sockets[peer->connected_count++] = socket;
	if (peer->connected_count == peer->count)
		forget_name(peer);
}

/* One look: the number of a function, -1 if none has anything. A listener is looked at now and then only. */
static int look(struct peer *peer)
{
	struct pollfd waited[PEER_FUNCTIONS_MAX + 1];
	unsigned int count = peer->connected_count;

	for (unsigned int i = 0; i < count; i++)
		waited[i] = (struct pollfd){ .fd = peer->sockets[i], .events = POLLIN };
	waited[count] = (struct pollfd){ .fd = peer->listener, .events = POLLIN };
	if (poll(waited, count + 1, peer->listener < 0 ? -1 : LOOK_MS) <= 0)
		return -1;
	for (unsigned int i = 0; i < count; i++)
		if (waited[i].revents)
			return (int)i;
	take_connection(peer);
	return -1;
}

int peer_next(struct peer *peer)
{
	int nth;

	while ((nth = look(peer)) < 0)
		if (is_gone())
			return -1;
	return nth;
}

void peer_close(struct peer *peer)
{
	forget_name(peer);
	close_all(peer->sockets, peer->connected_count);
}

int peer_wait(bool must_end)
{
	int status = 0;

	if (child <= 0)
		return 2;
	if (must_end)
		kill(child, SIGTERM);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
