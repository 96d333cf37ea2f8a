/* SPDX-License-Identifier: MIT */
/* The log in memory, for whoever has a screen and no serial line: its beginning, as far as there is room. */
#pragma once

#include <stddef.h>

enum { LOG_BYTES = 4 << 20 };

/* From here on `bytes` of text are kept in `room`; nothing is kept before. */
void log_init(char *room, size_t bytes);

void log_write(const char *text, size_t bytes);

/* What is kept: not terminated. How much came after the room was full. */
const char *log_text(size_t *bytes);
size_t log_lost_bytes(void);
