/* SPDX-License-Identifier: MIT */
/* Text on the firmware's linear frame buffer, for machines without a serial port. */
#pragma once

#include "arch/boot_info.h"

/* Maps and clears it. Does nothing if there is none. */
void framebuffer_init(const struct framebuffer *fb);
bool framebuffer_is_present(void);

/* At the bottom it goes on at the top, over the oldest lines. */
void framebuffer_write(const char *text, size_t bytes);
