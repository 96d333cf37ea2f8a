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

enum { ARGUMENTS_ADDED = 10, TEXT_BYTES = 256, LOOK_MS = 20 };

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

static int refuse(char *error, size_t error_bytes, const char *what)
{
	snprintf(error, error_bytes, "%s: %s", what, strerror(errno));
	return -1;
}

/* ---- the command line ---- */

struct command_line {
	char **arguments;
	unsigned int count;
	char texts[4][TEXT_BYTES];
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

static bool make_command_line(struct command_line *line, const struct peer_options *options,
			      int socket, const char *path)
{
	int table = table_file(options);
	unsigned int count = 0;
	char device[TEXT_BYTES];

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
	if (options->transport == PEER_PROXY)
		snprintf(device, sizeof(device), "x-pci-proxy-dev,id=units,addr=%s,fd=%d",
			 options->slot, socket);
	else
		snprintf(
			device, sizeof(device),
			"{\"driver\":\"vfio-user-pci\",\"addr\":\"%s\",\"x-no-posted-writes\":true,"
			"\"socket\":{\"type\":\"unix\",\"path\":\"%s\"}}",
			options->slot, path);
	add(line, "-device", text_of(line, "%", device, 0));
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

static int start_proxy(const struct peer_options *options)
{
	struct command_line line = { 0 };
	int ends[2] = { -1, -1 };
	bool is_started;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || fcntl(ends[0], F_SETFD, FD_CLOEXEC))
		return -1;
	is_started = make_command_line(&line, options, ends[1], "") && start_child(&line);
	free(line.arguments);
	close(ends[1]);
	if (is_started)
		return ends[0];
	close(ends[0]);
	return -1;
}

/* The name of a socket lasts until QEMU has found it. */
static bool make_name(struct sockaddr_un *address, char *folder, size_t folder_bytes)
{
	const char *above = getenv("TMPDIR");

	snprintf(folder, folder_bytes, "%s/unit-server.XXXXXX", above ? above : "/tmp");
	if (!mkdtemp(folder))
		return false;
	address->sun_family = AF_UNIX;
	return snprintf(address->sun_path, sizeof(address->sun_path), "%s/s", folder) <
	       (int)sizeof(address->sun_path);
}

static bool is_gone(void)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

static int accept_peer(int listener)
{
	struct pollfd waited = { .fd = listener, .events = POLLIN };

	while (!is_gone())
		if (poll(&waited, 1, LOOK_MS) > 0)
			return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	errno = ECONNABORTED;
	return -1;
}

static int start_vfio_user(const struct peer_options *options)
{
	struct command_line line = { 0 };
	struct sockaddr_un address = { 0 };
	char folder[sizeof(address.sun_path)] = "";
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), socket = -1, problem;

	if (make_name(&address, folder, sizeof(folder)) &&
	    !bind(listener, (struct sockaddr *)&address, sizeof(address)) && !listen(listener, 1) &&
	    make_command_line(&line, options, -1, address.sun_path) && start_child(&line))
		socket = accept_peer(listener);
	problem = errno;
	unlink(address.sun_path);
	rmdir(folder);
	close(listener);
	free(line.arguments);
	errno = problem;
	return socket;
}

int peer_start(const struct peer_options *options, char *error, size_t error_bytes)
{
	int socket =
		options->transport == PEER_PROXY ? start_proxy(options) : start_vfio_user(options);

	return socket < 0 ? refuse(error, error_bytes, "cannot start QEMU") : socket;
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
