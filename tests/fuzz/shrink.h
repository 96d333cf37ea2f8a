/* SPDX-License-Identifier: MIT */
/* The fewest steps of a case that still differ in the same way. */
#pragma once

#include "tests/fuzz/act.h"

/*
 * Tries a case that differed as `mismatch` says without each of its steps and each bit that its pokes turn over.
 * Returns the mask of those that it takes; *fuzz becomes as plain as it can.
 */
uint32_t shrink(struct theatre *theatre, struct fuzz_case *fuzz, uint32_t mask,
		struct mismatch *mismatch);
