/* SPDX-License-Identifier: MIT */
#include "tests/server/report.h"

#include <inttypes.h>

#include "iommu/spec/regs.h"
#include "tests/server/probe.h"

static void write_texts(FILE *to, unsigned int index, const char *kind,
			const struct watch_text *texts)
{
	for (unsigned int i = 0; i < WATCH_TEXTS && texts[i].text; i++)
		fprintf(to, "unit %u %s %" PRIu64 " %s\n", index, kind, texts[i].count,
			texts[i].text);
}

static void write_steps(FILE *to, unsigned int index, const struct watch *watch)
{
	for (unsigned int i = 0; i < watch->step_count && i < WATCH_STEPS; i++) {
		const struct watch_step *step = &watch->steps[i];

		fprintf(to, "unit %u step %.3f %" PRIu64 " TTM %u %s\n", index, step->seconds,
			step->access, step->mode, step->what);
	}
	if (watch->step_count > WATCH_STEPS)
		fprintf(to, "unit %u steps-more %u\n", index, watch->step_count - WATCH_STEPS);
}

static void write_descriptors(FILE *to, unsigned int index, const struct watch *watch)
{
	static const char *const names[WATCH_KINDS] = {
		"unknown",	    "context",	     "iotlb",		"device-tlb",
		"interrupt",	    "wait",	     "pasid-iotlb",	"pasid",
		"pasid-device-tlb", "page-response", "host-permission",
	};

	for (unsigned int i = 0; i < WATCH_KINDS; i++)
		if (watch->descriptors[i])
			fprintf(to, "unit %u descriptors %s %" PRIu64 "\n", index,
				names[i] ? names[i] : "unknown", watch->descriptors[i]);
}

static void write_unit(FILE *to, unsigned int index, const struct topology_unit *words,
		       const struct served_unit *unit)
{
	const struct model_unit *model = &unit->model;
	const struct watch *watch = &unit->watch;

	fprintf(to, "unit %u words %.*s\n", index, (int)words->text_bytes, words->text);
	fprintf(to, "unit %u reads %" PRIu64 " writes %" PRIu64 " dwords %" PRIu64 "\n", index,
		model->counts.reads, model->counts.writes, watch->dwords);
	fprintf(to, "unit %u faults %" PRIu64 " lost %" PRIu64 "\n", index, model->counts.faults,
		model->counts.faults_lost);
	fprintf(to, "unit %u descriptor-count %" PRIu64 "\n", index, model->counts.descriptors);
	fprintf(to, "unit %u requests %" PRIu64 " table-reads %" PRIu64 " cache-full %" PRIu64 "\n",
		index, watch->requests, model->counts.table_reads, model->counts.cache_full);
	fprintf(to,
		"unit %u pasids commands %" PRIu64 " given %" PRIu64 " taken %" PRIu64
		" peak %u named %u live %u\n",
		index, watch->commands, watch->allocations, watch->frees, watch->pasid_peak,
		watch_named_count(watch), model->vcmd_live_count);
	fprintf(to, "unit %u latches %u translations %u TE %u QIE %u IRE %u mode %u\n", index,
		watch->latch_count, watch->translation_count,
		(unsigned int)reg_get(model->gsts, GSTS_TES),
		(unsigned int)reg_get(model->gsts, GSTS_QIES),
		(unsigned int)reg_get(model->gsts, GSTS_IRES), watch->last_mode);
	write_steps(to, index, watch);
	write_descriptors(to, index, watch);
	write_texts(to, index, "complaint", watch->complaints);
	write_texts(to, index, "error", watch->errors);
}

/* The last of what software had a unit forget, by number from 1. */
static void write_forgotten(FILE *to, unsigned int index, const struct watch *watch)
{
	const uint64_t last = watch->invalidations;
	uint64_t nth = last > WATCH_INVALIDATIONS ? last - WATCH_INVALIDATIONS : 0;

	for (; nth < last; nth++) {
		const struct watch_range *range = &watch->ranges[nth % WATCH_INVALIDATIONS];

		fprintf(to, "unit %u forgets %" PRIu64 " %" PRIx64 " %" PRIx64 "\n", index, nth + 1,
			range->address, range->bytes);
	}
}

/* What the device that is under this unit alone asked of it. */
static void write_requests(FILE *to, const struct endpoint *device)
{
	for (unsigned int i = 0; i < device->seen_count && i < REQUESTS_SEEN; i++) {
		const struct request_seen *seen = &device->seen[i];

		fprintf(to,
			"unit %u request %s %" PRIx64 " %" PRIu32 " %s faults %" PRIu64
			" invalidations %" PRIu64 "\n",
			device->unit, seen->is_write ? "write" : "read", seen->address, seen->bytes,
			seen->is_ok ? "passed" : "blocked", seen->faults, seen->invalidations);
	}
	if (device->seen_count > REQUESTS_SEEN)
		fprintf(to, "unit %u requests-more %u\n", device->unit,
			device->seen_count - REQUESTS_SEEN);
}

/* What would become of a request of the device that is under this unit alone, if there is one. */
static void write_device(FILE *to, unsigned int index, const struct topology_place *place,
			 const struct served_unit *unit)
{
	unsigned int device = place->first_device + index;

	if (place->first_device)
		fprintf(to, "unit %u device 00:%02x.0 reason %02x\n", index, device,
			probe_request(unit, (uint16_t)(device << 3)));
}

void report_write(FILE *to, const struct function *function)
{
	const struct units *units = function->units;

	fprintf(to, "units %u\n", units->count);
	fprintf(to, "function base %08" PRIx64 " tables %u hidden %u resets %u\n",
		function->place.base, function->table_count, function->is_hidden,
		units->reset_count);
	fprintf(to, "messages %" PRIu64 " lost %" PRIu64 " by-hand %u\n", units->sent_count,
		units->lost_count, units->is_by_hand);
	for (unsigned int i = 0; i < units->count; i++) {
		write_unit(to, i, &units->topology.units[i], &units->unit[i]);
		write_device(to, i, &function->place, &units->unit[i]);
		write_forgotten(to, i, &units->unit[i].watch);
	}
	for (unsigned int i = 0; i < units->endpoints.device_count; i++)
		write_requests(to, &units->endpoints.endpoint[units->endpoints.count + i]);
}
