/* SPDX-License-Identifier: MIT */
/* A set of bits in words, for people: "5,10-11,64". */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Writes the numbers of the bits set in `count` 64-bit words; "" for none. What does not fit `size` (at
 * least 5) ends in "...": a list that was cut must not pass for a shorter one.
 */
void bit_ranges_format(char *text, size_t size, const uint64_t *words, unsigned int count);
