/* SPDX-License-Identifier: MIT */
/*
 * All that the reference model needs of its surroundings: two functions every C environment has.
 * The kernel's own string functions and the host's C library both provide them.
 */
#pragma once

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
