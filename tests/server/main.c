/* SPDX-License-Identifier: MIT */
/*
 * unit-server: remapping units outside the guest. It starts QEMU with a PCI function whose BAR it serves,
 * and with a DMAR table that reports the units there; ends when QEMU ends, with QEMU's status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/server/function.h"
#include "tests/server/peer.h"
#include "tests/server/report.h"
#include "tests/server/transport.h"

enum { EXIT_COULD_NOT_RUN = 2 };

static const char usage[] =
	"usage: unit-server [OPTION...] UNITS -- QEMU ARGUMENT...\n"
	"       unit-server --check UNITS\n"
	"  UNITS                 as in topo=, for example sm+vcs,legacy (docs/TOPOLOGIES.md)\n"
	"  --transport proxy|vfio-user   how this QEMU is spoken to (proxy)\n"
	"  --memory SIZE         of the guest (256M)\n"
	"  --slot ADDRESS        of the units' PCI function (1a.0)\n"
	"  --devices NUMBER      device NUMBER + n of bus 0 is under unit n, and no other device "
	"under any;\n"
	"                        without it, whatever is not under another unit is under the last\n"
	"  --visible             the function does not hide once its registers are read\n"
	"  --report FILE         what was seen goes there at the end\n"
	"  --log FILE            each register access goes there\n";

struct arguments {
	struct peer_options peer;
	const char *units, *report, *log;
	bool is_visible;
	unsigned int first_device;
};

static _Noreturn void stop(const char *text, const char *about)
{
	fprintf(stderr, "unit-server: %s%s%s\n", text, about ? ": " : "", about ? about : "");
	exit(EXIT_COULD_NOT_RUN);
}

static enum peer_transport transport_named(const char *name)
{
	if (strcmp(name, "proxy") && strcmp(name, "vfio-user"))
		stop("--transport is proxy or vfio-user", name);
	return strcmp(name, "proxy") ? PEER_VFIO_USER : PEER_PROXY;
}

static unsigned int device_number(const char *text)
{
	char *end;
	unsigned long number = strtoul(text, &end, 0);

	if (!*text || *end || !number || number + UNITS_SERVED_MAX > 0x20)
		stop("--devices is 1 to 0x18", text);
	return (unsigned int)number;
}

/* Takes the option at *at with its value, moving behind both. */
static void take_option(struct arguments *arguments, char ***at)
{
	const char *name = *(*at)++;
	const char *value;

	if (!strcmp(name, "--visible")) {
		arguments->is_visible = true;
		return;
	}
	value = **at;
	if (!value)
		stop("an option without its value", name);
	++*at;
	if (!strcmp(name, "--transport"))
		arguments->peer.transport = transport_named(value);
	else if (!strcmp(name, "--memory"))
		arguments->peer.memory = value;
	else if (!strcmp(name, "--slot"))
		arguments->peer.slot = value;
	else if (!strcmp(name, "--devices"))
		arguments->first_device = device_number(value);
	else if (!strcmp(name, "--report"))
		arguments->report = value;
	else if (!strcmp(name, "--log"))
		arguments->log = value;
	else
		stop("unknown option", name);
}

/* Can these units be served? */
static _Noreturn void check(const char *words)
{
	static struct units units;
	char error[400];

	if (!words || !units_make(&units, words, error, sizeof(error)))
		stop(words ? error : "--check needs units", NULL);
	units_free(&units);
	exit(0);
}

static struct arguments read_arguments(char **at)
{
	struct arguments arguments = { .peer = { .slot = "1a.0", .memory = "256M" } };

	if (*at && !strcmp(*at, "--check"))
		check(at[1]);
	while (*at && !strncmp(*at, "--", 2) && (*at)[2])
		take_option(&arguments, &at);
	arguments.units = *at ? *at++ : NULL;
	if (!arguments.units || !*at || strcmp(*at, "--") || !at[1]) {
		fputs(usage, stderr);
		exit(EXIT_COULD_NOT_RUN);
	}
	arguments.peer.command = at + 1;
	return arguments;
}

static FILE *open_file(const char *name)
{
	FILE *file = name ? fopen(name, "we") : NULL;

	if (name && !file)
		stop("cannot write the file", name);
	return file;
}

/* Serves until either side ends. What QEMU did wrong, NULL: nothing. */
static const char *serve(struct function *function, enum peer_transport kind, int socket)
{
	struct transport *transport = calloc(1, sizeof(*transport));
	const char *wrong;

	if (!transport)
		return "there is no memory to read it";
	transport->socket = socket;
	transport->function = function;
	while (kind == PEER_PROXY ? proxy_serve(transport) : vfio_user_serve(transport))
		continue;
	wrong = transport->wrong;
	transport_close_files(transport);
	free(transport);
	return wrong;
}

int main(int count, char **values)
{
	struct arguments arguments = read_arguments(values + 1);
	static struct units units;
	static struct function function;
	struct topology_place place = { .first_bus = SERVER_FIRST_BUS };
	uint8_t table[TOPOLOGY_TABLE_BYTES];
	char error[400];
	FILE *report;
	const char *wrong;
	int socket, status;

	(void)count;
	if (!units_make(&units, arguments.units, error, sizeof(error)))
		stop(error, NULL);
	place.stride_bytes = units.stride;
	place.first_device = (uint8_t)arguments.first_device;
	if (!arguments.first_device)
		units.topology.units[units.count - 1].includes_all = true;
	report = open_file(arguments.report);
	units.log = open_file(arguments.log);
	function_make(&function, &units, &place, !arguments.is_visible);
	units.is_by_hand = arguments.peer.transport == PEER_PROXY;
	arguments.peer.table = table;
	arguments.peer.table_bytes = topology_write_table(&units.topology, &place, table);
	socket = peer_start(&arguments.peer, error, sizeof(error));
	if (socket < 0) {
		fprintf(stderr, "unit-server: %s\n", error);
		peer_wait(true);
		return EXIT_COULD_NOT_RUN;
	}
	wrong = serve(&function, arguments.peer.transport, socket);
	if (wrong)
		fprintf(stderr, "unit-server: QEMU sent %s\n", wrong);
	status = peer_wait(wrong);
	close(socket);
	if (report) {
		report_write(report, &function);
		fclose(report);
	}
	if (units.log)
		fclose(units.log);
	units_free(&units);
	return wrong ? EXIT_COULD_NOT_RUN : status;
}
