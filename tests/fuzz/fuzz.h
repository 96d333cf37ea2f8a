/* SPDX-License-Identifier: MIT */
/*
 * Cases by chance, judged by the shadow: how many of them, from which seed, and what comes of it.
 */
#pragma once

#include "tests/fuzz/case.h"
#include "tests/test.h"

extern const struct fixture fuzz_fixture;

/* With that fixture: makes the cases of one subject on the unit of this run; each signature that comes up fails it once. */
void fuzz_run(struct test_run *run, const struct case_subject *subject);
