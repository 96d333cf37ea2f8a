/* SPDX-License-Identifier: MIT */
#include "tests/suites/suites.h"

#include "tests/runner.h"

const struct suite *const suites[] = {
	&suite_dmar,
	&suite_capability,
	&suite_scalable,
};

const unsigned int suite_count = sizeof(suites) / sizeof(suites[0]);
