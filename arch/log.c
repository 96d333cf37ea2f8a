/* SPDX-License-Identifier: MIT */
#include "arch/log.h"

#include "arch/string.h"

static char *kept;
static size_t room_bytes, kept_bytes, lost_bytes;

void log_init(char *room, size_t bytes)
{
	kept = room;
	room_bytes = bytes;
	kept_bytes = 0;
	lost_bytes = 0;
}

void log_write(const char *text, size_t bytes)
{
	const size_t left = room_bytes - kept_bytes;
	const size_t fit = bytes < left ? bytes : left;

	if (!kept)
		return;
	memcpy(kept + kept_bytes, text, fit);
	kept_bytes += fit;
	lost_bytes += bytes - fit;
}

const char *log_text(size_t *bytes)
{
	*bytes = kept_bytes;
	return kept;
}

size_t log_lost_bytes(void)
{
	return lost_bytes;
}
