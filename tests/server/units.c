/* SPDX-License-Identifier: MIT */
#include "tests/server/units.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/spec/regs.h"

/* ---- surroundings of the model ---- */

static bool read_memory(void *context, uint64_t from, void *to, unsigned int bytes)
{
	const struct served_unit *unit = context;

	return guest_memory_read(&unit->all->memory, from, to, bytes);
}

static bool write_memory(void *context, uint64_t to, const void *from, unsigned int bytes)
{
	const struct served_unit *unit = context;

	return guest_memory_write(&unit->all->memory, to, from, bytes);
}

static void keep_message(void *context, uint64_t address, uint32_t data)
{
	struct units *units = ((struct served_unit *)context)->all;
	unsigned int slot = (units->message_first + units->message_count) % MESSAGES_MAX;

	units->sent_count++;
	if (units->message_count == MESSAGES_MAX) {
		units->lost_count++;
		return;
	}
	units->messages[slot] = (struct message){ address, data };
	units->message_count++;
}

bool units_take_message(struct units *units, struct message *message)
{
	if (!units->message_count)
		return false;
	*message = units->messages[units->message_first];
	units->message_first = (units->message_first + 1) % MESSAGES_MAX;
	units->message_count--;
	return true;
}

static enum model_devtlb_answer answer_devtlb(void *context,
					      const struct model_devtlb_request *request)
{
	return endpoints_answer_devtlb(&((struct served_unit *)context)->all->endpoints, request);
}

static void take_page_response(void *context, const struct model_page_response *response)
{
	endpoints_take_response(&((struct served_unit *)context)->all->endpoints, response);
}

/* ---- making ---- */

static bool make_pool(struct model_pasid_space *pool, uint32_t count)
{
	if (!pool->used)
		*pool = (struct model_pasid_space){
			.used = calloc(MODEL_PASID_WORDS(count), sizeof(uint64_t)),
			.first = 1,
			.count = count,
		};
	return pool->used;
}

static bool make_unit(struct units *units, unsigned int index)
{
	const struct topology_unit *words = &units->topology.units[index];
	struct served_unit *unit = &units->unit[index];
	struct model_config config = words->config;
	const struct model_host host = {
		.read = read_memory,
		.write = write_memory,
		.message = keep_message,
		.devtlb = answer_devtlb,
		.page_response = take_page_response,
		.context = unit,
	};

	unit->all = units;
	if (config.vcmd_layout != MODEL_VCMD_NONE) {
		config.pasids = words->shares_pasids ? &units->shared_pool : &unit->pool;
		if (!make_pool(config.pasids, words->pasid_count))
			return false;
	}
	model_init(&unit->model, &config, &host);
	for (unsigned int i = 1; i <= MODEL_DEFECT_COUNT; i++)
		if (words->defects[i / 64] >> (i % 64) & 1)
			model_set_defect(&unit->model, (enum model_defect)i);
	return true;
}

static uint32_t power_of_two(uint32_t bytes)
{
	uint32_t power = 4096;

	while (power < bytes)
		power *= 2;
	return power;
}

static bool refuse(char *error, size_t error_bytes, const char *text)
{
	snprintf(error, error_bytes, "%s", text);
	return false;
}

bool units_make(struct units *units, const char *words, char *error, size_t error_bytes)
{
	if (!topology_parse(words, &units->topology, error, error_bytes))
		return false;
	if (units->topology.unit_count > UNITS_SERVED_MAX)
		return refuse(error, error_bytes, "more than 8 units: so many are served outside");
	for (unsigned int i = 0; i < units->topology.unit_count; i++)
		if (units->topology.units[i].entry != ENTRY_OFF)
			return refuse(error, error_bytes,
				      "entry=: no stage comes before the firmware, so nothing is "
				      "left on in a unit outside");
	units->stride = 4096;
	for (unsigned int i = 0; i < units->topology.unit_count; i++) {
		uint32_t bytes;

		if (!make_unit(units, i))
			return refuse(error, error_bytes, "no memory for the units");
		bytes = power_of_two(model_register_bytes(&units->unit[i].model));
		if (bytes > units->stride)
			units->stride = bytes;
		units->count++;
	}
	endpoints_make(&units->endpoints, units);
	return true;
}

void units_free(struct units *units)
{
	for (unsigned int i = 0; i < units->count; i++)
		free(units->unit[i].pool.used);
	free(units->shared_pool.used);
	guest_memory_forget(&units->memory);
	memset(units, 0, sizeof(*units));
}

uint32_t units_bytes(const struct units *units)
{
	return power_of_two((1 + units->count) * units->stride);
}

/* ---- access ---- */

static void log_access(const struct units *units, unsigned int index, char kind, uint32_t offset,
		       unsigned int bytes, uint64_t value)
{
	if (units->log)
		fprintf(units->log, "%.6f unit %u %c %03" PRIx32 " %u %" PRIx64 "\n",
			watch_seconds(), index, kind, offset, bytes, value);
}

bool units_read(struct units *units, uint32_t offset, unsigned int bytes, uint64_t *value)
{
	uint32_t index = offset / units->stride - 1;
	struct served_unit *unit;

	*value = 0;
	if (offset < units->stride)
		*value = endpoints_read(&units->endpoints, offset, bytes);
	if (offset < units->stride || index >= units->count)
		return false;
	unit = &units->unit[index];
	watch_before(&unit->watch, &unit->model, bytes);
	*value = model_read(&unit->model, offset % units->stride, bytes);
	watch_read(&unit->watch, &unit->model);
	log_access(units, index, 'R', offset % units->stride, bytes, *value);
	return true;
}

bool units_write(struct units *units, uint32_t offset, unsigned int bytes, uint64_t value)
{
	uint32_t index = offset / units->stride - 1;
	struct served_unit *unit;

	if (offset < units->stride)
		endpoints_write(&units->endpoints, offset, bytes, value);
	if (offset < units->stride || index >= units->count)
		return false;
	unit = &units->unit[index];
	offset %= units->stride;
	log_access(units, index, 'W', offset, bytes, value);
	watch_before(&unit->watch, &unit->model, bytes);
	if (offset == REG_IQT)
		watch_descriptors(&unit->watch, &unit->model, value);
	model_write(&unit->model, offset, bytes, value);
	watch_write(&unit->watch, &unit->model, offset, bytes, value);
	return true;
}

static void empty(struct model_pasid_space *pool)
{
	if (pool->used)
		memset(pool->used, 0, MODEL_PASID_WORDS(pool->count) * sizeof(uint64_t));
	pool->hint = pool->live_count = 0;
}

void units_reset(struct units *units)
{
	units->reset_count++;
	empty(&units->shared_pool);
	for (unsigned int i = 0; i < units->count; i++) {
		struct served_unit *unit = &units->unit[i];
		bool was_used = unit->model.counts.reads + unit->model.counts.writes;

		empty(&unit->pool);
		unit->model.vcmd_live_count = 0;
		model_reset(&unit->model);
		if (was_used)
			watch_reset(&unit->watch, &unit->model);
	}
	endpoints_reset(&units->endpoints);
	units->message_count = 0;
}
