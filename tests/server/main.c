/* SPDX-License-Identifier: MIT */
/*
 * unit-server: remapping units outside the guest. It starts QEMU with a PCI function whose BAR it serves,
 * and with a DMAR table that reports the units there; ends when QEMU ends, with QEMU's status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/server/device_function.h"
#include "tests/server/peer.h"
#include "tests/server/report.h"
#include "tests/server/transport.h"
#include "tests/server/units_function.h"

enum { EXIT_COULD_NOT_RUN = 2 };

static const char usage[] =
	"usage: unit-server [OPTION...] UNITS -- QEMU ARGUMENT...\n"
	"       unit-server --check UNITS\n"
	"  UNITS                 as in topo=, for example sm+vcs,legacy (docs/TOPOLOGIES.md)\n"
	"  --transport proxy|vfio-user   how this QEMU is spoken to (proxy)\n"
	"  --memory SIZE         of the guest (256M)\n"
	"  --slot ADDRESS        of the units' PCI function (1a.0)\n"
	"  --devices NUMBER      device NUMBER + n of bus 0 is an endpoint under unit n, and no "
	"other device is under any;\n"
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
		arguments->peer.slots[0] = value;
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
	struct arguments arguments = { .peer = { .slots = { "1a.0" }, .memory = "256M" } };

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

/* What is served: the units' function, then a device under each unit if there are any. */
struct service {
	struct function functions[PEER_FUNCTIONS_MAX];
	struct transport transports[PEER_FUNCTIONS_MAX];
	unsigned int count;
	char slots[PEER_FUNCTIONS_MAX][8]; /* of the devices */
};

static void add_devices(struct service *service, struct units *units, unsigned int first_device,
			struct peer_options *options)
{
	for (unsigned int i = 0; first_device && i < units->count; i++) {
		const unsigned int device = first_device + i;
		char *slot = service->slots[i];

		snprintf(slot, sizeof(service->slots[i]), "%x.0", device);
		options->slots[service->count] = slot;
		device_function_make(
			&service->functions[service->count++], units,
			endpoints_make_device(&units->endpoints, i, (uint16_t)(device << 3)));
	}
}

static struct service *make_service(struct units *units, struct arguments *arguments)
{
	struct service *service = calloc(1, sizeof(*service));
	struct topology_place place = { .first_bus = SERVER_FIRST_BUS };

	if (!service)
		stop("there is no memory for a server", NULL);
	place.stride_bytes = units->stride;
	place.first_device = (uint8_t)arguments->first_device;
	if (!arguments->first_device)
		units->topology.units[units->count - 1].includes_all = true;
	units_function_make(&service->functions[service->count++], units, &place,
			    !arguments->is_visible);
	add_devices(service, units, arguments->first_device, &arguments->peer);
	arguments->peer.slot_count = service->count;
	for (unsigned int i = 0; i < service->count; i++)
		service->transports[i].function = &service->functions[i];
	return service;
}

/* Serves until either side ends. What QEMU did wrong, NULL: nothing. */
static const char *serve(struct service *service, enum peer_transport kind, struct peer *peer)
{
	struct transport *transport = NULL;
	bool goes_on = true;

	while (goes_on) {
		int nth = peer_next(peer);

		if (nth < 0)
			return NULL;
		transport = &service->transports[nth];
		transport->socket = peer->sockets[nth];
		goes_on = kind == PEER_PROXY ? proxy_serve(transport) : vfio_user_serve(transport);
	}
	transport_close_files(transport);
	return transport->wrong;
}

/* Starts QEMU and serves it; returns the status to end with. */
static int run(struct service *service, struct units *units, struct arguments *arguments)
{
	uint8_t table[TOPOLOGY_TABLE_BYTES];
	char error[400];
	struct peer peer;
	const char *wrong;
	int status;

	arguments->peer.table = table;
	arguments->peer.table_bytes =
		topology_write_table(&units->topology, &service->functions[0].place, table);
	if (!peer_start(&peer, &arguments->peer, error, sizeof(error))) {
		fprintf(stderr, "unit-server: %s\n", error);
		peer_close(&peer);
		peer_wait(true);
		return EXIT_COULD_NOT_RUN;
	}
	wrong = serve(service, arguments->peer.transport, &peer);
	if (wrong)
		fprintf(stderr, "unit-server: QEMU sent %s\n", wrong);
	status = peer_wait(wrong);
	peer_close(&peer);
	return wrong ? EXIT_COULD_NOT_RUN : status;
}

int main(int count, char **values)
{
	struct arguments arguments = read_arguments(values + 1);
	static struct units units;
	struct service *service;
	char error[400];
	FILE *report;
	int status;

	(void)count;
	if (!units_make(&units, arguments.units, error, sizeof(error)))
		stop(error, NULL);
	report = open_file(arguments.report);
	units.log = open_file(arguments.log);
	units.is_by_hand = arguments.peer.transport == PEER_PROXY;
	service = make_service(&units, &arguments);
	status = run(service, &units, &arguments);
	if (report) {
		report_write(report, &service->functions[0]);
		fclose(report);
	}
	if (units.log)
		fclose(units.log);
	free(service);
	units_free(&units);
	return status;
}
