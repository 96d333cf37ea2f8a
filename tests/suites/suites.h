/* SPDX-License-Identifier: MIT */
/* The suites, in the order they run. */
#pragma once

#include "tests/test.h"

extern const struct suite suite_dmar;
extern const struct suite suite_capability;
extern const struct suite suite_scalable;
