/* SPDX-License-Identifier: MIT */
#include "tests/server/probe.h"

static bool refuse_write(void *context, uint64_t to, const void *from, unsigned int bytes)
{
	(void)context;
	(void)to;
	(void)from;
	(void)bytes;
	return false;
}

static void drop_message(void *context, uint64_t address, uint32_t data)
{
	(void)context;
	(void)address;
	(void)data;
}

uint8_t probe_request(const struct served_unit *unit, uint16_t sid)
{
	static struct model_unit copy; /* with caches of its own, and too large for the stack */
	const struct model_request request = {
		.type = MODEL_UNTRANSLATED,
		.kind = MODEL_READ,
		.sid = sid,
		.bytes = 4,
	};
	struct model_answer answer = { 0 };

	copy = unit->model;
	copy.cache = copy.own_cache;
	copy.host.write = refuse_write;
	copy.host.message = drop_message;
	model_translate(&copy, &request, &answer);
	return answer.reason;
}
