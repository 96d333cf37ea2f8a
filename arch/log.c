/* SPDX-License-Identifier: MIT */
#include "arch/log.h"

#include <stdint.h>

#include "arch/cpu.h"
#include "arch/string.h"
#include "arch/text.h"

#define SEAL UINT64_C(0x6c676b6365686376)

/* At the start of the room. */
struct head {
	uint64_t seal;
	uint64_t bytes;
	uint64_t sum; /* of the text */
	char text[];
};

static struct head *head;
static size_t text_room, kept_bytes, lost_bytes;

void log_init(void *room, size_t bytes)
{
	head = room;
	head->seal = 0;
	text_room = bytes - sizeof(*head);
	kept_bytes = 0;
	lost_bytes = 0;
}

void log_write(const char *text, size_t bytes)
{
	const size_t left = text_room - kept_bytes;
	const size_t fit = bytes < left ? bytes : left;

	if (!head)
		return;
	memcpy(head->text + kept_bytes, text, fit);
	kept_bytes += fit;
	lost_bytes += bytes - fit;
}

const char *log_text(size_t *bytes)
{
	*bytes = kept_bytes;
	return head ? head->text : "";
}

size_t log_lost_bytes(void)
{
	return lost_bytes;
}

void log_seal(void)
{
	if (!head)
		return;
	head->bytes = kept_bytes;
	head->sum = text_sum(head->text, kept_bytes);
	head->seal = SEAL;
	cpu_flush(head, sizeof(*head) + kept_bytes);
}

const char *log_find(const void *room, size_t room_bytes, size_t *bytes)
{
	const struct head *found = room;

	if (found->seal != SEAL || found->bytes > room_bytes - sizeof(*found) ||
	    found->sum != text_sum(found->text, found->bytes))
		return NULL;
	*bytes = found->bytes;
	return found->text;
}

void log_forget(void *room)
{
	struct head *found = room;

	found->seal = 0;
	cpu_flush(found, sizeof(*found));
}
