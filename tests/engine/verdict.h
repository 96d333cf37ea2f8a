/* SPDX-License-Identifier: MIT */
/* What a test that was run says of the unit, with what is known of that. */
#pragma once

#include "tests/test.h"

void verdict_report(const struct test_run *run);
