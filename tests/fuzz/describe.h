/* SPDX-License-Identifier: MIT */
/* Cases in words. */
#pragma once

#include <stddef.h>

#include "tests/fuzz/act.h"

/*
 * What differs and the steps that it takes, without addresses and ids, the same wherever it comes from:
 * "lands for 5B: PASID_AW=5", "lands for 06: leaf SS_R=0 after others".
 */
void describe_signature(char *text, size_t size, const struct theatre *theatre,
			const struct fuzz_case *fuzz, uint32_t mask,
			const struct mismatch *mismatch);

/* Every step, in order. */
void describe_steps(char *text, size_t size, const struct theatre *theatre,
		    const struct fuzz_case *fuzz, uint32_t mask);
