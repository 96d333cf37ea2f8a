/* SPDX-License-Identifier: MIT */
/* Numbers as users write them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads the digits at *at, in `base` (10 or 16), or in base 16 after 0x, and moves *at behind them. False,
 * with *at where it was, if there is none or the number is above `most`.
 */
bool number_take(const char **at, unsigned int base, uint64_t most, uint64_t *value);
