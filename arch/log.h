/* SPDX-License-Identifier: MIT */
/* The log in memory, for whoever has a screen and no serial line: its beginning, as far as there is room. */
#pragma once

#include <stddef.h>

enum { LOG_BYTES = 4 << 20 };

/* From here on text is kept in `room`, as far as `bytes` go; nothing is kept before. `room` is aligned to 8. */
void log_init(void *room, size_t bytes);

void log_write(const char *text, size_t bytes);

/* What is kept: not terminated. How much came after the room was full. */
const char *log_text(size_t *bytes);
size_t log_lost_bytes(void);

/* The log is whole: from here on, and after a reset that leaves memory alone, log_find() finds it in its room. */
void log_seal(void);

/* The text of a log that was sealed there, and its length; NULL if there is none, or if it is not what it was. */
const char *log_find(const void *room, size_t room_bytes, size_t *bytes);

/* It is not to be found again. */
void log_forget(void *room);
