/* SPDX-License-Identifier: MIT */
/* Platforms, requests and failures by chance, the same for the same seed. */
#pragma once

#include "tests/mixed/rig.h"

enum { GENERATED_TOPO_BYTES = 600, GENERATED_UNITS_MAX = 5 };

/* A case: what topo= would say, and what is asked for. */
struct generated {
	char topo[GENERATED_TOPO_BYTES];
	struct rig_plan plan;
	struct bringup_request request;
	/*
	 * Nothing is wrong with the units, each translates 39 bits or more, and nothing is required: a
	 * plan that refuses has no reason to.
	 */
	bool must_succeed;
};

/* Case number `number` of a seed. */
void generate_case(struct generated *generated, uint64_t seed, unsigned int number);

/* "topo=... mode=any pasids=wanted ..." */
const char *generated_words(const struct generated *generated, char *text, size_t bytes);
