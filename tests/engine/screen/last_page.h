/* SPDX-License-Identifier: MIT */
/* What stands on the screen when the run is over: verdict, failures, what was not tested, and what to do next. */
#pragma once

#include "arch/exit.h"

/* Draws it over whatever is there. `keys`: which keys do what, the last row. */
void last_page_draw(enum exit_code code, const char *keys);
