/* SPDX-License-Identifier: MIT */
/* Numbers from a seed: the same ones everywhere. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

/* splitmix64: any two states that differ in one bit soon have nothing in common. */
static inline uint64_t random_bits(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 .. count - 1; count is not 0. */
static inline unsigned int random_below(struct random *random, unsigned int count)
{
	return (unsigned int)((random_bits(random) >> 32) * count >> 32);
}

static inline bool random_one_in(struct random *random, unsigned int count)
{
	return random_below(random, count) == 0;
}

/* A stream of its own for a part of the whole. */
static inline struct random random_from(uint64_t seed, uint64_t part)
{
	struct random first = { seed };
	struct random random = { random_bits(&first) ^ part };

	(void)random_bits(&random);
	return random;
}
