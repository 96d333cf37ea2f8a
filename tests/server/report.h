/* SPDX-License-Identifier: MIT */
/* What the server saw, in lines that a person and a script can read. */
#pragma once

#include <stdio.h>

#include "tests/server/function.h"

void report_write(FILE *to, const struct function *function);
