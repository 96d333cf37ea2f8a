/* SPDX-License-Identifier: MIT */
#pragma once

#include "tests/fuzz/case.h"

/* A case about caches: used, then changed; something is forgotten; and used again. */
void reuse_make(struct fuzz_case *fuzz, const struct theatre *theatre, struct random *random);
